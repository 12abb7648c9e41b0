/* Compares the kernel with a dense product and with results found by hand; exit code 1 where a test fails. */
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "data.h"
#include "kernel.h"

#define MOST 60
#define MOST_ENTRIES 10 /* of a row */

static int number, failures;

static void report(int good, const char *name)
{
    printf("%s %d - %s\n", good ? "ok" : "not ok", ++number, name);
    failures += !good;
}

static long double scaled(long double value, long double largest)
{
    return largest > 0 ? value / largest : value;
}

static void dense_round(size_t size, long double matrix[MOST][MOST], long double *vector)
{
    long double product[MOST] = {0}, largest = 0;
    for (size_t i = 0; i < size; i++) {
        for (size_t j = 0; j < size; j++)
            product[i] += matrix[i][j] * vector[j];
        largest = fmaxl(largest, fabsl(product[i]));
    }
    for (size_t i = 0; i < size; i++)
        vector[i] = scaled(product[i], largest);
}

/* Fill a matrix in both forms; one row in five is empty. */
static void fill(struct matrix *matrix, long double dense[MOST][MOST], struct source *source)
{
    uint32_t entry = 0;
    for (size_t row = 0; row < matrix->size; row++) {
        matrix->starts[row] = entry;
        for (uint32_t left = row % 5 == 3 ? 0 : draw(source, MOST_ENTRIES + 1); left > 0; left--) {
            matrix->columns[entry] = draw(source, matrix->size);
            matrix->values[entry] = draw_real(source);
            dense[row][matrix->columns[entry]] += matrix->values[entry];
            entry++;
        }
    }
    matrix->starts[matrix->size] = entry;
}

static int is_same(size_t size, size_t rounds)
{
    static uint32_t starts[MOST + 1], columns[MOST * MOST_ENTRIES];
    static double values[MOST * MOST_ENTRIES], vector[MOST];
    static long double dense[MOST][MOST], slow[MOST];
    struct matrix matrix = {size, starts, columns, values};
    struct source source = source_of(size);
    memset(dense, 0, sizeof dense);
    fill(&matrix, dense, &source);
    for (size_t i = 0; i < size; i++)
        slow[i] = vector[i] = draw_real(&source);
    for (size_t round = 0; round < rounds; round++)
        dense_round(size, dense, slow);
    if (iterate(&matrix, vector, rounds))
        return 0;
    for (size_t i = 0; i < size; i++)
        if (!(fabsl(vector[i] - slow[i]) < 1e-11))
            return 0;
    return 1;
}

static void check_by_hand(void)
{
    uint32_t starts[] = {0, 2, 3}, columns[] = {0, 1, 1};
    double values[] = {1, 2, 3}, vector[] = {5, -1}; /* (1 2; 0 3) */
    struct matrix matrix = {2, starts, columns, values};
    int failed = iterate(&matrix, vector, 0);
    report(!failed && vector[0] == 5 && vector[1] == -1, "no rounds");
    failed = iterate(&matrix, vector, 1);
    report(!failed && fabs(vector[0] - 1) < 1e-12 && fabs(vector[1] + 1) < 1e-12, "one round");
    failed = iterate(&matrix, vector, 1);
    report(!failed && fabs(vector[0] + 1.0 / 3) < 1e-12 && fabs(vector[1] + 1) < 1e-12, "another round");

    uint32_t nothing[] = {0, 0, 0};
    struct matrix zero = {2, nothing, columns, values};
    failed = iterate(&zero, vector, 3);
    report(!failed && vector[0] == 0 && vector[1] == 0, "no entries");
}

int main(void)
{
    static const size_t sizes[] = {1, 2, 3, 4, 5, 7, 8, 15, 16, 17, 33, 60};
    char name[100];
    check_by_hand();
    for (size_t i = 0; i < sizeof sizes / sizeof *sizes; i++) {
        for (size_t rounds = 1; rounds <= 5; rounds += 2) {
            snprintf(name, sizeof name, "%zu rows, %zu rounds", sizes[i], rounds);
            report(is_same(sizes[i], rounds), name);
        }
    }
    printf("1..%d\n", number);
    return failures > 0;
}
