/* The twin of purenet/reference/matrix.py. */
#include "library.h"
#include "fast/fast.h"

/* start + left right, in the form that is faster for the shape. */
void purenet_multiply(purenet_hands *hands, const double *start, ptrdiff_t start_step,
                      const double *left, ptrdiff_t left_row, ptrdiff_t left_term,
                      const double *right, ptrdiff_t right_term, ptrdiff_t right_column,
                      ptrdiff_t rows, ptrdiff_t terms, ptrdiff_t columns, double *result)
{
    if ((int64_t)rows * terms * columns < hands->small || (hands->level == 0 && hands->threads == 1)) {
        purenet_multiply_cells(start, start_step, left, left_row, left_term, right, right_term, right_column,
                               rows, terms, columns, result, columns);
        hands->written[PURENET_CELLS] += rows * columns;
        return;
    }
    purenet_product product = {
        start, start_step, left, left_row, left_term, right, right_term, right_column, rows, terms, columns,
        result, columns,
    };
    purenet_fast_multiply(hands, &product);
}

/* The formula as it stands: cell by cell. */
void purenet_multiply_cells(const double *start, ptrdiff_t start_step,
                            const double *left, ptrdiff_t left_row, ptrdiff_t left_term,
                            const double *right, ptrdiff_t right_term, ptrdiff_t right_column,
                            ptrdiff_t rows, ptrdiff_t terms, ptrdiff_t columns,
                            double *result, ptrdiff_t result_row)
{
    for (ptrdiff_t i = 0; i < rows; i++)
        for (ptrdiff_t j = 0; j < columns; j++) {
            double total = start[i * start_step + j];
            for (ptrdiff_t k = 0; k < terms; k++)
                total += left[i * left_row + k * left_term] * right[k * right_term + j * right_column];
            result[i * result_row + j] = total;
        }
}
