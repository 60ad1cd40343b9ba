/* The training loop over batches, and prediction, in slices of rows: the C side of CompiledEngine. */
#include <string.h>

#include "library.h"
#include "fast/fast.h"
#include "training.h"

/* The most numbers that a step needs to work in. */
static int64_t largest_room(const purenet_plan *plan)
{
    int64_t largest = 0;
    for (int32_t s = 0; s < plan->step_count; s++) {
        int64_t room = 0;
        if (plan->steps[s].kind == PURENET_CONV2D)
            room = purenet_conv2d_room(&plan->steps[s].window);
        else if (plan->steps[s].kind == PURENET_BATCH_NORM)
            room = 6 * (int64_t)plan->steps[s].channels;
        if (room > largest)
            largest = room;
    }
    return largest;
}

/* The most offsets that a step's products go by. */
static int64_t most_offsets(const purenet_plan *plan)
{
    int64_t most = 0;
    for (int32_t s = 0; s < plan->step_count; s++)
        if (plan->steps[s].kind == PURENET_CONV2D) {
            int64_t offsets = purenet_conv2d_offsets(&plan->steps[s].window);
            if (offsets > most)
                most = offsets;
        }
    return most;
}

/* The places of a workspace, one after the other, and how many doubles each has. */
#define PLACES                                                           \
    PLACE(written, (int64_t)plan->threads * PURENET_KERNELS)             \
    PLACE(team, purenet_team_size())                                     \
    PLACE(packed, (int64_t)plan->threads * PURENET_PACKED)               \
    PLACE(values, (int64_t)plan->slice * (last->before + last->outputs)) \
    PLACE(d_value, (int64_t)plan->slice * plan->widest)                  \
    PLACE(d_other, (int64_t)plan->slice * plan->widest)                  \
    PLACE(zeros, plan->widest)                                           \
    PLACE(x, (int64_t)plan->slice * plan->steps[0].inputs)               \
    PLACE(y, (int64_t)plan->slice * last->outputs)                       \
    PLACE(weights, plan->slice)                                          \
    PLACE(losses, plan->slice)                                           \
    PLACE(factors, plan->slice)                                          \
    PLACE(gradients, plan->size)                                         \
    PLACE(statistics, plan->held - plan->size)                           \
    PLACE(prepared, purenet_prepares(plan) ? plan->size : 0)             \
    PLACE(room, largest_room(plan))                                      \
    PLACE(offsets, most_offsets(plan))

/* How many doubles the workspace of a plan must have; -1 for more than can be addressed. */
ptrdiff_t purenet_workspace_size(const purenet_plan *plan)
{
    const purenet_step *last = &plan->steps[plan->step_count - 1];
    int64_t size = 0;
#define PLACE(name, count) size += ((count) + 7) / 8 * 8;
    PLACES
#undef PLACE
    return size <= PTRDIFF_MAX / (int64_t)sizeof(double) ? (ptrdiff_t)size : -1;
}

/* Find the places, and be ready for work; finish() ends it. */
static void begin(const purenet_plan *plan, double *workspace, purenet_places *at)
{
    const purenet_step *last = &plan->steps[plan->step_count - 1];
#define PLACE(name, count) at->name = workspace; workspace += ((count) + 7) / 8 * 8;
    PLACES
#undef PLACE
    memset(at->zeros, 0, (size_t)plan->widest * sizeof(double));
    memset(at->written, 0, (size_t)plan->threads * PURENET_KERNELS * sizeof(int64_t));
    at->hands = (purenet_hands){
        plan->level, plan->threads, plan->small, plan->alone, at->packed, (int64_t *)at->written, NULL,
    };
    at->steps = -1;
    at->first = 0;
    purenet_team_begin(&at->hands, (purenet_team *)at->team);
}

static void finish(purenet_places *at)
{
    purenet_team_end(&at->hands);
}

/* Name what is not finite, first in plan order; 0 if nothing is. */
static int32_t find_trouble(const purenet_plan *plan, double loss, const double *gradients, const double *parameters,
                            const double *numbers, ptrdiff_t *place)
{
    int32_t level = plan->level;
    *place = 0;
    if (!(loss - loss == 0.0))
        return PURENET_LOSS_TROUBLE;
    /* a gradient that is not finite leaves a parameter that is not: so in most batches only the
       new numbers are looked at */
    if (purenet_all_finite(level, parameters, plan->held)
        && purenet_all_finite(level, numbers, plan->size * plan->kept))
        return PURENET_NO_TROUBLE;
    *place = purenet_first_non_finite(level, gradients, plan->size);
    if (*place >= 0)
        return PURENET_GRADIENT_TROUBLE;
    *place = purenet_first_non_finite(level, parameters, plan->size);
    if (*place >= 0)
        return PURENET_PARAMETER_TROUBLE;
    *place = purenet_first_non_finite(level, numbers, plan->size * plan->kept);
    if (*place >= 0) {
        *place %= plan->size; /* of its kind of numbers */
        return PURENET_NUMBER_TROUBLE;
    }
    *place = plan->size + purenet_first_non_finite(level, parameters + plan->size, plan->held - plan->size);
    return PURENET_STATISTIC_TROUBLE;
}

