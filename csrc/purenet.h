/* purenet: neural networks with the same bits on every machine. The C twin of purenet/reference.

   Every function has the name of its reference function with purenet_ in front, and gives the same bits. A table is
   rows of doubles without gaps. The library allocates no memory and keeps nothing between calls.

   Arguments come in this order: context, inputs, sizes, scratch, outputs. Outputs must not overlap inputs unless a
   comment here allows it.

   cffi reads this file as it stands, so it has declarations only. Include stddef.h and stdint.h before it, or include
   common.h. */

/* How to compute: which vector instructions, how many threads. The context never changes a bit.
   level: 0 none (the plain twins), 1 the compiler's baseline, 2 AVX2, 3 AVX-512.
   threads: 1 to PURENET_MAX_THREADS, including the caller's. If threads are not available or cannot be created, the
   caller computes everything. */
enum { PURENET_MAX_THREADS = 64, PURENET_PACKING_SIZE = 24 * 512 };
typedef struct purenet_team purenet_team;
typedef struct {
    int32_t level;
    int32_t threads;
    int64_t scalar_below;        /* products of fewer multiply-adds take no tiles */
    int64_t single_thread_below; /* work of fewer is not divided among the threads */
    double *packing;             /* scratch for columns of a product: PURENET_PACKING_SIZE doubles for each thread */
    purenet_team *team;          /* threads that wait for work; null: every job creates its own */
} purenet_context;

/* elementary */
double purenet_exp(double x);
double purenet_expm1(double x);
double purenet_sigmoid(double x);
double purenet_tanh(double x);
double purenet_log(double x);
double purenet_log1p(double x);
double purenet_softplus(double x);
double purenet_cos(double x);
double purenet_power(double x, double y);

/* random_state */
typedef struct {
    uint32_t key[624];
    int32_t position;   /* how many words of key are used up */
    int32_t has_cached; /* whether cached holds the second number of a pair of gaussians */
    double cached;
} purenet_stream;

void purenet_seed(purenet_stream *stream, uint32_t seed);
uint32_t purenet_next_word(purenet_stream *stream);
double purenet_next_double(purenet_stream *stream);
double purenet_next_gaussian(purenet_stream *stream);
int64_t purenet_next_below(purenet_stream *stream, int64_t count);
void purenet_permutation(purenet_stream *stream, int64_t count, int64_t *shuffled);

/* initialisers: draw count numbers */
enum { PURENET_UNIFORM, PURENET_NORMAL };
void purenet_draw(purenet_stream *stream, int32_t kind, double low, double high, ptrdiff_t count, double *values);

/* matrix: result[i][j] = start[i][j] + left[i][0] right[0][j] + left[i][1] right[1][j] + ...
   The rows of start are start_step apart (0: the same row for all); start can be result. left[i][k] is
   left[i * left_row + k * left_term], and right[k][j] is right[k * right_term + j * right_column].
   fast/multiply.c chooses between the formula, in matrix.c, and the fast forms. */
void purenet_multiply(purenet_context *ctx, const double *start, ptrdiff_t start_step, const double *left,
                      ptrdiff_t left_row, ptrdiff_t left_term, const double *right, ptrdiff_t right_term,
                      ptrdiff_t right_column, ptrdiff_t rows, ptrdiff_t terms, ptrdiff_t columns, double *result);
void purenet_multiply_cells(const double *start, ptrdiff_t start_step, const double *left, ptrdiff_t left_row,
                            ptrdiff_t left_term, const double *right, ptrdiff_t right_term, ptrdiff_t right_column,
                            ptrdiff_t rows, ptrdiff_t terms, ptrdiff_t columns, double *result, ptrdiff_t result_row);
/* The same, but left[i][k] is left[row_offsets[i] + term_offsets[k]]. */
void purenet_multiply_scattered(purenet_context *ctx, const double *start, ptrdiff_t start_step, const double *left,
                                const ptrdiff_t *row_offsets, const ptrdiff_t *term_offsets, const double *right,
                                ptrdiff_t right_term, ptrdiff_t right_column, ptrdiff_t rows, ptrdiff_t terms,
                                ptrdiff_t columns, double *result);
/* add the rows of table to totals */
void purenet_add_rows(const double *table, ptrdiff_t rows, ptrdiff_t columns, double *totals);

/* elementary functions on tables: y[k] = f(x[k]) for count numbers; y can be x */
void purenet_exp_table(purenet_context *ctx, const double *x, ptrdiff_t count, double *y);
void purenet_sigmoid_table(purenet_context *ctx, const double *x, ptrdiff_t count, double *y);
void purenet_tanh_table(purenet_context *ctx, const double *x, ptrdiff_t count, double *y);
void purenet_log_table(purenet_context *ctx, const double *x, ptrdiff_t count, double *y);
void purenet_softplus_table(purenet_context *ctx, const double *x, ptrdiff_t count, double *y);

