/* The twin of purenet/reference/training.py: forward, backward and update of some rows, for any plan.
   The steps' values stand one after the other at "values", each with room for plan->slice rows. */
#include <string.h>

#include "library.h"
#include "fast/fast.h"
#include "training.h"

#define LIMIT (1.0 / 0.0)

/* Where a step's parameter n begins in a table of all of them; null for one that is not there. */
static const double *own(const purenet_step *step, int n, const double *parameters)
{
    return step->own[n] < 0 ? NULL : parameters + step->own[n];
}

/* Where the gradient of a step's parameter n is added up; null for one that is not there. */
static double *gradient_of(const purenet_step *step, int n, const purenet_places *at)
{
    return step->own[n] < 0 ? NULL : at->gradients + step->own[n];
}

/* The key of the first number of these rows. */
static uint64_t key_of(const purenet_plan *plan, const purenet_step *step, const purenet_places *at)
{
    uint64_t key = purenet_dropout_key(plan->seed, (uint64_t)step->layer, (uint64_t)at->steps);
    return key + (uint64_t)at->first * (uint64_t)step->outputs;
}

static double *value_after(const purenet_plan *plan, const purenet_step *step, double *values)
{
    return values + plan->slice * step->before;
}

/* Fill in what each step makes of the values before it. */
void purenet_forward(const purenet_plan *plan, const double *parameters, const double *inputs, ptrdiff_t rows,
                     purenet_places *at)
{
    const double *z = inputs;
    for (int32_t s = 0; s < plan->step_count; s++) {
        const purenet_step *step = &plan->steps[s];
        double *a = value_after(plan, step, at->values);
        ptrdiff_t count = rows * step->outputs;
        switch (step->kind) {
        case PURENET_DENSE:
            purenet_dense_forward(&at->hands, z, own(step, 0, parameters), own(step, 1, parameters), at->zeros,
                                  rows, step->inputs, step->outputs, a);
            break;
        case PURENET_CONV2D:
            purenet_conv2d_forward(&at->hands, z, &step->window, own(step, 0, parameters), own(step, 1, parameters),
                                   at->zeros, rows, at->room, (ptrdiff_t *)at->offsets, a);
            break;
        case PURENET_MAX_POOL: purenet_max_pool_forward(z, &step->window, rows, a); break;
        case PURENET_AVERAGE_POOL: purenet_average_pool_forward(z, &step->window, rows, a); break;
        case PURENET_DROPOUT:
            if (at->steps < 0)
                purenet_dropout_predict(z, count, a);
            else
                purenet_dropout_forward(z, key_of(plan, step, at), step->reals[0], count, a);
            break;
        case PURENET_BATCH_NORM:
            if (at->steps < 0)
                purenet_batch_norm_predict(z, own(step, 0, parameters), own(step, 1, parameters),
                                           parameters + step->kept[0], parameters + step->kept[1], step->reals[0],
                                           count / step->channels, step->channels, at->room, a);
            else
                purenet_batch_norm_forward(z, own(step, 0, parameters), own(step, 1, parameters), step->reals[0],
                                           count / step->channels, step->channels, at->room, a);
            break;
        case PURENET_SIGMOID_STEP: purenet_sigmoid_forward(&at->hands, z, count, a); break;
        case PURENET_TANH_STEP: purenet_tanh_forward(&at->hands, z, count, a); break;
        case PURENET_RELU_STEP: purenet_relu_forward(z, count, a); break;
        case PURENET_LEAKY_RELU_STEP: purenet_leaky_relu_forward(z, step->reals[0], count, a); break;
        case PURENET_SOFTPLUS_STEP: purenet_softplus_forward(&at->hands, z, count, a); break;
        case PURENET_SOFTMAX_STEP: purenet_softmax_forward(&at->hands, z, rows, step->outputs, a); break;
        case PURENET_ELU_STEP: purenet_elu_forward(z, step->reals[0], count, a); break;
        case PURENET_SILU_STEP: purenet_silu_forward(&at->hands, z, count, a); break;
        case PURENET_GELU_STEP: purenet_gelu_forward(&at->hands, z, count, a); break;
        }
        z = a;
    }
}

