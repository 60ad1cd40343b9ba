/* What this CPU supports, and the calls that go to each instruction set. */
#include "fast.h"

/* Return the highest level that works here: 3 AVX-512, 2 AVX2, 1 the compiler's baseline. purenet/backends.py chooses
   the level of an engine in simd_level. */
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
/* clang-format off */
#define DISPATCH(level, function, ...) \
    ((level) == 3 ? purenet_avx512_##function(__VA_ARGS__) : (level) == 2 ? purenet_avx2_##function(__VA_ARGS__) \
                                                                         : purenet_baseline_##function(__VA_ARGS__))
/* clang-format on */
#else
#define DISPATCH(level, function, ...) purenet_baseline_##function(__VA_ARGS__)
#endif

/* Compute a product, or part of one, in the calling thread. */
void purenet_level_multiply(int32_t level, const purenet_product *product, double *packing)
{
    if (level == 0) {
        const purenet_product *p = product;
        if (p->row_offsets)
            purenet_scattered_cells(p);
        else
            purenet_multiply_cells(p->start, p->start_step, p->left, p->left_row, p->left_term, p->right, p->right_term,
                                   p->right_column, p->rows, p->terms, p->columns, p->result, p->result_row);
        PURENET_COUNT(CELLS, p->rows * p->columns);
    } else
        DISPATCH(level, multiply, product, packing);
}

/* Compute a product without the terms whose left factor is zero, where that changes no bit, at a level from 1. */
void purenet_level_multiply_nonzero(int32_t level, const purenet_product *product)
{
    if (level > 0)
        DISPATCH(level, multiply_nonzero, product);
}

/* Whether every number is finite, at a level from 1. */
int32_t purenet_fast_all_finite(int32_t level, const double *values, ptrdiff_t count)
{
    return level > 0 && DISPATCH(level, all_finite, values, count);
}

/* An elementary function on a table: scalar at level 0, in vectors at the others. */
#define TABLE(function) \
    void purenet_##function##_table(purenet_context *ctx, const double *x, ptrdiff_t count, double *y) \
    { \
        if (ctx->level > 0) { \
            DISPATCH(ctx->level, function, x, count, y); \
            return; \
        } \
        for (ptrdiff_t k = 0; k < count; k++) \
            y[k] = purenet_##function(x[k]); \
        PURENET_COUNT(SCALAR, count); \
    }

TABLE(exp)
TABLE(sigmoid)
TABLE(tanh)
TABLE(log)
TABLE(softplus)