/* activations: z, a, d_a and d_z have count numbers; in backward, d_z can be d_a */
void purenet_sigmoid_forward(purenet_context *ctx, const double *z, ptrdiff_t count, double *a);
void purenet_sigmoid_backward(const double *a, const double *d_a, ptrdiff_t count, double *d_z);
void purenet_tanh_forward(purenet_context *ctx, const double *z, ptrdiff_t count, double *a);
void purenet_tanh_backward(const double *a, const double *d_a, ptrdiff_t count, double *d_z);
void purenet_relu_forward(const double *z, ptrdiff_t count, double *a);
void purenet_relu_backward(const double *a, const double *d_a, ptrdiff_t count, double *d_z);
void purenet_leaky_relu_forward(const double *z, double slope, ptrdiff_t count, double *a);
void purenet_leaky_relu_backward(const double *z, const double *d_a, double slope, ptrdiff_t count, double *d_z);
void purenet_softplus_forward(purenet_context *ctx, const double *z, ptrdiff_t count, double *a);
void purenet_softplus_backward(const double *z, const double *d_a, ptrdiff_t count, double *d_z);
/* totals: of the powers of each row */
void purenet_softmax_forward(purenet_context *ctx, const double *z, ptrdiff_t rows, ptrdiff_t columns, double *totals,
                             double *a);
void purenet_softmax_backward(const double *a, const double *d_a, ptrdiff_t rows, ptrdiff_t columns, double *d_z);
void purenet_elu_forward(const double *z, double slope, ptrdiff_t count, double *a);
void purenet_elu_backward(const double *z, const double *d_a, double slope, ptrdiff_t count, double *d_z);
void purenet_silu_forward(purenet_context *ctx, const double *z, ptrdiff_t count, double *a);
void purenet_silu_backward(const double *z, const double *d_a, ptrdiff_t count, double *d_z);
void purenet_gelu_forward(purenet_context *ctx, const double *z, ptrdiff_t count, double *a);
void purenet_gelu_backward(const double *z, const double *d_a, ptrdiff_t count, double *d_z);

/* losses: tables and scratch are rows x columns; losses and factors have one number per row */
void purenet_squared_error_forward(const double *predictions, const double *targets, ptrdiff_t rows, ptrdiff_t columns,
                                   double *losses);
void purenet_squared_error_backward(const double *predictions, const double *targets, const double *factors,
                                    ptrdiff_t rows, ptrdiff_t columns, double *d_predictions);
void purenet_half_squared_error_forward(const double *predictions, const double *targets, ptrdiff_t rows,
                                        ptrdiff_t columns, double *losses);
void purenet_half_squared_error_backward(const double *predictions, const double *targets, const double *factors,
                                         ptrdiff_t rows, ptrdiff_t columns, double *d_predictions);
void purenet_mean_absolute_error_forward(const double *predictions, const double *targets, ptrdiff_t rows,
                                         ptrdiff_t columns, double *losses);
void purenet_mean_absolute_error_backward(const double *predictions, const double *targets, const double *factors,
                                          ptrdiff_t rows, ptrdiff_t columns, double *d_predictions);
void purenet_huber_forward(const double *predictions, const double *targets, double delta, ptrdiff_t rows,
                           ptrdiff_t columns, double *losses);
void purenet_huber_backward(const double *predictions, const double *targets, const double *factors, double delta,
                            ptrdiff_t rows, ptrdiff_t columns, double *d_predictions);
void purenet_binary_cross_entropy_forward(purenet_context *ctx, const double *logits, const double *targets,
                                          ptrdiff_t rows, ptrdiff_t columns, double *scratch, double *losses);
void purenet_categorical_cross_entropy_forward(purenet_context *ctx, const double *logits, const double *targets,
                                               ptrdiff_t rows, ptrdiff_t columns, const double *totals, double *losses);

/* before and after the optimizer: new_gradient can be gradient; purenet_decayed subtracts from new_parameter */
void purenet_penalized(const double *parameter, const double *gradient, double l1, double l2, ptrdiff_t count,
                       double *new_gradient);
double purenet_penalty_term(const double *parameter, double l1, double l2, double total, ptrdiff_t count);
void purenet_clipped(const double *gradient, double limit, ptrdiff_t count, double *new_gradient);
double purenet_squares(const double *gradient, double total, ptrdiff_t count);
double purenet_norm_factor(double total, double limit);
void purenet_scaled(const double *gradient, double factor, ptrdiff_t count, double *new_gradient);
void purenet_decayed(const double *parameter, double decay, ptrdiff_t count, double *new_parameter);