/* Add to the gradient of every parameter, from d_value, the gradient at what the loss reads. */
void purenet_backward(const purenet_plan *plan, const double *parameters, const double *inputs, ptrdiff_t rows,
                      purenet_places *at)
{
    double *d_value = at->d_value;
    double *d_other = at->d_other;
    for (int32_t s = plan->reads - 1; s >= 0; s--) {
        const purenet_step *step = &plan->steps[s];
        const double *a = value_after(plan, step, at->values);
        const double *z = s == 0 ? inputs : value_after(plan, step - 1, at->values);
        ptrdiff_t count = rows * step->outputs;
        switch (step->kind) {
        case PURENET_DENSE:
            purenet_dense_backward(&at->hands, z, d_value, s == 0, own(step, 0, parameters), at->zeros, rows,
                                   step->inputs, step->outputs, d_other, gradient_of(step, 0, at),
                                   gradient_of(step, 1, at));
            break;
        case PURENET_CONV2D:
            purenet_conv2d_backward(&at->hands, z, d_value, s == 0, &step->window, own(step, 0, parameters), at->zeros,
                                    rows, at->room, (ptrdiff_t *)at->offsets, d_other, gradient_of(step, 0, at),
                                    gradient_of(step, 1, at));
            break;
        case PURENET_MAX_POOL: purenet_max_pool_backward(z, d_value, &step->window, rows, d_other); break;
        case PURENET_AVERAGE_POOL: purenet_average_pool_backward(d_value, &step->window, rows, d_other); break;
        case PURENET_DROPOUT:
            purenet_dropout_backward(d_value, key_of(plan, step, at), step->reals[0], count, d_other);
            break;
        case PURENET_BATCH_NORM:
            purenet_batch_norm_backward(z, d_value, s == 0, own(step, 0, parameters), step->reals[0],
                                        count / step->channels, step->channels, at->room, d_other,
                                        gradient_of(step, 0, at), gradient_of(step, 1, at));
            break;
        case PURENET_SIGMOID_STEP: purenet_sigmoid_backward(a, d_value, count, d_other); break;
        case PURENET_TANH_STEP: purenet_tanh_backward(a, d_value, count, d_other); break;
        case PURENET_RELU_STEP: purenet_relu_backward(a, d_value, count, d_other); break;
        case PURENET_LEAKY_RELU_STEP: purenet_leaky_relu_backward(z, d_value, step->reals[0], count, d_other); break;
        case PURENET_SOFTPLUS_STEP: purenet_softplus_backward(z, d_value, count, d_other); break;
        case PURENET_SOFTMAX_STEP: purenet_softmax_backward(a, d_value, rows, step->outputs, d_other); break;
        case PURENET_ELU_STEP: purenet_elu_backward(z, d_value, step->reals[0], count, d_other); break;
        case PURENET_SILU_STEP: purenet_silu_backward(z, d_value, count, d_other); break;
        case PURENET_GELU_STEP: purenet_gelu_backward(z, d_value, count, d_other); break;
        }
        double *swap = d_value;
        d_value = d_other;
        d_other = swap;
    }
}

/* The new statistics, from the old ones and what the steps saw. */
void purenet_updated_statistics(const purenet_plan *plan, const double *parameters, const double *inputs,
                                ptrdiff_t rows, purenet_places *at)
{
    for (int32_t s = 0; s < plan->step_count; s++) {
        const purenet_step *step = &plan->steps[s];
        const double *z = s == 0 ? inputs : value_after(plan, step - 1, at->values);
        if (step->kind == PURENET_BATCH_NORM)
            purenet_batch_norm_statistics(z, parameters + step->kept[0], parameters + step->kept[1], step->reals[1],
                                          rows * step->outputs / step->channels, step->channels,
                                          at->statistics + (step->kept[0] - plan->size),
                                          at->statistics + (step->kept[1] - plan->size));
    }
}

