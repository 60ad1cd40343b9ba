/* The twin of purenet/reference/dropout.py. */
#include "common.h"

/* Return 64 pseudo-random bits from an integer of 64 bits. */
uint64_t purenet_splitmix(uint64_t number)
{
    uint64_t z = number + UINT64_C(0x9E3779B97F4A7C15);
    z = (z ^ z >> 30) * UINT64_C(0xBF58476D1CE4E5B9);
    z = (z ^ z >> 27) * UINT64_C(0x94D049BB133111EB);
    return z ^ z >> 31;
}

/* Return the key of a layer's first draw in a training step. */
uint64_t purenet_dropout_key(uint64_t seed, uint64_t layer, uint64_t step)
{
    return purenet_splitmix(purenet_splitmix(purenet_splitmix(seed) + layer) + step);
}

/* outputs[k] = inputs[k] (1 / (1 - rate)) if draw k of the key, in [0, 1), is at least rate, else 0. */
void purenet_dropout_forward(const double *inputs, uint64_t key, double rate, ptrdiff_t count, double *outputs)
{
    double scale = 1.0 / (1.0 - rate);
    for (ptrdiff_t k = 0; k < count; k++) {
        double draw = (double)(purenet_splitmix(key + (uint64_t)k) >> 11) / 9007199254740992.0;
        outputs[k] = draw >= rate ? inputs[k] * scale : 0.0;
    }
}

/* outputs = inputs: outside training nothing is dropped. */
void purenet_dropout_predict(const double *inputs, ptrdiff_t count, double *outputs)
{
    for (ptrdiff_t k = 0; k < count; k++)
        outputs[k] = inputs[k];
}

/* d_inputs = d_outputs (1 / (1 - rate)) if the input was kept, else 0: the same draws again. */
void purenet_dropout_backward(const double *d_outputs, uint64_t key, double rate, ptrdiff_t count, double *d_inputs)
{
    purenet_dropout_forward(d_outputs, key, rate, count, d_inputs);
}
