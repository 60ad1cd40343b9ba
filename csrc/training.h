/* What training.c and engine.c share: where things stand in the workspace. */
#ifndef PURENET_TRAINING_H
#define PURENET_TRAINING_H

#include "library.h"

typedef struct {
    purenet_hands hands;
    double *written, *team, *packed; /* of hands */
    double *values;             /* of every step, plan->slice rows each */
    double *d_value, *d_other;  /* the gradient on its way back, and where the next one goes */
    double *zeros;
    double *x, *y, *weights;    /* the rows of a shuffled slice */
    double *losses, *factors;
    double *gradients;
    double *statistics;         /* the new ones */
    double *prepared;           /* gradients as the optimizer gets them, where that is not as they are */
    double *room;               /* for a step to work in */
    double *offsets;            /* ptrdiff_t: where a step's products find their numbers */
    int64_t steps;              /* of training that are done; -1 for a prediction */
    int64_t first;              /* the number of the first row in its batch */
} purenet_places;

void purenet_forward(const purenet_plan *plan, const double *parameters, const double *inputs, ptrdiff_t rows,
                     purenet_places *at);
void purenet_backward(const purenet_plan *plan, const double *parameters, const double *inputs, ptrdiff_t rows,
                      purenet_places *at);
void purenet_sample_losses(const purenet_plan *plan, const double *targets, ptrdiff_t rows, purenet_places *at);
void purenet_sample_factors(const purenet_plan *plan, const double *weights, double batch_weight, ptrdiff_t rows,
                            double *factors);
void purenet_batch_gradients(const purenet_plan *plan, const double *parameters, const double *inputs,
                             const double *targets, const double *weights, double batch_weight, ptrdiff_t rows,
                             purenet_places *at);
void purenet_updated_statistics(const purenet_plan *plan, const double *parameters, const double *inputs,
                                ptrdiff_t rows, purenet_places *at);
int32_t purenet_prepares(const purenet_plan *plan);
void purenet_prepared(const purenet_plan *plan, const double *parameters, const double *gradients,
                      double *new_gradients);
void purenet_updated(const purenet_plan *plan, const double *parameters, const double *numbers, const double *running,
                     const double *gradients, double learning_rate, double *prepared, double *new_parameters,
                     double *new_numbers, double *new_running);
int32_t purenet_all_finite(int32_t level, const double *values, ptrdiff_t count);

#endif
