/* Relaxes grids: an input is [rows, columns, seed, sweeps, omega in percent], the output has sums of rows. */
#include <stdlib.h>

#include "data.h"
#include "kernel.h"
#include "protocol.h"

#define MOST 10000

int main(void)
{
    struct request request;
    say_ready();
    while (read_request(&request, 5)) {
        long long rows = request.numbers[0], columns = request.numbers[1], sweeps = request.numbers[3];
        if (rows < 1 || rows > MOST || columns < 1 || columns > MOST || sweeps < 0)
            refuse("a grid has from 1 to 10000 rows and columns, and no less than 0 sweeps");
        double *grid = malloc(rows * columns * sizeof *grid);
        if (!grid)
            refuse("not enough memory");
        struct source source = source_of(request.numbers[2]);
        for (long long i = 0; i < rows * columns; i++)
            grid[i] = draw_real(&source);
        if (relax(rows, columns, grid, request.numbers[4] / 100.0, sweeps))
            refuse("not enough memory");
        begin_reply(&request);
        for (long long i = 0; i < rows; i++) {
            double sum = 0;
            for (long long j = 0; j < columns; j++)
                sum += grid[i * columns + j];
            reply_with(sum);
        }
        end_reply();
        free(grid);
    }
    return 0;
}