/* loss[i] of every sample, before weights and means. */
void purenet_sample_losses(const purenet_plan *plan, const double *targets, ptrdiff_t rows, purenet_places *at)
{
    const double *read = value_after(plan, &plan->steps[plan->reads - 1], at->values);
    ptrdiff_t columns = plan->steps[plan->step_count - 1].outputs;
    double *losses = at->losses;
    switch (plan->loss) {
    case PURENET_SQUARED_ERROR: purenet_squared_error_forward(read, targets, rows, columns, losses); break;
    case PURENET_HALF_SQUARED_ERROR: purenet_half_squared_error_forward(read, targets, rows, columns, losses); break;
    case PURENET_MEAN_ABSOLUTE_ERROR: purenet_mean_absolute_error_forward(read, targets, rows, columns, losses); break;
    case PURENET_HUBER: purenet_huber_forward(read, targets, plan->loss_real, rows, columns, losses); break;
    case PURENET_BINARY_CROSS_ENTROPY:
        purenet_binary_cross_entropy_forward(&at->hands, read, targets, rows, columns, at->d_value, losses);
        break;
    case PURENET_CATEGORICAL_CROSS_ENTROPY:
        purenet_categorical_cross_entropy_forward(&at->hands, read, targets, rows, columns, at->d_value, losses);
        break;
    }
}

/* What each sample's derivative is multiplied by: its weight, divided for means.
   A mean divides by the running total of the batch's weights, times the outputs where it is over
   cells.  A batch whose weights are all 0 has nothing to say: its factors are 0. */
void purenet_sample_factors(const purenet_plan *plan, const double *weights, double batch_weight, ptrdiff_t rows,
                            double *factors)
{
    double total = batch_weight * plan->divisor;
    for (ptrdiff_t i = 0; i < rows; i++)
        factors[i] = plan->divisor == 0 || batch_weight == 0.0 ? weights[i] : weights[i] / total;
}

/* The samples' losses, and the new statistics; the gradient of every parameter is added to. */
void purenet_batch_gradients(const purenet_plan *plan, const double *parameters, const double *inputs,
                             const double *targets, const double *weights, double batch_weight, ptrdiff_t rows,
                             purenet_places *at)
{
    purenet_forward(plan, parameters, inputs, rows, at);
    purenet_sample_losses(plan, targets, rows, at);
    purenet_sample_factors(plan, weights, batch_weight, rows, at->factors);
    const double *predictions = value_after(plan, &plan->steps[plan->step_count - 1], at->values);
    const double *factors = at->factors;
    ptrdiff_t columns = plan->steps[plan->step_count - 1].outputs;
    double *d_value = at->d_value;
    switch (plan->loss) {
    case PURENET_SQUARED_ERROR:
        purenet_squared_error_backward(predictions, targets, factors, rows, columns, d_value);
        break;
    case PURENET_HALF_SQUARED_ERROR:
    case PURENET_BINARY_CROSS_ENTROPY:
    case PURENET_CATEGORICAL_CROSS_ENTROPY:
        purenet_half_squared_error_backward(predictions, targets, factors, rows, columns, d_value);
        break;
    case PURENET_MEAN_ABSOLUTE_ERROR:
        purenet_mean_absolute_error_backward(predictions, targets, factors, rows, columns, d_value);
        break;
    case PURENET_HUBER:
        purenet_huber_backward(predictions, targets, factors, plan->loss_real, rows, columns, d_value);
        break;
    }
    purenet_backward(plan, parameters, inputs, rows, at);
    purenet_updated_statistics(plan, parameters, inputs, rows, at);
}

/* Whether gradients are changed before the optimizer gets them. */
int32_t purenet_prepares(const purenet_plan *plan)
{
    return plan->penalty_count > 0 || plan->clip_norm != 0.0 || plan->clip_value != 0.0;
}

