/* The twin of purenet/reference/training.py: forward pass, backward pass and update for a slice of rows, for any plan.
   The workspace has the values of the steps one after the other, plan->slice_rows rows each. */
#include <string.h>

#include "common.h"
#include "fast/fast.h"
#include "training.h"

#define LIMIT (1.0 / 0.0)

/* Return where parameter n of a step begins; null if the step has no such parameter. */
static const double *parameter_of(const purenet_step *step, int n, const double *parameters)
{
    return step->parameter_offset[n] < 0 ? NULL : parameters + step->parameter_offset[n];
}

/* Return where the gradient of parameter n of a step begins; null if the step has no such parameter. */
static double *gradient_of(const purenet_step *step, int n, const purenet_workspace *ws)
{
    return step->parameter_offset[n] < 0 ? NULL : ws->gradients + step->parameter_offset[n];
}

/* Return the dropout key of the slice's first number. */
static uint64_t key_of(const purenet_plan *plan, const purenet_step *step, const purenet_workspace *ws)
{
    uint64_t key = purenet_dropout_key(plan->seed, (uint64_t)step->layer, (uint64_t)ws->steps);
    return key + (uint64_t)ws->first * (uint64_t)step->outputs;
}

/* Return the outputs of a step. */
static double *value_after(const purenet_plan *plan, const purenet_step *step, double *values)
{
    return values + plan->slice_rows * step->value_offset;
}

/* Return the inputs of a step. */
static const double *value_before(const purenet_plan *plan, const purenet_step *step, const double *inputs,
                                  double *values)
{
    return step == plan->steps ? inputs : value_after(plan, step - 1, values);
}

/* Compute the values of the steps s from start to stop, for some rows from first on. */
static inline void forward_steps(const purenet_plan *plan, const double *parameters, const double *inputs,
                                 int32_t start, int32_t stop, ptrdiff_t first, ptrdiff_t rows, purenet_workspace *ws)
{
    const double *z = value_before(plan, &plan->steps[start], inputs, ws->values) + first * plan->steps[start].inputs;
    for (int32_t s = start; s < stop; s++) {
        const purenet_step *step = &plan->steps[s];
        double *a = value_after(plan, step, ws->values) + first * step->outputs;
        ptrdiff_t count = rows * step->outputs;
        switch (step->kind) {
        case PURENET_DENSE:
            purenet_dense_forward(&ws->ctx, z, parameter_of(step, 0, parameters), parameter_of(step, 1, parameters),
                                  ws->zeros, rows, step->inputs, step->outputs, a);
            break;
        case PURENET_CONV2D:
            purenet_conv2d_forward(&ws->ctx, z, &step->window, parameter_of(step, 0, parameters),
                                   parameter_of(step, 1, parameters), ws->zeros, rows, ws->scratch,
                                   (ptrdiff_t *)ws->offsets, a);
            break;
        case PURENET_MAX_POOL: purenet_max_pool_forward(z, &step->window, rows, a); break;
        case PURENET_AVERAGE_POOL: purenet_average_pool_forward(z, &step->window, rows, a); break;
        case PURENET_DROPOUT:
            if (ws->steps < 0)
                purenet_dropout_predict(z, count, a);
            else
                purenet_dropout_forward(z, key_of(plan, step, ws), step->settings[0], count, a);
            break;
        case PURENET_BATCH_NORM:
            if (ws->steps < 0)
                purenet_batch_norm_predict(z, parameter_of(step, 0, parameters), parameter_of(step, 1, parameters),
                                           parameters + step->statistic_offset[0],
                                           parameters + step->statistic_offset[1], step->settings[0],
                                           count / step->channels, step->channels, ws->scratch, a);
            else
                purenet_batch_norm_forward(z, parameter_of(step, 0, parameters), parameter_of(step, 1, parameters),
                                           step->settings[0], count / step->channels, step->channels, ws->scratch, a);
            break;
        case PURENET_SIGMOID_STEP: purenet_sigmoid_forward(&ws->ctx, z, count, a); break;
        case PURENET_TANH_STEP: purenet_tanh_forward(&ws->ctx, z, count, a); break;
        case PURENET_RELU_STEP: purenet_relu_forward(z, count, a); break;
        case PURENET_LEAKY_RELU_STEP: purenet_leaky_relu_forward(z, step->settings[0], count, a); break;
        case PURENET_SOFTPLUS_STEP: purenet_softplus_forward(&ws->ctx, z, count, a); break;
        case PURENET_SOFTMAX_STEP:
            purenet_softmax_forward(&ws->ctx, z, rows, step->outputs, ws->losses + first, a);
            break;
        case PURENET_ELU_STEP: purenet_elu_forward(z, step->settings[0], count, a); break;
        case PURENET_SILU_STEP: purenet_silu_forward(&ws->ctx, z, count, a); break;
        case PURENET_GELU_STEP: purenet_gelu_forward(&ws->ctx, z, count, a); break;
        }
        z = a;
    }
}

