/* One tile of a product: TILE_ROWS rows by TILE_VECTORS vectors of TILE_WIDTH doubles. Included once for each shape.
   Every cell is one running total, held in a register, over all terms in ascending order; each product is rounded
   before it is added. Only different cells are computed in parallel, so the bits are those of
   purenet_multiply_cells. */

static TARGET void TILE_NAME(const double *start, ptrdiff_t start_step, const double *left,
                             const ptrdiff_t *row_offsets, const ptrdiff_t *term_offsets, const double *right,
                             ptrdiff_t right_term, ptrdiff_t terms, double *result, ptrdiff_t result_step)
{
    typedef double vector __attribute__((vector_size(8 * TILE_WIDTH), aligned(8), may_alias));
    vector total[TILE_ROWS][TILE_VECTORS];
    const double *row[TILE_ROWS];
#pragma GCC unroll 8
    for (int r = 0; r < TILE_ROWS; r++) {
        row[r] = left + row_offsets[r];
#pragma GCC unroll 16
        for (int v = 0; v < TILE_VECTORS; v++)
            total[r][v] = *(const vector *)(start + r * start_step + v * TILE_WIDTH);
    }
    for (ptrdiff_t k = 0; k < terms; k++) {
        vector w[TILE_VECTORS];
#pragma GCC unroll 16
        for (int v = 0; v < TILE_VECTORS; v++)
            w[v] = *(const vector *)(right + v * TILE_WIDTH);
#pragma GCC unroll 8
        for (int r = 0; r < TILE_ROWS; r++) {
            double x = row[r][term_offsets[k]];
#pragma GCC unroll 16
            for (int v = 0; v < TILE_VECTORS; v++)
                total[r][v] = total[r][v] + w[v] * x;
        }
        right += right_term;
    }
#pragma GCC unroll 8
    for (int r = 0; r < TILE_ROWS; r++)
#pragma GCC unroll 16
        for (int v = 0; v < TILE_VECTORS; v++)
            *(vector *)(result + r * result_step + v * TILE_WIDTH) = total[r][v];
}

#undef TILE_NAME
#undef TILE_ROWS
#undef TILE_VECTORS
#undef TILE_WIDTH
