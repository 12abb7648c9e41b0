/* Multiplies the kernel's triangles, compares with results found by hand; exit code 1 where a test fails. */
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "data.h"
#include "kernel.h"

#define MOST 140

static int number, failures;

static void report(int good, const char *name)
{
    printf("%s %d - %s\n", good ? "ok" : "not ok", ++number, name);
    failures += !good;
}

/* Return whether each row of the product is the row of `given` that `order` names, and `order` names all. */
static int is_product(size_t n, const double *a, const double *given, const size_t *order)
{
    char seen[MOST] = {0};
    for (size_t i = 0; i < n; i++) {
        if (order[i] >= n || seen[order[i]]++)
            return 0;
        for (size_t j = 0; j < n; j++) {
            long double sum = i <= j ? a[i * n + j] : 0;
            for (size_t k = 0; k < i && k <= j; k++)
                sum += (long double)a[i * n + k] * a[k * n + j];
            if (!(fabsl(sum - given[order[i] * n + j]) < 1e-11))
                return 0;
        }
    }
    return 1;
}

/* Return whether no value of the lower triangle is above 1: the largest were divided by. */
static int is_ordered(size_t n, const double *a)
{
    for (size_t i = 0; i < n; i++)
        for (size_t j = 0; j < i; j++)
            if (!(fabs(a[i * n + j]) <= 1))
                return 0;
    return 1;
}

static int holds(size_t n)
{
    static double a[MOST * MOST], given[MOST * MOST];
    static size_t order[MOST];
    struct source source = source_of(n);
    for (size_t i = 0; i < n * n; i++)
        a[i] = given[i] = draw_real(&source);
    memset(order, 0xff, sizeof order);
    return factor(n, a, order) == 0 && is_product(n, a, given, order) && is_ordered(n, a);
}

static int gives(size_t n, double *a, const double *wanted, const size_t *wanted_order)
{
    size_t order[3];
    int good = factor(n, a, order) == 0;
    for (size_t i = 0; i < n * n; i++)
        good = good && fabs(a[i] - wanted[i]) < 1e-12;
    for (size_t i = 0; i < n; i++)
        good = good && order[i] == wanted_order[i];
    return good;
}

static void check_by_hand(void)
{
    double one[] = {4};
    report(gives(1, one, (double[]){4}, (size_t[]){0}), "one row");
    double straight[] = {4, 2, 2, 5};
    report(gives(2, straight, (double[]){4, 2, 0.5, 4}, (size_t[]){0, 1}), "without an exchange");
    double crossed[] = {0, 3, -2, 1};
    report(gives(2, crossed, (double[]){-2, 1, 0, 3}, (size_t[]){1, 0}), "with an exchange");
    double equal[] = {2, 2, -2, 1};
    report(gives(2, equal, (double[]){2, 2, -1, 3}, (size_t[]){0, 1}), "the first of the largest is taken");
    double three[] = {2, 2, 2, 2, 1, 3, 4, 0, 0};
    report(gives(3, three, (double[]){4, 0, 0, 0.5, 2, 2, 0.5, 0.5, 2}, (size_t[]){2, 0, 1}), "three rows");
    size_t order[3];
    report(factor(2, (double[]){1, 2, 2, 4}, order) == 1, "singular");
    report(factor(3, (double[]){0, 1, 2, 0, 3, 4, 0, 5, 6}, order) == 1, "singular, an empty column");
}

int main(void)
{
    static const size_t sizes[] = {1, 2, 3, 4, 5, 7, 8, 9, 15, 16, 17, 31, 32, 33, 63, 64, 65, 100, 129, 140};
    char name[100];
    check_by_hand();
    for (size_t i = 0; i < sizeof sizes / sizeof *sizes; i++) {
        snprintf(name, sizeof name, "product of the triangles, %zu rows", sizes[i]);
        report(holds(sizes[i]), name);
    }
    printf("1..%d\n", number);
    return failures > 0;
}
