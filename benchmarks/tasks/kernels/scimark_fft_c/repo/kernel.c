/* The kernel: a fast Fourier transform, in place. */
#include "kernel.h"

#include <math.h>

static const double pi = 3.14159265358979323846;

/* Return an index below n, a power of two, with its bits in reverse order. */
static size_t reversed(size_t index, size_t n)
{
    size_t result = 0;
    for (; n > 1; n /= 2) {
        result = 2 * result + index % 2;
        index /= 2;
    }
    return result;
}

static void swap(double *a, double *b)
{
    double kept = *a;
    *a = *b;
    *b = kept;
}

static void reorder(size_t n, double *data)
{
    for (size_t i = 0; i < n; i++) {
        size_t j = reversed(i, n);
        if (i < j) {
            swap(&data[2 * i], &data[2 * j]);
            swap(&data[2 * i + 1], &data[2 * j + 1]);
        }
    }
}

/* Turn the lower value by an angle; replace the two by their sum and their difference. */
static void butterfly(double *top, double *bottom, double angle)
{
    double real = cos(angle) * bottom[0] - sin(angle) * bottom[1];
    double imaginary = sin(angle) * bottom[0] + cos(angle) * bottom[1];
    bottom[0] = top[0] - real;
    bottom[1] = top[1] - imaginary;
    top[0] += real;
    top[1] += imaginary;
}

int transform(size_t n, double *data, int sign)
{
    reorder(n, data);
    for (size_t half = 1; half < n; half *= 2)
        for (size_t start = 0; start < n; start += 2 * half)
            for (size_t k = 0; k < half; k++)
                butterfly(&data[2 * (start + k)], &data[2 * (start + k + half)], sign * pi * k / half);
    return 0;
}
