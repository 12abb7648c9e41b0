/* Sparse matrices, row by row. */
#ifndef KERNEL_H
#define KERNEL_H

#include <stddef.h>
#include <stdint.h>

struct matrix {
    size_t size;       /* rows, and columns */
    uint32_t *starts;  /* where each row starts in the two below, and at last their length */
    uint32_t *columns; /* of each entry; a row may name one several times, which adds up */
    double *values;
};

/* Apply a matrix to a vector `rounds` times, in place. After each round the vector is divided by its largest
   absolute value, unless that is 0. Returns 0, or 1 where there is not enough memory. */
int iterate(const struct matrix *matrix, double *vector, size_t rounds);

#endif
