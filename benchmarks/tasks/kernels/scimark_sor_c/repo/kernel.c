/* The kernel: successive over-relaxation. */
#include "kernel.h"

int relax(size_t rows, size_t columns, double *grid, double omega, size_t sweeps)
{
    for (size_t sweep = 0; sweep < sweeps; sweep++) {
        for (size_t i = 1; i + 1 < rows; i++) {
            for (size_t j = 1; j + 1 < columns; j++) {
                double around = grid[(i - 1) * columns + j] + grid[(i + 1) * columns + j] +
                                grid[i * columns + j - 1] + grid[i * columns + j + 1];
                grid[i * columns + j] += omega * (around / 4 - grid[i * columns + j]);
            }
        }
    }
    return 0;
}
