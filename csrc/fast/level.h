/* The fast forms at one level, included by baseline.c, avx2.c and avx512.c, which define
   NAME(x), TARGET, WIDTH (doubles in a vector), ROWS and VECTORS (of the main tile). */
#include <string.h>

#include "fast.h"

/* tiles: the main one, one vector, and narrower ones for the columns that are left, each for ROWS rows and one */
#define TILE_NAME tile_main
#define TILE_ROWS ROWS
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
#define TILE_NAME row_vector
#define TILE_ROWS 1
#define TILE_VECTORS 1
#define TILE_WIDTH WIDTH
#include "tile.h"
#if WIDTH > 4
#define TILE_NAME tile_four
#define TILE_ROWS 4
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
#define TILE_ROWS 4
#define TILE_VECTORS 1
#define TILE_WIDTH 2
#include "tile.h"
#define TILE_NAME row_two
#define TILE_ROWS 1
#define TILE_VECTORS 1
#define TILE_WIDTH 2
#include "tile.h"
#endif

/* One column, four rows at a time. */
static TARGET void column(const double *start, ptrdiff_t start_step, const double *left, ptrdiff_t left_row,
                          ptrdiff_t left_term, const double *right, ptrdiff_t right_term, ptrdiff_t rows,
                          ptrdiff_t terms, double *result, ptrdiff_t result_step)
{
    ptrdiff_t i = 0;
    for (; i + 4 <= rows; i += 4) {
        double a = start[i * start_step], b = start[(i + 1) * start_step];
        double c = start[(i + 2) * start_step], d = start[(i + 3) * start_step];
        const double *x = left + i * left_row;
        for (ptrdiff_t k = 0; k < terms; k++) {
            double w = right[k * right_term];
            a += x[k * left_term] * w;
            b += x[k * left_term + left_row] * w;
            c += x[k * left_term + 2 * left_row] * w;
            d += x[k * left_term + 3 * left_row] * w;
        }
        result[i * result_step] = a;
        result[(i + 1) * result_step] = b;
        result[(i + 2) * result_step] = c;
        result[(i + 3) * result_step] = d;
    }
    for (; i < rows; i++) {
        double total = start[i * start_step];
        for (ptrdiff_t k = 0; k < terms; k++)
            total += left[i * left_row + k * left_term] * right[k * right_term];
        result[i * result_step] = total;
    }
}

/* All rows of a block of columns, with one tile for many rows and one for the rest. */
#define BLOCK(many, one, many_rows, width)                                                                     \
    for (; j + (width) <= columns; j += (width)) {                                                             \
        const double *block = right + j * right_column;                                                        \
        ptrdiff_t block_term = right_term;                                                                     \
        if (right_column != 1 || (rows >= 32 && columns > (width))) {                                          \
            for (ptrdiff_t k = 0; k < terms; k++)                                                              \
                for (ptrdiff_t v = 0; v < (width); v++)                                                        \
                    packed[k * (width) + v] = right[k * right_term + (j + v) * right_column];                  \
            block = packed;                                                                                    \
            block_term = (width);                                                                              \
        }                                                                                                      \
        ptrdiff_t i = 0;                                                                                       \
        for (; i + (many_rows) <= rows; i += (many_rows))                                                      \
            many(start + i * start_step + j, start_step, left + i * left_row, left_row, left_term,             \
                 block, block_term, terms, result + i * columns + j, columns);                                 \
        for (; i < rows; i++)                                                                                  \
            one(start + i * start_step + j, start_step, left + i * left_row, left_row, left_term,              \
                block, block_term, terms, result + i * columns + j, columns);                                  \
    }

TARGET void NAME(multiply)(PURENET_MULTIPLY_ARGUMENTS)
{
    ptrdiff_t j = 0;
    if (columns == 1 && left_row == 1 && start_step <= 1 && rows > 1 && start_step == 1) {
        /* one column of many rows that lie side by side: the same totals as one row of many columns */
        NAME(multiply)(start, 0, right, 0, right_term, left, left_term, 1, 1, terms, rows, packed, result);
        return;
    }
    BLOCK(tile_main, row_main, ROWS, VECTORS * WIDTH)
    BLOCK(tile_vector, row_vector, ROWS, WIDTH)
#if WIDTH > 4
    BLOCK(tile_four, row_four, 4, 4)
#endif
#if WIDTH > 2
    BLOCK(tile_two, row_two, 4, 2)
#endif
    for (; j < columns; j++)
        column(start + j, start_step, left, left_row, left_term, right + j * right_column, right_term, rows, terms,
               result + j, columns);
}

