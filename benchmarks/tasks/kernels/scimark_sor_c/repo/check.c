/* Compares the kernel with a slow one, and with results found by hand; exit code 1 where a test fails. */
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "data.h"
#include "kernel.h"

#define MOST 40

static int number, failures;

static void report(int good, const char *name)
{
    printf("%s %d - %s\n", good ? "ok" : "not ok", ++number, name);
    failures += !good;
}

/* One sweep into another grid: a point is new where it comes earlier, else old. */
static void sweep(size_t rows, size_t columns, const long double *old, long double *new, long double omega)
{
    memcpy(new, old, rows * columns * sizeof *old);
    for (size_t at = 0; at < rows * columns; at++) {
        size_t i = at / columns, j = at % columns;
        if (i == 0 || j == 0 || i == rows - 1 || j == columns - 1)
            continue;
        long double mean = (new[at - columns] + new[at - 1] + old[at + 1] + old[at + columns]) / 4;
        new[at] = old[at] * (1 - omega) + mean * omega;
    }
}

static int is_same(size_t rows, size_t columns, double omega, size_t sweeps)
{
    static double grid[MOST * MOST];
    static long double slow[MOST * MOST], next[MOST * MOST];
    struct source source = source_of(rows * 1000 + columns);
    for (size_t i = 0; i < rows * columns; i++)
        slow[i] = grid[i] = draw_real(&source);
    for (size_t n = 0; n < sweeps; n++) {
        sweep(rows, columns, slow, next, omega);
        memcpy(slow, next, rows * columns * sizeof *slow);
    }
    if (relax(rows, columns, grid, omega, sweeps))
        return 0;
    for (size_t i = 0; i < rows * columns; i++)
        if (!(fabsl(grid[i] - slow[i]) < 1e-12))
            return 0;
    return 1;
}

static void check_by_hand(void)
{
    double one[9] = {0, 4, 0, 4, 2, 4, 0, 4, 0};
    int failed = relax(3, 3, one, 1.5, 1);
    report(!failed && one[4] == 5, "one point goes beyond the mean");
    failed = relax(3, 3, one, 1.5, 1);
    report(!failed && one[4] == 3.5, "and comes back");

    double two[12] = {8, 8, 8, 8, 8, 0, 0, 8, 8, 8, 8, 8};
    failed = relax(3, 4, two, 1, 1);
    report(!failed && two[5] == 6 && two[6] == 7.5, "a point sees its new left neighbour");

    double tall[12] = {8, 8, 8, 8, 0, 8, 8, 0, 8, 8, 8, 8};
    failed = relax(4, 3, tall, 1, 1);
    report(!failed && tall[4] == 6 && tall[7] == 7.5, "a point sees its new upper neighbour");
}

int main(void)
{
    static const size_t shapes[][2] = {{1, 1}, {1, 5}, {5, 1}, {2, 2}, {2, 7}, {7, 2}, {3, 3}, {3, 4}, {4, 3},
                                       {4, 4}, {5, 6}, {6, 5}, {8, 17}, {17, 8}, {33, 40}, {40, 33}};
    char name[100];
    check_by_hand();
    for (size_t i = 0; i < sizeof shapes / sizeof *shapes; i++) {
        size_t sweeps = i % 4;
        size_t rows = shapes[i][0], columns = shapes[i][1];
        snprintf(name, sizeof name, "grid of %zu x %zu, %zu sweeps", rows, columns, sweeps);
        report(is_same(rows, columns, 0.75, sweeps), name);
        snprintf(name, sizeof name, "grid of %zu x %zu, 9 sweeps", rows, columns);
        report(is_same(rows, columns, 1.25, 9), name);
    }
    printf("1..%d\n", number);
    return failures > 0;
}
