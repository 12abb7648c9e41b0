/* Compares the kernel with a slow one; exit code 1 where a test fails. */
#include <stddef.h>
#include <stdio.h>

#include "kernel.h"

static int number, failures;

static void report(int good, const char *name, uint64_t samples, uint32_t seed)
{
    const char *word = good ? "ok" : "not ok";
    printf("%s %d - %s, %u points from %u\n", word, ++number, name, (unsigned)samples, seed);
    failures += !good;
}

/* Return a number of the sequence by itself: a power of the multiplier, by squares. */
static uint64_t number_at(uint64_t index, uint64_t seed)
{
    uint64_t result = seed, square = MULTIPLIER;
    for (uint64_t exponent = index + 1; exponent; exponent /= 2) {
        if (exponent % 2)
            result = result * square % MODULUS;
        square = square * square % MODULUS;
    }
    return result;
}

static uint64_t slow_count(uint64_t samples, uint32_t seed)
{
    uint64_t inside = 0;
    for (uint64_t i = 0; i < samples; i++) {
        uint64_t x = number_at(2 * i, seed), y = number_at(2 * i + 1, seed);
        inside += x * x + y * y < (uint64_t)MODULUS * MODULUS;
    }
    return inside;
}

int main(void)
{
    static const uint32_t seeds[] = {1, 2, 12345, 1073741824, 2147483645, 2147483646};
    /* From 1 the numbers are 48271 and 182605794, both small; from -1 both are near the modulus. */
    report(count_inside(1, 1) == 1, "inside", 1, 1);
    report(count_inside(1, MODULUS - 1) == 0, "outside", 1, MODULUS - 1);
    for (size_t i = 0; i < sizeof seeds / sizeof *seeds; i++) {
        int good = 1;
        for (uint64_t samples = 0; samples < 70; samples++)
            good = good && count_inside(samples, seeds[i]) == slow_count(samples, seeds[i]);
        report(good, "few", 70, seeds[i]);
        report(count_inside(20003, seeds[i]) == slow_count(20003, seeds[i]), "many", 20003, seeds[i]);
    }
    double pi = 4.0 * count_inside(1000000, 99) / 1000000;
    report(pi > 3.13 && pi < 3.15, "about pi", 1000000, 99);
    printf("1..%d\n", number);
    return failures > 0;
}