/* exp, sigmoid, tanh: the operations of elementary.c on WIDTH numbers at once.  A vector with a number for
   which elementary.c takes another branch goes through elementary.c. */

typedef double numbers __attribute__((vector_size(8 * WIDTH), aligned(8), may_alias));
typedef int64_t whole __attribute__((vector_size(8 * WIDTH)));
typedef uint64_t natural __attribute__((vector_size(8 * WIDTH)));

#define LN2_HIGH (762123384785.0 / 1099511627776.0)
#define LN2_LOW (912485920509646.0 / 1237940039285380274899124224.0)
#define PER_LN2 (1442695.0 / 1000000.0)
#define ROUND 6755399441055744.0

static inline TARGET int all(whole mask)
{
    int64_t both = -1;
    for (int v = 0; v < WIDTH; v++)
        both &= mask[v];
    return both != 0;
}

/* 2**n from x * PER_LN2 + ROUND, whose last bits are those of n; times 2**52 is a shift to the exponent's place. */
static inline TARGET numbers power_of_two(numbers rounded)
{
    return (numbers)(((natural)rounded + 1023) * (UINT64_C(1) << 52));
}

static inline TARGET numbers series(numbers z)
{
    return z * (1.0 / 6.0 - z * (1.0 / 360.0 - z * (1.0 / 15120.0 - z * (1.0 / 604805.0 - z * (1.0 / 24088000.0)))));
}

static inline TARGET numbers exp_of(numbers x, whole *usual)
{
    numbers rounded = x * PER_LN2 + ROUND;
    numbers n = rounded - ROUND;
    numbers h = x - n * LN2_HIGH;
    numbers low = n * LN2_LOW;
    numbers r = h - low;
    numbers d = r - series(r * r);
    *usual = (n >= -1022.0) & (n <= 1020.0);
    return power_of_two(rounded) * (1.0 + (h - (low - r * d / (2.0 - d))));
}

static inline TARGET numbers sigmoid_of(numbers x, whole *usual)
{
    numbers rounded = x * PER_LN2 + ROUND;
    numbers n = rounded - ROUND;
    numbers r = x - n * LN2_HIGH - n * LN2_LOW;
    numbers c = 2.0 + series(r * r);
    numbers a = power_of_two(rounded) * (c + r);
    *usual = (n >= -1022.0) & (n <= 1020.0);
    return a / (a + (c - r));
}

static inline TARGET numbers tanh_of(numbers x, whole *usual)
{
    *usual = (x > -20.0) & (x < 20.0);
    x = x + x;
    numbers rounded = x * PER_LN2 + ROUND;
    numbers n = rounded - ROUND;
    numbers r = x - n * LN2_HIGH - n * LN2_LOW;
    numbers d = r - series(r * r);
    numbers s = power_of_two(rounded);
    numbers y = (s - 1.0) + s * (r + r * d / (2.0 - d));
    return y / (y + 2.0);
}

/* The function on a table: whole vectors, then the rest in a vector filled up with zeros. */
#define TABLE(function)                                                                                        \
    TARGET void NAME(function)(const double *x, ptrdiff_t count, double *result)                               \
    {                                                                                                          \
        for (ptrdiff_t k = 0; k < count; k += WIDTH) {                                                         \
            ptrdiff_t used = count - k < WIDTH ? count - k : WIDTH;                                            \
            numbers part = {0.0};                                                                              \
            whole usual;                                                                                       \
            if (used == WIDTH)                                                                                 \
                part = *(const numbers *)(x + k);                                                              \
            else                                                                                               \
                for (ptrdiff_t v = 0; v < used; v++)                                                           \
                    part[v] = x[k + v];                                                                        \
            numbers done = function##_of(part, &usual);                                                        \
            if (!all(usual))                                                                                   \
                for (int v = 0; v < WIDTH; v++)                                                                \
                    done[v] = purenet_##function(part[v]);                                                     \
            if (used == WIDTH)                                                                                 \
                *(numbers *)(result + k) = done;                                                               \
            else                                                                                               \
                for (ptrdiff_t v = 0; v < used; v++)                                                           \
                    result[k + v] = done[v];                                                                   \
        }                                                                                                      \
    }

TABLE(exp)
TABLE(sigmoid)
TABLE(tanh)
