/* The twin of purenet/reference/elementary.py. */
#include "common.h"
#include "float_ops.h"

/* log(2) = HIGH + LOW, with more bits than a double. HIGH has 40 bits, so that n * LN2_HIGH is exact
   for every exponent n of a double. */
#define LN2_HIGH (762123384785.0 / 1099511627776.0)
#define LN2_LOW (912485920509646.0 / 1237940039285380274899124224.0)
#define PER_LN2 (1442695.0 / 1000000.0) /* 1/log(2), only to find the nearest n */
#define ROUND 6755399441055744.0        /* x + ROUND - ROUND is x rounded to the nearest integer */

/* pi/2 as a sum of three numbers, the first two of 33 bits */
#define HALF_PI_HIGH (6746518852.0 / 4294967296.0)
#define HALF_PI_MIDDLE (4484108710.0 / 73786976294838206464.0)
#define HALF_PI_LOW (2688052912830521.0 / 1329227995784915872903807060280344576.0)
#define PER_HALF_PI (636619772368.0 / 1000000000000.0)

#define SMALL_M (181.0 / 256.0) /* split at sqrt(1/2): the mantissa is taken from [181/256, 181/128) */
#define SMALL_U (53.0 / 128.0)  /* up to here log1p needs no split */

#define INFINITE (1.0 / 0.0)
#define NOT_A_NUMBER (INFINITE - INFINITE)

/* the exponential and related functions
   With n = x / log(2) rounded to an integer and r = x - n log(2), exp(x) = 2**n exp(r).
   w(r) = r / tanh(r/2) - 2 is an even function with a short series, and
   exp(r) = (2 + w + r) / (2 + w - r) = 1 + r + r d / (2 - d) with d = r - w. */

/* Return e to the power x. exp(0) is 1; inf above 709.78; subnormal below -708.4 and 0 below -745.13. */
double purenet_exp(double x)
{
    double n = x * PER_LN2 + ROUND - ROUND;
    double h = x - n * LN2_HIGH;
    double low = n * LN2_LOW;
    double r = h - low;
    double z = r * r;
    /* clang-format off */
    double w = z * (1.0 / 6.0 - z * (1.0 / 360.0 - z * (1.0 / 15120.0 - z * (1.0 / 604805.0 -
        z * (1.0 / 24088000.0)))));
    /* clang-format on */
    double d = r - w;
    double y = 1.0 + (h - (low - r * d / (2.0 - d)));
    if (-1022.0 <= n && n <= 1020.0)
        return purenet_power_of_two(n) * y;
    if (n > 0.0)
        return n > 1024.0 ? INFINITE : purenet_power_of_two(1000.0) * y * purenet_power_of_two(n - 1000.0);
    if (n < 0.0)
        return n < -1080.0 ? 0.0 : purenet_power_of_two(-1000.0) * y * purenet_power_of_two(n + 1000.0);
    return x; /* NaN */
}

/* Return exp(x) - 1, also accurate near 0. -1 at -inf, inf above 709.78. */
double purenet_expm1(double x)
{
    if (!(-50.0 < x && x < 700.0))
        return purenet_exp(x) - 1.0;
    double n = x * PER_LN2 + ROUND - ROUND;
    double r = x - n * LN2_HIGH - n * LN2_LOW;
    double z = r * r;
    /* clang-format off */
    double w = z * (1.0 / 6.0 - z * (1.0 / 360.0 - z * (1.0 / 15120.0 - z * (1.0 / 604805.0 -
        z * (1.0 / 24088000.0)))));
    /* clang-format on */
    double d = r - w;
    double s = purenet_power_of_two(n);
    return (s - 1.0) + s * (r + r * d / (2.0 - d));
}

/* Return 1 / (1 + exp(-x)), with one division. sigmoid(0) is 0.5; 0 at -inf, 1 at inf. */
double purenet_sigmoid(double x)
{
    double n = x * PER_LN2 + ROUND - ROUND;
    double r = x - n * LN2_HIGH - n * LN2_LOW;
    double z = r * r;
    /* clang-format off */
    double w = z * (1.0 / 6.0 - z * (1.0 / 360.0 - z * (1.0 / 15120.0 - z * (1.0 / 604805.0 -
        z * (1.0 / 24088000.0)))));
    /* clang-format on */
    double c = 2.0 + w;
    if (-1022.0 <= n && n <= 1020.0) {
        double a = purenet_power_of_two(n) * (c + r);
        return a / (a + (c - r));
    }
    return n > 0.0 ? 1.0 : purenet_exp(x); /* here 1 + exp(x) is 1, so sigmoid(x) is exp(x) */
}

/* Return the hyperbolic tangent: y / (y + 2) with y = exp(2x) - 1. tanh(0) is 0; -1 and 1 at -inf and inf. */
double purenet_tanh(double x)
{
    if (!(-20.0 < x && x < 20.0))
        return x > 0.0 ? 1.0 : x < 0.0 ? -1.0 : x;
    x = x + x;
    double n = x * PER_LN2 + ROUND - ROUND;
    double r = x - n * LN2_HIGH - n * LN2_LOW;
    double z = r * r;
    /* clang-format off */
    double w = z * (1.0 / 6.0 - z * (1.0 / 360.0 - z * (1.0 / 15120.0 - z * (1.0 / 604805.0 -
        z * (1.0 / 24088000.0)))));
    /* clang-format on */
    double d = r - w;
    double s = purenet_power_of_two(n);
    double y = (s - 1.0) + s * (r + r * d / (2.0 - d));
    return y / (y + 2.0);
}

