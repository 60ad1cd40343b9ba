/* Whole trainings and predictions in slices of rows: the C side of CompiledEngine. */
#include <stddef.h>
#include <string.h>

#include "common.h"
#include "fast/fast.h"
#include "training.h"

/* Return the largest scratch memory that a step needs, in whole cache lines. */
static int64_t largest_scratch(const purenet_plan *plan)
{
    int64_t largest = 0;
    for (int32_t s = 0; s < plan->step_count; s++) {
        int64_t size = 0;
        if (plan->steps[s].kind == PURENET_CONV2D)
            size = purenet_conv2d_scratch(&plan->steps[s].window);
        else if (plan->steps[s].kind == PURENET_BATCH_NORM)
            size = 6 * (int64_t)plan->steps[s].channels;
        if (size > largest)
            largest = size;
    }
    return (largest + 7) / 8 * 8;
}

/* Return the largest number of offsets that a step's products need, in whole cache lines. */
static int64_t largest_offsets(const purenet_plan *plan)
{
    int64_t largest = 0;
    for (int32_t s = 0; s < plan->step_count; s++)
        if (plan->steps[s].kind == PURENET_CONV2D) {
            int64_t offsets = purenet_conv2d_offsets(&plan->steps[s].window);
            if (offsets > largest)
                largest = offsets;
        }
    return (largest + 7) / 8 * 8;
}

/* The buffers of a workspace, one after the other, and how many doubles each has for slices of rows. */
/* clang-format off */
#define BUFFERS                                                                        \
    BUFFER(team, purenet_team_size())                                                  \
    BUFFER(packing, (int64_t)plan->threads * PURENET_PACKING_SIZE)                     \
    BUFFER(values, rows * (last->value_offset + last->outputs))                        \
    BUFFER(d_value, rows * plan->max_width)                                            \
    BUFFER(d_other, rows * plan->max_width)                                            \
    BUFFER(zeros, plan->max_width)                                                     \
    BUFFER(x, rows * plan->steps[0].inputs)                                            \
    BUFFER(y, rows * last->outputs)                                                    \
    BUFFER(weights, rows)                                                              \
    BUFFER(losses, rows)                                                               \
    BUFFER(factors, rows)                                                              \
    BUFFER(gradients, plan->parameter_size)                                            \
    BUFFER(statistics, plan->total_size - plan->parameter_size)                        \
    BUFFER(transformed, purenet_transforms_gradients(plan) ? plan->parameter_size : 0) \
    BUFFER(scratch, plan->threads * largest_scratch(plan))                             \
    BUFFER(offsets, plan->threads * largest_offsets(plan))
/* clang-format on */

/* Return how many doubles the workspace of a plan needs for slices of rows; -1 if that exceeds the address space. */
ptrdiff_t purenet_workspace_size(const purenet_plan *plan, int64_t rows)
{
    const purenet_step *last = &plan->steps[plan->step_count - 1];
    int64_t size = 0;
#define BUFFER(name, count) size += ((count) + 7) / 8 * 8;
    BUFFERS
#undef BUFFER
    return size <= PTRDIFF_MAX / (int64_t)sizeof(double) ? (ptrdiff_t)size : -1;
}

/* Divide the workspace into its buffers and prepare a team of threads, which finish() ends. */
static void begin(const purenet_plan *plan, double *workspace, purenet_workspace *ws)
{
    const purenet_step *last = &plan->steps[plan->step_count - 1];
    int64_t rows = plan->slice_rows;
#define BUFFER(name, count) \
    ws->name = workspace; \
    workspace += ((count) + 7) / 8 * 8;
    BUFFERS
#undef BUFFER
    memset(ws->zeros, 0, (size_t)plan->max_width * sizeof(double));
    ws->ctx = (purenet_context){
        plan->level, plan->threads, plan->scalar_below, plan->single_thread_below, ws->packing, NULL,
    };
    ws->row_work = 0;
    ws->divided_from = 1;
    ws->scratch_size = ws->offsets_size = 0;
    if (plan->threads > 1) {
        ws->row_work = purenet_row_work(plan);
        ws->divided_from = plan->single_thread_below;
        ws->scratch_size = (ptrdiff_t)largest_scratch(plan);
        ws->offsets_size = (ptrdiff_t)largest_offsets(plan);
    }
    ws->steps = -1;
    ws->first = 0;
    purenet_team_begin(&ws->ctx, (purenet_team *)ws->team);
}

