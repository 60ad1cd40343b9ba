/* The fast forms, which use vector instructions and threads. level: 0 plain, 1 the compiler's baseline, 2 AVX2,
   3 AVX-512. purenet.h explains the other arguments. Calls go multiply.c -> threads.c, or sparse_row.c, ->
   dispatch.c -> one of baseline.c, avx2.c, avx512.c, or matrix.c. */
#ifndef PURENET_FAST_H
#define PURENET_FAST_H

#include "../common.h"

/* Whether there are AVX2 and AVX-512 forms. GCC for Windows has none, because it does not align its stack for
   vectors of more than 16 bytes (GCC bug 54412). */
#if (defined(__x86_64__) || defined(__i386__)) && (!defined(_WIN32) || defined(__clang__))
#define PURENET_AVX 1
#else
#define PURENET_AVX 0
#endif

/* Columns of the widest tile; rows and terms of a product that are computed at once, so that they fit in the L2
   cache. */
enum { PURENET_TILE_COLUMNS = 24, PURENET_RANGE_ROWS = 192, PURENET_RANGE_TERMS = 512 };

/* The test build (-DPURENET_COUNT_KERNELS) counts the cells that each kernel writes in each thread. A cell counts
   once for every range of terms; without the terms of zeros it counts once in all. Other builds count nothing. */
#ifdef PURENET_COUNT_KERNELS
enum {
    PURENET_CELLS,  /* the plain product */
    PURENET_TILE,   /* the widest tile */
    PURENET_NARROW, /* a narrower tile of several rows */
    PURENET_ROW,    /* one row */
    PURENET_COLUMN, /* one column */
    PURENET_VECTOR, /* an elementary function in vectors */
    PURENET_SCALAR, /* an elementary function, one number at a time */
    PURENET_NONZERO, /* rows without the terms of zeros */
    PURENET_KERNELS
};
extern int64_t purenet_kernel_counts[PURENET_MAX_THREADS][PURENET_KERNELS];
extern __thread int32_t purenet_thread_number;
#define PURENET_COUNT(kernel, cells) purenet_kernel_counts[purenet_thread_number][PURENET_##kernel] += (cells)
#define PURENET_COUNT_AS(number) purenet_thread_number = (number)
#else
#define PURENET_COUNT(kernel, cells)
#define PURENET_COUNT_AS(number)
#endif

/* The arguments of purenet_multiply, for all or some of its rows and columns; the rows of result are result_row apart.
   With offsets, the arguments of purenet_multiply_scattered. */
typedef struct {
    const double *start;
    ptrdiff_t start_step;
    const double *left;
    ptrdiff_t left_row, left_term;
    const double *right;
    ptrdiff_t right_term, right_column;
    ptrdiff_t rows, terms, columns;
    double *result;
    ptrdiff_t result_row;
    const ptrdiff_t *row_offsets, *term_offsets; /* where the numbers of left are; null: left_row, left_term apart */
} purenet_product;

/* matrix.c: the formula for a product with offsets */
void purenet_scattered_cells(const purenet_product *product);

/* threads.c: work in one thread or several. share computes the outputs from first to end of a job; thread says which
   thread computes them, from 0, the caller. purenet_divide has all outputs up to total computed, each once, in whole
   blocks. work: how many multiply-adds take as long. A share uses purenet_own_context, and scratch memory of its own.
   purenet_team_begin prepares a team in memory of purenet_team_size doubles, purenet_team_end ends it. */
typedef void purenet_share(const void *job, int32_t thread, ptrdiff_t first, ptrdiff_t end);
void purenet_divide(purenet_context *ctx, purenet_share *share, const void *job, ptrdiff_t total, ptrdiff_t block,
                    int64_t work);
purenet_context purenet_own_context(const purenet_context *ctx, int32_t thread);
void purenet_fast_multiply(purenet_context *ctx, const purenet_product *product);
ptrdiff_t purenet_team_size(void);
void purenet_team_begin(purenet_context *ctx, purenet_team *team);
void purenet_team_end(purenet_context *ctx);

/* dispatch.c: a product at one level, in the calling thread; packing is this thread's. At a level from 1: a product
   without the terms of zeros, and whether all numbers are finite. */
void purenet_level_multiply(int32_t level, const purenet_product *product, double *packing);
void purenet_level_multiply_nonzero(int32_t level, const purenet_product *product);
int32_t purenet_fast_all_finite(int32_t level, const double *values, ptrdiff_t count);

/* sparse_row.c: a product of one row, if that has many zeros; every number of right is finite, its rows are adjacent */
int32_t purenet_multiply_sparse_row(const purenet_context *ctx, const double *start, const double *left,
                                    const double *right, ptrdiff_t terms, ptrdiff_t columns, double *result);

/* baseline.c, avx2.c, avx512.c */
#define PURENET_DECLARE_LEVEL(name) \
    void purenet_##name##_multiply(const purenet_product *product, double *packing); \
    void purenet_##name##_multiply_nonzero(const purenet_product *product); \
    int32_t purenet_##name##_all_finite(const double *values, ptrdiff_t count); \
    void purenet_##name##_exp(const double *x, ptrdiff_t count, double *y); \
    void purenet_##name##_sigmoid(const double *x, ptrdiff_t count, double *y); \
    void purenet_##name##_tanh(const double *x, ptrdiff_t count, double *y); \
    void purenet_##name##_log(const double *x, ptrdiff_t count, double *y); \
    void purenet_##name##_softplus(const double *x, ptrdiff_t count, double *y);

PURENET_DECLARE_LEVEL(baseline)
PURENET_DECLARE_LEVEL(avx2)
PURENET_DECLARE_LEVEL(avx512)

/* baseline.c: checks of the thread and of whole tables */
int32_t purenet_keeps_subnormals(void);
ptrdiff_t purenet_fast_within(const double *values, ptrdiff_t count, double limit);

#endif
