/* The product of one row that has many zeros. */
#include <string.h>

#include "fast.h"

enum {
    SPARSE_FROM = 4096, /* multiply-adds: looking for zeros in a smaller product takes longer than it saves */
    CHOSEN = 512        /* terms that are looked at together */
};

/* Compute start + left right for one row of left and return 1, or return 0 if that has few zeros.

   Leaving out the term of a zero changes no bit. Every number of right is finite, because parameters are (law 7), so
   the term is 0.0 or -0.0. Adding that changes no running total but one of -0.0, and none becomes -0.0 unless it starts
   as one: a sum is -0.0 only if both of its parts are. So a product with such a start takes the long way. */
int32_t purenet_multiply_sparse_row(const purenet_context *ctx, const double *start, const double *left,
                                    const double *right, ptrdiff_t terms, ptrdiff_t columns, double *result)
{
    if (ctx->level == 0 || (int64_t)terms * columns < SPARSE_FROM)
        return 0;
    ptrdiff_t count = 0;
    for (ptrdiff_t k = 0; k < terms; k++)
        count += left[k] != 0.0;
    if (4 * count > 3 * terms)
        return 0;
    uint64_t negative_zeros = 0;
    for (ptrdiff_t j = 0; j < columns; j++) {
        uint64_t bits;
        memcpy(&bits, &start[j], sizeof bits);
        negative_zeros += bits == UINT64_C(1) << 63;
    }
    if (negative_zeros)
        return 0;
    memcpy(result, start, (size_t)columns * sizeof(double));
    for (ptrdiff_t first = 0; first < terms; first += CHOSEN) {
        int32_t chosen[CHOSEN];
        ptrdiff_t size = terms - first < CHOSEN ? terms - first : CHOSEN;
        count = 0;
        for (ptrdiff_t k = 0; k < size; k++) {
            chosen[count] = (int32_t)k;
            count += left[first + k] != 0.0; /* without a branch, which the CPU could not foresee */
        }
        purenet_level_chosen_terms(ctx->level, left + first, right + first * columns, columns, chosen, count, result);
    }
    return 1;
}