/* The same for division.c. It is a function of its own so that the static one is inlined where work is not divided. */
void purenet_forward_steps(const purenet_plan *plan, const double *parameters, const double *inputs, int32_t start,
                           int32_t stop, ptrdiff_t first, ptrdiff_t rows, purenet_workspace *ws)
{
    forward_steps(plan, parameters, inputs, start, stop, first, rows, ws);
}

/* Compute the values of all steps, from the inputs on. */
void purenet_forward(const purenet_plan *plan, const double *parameters, const double *inputs, ptrdiff_t rows,
                     purenet_workspace *ws)
{
    if (rows * ws->row_work < ws->divided_from)
        forward_steps(plan, parameters, inputs, 0, plan->step_count, 0, rows, ws);
    else
        purenet_divided_forward(plan, parameters, inputs, rows, ws);
}

/* Go back through a step for some rows from first on: from d_value, the gradient at its outputs, to d_other, the
   gradient at its inputs. */
static inline void backward_step(const purenet_plan *plan, const double *parameters, const double *inputs, int32_t s,
                                 ptrdiff_t first, ptrdiff_t rows, const double *d_value, double *d_other,
                                 purenet_workspace *ws)
{
    const purenet_step *step = &plan->steps[s];
    const double *a = value_after(plan, step, ws->values) + first * step->outputs;
    const double *z = value_before(plan, step, inputs, ws->values) + first * step->inputs;
    ptrdiff_t count = rows * step->outputs;
    d_value += first * step->outputs;
    d_other += first * step->inputs;
    switch (step->kind) {
    case PURENET_DENSE:
        purenet_dense_backward(&ws->ctx, z, d_value, s == 0, parameter_of(step, 0, parameters), ws->zeros, rows,
                               step->inputs, step->outputs, d_other, gradient_of(step, 0, ws),
                               gradient_of(step, 1, ws));
        break;
    case PURENET_CONV2D:
        purenet_conv2d_backward(&ws->ctx, z, d_value, s == 0, &step->window, parameter_of(step, 0, parameters),
                                ws->zeros, rows, ws->scratch, (ptrdiff_t *)ws->offsets, d_other,
                                gradient_of(step, 0, ws), gradient_of(step, 1, ws));
        break;
    case PURENET_MAX_POOL: purenet_max_pool_backward(z, d_value, &step->window, rows, d_other); break;
    case PURENET_AVERAGE_POOL: purenet_average_pool_backward(d_value, &step->window, rows, d_other); break;
    case PURENET_DROPOUT:
        purenet_dropout_backward(d_value, key_of(plan, step, ws), step->settings[0], count, d_other);
        break;
    case PURENET_BATCH_NORM:
        purenet_batch_norm_backward(z, d_value, s == 0, parameter_of(step, 0, parameters), step->settings[0],
                                    count / step->channels, step->channels, ws->scratch, d_other,
                                    gradient_of(step, 0, ws), gradient_of(step, 1, ws));
        break;
    case PURENET_SIGMOID_STEP: purenet_sigmoid_backward(a, d_value, count, d_other); break;
    case PURENET_TANH_STEP: purenet_tanh_backward(a, d_value, count, d_other); break;
    case PURENET_RELU_STEP: purenet_relu_backward(a, d_value, count, d_other); break;
    case PURENET_LEAKY_RELU_STEP: purenet_leaky_relu_backward(z, d_value, step->settings[0], count, d_other); break;
    case PURENET_SOFTPLUS_STEP: purenet_softplus_backward(z, d_value, count, d_other); break;
    case PURENET_SOFTMAX_STEP: purenet_softmax_backward(a, d_value, rows, step->outputs, d_other); break;
    case PURENET_ELU_STEP: purenet_elu_backward(z, d_value, step->settings[0], count, d_other); break;
    case PURENET_SILU_STEP: purenet_silu_backward(z, d_value, count, d_other); break;
    case PURENET_GELU_STEP: purenet_gelu_backward(z, d_value, count, d_other); break;
    }
}

