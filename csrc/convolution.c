/* The twin of purenet/reference/convolution.py. */
#include <string.h>

#include "common.h"

/* The reference copies the patches of an image. Here the products find their numbers in the image, by offsets. If the
   kernel reaches beyond the image, the image is copied into a frame of zeros first. */

/* Return how many rows of the padded image the kernel covers. */
static ptrdiff_t covered_height(const purenet_window *window)
{
    return (window->out_height - 1) * window->down + window->rows;
}

/* Return how many columns of the padded image the kernel covers. */
static ptrdiff_t covered_width(const purenet_window *window)
{
    return (window->out_width - 1) * window->right + window->columns;
}

/* Whether the kernel stays within the image. */
static int32_t stays_inside(const purenet_window *window)
{
    return window->top == 0 && window->left == 0 && covered_height(window) <= window->height &&
           covered_width(window) <= window->width;
}

/* Return how many numbers the frame has; 0 if none is needed. */
static int64_t frame_size(const purenet_window *window)
{
    return stays_inside(window) ? 0 : (int64_t)covered_height(window) * covered_width(window) * window->channels;
}

/* Return how many numbers the mirror has: the spread gradients of one output image. */
static int64_t mirror_size(const purenet_window *window)
{
    return (int64_t)(window->height + window->rows - 1) * (window->width + window->columns - 1) * window->filters;
}

static int64_t larger(int64_t a, int64_t b)
{
    return a > b ? a : b;
}

/* Return the size of the scratch memory: for a frame or, in backward, for the flipped kernel and a mirror. */
int64_t purenet_conv2d_scratch(const purenet_window *window)
{
    int64_t kernel = (int64_t)window->rows * window->columns * window->channels * window->filters;
    return larger(frame_size(window), kernel + mirror_size(window));
}

/* Return how many offsets a product needs: one for each of its rows and of its terms. */
int64_t purenet_conv2d_offsets(const purenet_window *window)
{
    return larger((int64_t)window->out_height * window->out_width, (int64_t)window->height * window->width) +
           (int64_t)window->rows * window->columns * larger(window->channels, window->filters);
}

/* Write the offsets of a table of rows x columns that begins at first. Return where the next offsets go. */
static ptrdiff_t *offsets_of(ptrdiff_t first, ptrdiff_t rows, ptrdiff_t columns, ptrdiff_t down, ptrdiff_t right,
                             ptrdiff_t *offsets)
{
    for (ptrdiff_t i = 0; i < rows; i++)
        for (ptrdiff_t j = 0; j < columns; j++)
            *offsets++ = first + i * down + j * right;
    return offsets;
}

/* Clear the frame and write the offsets of the patches: first where the patch of each output begins, then where the
   numbers of a patch are, by kernel row, kernel column, channel. Return the second offsets. */
static ptrdiff_t *prepare_patches(const purenet_window *window, double *frame, ptrdiff_t *offsets)
{
    ptrdiff_t row = (stays_inside(window) ? window->width : covered_width(window)) * window->channels;
    ptrdiff_t *cells = offsets_of(0, window->out_height, window->out_width, window->down * row,
                                  window->right * window->channels, offsets);
    offsets_of(0, window->rows, window->columns * window->channels, row, 1, cells);
    memset(frame, 0, (size_t)frame_size(window) * sizeof(double));
    return cells;
}

/* Return the image in its frame, or the image itself if it needs none. The frame has only what kernels cover. */
static const double *framed(const double *image, const purenet_window *window, double *frame)
{
    if (stays_inside(window))
        return image;
    ptrdiff_t row = covered_width(window), height = covered_height(window) - window->top, width = row - window->left;
    if (height > window->height)
        height = window->height;
    if (width > window->width)
        width = window->width;
    for (ptrdiff_t y = 0; y < height; y++)
        memcpy(frame + ((y + window->top) * row + window->left) * window->channels,
               image + y * window->width * window->channels, (size_t)(width * window->channels) * sizeof(double));
    return frame;
}

/* Return how far apart two pixels of the mirror are: one filter after the other if there is one channel, so that the
   products find pixels adjacent in memory, else one pixel after the other. */
static ptrdiff_t mirror_pixel(const purenet_window *window)
{
    return window->channels == 1 ? 1 : window->filters;
}

/* Return how far apart two filters of the mirror are. */
static ptrdiff_t mirror_filter(const purenet_window *window)
{
    return window->channels == 1 ? (ptrdiff_t)(mirror_size(window) / window->filters) : 1;
}

/* Clear the mirror and write the same offsets for backward: where each input finds the gradients at the outputs that it
   affects, by kernel row, kernel column, filter. */
static ptrdiff_t *prepare_mirror(const purenet_window *window, double *mirror, ptrdiff_t *offsets)
{
    ptrdiff_t pixel = mirror_pixel(window), row = (window->width + window->columns - 1) * pixel;
    ptrdiff_t *cells = offsets_of(0, window->height, window->width, row, pixel, offsets), *next = cells;
    for (ptrdiff_t m = window->rows - 1; m >= 0; m--)
        for (ptrdiff_t n = window->columns - 1; n >= 0; n--)
            next = offsets_of(m * row + n * pixel, 1, window->filters, 0, mirror_filter(window), next);
    memset(mirror, 0, (size_t)mirror_size(window) * sizeof(double));
    return cells;
}