/* optimizers: numbers is the optimizer's state, such as velocities; if it has two kinds, the second begins size numbers
   after the first */
void purenet_sgd(const double *parameter, const double *gradient, double learning_rate, ptrdiff_t count,
                 double *new_parameter);
void purenet_sgd_momentum(const double *parameter, const double *numbers, const double *gradient, double learning_rate,
                          double momentum, ptrdiff_t count, double *new_parameter, double *new_numbers);
void purenet_sgd_nesterov(const double *parameter, const double *numbers, const double *gradient, double learning_rate,
                          double momentum, ptrdiff_t count, double *new_parameter, double *new_numbers);
void purenet_rmsprop(const double *parameter, const double *numbers, const double *gradient, double learning_rate,
                     double rho, double epsilon, ptrdiff_t count, double *new_parameter, double *new_numbers);
void purenet_rmsprop_momentum(const double *parameter, const double *numbers, const double *gradient,
                              double learning_rate, double rho, double epsilon, double momentum, ptrdiff_t count,
                              ptrdiff_t size, double *new_parameter, double *new_numbers);
void purenet_adagrad(const double *parameter, const double *numbers, const double *gradient, double learning_rate,
                     double initial, double epsilon, ptrdiff_t count, double *new_parameter, double *new_numbers);
void purenet_adam(const double *parameter, const double *numbers, const double *gradient, double learning_rate,
                  double beta_1, double beta_2, double epsilon, double b1_t, double b2_t, ptrdiff_t count,
                  ptrdiff_t size, double *new_parameter, double *new_numbers);
void purenet_rprop(const double *parameter, const double *numbers, const double *gradient, double learning_rate,
                   double shrink, double grow, double least, double most, ptrdiff_t count, ptrdiff_t size,
                   double *new_parameter, double *new_numbers);

/* dense: inputs are rows x fan_in, weights fan_in x units, bias units or null, outputs rows x units. zeros has at
   least max(fan_in, units) zeros. first: whether this is the first step, which needs no d_inputs. Gradients are
   added to d_weights and d_bias. */
void purenet_dense_forward(purenet_context *ctx, const double *inputs, const double *weights, const double *bias,
                           const double *zeros, ptrdiff_t rows, ptrdiff_t fan_in, ptrdiff_t units, double *outputs);
void purenet_dense_backward(purenet_context *ctx, const double *inputs, const double *d_outputs, int32_t first,
                            const double *weights, const double *zeros, ptrdiff_t rows, ptrdiff_t fan_in,
                            ptrdiff_t units, double *d_inputs, double *d_weights, double *d_bias);

/* How a kernel of rows x columns moves over images of height x width x channels: down and right are its strides, top
   and left the padding above and to the left. filters: channels of the output. */
typedef struct {
    ptrdiff_t height, width, channels, rows, columns, down, right, top, left, out_height, out_width, filters;
} purenet_window;

/* convolution: kernel is rows * columns * channels x filters, bias filters or null. The argument rows counts images.
   scratch and offsets have as many numbers as the first two functions return, scratch for each thread. Gradients are
   added to d_kernel and d_bias. */
int64_t purenet_conv2d_scratch(const purenet_window *window);
int64_t purenet_conv2d_offsets(const purenet_window *window);
void purenet_conv2d_forward(purenet_context *ctx, const double *inputs, const purenet_window *window,
                            const double *kernel, const double *bias, const double *zeros, ptrdiff_t rows,
                            double *scratch, ptrdiff_t *offsets, double *outputs);
void purenet_conv2d_backward(purenet_context *ctx, const double *inputs, const double *d_outputs, int32_t first,
                             const purenet_window *window, const double *kernel, const double *zeros, ptrdiff_t rows,
                             double *scratch, ptrdiff_t *offsets, double *d_inputs, double *d_kernel, double *d_bias);

/* pooling */
void purenet_max_pool_forward(const double *inputs, const purenet_window *window, ptrdiff_t rows, double *outputs);
void purenet_max_pool_backward(const double *inputs, const double *d_outputs, const purenet_window *window,
                               ptrdiff_t rows, double *d_inputs);
void purenet_average_pool_forward(const double *inputs, const purenet_window *window, ptrdiff_t rows, double *outputs);
void purenet_average_pool_backward(const double *d_outputs, const purenet_window *window, ptrdiff_t rows,
                                   double *d_inputs);

