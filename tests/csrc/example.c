/* The library alone, without Python: trains the 3-4-1 network of the articles (python -m purenet demo two-layer)
   and prints the bytes of its weights. From the root of the checkout:

       gcc -std=c99 -O2 -ffp-contract=off -fno-fast-math -Icsrc tests/csrc/example.c \
           csrc/[a-z]*.c csrc/fast/[a-z]*.c -lm -pthread
       ./a.out | xxd -r -p | sha256sum

   gives the digest that Python prints, whatever the compiler and the machine. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common.h"

enum { SAMPLES = 4, EPOCHS = 1500, WEIGHTS = 16 };

/* a sample passes four steps: each has the numbers of its inputs and outputs, the sum of the outputs of earlier steps,
   and where its weights and its bias begin (-1: it has none) */
static const purenet_step steps[] = {
    {.kind = PURENET_DENSE, .inputs = 3, .outputs = 4, .value_offset = 0, .parameter_offset = {0, -1}},
    {.kind = PURENET_SIGMOID_STEP, .inputs = 4, .outputs = 4, .value_offset = 4, .parameter_offset = {-1, -1}},
    {.kind = PURENET_DENSE, .inputs = 4, .outputs = 1, .value_offset = 8, .parameter_offset = {12, -1}},
    {.kind = PURENET_SIGMOID_STEP, .inputs = 1, .outputs = 1, .value_offset = 9, .parameter_offset = {-1, -1}},
};

static const purenet_plan plan = {
    .steps = steps, .step_count = 4, .loss = PURENET_SQUARED_ERROR, .loss_input = 4, .optimizer = PURENET_SGD,
    .parameter_size = WEIGHTS, .total_size = WEIGHTS, .max_width = 4, .slice_rows = SAMPLES, .level = 0, .threads = 1,
};

static const double x[SAMPLES * 3] = {0, 0, 1, 0, 1, 1, 1, 0, 1, 1, 1, 1};
static const double y[SAMPLES] = {0, 1, 1, 0};
static const double sample_weights[SAMPLES] = {1, 1, 1, 1};

static double first[WEIGHTS], second[WEIGHTS], losses[EPOCHS];

int main(void)
{
    double *workspace = malloc((size_t)purenet_workspace_size(&plan, plan.slice_rows) * sizeof *workspace);
    if (!workspace)
        return 1;

    static purenet_state state = {.parameters = {first, second}};
    purenet_seed(&state.stream, 1);
    purenet_draw(&state.stream, PURENET_UNIFORM, 0.0, 1.0, WEIGHTS, first);

    static purenet_run run = {
        .x = x, .y = y, .weights = sample_weights, .samples = SAMPLES, .batch_size = SAMPLES, .epochs = EPOCHS,
        .learning_rate = 1.0, .row_budget = 1000, .losses = losses,
    };
    while (run.losses_done < run.epochs && !run.non_finite)
        purenet_train(&plan, &state, &run, workspace); /* 1000 rows a call: time for other things in between */

    const double *trained = state.parameters[state.active];
    for (int k = 0; k < WEIGHTS; k++) {
        uint64_t bits;
        memcpy(&bits, &trained[k], sizeof bits);
        for (int byte = 0; byte < 8; byte++)
            printf("%02x", (unsigned)(bits >> 8 * byte & 0xFF)); /* little-endian, also where memory is not */
    }
    printf("\n");
    free(workspace);
    return run.non_finite != PURENET_ALL_FINITE;
}
