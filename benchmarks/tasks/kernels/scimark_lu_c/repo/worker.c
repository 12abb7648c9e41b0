/* Solves equations: an input is [size, seed]; the output has the order of rows, and then the solution. */
#include <math.h>
#include <stdlib.h>

#include "data.h"
#include "kernel.h"
#include "protocol.h"

/* Fill a matrix; each row and column has one large value, in order that rounding errors stay small. */
static void fill(size_t n, double *a, size_t *places, struct source *source)
{
    for (size_t i = 0; i < n * n; i++)
        a[i] = draw_real(source);
    for (size_t i = 0; i < n; i++)
        places[i] = i;
    for (size_t i = 0; i < n; i++) {
        size_t other = i + draw(source, n - i), place = places[other];
        places[other] = places[i];
        places[i] = place;
        a[i * n + place] += (draw(source, 2) ? 2.5 : -2.5) * sqrt(n); /* more than the norm of all else */
    }
}

static void substitute(size_t n, const double *a, double *x)
{
    for (size_t i = 0; i < n; i++)
        for (size_t j = 0; j < i; j++)
            x[i] -= a[i * n + j] * x[j];
    for (size_t i = n; i-- > 0;) {
        for (size_t j = i + 1; j < n; j++)
            x[i] -= a[i * n + j] * x[j];
        x[i] /= a[i * n + i];
    }
}

int main(void)
{
    struct request request;
    say_ready();
    while (read_request(&request, 2)) {
        long long n = request.numbers[0];
        if (n < 1 || n > 5000)
            refuse("a matrix has from 1 to 5000 rows");
        double *a = malloc(n * n * sizeof *a), *right = malloc(n * sizeof *right), *x = malloc(n * sizeof *x);
        size_t *order = malloc(n * sizeof *order);
        if (!a || !right || !x || !order)
            refuse("not enough memory");
        struct source source = source_of(request.numbers[1]);
        fill(n, a, order, &source);
        for (long long i = 0; i < n; i++)
            right[i] = 10 * draw_real(&source);
        if (factor(n, a, order))
            refuse("the matrix is singular, or there is not enough memory");
        begin_reply(&request);
        for (long long i = 0; i < n; i++) {
            x[i] = right[order[i]];
            reply_with_count(order[i]);
        }
        substitute(n, a, x);
        for (long long i = 0; i < n; i++)
            reply_with(x[i]);
        end_reply();
        free(a);
        free(right);
        free(x);
        free(order);
    }
    return 0;
}
