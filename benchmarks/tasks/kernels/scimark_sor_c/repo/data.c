#include "data.h"

struct source source_of(uint64_t seed)
{
    struct source source = {seed};
    for (int i = 0; i < 4; i++) /* seeds that are near to each other part */
        draw(&source, 2);
    return source;
}

uint32_t draw(struct source *source, uint32_t below)
{
    /* A linear congruence modulo 2^64; its upper bits are the better ones. */
    source->state = source->state * 6364136223846793005u + 1442695040888963407u;
    return (uint32_t)((source->state >> 33) * below >> 31);
}

double draw_real(struct source *source)
{
    return draw(source, 1u << 31) / 1073741824.0 - 1;
}
