/* Counts points: an input is [points, seed]; the output is [points inside]. */
#include "kernel.h"
#include "protocol.h"

int main(void)
{
    struct request request;
    say_ready();
    while (read_request(&request, 2)) {
        long long samples = request.numbers[0], seed = request.numbers[1];
        if (samples < 0 || seed < 1 || seed >= MODULUS)
            refuse("no less than 0 points, and a seed from 1 to 2147483646");
        uint64_t inside = count_inside(samples, seed);
        begin_reply(&request);
        reply_with_count(inside);
        end_reply();
    }
    return 0;
}
