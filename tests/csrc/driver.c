/* Runs the library without Python: reads cases from standard input and prints every bit that comes of them.
   tools/checks/driver_cases.py writes the cases and computes the reference's answers; tools/environments/verify_c.py
   writes the golden vectors.

   Input is words between blanks: whole numbers in decimal, doubles as the 16 hexadecimal digits of their bits.
       about                    prints what this machine and its C library are
       best                     prints the best vector level of this machine
       seed S                   begins a stream of random numbers, from which come
       double, gaussian         ... these, and
       below COUNT              ... a whole number from 0 to COUNT - 1
       elementary F COUNT x...  prints F(x) of each; F counts from exp in the order of purenet.h, power takes pairs
       train ...                in the order in which train() below reads it
   Every array has a block of memory of its own, of its very size, so that a sanitizer sees a step beside it. */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common.h"

static void *blocks[64]; /* to be freed after the case */
static int block_count;
static purenet_stream stream; /* of "seed" */

static void stop(const char *why)
{
    fprintf(stderr, "driver: %s\n", why);
    exit(2);
}

static void *allocate(int64_t count, size_t size)
{
    void *block = malloc(count > 0 ? (size_t)count * size : 1);
    if (!block || block_count == 64)
        stop("no memory");
    return blocks[block_count++] = block;
}

static double *doubles(int64_t count)
{
    return allocate(count, sizeof(double));
}

static int64_t whole(void)
{
    int64_t value;
    if (scanf("%" SCNd64, &value) != 1)
        stop("expected a whole number");
    return value;
}

static double real(void)
{
    double value;
    uint64_t bits;
    if (scanf("%" SCNx64, &bits) != 1)
        stop("expected a double in hexadecimal");
    memcpy(&value, &bits, sizeof value);
    return value;
}

static const double *table(int64_t count)
{
    double *values = doubles(count);
    for (int64_t k = 0; k < count; k++)
        values[k] = real();
    return values;
}

/* What is not a number has no bits that are the same everywhere. */
static void print(const char *name, const double *values, int64_t count)
{
    printf("%s", name);
    for (int64_t k = 0; k < count; k++) {
        uint64_t bits;
        memcpy(&bits, &values[k], sizeof bits);
        if (values[k] == values[k])
            printf(" %016" PRIx64, bits);
        else
            printf(" nan");
    }
    printf("\n");
}

#include "evidence.h"

static void draw(const char *word)
{
    double number = *word == 'd' ? purenet_next_double(&stream) : purenet_next_gaussian(&stream);
    print(word, &number, 1);
}

static void elementary(void)
{
    int64_t function = whole(), count = whole();
    double *results = doubles(count);
    for (int64_t k = 0; k < count; k++) {
        double x = real();
        switch (function) {
        case 0: results[k] = purenet_exp(x); break;
        case 1: results[k] = purenet_expm1(x); break;
        case 2: results[k] = purenet_sigmoid(x); break;
        case 3: results[k] = purenet_tanh(x); break;
        case 4: results[k] = purenet_log(x); break;
        case 5: results[k] = purenet_log1p(x); break;
        case 6: results[k] = purenet_softplus(x); break;
        case 7: results[k] = purenet_cos(x); break;
        default: results[k] = purenet_power(x, real()); break;
        }
    }
    print("elementary", results, count);
}

