/* Compares the kernel with the definition of a product; exit code 1 names the first difference. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "graph.h"
#include "kernel.h"

int main(int argc, char **argv)
{
    size_t n = argc > 1 ? strtoul(argv[1], NULL, 10) : 0;
    uint32_t *a = malloc(n * n * sizeof *a);
    uint32_t *b = malloc(n * n * sizeof *b);
    uint32_t *out = malloc(n * n * sizeof *out);
    if (n == 0 || !a || !b || !out) {
        fprintf(stderr, "usage: check SIZE\n");
        return 2;
    }
    fill_graph(n, 2, a);
    fill_graph(n, 3, b);
    for (size_t i = 0; i < n * n; i++)
        a[i] *= 2000000011u; /* large numbers, so that products wrap around */
    memset(out, 0xff, n * n * sizeof *out);
    multiply(n, a, b, out);
    for (size_t i = 0; i < n; i++) {
        for (size_t j = 0; j < n; j++) {
            uint32_t expected = 0;
            for (size_t k = 0; k < n; k++)
                expected += a[i * n + k] * b[k * n + j];
            if (out[i * n + j] != expected) {
                printf("size %zu: entry (%zu, %zu) is %u, not %u\n", n, i, j, out[i * n + j], expected);
                return 1;
            }
        }
    }
    printf("size %zu: ok\n", n);
    free(a);
    free(b);
    free(out);
    return 0;
}
