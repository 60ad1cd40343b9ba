/* The kernels of matrix products for one instruction set, included by kernels.h. */

#define WIDE_VECTORS (WIDTH > 4 ? 16 : 8)

/* Tiles of many rows, of half as many and of one; as wide as the main tile, and narrower. */
#define TILE_NAME tile_main
#define TILE_ROWS ROWS
#define TILE_VECTORS VECTORS
#define TILE_WIDTH WIDTH
#include "tile.h"
#define TILE_NAME few_main
#define TILE_ROWS (ROWS / 2)
#define TILE_VECTORS VECTORS
#define TILE_WIDTH WIDTH
#include "tile.h"
#define TILE_NAME row_main
#define TILE_ROWS 1
#define TILE_VECTORS VECTORS
#define TILE_WIDTH WIDTH
#include "tile.h"
#define TILE_NAME tile_vector
#define TILE_ROWS ROWS
#define TILE_VECTORS 1
#define TILE_WIDTH WIDTH
#include "tile.h"
#define TILE_NAME few_vector
#define TILE_ROWS (ROWS / 2)
#define TILE_VECTORS 1
#define TILE_WIDTH WIDTH
#include "tile.h"
#define TILE_NAME row_vector
#define TILE_ROWS 1
#define TILE_VECTORS 1
#define TILE_WIDTH WIDTH
#include "tile.h"
#if VECTORS > 2
#define TILE_NAME tile_pair
#define TILE_ROWS ROWS
#define TILE_VECTORS 2
#define TILE_WIDTH WIDTH
#include "tile.h"
#define TILE_NAME few_pair
#define TILE_ROWS (ROWS / 2)
#define TILE_VECTORS 2
#define TILE_WIDTH WIDTH
#include "tile.h"
#define TILE_NAME row_pair
#define TILE_ROWS 1
#define TILE_VECTORS 2
#define TILE_WIDTH WIDTH
#include "tile.h"
#endif
#if WIDTH > 4
#define TILE_NAME tile_four
#define TILE_ROWS ROWS
#define TILE_VECTORS 1
#define TILE_WIDTH 4
#include "tile.h"
#define TILE_NAME few_four
#define TILE_ROWS (ROWS / 2)
#define TILE_VECTORS 1
#define TILE_WIDTH 4
#include "tile.h"
#define TILE_NAME row_four
#define TILE_ROWS 1
#define TILE_VECTORS 1
#define TILE_WIDTH 4
#include "tile.h"
#endif
#if WIDTH > 2
#define TILE_NAME tile_two
#define TILE_ROWS ROWS
#define TILE_VECTORS 1
#define TILE_WIDTH 2
#include "tile.h"
#define TILE_NAME few_two
#define TILE_ROWS (ROWS / 2)
#define TILE_VECTORS 1
#define TILE_WIDTH 2
#include "tile.h"
#define TILE_NAME row_two
#define TILE_ROWS 1
#define TILE_VECTORS 1
#define TILE_WIDTH 2
#include "tile.h"
#endif
#define TILE_NAME row_wide
#define TILE_ROWS 1
#define TILE_VECTORS WIDE_VECTORS
#define TILE_WIDTH WIDTH
#include "tile.h"

enum { BLOCK = VECTORS * WIDTH, WIDE = WIDE_VECTORS * WIDTH, FEW = ROWS / 2 };

/* A range of rows and terms of a product that is computed in one go. The running totals begin with start. */
typedef struct {
    const double *start;
    ptrdiff_t start_step;
    const double *left;
    const ptrdiff_t *row_offsets, *term_offsets;
    const double *right;
    double *result;
    ptrdiff_t rows, terms;
} range;

/* Copy count numbers, in vectors as far as possible. */
static inline TARGET void copy(const double *from, ptrdiff_t count, double *to)
{
    typedef double vector __attribute__((vector_size(8 * WIDTH), aligned(8), may_alias));
    ptrdiff_t v = 0;
    for (; v + WIDTH <= count; v += WIDTH)
        *(vector *)(to + v) = *(const vector *)(from + v);
#pragma GCC unroll 8
    for (; v < count; v++)
        to[v] = from[v];
}

/* Copy columns into rows of width numbers, so that a tile reads adjacent memory. Numbers beyond the columns are
   never used. */
