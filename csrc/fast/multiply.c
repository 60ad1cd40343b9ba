/* The matrix products that every layer calls: choose between the plain form (matrix.c), the one for few
   multiply-adds and the fast one (threads.c). */
#include "fast.h"

/* Whether a product of this many multiply-adds takes the plain form or, from level 1 on, that for few. */
static int32_t is_plain(const purenet_context *ctx, int64_t multiply_adds)
{
    return multiply_adds < ctx->scalar_below || (ctx->level == 0 && ctx->threads == 1);
}

/* Compute count columns of a small product, start_column and result_column apart. The compiler knows count, so that the
   running totals stay in registers. */
static inline void small_columns(const int count, const purenet_product *p, ptrdiff_t j, ptrdiff_t start_column,
                                 ptrdiff_t result_column)
{
    const double *right = p->right + j * p->right_column;
    for (ptrdiff_t i = 0; i < p->rows; i++) {
        const double *start = p->start + i * p->start_step + j * start_column;
        const double *left = p->left + i * p->left_row;
        double *result = p->result + i * p->result_row + j * result_column;
        double total[4];
        for (int n = 0; n < count; n++)
            total[n] = start[n * start_column];
        for (ptrdiff_t k = 0; k < p->terms; k++)
            for (int n = 0; n < count; n++)
                total[n] += left[k * p->left_term] * right[k * p->right_term + n * p->right_column];
        for (int n = 0; n < count; n++)
            result[n * result_column] = total[n];
    }
}

/* Compute a product of few multiply-adds. Every cell is one running total over all terms in ascending order; only
   different cells are computed side by side, so the bits are those of purenet_multiply_cells. */
static void small_product(const purenet_product *p, ptrdiff_t start_column, ptrdiff_t result_column)
{
    ptrdiff_t j = 0;
    for (; j + 4 <= p->columns; j += 4)
        small_columns(4, p, j, start_column, result_column);
    switch (p->columns - j) {
    case 3: small_columns(3, p, j, start_column, result_column); break;
    case 2: small_columns(2, p, j, start_column, result_column); break;
    case 1: small_columns(1, p, j, start_column, result_column); break;
    }
}

/* Compute start + left right in the form that is faster for the shape. */
void purenet_multiply(purenet_context *ctx, const double *start, ptrdiff_t start_step, const double *left,
                      ptrdiff_t left_row, ptrdiff_t left_term, const double *right, ptrdiff_t right_term,
                      ptrdiff_t right_column, ptrdiff_t rows, ptrdiff_t terms, ptrdiff_t columns, double *result)
{
    int32_t plain = is_plain(ctx, (int64_t)rows * terms * columns);
    if (plain && ctx->level == 0) {
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
    const purenet_product transposed = {
        start, 1, right, right_column, right_term, left, left_term, left_row, columns, terms, rows, result, 1, NULL,
        NULL,
    };
    /* clang-format on */
    if (!plain) {
        purenet_fast_multiply(ctx, &product);
        return;
    }
    if (rows % 4 < columns % 4)
        small_product(&transposed, start_step, columns);
    else
        small_product(&product, 1, 1);
    PURENET_COUNT(CELLS, rows * columns);
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
