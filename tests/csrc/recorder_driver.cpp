// Runs functions of the C twin on recorders, as tests/twins/test_expressions.py asks, and prints their expressions.
//
// A request is a line: a function's name, how many whole numbers and these, how many inputs and their bits in
// hexadecimal.  The answer is what recorder_print prints.
#include <cinttypes>
#include <cstdio>
#include <list>
#include <vector>

#include "recorder.hpp"

#include "fast/fast.h"

// no vector units, no threads
#define PURENET_STUB recorder_stop("a fast form is called at level 0")
void purenet_fast_multiply(purenet_context *, const purenet_product *) { PURENET_STUB; }
#define PURENET_STUB_TABLE(level, name) \
    void purenet_##level##_##name(const double *, ptrdiff_t, double *) { PURENET_STUB; }
#define PURENET_STUB_LEVEL(level) \
    void purenet_##level##_multiply(const purenet_product *, double *) { PURENET_STUB; } \
    void purenet_##level##_multiply_nonzero(const purenet_product *) { PURENET_STUB; } \
    int32_t purenet_##level##_all_finite(const double *, ptrdiff_t) { PURENET_STUB; } \
    PURENET_STUB_TABLE(level, exp) PURENET_STUB_TABLE(level, sigmoid) PURENET_STUB_TABLE(level, tanh) \
    PURENET_STUB_TABLE(level, log) PURENET_STUB_TABLE(level, softplus)
PURENET_STUB_LEVEL(baseline)
PURENET_STUB_LEVEL(avx2)
PURENET_STUB_LEVEL(avx512)
int32_t purenet_multiply_sparse_row(const purenet_context *, const double *, const double *, const double *, ptrdiff_t,
                                    ptrdiff_t, double *)
{
    return 0;
}
int32_t purenet_keeps_subnormals(void) { PURENET_STUB; }
ptrdiff_t purenet_fast_within(const double *, ptrdiff_t, double) { PURENET_STUB; }
ptrdiff_t purenet_team_size(void) { return 0; }
void purenet_team_begin(purenet_context *, purenet_team *) {}
void purenet_team_end(purenet_context *) {}
purenet_context purenet_own_context(const purenet_context *ctx, int32_t) { return *ctx; }
void purenet_divide(purenet_context *, purenet_share *share, const void *job, ptrdiff_t total, ptrdiff_t, int64_t)
{
    share(job, 0, 0, total);
}

static purenet_context plain = {0, 1, 0, 0, NULL, NULL};

// the request --------------------------------------------------------------------------------------

static std::vector<int64_t> integers;
static std::vector<Recorder> inputs, outputs;
static size_t integers_taken, inputs_taken;
static std::list<std::vector<Recorder>> blocks;

static int64_t whole()
{
    if (integers_taken == integers.size())
        recorder_stop("the request has too few whole numbers");
    return integers[integers_taken++];
}

static double *take(int64_t count)
{
    inputs_taken += (size_t)count;
    if (inputs_taken > inputs.size())
        recorder_stop("the request has too few inputs");
    return inputs.data() + inputs_taken - count;
}

static double *unwritten(int64_t count) // numbers to be written before they are read; a fence is behind them
{
    blocks.emplace_back((size_t)count + 1, recorder_unwritten());
    return blocks.back().data();
}

static void check_fences()
{
    for (const std::vector<Recorder> &numbers : blocks)
        if (numbers.back().place != recorder_unwritten().place)
            recorder_stop("a number is written behind the last one");
}

static double *zeros(int64_t count)
{
    double *values = unwritten(count);
    memset((void *)values, 0, (size_t)count * sizeof(double));
    return values;
}

static void give(const double *values, int64_t count)
{
    outputs.insert(outputs.end(), values, values + count);
}

// functions ----------------------------------------------------------------------------------------

