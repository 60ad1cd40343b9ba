/* The twin of purenet/reference/convolution.py. */
#include <string.h>

#include "library.h"

/* What each output sees, a row an output: kernel row, kernel column, channel; 0.0 where there is no image. */
static void patches(const double *image, const purenet_window *window, double *rows)
{
    size_t nothing = (size_t)window->channels * sizeof(double);
    for (ptrdiff_t i = 0; i < window->out_height; i++)
        for (ptrdiff_t j = 0; j < window->out_width; j++) {
            ptrdiff_t start = j * window->right - window->left;
            int32_t inside = 0 <= start && start + window->columns <= window->width;
            for (ptrdiff_t m = 0; m < window->rows; m++) {
                ptrdiff_t y = i * window->down + m - window->top;
                if (inside && 0 <= y && y < window->height) {
                    ptrdiff_t place = (y * window->width + start) * window->channels;
                    memcpy(rows, image + place, (size_t)window->columns * nothing);
                    rows += window->columns * window->channels;
                    continue;
                }
                for (ptrdiff_t x = start; x < start + window->columns; x++) {
                    if (0 <= y && y < window->height && 0 <= x && x < window->width) {
                        ptrdiff_t place = (y * window->width + x) * window->channels;
                        memcpy(rows, image + place, nothing);
                    } else
                        memset(rows, 0, nothing);
                    rows += window->channels;
                }
            }
        }
}

/* Which of count outputs sees a place of the image with the first cell of its kernel; -1 if none does. */
static ptrdiff_t output_at(ptrdiff_t place, ptrdiff_t stride, ptrdiff_t count)
{
    if (place < 0)
        return -1;
    if (stride > 1) {
        if (place % stride > 0)
            return -1;
        place = place / stride;
    }
    return place < count ? place : -1;
}

/* The gradients at the outputs that each input goes to, a row an input: kernel row, kernel column, filter.
   Where the kernel's cell leads to no output, 0.0. */
static void seen_by(const double *d_image, const purenet_window *window, double *rows)
{
    size_t nothing = (size_t)window->filters * sizeof(double);
    for (ptrdiff_t y = 0; y < window->height; y++)
        for (ptrdiff_t x = 0; x < window->width; x++)
            for (ptrdiff_t m = 0; m < window->rows; m++) {
                ptrdiff_t i = output_at(y + window->top - m, window->down, window->out_height);
                for (ptrdiff_t n = 0; n < window->columns; n++) {
                    ptrdiff_t j = output_at(x + window->left - n, window->right, window->out_width);
                    if (i >= 0 && j >= 0) {
                        ptrdiff_t place = (i * window->out_width + j) * window->filters;
                        memcpy(rows, d_image + place, nothing);
                    } else
                        memset(rows, 0, nothing);
                    rows += window->filters;
                }
            }
}

/* The kernel with a row for each of its rows, columns and filters, and a column for each channel. */
static void turned(const double *kernel, const purenet_window *window, double *right)
{
    for (ptrdiff_t cell = 0; cell < window->rows * window->columns; cell++)
        for (ptrdiff_t f = 0; f < window->filters; f++)
            for (ptrdiff_t c = 0; c < window->channels; c++)
                *right++ = kernel[(cell * window->channels + c) * window->filters + f];
}

/* outputs[i][j][f] = bias[f] + sum over m, n, c of inputs[y][x][c] kernel[m][n][c][f].
   There y = i down + m - top and x = j right + n - left.
   The terms are added by kernel row m, kernel column n, channel c, ascending; padding is zeros that take part; 0.0
   stands for no bias. */
void purenet_conv2d_forward(purenet_hands *hands, const double *inputs, const purenet_window *window,
                            const double *kernel, const double *bias, const double *zeros, ptrdiff_t rows,
                            double *room, double *outputs)
{
    const double *start = bias ? bias : zeros;
    ptrdiff_t count = window->out_height * window->out_width;
    ptrdiff_t terms = window->rows * window->columns * window->channels;
    for (ptrdiff_t s = 0; s < rows; s++) {
        patches(inputs + s * window->height * window->width * window->channels, window, room);
        purenet_multiply(hands, start, 0, room, terms, 1, kernel, window->filters, 1, count, terms, window->filters,
                         outputs + s * count * window->filters);
    }
}

/* d_inputs, d_kernel and, with a bias, d_bias.
   forward: outputs = bias + sum over m, n, c of inputs kernel, so
   d_kernel[m][n][c][f] = sum of inputs d_outputs over samples, then the outputs row by row, ascending,
   d_bias[f] = sum of d_outputs in the same order, both going on from what stands there,
   d_inputs[y][x][c] = sum over m, n, f of d_outputs kernel, ascending from 0.0;
   the first step's inputs are the data, and their gradient, which nobody asks for, is left out. */
void purenet_conv2d_backward(purenet_hands *hands, const double *inputs, const double *d_outputs, int32_t first,
                             const purenet_window *window, const double *kernel, const double *zeros, ptrdiff_t rows,
                             double *room, double *d_inputs, double *d_kernel, double *d_bias)
{
    ptrdiff_t width = window->filters;
    ptrdiff_t count = window->out_height * window->out_width;
    ptrdiff_t cells = window->height * window->width;
    if (!first) {
        ptrdiff_t terms = window->rows * window->columns * width;
        double *right = room + cells * terms;
        turned(kernel, window, right);
        for (ptrdiff_t s = 0; s < rows; s++) {
            seen_by(d_outputs + s * count * width, window, room);
            purenet_multiply(hands, zeros, 0, room, terms, 1, right, window->channels, 1, cells, terms,
                             window->channels, d_inputs + s * cells * window->channels);
        }
    }
    ptrdiff_t terms = window->rows * window->columns * window->channels;
    for (ptrdiff_t s = 0; s < rows; s++) {
        const double *d_rows = d_outputs + s * count * width;
        patches(inputs + s * cells * window->channels, window, room);
        purenet_multiply(hands, d_kernel, width, room, 1, terms, d_rows, width, 1, terms, count, width, d_kernel);
    }
    if (d_bias)
        for (ptrdiff_t k = 0; k < rows * count; k++)
            for (ptrdiff_t f = 0; f < width; f++)
                d_bias[f] += d_outputs[k * width + f];
}
