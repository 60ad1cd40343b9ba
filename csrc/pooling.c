/* The twin of purenet/reference/pooling.py. */
#include <string.h>

#include "common.h"

/* Return the first row (or column) of the image that window k covers, and the one after the last. */
static ptrdiff_t window_range(ptrdiff_t k, ptrdiff_t stride, ptrdiff_t padding, ptrdiff_t size, ptrdiff_t length,
                              ptrdiff_t *end)
{
    ptrdiff_t start = k * stride - padding;
    *end = start + size < length ? start + size : length;
    return start > 0 ? start : 0;
}

/* Return the largest number of each window, searched row by row. */
void purenet_max_pool_forward(const double *inputs, const purenet_window *window, ptrdiff_t rows, double *outputs)
{
    for (ptrdiff_t s = 0; s < rows; s++) {
        const double *image = inputs + s * window->height * window->width * window->channels;
        for (ptrdiff_t i = 0; i < window->out_height; i++) {
            ptrdiff_t bottom;
            ptrdiff_t top = window_range(i, window->down, window->top, window->rows, window->height, &bottom);
            for (ptrdiff_t j = 0; j < window->out_width; j++) {
                ptrdiff_t right;
                ptrdiff_t left = window_range(j, window->right, window->left, window->columns, window->width, &right);
                const double *first = image + (top * window->width + left) * window->channels;
                for (ptrdiff_t c = 0; c < window->channels; c++)
                    outputs[c] = first[c];
                for (ptrdiff_t y = top; y < bottom; y++)
                    for (ptrdiff_t x = left; x < right; x++) {
                        const double *pixel = image + (y * window->width + x) * window->channels;
                        for (ptrdiff_t c = 0; c < window->channels; c++) {
                            double v = pixel[c], largest = outputs[c];
                            outputs[c] = v > largest ? v : largest;
                        }
                    }
                outputs += window->channels;
            }
        }
    }
}

/* Return d_inputs: from 0.0, each gradient is added to the first largest number of its window, row by row. */
void purenet_max_pool_backward(const double *inputs, const double *d_outputs, const purenet_window *window,
                               ptrdiff_t rows, double *d_inputs)
{
    ptrdiff_t size = window->height * window->width * window->channels;
    memset(d_inputs, 0, (size_t)(rows * size) * sizeof(double));
    for (ptrdiff_t s = 0; s < rows; s++) {
        const double *image = inputs + s * size;
        double *d_image = d_inputs + s * size;
        for (ptrdiff_t i = 0; i < window->out_height; i++) {
            ptrdiff_t bottom;
            ptrdiff_t top = window_range(i, window->down, window->top, window->rows, window->height, &bottom);
            for (ptrdiff_t j = 0; j < window->out_width; j++) {
                ptrdiff_t right;
                ptrdiff_t left = window_range(j, window->right, window->left, window->columns, window->width, &right);
                for (ptrdiff_t c = 0; c < window->channels; c++) {
                    ptrdiff_t first = (top * window->width + left) * window->channels + c;
                    double largest = image[first];
                    for (ptrdiff_t y = top; y < bottom; y++)
                        for (ptrdiff_t x = left; x < right; x++) {
                            ptrdiff_t index = (y * window->width + x) * window->channels + c;
                            double v = image[index];
                            first = v > largest ? index : first;
                            largest = v > largest ? v : largest;
                        }
                    d_image[first] = d_image[first] + *d_outputs++;
                }
            }
        }
    }
}

/* Return the mean of each window: a running total row by row from 0.0, divided by the count of its numbers. */
void purenet_average_pool_forward(const double *inputs, const purenet_window *window, ptrdiff_t rows, double *outputs)
{
    for (ptrdiff_t s = 0; s < rows; s++) {
        const double *image = inputs + s * window->height * window->width * window->channels;
        for (ptrdiff_t i = 0; i < window->out_height; i++) {
            ptrdiff_t bottom;
            ptrdiff_t top = window_range(i, window->down, window->top, window->rows, window->height, &bottom);
            for (ptrdiff_t j = 0; j < window->out_width; j++) {
                ptrdiff_t right;
                ptrdiff_t left = window_range(j, window->right, window->left, window->columns, window->width, &right);
                ptrdiff_t count = (bottom - top) * (right - left);
                for (ptrdiff_t c = 0; c < window->channels; c++)
                    outputs[c] = 0.0;
                for (ptrdiff_t y = top; y < bottom; y++)
                    for (ptrdiff_t x = left; x < right; x++) {
                        const double *pixel = image + (y * window->width + x) * window->channels;
                        for (ptrdiff_t c = 0; c < window->channels; c++)
                            outputs[c] += pixel[c];
                    }
                for (ptrdiff_t c = 0; c < window->channels; c++)
                    outputs[c] = outputs[c] / (double)count;
                outputs += window->channels;
            }
        }
    }
}

/* Return d_inputs: from 0.0, each gradient / count is added to every number of its window, outputs row by row. */
void purenet_average_pool_backward(const double *d_outputs, const purenet_window *window, ptrdiff_t rows,
                                   double *d_inputs)
{
    ptrdiff_t size = window->height * window->width * window->channels;
    memset(d_inputs, 0, (size_t)(rows * size) * sizeof(double));
    for (ptrdiff_t s = 0; s < rows; s++) {
        double *d_image = d_inputs + s * size;
        for (ptrdiff_t i = 0; i < window->out_height; i++) {
            ptrdiff_t bottom;
            ptrdiff_t top = window_range(i, window->down, window->top, window->rows, window->height, &bottom);
            for (ptrdiff_t j = 0; j < window->out_width; j++) {
                ptrdiff_t right;
                ptrdiff_t left = window_range(j, window->right, window->left, window->columns, window->width, &right);
                ptrdiff_t count = (bottom - top) * (right - left);
                for (ptrdiff_t y = top; y < bottom; y++)
                    for (ptrdiff_t x = left; x < right; x++) {
                        double *pixel = d_image + (y * window->width + x) * window->channels;
                        for (ptrdiff_t c = 0; c < window->channels; c++)
                            pixel[c] = pixel[c] + d_outputs[c] / (double)count;
                    }
                d_outputs += window->channels;
            }
        }
    }
}
