/* A dense matrix as a product of two triangles. */
#ifndef KERNEL_H
#define KERNEL_H

#include <stddef.h>

/* Replace an n x n matrix, row by row, by its two triangles, after row exchanges: the lower one, without its
   diagonal of ones, and the upper one. In each step the row of the remaining ones with the largest absolute
   value in the step's column, the first of them, changes places with the first remaining row. `order` gets
   the number of the row of `a` at each place. Returns 0; 1 where the matrix is singular; 2 where there is not
   enough memory. */
int factor(size_t n, double *a, size_t *order);

#endif
