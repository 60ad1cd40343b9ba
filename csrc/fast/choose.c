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
#define WAY(level, function, ...) \
    ((level) == 3 ? purenet_avx512_##function(__VA_ARGS__) : (level) == 2 ? purenet_avx2_##function(__VA_ARGS__) \
                                                                         : purenet_baseline_##function(__VA_ARGS__))
#else
#define WAY(level, function, ...) purenet_baseline_##function(__VA_ARGS__)
#endif

/* A product, or a part of one, by one thread. */
void purenet_level_multiply(int32_t level, const purenet_product *product, double *packed, int64_t *written)
{
    if (level == 0) {
        const purenet_product *p = product;
        if (p->row_offsets)
            purenet_scattered_cells(p);
        else
            purenet_multiply_cells(p->start, p->start_step, p->left, p->left_row, p->left_term, p->right,
                                   p->right_term, p->right_column, p->rows, p->terms, p->columns, p->result,
                                   p->result_row);
        written[PURENET_CELLS] += p->rows * p->columns;
    } else
        WAY(level, multiply, product, packed, written);
}

#define TABLE(function)                                                                                \
    void purenet_fast_##function(purenet_hands *hands, const double *x, ptrdiff_t count, double *y)    \
    {                                                                                                  \
        WAY(hands->level, function, x, count, y, hands->written);                                      \
    }

TABLE(exp)
TABLE(sigmoid)
TABLE(tanh)
TABLE(log)
TABLE(softplus)
