/* The twin of purenet/reference/optimizers.py. */
#include "library.h"

/* w = w - learning_rate g. */
void purenet_sgd(const double *parameter, const double *gradient, double learning_rate,
                 ptrdiff_t count, double *new_parameter)
{
    for (ptrdiff_t k = 0; k < count; k++)
        new_parameter[k] = parameter[k] - learning_rate * gradient[k];
}

/* v = momentum v - learning_rate g; w = w + v (Polyak's heavy ball). */
void purenet_sgd_momentum(const double *parameter, const double *numbers, const double *gradient,
                          double learning_rate, double momentum,
                          ptrdiff_t count, double *new_parameter, double *new_numbers)
{
    for (ptrdiff_t k = 0; k < count; k++) {
        double v = momentum * numbers[k] - learning_rate * gradient[k];
        new_numbers[k] = v;
        new_parameter[k] = parameter[k] + v;
    }
}

/* v = momentum v - learning_rate g; w = w + (momentum v - learning_rate g) with the new v (Sutskever 2013). */
void purenet_sgd_nesterov(const double *parameter, const double *numbers, const double *gradient,
                          double learning_rate, double momentum,
                          ptrdiff_t count, double *new_parameter, double *new_numbers)
{
    for (ptrdiff_t k = 0; k < count; k++) {
        double v = momentum * numbers[k] - learning_rate * gradient[k];
        new_numbers[k] = v;
        new_parameter[k] = parameter[k] + (momentum * v - learning_rate * gradient[k]);
    }
}
