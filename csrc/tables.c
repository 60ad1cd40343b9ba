/* The functions of elementary.c on tables of numbers: number by number, or in vectors. */
#include "library.h"
#include "fast/fast.h"

#define TABLE(function)                                                                                     \
    void purenet_##function##_table(purenet_hands *hands, const double *x, ptrdiff_t count, double *y)      \
    {                                                                                                       \
        if (hands->level > 0) {                                                                             \
            purenet_fast_##function(hands, x, count, y);                                                    \
            return;                                                                                         \
        }                                                                                                   \
        for (ptrdiff_t k = 0; k < count; k++)                                                               \
            y[k] = purenet_##function(x[k]);                                                                \
        hands->written[PURENET_SCALAR] += count;                                                            \
    }

TABLE(exp)
TABLE(sigmoid)
TABLE(tanh)
TABLE(log)
TABLE(softplus)
