/* The twin of purenet/reference/normalisation.py. A table has all positions of all samples, one after the other. */
#include "common.h"

#include "float_ops.h"

/* Return the mean of each channel and its biased variance, the mean of the squared deviations. */
static void moments(const double *positions, ptrdiff_t count, ptrdiff_t channels, double *mean, double *variance)
{
    for (ptrdiff_t c = 0; c < channels; c++)
        mean[c] = variance[c] = 0.0;
    for (ptrdiff_t k = 0; k < count; k++)
        for (ptrdiff_t c = 0; c < channels; c++)
            mean[c] += positions[k * channels + c];
    for (ptrdiff_t c = 0; c < channels; c++)
        mean[c] = mean[c] / (double)count;
    for (ptrdiff_t k = 0; k < count; k++)
        for (ptrdiff_t c = 0; c < channels; c++) {
            double v = positions[k * channels + c];
            double m = mean[c];
            variance[c] += (v - m) * (v - m);
        }
    for (ptrdiff_t c = 0; c < channels; c++)
        variance[c] = variance[c] / (double)count;
}

/* Return 1 / sqrt(variance + epsilon) of each channel. */
static void inverse_deviations(const double *variance, double epsilon, ptrdiff_t channels, double *inverse)
{
    for (ptrdiff_t c = 0; c < channels; c++)
        inverse[c] = 1.0 / purenet_square_root(variance[c] + epsilon);
}

/* outputs = gamma ((inputs - mean) (1 / sqrt(variance + epsilon))) + beta, with the moments of the batch. */
void purenet_batch_norm_forward(const double *inputs, const double *gamma, const double *beta, double epsilon,
                                ptrdiff_t count, ptrdiff_t channels, double *scratch, double *outputs)
{
    double *mean = scratch;
    double *variance = mean + channels;
    moments(inputs, count, channels, mean, variance);
    purenet_batch_norm_predict(inputs, gamma, beta, mean, variance, epsilon, count, channels, variance + channels,
                               outputs);
}

/* outputs = gamma ((inputs - mean) (1 / sqrt(variance + epsilon))) + beta, with the moving moments. */
void purenet_batch_norm_predict(const double *inputs, const double *gamma, const double *beta, const double *mean,
                                const double *variance, double epsilon, ptrdiff_t count, ptrdiff_t channels,
                                double *scratch, double *outputs)
{
    double *inverse = scratch;
    inverse_deviations(variance, epsilon, channels, inverse);
    for (ptrdiff_t k = 0; k < count; k++)
        for (ptrdiff_t c = 0; c < channels; c++) {
            double v = inputs[k * channels + c];
            outputs[k * channels + c] = gamma[c] * ((v - mean[c]) * inverse[c]) + beta[c];
        }
}

/* Return the moving moments: momentum times the old ones plus 1 - momentum times those of the batch. */
void purenet_batch_norm_statistics(const double *inputs, const double *mean, const double *variance, double momentum,
                                   ptrdiff_t count, ptrdiff_t channels, double *new_mean, double *new_variance)
{
    double rest = 1.0 - momentum;
    moments(inputs, count, channels, new_mean, new_variance);
    for (ptrdiff_t c = 0; c < channels; c++) {
        new_mean[c] = momentum * mean[c] + rest * new_mean[c];
        new_variance[c] = momentum * variance[c] + rest * new_variance[c];
    }
}

/* Return d_inputs, d_gamma and d_beta.
   forward: outputs = gamma normal + beta, normal = (inputs - mean) inverse, inverse = 1 / sqrt(variance + epsilon), so
   d_beta = sum of d_outputs, d_gamma = sum of d_outputs normal, both from 0.0, and through mean and variance
   d_inputs = gamma inverse (d_outputs - d_beta / count - normal (d_gamma / count)). */
void purenet_batch_norm_backward(const double *inputs, const double *d_outputs, int32_t first, const double *gamma,
                                 double epsilon, ptrdiff_t count, ptrdiff_t channels, double *scratch, double *d_inputs,
                                 double *d_gamma, double *d_beta)
{
    double *mean = scratch;
    double *variance = mean + channels;
    double *inverse = variance + channels;
    double *scale = inverse + channels;
    double *shift = scale + channels;
    double *slope = shift + channels;
    moments(inputs, count, channels, mean, variance);
    inverse_deviations(variance, epsilon, channels, inverse);
    for (ptrdiff_t c = 0; c < channels; c++)
        d_beta[c] = d_gamma[c] = 0.0;
    for (ptrdiff_t k = 0; k < count; k++)
        for (ptrdiff_t c = 0; c < channels; c++) {
            double v = inputs[k * channels + c];
            double d = d_outputs[k * channels + c];
            d_beta[c] += d;
            d_gamma[c] += d * ((v - mean[c]) * inverse[c]);
        }
    if (first)
        return;
    for (ptrdiff_t c = 0; c < channels; c++) {
        scale[c] = gamma[c] * inverse[c];
        shift[c] = d_beta[c] / (double)count;
        slope[c] = d_gamma[c] / (double)count;
    }
    for (ptrdiff_t k = 0; k < count; k++)
        for (ptrdiff_t c = 0; c < channels; c++) {
            double v = inputs[k * channels + c];
            double d = d_outputs[k * channels + c];
            d_inputs[k * channels + c] = scale[c] * ((d - shift[c]) - ((v - mean[c]) * inverse[c]) * slope[c]);
        }
}
