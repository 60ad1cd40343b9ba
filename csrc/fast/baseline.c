/* The fast forms with the vectors that the compiler's baseline has: SSE2, NEON, or what it makes of them. */
#define NAME(x) purenet_baseline_##x
#define TARGET
#define WIDTH 2
#define ROWS 4
#define VECTORS 2
#include "level.h"

/* Whether no number is infinite or not a number: of those alone, x - x is not 0. */
int32_t purenet_fast_all_finite(const double *values, ptrdiff_t count)
{
    whole good = {0};
    ptrdiff_t k = 0;
    good = ~good;
    for (; k + WIDTH <= count; k += WIDTH) {
        numbers part = *(const numbers *)(values + k);
        good &= part - part == 0.0;
    }
    int32_t last = 1;
    for (; k < count; k++)
        last &= values[k] - values[k] == 0.0;
    return all(good) && last;
}

/* How many numbers at the beginning lie between -limit and limit, in steps of STRETCH; the caller looks at the rest. */
ptrdiff_t purenet_fast_within(const double *values, ptrdiff_t count, double limit)
{
    enum { STRETCH = 16 * WIDTH };
    ptrdiff_t start = 0;
    for (; start + STRETCH <= count; start += STRETCH) {
        whole good = {0};
        good = ~good;
        for (ptrdiff_t k = start; k < start + STRETCH; k += WIDTH) {
            numbers part = *(const numbers *)(values + k);
            good &= (part < limit) & (part > -limit);
        }
        if (!all(good))
            break;
    }
    return start;
}
