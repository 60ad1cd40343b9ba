/* The kernels with the vectors of the compiler's baseline: SSE2, NEON, or what it has for 16-byte vectors. */
#include <string.h>

#define NAME(x) purenet_baseline_##x
#define TARGET
#define WIDTH 2
#define ROWS 4
#define VECTORS 2
#include "kernels.h"

/* Whether this thread keeps subnormal numbers. purenet/_core/ieee754.py tests a product; this sum tells as much, and
   CPUs add subnormal numbers much faster than they multiply them. */
int32_t purenet_keeps_subnormals(void)
{
    volatile double tiny = 0x1p-1074;
    double sum = tiny + tiny;
    uint64_t bits;
    memcpy(&bits, &sum, sizeof bits);
    return bits == 2;
}

/* Return how many of the first numbers are between -limit and limit, rounded down to a multiple of STRETCH. The caller
   checks the rest. */
ptrdiff_t purenet_fast_within(const double *values, ptrdiff_t count, double limit)
{
    enum { STRETCH = 16 * WIDTH };
    ptrdiff_t start = 0;
    for (; start + STRETCH <= count; start += STRETCH) {
        vint good = {0};
        good = ~good;
        for (ptrdiff_t k = start; k < start + STRETCH; k += WIDTH) {
            vdouble part = *(const vdouble *)(values + k);
            good &= (part < limit) & (part > -limit);
        }
        if (!all_set(good))
            break;
    }
    return start;
}
