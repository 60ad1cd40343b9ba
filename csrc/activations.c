/* The twin of purenet/reference/activations.py. */
#include "common.h"

#define SQRT_2_PER_PI (7978845608028654.0 / 10000000000000000.0)
#define CUBIC (44715.0 / 1000000.0)

/* a = 1 / (1 + exp(-z)). */
void purenet_sigmoid_forward(purenet_context *ctx, const double *z, ptrdiff_t count, double *a)
{
    purenet_sigmoid_table(ctx, z, count, a);
}

/* d_z = d_a (a (1 - a)). */
void purenet_sigmoid_backward(const double *a, const double *d_a, ptrdiff_t count, double *d_z)
{
    for (ptrdiff_t k = 0; k < count; k++)
        d_z[k] = d_a[k] * (a[k] * (1.0 - a[k]));
}

/* a = tanh(z). */
void purenet_tanh_forward(purenet_context *ctx, const double *z, ptrdiff_t count, double *a)
{
    purenet_tanh_table(ctx, z, count, a);
}

/* d_z = d_a (1 - a a). */
void purenet_tanh_backward(const double *a, const double *d_a, ptrdiff_t count, double *d_z)
{
    for (ptrdiff_t k = 0; k < count; k++)
        d_z[k] = d_a[k] * (1.0 - a[k] * a[k]);
}

/* a = z if z > 0, else 0; NaN stays NaN. */
void purenet_relu_forward(const double *z, ptrdiff_t count, double *a)
{
    for (ptrdiff_t k = 0; k < count; k++)
        a[k] = z[k] <= 0.0 ? 0.0 : z[k];
}

/* d_z = d_a if z > 0, else 0. */
void purenet_relu_backward(const double *a, const double *d_a, ptrdiff_t count, double *d_z)
{
    for (ptrdiff_t k = 0; k < count; k++) {
        double d = d_a[k];
        d_z[k] = a[k] > 0.0 ? d : 0.0;
    }
}

/* a = z if z > 0, else slope z. */
void purenet_leaky_relu_forward(const double *z, double slope, ptrdiff_t count, double *a)
{
    for (ptrdiff_t k = 0; k < count; k++)
        a[k] = z[k] > 0.0 ? z[k] : slope * z[k];
}

/* d_z = d_a if z > 0, else slope d_a. */
void purenet_leaky_relu_backward(const double *z, const double *d_a, double slope, ptrdiff_t count, double *d_z)
{
    for (ptrdiff_t k = 0; k < count; k++)
        d_z[k] = z[k] > 0.0 ? d_a[k] : slope * d_a[k];
}

/* a = log(1 + exp(z)). */
void purenet_softplus_forward(purenet_context *ctx, const double *z, ptrdiff_t count, double *a)
{
    purenet_softplus_table(ctx, z, count, a);
}

/* d_z = d_a sigmoid(z). */
void purenet_softplus_backward(const double *z, const double *d_a, ptrdiff_t count, double *d_z)
{
    for (ptrdiff_t k = 0; k < count; k++)
        d_z[k] = d_a[k] * purenet_sigmoid(z[k]);
}

/* a[j] = exp(z[j] - max z) / sum over k of exp(z[k] - max z), k ascending from 0.0. */
void purenet_softmax_forward(purenet_context *ctx, const double *z, ptrdiff_t rows, ptrdiff_t columns, double *totals,
                             double *a)
{
    for (ptrdiff_t i = 0; i < rows; i++) {
        const double *row = z + i * columns;
        double *powers = a + i * columns;
        double largest = row[0];
        for (ptrdiff_t j = 0; j < columns; j++)
            if (row[j] > largest)
                largest = row[j];
        for (ptrdiff_t j = 0; j < columns; j++)
            powers[j] = row[j] - largest;
    }
    purenet_exp_table(ctx, a, rows * columns, a);
    for (ptrdiff_t i = 0; i < rows; i++) {
        double *powers = a + i * columns;
        double total = 0.0;
        for (ptrdiff_t j = 0; j < columns; j++)
            total += powers[j];
        totals[i] = total;
        for (ptrdiff_t j = 0; j < columns; j++)
            powers[j] = powers[j] / total;
    }
}