static void multiply()
{
    int64_t rows = whole(), terms = whole(), columns = whole();
    bool left_transposed = whole(), right_transposed = whole(), adds = whole();
    double *start = take(adds ? rows * columns : columns);
    const double *left = take(rows * terms), *right = take(terms * columns);
    double *cells = adds ? start : unwritten(rows * columns);
    purenet_multiply(&plain, start, adds ? columns : 0, left, left_transposed ? 1 : terms, left_transposed ? rows : 1,
                     right, right_transposed ? 1 : columns, right_transposed ? terms : 1, rows, terms, columns, cells);
    give(cells, rows * columns);
}

static void dense_forward()
{
    int64_t rows = whole(), fan_in = whole(), units = whole();
    bool biased = whole();
    const double *x = take(rows * fan_in), *weights = take(fan_in * units), *bias = biased ? take(units) : NULL;
    double *a = unwritten(rows * units);
    purenet_dense_forward(&plain, x, weights, bias, zeros(units), rows, fan_in, units, a);
    give(a, rows * units);
}

static void dense_backward()
{
    int64_t rows = whole(), fan_in = whole(), units = whole();
    bool biased = whole(), first = whole();
    const double *x = take(rows * fan_in), *d_outputs = take(rows * units), *weights = take(fan_in * units);
    double *d_x = unwritten(rows * fan_in), *d_weights = zeros(fan_in * units), *d_bias = biased ? zeros(units) : NULL;
    purenet_dense_backward(&plain, x, d_outputs, first, weights, zeros(fan_in), rows, fan_in, units, d_x, d_weights,
                           d_bias);
    give(d_x, first ? 0 : rows * fan_in);
    give(d_weights, fan_in * units);
    give(d_bias, biased ? units : 0);
}

static purenet_window take_window() // in the order of its fields
{
    ptrdiff_t numbers[sizeof(purenet_window) / sizeof(ptrdiff_t)];
    for (ptrdiff_t &number : numbers)
        number = whole();
    purenet_window window;
    memcpy(&window, numbers, sizeof window);
    return window;
}

struct Plan : purenet_plan {
    std::vector<purenet_step> records;
    std::vector<purenet_penalty> costs;
    int64_t in, out;
};

static Plan take_plan()
{
    Plan plan;
    int64_t count = whole();
    for (int64_t s = 0; s < count; s++) {
        purenet_step step;
        step.kind = (int32_t)whole();
        step.inputs = whole(), step.outputs = whole(), step.value_offset = whole();
        for (ptrdiff_t &place : step.parameter_offset)
            place = whole();
        for (ptrdiff_t &place : step.statistic_offset)
            place = whole();
        step.channels = whole(), step.layer = whole();
        step.window = take_window();
        for (double &real : step.settings)
            real = *take(1);
        plan.records.push_back(step);
    }
    plan.steps = plan.records.data();
    plan.step_count = (int32_t)count;
    plan.loss = (int32_t)whole(), plan.loss_input = (int32_t)whole(), plan.mean_divisor = (int32_t)whole();
    plan.optimizer = (int32_t)whole(), plan.optimizer_state_size = (int32_t)whole(), plan.running = (int32_t)whole();
    plan.costs.resize((size_t)whole());
    for (purenet_penalty &penalty : plan.costs)
        penalty.first = whole(), penalty.count = whole();
    plan.penalties = plan.costs.data(), plan.penalty_count = (int32_t)plan.costs.size();
    plan.penalty_mean = (int32_t)whole();
    plan.parameter_size = whole(), plan.total_size = whole(), plan.max_width = whole(), plan.slice_rows = whole();
    plan.seed = 0;
    plan.level = 0, plan.threads = 1, plan.scalar_below = plan.single_thread_below = 0;
    plan.loss_setting = *take(1);
    for (double &real : plan.optimizer_settings)
        real = *take(1);
    plan.weight_decay = *take(1), plan.clip_norm = *take(1), plan.clip_value = *take(1);
    for (purenet_penalty &penalty : plan.costs)
        penalty.l1 = *take(1), penalty.l2 = *take(1);
    plan.in = plan.records.front().inputs, plan.out = plan.records.back().outputs;
    return plan;
}

