/* The twin of purenet/reference/convolution.py. */
#include <string.h>

#include "common.h"
#include "fast/fast.h"

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

/* Threads divide the gradient of the kernel by so many rows, because tiles have at least as many. */
enum { ROWS_OF_KERNEL = 4 };

/* Return the size of the scratch memory: for a frame or, in backward, for the flipped kernel and a mirror. With several
   threads it is needed for each. */
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

/* Write the offsets of the patches: first where the patch of each output begins, then where the numbers of a patch are,
   by kernel row, kernel column, channel. Return the second offsets. */
static ptrdiff_t *patch_offsets(const purenet_window *window, ptrdiff_t *offsets)
{
    ptrdiff_t row = (stays_inside(window) ? window->width : covered_width(window)) * window->channels;
    ptrdiff_t *cells = offsets_of(0, window->out_height, window->out_width, window->down * row,
                                  window->right * window->channels, offsets);
    offsets_of(0, window->rows, window->columns * window->channels, row, 1, cells);
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

/* Write the same offsets for backward: where each input finds the gradients at the outputs that it affects, by kernel
   row, kernel column, filter. */
static ptrdiff_t *mirror_offsets(const purenet_window *window, ptrdiff_t *offsets)
{
    ptrdiff_t pixel = mirror_pixel(window), row = (window->width + window->columns - 1) * pixel;
    ptrdiff_t *cells = offsets_of(0, window->height, window->width, row, pixel, offsets), *next = cells;
    for (ptrdiff_t m = window->rows - 1; m >= 0; m--)
        for (ptrdiff_t n = window->columns - 1; n >= 0; n--)
            next = offsets_of(m * row + n * pixel, 1, window->filters, 0, mirror_filter(window), next);
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
    const ptrdiff_t *cells = patch_offsets(window, offsets);
    memset(scratch, 0, (size_t)frame_size(window) * sizeof(double));
    for (ptrdiff_t s = 0; s < rows; s++) {
        const double *image = framed(inputs + s * window->height * window->width * window->channels, window, scratch);
        purenet_multiply_scattered(ctx, start, 0, image, offsets, cells, kernel, window->filters, 1, count, terms,
                                   window->filters, outputs + s * count * window->filters);
    }
}

/* The arguments of a backward pass, for every thread. The threads share the offsets, of which cells are the second. */
typedef struct {
    purenet_context *ctx;
    const double *inputs, *d_outputs;
    const purenet_window *window;
    const double *right, *zeros;
    ptrdiff_t rows;
    double *scratch;
    ptrdiff_t *offsets;
    const ptrdiff_t *cells;
    double *d_inputs, *d_kernel, *d_bias;
} backward_job;

/* Compute d_inputs of some images, in a mirror of the thread's own. */
static void d_inputs_share(const void *job, int32_t thread, ptrdiff_t first, ptrdiff_t end)
{
    const backward_job *b = (const backward_job *)job;
    const purenet_window *window = b->window;
    purenet_context own = purenet_own_context(b->ctx, thread);
    double *mirror = b->scratch + thread * mirror_size(window);
    ptrdiff_t count = window->out_height * window->out_width * window->filters;
    ptrdiff_t pixels = window->height * window->width;
    memset(mirror, 0, (size_t)mirror_size(window) * sizeof(double));
    for (ptrdiff_t s = first; s < end; s++) {
        mirrored(b->d_outputs + s * count, window, mirror);
        purenet_multiply_scattered(&own, b->zeros, 0, mirror, b->offsets, b->cells, b->right, window->channels, 1,
                                   pixels, window->rows * window->columns * window->filters, window->channels,
                                   b->d_inputs + s * pixels * window->channels);
    }
}

/* Compute some rows of d_kernel, in a frame of the thread's own, or d_bias, which stands for the row after the last. */
static void d_kernel_share(const void *job, int32_t thread, ptrdiff_t first, ptrdiff_t end)
{
    const backward_job *b = (const backward_job *)job;
    const purenet_window *window = b->window;
    purenet_context own = purenet_own_context(b->ctx, thread);
    double *frame = b->scratch + thread * frame_size(window);
    ptrdiff_t width = window->filters;
    ptrdiff_t count = window->out_height * window->out_width;
    ptrdiff_t terms = window->rows * window->columns * window->channels;
    if (end > terms) {
        end = terms;
        if (b->d_bias)
            purenet_add_rows(b->d_outputs, b->rows * count, width, b->d_bias);
    }
    if (first >= end)
        return;
    memset(frame, 0, (size_t)frame_size(window) * sizeof(double));
    double *d_kernel = b->d_kernel + first * width;
    for (ptrdiff_t s = 0; s < b->rows; s++) {
        const double *image = framed(b->inputs + s * window->height * window->width * window->channels, window, frame);
        purenet_multiply_scattered(&own, d_kernel, width, image, b->cells + first, b->offsets,
                                   b->d_outputs + s * count * width, width, 1, end - first, count, width, d_kernel);
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
    backward_job job = {ctx,     inputs,  d_outputs, window,   scratch,  zeros, rows,
                        scratch, offsets, NULL,      d_inputs, d_kernel, d_bias};
    ptrdiff_t width = window->filters;
    ptrdiff_t cells = window->rows * window->columns * window->channels;
    if (!first) {
        ptrdiff_t pixels = window->height * window->width;
        flipped_kernel(kernel, window, scratch);
        job.scratch = scratch + cells * width;
        job.cells = mirror_offsets(window, offsets);
        purenet_divide(ctx, d_inputs_share, &job, rows, 1, (int64_t)rows * pixels * cells * width);
    }
    job.scratch = scratch;
    job.cells = patch_offsets(window, offsets);
    ptrdiff_t count = rows * window->out_height * window->out_width;
    purenet_divide(ctx, d_kernel_share, &job, cells + 1, ROWS_OF_KERNEL, (int64_t)count * cells * width);
}
