/* Square matrices of 32-bit counters; sums and products wrap around at 2^32. */
#ifndef KERNEL_H
#define KERNEL_H

#include <stddef.h>
#include <stdint.h>

/* out = a * b. All three are n x n, row by row; out overlaps neither a nor b. */
void multiply(size_t n, const uint32_t *a, const uint32_t *b, uint32_t *out);

#endif
