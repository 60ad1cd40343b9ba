/* The product of one row that has many zeros. */
#include <string.h>

#include "fast.h"

enum { SPARSE_FROM = 4096 }; /* multiply-adds: looking for zeros in a smaller product takes longer than it saves */

/* Compute start + left right for one row of left and return 1, or return 0 if that has few zeros.

   A start of -0.0 takes the long way. Every number of right is finite, because parameters are (law 7), so leaving out
   the terms of zeros changes no bit (docs/bits.md, law 3). */
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
    /* clang-format off */
    const purenet_product product = {
        start, 0, left, terms, 1, right, columns, 1, 1, terms, columns, result, columns, NULL, NULL,
    };
    /* clang-format on */
    purenet_level_multiply_nonzero(ctx->level, &product);
    return 1;
}
