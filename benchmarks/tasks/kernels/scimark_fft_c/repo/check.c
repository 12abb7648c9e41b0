/* Compares the kernel with the definition of a Fourier transform; exit code 1 where a test fails. */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>

#include "data.h"
#include "kernel.h"

#define MOST 4096

static int number, failures;
static double data[2 * MOST], given[2 * MOST];

static void report(int good, const char *name, size_t n)
{
    printf("%s %d - %s, %zu samples\n", good ? "ok" : "not ok", ++number, name, n);
    failures += !good;
}

static void fill(size_t n, uint64_t seed)
{
    struct source source = source_of(seed);
    for (size_t i = 0; i < 2 * n; i++)
        data[i] = given[i] = draw_real(&source);
}

static int is_defined(size_t n, int sign)
{
    for (size_t k = 0; k < n; k++) {
        long double real = 0, imaginary = 0;
        for (size_t j = 0; j < n; j++) {
            long double angle = sign * 2 * acosl(-1) * (j * k % n) / n;
            real += cosl(angle) * given[2 * j] - sinl(angle) * given[2 * j + 1];
            imaginary += sinl(angle) * given[2 * j] + cosl(angle) * given[2 * j + 1];
        }
        if (!(fabsl(data[2 * k] - real) < 1e-11 && fabsl(data[2 * k + 1] - imaginary) < 1e-11))
            return 0;
    }
    return 1;
}

static int is_near(double a, double b)
{
    return fabs(a - b) < 1e-12;
}

static void check_by_hand(void)
{
    /* The powers of i: a single frequency, the first one. */
    double turning[8] = {1, 0, 0, 1, -1, 0, 0, -1};
    int failed = transform(4, turning, -1);
    int good = !failed && is_near(turning[2], 4);
    for (int i = 0; i < 8; i++)
        good = good && (i == 2 || is_near(turning[i], 0));
    report(good, "a turning signal", 4);

    double pair[4] = {3, 1, 1, 5};
    failed = transform(2, pair, 1);
    good = !failed && is_near(pair[0], 4) && is_near(pair[1], 6) && is_near(pair[2], 2) &&
           is_near(pair[3], -4);
    report(good, "sum and difference", 2);

    double one[2] = {7, -2};
    failed = transform(1, one, 1);
    report(!failed && one[0] == 7 && one[1] == -2, "stays", 1);
}

int main(void)
{
    check_by_hand();
    for (size_t n = 1; n <= 256; n *= 2) {
        for (int sign = -1; sign <= 1; sign += 2) {
            fill(n, n + sign);
            report(!transform(n, data, sign) && is_defined(n, sign), sign < 0 ? "forward" : "backward", n);
        }
    }
    for (size_t n = 512; n <= MOST; n *= 2) {
        fill(n, n);
        int good = !transform(n, data, -1) && !transform(n, data, 1);
        for (size_t i = 0; i < 2 * n; i++)
            good = good && fabs(data[i] / n - given[i]) < 1e-12;
        report(good, "there and back", n);
    }
    printf("1..%d\n", number);
    return failures > 0;
}