/* Copy the rows that order names next to one another. */
static void gather(const purenet_plan *plan, const purenet_run *run, const int64_t *chosen, ptrdiff_t rows,
                   purenet_places *at)
{
    size_t inputs = (size_t)plan->steps[0].inputs;
    size_t outputs = (size_t)plan->steps[plan->step_count - 1].outputs;
    for (ptrdiff_t i = 0; i < rows; i++) {
        size_t row = (size_t)chosen[i];
        memcpy(at->x + (size_t)i * inputs, run->x + row * inputs, inputs * sizeof(double));
        memcpy(at->y + (size_t)i * outputs, run->y + row * outputs, outputs * sizeof(double));
        at->weights[i] = run->weights[row];
    }
}

/* The sum, or the mean: one division, at the end.  0 where nothing has a weight. */
static double mean_loss(const purenet_plan *plan, double total, double total_weight)
{
    if (plan->divisor == 0 || total_weight == 0.0)
        return total;
    return total / (total_weight * plan->divisor);
}

static void begin_epoch(const purenet_state *state, purenet_run *run)
{
    run->in_epoch = 1;
    run->rows = 0;
    run->batch_rows = 0;
    run->total = 0.0;
    run->total_weight = 0.0;
    run->whole_total = 0.0;
    run->whole_weight = 0.0;
    if (run->shuffle) {
        run->next_stream = state->stream; /* the stream itself stays, in case the epoch is not finished */
        purenet_permutation(&run->next_stream, run->samples, run->order);
    }
}

static void begin_batch(const purenet_plan *plan, purenet_run *run, int64_t start, int64_t stop, double *gradients)
{
    memset(gradients, 0, (size_t)plan->size * sizeof(double));
    run->batch_total = 0.0;
    run->batch_weight = 0.0;
    for (int64_t i = start; i < stop; i++)
        run->batch_weight += run->weights[run->shuffle ? run->order[i] : i];
}

/* Go over to the next state.  A process that another thread forks meanwhile has what this thread had written by then,
   in the order of the program, which the compiler must keep: there it is done once more, from the beginning. */
void purenet_take_next(purenet_state *state)
{
    __atomic_signal_fence(__ATOMIC_SEQ_CST);
    state->changing = 1;
    __atomic_signal_fence(__ATOMIC_SEQ_CST);
    state->live = state->next_live;
    state->epoch = state->next_epoch;
    state->batch = state->next_batch;
    state->steps = state->next_steps;
    if (state->next_stream)
        state->stream = *state->next_stream;
    __atomic_signal_fence(__ATOMIC_SEQ_CST);
    state->changing = 0;
    __atomic_signal_fence(__ATOMIC_SEQ_CST);
}

static void finish_batch(const purenet_plan *plan, purenet_state *state, purenet_run *run, int64_t stop,
                         purenet_places *at)
{
    int32_t live = state->live;
    int32_t next = 1 - live;
    double rate = run->rates ? run->rates[state->steps - run->rates_from] : run->learning_rate;
    purenet_updated(plan, state->parameters[live], state->numbers[live], state->running[live], at->gradients, rate,
                    at->prepared, state->parameters[next], state->numbers[next], state->running[next]);
    memcpy(state->parameters[next] + plan->size, at->statistics, (size_t)(plan->held - plan->size) * sizeof(double));
    run->trouble = find_trouble(plan, run->batch_total, at->gradients, state->parameters[next], state->numbers[next],
                                &run->place);
    if (run->trouble) {
        run->rows -= run->batch_rows;
        return;
    }
    int32_t ended = stop == run->samples;
    state->next_live = next;
    state->next_steps = state->steps + 1;
    state->next_epoch = state->epoch + ended;
    /* the run's own: the state may be in an epoch broken off before */
    state->next_batch = ended ? 0 : run->rows / run->batch_size;
    state->next_stream = ended && run->shuffle ? &run->next_stream : NULL;
    purenet_take_next(state);
    run->batch_rows = 0;
    run->whole_total = run->total;
    run->whole_weight = run->total_weight;
    if (!ended)
        return;
    run->losses[run->losses_done] = run->so_far;
    run->losses_done += 1;
    run->rows = 0;
    run->in_epoch = 0;
}

/* The first number that does not lie between -limit and limit; -1 if all do.  Infinities and NaN never do. */
ptrdiff_t purenet_first_beyond(int32_t level, const double *values, ptrdiff_t count, double limit)
{
    ptrdiff_t k = level ? purenet_fast_within(values, count, limit) : 0;
    while (k < count && -limit < values[k] && values[k] < limit)
        k++;
    return k < count ? k : -1;
}

/* Whether the learning rate of the next step is known. */
static int has_rate(const purenet_state *state, const purenet_run *run)
{
    return !run->rates || state->steps - run->rates_from < run->rate_count;
}

