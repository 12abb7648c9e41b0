#include <stdio.h>

static double work(int rows)
{
    double total = 0;
    for (int i = 0; i < rows; i++)
        for (int j = 0; j < 2000; j++)
            total += (double) i * j / (j + 1);
    return total;
}

int other(int count);

int other(int count)
{
    int bits = 0;
    for (int i = 0; i < count; i++)
        bits ^= i * 7;
    return bits;
}

int main(void)
{
    printf("%f %d\n", work(40000), other(10000000));
    return 0;
}