static void finish(purenet_workspace *ws)
{
    purenet_team_end(&ws->ctx);
}

/* Return which result is not finite and store the index of its first such number, in plan order. is_finite: whether the
   new parameters and optimizer numbers are finite. */
static int32_t find_non_finite(const purenet_plan *plan, double loss, int32_t is_finite, const double *gradients,
                               const double *parameters, const double *numbers, ptrdiff_t *index)
{
    int32_t level = plan->level;
    *index = 0;
    if (!(loss - loss == 0.0))
        return PURENET_NON_FINITE_LOSS;
    /* a gradient that is not finite makes its parameter not finite, so most batches check only the
       new numbers */
    ptrdiff_t statistics = plan->total_size - plan->parameter_size;
    if (is_finite && (statistics == 0 || purenet_all_finite(level, parameters + plan->parameter_size, statistics)))
        return PURENET_ALL_FINITE;
    *index = purenet_first_non_finite(level, gradients, plan->parameter_size);
    if (*index >= 0)
        return PURENET_NON_FINITE_GRADIENT;
    *index = purenet_first_non_finite(level, parameters, plan->parameter_size);
    if (*index >= 0)
        return PURENET_NON_FINITE_PARAMETER;
    *index = purenet_first_non_finite(level, numbers, plan->parameter_size * plan->optimizer_state_size);
    if (*index >= 0) {
        *index %= plan->parameter_size; /* among the numbers of one kind */
        return PURENET_NON_FINITE_NUMBER;
    }
    *index = purenet_first_non_finite(level, parameters + plan->parameter_size, statistics);
    *index += plan->parameter_size;
    return PURENET_NON_FINITE_STATISTIC;
}

/* Copy the chosen rows into adjacent memory. */
static void gather(const purenet_plan *plan, const purenet_run *run, const int64_t *chosen, ptrdiff_t rows,
                   purenet_workspace *ws)
{
    size_t inputs = (size_t)plan->steps[0].inputs;
    size_t outputs = (size_t)plan->steps[plan->step_count - 1].outputs;
    for (ptrdiff_t i = 0; i < rows; i++) {
        size_t row = (size_t)chosen[i];
        memcpy(ws->x + (size_t)i * inputs, run->x + row * inputs, inputs * sizeof(double));
        memcpy(ws->y + (size_t)i * outputs, run->y + row * outputs, outputs * sizeof(double));
        ws->weights[i] = run->weights[row];
    }
}

/* Return the sum, or the mean: one division, at the end. 0 if all weights are 0. */
static double mean_loss(const purenet_plan *plan, double total, double total_weight)
{
    if (plan->mean_divisor == 0 || total_weight == 0.0)
        return total;
    return total / (total_weight * plan->mean_divisor);
}

static void begin_epoch(const purenet_state *state, purenet_run *run)
{
    run->in_epoch = 1;
    run->rows = 0;
    run->batch_rows = 0;
    run->total = 0.0;
    run->total_weight = 0.0;
    run->committed_total = 0.0;
    run->committed_weight = 0.0;
    run->penalty = 0.0;
    if (run->shuffle) {
        run->next_stream = state->stream; /* the state keeps its stream until the epoch is finished */
        purenet_permutation(&run->next_stream, run->samples, run->order);
    }
}

static void begin_batch(const purenet_plan *plan, purenet_run *run, int64_t start, int64_t stop, double *gradients)
{
    memset(gradients, 0, (size_t)plan->parameter_size * sizeof(double));
    run->batch_total = 0.0;
    run->batch_weight = 0.0;
    for (int64_t i = start; i < stop; i++)
        run->batch_weight += run->weights[run->shuffle ? run->order[i] : i];
}

/* Commit the next state. If another thread forks during the commit, the child sees a prefix of these writes (the
   fences keep program order) and repeats the commit from the start. */
void purenet_commit_state(purenet_state *state)
{
    __atomic_signal_fence(__ATOMIC_SEQ_CST);
    state->committing = 1;
    __atomic_signal_fence(__ATOMIC_SEQ_CST);
    state->active = state->next_active;
    state->epoch = state->next_epoch;
    state->batch = state->next_batch;
    state->steps = state->next_steps;
    if (state->next_stream)
        state->stream = *state->next_stream;
    __atomic_signal_fence(__ATOMIC_SEQ_CST);
    state->committing = 0;
    __atomic_signal_fence(__ATOMIC_SEQ_CST);
}

