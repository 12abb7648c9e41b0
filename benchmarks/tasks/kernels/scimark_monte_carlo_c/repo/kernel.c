/* The kernel: points of a sequence, one after the other. */
#include "kernel.h"

static uint64_t next(uint64_t *state)
{
    *state = *state * MULTIPLIER % MODULUS;
    return *state;
}

uint64_t count_inside(uint64_t samples, uint32_t seed)
{
    uint64_t state = seed;
    uint64_t inside = 0;
    for (uint64_t i = 0; i < samples; i++) {
        uint64_t x = next(&state);
        uint64_t y = next(&state);
        if (x * x + y * y < (uint64_t)MODULUS * MODULUS)
            inside++;
    }
    return inside;
}