/* The same for division.c, likewise. */
void purenet_backward_step(const purenet_plan *plan, const double *parameters, const double *inputs, int32_t s,
                           ptrdiff_t first, ptrdiff_t rows, const double *d_value, double *d_other,
                           purenet_workspace *ws)
{
    backward_step(plan, parameters, inputs, s, first, rows, d_value, d_other, ws);
}

/* Add to the gradient of every parameter, from d_value, the gradient at the value that the loss reads. */
void purenet_backward(const purenet_plan *plan, const double *parameters, const double *inputs, ptrdiff_t rows,
                      purenet_workspace *ws)
{
    double *d_value = ws->d_value;
    double *d_other = ws->d_other;
    for (int32_t s = plan->loss_input - 1; s >= 0; s--) {
        if (rows * ws->row_work < ws->divided_from || plan->steps[s].parameter_offset[0] >= 0)
            backward_step(plan, parameters, inputs, s, 0, rows, d_value, d_other, ws);
        else
            purenet_divided_backward(plan, parameters, inputs, s, rows, d_value, d_other, ws);
        double *swap = d_value;
        d_value = d_other;
        d_other = swap;
    }
}

/* Compute the new statistics from the old ones and the inputs of their steps. */
void purenet_updated_statistics(const purenet_plan *plan, const double *parameters, const double *inputs,
                                ptrdiff_t rows, purenet_workspace *ws)
{
    for (int32_t s = 0; s < plan->step_count; s++) {
        const purenet_step *step = &plan->steps[s];
        if (step->kind != PURENET_BATCH_NORM)
            continue;
        const double *z = value_before(plan, step, inputs, ws->values);
        purenet_batch_norm_statistics(z, parameters + step->statistic_offset[0], parameters + step->statistic_offset[1],
                                      step->settings[1], rows * step->outputs / step->channels, step->channels,
                                      ws->statistics + (step->statistic_offset[0] - plan->parameter_size),
                                      ws->statistics + (step->statistic_offset[1] - plan->parameter_size));
    }
}

/* Return loss[i] of every sample, before weights and means. */
void purenet_sample_losses(const purenet_plan *plan, const double *targets, ptrdiff_t rows, purenet_workspace *ws)
{
    const double *read = value_after(plan, &plan->steps[plan->loss_input - 1], ws->values);
    ptrdiff_t columns = plan->steps[plan->step_count - 1].outputs;
    double *losses = ws->losses;
    switch (plan->loss) {
    case PURENET_SQUARED_ERROR: purenet_squared_error_forward(read, targets, rows, columns, losses); break;
    case PURENET_HALF_SQUARED_ERROR: purenet_half_squared_error_forward(read, targets, rows, columns, losses); break;
    case PURENET_MEAN_ABSOLUTE_ERROR: purenet_mean_absolute_error_forward(read, targets, rows, columns, losses); break;
    case PURENET_HUBER: purenet_huber_forward(read, targets, plan->loss_setting, rows, columns, losses); break;
    case PURENET_BINARY_CROSS_ENTROPY:
        purenet_binary_cross_entropy_forward(&ws->ctx, read, targets, rows, columns, ws->d_value, losses);
        break;
    case PURENET_CATEGORICAL_CROSS_ENTROPY:
        purenet_categorical_cross_entropy_forward(&ws->ctx, read, targets, rows, columns, losses, losses);
        break;
    }
}