static inline TARGET void pack(const double *right, ptrdiff_t right_term, ptrdiff_t right_column, ptrdiff_t terms,
                               ptrdiff_t columns, ptrdiff_t width, double *packing)
{
    ptrdiff_t k = 0;
    if (right_column == 1) {
        if (width <= right_term + columns) /* readable: the rest of this row and the next one */
            for (; k + 1 < terms; k++)
                copy(right + k * right_term, width, packing + k * width);
        for (; k < terms; k++)
            copy(right + k * right_term, columns, packing + k * width);
    } else
        for (; k < terms; k++)
            for (ptrdiff_t v = 0; v < columns; v++)
                packing[k * width + v] = right[k * right_term + v * right_column];
}

/* Compute a block of columns as wide as the main tile, from column j on. */
static TARGET void whole_block(const purenet_product *p, const range *r, ptrdiff_t j, double *packing)
{
    const double *right = r->right + j * p->right_column;
    ptrdiff_t right_term = p->right_term;
    if (p->right_column != 1 || (r->rows >= 32 && p->right_term > 64)) {
        pack(right, p->right_term, p->right_column, r->terms, BLOCK, BLOCK, packing);
        right = packing;
        right_term = BLOCK;
    }
    const double *start = r->start + j;
    double *result = r->result + j;
    ptrdiff_t i = 0;
#define ROWS_OF(tile, count, kernel) \
    for (; i + (count) <= r->rows; i += (count)) { \
        tile(start + i * r->start_step, r->start_step, r->left, r->row_offsets + i, r->term_offsets, right, \
             right_term, r->terms, result + i * p->result_row, p->result_row); \
        PURENET_COUNT(kernel, (count) * BLOCK); \
    }
    ROWS_OF(tile_main, ROWS, TILE)
    ROWS_OF(few_main, FEW, NARROW)
    ROWS_OF(row_main, 1, ROW)
#undef ROWS_OF
}

/* Return the columns of the widest tile, narrower than the main one, that count columns fill; 0 if there is none. */
static inline ptrdiff_t narrower(ptrdiff_t count)
{
    if (VECTORS > 2 && count >= 2 * WIDTH)
        return 2 * WIDTH;
    return count >= WIDTH ? WIDTH : count >= 4 ? 4 : count >= 2 ? 2 : 0;
}

/* Compute the last columns, from j on, which do not fill the main tile, or the first of them. Return how many. If they
   fill one tile or two, or one and a column of adjacent rows, none is padded: else the tiles work on padded copies. */
static TARGET ptrdiff_t last_block(const purenet_product *p, const range *r, ptrdiff_t j, double *packing)
{
    ptrdiff_t columns = p->columns - j;
    ptrdiff_t width = narrower(columns), others = columns - width;
    int adjacent = r->rows >= WIDTH && r->row_offsets[WIDTH - 1] == r->row_offsets[0] + WIDTH - 1;
    if (p->right_column == 1 && (others == narrower(others) || (others == 1 && adjacent)))
        columns = width;
    else
        width = WIDTH > 4 && columns <= 4 ? 4 : (columns + WIDTH - 1) / WIDTH * WIDTH;
    int copies = columns < width;
    const double *right = r->right + j * p->right_column;
    ptrdiff_t right_term = p->right_term;
    if (copies || p->right_column != 1) {
        pack(right, right_term, p->right_column, r->terms, columns, width, packing);
        right = packing;
        right_term = width;
    }
    for (ptrdiff_t i = 0; i < r->rows;) {
        ptrdiff_t rows = i + ROWS <= r->rows ? ROWS : i + FEW <= r->rows ? FEW : 1;
        const double *start = r->start + i * r->start_step + j;
        double *result = r->result + i * p->result_row + j;
        double cells[ROWS * BLOCK];
        if (copies)
            for (ptrdiff_t n = 0; n < rows; n++)
                copy(start + n * r->start_step, columns, cells + n * width);
        /* clang-format off */
#define TILE(many, few, one)                                                                                   \
    (rows == ROWS ? many : rows == FEW ? few : one)(                                                            \
        copies ? cells : start, copies ? width : r->start_step, r->left, r->row_offsets + i, r->term_offsets,  \
        right, right_term, r->terms, copies ? cells : result, copies ? width : p->result_row)
        /* clang-format on */
        if (width == WIDTH)
            TILE(tile_vector, few_vector, row_vector);
#if WIDTH > 4
        else if (width == 4)
            TILE(tile_four, few_four, row_four);
#endif
#if WIDTH > 2
        else if (width == 2)
            TILE(tile_two, few_two, row_two);
#endif
#if VECTORS > 2
        else if (width == 2 * WIDTH)
            TILE(tile_pair, few_pair, row_pair);
#endif
        else
            TILE(tile_main, few_main, row_main);
#undef TILE
        if (copies)
            for (ptrdiff_t n = 0; n < rows; n++)
                copy(cells + n * width, columns, result + n * p->result_row);
        PURENET_COUNT(NARROW, rows > 1 ? rows * columns : 0);
        PURENET_COUNT(ROW, rows > 1 ? 0 : columns);
        i += rows;
    }
    return columns;
}

