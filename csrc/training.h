/* The interface between engine.c and training.c: the workspace, and the functions on slices of rows. */
#ifndef PURENET_TRAINING_H
#define PURENET_TRAINING_H

#include "common.h"

typedef struct {
    purenet_context ctx;
    double *team, *packing;     /* of ctx */
    double *values;             /* the outputs of every step, plan->slice_rows rows each */
    double *d_value, *d_other;  /* in backward: the gradient at a step's outputs, and at its inputs */
    double *zeros;
    double *x, *y, *weights;    /* the rows of a shuffled slice */
    double *losses;             /* before: the totals of softmax */
    double *factors;
    double *gradients;
    double *statistics;         /* the new ones */
    double *transformed;        /* gradients after penalties and clipping, if there are any */
    double *scratch;            /* of a step, for each thread */
    double *offsets;            /* ptrdiff_t: where a step's products find their numbers, for each thread */
    ptrdiff_t scratch_size, offsets_size; /* of one thread */
    int64_t row_work;           /* of all steps for one row; */
    int64_t divided_from;       /* from this much work on, threads divide the steps */
    int64_t steps;              /* training steps done so far; -1 for a prediction */
    int64_t first;              /* the number of the slice's first row in its batch */
} purenet_workspace;

void purenet_forward(const purenet_plan *plan, const double *parameters, const double *inputs, ptrdiff_t rows,
                     purenet_workspace *ws);
void purenet_backward(const purenet_plan *plan, const double *parameters, const double *inputs, ptrdiff_t rows,
                      purenet_workspace *ws);
void purenet_sample_losses(const purenet_plan *plan, const double *targets, ptrdiff_t rows, purenet_workspace *ws);
void purenet_sample_factors(const purenet_plan *plan, const double *weights, double batch_weight, ptrdiff_t rows,
                            double *factors);
void purenet_batch_gradients(const purenet_plan *plan, const double *parameters, const double *inputs,
                             const double *targets, const double *weights, double batch_weight, ptrdiff_t rows,
                             purenet_workspace *ws);
void purenet_updated_statistics(const purenet_plan *plan, const double *parameters, const double *inputs,
                                ptrdiff_t rows, purenet_workspace *ws);
int32_t purenet_transforms_gradients(const purenet_plan *plan);
double purenet_penalty_factor(const purenet_plan *plan, double batch_weight);
double purenet_penalty_sum(const purenet_plan *plan, const double *parameters);
/* count gradients from first on; a norm is that of these */
void purenet_transform_gradients(const purenet_plan *plan, const double *parameters, const double *gradients,
                                 double batch_weight, ptrdiff_t first, ptrdiff_t count, double *new_gradients);
/* Return whether all new parameters and optimizer numbers are finite. */
int32_t purenet_updated(purenet_context *ctx, const purenet_plan *plan, const double *parameters, const double *numbers,
                        const double *running, const double *gradients, double batch_weight, double learning_rate,
                        double *transformed, double *new_parameters, double *new_numbers, double *new_running);
void purenet_optimized(const purenet_plan *plan, const double *parameters, const double *numbers,
                       const double *gradients, double learning_rate, ptrdiff_t first, ptrdiff_t count,
                       double *new_parameters, double *new_numbers, const double *new_running);
void purenet_forward_steps(const purenet_plan *plan, const double *parameters, const double *inputs, int32_t start,
                           int32_t stop, ptrdiff_t first, ptrdiff_t rows, purenet_workspace *ws);
void purenet_backward_step(const purenet_plan *plan, const double *parameters, const double *inputs, int32_t s,
                           ptrdiff_t first, ptrdiff_t rows, const double *d_value, double *d_other,
                           purenet_workspace *ws);
int32_t purenet_all_finite(int32_t level, const double *values, ptrdiff_t count);

/* The arguments of an update, for every thread. transformed is null if gradients go to the optimizer as they are. If
   their norm is clipped, which is that of all gradients, they are there already. */
typedef struct {
    const purenet_plan *plan;
    const double *parameters, *numbers, *gradients;
    double batch_weight, learning_rate;
    double *transformed, *new_parameters, *new_numbers;
    const double *new_running;
} purenet_update;

/* fast/division.c */
void purenet_divided_forward(const purenet_plan *plan, const double *parameters, const double *inputs, ptrdiff_t rows,
                             purenet_workspace *ws);
void purenet_divided_backward(const purenet_plan *plan, const double *parameters, const double *inputs, int32_t s,
                              ptrdiff_t rows, double *d_value, double *d_other, purenet_workspace *ws);
int64_t purenet_row_work(const purenet_plan *plan);
int32_t purenet_divided_update(purenet_context *ctx, const purenet_update *update);

#endif