/* the logarithm and related functions
   With x = 2**n (1 + f) and s = f / (2 + f), log(1 + f) = log((1 + s) / (1 - s)), an odd function of s. */

/* Return the natural logarithm. -inf at 0, inf at inf, NaN below 0. */
double purenet_log(double x)
{
    if (!(0.0 < x && x < INFINITE))
        return x == 0.0 ? -INFINITE : x < 0.0 ? NOT_A_NUMBER : x;
    int32_t n;
    double m = purenet_split(x, &n);
    if (m < SMALL_M) {
        m = m + m;
        n = n - 1;
    }
    double f = m - 1.0;
    double s = f / (2.0 + f);
    double z = s * s;
    /* clang-format off */
    double t = z * (2.0 / 3.0 + z * (2.0 / 5.0 + z * (2.0 / 7.0 + z * (2.0 / 9.0 + z * (2.0 / 11.0 + z * (
        2.0 / 13.0 + z * (133255.0 / 1000000.0 + z * (123475.0 / 1000000.0))))))));
    /* clang-format on */
    return n * LN2_HIGH + (f - (s * (f - t) - n * LN2_LOW));
}

/* Return log(1 + x), also accurate near 0. -inf at -1, inf at inf, NaN below -1. */
double purenet_log1p(double x)
{
    if (!(-1.0 < x && x < INFINITE))
        return x == -1.0 ? -INFINITE : x < 0.0 ? NOT_A_NUMBER : x;
    int32_t n = 0;
    double f = x;
    double c = 0.0;
    if (!(-0.25 < x && x <= SMALL_U)) {
        double u = 1.0 + x;
        c = (x < 1.0 ? x - (u - 1.0) : 1.0 - (u - x)) / u; /* the rounding error of 1 + x */
        double m = purenet_split(u, &n);
        if (m < SMALL_M) {
            m = m + m;
            n = n - 1;
        }
        f = m - 1.0;
    }
    double s = f / (2.0 + f);
    double z = s * s;
    /* clang-format off */
    double t = z * (2.0 / 3.0 + z * (2.0 / 5.0 + z * (2.0 / 7.0 + z * (2.0 / 9.0 + z * (2.0 / 11.0 + z * (
        2.0 / 13.0 + z * (133255.0 / 1000000.0 + z * (123475.0 / 1000000.0))))))));
    /* clang-format on */
    return n * LN2_HIGH + (f - (s * (f - t) - (n * LN2_LOW + c)));
}

/* Return log(1 + exp(x)), as max(x, 0) + log1p(exp(-|x|)), which cannot overflow. 0 at -inf, inf at inf. */
double purenet_softplus(double x)
{
    if (x > 0.0)
        return x + purenet_log1p(purenet_exp(-x));
    return purenet_log1p(purenet_exp(x));
}

/* Return the cosine for |x| up to 2**20; NaN beyond, where the reduction by pi/2 has no digits left. */
double purenet_cos(double x)
{
    if (!(-1048576.0 <= x && x <= 1048576.0))
        return NOT_A_NUMBER;
    double n = x * PER_HALF_PI + ROUND - ROUND;
    double h = x - n * HALF_PI_HIGH - n * HALF_PI_MIDDLE;
    double low = n * HALF_PI_LOW;
    double r = h - low;
    double z = r * r;
    int64_t quadrant = (int64_t)n & 3;
    if (quadrant & 1) {
        /* sin(r), Taylor; (h - r) - low is the rounding error of r */
        /* clang-format off */
        double t = r + (((h - r) - low) - r * z * (1.0 / 6.0 - z * (1.0 / 120.0 - z * (1.0 / 5040.0 - z * (
            1.0 / 362880.0 - z * (1.0 / 39916800.0 - z * (1.0 / 6227020800.0 - z * (1.0 / 1307674368000.0))))))));
        /* clang-format on */
        return quadrant == 1 ? -t : t;
    }
    /* cos(r), Taylor; the derivative -r corrects for the rounding error of r */
    /* clang-format off */
    double t = z * z * (1.0 / 24.0 - z * (1.0 / 720.0 - z * (1.0 / 40320.0 - z * (1.0 / 3628800.0 - z * (
        1.0 / 479001600.0 - z * (1.0 / 87178291200.0 - z * (1.0 / 20922789888000.0)))))));
    /* clang-format on */
    double half = z * 0.5;
    double u = 1.0 - half;
    t = u + (((1.0 - u) - half) + (t - r * ((h - r) - low)));
    return quadrant == 0 ? t : -t;
}

/* Return x to the power y for x >= 0, as exp(y log(x)). The relative error grows with |y log(x)|. */
double purenet_power(double x, double y)
{
    if (y == 0.0 || x == 1.0)
        return 1.0;
    return purenet_exp(y * purenet_log(x));
}
