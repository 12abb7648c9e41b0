/* Successive over-relaxation on a grid with fixed borders. */
#ifndef KERNEL_H
#define KERNEL_H

#include <stddef.h>

/* Update the inner points of a grid `sweeps` times, row by row, from left to right, in place: a point moves
   by `omega` times its distance from the mean of its four neighbours. `grid` has rows one after the other.
   Returns 0, or 1 where there is not enough memory. */
int relax(size_t rows, size_t columns, double *grid, double omega, size_t sweeps);

#endif
