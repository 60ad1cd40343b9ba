/* The draws of purenet/reference/initialisers.py, which computes the limits and standard deviations. */
#include "common.h"

/* Draw count values. Uniform: low + (high - low) u. Normal: low + high z (mean low, standard deviation high). */
void purenet_draw(purenet_stream *stream, int32_t kind, double low, double high, ptrdiff_t count, double *values)
{
    double span = high - low;
    for (ptrdiff_t k = 0; k < count; k++)
        values[k] = kind == PURENET_UNIFORM ? low + span * purenet_next_double(stream)
                                            : low + high * purenet_next_gaussian(stream);
}
