/* The twin of purenet/reference/pooling.py. */
#include <string.h>

#include "library.h"

/* The first row or column of the image that output k sees, and the one behind the last. */
static ptrdiff_t part(ptrdiff_t k, ptrdiff_t stride, ptrdiff_t before, ptrdiff_t size, ptrdiff_t length, ptrdiff_t *end)
{
    ptrdiff_t start = k * stride - before;
    *end = start + size < length ? start + size : length;
    return start > 0 ? start : 0;
}

/* The largest number of each part, looked for row by row. */
void purenet_max_pool_forward(const double *inputs, const purenet_window *window, ptrdiff_t rows, double *outputs)
{
    for (ptrdiff_t s = 0; s < rows; s++) {
        const double *image = inputs + s * window->height * window->width * window->channels;
        for (ptrdiff_t i = 0; i < window->out_height; i++) {
            ptrdiff_t bottom, top = part(i, window->down, window->top, window->rows, window->height, &bottom);
            for (ptrdiff_t j = 0; j < window->out_width; j++) {
                ptrdiff_t right, left = part(j, window->right, window->left, window->columns, window->width, &right);
                const double *first = image + (top * window->width + left) * window->channels;
                for (ptrdiff_t c = 0; c < window->channels; c++)
                    outputs[c] = first[c];
                for (ptrdiff_t y = top; y < bottom; y++)
                    for (ptrdiff_t x = left; x < right; x++) {
                        const double *seen = image + (y * window->width + x) * window->channels;
                        for (ptrdiff_t c = 0; c < window->channels; c++) {
                            double v = seen[c], largest = outputs[c];
                            outputs[c] = v > largest ? v : largest;
                        }
                    }
                outputs += window->channels;
            }
        }
    }
}

/* d_outputs goes to the first of the largest numbers of its part; added up from 0.0, outputs row by row. */
void purenet_max_pool_backward(const double *inputs, const double *d_outputs, const purenet_window *window,
                               ptrdiff_t rows, double *d_inputs)
{
    ptrdiff_t size = window->height * window->width * window->channels;
    memset(d_inputs, 0, (size_t)(rows * size) * sizeof(double));
    for (ptrdiff_t s = 0; s < rows; s++) {
        const double *image = inputs + s * size;
        double *d_image = d_inputs + s * size;
        for (ptrdiff_t i = 0; i < window->out_height; i++) {
            ptrdiff_t bottom, top = part(i, window->down, window->top, window->rows, window->height, &bottom);
            for (ptrdiff_t j = 0; j < window->out_width; j++) {
                ptrdiff_t right, left = part(j, window->right, window->left, window->columns, window->width, &right);
                for (ptrdiff_t c = 0; c < window->channels; c++) {
                    ptrdiff_t first = (top * window->width + left) * window->channels + c;
                    double largest = image[first];
                    for (ptrdiff_t y = top; y < bottom; y++)
                        for (ptrdiff_t x = left; x < right; x++) {
                            ptrdiff_t place = (y * window->width + x) * window->channels + c;
                            double v = image[place];
                            first = v > largest ? place : first;
                            largest = v > largest ? v : largest;
                        }
                    d_image[first] = d_image[first] + *d_outputs++;
                }
            }
        }
    }
}

/* The mean of each part: a running total row by row from 0.0, divided by how many numbers it has. */
void purenet_average_pool_forward(const double *inputs, const purenet_window *window, ptrdiff_t rows, double *outputs)
{
    for (ptrdiff_t s = 0; s < rows; s++) {
        const double *image = inputs + s * window->height * window->width * window->channels;
        for (ptrdiff_t i = 0; i < window->out_height; i++) {
            ptrdiff_t bottom, top = part(i, window->down, window->top, window->rows, window->height, &bottom);
            for (ptrdiff_t j = 0; j < window->out_width; j++) {
                ptrdiff_t right, left = part(j, window->right, window->left, window->columns, window->width, &right);
                ptrdiff_t count = (bottom - top) * (right - left);
                for (ptrdiff_t c = 0; c < window->channels; c++)
                    outputs[c] = 0.0;
                for (ptrdiff_t y = top; y < bottom; y++)
                    for (ptrdiff_t x = left; x < right; x++) {
                        const double *seen = image + (y * window->width + x) * window->channels;
                        for (ptrdiff_t c = 0; c < window->channels; c++)
                            outputs[c] += seen[c];
                    }
                for (ptrdiff_t c = 0; c < window->channels; c++)
                    outputs[c] = outputs[c] / (double)count;
                outputs += window->channels;
            }
        }
    }
}

/* d_outputs / count goes to each number of its part; added up from 0.0, outputs row by row. */
void purenet_average_pool_backward(const double *d_outputs, const purenet_window *window, ptrdiff_t rows,
                                   double *d_inputs)
{
    ptrdiff_t size = window->height * window->width * window->channels;
    memset(d_inputs, 0, (size_t)(rows * size) * sizeof(double));
    for (ptrdiff_t s = 0; s < rows; s++) {
        double *d_image = d_inputs + s * size;
        for (ptrdiff_t i = 0; i < window->out_height; i++) {
            ptrdiff_t bottom, top = part(i, window->down, window->top, window->rows, window->height, &bottom);
            for (ptrdiff_t j = 0; j < window->out_width; j++) {
                ptrdiff_t right, left = part(j, window->right, window->left, window->columns, window->width, &right);
                ptrdiff_t count = (bottom - top) * (right - left);
                for (ptrdiff_t y = top; y < bottom; y++)
                    for (ptrdiff_t x = left; x < right; x++) {
                        double *seen = d_image + (y * window->width + x) * window->channels;
                        for (ptrdiff_t c = 0; c < window->channels; c++)
                            seen[c] = seen[c] + d_outputs[c] / (double)count;
                    }
                d_outputs += window->channels;
            }
        }
    }
}
