/* The twin of purenet/reference/dense.py. */
#include "library.h"

/* outputs[i][j] = bias[j] + sum over k of inputs[i][k] weights[k][j], k ascending; 0.0 stands for no bias. */
void purenet_dense_forward(purenet_hands *hands, const double *inputs, const double *weights, const double *bias,
                           const double *zeros, ptrdiff_t rows, ptrdiff_t fan_in, ptrdiff_t units, double *outputs)
{
    const double *start = bias ? bias : zeros;
    purenet_multiply(hands, start, 0, inputs, fan_in, 1, weights, units, 1, rows, fan_in, units, outputs);
}

/* d_inputs, d_weights and, with a bias, d_bias.
   forward: outputs[i][j] = bias[j] + sum over k of inputs[i][k] weights[k][j], so
   d_weights[k][j] = sum over i of inputs[i][k] d_outputs[i][j], i ascending,
   d_bias[j] = sum over i of d_outputs[i][j], i ascending, both going on from what stands there,
   d_inputs[i][k] = sum over j of d_outputs[i][j] weights[k][j], j ascending from 0.0;
   the first step's inputs are the data, and their gradient, which nobody asks for, is left out. */
void purenet_dense_backward(purenet_hands *hands, const double *inputs, const double *d_outputs, int32_t first,
                            const double *weights, const double *zeros, ptrdiff_t rows, ptrdiff_t fan_in,
                            ptrdiff_t units, double *d_inputs, double *d_weights, double *d_bias)
{
    if (!first)
        purenet_multiply(hands, zeros, 0, d_outputs, units, 1, weights, 1, units, rows, units, fan_in, d_inputs);
    purenet_multiply(hands, d_weights, units, inputs, 1, fan_in, d_outputs, units, 1, fan_in, rows, units, d_weights);
    if (d_bias)
        purenet_add_rows(d_outputs, rows, units, d_bias);
}
