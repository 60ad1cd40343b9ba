/* The twin of purenet/reference/convolution.py. */
#include <string.h>

#include "library.h"

/* What a kernel sees is not copied: the products find it in the image, by offsets.  Only where it sees beyond the
   image, there is a frame of zeros for the image to be put in. */

/* How far the kernel goes down and to the right. */
static ptrdiff_t seen_height(const purenet_window *window)
{
    return (window->out_height - 1) * window->down + window->rows;
}

static ptrdiff_t seen_width(const purenet_window *window)
{
    return (window->out_width - 1) * window->right + window->columns;
}

/* Whether it stays within the image. */
static int32_t stays_inside(const purenet_window *window)
{
    return window->top == 0 && window->left == 0 && seen_height(window) <= window->height &&
           seen_width(window) <= window->width;
}

/* How many numbers the frame has; 0 where there is none. */
static int64_t frame_size(const purenet_window *window)
{
    return stays_inside(window) ? 0 : (int64_t)seen_height(window) * seen_width(window) * window->channels;
}

/* How many numbers the mirror has, in which gradients stand on their way back. */
static int64_t mirror_size(const purenet_window *window)
{
    return (int64_t)(window->height + window->rows - 1) * (window->width + window->columns - 1) * window->filters;
}

static int64_t larger(int64_t a, int64_t b)
{
    return a > b ? a : b;
}

/* A frame; or, on the way back, the turned kernel and a mirror. */
int64_t purenet_conv2d_room(const purenet_window *window)
{
    int64_t kernel = (int64_t)window->rows * window->columns * window->channels * window->filters;
    return larger(frame_size(window), kernel + mirror_size(window));
}

/* An offset for each row of a product and for each of its terms. */
int64_t purenet_conv2d_offsets(const purenet_window *window)
{
    return larger((int64_t)window->out_height * window->out_width, (int64_t)window->height * window->width) +
           (int64_t)window->rows * window->columns * larger(window->channels, window->filters);
}

/* The offsets of a table of rows x columns, which begins at first; returns where the next table's go. */
static ptrdiff_t *offsets_of(ptrdiff_t first, ptrdiff_t rows, ptrdiff_t columns, ptrdiff_t down, ptrdiff_t right,
                             ptrdiff_t *offsets)
{
    for (ptrdiff_t i = 0; i < rows; i++)
        for (ptrdiff_t j = 0; j < columns; j++)
            *offsets++ = first + i * down + j * right;
    return offsets;
}

/* An empty frame, and where each output sees the image's numbers in it: the offsets of what the kernel's first number
   meets, and from there, which is returned, of what the others meet: kernel row, kernel column, channel. */
static ptrdiff_t *ready_to_see(const purenet_window *window, double *frame, ptrdiff_t *offsets)
{
    ptrdiff_t row = (stays_inside(window) ? window->width : seen_width(window)) * window->channels;
    ptrdiff_t *cells = offsets_of(0, window->out_height, window->out_width, window->down * row,
                                  window->right * window->channels, offsets);
    offsets_of(0, window->rows, window->columns * window->channels, row, 1, cells);
    memset(frame, 0, (size_t)frame_size(window) * sizeof(double));
    return cells;
}

/* The image in its frame, or itself if it needs none.  What no kernel sees stays outside. */
static const double *framed(const double *image, const purenet_window *window, double *frame)
{
    if (stays_inside(window))
        return image;
    ptrdiff_t row = seen_width(window), height = seen_height(window) - window->top, width = row - window->left;
    if (height > window->height)
        height = window->height;
    if (width > window->width)
        width = window->width;
    for (ptrdiff_t y = 0; y < height; y++)
        memcpy(frame + ((y + window->top) * row + window->left) * window->channels,
               image + y * window->width * window->channels, (size_t)(width * window->channels) * sizeof(double));
    return frame;
}

/* The same for the way back, in an empty mirror: where each input finds the gradients at the outputs that it goes to:
   kernel row, kernel column, filter. */
static ptrdiff_t *ready_to_mirror(const purenet_window *window, double *mirror, ptrdiff_t *offsets)
{
    ptrdiff_t row = (window->width + window->columns - 1) * window->filters;
    ptrdiff_t *cells = offsets_of((window->height - 1) * row + (window->width - 1) * window->filters, window->height,
                                  window->width, -row, -window->filters, offsets);
    offsets_of(0, window->rows, window->columns * window->filters, row, 1, cells);
    memset(mirror, 0, (size_t)mirror_size(window) * sizeof(double));
    return cells;
}

/* The gradients at the outputs, where the kernel's first cell meets the image, last row and column first: what an
   input goes to stands in the order of the kernel's cells.  Between and around them are zeros. */
static void mirrored(const double *d_image, const purenet_window *window, double *mirror)
{
    ptrdiff_t row = window->width + window->columns - 1;
    for (ptrdiff_t i = 0; i < window->out_height; i++)
        for (ptrdiff_t j = 0; j < window->out_width; j++) {
            ptrdiff_t y = window->height - 1 + window->top - i * window->down;
            ptrdiff_t x = window->width - 1 + window->left - j * window->right;
            memcpy(mirror + (y * row + x) * window->filters, d_image, (size_t)window->filters * sizeof(double));
            d_image += window->filters;
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
                            double *room, ptrdiff_t *offsets, double *outputs)
{
    const double *start = bias ? bias : zeros;
    ptrdiff_t count = window->out_height * window->out_width;
    ptrdiff_t terms = window->rows * window->columns * window->channels;
    const ptrdiff_t *cells = ready_to_see(window, room, offsets);
    for (ptrdiff_t s = 0; s < rows; s++) {
        const double *image = framed(inputs + s * window->height * window->width * window->channels, window, room);
        purenet_multiply_scattered(hands, start, 0, image, offsets, cells, kernel, window->filters, 1, count, terms,
                                   window->filters, outputs + s * count * window->filters);
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
                             double *room, ptrdiff_t *offsets, double *d_inputs, double *d_kernel, double *d_bias)
{
    ptrdiff_t width = window->filters;
    ptrdiff_t count = window->out_height * window->out_width;
    ptrdiff_t places = window->height * window->width;
    ptrdiff_t terms = window->rows * window->columns * width;
    if (!first) {
        double *right = room, *mirror = room + terms * window->channels;
        const ptrdiff_t *cells = ready_to_mirror(window, mirror, offsets);
        turned(kernel, window, right);
        for (ptrdiff_t s = 0; s < rows; s++) {
            mirrored(d_outputs + s * count * width, window, mirror);
            purenet_multiply_scattered(hands, zeros, 0, mirror, offsets, cells, right, window->channels, 1, places,
                                       terms, window->channels, d_inputs + s * places * window->channels);
        }
    }
    terms = window->rows * window->columns * window->channels;
    const ptrdiff_t *cells = ready_to_see(window, room, offsets);
    for (ptrdiff_t s = 0; s < rows; s++) {
        const double *image = framed(inputs + s * places * window->channels, window, room);
        purenet_multiply_scattered(hands, d_kernel, width, image, cells, offsets, d_outputs + s * count * width, width,
                                   1, terms, count, width, d_kernel);
    }
    if (d_bias)
        purenet_add_rows(d_outputs, rows * count, width, d_bias);
}