/* dropout: count numbers, of which the first uses draw 0 of the key; results can be the inputs */
uint64_t purenet_splitmix(uint64_t number);
uint64_t purenet_dropout_key(uint64_t seed, uint64_t layer, uint64_t step);
void purenet_dropout_forward(const double *inputs, uint64_t key, double rate, ptrdiff_t count, double *outputs);
void purenet_dropout_predict(const double *inputs, ptrdiff_t count, double *outputs);
void purenet_dropout_backward(const double *d_outputs, uint64_t key, double rate, ptrdiff_t count, double *d_inputs);

/* normalisation: inputs are count positions x channels, a whole batch; gamma, beta, mean and variance have channels
   numbers, scratch 6 times as many */
void purenet_batch_norm_forward(const double *inputs, const double *gamma, const double *beta, double epsilon,
                                ptrdiff_t count, ptrdiff_t channels, double *scratch, double *outputs);
void purenet_batch_norm_predict(const double *inputs, const double *gamma, const double *beta, const double *mean,
                                const double *variance, double epsilon, ptrdiff_t count, ptrdiff_t channels,
                                double *scratch, double *outputs);
void purenet_batch_norm_statistics(const double *inputs, const double *mean, const double *variance, double momentum,
                                   ptrdiff_t count, ptrdiff_t channels, double *new_mean, double *new_variance);
void purenet_batch_norm_backward(const double *inputs, const double *d_outputs, int32_t first, const double *gamma,
                                 double epsilon, ptrdiff_t count, ptrdiff_t channels, double *scratch, double *d_inputs,
                                 double *d_gamma, double *d_beta);

/* training: the plan as fixed records */
enum {
    PURENET_DENSE,
    PURENET_CONV2D,
    PURENET_MAX_POOL,
    PURENET_AVERAGE_POOL,
    PURENET_DROPOUT,
    PURENET_BATCH_NORM,
    PURENET_SIGMOID_STEP,
    PURENET_TANH_STEP,
    PURENET_RELU_STEP,
    PURENET_LEAKY_RELU_STEP,
    PURENET_SOFTPLUS_STEP,
    PURENET_SOFTMAX_STEP,
    PURENET_ELU_STEP,
    PURENET_SILU_STEP,
    PURENET_GELU_STEP
};
enum {
    PURENET_SQUARED_ERROR,
    PURENET_HALF_SQUARED_ERROR,
    PURENET_MEAN_ABSOLUTE_ERROR,
    PURENET_HUBER,
    PURENET_BINARY_CROSS_ENTROPY,
    PURENET_CATEGORICAL_CROSS_ENTROPY
};
enum {
    PURENET_SGD,
    PURENET_SGD_MOMENTUM,
    PURENET_SGD_NESTEROV,
    PURENET_RMSPROP,
    PURENET_RMSPROP_MOMENTUM,
    PURENET_ADAGRAD,
    PURENET_ADAM,
    PURENET_RPROP
};

/* One operation of a network. */
enum { PURENET_STEP_PARAMETERS = 2, PURENET_STEP_SETTINGS = 2 };
typedef struct {
    int32_t kind;
    ptrdiff_t inputs, outputs;     /* numbers per row */
    ptrdiff_t value_offset;        /* the outputs of all earlier steps, added up */
    ptrdiff_t parameter_offset[2]; /* where its parameters begin among all; -1: it has none */
    ptrdiff_t statistic_offset[2]; /* likewise its statistics, which follow all parameters */
    ptrdiff_t channels;            /* the last dimension of its first parameter */
    int64_t layer;                 /* the number of its layer */
    purenet_window window;         /* of a step on images */
    double settings[2];            /* slope, rate and so on */
} purenet_step;

typedef struct {
    ptrdiff_t first, count; /* which numbers of the parameters it concerns */
    double l1, l2;
} purenet_penalty;

/* A whole network and how it is trained. */
enum { PURENET_OPTIMIZER_SETTINGS = 4, PURENET_RUNNING = 2 };
typedef struct {
    const purenet_step *steps;
    int32_t step_count;
    int32_t loss;
    int32_t loss_input;    /* the number of the value that the loss reads: the outputs, or the logits before them */
    int32_t mean_divisor;  /* a mean divides by the total weight times this; 0 for a sum */
    double loss_setting;   /* delta of huber */
    int32_t optimizer;
    int32_t optimizer_state_size;  /* optimizer numbers for each number of a parameter */
    int32_t running;       /* how many running products the optimizer has: powers of its first settings */
    double optimizer_settings[4];
    double weight_decay, clip_norm, clip_value; /* 0: none */
    const purenet_penalty *penalties;
    int32_t penalty_count;
    int32_t penalty_mean;     /* whether they are divided by the total weight of the batch */
    ptrdiff_t parameter_size; /* numbers in all parameters */
    ptrdiff_t total_size;     /* numbers in all parameters and statistics */
    uint64_t seed;
    ptrdiff_t max_width;   /* the largest inputs or outputs of a step */
    ptrdiff_t slice_rows;  /* rows computed at a time; with batch normalisation, the largest batch */
    int32_t level, threads; /* these and the next two as in purenet_context */
    int64_t scalar_below, single_thread_below;
} purenet_plan;

