/* Smooths signals: an input is [samples, seed]; the output has sums of real and imaginary parts by blocks. */
#include <stdlib.h>

#include "data.h"
#include "kernel.h"
#include "protocol.h"

#define BLOCKS 64

static void smooth(size_t n, double *data)
{
    if (transform(n, data, -1))
        refuse("not enough memory");
    for (size_t k = 0; k < n; k++) {
        double share = 8.0 * (k < n - k ? k : n - k) / n;
        double weight = 1 / (1 + share * share) / n;
        data[2 * k] *= weight;
        data[2 * k + 1] *= weight;
    }
    if (transform(n, data, 1))
        refuse("not enough memory");
}

static void reply_with_sums(size_t n, const double *data)
{
    size_t blocks = n < BLOCKS ? n : BLOCKS;
    for (size_t block = 0; block < blocks; block++) {
        double real = 0, imaginary = 0;
        for (size_t k = block * (n / blocks); k < (block + 1) * (n / blocks); k++) {
            real += data[2 * k];
            imaginary += data[2 * k + 1];
        }
        reply_with(real);
        reply_with(imaginary);
    }
}

int main(void)
{
    struct request request;
    say_ready();
    while (read_request(&request, 2)) {
        long long n = request.numbers[0];
        if (n < 1 || n > 1 << 24 || n & (n - 1))
            refuse("the number of samples is a power of two, at most 2^24");
        double *data = malloc(2 * n * sizeof *data);
        if (!data)
            refuse("not enough memory");
        struct source source = source_of(request.numbers[1]);
        for (long long i = 0; i < 2 * n; i++)
            data[i] = draw_real(&source);
        smooth(n, data);
        begin_reply(&request);
        reply_with_sums(n, data);
        end_reply();
        free(data);
    }
    return 0;
}
