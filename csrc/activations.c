/* The twin of purenet/reference/activations.py. */
#include "library.h"

/* a = 1 / (1 + exp(-z)). */
void purenet_sigmoid_forward(purenet_hands *hands, const double *z, ptrdiff_t count, double *a)
{
    purenet_sigmoid_table(hands, z, count, a);
}

/* d_z = d_a (a (1 - a)). */
void purenet_sigmoid_backward(const double *a, const double *d_a, ptrdiff_t count, double *d_z)
{
    for (ptrdiff_t k = 0; k < count; k++)
        d_z[k] = d_a[k] * (a[k] * (1.0 - a[k]));
}

/* a = tanh(z). */
void purenet_tanh_forward(purenet_hands *hands, const double *z, ptrdiff_t count, double *a)
{
    purenet_tanh_table(hands, z, count, a);
}

/* d_z = d_a (1 - a a). */
void purenet_tanh_backward(const double *a, const double *d_a, ptrdiff_t count, double *d_z)
{
    for (ptrdiff_t k = 0; k < count; k++)
        d_z[k] = d_a[k] * (1.0 - a[k] * a[k]);
}

/* a = z above 0, else 0; not a number stays what it is. */
void purenet_relu_forward(const double *z, ptrdiff_t count, double *a)
{
    for (ptrdiff_t k = 0; k < count; k++)
        a[k] = z[k] <= 0.0 ? 0.0 : z[k];
}

/* d_z = d_a where z was above 0, else 0. */
void purenet_relu_backward(const double *a, const double *d_a, ptrdiff_t count, double *d_z)
{
    for (ptrdiff_t k = 0; k < count; k++) {
        double d = d_a[k];
        d_z[k] = a[k] > 0.0 ? d : 0.0;
    }
}

/* a = z above 0, else slope z. */
void purenet_leaky_relu_forward(const double *z, double slope, ptrdiff_t count, double *a)
{
    for (ptrdiff_t k = 0; k < count; k++)
        a[k] = z[k] > 0.0 ? z[k] : slope * z[k];
}

/* d_z = d_a where z was above 0, else slope d_a. */
void purenet_leaky_relu_backward(const double *z, const double *d_a, double slope, ptrdiff_t count, double *d_z)
{
    for (ptrdiff_t k = 0; k < count; k++)
        d_z[k] = z[k] > 0.0 ? d_a[k] : slope * d_a[k];
}

/* a = log(1 + exp(z)). */
void purenet_softplus_forward(purenet_hands *hands, const double *z, ptrdiff_t count, double *a)
{
    purenet_softplus_table(hands, z, count, a);
}

/* d_z = d_a sigmoid(z). */
void purenet_softplus_backward(const double *z, const double *d_a, ptrdiff_t count, double *d_z)
{
    for (ptrdiff_t k = 0; k < count; k++)
        d_z[k] = d_a[k] * purenet_sigmoid(z[k]);
}

/* a[j] = exp(z[j] - max z) / sum over k of exp(z[k] - max z), k ascending from 0.0. */
void purenet_softmax_forward(purenet_hands *hands, const double *z, ptrdiff_t rows, ptrdiff_t columns, double *a)
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
    purenet_exp_table(hands, a, rows * columns, a);
    for (ptrdiff_t i = 0; i < rows; i++) {
        double *powers = a + i * columns;
        double total = 0.0;
        for (ptrdiff_t j = 0; j < columns; j++)
            total += powers[j];
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
