/* Applies matrices: an input is [size, seed, rounds]; the output has sums of the vector, by blocks. */
#include <stdlib.h>

#include "data.h"
#include "kernel.h"
#include "protocol.h"

#define BLOCKS 64
#define FEWEST 4 /* entries of a row */
#define MOST 16

static void *need(void *memory)
{
    if (!memory)
        refuse("not enough memory");
    return memory;
}

static struct matrix matrix_of(size_t size, struct source *source)
{
    struct matrix matrix = {size, need(malloc((size + 1) * sizeof(uint32_t))),
                            need(malloc(size * MOST * sizeof(uint32_t))),
                            need(malloc(size * MOST * sizeof(double)))};
    uint32_t entry = 0;
    for (size_t row = 0; row < size; row++) {
        matrix.starts[row] = entry;
        for (uint32_t left = FEWEST + draw(source, MOST - FEWEST + 1); left > 0; left--) {
            matrix.columns[entry] = draw(source, size);
            matrix.values[entry++] = draw_real(source);
        }
    }
    matrix.starts[size] = entry;
    return matrix;
}

static void reply_with_sums(size_t size, const double *vector)
{
    size_t blocks = size < BLOCKS ? size : BLOCKS;
    for (size_t block = 0; block < blocks; block++) {
        double sum = 0;
        for (size_t row = block * size / blocks; row < (block + 1) * size / blocks; row++)
            sum += vector[row];
        reply_with(sum);
    }
}

int main(void)
{
    struct request request;
    say_ready();
    while (read_request(&request, 3)) {
        long long size = request.numbers[0], rounds = request.numbers[2];
        if (size < 1 || size > 1 << 24 || rounds < 0)
            refuse("a matrix has from 1 to 2^24 rows, and no less than 0 rounds");
        struct source source = source_of(request.numbers[1]);
        struct matrix matrix = matrix_of(size, &source);
        double *vector = need(malloc(size * sizeof *vector));
        for (long long row = 0; row < size; row++)
            vector[row] = draw_real(&source);
        if (iterate(&matrix, vector, rounds))
            refuse("not enough memory");
        begin_reply(&request);
        reply_with_sums(size, vector);
        end_reply();
        free(matrix.starts);
        free(matrix.columns);
        free(matrix.values);
        free(vector);
    }
    return 0;
}