static ptrdiff_t *offsets(const purenet_window &w)
{
    static std::vector<ptrdiff_t> numbers;
    numbers.assign((size_t)purenet_conv2d_offsets(&w), -1);
    return numbers.data();
}

static void conv2d_forward()
{
    purenet_window w = take_window();
    int64_t rows = whole();
    bool biased = whole();
    int64_t terms = w.rows * w.columns * w.channels, count = w.out_height * w.out_width;
    const double *x = take(rows * w.height * w.width * w.channels), *kernel = take(terms * w.filters);
    const double *bias = biased ? take(w.filters) : NULL;
    double *a = unwritten(rows * count * w.filters);
    purenet_conv2d_forward(&plain, x, &w, kernel, bias, zeros(w.filters), rows, unwritten(purenet_conv2d_scratch(&w)),
                           offsets(w), a);
    give(a, rows * count * w.filters);
}

static void conv2d_backward()
{
    purenet_window w = take_window();
    int64_t rows = whole();
    bool biased = whole(), first = whole();
    int64_t cells = w.rows * w.columns, terms = cells * w.channels, count = w.out_height * w.out_width;
    int64_t all = rows * w.height * w.width * w.channels;
    const double *x = take(all), *d_outputs = take(rows * count * w.filters), *kernel = take(terms * w.filters);
    double *d_x = unwritten(all), *d_kernel = zeros(terms * w.filters), *d_bias = biased ? zeros(w.filters) : NULL;
    purenet_conv2d_backward(&plain, x, d_outputs, first, &w, kernel, zeros(w.channels), rows,
                            unwritten(purenet_conv2d_scratch(&w)), offsets(w), d_x, d_kernel, d_bias);
    give(d_x, first ? 0 : all);
    give(d_kernel, terms * w.filters);
    give(d_bias, biased ? w.filters : 0);
}

static void pool(void forward(const double *, const purenet_window *, ptrdiff_t, double *))
{
    purenet_window w = take_window();
    int64_t rows = whole(), count = rows * w.out_height * w.out_width * w.channels;
    double *pooled = unwritten(count);
    forward(take(rows * w.height * w.width * w.channels), &w, rows, pooled);
    give(pooled, count);
}

static void max_pool_forward() { pool(purenet_max_pool_forward); }
static void average_pool_forward() { pool(purenet_average_pool_forward); }

static void max_pool_backward()
{
    purenet_window w = take_window();
    int64_t rows = whole(), all = rows * w.height * w.width * w.channels;
    const double *x = take(all), *d_outputs = take(rows * w.out_height * w.out_width * w.channels);
    double *d_x = unwritten(all);
    purenet_max_pool_backward(x, d_outputs, &w, rows, d_x);
    give(d_x, all);
}

static void average_pool_backward()
{
    purenet_window w = take_window();
    int64_t rows = whole(), all = rows * w.height * w.width * w.channels;
    double *d_x = unwritten(all);
    purenet_average_pool_backward(take(rows * w.out_height * w.out_width * w.channels), &w, rows, d_x);
    give(d_x, all);
}

static void batch_norm_forward()
{
    int64_t count = whole(), channels = whole();
    const double *x = take(count * channels), *gamma = take(channels), *beta = take(channels), *epsilon = take(1);
    double *a = unwritten(count * channels);
    purenet_batch_norm_forward(x, gamma, beta, *epsilon, count, channels, unwritten(6 * channels), a);
    give(a, count * channels);
}

static void batch_norm_predict()
{
    int64_t count = whole(), channels = whole();
    const double *x = take(count * channels), *gamma = take(channels), *beta = take(channels);
    const double *mean = take(channels), *variance = take(channels), *epsilon = take(1);
    double *a = unwritten(count * channels);
    purenet_batch_norm_predict(x, gamma, beta, mean, variance, *epsilon, count, channels, unwritten(6 * channels), a);
    give(a, count * channels);
}

