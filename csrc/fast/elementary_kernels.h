/* The kernels of the elementary functions for one instruction set, included by kernels.h. */

/* exp, sigmoid, tanh, log and softplus do the operations of elementary.c on WIDTH numbers at once. If a vector holds a
   number for which elementary.c takes another branch, the whole vector is computed by elementary.c. */

typedef double vdouble __attribute__((vector_size(8 * WIDTH), aligned(8), may_alias));
typedef int64_t vint __attribute__((vector_size(8 * WIDTH)));
typedef uint64_t vuint __attribute__((vector_size(8 * WIDTH)));

#define LN2_HIGH (762123384785.0 / 1099511627776.0)
#define LN2_LOW (912485920509646.0 / 1237940039285380274899124224.0)
#define PER_LN2 (1442695.0 / 1000000.0)
#define ROUND 6755399441055744.0

/* Whether the mask is set in every lane. */
static inline TARGET int all_set(vint mask)
{
    int64_t set = -1;
    for (int v = 0; v < WIDTH; v++)
        set &= mask[v];
    return set != 0;
}

/* Return 2**n from x * PER_LN2 + ROUND, whose last bits are those of n; * 2**52 shifts them into the exponent. */
static inline TARGET vdouble power_of_two(vdouble rounded)
{
    return (vdouble)(((vuint)rounded + 1023) * (UINT64_C(1) << 52));
}

static inline TARGET vdouble series(vdouble z)
{
    return z * (1.0 / 6.0 - z * (1.0 / 360.0 - z * (1.0 / 15120.0 - z * (1.0 / 604805.0 - z * (1.0 / 24088000.0)))));
}

static inline TARGET vdouble exp_of(vdouble x, vint *usual)
{
    vdouble rounded = x * PER_LN2 + ROUND;
    vdouble n = rounded - ROUND;
    vdouble h = x - n * LN2_HIGH;
    vdouble low = n * LN2_LOW;
    vdouble r = h - low;
    vdouble d = r - series(r * r);
    *usual = (n >= -1022.0) & (n <= 1020.0);
    return power_of_two(rounded) * (1.0 + (h - (low - r * d / (2.0 - d))));
}

static inline TARGET vdouble sigmoid_of(vdouble x, vint *usual)
{
    vdouble rounded = x * PER_LN2 + ROUND;
    vdouble n = rounded - ROUND;
    vdouble r = x - n * LN2_HIGH - n * LN2_LOW;
    vdouble c = 2.0 + series(r * r);
    vdouble a = power_of_two(rounded) * (c + r);
    *usual = (n >= -1022.0) & (n <= 1020.0);
    return a / (a + (c - r));
}

static inline TARGET vdouble tanh_of(vdouble x, vint *usual)
{
    *usual = (x > -20.0) & (x < 20.0);
    x = x + x;
    vdouble rounded = x * PER_LN2 + ROUND;
    vdouble n = rounded - ROUND;
    vdouble r = x - n * LN2_HIGH - n * LN2_LOW;
    vdouble d = r - series(r * r);
    vdouble s = power_of_two(rounded);
    vdouble y = (s - 1.0) + s * (r + r * d / (2.0 - d));
    return y / (y + 2.0);
}

#define SMALL_M (181.0 / 256.0)
#define SMALL_U (53.0 / 128.0)

/* Return in each lane the first number if the mask is set there, else the second. */
static inline TARGET vdouble select(vint mask, vdouble one, vdouble other)
{
    return (vdouble)(((vint)one & mask) | ((vint)other & ~mask));
}

/* Return log(x) + c for a normal number x = m 2**n, or log(1 + f) if is_f: see log and log1p in elementary.c. n
   becomes a double through its last bits. */
static inline TARGET vdouble log_of_parts(vdouble x, vdouble f, vdouble c, vint is_f)
{
    vuint bits = (vuint)x;
    vdouble m = (vdouble)((bits & UINT64_C(0x000FFFFFFFFFFFFF)) | UINT64_C(0x3FE0000000000000));
    vdouble n = (vdouble)(bits / (UINT64_C(1) << 52) + UINT64_C(0x4338000000000000)) - (ROUND + 1022.0);
    vint below_split = m < SMALL_M;
    m = select(below_split, m + m, m);
    n = select(below_split, n - 1.0, n);
    vdouble zero = {0.0};
    n = select(is_f, zero, n);
    c = select(is_f, zero, c);
    f = select(is_f, f, m - 1.0);
    vdouble s = f / (2.0 + f);
    vdouble z = s * s;
    /* clang-format off */
    vdouble t = z * (2.0 / 3.0 + z * (2.0 / 5.0 + z * (2.0 / 7.0 + z * (2.0 / 9.0 + z * (2.0 / 11.0 + z * (
        2.0 / 13.0 + z * (133255.0 / 1000000.0 + z * (123475.0 / 1000000.0))))))));
    /* clang-format on */
    return n * LN2_HIGH + (f - (s * (f - t) - (n * LN2_LOW + c)));
}

static inline TARGET vdouble log_of(vdouble x, vint *usual)
{
    vdouble none = {0.0};
    *usual = (x >= 0x1p-1022) & (x < 1.0 / 0.0);
    return log_of_parts(x, none, none, (vint)none);
}

/* Return log1p(exp(-|x|)), plus x if x > 0. exp(-|x|) is never below 0, which leaves two branches of log1p. */
static inline TARGET vdouble softplus_of(vdouble x, vint *usual)
{
    vint positive = x > 0.0;
    vdouble e = exp_of(select(positive, -x, x), usual);
    vdouble u = 1.0 + e;
    vdouble c = select(e < 1.0, e - (u - 1.0), 1.0 - (u - e)) / u;
    vdouble y = log_of_parts(u, e, c, e <= SMALL_U);
    return select(positive, x + y, y);
}

/* A function on a table: whole vectors, then the rest in a vector padded with ones. */
#define TABLE(function) \
    TARGET void NAME(function)(const double *x, ptrdiff_t count, double *y) \
    { \
        for (ptrdiff_t k = 0; k < count; k += WIDTH) { \
            ptrdiff_t used = count - k < WIDTH ? count - k : WIDTH; \
            vdouble part = (vdouble){0.0} + 1.0; \
            vint usual; \
            if (used == WIDTH) \
                part = *(const vdouble *)(x + k); \
            else \
                for (ptrdiff_t v = 0; v < used; v++) \
                    part[v] = x[k + v]; \
            vdouble done = function##_of(part, &usual); \
            if (!all_set(usual)) { \
                for (int v = 0; v < WIDTH; v++) \
                    done[v] = purenet_##function(part[v]); \
                PURENET_COUNT(SCALAR, used); \
            } else { \
                PURENET_COUNT(VECTOR, used); \
            } \
            if (used == WIDTH) \
                *(vdouble *)(y + k) = done; \
            else \
                for (ptrdiff_t v = 0; v < used; v++) \
                    y[k + v] = done[v]; \
        } \
    }

TABLE(exp)
TABLE(sigmoid)
TABLE(tanh)
TABLE(log)
TABLE(softplus)

/* Whether every number is finite: x - x is 0 unless x is infinite or NaN. */
TARGET int32_t NAME(all_finite)(const double *values, ptrdiff_t count)
{
    vint good = {0};
    ptrdiff_t k = 0;
    good = ~good;
    for (; k + WIDTH <= count; k += WIDTH) {
        vdouble part = *(const vdouble *)(values + k);
        good &= part - part == 0.0;
    }
    int32_t last = 1;
    for (; k < count; k++)
        last &= values[k] - values[k] == 0.0;
    return all_set(good) && last;
}
