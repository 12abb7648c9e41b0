/* The kernel: a sparse matrix times a vector, again and again. */
#include "kernel.h"

#include <math.h>
#include <stdlib.h>

static void multiply(const struct matrix *matrix, const double *vector, double *product)
{
    for (size_t row = 0; row < matrix->size; row++) {
        product[row] = 0;
        for (size_t entry = matrix->starts[row]; entry < matrix->starts[row + 1]; entry++)
            product[row] += matrix->values[entry] * vector[matrix->columns[entry]];
    }
}

static double largest(size_t size, const double *vector)
{
    double result = 0;
    for (size_t row = 0; row < size; row++)
        if (fabs(vector[row]) > result)
            result = fabs(vector[row]);
    return result;
}

int iterate(const struct matrix *matrix, double *vector, size_t rounds)
{
    double *product = malloc((matrix->size + 1) * sizeof *product);
    if (!product)
        return 1;
    for (size_t round = 0; round < rounds; round++) {
        multiply(matrix, vector, product);
        double scale = largest(matrix->size, product);
        for (size_t row = 0; row < matrix->size; row++)
            vector[row] = scale > 0 ? product[row] / scale : product[row];
    }
    free(product);
    return 0;
}