/* All that training changes. Parameters, optimizer numbers and running products (which begin at 1) exist twice, and
   active says which copy is valid: a batch writes the other copy, then purenet_commit_state makes it the active one. */
typedef struct {
    double *parameters[2];
    double *numbers[2];
    double running[2][2];
    int32_t active;
    purenet_stream stream;
    int64_t epoch, batch, steps;
    int32_t committing; /* 1 during a commit of the following fields, which a forked process can repeat */
    int32_t next_active;
    const purenet_stream *next_stream; /* null: the stream stays */
    int64_t next_epoch, next_batch, next_steps;
} purenet_state;

enum {
    PURENET_ALL_FINITE,
    PURENET_NON_FINITE_LOSS,
    PURENET_NON_FINITE_GRADIENT,
    PURENET_NON_FINITE_PARAMETER,
    PURENET_NON_FINITE_NUMBER,
    PURENET_NON_FINITE_STATISTIC
};

/* One call of fit: the data, how to train on it, and how far training is. */
typedef struct {
    const double *x, *y, *weights;
    int64_t samples, batch_size, epochs;
    int32_t shuffle;
    double learning_rate;
    const double *rates;  /* the rates of rate_count steps from step rates_from on, or null: learning_rate */
    int64_t rates_from, rate_count;
    int64_t row_budget;   /* return after this many rows */
    double *losses;       /* one per epoch */
    int64_t losses_done;
    int64_t *order;       /* scratch for samples numbers if shuffle */
    purenet_stream next_stream;
    int32_t in_epoch;     /* 0: the next batch begins an epoch */
    int64_t rows;         /* rows done in this epoch */
    double total, total_weight;
    double epoch_loss;    /* the loss of these rows */
    int64_t batch_rows;   /* rows done in this batch, whose running totals are in the workspace */
    double batch_total, batch_weight;
    int32_t non_finite;   /* what is not finite, if anything, and the index of the number among all parameters */
    ptrdiff_t non_finite_index;
    double committed_total, committed_weight; /* total and total_weight at the end of the last finished batch */
    double *penalties;    /* one per epoch if penalties are means: the sum of the batches' penalties */
    double penalty;       /* the same for this epoch so far */
} purenet_run;

/* Return how many doubles the workspace of the following calls needs if slice_rows is rows; -1 if that exceeds the
   address space. */
ptrdiff_t purenet_workspace_size(const purenet_plan *plan, int64_t rows);
void purenet_commit_state(purenet_state *state);
void purenet_train(const purenet_plan *plan, purenet_state *state, purenet_run *run, double *workspace);
void purenet_predict(const purenet_plan *plan, const double *parameters, const double *x, int64_t samples,
                     double *workspace, double *outputs);
/* The same with the parameters of a state, for at most plan->slice_rows rows, where x and out may overlap. out can be
   null. Return where the outputs are in the workspace. Return null, and leave out as it is, if x is not aligned, a
   number of x or of the outputs is not finite, or this thread flushes subnormal numbers. */
const double *purenet_predict_plain(const purenet_plan *plan, const purenet_state *state, const double *x, int64_t rows,
                                    double *workspace, double *out);
/* totals: the totals of losses and of weights over the rows of earlier calls, at first 0; this call adds its rows */
double purenet_evaluate(const purenet_plan *plan, const double *parameters, const double *x, const double *y,
                        const double *weights, int64_t samples, double *workspace, double *totals);
void purenet_gradients(const purenet_plan *plan, const double *parameters, const double *x, const double *y,
                       const double *weights, int64_t samples, int64_t steps, double *workspace, double *gradients,
                       double *loss);
/* Return the index of the first number that is infinite or NaN, or -1. Another thread may change the numbers meanwhile:
   the search ends with the table. */
ptrdiff_t purenet_first_non_finite(int32_t level, const double *values, ptrdiff_t count);
/* Return the index of the first number that is not between -limit and limit, or -1. */
ptrdiff_t purenet_first_beyond(int32_t level, const double *values, ptrdiff_t count, double limit);

/* Return the highest level that this machine supports. */
int32_t purenet_best_level(void);