/* Return the factor of each sample's gradient: its weight, divided if the loss is a mean.
   A mean divides by the running total of the batch's weights, times the outputs if it is over
   cells. If all weights of a batch are 0, its factors are 0. */
void purenet_sample_factors(const purenet_plan *plan, const double *weights, double batch_weight, ptrdiff_t rows,
                            double *factors)
{
    double total = batch_weight * plan->mean_divisor;
    for (ptrdiff_t i = 0; i < rows; i++)
        factors[i] = plan->mean_divisor == 0 || batch_weight == 0.0 ? weights[i] : weights[i] / total;
}

/* Compute the losses of the samples and the new statistics, and add to the gradient of every parameter. */
void purenet_batch_gradients(const purenet_plan *plan, const double *parameters, const double *inputs,
                             const double *targets, const double *weights, double batch_weight, ptrdiff_t rows,
                             purenet_workspace *ws)
{
    purenet_forward(plan, parameters, inputs, rows, ws);
    purenet_sample_losses(plan, targets, rows, ws);
    purenet_sample_factors(plan, weights, batch_weight, rows, ws->factors);
    const double *predictions = value_after(plan, &plan->steps[plan->step_count - 1], ws->values);
    const double *factors = ws->factors;
    ptrdiff_t columns = plan->steps[plan->step_count - 1].outputs;
    double *d_value = ws->d_value;
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
        purenet_huber_backward(predictions, targets, factors, plan->loss_setting, rows, columns, d_value);
        break;
    }
    purenet_backward(plan, parameters, inputs, rows, ws);
    if (plan->total_size > plan->parameter_size)
        purenet_updated_statistics(plan, parameters, inputs, rows, ws);
}

/* Whether penalties or clipping change the gradients before the optimizer gets them. */
int32_t purenet_transforms_gradients(const purenet_plan *plan)
{
    return plan->penalty_count > 0 || plan->clip_norm != 0.0 || plan->clip_value != 0.0;
}

/* Return the factor of the penalties: 1; of means 1 / batch_weight, or 0 if all weights of the batch are 0. */
double purenet_penalty_factor(const purenet_plan *plan, double batch_weight)
{
    return !plan->penalty_mean ? 1.0 : batch_weight == 0.0 ? 0.0 : 1.0 / batch_weight;
}

/* Return the sum of the penalties, before means: one running total over all weights. */
double purenet_penalty_sum(const purenet_plan *plan, const double *parameters)
{
    double total = 0.0;
    for (int32_t n = 0; n < plan->penalty_count; n++)
        total = purenet_penalty_term(parameters + plan->penalties[n].first, plan->penalties[n].l1,
                                     plan->penalties[n].l2, total, plan->penalties[n].count);
    return total;
}

/* Return the gradients for the optimizer: with penalties added, then clipped. */
void purenet_transform_gradients(const purenet_plan *plan, const double *parameters, const double *gradients,
                                 double batch_weight, ptrdiff_t first, ptrdiff_t count, double *new_gradients)
{
    double share = purenet_penalty_factor(plan, batch_weight);
    memcpy(new_gradients + first, gradients + first, (size_t)count * sizeof(double));
    for (int32_t n = 0; n < plan->penalty_count; n++) {
        const purenet_penalty *penalty = &plan->penalties[n];
        ptrdiff_t start = penalty->first > first ? penalty->first : first;
        ptrdiff_t stop = penalty->first + penalty->count;
        stop = stop < first + count ? stop : first + count;
        double *gradient = new_gradients + start;
        purenet_penalized(parameters + start, gradient, penalty->l1 * share, penalty->l2 * share, stop - start,
                          gradient);
    }
    new_gradients += first;
    if (plan->clip_value != 0.0)
        purenet_clipped(new_gradients, plan->clip_value, count, new_gradients);
    if (plan->clip_norm == 0.0)
        return;
    double total = purenet_squares(new_gradients, 0.0, count);
    double factor = purenet_norm_factor(total, plan->clip_norm);
    purenet_scaled(new_gradients, factor, count, new_gradients);
}