/* Go on until budget rows or all the run's epochs are done, there is no rate, or a number is not finite. */
void purenet_train(const purenet_plan *plan, purenet_state *state, purenet_run *run, double *workspace)
{
    purenet_places at;
    begin(plan, workspace, &at);
    int64_t done = 0;
    while (done < run->budget && run->losses_done < run->epochs && has_rate(state, run)) {
        if (!run->in_epoch)
            begin_epoch(state, run);
        int64_t start = run->rows - run->batch_rows;
        int64_t stop = run->samples - start < run->batch_size ? run->samples : start + run->batch_size;
        if (run->batch_rows == 0)
            begin_batch(plan, run, start, stop, at.gradients);
        start += run->batch_rows;
        ptrdiff_t rows = (ptrdiff_t)(stop - start < plan->slice ? stop - start : plan->slice);
        const double *x = run->x + start * plan->steps[0].inputs;
        const double *y = run->y + start * plan->steps[plan->step_count - 1].outputs;
        const double *weights = run->weights + start;
        if (run->shuffle) {
            gather(plan, run, run->order + start, rows, &at);
            x = at.x;
            y = at.y;
            weights = at.weights;
        }
        at.steps = state->steps;
        at.first = run->batch_rows;
        purenet_batch_gradients(plan, state->parameters[state->live], x, y, weights, run->batch_weight, rows, &at);
        for (ptrdiff_t i = 0; i < rows; i++) {
            run->batch_total += weights[i] * at.losses[i];
            run->total += weights[i] * at.losses[i];
            run->total_weight += weights[i];
        }
        run->batch_rows += rows;
        run->rows += rows;
        done += rows;
        run->so_far = mean_loss(plan, run->total, run->total_weight);
        if (start + rows == stop)
            finish_batch(plan, state, run, stop, &at);
        if (run->trouble)
            break;
    }
    finish(&at);
}

/* The outputs for every row of x. */
void purenet_predict(const purenet_plan *plan, const double *parameters, const double *x, int64_t samples,
                     double *workspace, double *outputs)
{
    purenet_places at;
    const purenet_step *last = &plan->steps[plan->step_count - 1];
    begin(plan, workspace, &at);
    for (int64_t start = 0; start < samples; start += plan->slice) {
        ptrdiff_t rows = (ptrdiff_t)(samples - start < plan->slice ? samples - start : plan->slice);
        purenet_forward(plan, parameters, x + start * plan->steps[0].inputs, rows, &at);
        memcpy(outputs + start * last->outputs, at.values + plan->slice * last->before,
               (size_t)(rows * last->outputs) * sizeof(double));
    }
    finish(&at);
}

/* The loss over these rows and those before them. */
double purenet_evaluate(const purenet_plan *plan, const double *parameters, const double *x, const double *y,
                        const double *weights, int64_t samples, double *workspace, double *totals)
{
    purenet_places at;
    begin(plan, workspace, &at);
    double total = totals[0];
    double total_weight = totals[1];
    for (int64_t start = 0; start < samples; start += plan->slice) {
        ptrdiff_t rows = (ptrdiff_t)(samples - start < plan->slice ? samples - start : plan->slice);
        purenet_forward(plan, parameters, x + start * plan->steps[0].inputs, rows, &at);
        purenet_sample_losses(plan, y + start * plan->steps[plan->step_count - 1].outputs, rows, &at);
        for (ptrdiff_t i = 0; i < rows; i++) {
            total += weights[start + i] * at.losses[i];
            total_weight += weights[start + i];
        }
    }
    totals[0] = total;
    totals[1] = total_weight;
    finish(&at);
    return mean_loss(plan, total, total_weight);
}

/* The gradient of the loss over all rows, and the loss, as the next step of training would have them. */
void purenet_gradients(const purenet_plan *plan, const double *parameters, const double *x, const double *y,
                       const double *weights, int64_t samples, int64_t steps, double *workspace, double *gradients,
                       double *loss)
{
    purenet_places at;
    begin(plan, workspace, &at);
    at.gradients = gradients;
    at.steps = steps;
    memset(gradients, 0, (size_t)plan->size * sizeof(double));
    double batch_weight = 0.0;
    for (int64_t i = 0; i < samples; i++)
        batch_weight += weights[i];
    double total = 0.0;
    for (int64_t start = 0; start < samples; start += plan->slice) {
        ptrdiff_t rows = (ptrdiff_t)(samples - start < plan->slice ? samples - start : plan->slice);
        at.first = start;
        purenet_batch_gradients(plan, parameters, x + start * plan->steps[0].inputs,
                                y + start * plan->steps[plan->step_count - 1].outputs, weights + start, batch_weight,
                                rows, &at);
        for (ptrdiff_t i = 0; i < rows; i++)
            total += weights[start + i] * at.losses[i];
    }
    *loss = mean_loss(plan, total, batch_weight);
    finish(&at);
}
