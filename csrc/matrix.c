/* The twin of purenet/reference/matrix.py: the formula of the product. Layers call fast/multiply.c. */
#include "common.h"
#include "fast/fast.h"

/* Compute the formula cell by cell. */
void purenet_multiply_cells(const double *start, ptrdiff_t start_step, const double *left, ptrdiff_t left_row,
                            ptrdiff_t left_term, const double *right, ptrdiff_t right_term, ptrdiff_t right_column,
                            ptrdiff_t rows, ptrdiff_t terms, ptrdiff_t columns, double *result, ptrdiff_t result_row)
{
    for (ptrdiff_t i = 0; i < rows; i++)
        for (ptrdiff_t j = 0; j < columns; j++) {
            double total = start[i * start_step + j];
            for (ptrdiff_t k = 0; k < terms; k++)
                total += left[i * left_row + k * left_term] * right[k * right_term + j * right_column];
            result[i * result_row + j] = total;
        }
}

/* Compute the same formula, where the offsets locate the numbers of left. */
void purenet_scattered_cells(const purenet_product *p)
{
    for (ptrdiff_t i = 0; i < p->rows; i++)
        for (ptrdiff_t j = 0; j < p->columns; j++) {
            double total = p->start[i * p->start_step + j];
            for (ptrdiff_t k = 0; k < p->terms; k++) {
                double x = p->left[p->row_offsets[i] + p->term_offsets[k]];
                total += x * p->right[k * p->right_term + j * p->right_column];
            }
            p->result[i * p->result_row + j] = total;
        }
}

/* Add the rows in order to the totals of their columns: totals[j] + table[0][j] + table[1][j] + ... */
void purenet_add_rows(const double *table, ptrdiff_t rows, ptrdiff_t columns, double *totals)
{
    ptrdiff_t j = 0;
    for (; j + 8 <= columns; j += 8) {
        double eight[8];
        for (int n = 0; n < 8; n++)
            eight[n] = totals[j + n];
        for (ptrdiff_t i = 0; i < rows; i++)
            for (int n = 0; n < 8; n++)
                eight[n] += table[i * columns + j + n];
        for (int n = 0; n < 8; n++)
            totals[j + n] = eight[n];
    }
    for (; j < columns; j++) {
        double total = totals[j];
        for (ptrdiff_t i = 0; i < rows; i++)
            total += table[i * columns + j];
        totals[j] = total;
    }
}