static void batch_norm_statistics()
{
    int64_t count = whole(), channels = whole();
    const double *x = take(count * channels), *mean = take(channels), *variance = take(channels), *momentum = take(1);
    double *new_mean = unwritten(channels), *new_variance = unwritten(channels);
    purenet_batch_norm_statistics(x, mean, variance, *momentum, count, channels, new_mean, new_variance);
    give(new_mean, channels);
    give(new_variance, channels);
}

static void batch_norm_backward()
{
    int64_t count = whole(), channels = whole();
    bool first = whole();
    const double *x = take(count * channels), *d = take(count * channels), *gamma = take(channels), *epsilon = take(1);
    double *d_x = unwritten(count * channels), *d_gamma = unwritten(channels), *d_beta = unwritten(channels);
    purenet_batch_norm_backward(x, d, first, gamma, *epsilon, count, channels, unwritten(6 * channels), d_x, d_gamma,
                                d_beta);
    give(d_x, first ? 0 : count * channels);
    give(d_gamma, channels);
    give(d_beta, channels);
}

static void dropout_forward()
{
    int64_t seed = whole(), layer = whole(), step = whole(), count = whole();
    uint64_t key = purenet_dropout_key((uint64_t)seed, (uint64_t)layer, (uint64_t)step);
    const double *x = take(count), *rate = take(1);
    double *a = unwritten(count);
    purenet_dropout_forward(x, key, *rate, count, a);
    give(a, count);
}

static void training_step() // batch_gradients and updated
{
    Plan plan = take_plan();
    int64_t rows = whole();
    int64_t state_size = plan.parameter_size * plan.optimizer_state_size;
    const double *parameters = take(plan.total_size), *numbers = take(state_size), *running = take(plan.running);
    const double *x = take(rows * plan.in), *y = take(rows * plan.out), *weights = take(rows);
    double learning_rate = *take(1);
    const purenet_step &last = plan.records.back();
    purenet_workspace ws;
    ws.values = unwritten(plan.slice_rows * (last.value_offset + last.outputs));
    ws.d_value = unwritten(rows * plan.max_width), ws.d_other = unwritten(rows * plan.max_width);
    ws.ctx = plain;
    ws.x = ws.y = ws.weights = NULL;
    ws.zeros = zeros(plan.max_width);
    ws.losses = unwritten(rows), ws.factors = unwritten(rows);
    ws.gradients = zeros(plan.parameter_size);
    ws.statistics = unwritten(plan.total_size - plan.parameter_size);
    ws.scratch = unwritten(1000), ws.offsets = unwritten(1000);
    ws.steps = ws.first = ws.row_work = 0, ws.divided_from = 1;
    double batch_weight = 0.0;
    for (int64_t i = 0; i < rows; i++)
        batch_weight += weights[i];
    purenet_batch_gradients(&plan, parameters, x, y, weights, batch_weight, rows, &ws);
    double *new_parameters = unwritten(plan.parameter_size), *new_numbers = unwritten(state_size);
    double *new_running = unwritten(plan.running);
    purenet_updated(&plain, &plan, parameters, numbers, running, ws.gradients, batch_weight, learning_rate,
                    unwritten(plan.parameter_size), new_parameters, new_numbers, new_running);
    give(ws.losses, rows);
    give(ws.gradients, plan.parameter_size);
    give(new_parameters, plan.parameter_size);
    give(ws.statistics, plan.total_size - plan.parameter_size);
    give(new_numbers, plan.parameter_size * plan.optimizer_state_size);
    give(new_running, plan.running);
}

