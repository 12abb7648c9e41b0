/* The kernel: successive over-relaxation. */
#include "kernel.h"

/* A point waits for its left neighbour only: all else is added up before, so that the wait is short. Two rows
   go together, the lower one a point behind, which makes the waits of the two overlap. */
static void relax_pair(size_t columns, double *row, double quarter, double keep)
{
    const double *above = row - columns;
    double *lower = row + columns;
    const double *below = lower + columns;
    size_t last = columns - 2; /* of the inner points */
    double left = quarter * (above[1] + lower[1] + row[2]) + keep * row[1] + quarter * row[0];
    double lower_left = lower[0];
    row[1] = left;
    for (size_t j = 2; j <= last; j++) {
        double rest = quarter * (above[j] + lower[j] + row[j + 1]) + keep * row[j];
        double lower_rest = quarter * (left + below[j - 1] + lower[j]) + keep * lower[j - 1];
        left = rest + quarter * left;
        lower_left = lower_rest + quarter * lower_left;
        row[j] = left;
        lower[j - 1] = lower_left;
    }
    double rest = quarter * (left + below[last] + lower[last + 1]) + keep * lower[last];
    lower[last] = rest + quarter * lower_left;
}

static void relax_row(size_t columns, double *row, double quarter, double keep)
{
    double left = row[0];
    for (size_t j = 1; j + 1 < columns; j++) {
        double rest = quarter * (row[j - columns] + row[j + columns] + row[j + 1]) + keep * row[j];
        left = rest + quarter * left;
        row[j] = left;
    }
}

int relax(size_t rows, size_t columns, double *grid, double omega, size_t sweeps)
{
    if (columns < 3)
        return 0;
    for (size_t sweep = 0; sweep < sweeps; sweep++) {
        size_t i = 1;
        for (; i + 2 < rows; i += 2)
            relax_pair(columns, grid + i * columns, omega / 4, 1 - omega);
        if (i + 1 < rows)
            relax_row(columns, grid + i * columns, omega / 4, 1 - omega);
    }
    return 0;
}
