/* The product without the terms whose left factor is zero, where this changes no bit, for one instruction set. Included
   by matrix_kernels.h. Every total adds the terms that are left in ascending order, each product rounded first. */

/* Whether multiply_nonzero is faster: the product is large, and at most a quarter of left is not zero. The count ends as
   soon as it is more, so it costs little where left is full. */
static TARGET int few_nonzero(const purenet_product *p)
{
    if (p->rows < 32 || p->terms < 32 || p->columns < 64 || p->right_column != 1 || p->row_offsets ||
        (p->left_term != 1 && p->left_row != 1))
        return 0;
    int by_rows = p->left_term == 1;
    ptrdiff_t lines = by_rows ? p->rows : p->terms, length = by_rows ? p->terms : p->rows;
    ptrdiff_t most = p->rows * p->terms / 4, nonzero = 0;
    for (ptrdiff_t n = 0; n < lines && nonzero <= most; n++) {
        const double *line = p->left + n * (by_rows ? p->left_row : p->left_term);
        vint zeros = {0};
        ptrdiff_t v = 0;
        for (; v + WIDTH <= length; v += WIDTH)
            zeros += *(const vdouble *)(line + v) == 0.0;
        nonzero += v;
        for (int lane = 0; lane < WIDTH; lane++)
            nonzero += (ptrdiff_t)zeros[lane];
        for (; v < length; v++)
            nonzero += line[v] != 0.0;
    }
    return nonzero <= most;
}

/* Whether no total starts from -0.0 and every number of right is finite. Then a term whose left factor is 0 changes no
   total (docs/bits.md, law 3). */
static TARGET int zeros_change_nothing(const purenet_product *p)
{
    vint good = {0};
    good = ~good;
    for (ptrdiff_t i = 0; i < (p->start_step ? p->rows : 1); i++) {
        const double *start = p->start + i * p->start_step;
        ptrdiff_t j = 0;
        for (; j + WIDTH <= p->columns; j += WIDTH)
            good &= (vint) * (const vdouble *)(start + j) != INT64_MIN;
        for (; j < p->columns; j++)
            if (start[j] == 0.0 && 1.0 / start[j] < 0.0)
                return 0;
    }
    for (ptrdiff_t k = 0; k < p->terms; k++) {
        const double *right = p->right + k * p->right_term;
        ptrdiff_t j = 0;
        for (; j + WIDTH <= p->columns; j += WIDTH) {
            vdouble part = *(const vdouble *)(right + j);
            good &= part - part == 0.0;
        }
        for (; j < p->columns; j++)
            if (right[j] - right[j] != 0.0)
                return 0;
    }
    return all_set(good);
}

/* Compute columns of one row from the terms whose left factor is not zero. */
#define NONZERO(name, vectors) \
    static TARGET void name(const double *start, const double *factors, const ptrdiff_t *places, ptrdiff_t count, \
                            const double *right, double *result) \
    { \
        vdouble total[vectors]; \
        for (int v = 0; v < vectors; v++) \
            total[v] = *(const vdouble *)(start + v * WIDTH); \
        for (ptrdiff_t n = 0; n < count; n++) { \
            const double *w = right + places[n]; \
            double x = factors[n]; \
            _Pragma("GCC unroll 16") for (int v = 0; v < vectors; v++) \
                total[v] = total[v] + *(const vdouble *)(w + v * WIDTH) * x; \
        } \
        for (int v = 0; v < vectors; v++) \
            *(vdouble *)(result + v * WIDTH) = total[v]; \
    }
NONZERO(nonzero_wide, WIDE_VECTORS)
NONZERO(nonzero_vector, 1)
#undef NONZERO

/* Compute a product without the terms whose left factor is zero, if zeros_change_nothing. */
TARGET void NAME(multiply_nonzero)(const purenet_product *p)
{
    double factors[PURENET_RANGE_TERMS];
    ptrdiff_t places[PURENET_RANGE_TERMS];
    for (ptrdiff_t first = 0; first < p->terms; first += PURENET_RANGE_TERMS)
        for (ptrdiff_t i = 0; i < p->rows; i++) {
            ptrdiff_t end = p->terms - first < PURENET_RANGE_TERMS ? p->terms : first + PURENET_RANGE_TERMS;
            ptrdiff_t count = 0, j = 0;
            for (ptrdiff_t k = first; k < end; k++) {
                double x = p->left[i * p->left_row + k * p->left_term];
                factors[count] = x;
                places[count] = k * p->right_term;
                count += x != 0.0;
            }
            double *result = p->result + i * p->result_row;
            const double *start = first ? result : p->start + i * p->start_step;
            for (; j + WIDE <= p->columns; j += WIDE)
                nonzero_wide(start + j, factors, places, count, p->right + j, result + j);
            for (; j + WIDTH <= p->columns; j += WIDTH)
                nonzero_vector(start + j, factors, places, count, p->right + j, result + j);
            for (; j < p->columns; j++) {
                double total = start[j];
                for (ptrdiff_t n = 0; n < count; n++)
                    total += factors[n] * p->right[places[n] + j];
                result[j] = total;
            }
        }
    PURENET_COUNT(NONZERO, p->rows * p->columns);
}