static void train() // engine.c: some epochs, then predictions, the loss and the gradients
{
    Plan plan = take_plan();
    purenet_state state;
    purenet_run run;
    memset((void *)&state, 0, sizeof state);
    memset((void *)&run, 0, sizeof run);
    run.samples = whole(), run.batch_size = whole(), run.epochs = whole(), run.shuffle = (int32_t)whole();
    run.row_budget = whole();
    double *parameters = take(plan.total_size), *numbers = take(plan.parameter_size * plan.optimizer_state_size);
    state.parameters[0] = parameters, state.parameters[1] = unwritten(plan.total_size);
    state.numbers[0] = numbers, state.numbers[1] = unwritten(plan.parameter_size * plan.optimizer_state_size);
    const double *running = take(plan.running);
    for (int32_t k = 0; k < plan.running; k++)
        state.running[0][k] = running[k];
    purenet_seed(&state.stream, 1);
    run.x = take(run.samples * plan.in), run.y = take(run.samples * plan.out), run.weights = take(run.samples);
    const double *rates = take(whole());
    run.learning_rate = *rates;
    if (integers.back() > 1)
        run.rates = rates, run.rate_count = integers.back();
    run.losses = unwritten(run.epochs), run.penalties = unwritten(run.epochs);
    std::vector<int64_t> order((size_t)run.samples);
    run.order = order.data();
    double *workspace = unwritten(purenet_workspace_size(&plan, plan.slice_rows));
    while (run.losses_done < run.epochs && !run.non_finite)
        purenet_train(&plan, &state, &run, workspace);
    if (run.non_finite)
        recorder_stop("a number is not finite");
    const double *trained = state.parameters[state.active];
    double *predictions = unwritten(run.samples * plan.out), *gradients = unwritten(plan.parameter_size);
    purenet_predict(&plan, trained, run.x, run.samples, workspace, predictions);
    double loss = purenet_evaluate(&plan, trained, run.x, run.y, run.weights, run.samples, workspace, zeros(2));
    double training_loss;
    purenet_gradients(&plan, trained, run.x, run.y, run.weights, run.samples, state.steps, workspace, gradients,
                      &training_loss);
    give(run.losses, run.epochs);
    give(run.penalties, plan.penalty_mean ? run.epochs : 0);
    give(trained, plan.total_size);
    give(state.numbers[state.active], plan.parameter_size * plan.optimizer_state_size);
    give(state.running[state.active], plan.running);
    give(predictions, run.samples * plan.out);
    give(&loss, 1);
    give(&training_loss, 1);
    give(gradients, plan.parameter_size);
}

static void norm_factor() // of two tables
{
    int64_t first = whole(), second = whole();
    const double *one = take(first), *other = take(second), *limit = take(1);
    double factor = purenet_norm_factor(purenet_squares(other, purenet_squares(one, 0.0, first), second), *limit);
    give(&factor, 1);
}

static void penalty_term()
{
    int64_t count = whole() * whole();
    const double *w = take(count), *r = take(3);
    double total = purenet_penalty_term(w, r[0], r[1], r[2], count);
    give(&total, 1);
}

// the shapes of calls
typedef void Table(const double *, const double *, int64_t, int64_t, double *);

struct Function {
    const char *name;
    void (*run)(const Function &);
    double (*of_one)(double);
    Table *of_tables;
    int64_t tables; // how many it reads; an optimizer: how many numbers it keeps
};

static void run_each(const Function &function)
{
    for (int64_t count = whole(), k = 0; k < count; k++) {
        double y = function.of_one(*take(1));
        give(&y, 1);
    }
}

static void run_table(const Function &function)
{
    int64_t rows = whole(), columns = whole();
    const double *z = take(rows * columns), *d = function.tables > 1 ? take(rows * columns) : NULL;
    double *cells = unwritten(rows * columns);
    function.of_tables(z, d, rows, columns, cells);
    give(cells, rows * columns);
}

static void run_loss(const Function &function) // predictions, targets: a number a row
{
    int64_t rows = whole(), columns = whole();
    const double *p = take(rows * columns), *y = take(rows * columns);
    double *losses = unwritten(rows);
    function.of_tables(p, y, rows, columns, losses);
    give(losses, rows);
}

