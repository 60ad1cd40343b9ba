/* The twin of purenet/reference/losses.py. */
#include "common.h"

/* loss[i] = sum over j of (p - y)^2. */
void purenet_squared_error_forward(const double *predictions, const double *targets, ptrdiff_t rows, ptrdiff_t columns,
                                   double *losses)
{
    for (ptrdiff_t i = 0; i < rows; i++) {
        double total = 0.0;
        for (ptrdiff_t j = 0; j < columns; j++) {
            double p = predictions[i * columns + j];
            double y = targets[i * columns + j];
            total += (p - y) * (p - y);
        }
        losses[i] = total;
    }
}

/* d_p = 2 (p - y) factor. */
void purenet_squared_error_backward(const double *predictions, const double *targets, const double *factors,
                                    ptrdiff_t rows, ptrdiff_t columns, double *d_predictions)
{
    for (ptrdiff_t i = 0; i < rows; i++)
        for (ptrdiff_t j = 0; j < columns; j++) {
            double p = predictions[i * columns + j];
            double y = targets[i * columns + j];
            d_predictions[i * columns + j] = 2.0 * (p - y) * factors[i];
        }
}

/* loss[i] = sum over j of (p - y)^2 / 2. */
void purenet_half_squared_error_forward(const double *predictions, const double *targets, ptrdiff_t rows,
                                        ptrdiff_t columns, double *losses)
{
    for (ptrdiff_t i = 0; i < rows; i++) {
        double total = 0.0;
        for (ptrdiff_t j = 0; j < columns; j++) {
            double p = predictions[i * columns + j];
            double y = targets[i * columns + j];
            total += (p - y) * (p - y) * 0.5;
        }
        losses[i] = total;
    }
}

/* d_p = (p - y) factor. */
void purenet_half_squared_error_backward(const double *predictions, const double *targets, const double *factors,
                                         ptrdiff_t rows, ptrdiff_t columns, double *d_predictions)
{
    for (ptrdiff_t i = 0; i < rows; i++)
        for (ptrdiff_t j = 0; j < columns; j++) {
            double p = predictions[i * columns + j];
            double y = targets[i * columns + j];
            d_predictions[i * columns + j] = (p - y) * factors[i];
        }
}

/* loss[i] = sum over j of |p - y|; the mean divides at the end. */
void purenet_mean_absolute_error_forward(const double *predictions, const double *targets, ptrdiff_t rows,
                                         ptrdiff_t columns, double *losses)
{
    for (ptrdiff_t i = 0; i < rows; i++) {
        double total = 0.0;
        for (ptrdiff_t j = 0; j < columns; j++) {
            double p = predictions[i * columns + j];
            double y = targets[i * columns + j];
            total += p > y ? p - y : y - p;
        }
        losses[i] = total;
    }
}

/* d_p = factor if p > y, -factor if p < y, else 0. */
void purenet_mean_absolute_error_backward(const double *predictions, const double *targets, const double *factors,
                                          ptrdiff_t rows, ptrdiff_t columns, double *d_predictions)
{
    for (ptrdiff_t i = 0; i < rows; i++)
        for (ptrdiff_t j = 0; j < columns; j++) {
            double p = predictions[i * columns + j];
            double y = targets[i * columns + j];
            d_predictions[i * columns + j] = p > y ? factors[i] : p < y ? -factors[i] : 0.0;
        }
}

/* loss[i] = sum over j of e^2 / 2 if |e| <= delta, else delta (|e| - delta / 2), where e = p - y. */
void purenet_huber_forward(const double *predictions, const double *targets, double delta, ptrdiff_t rows,
                           ptrdiff_t columns, double *losses)
{
    for (ptrdiff_t i = 0; i < rows; i++) {
        double total = 0.0;
        for (ptrdiff_t j = 0; j < columns; j++) {
            double p = predictions[i * columns + j];
            double y = targets[i * columns + j];
            double e = p > y ? p - y : y - p;
            total += e <= delta ? e * e * 0.5 : delta * (e - delta * 0.5);
        }
        losses[i] = total;
    }
}

/* d_p = e factor, where e = p - y clipped to [-delta, delta]. */
void purenet_huber_backward(const double *predictions, const double *targets, const double *factors, double delta,
                            ptrdiff_t rows, ptrdiff_t columns, double *d_predictions)
{
    for (ptrdiff_t i = 0; i < rows; i++)
        for (ptrdiff_t j = 0; j < columns; j++) {
            double p = predictions[i * columns + j];
            double y = targets[i * columns + j];
            d_predictions[i * columns + j] = (p - y > delta ? delta : p - y < -delta ? -delta : p - y) * factors[i];
        }
}

/* loss[i] = sum over j of (max(z, 0) - y z) + log(1 + exp(-|z|)), which is -y log p - (1 - y) log(1 - p). */
void purenet_binary_cross_entropy_forward(purenet_context *ctx, const double *logits, const double *targets,
                                          ptrdiff_t rows, ptrdiff_t columns, double *scratch, double *losses)
{
    for (ptrdiff_t k = 0; k < rows * columns; k++)
        scratch[k] = logits[k] > 0.0 ? -logits[k] : logits[k];
    purenet_softplus_table(ctx, scratch, rows * columns, scratch);
    for (ptrdiff_t i = 0; i < rows; i++) {
        double total = 0.0;
        for (ptrdiff_t j = 0; j < columns; j++) {
            double z = logits[i * columns + j];
            double y = targets[i * columns + j];
            if (z > 0.0)
                total += (z - y * z) + scratch[i * columns + j];
            else
                total += (0.0 - y * z) + scratch[i * columns + j];
        }
        losses[i] = total;
    }
}

/* loss[i] = sum over j of y (log(total) - (z - max z)), which is -y log p; total as in softmax. */
void purenet_categorical_cross_entropy_forward(purenet_context *ctx, const double *logits, const double *targets,
                                               ptrdiff_t rows, ptrdiff_t columns, const double *totals, double *losses)
{
    purenet_log_table(ctx, totals, rows, losses);
    for (ptrdiff_t i = 0; i < rows; i++) {
        const double *row = logits + i * columns;
        double largest = row[0];
        for (ptrdiff_t j = 0; j < columns; j++)
            if (row[j] > largest)
                largest = row[j];
        double log_total = losses[i];
        double total = 0.0;
        for (ptrdiff_t j = 0; j < columns; j++)
            total += targets[i * columns + j] * (log_total - (row[j] - largest));
        losses[i] = total;
    }
}
