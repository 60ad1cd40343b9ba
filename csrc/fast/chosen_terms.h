/* Add the chosen terms of one row's product to TILE_VECTORS vectors of totals. Included once for each width. As in
   tile.h, every cell is one running total over ascending terms. */

static TARGET void TILE_NAME(const double *left, const double *right, ptrdiff_t columns, const int32_t *chosen,
                             ptrdiff_t count, double *totals)
{
    typedef double vector __attribute__((vector_size(8 * WIDTH), aligned(8), may_alias));
    vector total[TILE_VECTORS];
#pragma GCC unroll 16
    for (int v = 0; v < TILE_VECTORS; v++)
        total[v] = *(const vector *)(totals + v * WIDTH);
    for (ptrdiff_t n = 0; n < count; n++) {
        double x = left[chosen[n]];
        const double *w = right + chosen[n] * columns;
#pragma GCC unroll 16
        for (int v = 0; v < TILE_VECTORS; v++)
            total[v] = total[v] + *(const vector *)(w + v * WIDTH) * x;
    }
#pragma GCC unroll 16
    for (int v = 0; v < TILE_VECTORS; v++)
        *(vector *)(totals + v * WIDTH) = total[v];
}

#undef TILE_NAME
#undef TILE_VECTORS
