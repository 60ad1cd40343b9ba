/* The matrix products that every layer calls: choose between the plain form (matrix.c) and the fast one (threads.c). */
#include "fast.h"

/* Whether a product of this many multiply-adds takes the plain form. */
static int32_t is_plain(const purenet_context *ctx, int64_t multiply_adds)
{
    return multiply_adds < ctx->scalar_below || (ctx->level == 0 && ctx->threads == 1);
}

/* Compute start + left right in the form that is faster for the shape. */
void purenet_multiply(purenet_context *ctx, const double *start, ptrdiff_t start_step, const double *left,
                      ptrdiff_t left_row, ptrdiff_t left_term, const double *right, ptrdiff_t right_term,
                      ptrdiff_t right_column, ptrdiff_t rows, ptrdiff_t terms, ptrdiff_t columns, double *result)
{
    if (is_plain(ctx, (int64_t)rows * terms * columns)) {
        purenet_multiply_cells(start, start_step, left, left_row, left_term, right, right_term, right_column, rows,
                               terms, columns, result, columns);
        PURENET_COUNT(CELLS, rows * columns);
        return;
    }
    /* clang-format off */
    purenet_product product = {
        start, start_step, left, left_row, left_term, right, right_term, right_column, rows, terms, columns,
        result, columns, NULL, NULL,
    };
    /* clang-format on */
    purenet_fast_multiply(ctx, &product);
}

/* Compute start + left right, where the offsets locate the numbers of left. */
void purenet_multiply_scattered(purenet_context *ctx, const double *start, ptrdiff_t start_step, const double *left,
                                const ptrdiff_t *row_offsets, const ptrdiff_t *term_offsets, const double *right,
                                ptrdiff_t right_term, ptrdiff_t right_column, ptrdiff_t rows, ptrdiff_t terms,
                                ptrdiff_t columns, double *result)
{
    /* clang-format off */
    purenet_product product = {
        start, start_step, left, 0, 0, right, right_term, right_column, rows, terms, columns, result, columns,
        row_offsets, term_offsets,
    };
    /* clang-format on */
    if (is_plain(ctx, (int64_t)rows * terms * columns)) {
        purenet_scattered_cells(&product);
        PURENET_COUNT(CELLS, rows * columns);
    } else
        purenet_fast_multiply(ctx, &product);
}