/* Write the gradients at the outputs into the mirror, each at the place of its kernel's last cell, with zeros between
   and around them. */
static void mirrored(const double *d_image, const purenet_window *window, double *mirror)
{
    ptrdiff_t pixel = mirror_pixel(window), row = (window->width + window->columns - 1) * pixel;
    ptrdiff_t filter = mirror_filter(window);
    for (ptrdiff_t i = 0; i < window->out_height; i++)
        for (ptrdiff_t j = 0; j < window->out_width; j++) {
            ptrdiff_t y = window->rows - 1 - window->top + i * window->down;
            double *to = mirror + y * row + (window->columns - 1 - window->left + j * window->right) * pixel;
            for (ptrdiff_t f = 0; f < window->filters; f++)
                to[f * filter] = *d_image++;
        }
}

/* Return the kernel with a row for each kernel row, column and filter, and a column for each channel. */
static void flipped_kernel(const double *kernel, const purenet_window *window, double *right)
{
    for (ptrdiff_t cell = 0; cell < window->rows * window->columns; cell++)
        for (ptrdiff_t f = 0; f < window->filters; f++)
            for (ptrdiff_t c = 0; c < window->channels; c++)
                *right++ = kernel[(cell * window->channels + c) * window->filters + f];
}

/* outputs[i][j][f] = bias[f] + sum over m, n, c of inputs[y][x][c] kernel[m][n][c][f].
   Here y = i down + m - top and x = j right + n - left.
   The terms are added by kernel row m, kernel column n, channel c, ascending. The zeros of the padding take part.
   Without a bias, 0.0 takes its place. */
void purenet_conv2d_forward(purenet_context *ctx, const double *inputs, const purenet_window *window,
                            const double *kernel, const double *bias, const double *zeros, ptrdiff_t rows,
                            double *scratch, ptrdiff_t *offsets, double *outputs)
{
    const double *start = bias ? bias : zeros;
    ptrdiff_t count = window->out_height * window->out_width;
    ptrdiff_t terms = window->rows * window->columns * window->channels;
    const ptrdiff_t *cells = prepare_patches(window, scratch, offsets);
    for (ptrdiff_t s = 0; s < rows; s++) {
        const double *image = framed(inputs + s * window->height * window->width * window->channels, window, scratch);
        purenet_multiply_scattered(ctx, start, 0, image, offsets, cells, kernel, window->filters, 1, count, terms,
                                   window->filters, outputs + s * count * window->filters);
    }
}

/* Return d_inputs, d_kernel and, if there is a bias, d_bias.
   forward: outputs = bias + sum over m, n, c of inputs kernel, so
   d_kernel[m][n][c][f] = sum of inputs d_outputs over samples, then the outputs row by row, ascending,
   d_bias[f] = sum of d_outputs in the same order, both added to the gradients so far,
   d_inputs[y][x][c] = sum over m, n, f of d_outputs kernel, ascending from 0.0.
   The first step's inputs are the data, so their gradient is not computed. */
void purenet_conv2d_backward(purenet_context *ctx, const double *inputs, const double *d_outputs, int32_t first,
                             const purenet_window *window, const double *kernel, const double *zeros, ptrdiff_t rows,
                             double *scratch, ptrdiff_t *offsets, double *d_inputs, double *d_kernel, double *d_bias)
{
    ptrdiff_t width = window->filters;
    ptrdiff_t count = window->out_height * window->out_width;
    ptrdiff_t pixels = window->height * window->width;
    ptrdiff_t terms = window->rows * window->columns * width;
    if (!first) {
        double *right = scratch, *mirror = scratch + terms * window->channels;
        const ptrdiff_t *cells = prepare_mirror(window, mirror, offsets);
        flipped_kernel(kernel, window, right);
        for (ptrdiff_t s = 0; s < rows; s++) {
            mirrored(d_outputs + s * count * width, window, mirror);
            purenet_multiply_scattered(ctx, zeros, 0, mirror, offsets, cells, right, window->channels, 1, pixels, terms,
                                       window->channels, d_inputs + s * pixels * window->channels);
        }
    }
    terms = window->rows * window->columns * window->channels;
    const ptrdiff_t *cells = prepare_patches(window, scratch, offsets);
    for (ptrdiff_t s = 0; s < rows; s++) {
        const double *image = framed(inputs + s * pixels * window->channels, window, scratch);
        purenet_multiply_scattered(ctx, d_kernel, width, image, cells, offsets, d_outputs + s * count * width, width, 1,
                                   terms, count, width, d_kernel);
    }
    if (d_bias)
        purenet_add_rows(d_outputs, rows * count, width, d_bias);
}