#include "column.h"

/* Add the terms of one range to all columns of its rows. */
static TARGET void multiply_range(const purenet_product *p, const range *r, double *packing)
{
    ptrdiff_t j = 0;
    if (r->rows == 1 && p->right_column == 1)
        for (; j + WIDE <= p->columns; j += WIDE) {
            row_wide(r->start + j, 0, r->left, r->row_offsets, r->term_offsets, r->right + j, p->right_term, r->terms,
                     r->result + j, 0);
            PURENET_COUNT(ROW, WIDE);
        }
    for (; j + BLOCK <= p->columns; j += BLOCK)
        whole_block(p, r, j, packing);
    while (p->columns - j > 1)
        j += last_block(p, r, j, packing);
    if (j < p->columns)
        one_column(p, r, j);
}

#include "nonzero_kernels.h"

/* Compute a product. The rows and terms of a large one are divided into ranges that fit in the caches; between two
   ranges of terms the running totals are in result. */
TARGET void NAME(multiply)(const purenet_product *p, double *packing)
{
    if (p->columns == 1 && p->left_row == 1 && p->start_step == 1 && p->rows > 1 && p->result_row == 1 &&
        !p->row_offsets) {
        /* one column whose rows are adjacent in memory: the same totals as one row of many columns */
        /* clang-format off */
        purenet_product transposed = {
            p->start, 0, p->right, 0, p->right_term, p->left, p->left_term, 1, 1, p->terms, p->rows, p->result, p->rows,
            NULL, NULL,
        };
        /* clang-format on */
        NAME(multiply)(&transposed, packing);
        return;
    }
    if (few_nonzero(p) && zeros_change_nothing(p)) {
        NAME(multiply_nonzero)(p);
        return;
    }
    ptrdiff_t row_steps[PURENET_RANGE_ROWS], term_steps[PURENET_RANGE_TERMS];
    if (!p->row_offsets) {
        for (ptrdiff_t i = 0; i < p->rows && i < PURENET_RANGE_ROWS; i++)
            row_steps[i] = i * p->left_row;
        for (ptrdiff_t k = 0; k < p->terms && k < PURENET_RANGE_TERMS; k++)
            term_steps[k] = k * p->left_term;
    }
    for (ptrdiff_t k = 0; k == 0 || k < p->terms; k += PURENET_RANGE_TERMS)
        for (ptrdiff_t i = 0; i < p->rows; i += PURENET_RANGE_ROWS) {
            /* clang-format off */
            range r = {
                k ? p->result + i * p->result_row : p->start + i * p->start_step, k ? p->result_row : p->start_step,
                p->left, row_steps, term_steps, p->right + k * p->right_term,
                p->result + i * p->result_row, PURENET_RANGE_ROWS, PURENET_RANGE_TERMS,
            };
            /* clang-format on */
            if (p->row_offsets) {
                r.row_offsets = p->row_offsets + i;
                r.term_offsets = p->term_offsets + k;
            } else
                r.left += i * p->left_row + k * p->left_term;
            if (p->rows - i < PURENET_RANGE_ROWS)
                r.rows = p->rows - i;
            if (p->terms - k < PURENET_RANGE_TERMS)
                r.terms = p->terms - k;
            multiply_range(p, &r, packing);
        }
}
