/* The only operations on doubles that the library needs besides + - * / and comparison. In
   purenet/reference/elementary.py these three are hooks, which recording numbers can replace. */
#ifndef PURENET_FLOAT_OPS_H
#define PURENET_FLOAT_OPS_H

#include <math.h>
#include <stdint.h>
#include <string.h>

/* Return the correctly rounded square root of x >= 0 (IEEE-754). */
static inline double purenet_square_root(double x)
{
    return sqrt(x);
}

/* Return 2**n exactly, for an integer n from -1022 to 1020. */
static inline double purenet_power_of_two(double n)
{
    uint64_t bits = (uint64_t)((int64_t)n + 1023) << 52;
    double power;
    memcpy(&power, &bits, sizeof power);
    return power;
}

/* Return m and store n with x = m * 2**n exactly and 0.5 <= m < 1, for finite x > 0. */
static inline double purenet_split(double x, int32_t *n)
{
    uint64_t bits;
    int32_t shift = 0;
    memcpy(&bits, &x, sizeof bits);
    if (bits >> 52 == 0) { /* subnormal: scale it up first */
        x = x * 18014398509481984.0;
        shift = 54;
        memcpy(&bits, &x, sizeof bits);
    }
    *n = (int32_t)(bits >> 52) - 1022 - shift;
    bits = (bits & UINT64_C(0x000FFFFFFFFFFFFF)) | UINT64_C(0x3FE0000000000000);
    memcpy(&x, &bits, sizeof x);
    return x;
}

#endif
