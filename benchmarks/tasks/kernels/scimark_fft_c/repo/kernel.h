/* Fourier transforms of complex samples. */
#ifndef KERNEL_H
#define KERNEL_H

#include <stddef.h>

/* Replace n samples by their transform: number k becomes the sum over j of sample j times
   exp(sign * 2 pi i j k / n). `data` has real and imaginary parts in turn; n is a power of two; sign is 1
   or -1. Returns 0, or 1 where there is not enough memory. */
int transform(size_t n, double *data, int sign);

#endif