static void train(void)
{
    int32_t count = (int32_t)whole();
    purenet_step *steps = allocate(count, sizeof *steps);
    purenet_plan plan = {.steps = steps, .step_count = count};
    for (int32_t s = 0; s < plan.step_count; s++) { /* in the order of the record */
        purenet_step *step = &steps[s];
        step->kind = (int32_t)whole();
        step->inputs = (ptrdiff_t)whole();
        step->outputs = (ptrdiff_t)whole();
        step->value_offset = (ptrdiff_t)whole();
        for (int k = 0; k < PURENET_STEP_PARAMETERS; k++)
            step->parameter_offset[k] = (ptrdiff_t)whole();
        for (int k = 0; k < PURENET_STEP_PARAMETERS; k++)
            step->statistic_offset[k] = (ptrdiff_t)whole();
        step->channels = (ptrdiff_t)whole();
        step->layer = whole();
        ptrdiff_t window[sizeof step->window / sizeof(ptrdiff_t)];
        for (size_t k = 0; k < sizeof window / sizeof *window; k++)
            window[k] = (ptrdiff_t)whole();
        memcpy(&step->window, window, sizeof window);
        for (int k = 0; k < PURENET_STEP_SETTINGS; k++)
            step->settings[k] = real();
        plan.max_width = step->inputs > plan.max_width ? step->inputs : plan.max_width;
        plan.max_width = step->outputs > plan.max_width ? step->outputs : plan.max_width;
    }
    plan.loss = (int32_t)whole(); /* then the other fields of the record, in the order read here */
    plan.loss_input = (int32_t)whole();
    plan.mean_divisor = (int32_t)whole();
    plan.loss_setting = real();
    plan.optimizer = (int32_t)whole();
    plan.optimizer_state_size = (int32_t)whole();
    plan.running = (int32_t)whole();
    for (int k = 0; k < PURENET_OPTIMIZER_SETTINGS; k++)
        plan.optimizer_settings[k] = real();
    plan.weight_decay = real();
    plan.clip_norm = real();
    plan.clip_value = real();
    plan.penalty_mean = (int32_t)whole();
    plan.penalty_count = (int32_t)whole(); /* and of each penalty: first count l1 l2 */
    purenet_penalty *penalties = allocate(plan.penalty_count, sizeof *penalties);
    for (int32_t k = 0; k < plan.penalty_count; k++) {
        penalties[k].first = (ptrdiff_t)whole();
        penalties[k].count = (ptrdiff_t)whole();
        penalties[k].l1 = real();
        penalties[k].l2 = real();
    }
    plan.penalties = penalties;
    plan.parameter_size = (ptrdiff_t)whole();
    plan.total_size = (ptrdiff_t)whole();
    plan.slice_rows = (ptrdiff_t)whole();
    plan.level = (int32_t)whole();
    plan.threads = (int32_t)whole();
    plan.scalar_below = whole();
    plan.single_thread_below = whole();

    purenet_state state = {.active = 0, .running = {{1.0, 1.0}, {1.0, 1.0}}};
    int64_t kept = plan.parameter_size * plan.optimizer_state_size;
    for (int place = 0; place < 2; place++) {
        state.parameters[place] = doubles(plan.total_size);
        state.numbers[place] = doubles(kept);
    }
    memset(state.numbers[0], 0, (size_t)kept * sizeof(double));
    plan.seed = (uint64_t)whole();
    purenet_seed(&state.stream, (uint32_t)plan.seed); /* seed, how many parameters, of each: kind low high size */
    double *place = state.parameters[0];
    for (int64_t parameters = whole(); parameters > 0; parameters--) {
        int32_t kind = (int32_t)whole();
        double low = real();
        double high = real();
        ptrdiff_t size = (ptrdiff_t)whole();
        for (ptrdiff_t k = 0; k < size; k++)
            place[k] = low; /* where nothing is drawn */
        if (kind >= 0)
            purenet_draw(&state.stream, kind, low, high, size, place);
        place += size;
    }

    purenet_run run = {.samples = whole()}; /* samples batch_size epochs shuffle learning_rate budget rates */
    run.batch_size = whole();
    run.epochs = whole();
    run.shuffle = (int32_t)whole();
    run.learning_rate = real();
    run.row_budget = whole();
    run.rate_count = whole(); /* how many rates, and these: of every step, or none */
    if (run.rate_count > 0)
        run.rates = table(run.rate_count);
    ptrdiff_t outputs = steps[plan.step_count - 1].outputs;
    run.x = table(run.samples * steps[0].inputs);
    run.y = table(run.samples * outputs);
    run.weights = table(run.samples);
    run.losses = doubles(run.epochs);
    run.penalties = doubles(run.epochs);
    run.order = allocate(run.shuffle ? run.samples : 0, sizeof(int64_t));
    double *workspace = doubles(purenet_workspace_size(&plan, plan.slice_rows));

    while (run.losses_done < run.epochs && !run.non_finite)
        purenet_train(&plan, &state, &run, workspace);

    const double *trained = state.parameters[state.active];
    print("parameters", trained, plan.total_size);
    print("numbers", state.numbers[state.active], kept);
    print("running", state.running[state.active], plan.running);
    print("losses", run.losses, run.losses_done);
    print("penalties", run.penalties, plan.penalty_mean ? run.losses_done : 0);
    printf("non_finite %d %" PRId64 "\n", (int)run.non_finite, run.non_finite ? (int64_t)run.non_finite_index : 0);
    printf("position %" PRId64 " %" PRId64 " %" PRId64 "\n", state.epoch, state.batch, state.steps);
    printf("stream %d %08" PRIx32 " %08" PRIx32 "\n", (int)state.stream.position, state.stream.key[0],
           state.stream.key[623]);
    double *results = doubles(run.samples * outputs);
    purenet_predict(&plan, trained, run.x, run.samples, workspace, results);
    print("predictions", results, run.samples * outputs);
    double totals[2] = {0.0, 0.0};
    double loss = purenet_evaluate(&plan, trained, run.x, run.y, run.weights, run.samples, workspace, totals);
    print("loss", &loss, 1);
    results = doubles(plan.parameter_size);
    purenet_gradients(&plan, trained, run.x, run.y, run.weights, run.samples, state.steps, workspace, results, &loss);
    print("gradients", results, plan.parameter_size);
}

int main(void)
{
    char word[16];
    while (scanf("%15s", word) == 1) {
        if (!strcmp(word, "about"))
            about();
        else if (!strcmp(word, "best"))
            printf("best %d\n", (int)purenet_best_level());
        else if (!strcmp(word, "elementary"))
            elementary();
        else if (!strcmp(word, "train"))
            train();
        else if (!strcmp(word, "seed"))
            purenet_seed(&stream, (uint32_t)whole());
        else if (!strcmp(word, "double") || !strcmp(word, "gaussian"))
            draw(word);
        else if (!strcmp(word, "below"))
            printf("below %" PRId64 "\n", purenet_next_below(&stream, whole()));
        else
            stop("expected about, best, elementary, train, seed, double, gaussian or below");
        fflush(stdout); /* who asks may wait for the answer before asking on */
        while (block_count > 0)
            free(blocks[--block_count]);
    }
    return 0;
}
