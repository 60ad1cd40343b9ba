/* Which level this machine has, and the way to each. */
#include "fast.h"

/* 3 AVX-512, 2 AVX2, 1 whatever the compiler took for granted. */
int32_t purenet_best_level(void)
{
#if PURENET_AVX
    __builtin_cpu_init();
    if (__builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512dq") && __builtin_cpu_supports("avx512vl"))
        return 3;
    if (__builtin_cpu_supports("avx2"))
        return 2;
#endif
    return 1;
}

#if PURENET_AVX
#define HIGHER(function, arguments)                     \
    case 3: purenet_avx512_##function arguments; break; \
    case 2: purenet_avx2_##function arguments; break;
#else
#define HIGHER(function, arguments)
#endif

#define WAY(function, arguments)                           \
    switch (level) {                                       \
    HIGHER(function, arguments)                            \
    default: purenet_baseline_##function arguments; break; \
    }

void purenet_fast_multiply(int32_t level, PURENET_MULTIPLY_ARGUMENTS)
{
    WAY(multiply, (start, start_step, left, left_row, left_term, right, right_term, right_column, rows, terms, columns,
                   packed, result))
}

void purenet_fast_exp(int32_t level, const double *x, ptrdiff_t count, double *result)
{
    WAY(exp, (x, count, result))
}

void purenet_fast_sigmoid(int32_t level, const double *x, ptrdiff_t count, double *result)
{
    WAY(sigmoid, (x, count, result))
}

void purenet_fast_tanh(int32_t level, const double *x, ptrdiff_t count, double *result)
{
    WAY(tanh, (x, count, result))
}
