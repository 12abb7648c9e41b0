/* A generated graph as a matrix: entry (i, j) is the number of edges from i to j, 0..3. */
#ifndef GRAPH_H
#define GRAPH_H

#include <stddef.h>
#include <stdint.h>

static void fill_graph(size_t n, uint32_t seed, uint32_t *matrix)
{
    uint32_t state = seed * 2654435761u + 12345u;
    for (size_t i = 0; i < n * n; i++) {
        state = state * 1664525u + 1013904223u;
        matrix[i] = state >> 30;
    }
}

#endif
