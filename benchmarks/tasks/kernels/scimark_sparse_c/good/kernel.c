/* The kernel: a sparse matrix times a vector, again and again. */
#include "kernel.h"

#include <math.h>
#include <stdlib.h>

/* Write a product; returns its largest absolute value. Sums stay in registers, two for each row. */
static double multiply(const struct matrix *matrix, const double *restrict vector, double *restrict product)
{
    const uint32_t *restrict columns = matrix->columns;
    const double *restrict values = matrix->values;
    double largest = 0;
    uint32_t entry = matrix->starts[0];
    for (size_t row = 0; row < matrix->size; row++) {
        uint32_t end = matrix->starts[row + 1];
        double even = 0, odd = 0;
        for (; entry + 1 < end; entry += 2) {
            even += values[entry] * vector[columns[entry]];
            odd += values[entry + 1] * vector[columns[entry + 1]];
        }
        if (entry < end) {
            even += values[entry] * vector[columns[entry]];
            entry++;
        }
        double sum = even + odd;
        product[row] = sum;
        largest = fabs(sum) > largest ? fabs(sum) : largest;
    }
    return largest;
}

int iterate(const struct matrix *matrix, double *vector, size_t rounds)
{
    double *product = malloc((matrix->size + 1) * sizeof *product);
    if (!product)
        return 1;
    for (size_t round = 0; round < rounds; round++) {
        double largest = multiply(matrix, vector, product);
        double factor = largest > 0 ? 1 / largest : 1;
        for (size_t row = 0; row < matrix->size; row++)
            vector[row] = product[row] * factor;
    }
    free(product);
    return 0;
}
