/* The measured work: count the walks of a given length in a generated graph, modulo 2^32. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "graph.h"
#include "kernel.h"

int main(int argc, char **argv)
{
    size_t n = argc > 1 ? strtoul(argv[1], NULL, 10) : 640;
    int length = argc > 2 ? atoi(argv[2]) : 5;
    uint32_t *edges = malloc(n * n * sizeof *edges);
    uint32_t *walks = malloc(n * n * sizeof *walks);
    uint32_t *next = malloc(n * n * sizeof *next);
    if (n == 0 || !edges || !walks || !next) {
        fprintf(stderr, "bench: no room for three matrices of %zu x %zu\n", n, n);
        return 1;
    }
    fill_graph(n, 1, edges);
    memcpy(walks, edges, n * n * sizeof *walks);
    for (int step = 1; step < length; step++) {
        multiply(n, walks, edges, next);
        uint32_t *swap = walks;
        walks = next;
        next = swap;
    }
    uint64_t checksum = 14695981039346656037u; /* FNV-1a over the counters */
    for (size_t i = 0; i < n * n; i++)
        checksum = (checksum ^ walks[i]) * 1099511628211u;
    printf("nodes %zu length %d corner %u checksum %016llx\n", n, length, walks[n * n - 1],
           (unsigned long long)checksum);
    free(edges);
    free(walks);
    free(next);
    return 0;
}
