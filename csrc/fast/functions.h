/* The elementary functions on tables at one level, included by level.h. */

/* exp, sigmoid, tanh, log, softplus: the operations of elementary.c on WIDTH numbers at once.  A vector with a number for
   which elementary.c takes another branch goes through elementary.c. */

typedef double numbers __attribute__((vector_size(8 * WIDTH), aligned(8), may_alias));
typedef int64_t whole __attribute__((vector_size(8 * WIDTH)));
typedef uint64_t natural __attribute__((vector_size(8 * WIDTH)));

#define LN2_HIGH (762123384785.0 / 1099511627776.0)
#define LN2_LOW (912485920509646.0 / 1237940039285380274899124224.0)
#define PER_LN2 (1442695.0 / 1000000.0)
#define ROUND 6755399441055744.0

static inline TARGET int all(whole mask)
{
    int64_t both = -1;
    for (int v = 0; v < WIDTH; v++)
        both &= mask[v];
    return both != 0;
}

/* 2**n from x * PER_LN2 + ROUND, whose last bits are those of n; times 2**52 is a shift to the exponent's place. */
static inline TARGET numbers power_of_two(numbers rounded)
{
    return (numbers)(((natural)rounded + 1023) * (UINT64_C(1) << 52));
}

static inline TARGET numbers series(numbers z)
{
    return z * (1.0 / 6.0 - z * (1.0 / 360.0 - z * (1.0 / 15120.0 - z * (1.0 / 604805.0 - z * (1.0 / 24088000.0)))));
}

static inline TARGET numbers exp_of(numbers x, whole *usual)
{
    numbers rounded = x * PER_LN2 + ROUND;
    numbers n = rounded - ROUND;
    numbers h = x - n * LN2_HIGH;
    numbers low = n * LN2_LOW;
    numbers r = h - low;
    numbers d = r - series(r * r);
    *usual = (n >= -1022.0) & (n <= 1020.0);
    return power_of_two(rounded) * (1.0 + (h - (low - r * d / (2.0 - d))));
}

static inline TARGET numbers sigmoid_of(numbers x, whole *usual)
{
    numbers rounded = x * PER_LN2 + ROUND;
    numbers n = rounded - ROUND;
    numbers r = x - n * LN2_HIGH - n * LN2_LOW;
    numbers c = 2.0 + series(r * r);
    numbers a = power_of_two(rounded) * (c + r);
    *usual = (n >= -1022.0) & (n <= 1020.0);
    return a / (a + (c - r));
}

static inline TARGET numbers tanh_of(numbers x, whole *usual)
{
    *usual = (x > -20.0) & (x < 20.0);
    x = x + x;
    numbers rounded = x * PER_LN2 + ROUND;
    numbers n = rounded - ROUND;
    numbers r = x - n * LN2_HIGH - n * LN2_LOW;
    numbers d = r - series(r * r);
    numbers s = power_of_two(rounded);
    numbers y = (s - 1.0) + s * (r + r * d / (2.0 - d));
    return y / (y + 2.0);
}

#define SMALL_M (181.0 / 256.0)
#define SMALL_U (53.0 / 128.0)

/* One of two numbers in each place: the first where the mask is set. */
static inline TARGET numbers either(whole mask, numbers one, numbers other)
{
    return (numbers)(((whole)one & mask) | ((whole)other & ~mask));
}

/* log(x) + c for a normal number x = m 2**n, or log(1 + f) where is_f: see log and log1p.  n is made a double by
   way of its last bits. */
static inline TARGET numbers log_of_parts(numbers x, numbers f, numbers c, whole is_f)
{
    natural bits = (natural)x;
    numbers m = (numbers)((bits & UINT64_C(0x000FFFFFFFFFFFFF)) | UINT64_C(0x3FE0000000000000));
    numbers n = (numbers)(bits / (UINT64_C(1) << 52) + UINT64_C(0x4338000000000000)) - (ROUND + 1022.0);
    whole small = m < SMALL_M;
    m = either(small, m + m, m);
    n = either(small, n - 1.0, n);
    numbers zero = {0.0};
    n = either(is_f, zero, n);
    c = either(is_f, zero, c);
    f = either(is_f, f, m - 1.0);
    numbers s = f / (2.0 + f);
    numbers z = s * s;
    numbers t = z * (2.0 / 3.0 + z * (2.0 / 5.0 + z * (2.0 / 7.0 + z * (2.0 / 9.0 + z * (2.0 / 11.0 + z * (
        2.0 / 13.0 + z * (133255.0 / 1000000.0 + z * (123475.0 / 1000000.0))))))));
    return n * LN2_HIGH + (f - (s * (f - t) - (n * LN2_LOW + c)));
}
static inline TARGET numbers log_of(numbers x, whole *usual)
{
    numbers none = {0.0};
    *usual = (x >= 0x1p-1022) & (x < 1.0 / 0.0);
    return log_of_parts(x, none, none, (whole)none);
}

/* log1p(exp(-|x|)), + x above 0: in log1p, exp(-|x|) is never below 0. */
static inline TARGET numbers softplus_of(numbers x, whole *usual)
{
    whole positive = x > 0.0;
    numbers e = exp_of(either(positive, -x, x), usual);
    numbers u = 1.0 + e;
    numbers c = either(e < 1.0, e - (u - 1.0), 1.0 - (u - e)) / u;
    numbers y = log_of_parts(u, e, c, e <= SMALL_U);
    return either(positive, x + y, y);
}

/* The function on a table: whole vectors, then the rest in a vector filled up with ones. */
#define TABLE(function)                                                                                        \
    TARGET void NAME(function)(const double *x, ptrdiff_t count, double *y, int64_t *written)                  \
    {                                                                                                          \
        int64_t scalar = 0;                                                                                    \
        for (ptrdiff_t k = 0; k < count; k += WIDTH) {                                                         \
            ptrdiff_t used = count - k < WIDTH ? count - k : WIDTH;                                            \
            numbers part = (numbers){0.0} + 1.0;                                                               \
            whole usual;                                                                                       \
            if (used == WIDTH)                                                                                 \
                part = *(const numbers *)(x + k);                                                              \
            else                                                                                               \
                for (ptrdiff_t v = 0; v < used; v++)                                                           \
                    part[v] = x[k + v];                                                                        \
            numbers done = function##_of(part, &usual);                                                        \
            if (!all(usual)) {                                                                                 \
                for (int v = 0; v < WIDTH; v++)                                                                \
                    done[v] = purenet_##function(part[v]);                                                     \
                scalar += used;                                                                                \
            }                                                                                                  \
            if (used == WIDTH)                                                                                 \
                *(numbers *)(y + k) = done;                                                                    \
            else                                                                                               \
                for (ptrdiff_t v = 0; v < used; v++)                                                           \
                    y[k + v] = done[v];                                                                        \
        }                                                                                                      \
        written[PURENET_VECTOR] += count - scalar;                                                             \
        written[PURENET_SCALAR] += scalar;                                                                     \
    }

TABLE(exp)
TABLE(sigmoid)
TABLE(tanh)
TABLE(log)
TABLE(softplus)
