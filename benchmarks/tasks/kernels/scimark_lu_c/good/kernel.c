/* The kernel: elimination with row exchanges, BLOCK columns at a time. BLOCK is set by the build. */
#include "kernel.h"

#include <math.h>

#ifndef BLOCK
#define BLOCK 8
#endif

static void exchange(size_t n, double *a, size_t *order, size_t first, size_t second)
{
    for (size_t j = 0; j < n; j++) {
        double value = a[first * n + j];
        a[first * n + j] = a[second * n + j];
        a[second * n + j] = value;
    }
    size_t place = order[first];
    order[first] = order[second];
    order[second] = place;
}

/* Subtract a multiple of a row's columns start..end from another row. */
static void subtract(size_t start, size_t end, double *restrict row, double times,
                     const double *restrict other)
{
    for (size_t j = start; j < end; j++)
        row[j] -= times * other[j];
}

/* Subtract multiples of four rows, `n` apart; a value is loaded and stored once for all four. */
static void subtract_four(size_t start, size_t end, double *restrict row, const double *restrict times,
                          const double *restrict others, size_t n)
{
    double a = times[0], b = times[1], c = times[2], d = times[3];
    const double *second = others + n, *third = second + n, *fourth = third + n;
    for (size_t j = start; j < end; j++)
        row[j] = row[j] - a * others[j] - b * second[j] - c * third[j] - d * fourth[j];
}

/* Eliminate in columns start..end, below the diagonal; returns 1 where one has nothing to divide by. */
static int eliminate(size_t n, double *a, size_t *order, size_t start, size_t end)
{
    for (size_t k = start; k < end; k++) {
        size_t pivot = k;
        for (size_t i = k + 1; i < n; i++)
            if (fabs(a[i * n + k]) > fabs(a[pivot * n + k]))
                pivot = i;
        double divisor = a[pivot * n + k];
        if (divisor == 0)
            return 1;
        if (pivot != k)
            exchange(n, a, order, k, pivot);
        for (size_t i = k + 1; i < n; i++) {
            a[i * n + k] /= divisor;
            subtract(k + 1, end, a + i * n, a[i * n + k], a + k * n);
        }
    }
    return 0;
}

/* Do in the columns right of start..end what was done in these. */
static void update(size_t n, double *a, size_t start, size_t end)
{
    for (size_t i = start + 1; i < n; i++) {
        size_t last = i < end ? i : end;
        size_t k = start;
        for (; k + 4 <= last; k += 4)
            subtract_four(end, n, a + i * n, a + i * n + k, a + k * n, n);
        for (; k < last; k++)
            subtract(end, n, a + i * n, a[i * n + k], a + k * n);
    }
}

int factor(size_t n, double *a, size_t *order)
{
    for (size_t i = 0; i < n; i++)
        order[i] = i;
    for (size_t start = 0; start < n; start += BLOCK) {
        size_t end = start + BLOCK < n ? start + BLOCK : n;
        if (eliminate(n, a, order, start, end))
            return 1;
        update(n, a, start, end);
    }
    return 0;
}
