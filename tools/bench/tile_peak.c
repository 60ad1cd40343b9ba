/* How fast a register tile can be on this CPU: products and sums rounded apart, as the law wants, and fused.

   Both panels fit the first cache, the totals stay in registers over all terms of all passes, and nothing else is
   done: what a product of matrices can come near to. Built by tools/bench/product.py, with -ffp-contract=off, so
   that only the fused tiles fuse.

   left: terms x ROWS, right: terms x (VECTORS * WIDTH), aligned to 64 bytes; result: ROWS x (VECTORS * WIDTH). */
#include <immintrin.h>
#include <stddef.h>

#define SEPARATE(width, w, x, total) ((total) + (w) * (x))
#define FUSED_4(w, x, total) _mm256_fmadd_pd(w, _mm256_set1_pd(x), total)
#define FUSED_8(w, x, total) _mm512_fmadd_pd(w, _mm512_set1_pd(x), total)
#define FUSED(width, w, x, total) FUSED_##width(w, x, total)

#define TILE(name, features, WIDTH, ROWS, VECTORS, ADD)                                                        \
    __attribute__((target(features)))                                                                          \
    void name(const double *left, const double *right, ptrdiff_t terms, ptrdiff_t passes, double *result)      \
    {                                                                                                          \
        typedef double vector __attribute__((vector_size(8 * WIDTH)));                                         \
        vector total[ROWS][VECTORS];                                                                           \
        _Pragma("GCC unroll 16")                                                                               \
        for (int r = 0; r < ROWS; r++)                                                                         \
            _Pragma("GCC unroll 16")                                                                           \
            for (int v = 0; v < VECTORS; v++)                                                                  \
                total[r][v] = (vector){0.0};                                                                   \
        for (ptrdiff_t pass = 0; pass < passes; pass++) {                                                      \
            const double *x = left;                                                                            \
            const vector *w = (const vector *)right;                                                           \
            for (ptrdiff_t k = 0; k < terms; k++) {                                                            \
                _Pragma("GCC unroll 16")                                                                       \
                for (int r = 0; r < ROWS; r++)                                                                 \
                    _Pragma("GCC unroll 16")                                                                   \
                    for (int v = 0; v < VECTORS; v++)                                                          \
                        total[r][v] = ADD(WIDTH, w[v], x[r], total[r][v]);                                     \
                x += ROWS;                                                                                     \
                w += VECTORS;                                                                                  \
            }                                                                                                  \
        }                                                                                                      \
        _Pragma("GCC unroll 16")                                                                               \
        for (int r = 0; r < ROWS; r++)                                                                         \
            _Pragma("GCC unroll 16")                                                                           \
            for (int v = 0; v < VECTORS; v++)                                                                  \
                ((vector *)result)[r * VECTORS + v] = total[r][v];                                             \
    }

TILE(avx512_separate, "avx512f", 8, 8, 3, SEPARATE)
TILE(avx512_fused, "avx512f", 8, 8, 3, FUSED)
TILE(avx2_separate, "avx2", 4, 4, 3, SEPARATE)
TILE(avx2_fused, "avx2,fma", 4, 4, 3, FUSED)
TILE(baseline_separate, "sse2", 2, 4, 2, SEPARATE)