static void finish_batch(const purenet_plan *plan, purenet_state *state, purenet_run *run, int64_t stop,
                         purenet_workspace *ws)
{
    int32_t active = state->active;
    int32_t next = 1 - active;
    double rate = run->rates ? run->rates[state->steps - run->rates_from] : run->learning_rate;
    size_t statistics = (size_t)(plan->total_size - plan->parameter_size);
    int32_t is_finite = purenet_updated(&ws->ctx, plan, state->parameters[active], state->numbers[active],
                                        state->running[active], ws->gradients, run->batch_weight, rate, ws->transformed,
                                        state->parameters[next], state->numbers[next], state->running[next]);
    memcpy(state->parameters[next] + plan->parameter_size, ws->statistics, statistics * sizeof(double));
    run->non_finite = find_non_finite(plan, run->batch_total, is_finite, ws->gradients, state->parameters[next],
                                      state->numbers[next], &run->non_finite_index);
    if (run->non_finite) {
        run->rows -= run->batch_rows;
        return;
    }
    if (plan->penalty_mean)
        run->penalty += purenet_penalty_sum(plan, state->parameters[active]);
    int32_t ended = stop == run->samples;
    state->next_active = next;
    state->next_steps = state->steps + 1;
    state->next_epoch = state->epoch + ended;
    /* from the run: the state can be in an epoch that an earlier run did not finish */
    state->next_batch = ended ? 0 : run->rows / run->batch_size;
    state->next_stream = ended && run->shuffle ? &run->next_stream : NULL;
    purenet_commit_state(state);
    run->batch_rows = 0;
    run->committed_total = run->total;
    run->committed_weight = run->total_weight;
    if (!ended)
        return;
    if (plan->penalty_mean)
        run->penalties[run->losses_done] = run->penalty;
    run->losses[run->losses_done] = run->epoch_loss;
    run->losses_done += 1;
    run->rows = 0;
    run->in_epoch = 0;
}

/* Return the index of the first number that is not between -limit and limit; -1 if all are. Infinities and NaN never
   are. */
ptrdiff_t purenet_first_beyond(int32_t level, const double *values, ptrdiff_t count, double limit)
{
    ptrdiff_t k = level ? purenet_fast_within(values, count, limit) : 0;
    while (k < count && -limit < values[k] && values[k] < limit)
        k++;
    return k < count ? k : -1;
}

/* Whether the run has a learning rate for the next step. */
static int has_rate(const purenet_state *state, const purenet_run *run)
{
    return !run->rates || state->steps - run->rates_from < run->rate_count;
}

/* Train until row_budget rows or all epochs are done, no learning rate is left, or a number is not finite. */
void purenet_train(const purenet_plan *plan, purenet_state *state, purenet_run *run, double *workspace)
{
    purenet_workspace ws;
    begin(plan, workspace, &ws);
    int64_t done = 0;
    while (done < run->row_budget && run->losses_done < run->epochs && has_rate(state, run)) {
        if (!run->in_epoch)
            begin_epoch(state, run);
        int64_t start = run->rows - run->batch_rows;
        int64_t stop = run->samples - start < run->batch_size ? run->samples : start + run->batch_size;
        if (run->batch_rows == 0)
            begin_batch(plan, run, start, stop, ws.gradients);
        start += run->batch_rows;
        ptrdiff_t rows = (ptrdiff_t)(stop - start < plan->slice_rows ? stop - start : plan->slice_rows);
        const double *x = run->x + start * plan->steps[0].inputs;
        const double *y = run->y + start * plan->steps[plan->step_count - 1].outputs;
        const double *weights = run->weights + start;
        if (run->shuffle) {
            gather(plan, run, run->order + start, rows, &ws);
            x = ws.x;
            y = ws.y;
            weights = ws.weights;
        }
        ws.steps = state->steps;
        ws.first = run->batch_rows;
        purenet_batch_gradients(plan, state->parameters[state->active], x, y, weights, run->batch_weight, rows, &ws);
        for (ptrdiff_t i = 0; i < rows; i++) {
            run->batch_total += weights[i] * ws.losses[i];
            run->total += weights[i] * ws.losses[i];
            run->total_weight += weights[i];
        }
        run->batch_rows += rows;
        run->rows += rows;
        done += rows;
        run->epoch_loss = mean_loss(plan, run->total, run->total_weight);
        if (start + rows == stop)
            finish_batch(plan, state, run, stop, &ws);
        if (run->non_finite)
            break;
    }
    finish(&ws);
}

