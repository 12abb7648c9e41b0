/* The kernel: a fast Fourier transform, in place. */
#include "kernel.h"

#include <math.h>
#include <stdlib.h>

static const double pi = 3.14159265358979323846;

static void reorder(size_t n, double *data)
{
    size_t j = 0;
    for (size_t i = 0; i < n; i++) {
        if (i < j) {
            double real = data[2 * i], imaginary = data[2 * i + 1];
            data[2 * i] = data[2 * j];
            data[2 * i + 1] = data[2 * j + 1];
            data[2 * j] = real;
            data[2 * j + 1] = imaginary;
        }
        /* Count up in the reversed bits: a carry goes down. */
        size_t bit = n / 2;
        for (; bit && (j & bit); bit /= 2)
            j ^= bit;
        j |= bit;
    }
}

/* The first two stages together: their angles are multiples of a quarter turn. */
static void quarters(size_t n, double *data, int sign)
{
    for (double *p = data; p < data + 2 * n; p += 8) {
        double a = p[0] + p[2], b = p[1] + p[3], c = p[0] - p[2], d = p[1] - p[3];
        double e = p[4] + p[6], f = p[5] + p[7];
        double g = sign * (p[7] - p[5]), h = sign * (p[4] - p[6]);
        p[0] = a + e;
        p[1] = b + f;
        p[2] = c + g;
        p[3] = d + h;
        p[4] = a - e;
        p[5] = b - f;
        p[6] = c - g;
        p[7] = d - h;
    }
}

static void stage(size_t n, double *data, size_t half, const double *roots)
{
    for (size_t start = 0; start < n; start += 2 * half) {
        double *restrict top = data + 2 * start;
        double *restrict bottom = top + 2 * half;
        for (size_t k = 0; k < 2 * half; k += 2) {
            double real = roots[k] * bottom[k] - roots[k + 1] * bottom[k + 1];
            double imaginary = roots[k + 1] * bottom[k] + roots[k] * bottom[k + 1];
            bottom[k] = top[k] - real;
            bottom[k + 1] = top[k + 1] - imaginary;
            top[k] += real;
            top[k + 1] += imaginary;
        }
    }
}

int transform(size_t n, double *data, int sign)
{
    if (n < 2)
        return 0;
    reorder(n, data);
    if (n == 2) {
        double real = data[2], imaginary = data[3];
        data[2] = data[0] - real;
        data[3] = data[1] - imaginary;
        data[0] += real;
        data[1] += imaginary;
        return 0;
    }
    quarters(n, data, sign);
    if (n == 4)
        return 0;
    /* The roots of the stage with `half` start at number `half`; an earlier stage has every other of them. */
    double *tables = malloc(2 * n * sizeof *tables);
    if (!tables)
        return 1;
    double *last = tables + 2 * (n / 2);
    for (size_t k = 0; k < n / 2; k++) {
        double angle = sign * pi * k / (n / 2);
        last[2 * k] = cos(angle);
        last[2 * k + 1] = sin(angle);
    }
    for (size_t half = n / 4; half >= 4; half /= 2) {
        const double *longer = tables + 4 * half;
        double *table = tables + 2 * half;
        for (size_t k = 0; k < half; k++) {
            table[2 * k] = longer[4 * k];
            table[2 * k + 1] = longer[4 * k + 1];
        }
    }
    for (size_t half = 4; half < n; half *= 2)
        stage(n, data, half, tables + 2 * half);
    free(tables);
    return 0;
}
