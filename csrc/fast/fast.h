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

/* Columns of the widest tile: packed has room for that many times the terms. */
enum { PURENET_TILE_COLUMNS = 24 };

#define PURENET_MULTIPLY_ARGUMENTS \
    const double *start, ptrdiff_t start_step, const double *left, ptrdiff_t left_row, ptrdiff_t left_term, \
    const double *right, ptrdiff_t right_term, ptrdiff_t right_column, \
    ptrdiff_t rows, ptrdiff_t terms, ptrdiff_t columns, double *packed, double *result

#define PURENET_DECLARE_LEVEL(name) \
    void purenet_##name##_multiply(PURENET_MULTIPLY_ARGUMENTS); \
    void purenet_##name##_exp(const double *x, ptrdiff_t count, double *result); \
    void purenet_##name##_sigmoid(const double *x, ptrdiff_t count, double *result); \
    void purenet_##name##_tanh(const double *x, ptrdiff_t count, double *result);

PURENET_DECLARE_LEVEL(baseline)
PURENET_DECLARE_LEVEL(avx2)
PURENET_DECLARE_LEVEL(avx512)

void purenet_fast_multiply(int32_t level, PURENET_MULTIPLY_ARGUMENTS);
void purenet_fast_exp(int32_t level, const double *x, ptrdiff_t count, double *result);
void purenet_fast_sigmoid(int32_t level, const double *x, ptrdiff_t count, double *result);
void purenet_fast_tanh(int32_t level, const double *x, ptrdiff_t count, double *result);

#endif
