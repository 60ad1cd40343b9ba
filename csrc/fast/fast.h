/* The fast forms.  level: 1 the compiler's baseline, 2 AVX2, 3 AVX-512; see purenet.h for the arguments. */
#ifndef PURENET_FAST_H
#define PURENET_FAST_H

#include "../library.h"

/* Whether there are AVX2 and AVX-512 forms.  Not with GCC for Windows, which does not align its stack for vectors
   of more than 16 bytes (GCC bug 54412). */
#if (defined(__x86_64__) || defined(__i386__)) && (!defined(_WIN32) || defined(__clang__))
#define PURENET_AVX 1
#else
#define PURENET_AVX 0
#endif

/* Columns of the widest tile; rows and terms of a product that are worked on at once: the second cache holds them. */
enum { PURENET_TILE_COLUMNS = 24, PURENET_RANGE_ROWS = 192, PURENET_RANGE_TERMS = 512 };

/* The arguments of purenet_multiply, or of some of its rows or columns; result's rows are result_row apart.
   With offsets, those of purenet_multiply_scattered. */
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
    const ptrdiff_t *row_offsets, *term_offsets; /* where left's numbers stand; null: in steps */
} purenet_product;

/* matrix.c: the formula as it stands, for a product with offsets */
void purenet_scattered_cells(const purenet_product *product);

/* threads.c: a product by all hands; the team that begin prepares in a place of that many doubles ends with end */
void purenet_fast_multiply(purenet_hands *hands, const purenet_product *product);
ptrdiff_t purenet_team_size(void);
void purenet_team_begin(purenet_hands *hands, purenet_team *team);
void purenet_team_end(purenet_hands *hands);

/* choose.c: the way to each level; packed and written are one thread's */
void purenet_level_multiply(int32_t level, const purenet_product *product, double *packed, int64_t *written);
void purenet_fast_exp(purenet_hands *hands, const double *x, ptrdiff_t count, double *y);
void purenet_fast_sigmoid(purenet_hands *hands, const double *x, ptrdiff_t count, double *y);
void purenet_fast_tanh(purenet_hands *hands, const double *x, ptrdiff_t count, double *y);
void purenet_fast_log(purenet_hands *hands, const double *x, ptrdiff_t count, double *y);
void purenet_fast_softplus(purenet_hands *hands, const double *x, ptrdiff_t count, double *y);

/* baseline.c, avx2.c, avx512.c */
#define PURENET_DECLARE_LEVEL(name) \
    void purenet_##name##_multiply(const purenet_product *product, double *packed, int64_t *written); \
    void purenet_##name##_exp(const double *x, ptrdiff_t count, double *y, int64_t *written); \
    void purenet_##name##_sigmoid(const double *x, ptrdiff_t count, double *y, int64_t *written); \
    void purenet_##name##_tanh(const double *x, ptrdiff_t count, double *y, int64_t *written); \
    void purenet_##name##_log(const double *x, ptrdiff_t count, double *y, int64_t *written); \
    void purenet_##name##_softplus(const double *x, ptrdiff_t count, double *y, int64_t *written);

PURENET_DECLARE_LEVEL(baseline)
PURENET_DECLARE_LEVEL(avx2)
PURENET_DECLARE_LEVEL(avx512)
int32_t purenet_fast_all_finite(const double *values, ptrdiff_t count);
ptrdiff_t purenet_fast_within(const double *values, ptrdiff_t count, double limit);

#endif