/* Return the new parameters and optimizer numbers of count parameters from first on. */
void purenet_optimized(const purenet_plan *plan, const double *parameters, const double *numbers,
                       const double *gradients, double learning_rate, ptrdiff_t first, ptrdiff_t count,
                       double *new_parameters, double *new_numbers, const double *new_running)
{
    const double *settings = plan->optimizer_settings;
    ptrdiff_t size = plan->parameter_size;
    parameters += first;
    gradients += first;
    new_parameters += first;
    if (plan->optimizer_state_size > 0) {
        numbers += first;
        new_numbers += first;
    }
    switch (plan->optimizer) {
    case PURENET_SGD: purenet_sgd(parameters, gradients, learning_rate, count, new_parameters); break;
    case PURENET_SGD_MOMENTUM:
        purenet_sgd_momentum(parameters, numbers, gradients, learning_rate, settings[0], count, new_parameters,
                             new_numbers);
        break;
    case PURENET_SGD_NESTEROV:
        purenet_sgd_nesterov(parameters, numbers, gradients, learning_rate, settings[0], count, new_parameters,
                             new_numbers);
        break;
    case PURENET_RMSPROP:
        purenet_rmsprop(parameters, numbers, gradients, learning_rate, settings[0], settings[1], count, new_parameters,
                        new_numbers);
        break;
    case PURENET_RMSPROP_MOMENTUM:
        purenet_rmsprop_momentum(parameters, numbers, gradients, learning_rate, settings[0], settings[1], settings[2],
                                 count, size, new_parameters, new_numbers);
        break;
    case PURENET_ADAGRAD:
        purenet_adagrad(parameters, numbers, gradients, learning_rate, settings[0], settings[1], count, new_parameters,
                        new_numbers);
        break;
    case PURENET_ADAM:
        purenet_adam(parameters, numbers, gradients, learning_rate, settings[0], settings[1], settings[2],
                     new_running[0], new_running[1], count, size, new_parameters, new_numbers);
        break;
    case PURENET_RPROP:
        purenet_rprop(parameters, numbers, gradients, learning_rate, settings[0], settings[1], settings[2], settings[3],
                      count, size, new_parameters, new_numbers);
        break;
    }
    if (plan->weight_decay != 0.0)
        purenet_decayed(parameters, learning_rate * plan->weight_decay, count, new_parameters);
}

/* Compute the new parameters and optimizer numbers, and return whether they are finite.

   If the optimizer has running products, they are the last of its numbers. */
int32_t purenet_updated(purenet_context *ctx, const purenet_plan *plan, const double *parameters, const double *numbers,
                        const double *running, const double *gradients, double batch_weight, double learning_rate,
                        double *transformed, double *new_parameters, double *new_numbers, double *new_running)
{
    const double *settings = plan->optimizer_settings;
    ptrdiff_t count = plan->parameter_size;
    for (int32_t n = 0; n < plan->running; n++)
        new_running[n] = settings[n] * running[n];
    if (!purenet_transforms_gradients(plan))
        transformed = NULL;
    else if (plan->clip_norm != 0.0)
        purenet_transform_gradients(plan, parameters, gradients, batch_weight, 0, count, transformed);
    purenet_update update = {plan,          parameters,  numbers,        gradients,   batch_weight,
                             learning_rate, transformed, new_parameters, new_numbers, new_running};
    return purenet_divided_update(ctx, &update);
}

/* Return whether every number is finite. */
int32_t purenet_all_finite(int32_t level, const double *values, ptrdiff_t count)
{
    if (level > 0)
        return purenet_fast_all_finite(level, values, count);
    int32_t bad = 0;
    for (ptrdiff_t k = 0; k < count; k++)
        bad |= !(-LIMIT < values[k] && values[k] < LIMIT);
    return !bad;
}

/* Return the index of the first number that is infinite or NaN; -1 if all are finite. */
ptrdiff_t purenet_first_non_finite(int32_t level, const double *values, ptrdiff_t count)
{
    if (purenet_all_finite(level, values, count))
        return -1;
    ptrdiff_t k = 0;
    while (k < count && -LIMIT < values[k] && values[k] < LIMIT)
        k++;
    return k < count ? k : -1;
}