/* Compute the outputs for every row of x. */
void purenet_predict(const purenet_plan *plan, const double *parameters, const double *x, int64_t samples,
                     double *workspace, double *outputs)
{
    purenet_workspace ws;
    const purenet_step *last = &plan->steps[plan->step_count - 1];
    begin(plan, workspace, &ws);
    for (int64_t start = 0; start < samples; start += plan->slice_rows) {
        ptrdiff_t rows = (ptrdiff_t)(samples - start < plan->slice_rows ? samples - start : plan->slice_rows);
        purenet_forward(plan, parameters, x + start * plan->steps[0].inputs, rows, &ws);
        memcpy(outputs + start * last->outputs, ws.values + plan->slice_rows * last->value_offset,
               (size_t)(rows * last->outputs) * sizeof(double));
    }
    finish(&ws);
}

/* Compute the outputs for a slice of unchecked rows, or refuse them. */
const double *purenet_predict_plain(const purenet_plan *plan, const purenet_state *state, const double *x, int64_t rows,
                                    double *workspace, double *out)
{
    struct alignment {
        char before;
        double number;
    };
    purenet_workspace ws;
    const purenet_step *last = &plan->steps[plan->step_count - 1];
    int64_t count = rows * last->outputs;
    if ((uintptr_t)x % offsetof(struct alignment, number) != 0 || !purenet_keeps_subnormals() ||
        !purenet_all_finite(plan->level, x, (ptrdiff_t)(rows * plan->steps[0].inputs)))
        return NULL;
    begin(plan, workspace, &ws);
    purenet_forward(plan, state->parameters[state->active], x, (ptrdiff_t)rows, &ws);
    finish(&ws);
    const double *outputs = ws.values + plan->slice_rows * last->value_offset;
    if (!purenet_all_finite(plan->level, outputs, (ptrdiff_t)count))
        return NULL;
    if (out)
        memcpy(out, outputs, (size_t)count * sizeof(double));
    return outputs;
}

/* Return the loss over these rows and those of earlier calls. */
double purenet_evaluate(const purenet_plan *plan, const double *parameters, const double *x, const double *y,
                        const double *weights, int64_t samples, double *workspace, double *totals)
{
    purenet_workspace ws;
    begin(plan, workspace, &ws);
    double total = totals[0];
    double total_weight = totals[1];
    for (int64_t start = 0; start < samples; start += plan->slice_rows) {
        ptrdiff_t rows = (ptrdiff_t)(samples - start < plan->slice_rows ? samples - start : plan->slice_rows);
        purenet_forward(plan, parameters, x + start * plan->steps[0].inputs, rows, &ws);
        purenet_sample_losses(plan, y + start * plan->steps[plan->step_count - 1].outputs, rows, &ws);
        for (ptrdiff_t i = 0; i < rows; i++) {
            total += weights[start + i] * ws.losses[i];
            total_weight += weights[start + i];
        }
    }
    totals[0] = total;
    totals[1] = total_weight;
    finish(&ws);
    return mean_loss(plan, total, total_weight);
}

/* Compute the loss over all rows and its gradients, as the next training step would. */
void purenet_gradients(const purenet_plan *plan, const double *parameters, const double *x, const double *y,
                       const double *weights, int64_t samples, int64_t steps, double *workspace, double *gradients,
                       double *loss)
{
    purenet_workspace ws;
    begin(plan, workspace, &ws);
    ws.gradients = gradients;
    ws.steps = steps;
    memset(gradients, 0, (size_t)plan->parameter_size * sizeof(double));
    double batch_weight = 0.0;
    for (int64_t i = 0; i < samples; i++)
        batch_weight += weights[i];
    double total = 0.0;
    for (int64_t start = 0; start < samples; start += plan->slice_rows) {
        ptrdiff_t rows = (ptrdiff_t)(samples - start < plan->slice_rows ? samples - start : plan->slice_rows);
        ws.first = start;
        purenet_batch_gradients(plan, parameters, x + start * plan->steps[0].inputs,
                                y + start * plan->steps[plan->step_count - 1].outputs, weights + start, batch_weight,
                                rows, &ws);
        for (ptrdiff_t i = 0; i < rows; i++)
            total += weights[start + i] * ws.losses[i];
    }
    *loss = mean_loss(plan, total, batch_weight);
    finish(&ws);
}
