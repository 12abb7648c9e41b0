/* Data from a seed, the same on every machine. */
#ifndef DATA_H
#define DATA_H

#include <stdint.h>

struct source {
    uint64_t state;
};

/* Return a source of numbers that depend on the seed alone. */
struct source source_of(uint64_t seed);

/* Return the next whole number, from 0 to below - 1; `below` is at most 2^31. */
uint32_t draw(struct source *source, uint32_t below);

/* Return the next number from -1 to 1. */
double draw_real(struct source *source);

#endif