/* d_z[j] = a[j] (d_a[j] - sum over k of d_a[k] a[k]), k ascending from 0.0: the full Jacobian. */
void purenet_softmax_backward(const double *a, const double *d_a, ptrdiff_t rows, ptrdiff_t columns, double *d_z)
{
    for (ptrdiff_t i = 0; i < rows; i++) {
        const double *row = a + i * columns;
        const double *d_row = d_a + i * columns;
        double total = 0.0;
        for (ptrdiff_t j = 0; j < columns; j++)
            total += d_row[j] * row[j];
        for (ptrdiff_t j = 0; j < columns; j++)
            d_z[i * columns + j] = row[j] * (d_row[j] - total);
    }
}

/* a = z if z > 0, else slope expm1(z), which is slope (exp(z) - 1) (Clevert et al. 2015). */
void purenet_elu_forward(const double *z, double slope, ptrdiff_t count, double *a)
{
    for (ptrdiff_t k = 0; k < count; k++)
        a[k] = z[k] > 0.0 ? z[k] : slope * purenet_expm1(z[k]);
}

/* d_z = d_a if z > 0, else d_a (slope exp(z)). */
void purenet_elu_backward(const double *z, const double *d_a, double slope, ptrdiff_t count, double *d_z)
{
    for (ptrdiff_t k = 0; k < count; k++)
        d_z[k] = z[k] > 0.0 ? d_a[k] : d_a[k] * (slope * purenet_exp(z[k]));
}

/* a = z sigmoid(z) (Hendrycks and Gimpel 2016; Elfwing et al. 2017). */
void purenet_silu_forward(purenet_context *ctx, const double *z, ptrdiff_t count, double *a)
{
    purenet_sigmoid_table(ctx, z, count, a);
    for (ptrdiff_t k = 0; k < count; k++)
        a[k] = z[k] * a[k];
}

/* Return the derivative of silu. */
static double silu_slope(double v)
{
    double s = purenet_sigmoid(v);
    return s * (1.0 + v * (1.0 - s));
}

/* d_z = d_a (s (1 + z (1 - s))), where s = sigmoid(z). */
void purenet_silu_backward(const double *z, const double *d_a, ptrdiff_t count, double *d_z)
{
    for (ptrdiff_t k = 0; k < count; k++)
        d_z[k] = d_a[k] * silu_slope(z[k]);
}

/* a = z / 2 (1 + tanh(sqrt(2 / pi) (z + 0.044715 z z z))): the tanh form of Hendrycks and Gimpel 2016. */
void purenet_gelu_forward(purenet_context *ctx, const double *z, ptrdiff_t count, double *a)
{
    for (ptrdiff_t k = 0; k < count; k++)
        a[k] = SQRT_2_PER_PI * (z[k] + CUBIC * z[k] * z[k] * z[k]);
    purenet_tanh_table(ctx, a, count, a);
    for (ptrdiff_t k = 0; k < count; k++)
        a[k] = 0.5 * z[k] * (1.0 + a[k]);
}

/* Return the derivative of gelu. */
static double gelu_slope(double v)
{
    double t = purenet_tanh(SQRT_2_PER_PI * (v + CUBIC * v * v * v));
    double s = v * (1.0 - t * t); /* 0 for large v, so v * v cannot overflow below */
    return 0.5 * (1.0 + t + SQRT_2_PER_PI * (s + 3.0 * CUBIC * s * v * v));
}

/* d_z = d_a / 2 (1 + t + sqrt(2 / pi) (s + 0.134145 s z z)), where t is the tanh and s = z (1 - t t). */
void purenet_gelu_backward(const double *z, const double *d_a, ptrdiff_t count, double *d_z)
{
    for (ptrdiff_t k = 0; k < count; k++)
        d_z[k] = d_a[k] * gelu_slope(z[k]);
}
