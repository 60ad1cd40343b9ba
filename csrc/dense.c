/* The twin of purenet/reference/dense.py. */
#include "common.h"
#include "fast/fast.h"

/* outputs[i][j] = bias[j] + sum over k of inputs[i][k] weights[k][j], k ascending; 0.0 if there is no bias. */
void purenet_dense_forward(purenet_context *ctx, const double *inputs, const double *weights, const double *bias,
                           const double *zeros, ptrdiff_t rows, ptrdiff_t fan_in, ptrdiff_t units, double *outputs)
{
    const double *start = bias ? bias : zeros;
    if (rows == 1 && purenet_multiply_sparse_row(ctx, start, inputs, weights, fan_in, units, outputs))
        return;
    purenet_multiply(ctx, start, 0, inputs, fan_in, 1, weights, units, 1, rows, fan_in, units, outputs);
}

/* Return d_inputs, d_weights and, if there is a bias, d_bias.
   forward: outputs[i][j] = bias[j] + sum over k of inputs[i][k] weights[k][j], so
   d_weights[k][j] = sum over i of inputs[i][k] d_outputs[i][j], i ascending,
   d_bias[j] = sum over i of d_outputs[i][j], i ascending, both added to the gradients so far,
   d_inputs[i][k] = sum over j of d_outputs[i][j] weights[k][j], j ascending from 0.0.
   The first step's inputs are the data, so their gradient is not computed. */
void purenet_dense_backward(purenet_context *ctx, const double *inputs, const double *d_outputs, int32_t first,
                            const double *weights, const double *zeros, ptrdiff_t rows, ptrdiff_t fan_in,
                            ptrdiff_t units, double *d_inputs, double *d_weights, double *d_bias)
{
    if (!first)
        purenet_multiply(ctx, zeros, 0, d_outputs, units, 1, weights, 1, units, rows, units, fan_in, d_inputs);
    purenet_multiply(ctx, d_weights, units, inputs, 1, fan_in, d_outputs, units, 1, fan_in, rows, units, d_weights);
    if (d_bias)
        purenet_add_rows(d_outputs, rows, units, d_bias);
}
