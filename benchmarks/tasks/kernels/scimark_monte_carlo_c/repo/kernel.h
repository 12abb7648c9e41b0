/* An estimate of pi by counting points. */
#ifndef KERNEL_H
#define KERNEL_H

#include <stdint.h>

#define MODULUS 2147483647u /* a prime, 2^31 - 1 */
#define MULTIPLIER 48271u

/* Return how many of the first points of a sequence are inside: x * x + y * y < MODULUS * MODULUS. A point
   takes two numbers of the sequence, x and then y. Each number is the one before times MULTIPLIER, modulo
   MODULUS; before the first one is `seed`, from 1 to MODULUS - 1. */
uint64_t count_inside(uint64_t samples, uint32_t seed);

#endif
