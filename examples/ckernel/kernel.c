/* The kernel: a blocked product of two matrices. BLOCK is the edge of a block, set by the build. */
#include "kernel.h"

#ifndef BLOCK
#define BLOCK 4
#endif

static size_t least(size_t a, size_t b)
{
    return a < b ? a : b;
}

/* Add the product of two blocks: rows i0..i1 of a, columns j0..j1 of b, over k0..k1. */
static void add_block(size_t n, const uint32_t *a, const uint32_t *b, uint32_t *out,
                      size_t i0, size_t i1, size_t j0, size_t j1, size_t k0, size_t k1)
{
    for (size_t i = i0; i < i1; i++) {
        for (size_t j = j0; j < j1; j++) {
            uint32_t sum = 0;
            for (size_t k = k0; k < k1; k++)
                sum += a[i * n + k] * b[k * n + j];
            out[i * n + j] += sum;
        }
    }
}

void multiply(size_t n, const uint32_t *a, const uint32_t *b, uint32_t *out)
{
    for (size_t i = 0; i < n * n; i++)
        out[i] = 0;
    for (size_t i = 0; i < n; i += BLOCK)
        for (size_t j = 0; j < n; j += BLOCK)
            for (size_t k = 0; k < n; k += BLOCK)
                add_block(n, a, b, out, i, least(i + BLOCK, n), j, least(j + BLOCK, n),
                          k, least(k + BLOCK, n));
}
