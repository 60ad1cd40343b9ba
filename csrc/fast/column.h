/* One column of a product, included by matrix_kernels.h. Every cell is one running total over all terms in ascending
   order, each product rounded before it is added; only different rows are computed in parallel. So the bits are those
   of purenet_multiply_cells. */

#define UNROLL_TEXT(text) #text
#define UNROLL(count) _Pragma(UNROLL_TEXT(GCC unroll count))

/* One column of rows that are adjacent in the memory of left, in vectors that begin at row i, a vector apart, the last
   ones no later than at row last: there they overlap and compute the same. */
#define ADJACENT(name, VECTORS_OF) \
    static TARGET void name(const double *start, ptrdiff_t start_step, const double *left, \
                            const ptrdiff_t *term_offsets, const double *right, ptrdiff_t right_term, ptrdiff_t terms, \
                            ptrdiff_t last, double *result, ptrdiff_t result_row) \
    { \
        typedef double vector __attribute__((vector_size(8 * WIDTH), aligned(8), may_alias)); \
        vector total[VECTORS_OF]; \
        ptrdiff_t first[VECTORS_OF]; \
        UNROLL(4) \
        for (int v = 0; v < VECTORS_OF; v++) { \
            first[v] = v * WIDTH < last ? v * WIDTH : last; \
            UNROLL(8) \
            for (int n = 0; n < WIDTH; n++) \
                total[v][n] = start[(first[v] + n) * start_step]; \
        } \
        for (ptrdiff_t k = 0; k < terms; k++) { \
            const double *x = left + term_offsets[k]; \
            double w = right[k * right_term]; \
            UNROLL(4) \
            for (int v = 0; v < VECTORS_OF; v++) \
                total[v] = total[v] + *(const vector *)(x + first[v]) * w; \
        } \
        UNROLL(4) \
        for (int v = 0; v < VECTORS_OF; v++) \
            if (result_row == 1) { \
                *(vector *)(result + first[v]) = total[v]; \
            } else { \
                UNROLL(8) \
                for (int n = 0; n < WIDTH; n++) \
                    result[(first[v] + n) * result_row] = total[v][n]; \
            } \
    }
ADJACENT(four_vectors, 4)
ADJACENT(two_vectors, 2)
ADJACENT(one_vector, 1)

/* Compute one column of adjacent rows, from i on. Return how many rows there were: 0 if they do not fill a vector. */
static TARGET ptrdiff_t adjacent_rows(const purenet_product *p, const range *r, ptrdiff_t j, ptrdiff_t i)
{
    const ptrdiff_t *offsets = r->row_offsets + i;
    ptrdiff_t count = 1, most = r->rows - i < 4 * WIDTH ? r->rows - i : 4 * WIDTH;
    while (count < most && offsets[count] == offsets[0] + count)
        count++;
    if (count < WIDTH)
        return 0;
    (count > 2 * WIDTH ? four_vectors
     : count > WIDTH   ? two_vectors
                       : one_vector)(r->start + i * r->start_step + j, r->start_step, r->left + offsets[0],
                                   r->term_offsets, r->right + j * p->right_column, p->right_term, r->terms,
                                   count - WIDTH, r->result + i * p->result_row + j, p->result_row);
    PURENET_COUNT(COLUMN, count);
    return count;
}

/* One column of a few rows, anywhere in the memory of left. */
#define SCATTERED(name, COUNT) \
    static TARGET void name(const double *start, ptrdiff_t start_step, const double *left, \
                            const ptrdiff_t *row_offsets, const ptrdiff_t *term_offsets, const double *right, \
                            ptrdiff_t right_term, ptrdiff_t terms, double *result, ptrdiff_t result_row) \
    { \
        double total[COUNT]; \
        const double *row[COUNT]; \
        UNROLL(8) \
        for (int n = 0; n < COUNT; n++) { \
            row[n] = left + row_offsets[n]; \
            total[n] = start[n * start_step]; \
        } \
        for (ptrdiff_t k = 0; k < terms; k++) { \
            double w = right[k * right_term]; \
            UNROLL(8) \
            for (int n = 0; n < COUNT; n++) \
                total[n] += row[n][term_offsets[k]] * w; \
        } \
        UNROLL(8) \
        for (int n = 0; n < COUNT; n++) \
            result[n * result_row] = total[n]; \
    }
SCATTERED(eight_rows, 8)
SCATTERED(five_rows, 5)
SCATTERED(four_rows, 4)
SCATTERED(single_row, 1)

/* Compute one column: adjacent rows in vectors, others a few at a time. */
static TARGET void one_column(const purenet_product *p, const range *r, ptrdiff_t j)
{
    const double *start = r->start + j;
    const double *right = r->right + j * p->right_column;
    double *result = r->result + j;
    const ptrdiff_t *row_offsets = r->row_offsets;
    for (ptrdiff_t i = 0; i < r->rows;) {
        ptrdiff_t adjacent = adjacent_rows(p, r, j, i);
        if (adjacent) {
            i += adjacent;
            continue;
        }
        ptrdiff_t left = r->rows - i;
        ptrdiff_t count = left == 8 || left >= 16 ? 8 : left == 5 || left > 8 ? 5 : left >= 4 ? 4 : 1;
        (count == 8   ? eight_rows
         : count == 5 ? five_rows
         : count == 4 ? four_rows
                      : single_row)(start + i * r->start_step, r->start_step, r->left, row_offsets + i, r->term_offsets,
                                    right, p->right_term, r->terms, result + i * p->result_row, p->result_row);
        PURENET_COUNT(COLUMN, count);
        i += count;
    }
}
