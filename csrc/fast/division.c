/* How threads divide a slice of a training: steps by rows, the update by parameters. Every output is computed by the
   same operations as in one thread, so no bit changes. Products divide themselves (threads.c), and so do the gradients
   of convolutions. */
#include "fast.h"

#include "../training.h"

enum {
    WORK_PER_NUMBER = 8, /* multiply-adds that take as long as one number of a step that is no product */
    UPDATED_AT_ONCE = 512 /* parameters whose old and new numbers stay in the L1 cache */
};

/* What threads divide by rows: the steps from start to stop, forward, or one step backward. */
typedef struct {
    const purenet_plan *plan;
    const double *parameters, *inputs;
    int32_t start, stop;
    double *d_value, *d_other;
    const purenet_workspace *ws;
} steps_job;

/* Return the workspace of one thread, with its own scratch memory, for the rows from first on. */
static purenet_workspace own_workspace(const purenet_workspace *ws, int32_t thread, ptrdiff_t first)
{
    purenet_workspace own = *ws;
    own.ctx = purenet_own_context(&ws->ctx, thread);
    own.scratch += thread * ws->scratch_size;
    own.offsets += thread * ws->offsets_size;
    own.first += first;
    return own;
}

static void forward_share(const void *job, int32_t thread, ptrdiff_t first, ptrdiff_t end)
{
    const steps_job *steps = (const steps_job *)job;
    purenet_workspace own = own_workspace(steps->ws, thread, first);
    purenet_forward_steps(steps->plan, steps->parameters, steps->inputs, steps->start, steps->stop, first, end - first,
                          &own);
}

/* Return how many multiply-adds take as long as a step, without its gradients. */
static int64_t work_of(const purenet_step *step, ptrdiff_t rows)
{
    int64_t work = rows * (step->inputs + step->outputs) * (int64_t)WORK_PER_NUMBER;
    if (step->kind == PURENET_DENSE)
        work = (int64_t)rows * step->inputs * step->outputs;
    if (step->kind == PURENET_CONV2D)
        work = (int64_t)rows * step->outputs * step->window.rows * step->window.columns * step->window.channels;
    return work;
}

/* Return the work of all steps for one row. */
int64_t purenet_row_work(const purenet_plan *plan)
{
    int64_t work = 0;
    for (int32_t s = 0; s < plan->step_count; s++)
        work += work_of(&plan->steps[s], 1);
    return work;
}

/* Whether threads divide a step by themselves, or not at all: a dense step of which the product is large, or one that
   looks at the whole batch. */
static int32_t is_whole(const purenet_step *step, ptrdiff_t rows, const purenet_workspace *ws)
{
    return step->kind == PURENET_DENSE ? work_of(step, rows) >= ws->ctx.single_thread_below
                                       : step->kind == PURENET_BATCH_NORM && ws->steps >= 0;
}

/* Compute the values of all steps: one step after the other by rows, as far as each row can go alone. */
void purenet_divided_forward(const purenet_plan *plan, const double *parameters, const double *inputs, ptrdiff_t rows,
                             purenet_workspace *ws)
{
    int32_t stop;
    for (int32_t start = 0; start < plan->step_count; start = stop) {
        int64_t work = 0;
        stop = start;
        while (stop < plan->step_count && !is_whole(&plan->steps[stop], rows, ws))
            work += work_of(&plan->steps[stop++], rows);
        if (stop == start) {
            stop++;
            purenet_forward_steps(plan, parameters, inputs, start, stop, 0, rows, ws);
        } else {
            steps_job job = {plan, parameters, inputs, start, stop, NULL, NULL, ws};
            purenet_divide(&ws->ctx, forward_share, &job, rows, 1, work);
        }
    }
}

static void backward_share(const void *job, int32_t thread, ptrdiff_t first, ptrdiff_t end)
{
    const steps_job *steps = (const steps_job *)job;
    purenet_workspace own = own_workspace(steps->ws, thread, first);
    purenet_backward_step(steps->plan, steps->parameters, steps->inputs, steps->start, first, end - first,
                          steps->d_value, steps->d_other, &own);
}

/* Go back through a step without parameters. */
void purenet_divided_backward(const purenet_plan *plan, const double *parameters, const double *inputs, int32_t s,
                              ptrdiff_t rows, double *d_value, double *d_other, purenet_workspace *ws)
{
    steps_job job = {plan, parameters, inputs, s, s + 1, d_value, d_other, ws};
    purenet_divide(&ws->ctx, backward_share, &job, rows, 1, work_of(&plan->steps[s], rows));
}

/* An update, and whether all its results are finite. */
typedef struct {
    const purenet_update *update;
    int32_t *is_finite;
} update_job;

/* Update the parameters from start to stop, a few at a time: all passes over these find them in the cache. */
static void update_share(const void *job, int32_t thread, ptrdiff_t start, ptrdiff_t stop)
{
    const update_job *own = (const update_job *)job;
    const purenet_update *update = own->update;
    const purenet_plan *plan = update->plan;
    int32_t good = thread >= 0; /* always: any thread can take any share */
    for (ptrdiff_t first = start; first < stop; first += UPDATED_AT_ONCE) {
        ptrdiff_t count = stop - first < UPDATED_AT_ONCE ? stop - first : UPDATED_AT_ONCE;
        const double *gradients = update->gradients;
        if (update->transformed) {
            if (plan->clip_norm == 0.0)
                purenet_transform_gradients(plan, update->parameters, gradients, update->batch_weight, first, count,
                                            update->transformed);
            gradients = update->transformed;
        }
        purenet_optimized(plan, update->parameters, update->numbers, gradients, update->learning_rate, first, count,
                          update->new_parameters, update->new_numbers, update->new_running);
        good &= purenet_all_finite(plan->level, update->new_parameters + first, count);
        for (int32_t kind = 0; kind < plan->optimizer_state_size; kind++)
            good &= purenet_all_finite(plan->level, update->new_numbers + kind * plan->parameter_size + first, count);
    }
    if (!good)
        __atomic_store_n(own->is_finite, 0, __ATOMIC_RELAXED);
}

/* Update all parameters, and return whether the new parameters and optimizer numbers are finite. */
int32_t purenet_divided_update(purenet_context *ctx, const purenet_update *update)
{
    int32_t is_finite = 1;
    update_job job = {update, &is_finite};
    ptrdiff_t count = update->plan->parameter_size;
    if (count <= UPDATED_AT_ONCE)
        update_share(&job, 0, 0, count);
    else
        purenet_divide(ctx, update_share, &job, count, UPDATED_AT_ONCE, count * (int64_t)WORK_PER_NUMBER);
    return is_finite;
}
