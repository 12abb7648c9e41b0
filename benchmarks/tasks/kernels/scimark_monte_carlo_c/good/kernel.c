/* The kernel: points of a sequence, from four places of it at once. */
#include "kernel.h"

#define LANES 4

/* Return a product modulo 2^31 - 1. There 2^31 is 1, and so the upper bits are added to the lower ones.
   Neither factor is a multiple of the modulus, so that the result isn't one either. */
static inline uint64_t times(uint64_t a, uint64_t b)
{
    uint64_t product = a * b;
    uint64_t folded = (product & MODULUS) + (product >> 31);
    return (folded & MODULUS) + (folded >> 31);
}

static inline unsigned is_inside(uint64_t x, uint64_t y)
{
    return x * x + y * y < (uint64_t)MODULUS * MODULUS;
}

uint64_t count_inside(uint64_t samples, uint32_t seed)
{
    uint64_t x[LANES], y[LANES], inside = 0;
    uint64_t state = seed, jump = 1;
    for (int lane = 0; lane < LANES; lane++) {
        x[lane] = state = times(state, MULTIPLIER);
        y[lane] = state = times(state, MULTIPLIER);
        jump = times(times(jump, MULTIPLIER), MULTIPLIER);
    }
    uint64_t left = samples;
    for (; left >= LANES; left -= LANES) {
        for (int lane = 0; lane < LANES; lane++) {
            inside += is_inside(x[lane], y[lane]);
            x[lane] = times(x[lane], jump);
            y[lane] = times(y[lane], jump);
        }
    }
    for (uint64_t lane = 0; lane < left; lane++)
        inside += is_inside(x[lane], y[lane]);
    return inside;
}
