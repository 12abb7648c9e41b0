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

/* Eliminate in columns start..end, below the diagonal; returns 1 where one has nothing to divide by. */
static int eliminate(size_t n, double *a, size_t *order, size_t start, size_t end)
{
    for (size_t k = start; k < end; k++) {
        size_t pivot = k;
        for (size_t i = k + 1; i < n; i++)
            if (fabs(a[i * n + k]) > fabs(a[pivot * n + k]))
                pivot = i;
        if (a[pivot * n + k] == 0)
            return 1;
        exchange(n, a, order, k, pivot);
        for (size_t i = k + 1; i < n; i++)
            a[i * n + k] /= a[k * n + k];
        for (size_t j = k + 1; j < end; j++)
            for (size_t i = k + 1; i < n; i++)
                a[i * n + j] -= a[i * n + k] * a[k * n + j];
    }
    return 0;
}

/* Do in the columns right of start..end what was done in these. */
static void update(size_t n, double *a, size_t start, size_t end)
{
    for (size_t j = end; j < n; j++) {
        for (size_t i = start + 1; i < n; i++) {
            size_t last = i < end ? i : end;
            for (size_t k = start; k < last; k++)
                a[i * n + j] -= a[i * n + k] * a[k * n + j];
        }
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
