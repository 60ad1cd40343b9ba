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
    double *losses, *factors;
    double *gradients;
    double *statistics;         /* the new ones */
    double *transformed;        /* gradients after penalties and clipping, if there are any */
    double *scratch;            /* of a step */
    double *offsets;            /* ptrdiff_t: where a step's products find their numbers */
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
void purenet_transform_gradients(const purenet_plan *plan, const double *parameters, const double *gradients,
                                 double *new_gradients);
void purenet_updated(const purenet_plan *plan, const double *parameters, const double *numbers, const double *running,
                     const double *gradients, double learning_rate, double *transformed, double *new_parameters,
                     double *new_numbers, double *new_running);
int32_t purenet_all_finite(int32_t level, const double *values, ptrdiff_t count);

#endif
