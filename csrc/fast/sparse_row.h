/* The product of one row that has many zeros, for one instruction set, included by kernels.h. The terms of zeros are
   left out: purenet_multiply_sparse_row says why the bits stay. */

#define TILE_NAME chosen_wide
#define TILE_VECTORS WIDE_VECTORS
#include "chosen_terms.h"
#define TILE_NAME chosen_vector
#define TILE_VECTORS 1
#include "chosen_terms.h"

/* Add the terms whose numbers in chosen ascend to totals, which have columns numbers. */
TARGET void NAME(chosen_terms)(const double *left, const double *right, ptrdiff_t columns, const int32_t *chosen,
                               ptrdiff_t count, double *totals)
{
    ptrdiff_t j = 0;
    for (; j + WIDE <= columns; j += WIDE)
        chosen_wide(left, right + j, columns, chosen, count, totals + j);
    for (; j + WIDTH <= columns; j += WIDTH)
        chosen_vector(left, right + j, columns, chosen, count, totals + j);
    for (; j < columns; j++)
        for (ptrdiff_t n = 0; n < count; n++)
            totals[j] += left[chosen[n]] * right[chosen[n] * columns + j];
    PURENET_COUNT(ROW, columns);
}