/* What the optimizer gets of the gradients: with the penalties' part, then clipped. */
void purenet_prepared(const purenet_plan *plan, const double *parameters, const double *gradients,
                      double *new_gradients)
{
    memcpy(new_gradients, gradients, (size_t)plan->size * sizeof(double));
    for (int32_t n = 0; n < plan->penalty_count; n++) {
        const purenet_penalty *penalty = &plan->penalties[n];
        double *gradient = new_gradients + penalty->first;
        purenet_penalized(parameters + penalty->first, gradient, penalty->l1, penalty->l2, penalty->count, gradient);
    }
    if (plan->clip_value != 0.0)
        purenet_clipped(new_gradients, plan->clip_value, plan->size, new_gradients);
    if (plan->clip_norm == 0.0)
        return;
    double total = purenet_squares(new_gradients, 0.0, plan->size);
    double factor = purenet_norm_factor(total, plan->clip_norm);
    purenet_scaled(new_gradients, factor, plan->size, new_gradients);
}

/* The new parameters and optimizer numbers.

   Behind those of the parameters stands, where the optimizer has them, a row of running products. */
void purenet_updated(const purenet_plan *plan, const double *parameters, const double *numbers, const double *running,
                     const double *gradients, double learning_rate, double *prepared, double *new_parameters,
                     double *new_numbers, double *new_running)
{
    const double *reals = plan->optimizer_reals;
    ptrdiff_t count = plan->size;
    for (int32_t n = 0; n < plan->running; n++)
        new_running[n] = reals[n] * running[n];
    if (purenet_prepares(plan)) {
        purenet_prepared(plan, parameters, gradients, prepared);
        gradients = prepared;
    }
    switch (plan->optimizer) {
    case PURENET_SGD: purenet_sgd(parameters, gradients, learning_rate, count, new_parameters); break;
    case PURENET_SGD_MOMENTUM:
        purenet_sgd_momentum(parameters, numbers, gradients, learning_rate, reals[0], count, new_parameters,
                             new_numbers);
        break;
    case PURENET_SGD_NESTEROV:
        purenet_sgd_nesterov(parameters, numbers, gradients, learning_rate, reals[0], count, new_parameters,
                             new_numbers);
        break;
    case PURENET_RMSPROP:
        purenet_rmsprop(parameters, numbers, gradients, learning_rate, reals[0], reals[1], count, new_parameters,
                        new_numbers);
        break;
    case PURENET_RMSPROP_MOMENTUM:
        purenet_rmsprop_momentum(parameters, numbers, gradients, learning_rate, reals[0], reals[1], reals[2], count,
                                 new_parameters, new_numbers);
        break;
    case PURENET_ADAGRAD:
        purenet_adagrad(parameters, numbers, gradients, learning_rate, reals[0], reals[1], count, new_parameters,
                        new_numbers);
        break;
    case PURENET_ADAM:
        purenet_adam(parameters, numbers, gradients, learning_rate, reals[0], reals[1], reals[2], new_running[0],
                     new_running[1], count, new_parameters, new_numbers);
        break;
    case PURENET_RPROP:
        purenet_rprop(parameters, numbers, gradients, learning_rate, reals[0], reals[1], reals[2], reals[3], count,
                      new_parameters, new_numbers);
        break;
    }
    if (plan->weight_decay != 0.0)
        purenet_decayed(parameters, learning_rate * plan->weight_decay, count, new_parameters);
}

/* Whether no number is infinite or not a number. */
int32_t purenet_all_finite(int32_t level, const double *values, ptrdiff_t count)
{
    if (level > 0)
        return purenet_fast_all_finite(values, count);
    int32_t bad = 0;
    for (ptrdiff_t k = 0; k < count; k++)
        bad |= !(-LIMIT < values[k] && values[k] < LIMIT);
    return !bad;
}

/* Which number is the first that is infinite or not a number; -1 if all are finite. */
ptrdiff_t purenet_first_non_finite(int32_t level, const double *values, ptrdiff_t count)
{
    if (purenet_all_finite(level, values, count))
        return -1;
    ptrdiff_t k = 0;
    while (-LIMIT < values[k] && values[k] < LIMIT)
        k++;
    return k;
}