static void run_optimizer(const Function &function) // parameter and its numbers, gradient: the new ones
{
    int64_t count = whole() * whole(), all = count * (1 + function.tables);
    double *w = take(all), *g = take(count), *made = unwritten(all);
    function.of_tables(w, g, count, 0, made);
    give(made, all);
}

template <void run()> void run_own(const Function &) { run(); }

#define OWN(name) {#name, run_own<name>, NULL, NULL, 0}
#define EACH(name) {#name, run_each, purenet_##name, NULL, 0}
#define TABLE [](const double *z, const double *d, int64_t rows, int64_t columns, double *to)
#define POINTS (void)d, (void)rows, (void)columns
#define FROM_TABLES(tables, name, ...) \
    {#name, run_table, NULL, TABLE { POINTS; purenet_##name(__VA_ARGS__, to); }, tables}

static void purenet_powers(const double *x, const double *y, int64_t count, double *z)
{
    for (int64_t k = 0; k < count; k++)
        z[k] = purenet_power(x[k], y[k]);
}

static const Function FUNCTIONS[] = {
    EACH(exp), EACH(expm1), EACH(sigmoid), EACH(tanh), EACH(log), EACH(log1p), EACH(softplus), EACH(cos),
    FROM_TABLES(2, powers, z, d, rows * columns),
    OWN(multiply), OWN(dense_forward), OWN(dense_backward), OWN(training_step), OWN(train),
    OWN(conv2d_forward), OWN(conv2d_backward), OWN(max_pool_forward), OWN(max_pool_backward), OWN(average_pool_forward),
    OWN(average_pool_backward), OWN(batch_norm_forward), OWN(batch_norm_predict), OWN(batch_norm_statistics),
    OWN(batch_norm_backward), OWN(dropout_forward),
    FROM_TABLES(1, sigmoid_forward, &plain, z, rows * columns), FROM_TABLES(2, sigmoid_backward, z, d, rows * columns),
    FROM_TABLES(1, tanh_forward, &plain, z, rows * columns), FROM_TABLES(2, tanh_backward, z, d, rows * columns),
    FROM_TABLES(1, relu_forward, z, rows * columns), FROM_TABLES(2, relu_backward, z, d, rows * columns),
    FROM_TABLES(1, leaky_relu_forward, z, *take(1), rows * columns),
    FROM_TABLES(2, leaky_relu_backward, z, d, *take(1), rows * columns),
    FROM_TABLES(1, softplus_forward, &plain, z, rows * columns), FROM_TABLES(2, softplus_backward, z, d, rows * columns),
    FROM_TABLES(1, softmax_forward, &plain, z, rows, columns, unwritten(rows)),
    FROM_TABLES(2, softmax_backward, z, d, rows, columns),
    FROM_TABLES(1, elu_forward, z, *take(1), rows * columns), FROM_TABLES(2, elu_backward, z, d, *take(1), rows * columns),
    FROM_TABLES(1, silu_forward, &plain, z, rows * columns), FROM_TABLES(2, silu_backward, z, d, rows * columns),
    FROM_TABLES(1, gelu_forward, &plain, z, rows * columns), FROM_TABLES(2, gelu_backward, z, d, rows * columns),
#define LOSS(name, ...) \
    {#name "_forward", run_loss, NULL, TABLE { purenet_##name##_forward(z, d __VA_ARGS__, rows, columns, to); }, 2}
#define LOSS_WITH_SCRATCH(name) \
    {#name "_forward", run_loss, NULL, TABLE { \
        purenet_##name##_forward(&plain, z, d, rows, columns, unwritten(rows * columns), to); }, 2}
#define LOSS_PAIR(name, ...) \
    LOSS(name, __VA_ARGS__), {#name "_backward", run_table, NULL, TABLE { \
        const double *factors = take(rows); \
        purenet_##name##_backward(z, d, factors __VA_ARGS__, rows, columns, to); }, 2}
    LOSS_PAIR(squared_error), LOSS_PAIR(half_squared_error), LOSS_PAIR(mean_absolute_error),
    LOSS_PAIR(huber, , *take(1)), LOSS_WITH_SCRATCH(binary_cross_entropy),
    {"categorical_cross_entropy_forward", run_loss, NULL, TABLE { \
        double *totals = unwritten(rows); \
        purenet_softmax_forward(&plain, z, rows, columns, totals, unwritten(rows * columns)); \
        purenet_categorical_cross_entropy_forward(&plain, z, d, rows, columns, totals, to); }, 2},
    {"sgd", run_optimizer, NULL, TABLE { POINTS; purenet_sgd(z, d, *take(1), rows, to); }, 0},
#define MOMENTUM(name) {#name, run_optimizer, NULL, TABLE { \
        const double *rate = take(1), *momentum = take(1); \
        POINTS; purenet_##name(z, z + rows, d, *rate, *momentum, rows, to, to + rows); }, 1}
    MOMENTUM(sgd_momentum), MOMENTUM(sgd_nesterov),
#define OPTIMIZER(name, kept, reals, ...) {#name, run_optimizer, NULL, TABLE { \
        const double *r = take(reals); \
        POINTS; purenet_##name(z, z + rows, d, __VA_ARGS__, rows, to, to + rows); }, kept}
    OPTIMIZER(rmsprop, 1, 3, r[0], r[1], r[2]), OPTIMIZER(rmsprop_momentum, 2, 4, r[0], r[1], r[2], r[3], rows),
    OPTIMIZER(adagrad, 1, 3, r[0], r[1], r[2]), OPTIMIZER(rprop, 2, 5, r[0], r[1], r[2], r[3], r[4], rows),
    OPTIMIZER(adam, 2, 6, r[0], r[1], r[2], r[3], r[4], r[5], rows),
    {"penalized", run_table, NULL, TABLE { \
        const double *r = take(2); POINTS; purenet_penalized(z, d, r[0], r[1], rows * columns, to); }, 2},
    FROM_TABLES(1, clipped, z, *take(1), rows * columns), FROM_TABLES(1, scaled, z, *take(1), rows * columns),
    {"decayed", run_table, NULL, TABLE { \
        const double *decay = take(1); POINTS; for (int64_t k = 0; k < rows * columns; k++) to[k] = d[k]; \
        purenet_decayed(z, *decay, rows * columns, to); }, 2},
    OWN(norm_factor), OWN(penalty_term),
    {NULL, NULL, NULL, NULL, 0},
};

int main()
{
    char word[64];
    size_t count;
    while (std::scanf("%63s %zu", word, &count) == 2) {
        recorder_clear();
        blocks.clear(), outputs.clear(), inputs.clear();
        integers_taken = inputs_taken = 0;
        integers.resize(count);
        for (int64_t &n : integers)
            if (std::scanf("%" SCNd64, &n) != 1)
                recorder_stop("the request ends too early");
        if (std::scanf("%zu", &count) != 1)
            recorder_stop("the request ends too early");
        for (size_t k = 0; k < count; k++) {
            uint64_t pattern;
            if (std::scanf("%" SCNx64, &pattern) != 1)
                recorder_stop("the request ends too early");
            inputs.push_back(recorder_input((int64_t)k, pattern));
        }
        const Function *function = FUNCTIONS;
        while (function->name && strcmp(function->name, word))
            function++;
        if (!function->name)
            recorder_stop("the request is for a function that is not here");
        function->run(*function);
        check_fences();
        if (integers_taken != integers.size() || inputs_taken != inputs.size())
            recorder_stop("the request has numbers that nobody took");
        recorder_print(outputs.data(), outputs.size());
    }
    return 0;
}
