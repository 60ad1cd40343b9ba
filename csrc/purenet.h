/* purenet: neural networks whose bits are the same everywhere; the C twin of purenet/reference.

   Every function here has the name of its reference function with purenet_ before it, and gives the same
   bits.  Tables are rows of doubles, one after the other, without gaps.  Nothing is allocated, nothing is
   kept between calls; results go where the last arguments point and, unless it is said, do not overlap the
   inputs.  "hands" says who does the work: which vector units, how many threads; it never changes a bit.
   This file is plain declarations, so that cffi can read it as it stands; it needs stddef.h and stdint.h
   before it. */

/* Who does the work.  level: vector units that may be used, 0 none (the plain twins), 1 what the compiler's
   baseline has, 2 AVX2, 3 AVX-512.  threads: 1 to PURENET_MOST_THREADS, with the caller's; where there are no
   threads, or none can be made, the caller does it all. */
enum { PURENET_MOST_THREADS = 64, PURENET_PACKED = 24 * 512 };
enum {
    PURENET_CELLS,  /* the plain product */
    PURENET_TILE,   /* the widest tile */
    PURENET_NARROW, /* a narrower tile of several rows */
    PURENET_ROW,    /* one row */
    PURENET_COLUMN, /* one column */
    PURENET_VECTOR, /* a function of a vector of numbers */
    PURENET_SCALAR, /* a function number by number */
    PURENET_KERNELS
};
typedef struct purenet_team purenet_team;
typedef struct {
    int32_t level;
    int32_t threads;
    int64_t small;         /* a product of fewer multiply-adds goes straight to the plain form */
    int64_t alone;         /* one of fewer than these is the caller's alone */
    double *packed;        /* room for columns of a product: PURENET_PACKED numbers for each thread */
    int64_t *written;      /* output cells written so far, anew for every 512 terms: PURENET_KERNELS counts a thread */
    purenet_team *team;    /* threads that wait for work; null: every product makes its own */
} purenet_hands;

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
    int32_t position;   /* words of key already read */
    int32_t has_cached; /* whether cached holds the second of a pair of gaussians */
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
   start's rows are start_step apart (0: one row for all; start may be result itself); left[i][k] stands
   at left[i * left_row + k * left_term], right[k][j] at right[k * right_term + j * right_column]. */
void purenet_multiply(purenet_hands *hands, const double *start, ptrdiff_t start_step,
                      const double *left, ptrdiff_t left_row, ptrdiff_t left_term,
                      const double *right, ptrdiff_t right_term, ptrdiff_t right_column,
                      ptrdiff_t rows, ptrdiff_t terms, ptrdiff_t columns, double *result);
void purenet_multiply_cells(const double *start, ptrdiff_t start_step,
                            const double *left, ptrdiff_t left_row, ptrdiff_t left_term,
                            const double *right, ptrdiff_t right_term, ptrdiff_t right_column,
                            ptrdiff_t rows, ptrdiff_t terms, ptrdiff_t columns,
                            double *result, ptrdiff_t result_row);
/* The same, but left[i][k] stands at left[row_offsets[i] + term_offsets[k]]. */
void purenet_multiply_scattered(purenet_hands *hands, const double *start, ptrdiff_t start_step, const double *left,
                                const ptrdiff_t *row_offsets, const ptrdiff_t *term_offsets,
                                const double *right, ptrdiff_t right_term, ptrdiff_t right_column,
                                ptrdiff_t rows, ptrdiff_t terms, ptrdiff_t columns, double *result);
/* totals go on with a table's rows */
void purenet_add_rows(const double *table, ptrdiff_t rows, ptrdiff_t columns, double *totals);

/* tables: y[k] = f(x[k]), count numbers; y may be x */
void purenet_exp_table(purenet_hands *hands, const double *x, ptrdiff_t count, double *y);
void purenet_sigmoid_table(purenet_hands *hands, const double *x, ptrdiff_t count, double *y);
void purenet_tanh_table(purenet_hands *hands, const double *x, ptrdiff_t count, double *y);
void purenet_log_table(purenet_hands *hands, const double *x, ptrdiff_t count, double *y);
void purenet_softplus_table(purenet_hands *hands, const double *x, ptrdiff_t count, double *y);

/* activations: z, a, d_a and d_z have count numbers; backward may put d_z where d_a was */
void purenet_sigmoid_forward(purenet_hands *hands, const double *z, ptrdiff_t count, double *a);
void purenet_sigmoid_backward(const double *a, const double *d_a, ptrdiff_t count, double *d_z);
void purenet_tanh_forward(purenet_hands *hands, const double *z, ptrdiff_t count, double *a);
void purenet_tanh_backward(const double *a, const double *d_a, ptrdiff_t count, double *d_z);
void purenet_relu_forward(const double *z, ptrdiff_t count, double *a);
void purenet_relu_backward(const double *a, const double *d_a, ptrdiff_t count, double *d_z);
void purenet_leaky_relu_forward(const double *z, double slope, ptrdiff_t count, double *a);
void purenet_leaky_relu_backward(const double *z, const double *d_a, double slope, ptrdiff_t count, double *d_z);
void purenet_softplus_forward(purenet_hands *hands, const double *z, ptrdiff_t count, double *a);
void purenet_softplus_backward(const double *z, const double *d_a, ptrdiff_t count, double *d_z);
void purenet_softmax_forward(purenet_hands *hands, const double *z, ptrdiff_t rows, ptrdiff_t columns, double *a);
void purenet_softmax_backward(const double *a, const double *d_a, ptrdiff_t rows, ptrdiff_t columns, double *d_z);
void purenet_elu_forward(const double *z, double slope, ptrdiff_t count, double *a);
void purenet_elu_backward(const double *z, const double *d_a, double slope, ptrdiff_t count, double *d_z);
void purenet_silu_forward(purenet_hands *hands, const double *z, ptrdiff_t count, double *a);
void purenet_silu_backward(const double *z, const double *d_a, ptrdiff_t count, double *d_z);
void purenet_gelu_forward(purenet_hands *hands, const double *z, ptrdiff_t count, double *a);
void purenet_gelu_backward(const double *z, const double *d_a, ptrdiff_t count, double *d_z);

/* losses: tables are rows x columns, losses and factors have a number a row, room has rows x columns numbers */
void purenet_squared_error_forward(const double *predictions, const double *targets,
                                   ptrdiff_t rows, ptrdiff_t columns, double *losses);
void purenet_squared_error_backward(const double *predictions, const double *targets, const double *factors,
                                    ptrdiff_t rows, ptrdiff_t columns, double *d_predictions);
void purenet_half_squared_error_forward(const double *predictions, const double *targets,
                                        ptrdiff_t rows, ptrdiff_t columns, double *losses);
void purenet_half_squared_error_backward(const double *predictions, const double *targets, const double *factors,
                                         ptrdiff_t rows, ptrdiff_t columns, double *d_predictions);
void purenet_mean_absolute_error_forward(const double *predictions, const double *targets,
                                         ptrdiff_t rows, ptrdiff_t columns, double *losses);
void purenet_mean_absolute_error_backward(const double *predictions, const double *targets, const double *factors,
                                          ptrdiff_t rows, ptrdiff_t columns, double *d_predictions);
void purenet_huber_forward(const double *predictions, const double *targets, double delta,
                           ptrdiff_t rows, ptrdiff_t columns, double *losses);
void purenet_huber_backward(const double *predictions, const double *targets, const double *factors, double delta,
                            ptrdiff_t rows, ptrdiff_t columns, double *d_predictions);
void purenet_binary_cross_entropy_forward(purenet_hands *hands, const double *logits, const double *targets,
                                          ptrdiff_t rows, ptrdiff_t columns, double *room, double *losses);
void purenet_categorical_cross_entropy_forward(purenet_hands *hands, const double *logits, const double *targets,
                                               ptrdiff_t rows, ptrdiff_t columns, double *room, double *losses);

/* before and after an optimizer: new gradients may go where the old ones are, a decayed parameter is taken from */
void purenet_penalized(const double *parameter, const double *gradient, double l1, double l2, ptrdiff_t count,
                       double *new_gradient);
void purenet_clipped(const double *gradient, double limit, ptrdiff_t count, double *new_gradient);
double purenet_squares(const double *gradient, double total, ptrdiff_t count);
double purenet_norm_factor(double total, double limit);
void purenet_scaled(const double *gradient, double factor, ptrdiff_t count, double *new_gradient);
void purenet_decayed(const double *parameter, double decay, ptrdiff_t count, double *new_parameter);

/* optimizers: the new parameter and numbers go to new places; numbers: count of each kind, one kind after the other */
void purenet_sgd(const double *parameter, const double *gradient, double learning_rate,
                 ptrdiff_t count, double *new_parameter);
void purenet_sgd_momentum(const double *parameter, const double *numbers, const double *gradient,
                          double learning_rate, double momentum,
                          ptrdiff_t count, double *new_parameter, double *new_numbers);
void purenet_sgd_nesterov(const double *parameter, const double *numbers, const double *gradient,
                          double learning_rate, double momentum,
                          ptrdiff_t count, double *new_parameter, double *new_numbers);
void purenet_rmsprop(const double *parameter, const double *numbers, const double *gradient, double learning_rate,
                     double rho, double epsilon, ptrdiff_t count, double *new_parameter, double *new_numbers);
void purenet_rmsprop_momentum(const double *parameter, const double *numbers, const double *gradient,
                              double learning_rate, double rho, double epsilon, double momentum,
                              ptrdiff_t count, double *new_parameter, double *new_numbers);
void purenet_adagrad(const double *parameter, const double *numbers, const double *gradient, double learning_rate,
                     double initial, double epsilon, ptrdiff_t count, double *new_parameter, double *new_numbers);
void purenet_adam(const double *parameter, const double *numbers, const double *gradient, double learning_rate,
                  double beta_1, double beta_2, double epsilon, double b1_t, double b2_t,
                  ptrdiff_t count, double *new_parameter, double *new_numbers);
void purenet_rprop(const double *parameter, const double *numbers, const double *gradient, double learning_rate,
                   double shrink, double grow, double least, double most,
                   ptrdiff_t count, double *new_parameter, double *new_numbers);

/* dense: inputs rows x fan_in, weights fan_in x units, bias units or null, outputs rows x units; zeros has at
   least max(fan_in, units) zeros; d_weights and d_bias are added to */
void purenet_dense_forward(purenet_hands *hands, const double *inputs, const double *weights, const double *bias,
                           const double *zeros, ptrdiff_t rows, ptrdiff_t fan_in, ptrdiff_t units, double *outputs);
void purenet_dense_backward(purenet_hands *hands, const double *inputs, const double *d_outputs, int32_t first,
                            const double *weights, const double *zeros, ptrdiff_t rows, ptrdiff_t fan_in,
                            ptrdiff_t units, double *d_inputs, double *d_weights, double *d_bias);

/* How a kernel goes over images, channels last, row by row; "top" rows and "left" columns of zeros stand before
   them.  filters: channels of the output. */
typedef struct {
    ptrdiff_t height, width, channels, rows, columns, down, right, top, left, out_height, out_width, filters;
} purenet_window;

/* convolution: kernel is rows * columns * channels x filters, bias filters or null; "rows" of the arguments are
   images; room and offsets have as many numbers as the functions say; d_kernel and d_bias are added to */
int64_t purenet_conv2d_room(const purenet_window *window);
int64_t purenet_conv2d_offsets(const purenet_window *window);
void purenet_conv2d_forward(purenet_hands *hands, const double *inputs, const purenet_window *window,
                            const double *kernel, const double *bias, const double *zeros, ptrdiff_t rows,
                            double *room, ptrdiff_t *offsets, double *outputs);
void purenet_conv2d_backward(purenet_hands *hands, const double *inputs, const double *d_outputs, int32_t first,
                             const purenet_window *window, const double *kernel, const double *zeros, ptrdiff_t rows,
                             double *room, ptrdiff_t *offsets, double *d_inputs, double *d_kernel, double *d_bias);

/* pooling */
void purenet_max_pool_forward(const double *inputs, const purenet_window *window, ptrdiff_t rows, double *outputs);
void purenet_max_pool_backward(const double *inputs, const double *d_outputs, const purenet_window *window,
                               ptrdiff_t rows, double *d_inputs);
void purenet_average_pool_forward(const double *inputs, const purenet_window *window, ptrdiff_t rows, double *outputs);
void purenet_average_pool_backward(const double *d_outputs, const purenet_window *window, ptrdiff_t rows,
                                   double *d_inputs);

/* dropout: count numbers, the first of which has the key's draw 0; results may go where the inputs are */
uint64_t purenet_splitmix(uint64_t number);
uint64_t purenet_dropout_key(uint64_t seed, uint64_t layer, uint64_t step);
void purenet_dropout_forward(const double *inputs, uint64_t key, double rate, ptrdiff_t count, double *outputs);
void purenet_dropout_predict(const double *inputs, ptrdiff_t count, double *outputs);
void purenet_dropout_backward(const double *d_outputs, uint64_t key, double rate, ptrdiff_t count, double *d_inputs);

/* normalisation: count positions x channels; gamma, beta, mean and variance have channels numbers, room 6 times as
   many; the whole batch at once */
void purenet_batch_norm_forward(const double *inputs, const double *gamma, const double *beta, double epsilon,
                                ptrdiff_t count, ptrdiff_t channels, double *room, double *outputs);
void purenet_batch_norm_predict(const double *inputs, const double *gamma, const double *beta, const double *mean,
                                const double *variance, double epsilon, ptrdiff_t count, ptrdiff_t channels,
                                double *room, double *outputs);
void purenet_batch_norm_statistics(const double *inputs, const double *mean, const double *variance, double momentum,
                                   ptrdiff_t count, ptrdiff_t channels, double *new_mean, double *new_variance);
void purenet_batch_norm_backward(const double *inputs, const double *d_outputs, int32_t first, const double *gamma,
                                 double epsilon, ptrdiff_t count, ptrdiff_t channels, double *room, double *d_inputs,
                                 double *d_gamma, double *d_beta);

/* training: the plan as fixed records */
enum {
    PURENET_DENSE, PURENET_CONV2D, PURENET_MAX_POOL, PURENET_AVERAGE_POOL, PURENET_DROPOUT, PURENET_BATCH_NORM,
    PURENET_SIGMOID_STEP, PURENET_TANH_STEP, PURENET_RELU_STEP, PURENET_LEAKY_RELU_STEP, PURENET_SOFTPLUS_STEP,
    PURENET_SOFTMAX_STEP, PURENET_ELU_STEP, PURENET_SILU_STEP, PURENET_GELU_STEP
};
enum {
    PURENET_SQUARED_ERROR, PURENET_HALF_SQUARED_ERROR, PURENET_MEAN_ABSOLUTE_ERROR, PURENET_HUBER,
    PURENET_BINARY_CROSS_ENTROPY, PURENET_CATEGORICAL_CROSS_ENTROPY
};
enum {
    PURENET_SGD, PURENET_SGD_MOMENTUM, PURENET_SGD_NESTEROV, PURENET_RMSPROP, PURENET_RMSPROP_MOMENTUM,
    PURENET_ADAGRAD, PURENET_ADAM, PURENET_RPROP
};

enum { PURENET_OWN = 2, PURENET_REALS = 2 };
typedef struct {
    int32_t kind;
    ptrdiff_t inputs, outputs;
    ptrdiff_t before;             /* the outputs of all steps before this one, added up */
    ptrdiff_t own[2];             /* where its parameters begin among all; -1 for one that is not there */
    ptrdiff_t kept[2];            /* likewise its statistics, which stand behind all parameters */
    ptrdiff_t channels;           /* the last dimension of its first parameter */
    int64_t layer;                /* the number of its layer */
    purenet_window window;        /* of what goes over images */
    double reals[2];              /* slopes, rates and so on */
} purenet_step;

typedef struct {
    ptrdiff_t first, count; /* which numbers of the parameters cost */
    double l1, l2;
} purenet_penalty;

enum { PURENET_OPTIMIZER_REALS = 4, PURENET_RUNNING = 2 };
typedef struct {
    const purenet_step *steps;
    int32_t step_count;
    int32_t loss;
    int32_t reads;    /* which value the loss reads: the outputs, or the logits before them */
    int32_t divisor;  /* of the mean; 0 for a sum */
    double loss_real; /* huber's delta */
    int32_t optimizer;
    int32_t kept;     /* optimizer numbers for each number of a parameter */
    int32_t running;  /* running products, of the first optimizer_reals */
    double optimizer_reals[4];
    double weight_decay, clip_norm, clip_value; /* 0: there is none */
    const purenet_penalty *penalties;
    int32_t penalty_count;
    ptrdiff_t size;    /* numbers in all parameters */
    ptrdiff_t held;    /* and in all statistics, which stand behind them */
    uint64_t seed;
    ptrdiff_t widest;  /* the largest inputs or outputs of a step */
    ptrdiff_t slice;   /* rows worked through at a time; with batch normalisation the largest batch */
    int32_t level, threads; /* these and the next two as in purenet_hands */
    int64_t small, alone;
} purenet_plan;

/* The state that training changes: two places for the parameters, optimizer numbers and running products (which begin
   at 1), of which "live" names the valid one, and the stream; a batch writes the other place and then changes live. */
typedef struct {
    double *parameters[2];
    double *numbers[2];
    double running[2][2];
    int32_t live;
    purenet_stream stream;
    int64_t epoch, batch, steps;
    int32_t changing; /* 1: to what follows, which a forked process can take itself */
    int32_t next_live;
    const purenet_stream *next_stream; /* NULL: the stream stays */
    int64_t next_epoch, next_batch, next_steps;
} purenet_state;

enum { PURENET_NO_TROUBLE, PURENET_LOSS_TROUBLE, PURENET_GRADIENT_TROUBLE, PURENET_PARAMETER_TROUBLE,
       PURENET_NUMBER_TROUBLE, PURENET_STATISTIC_TROUBLE };

/* One call of fit: the data and how to go through it, and what has come of it so far. */
typedef struct {
    const double *x, *y, *weights;
    int64_t samples, batch_size, epochs;
    int32_t shuffle;
    double learning_rate;
    const double *rates;  /* or the learning rate of each step from rates_from on, after which the call returns */
    int64_t rates_from, rate_count;
    int64_t budget;       /* rows to work through before the call returns */
    double *losses;       /* one an epoch */
    int64_t losses_done;
    int64_t *order;       /* room for samples numbers if shuffle */
    purenet_stream next_stream;
    int32_t in_epoch;     /* 0: the next batch begins an epoch */
    int64_t rows;         /* done of the epoch in progress */
    double total, total_weight;
    double so_far;        /* the loss of these rows */
    int64_t batch_rows;   /* done of the batch in progress, its running totals in the workspace */
    double batch_total, batch_weight;
    int32_t trouble;      /* what was not finite, and which number of the parameters */
    ptrdiff_t place;
    double whole_total, whole_weight; /* total and total_weight at the end of the last finished batch */
} purenet_run;

/* How many doubles the workspace of the calls below must have, -1 for more than can be addressed.  It begins with the
   cells that the last call wrote: PURENET_KERNELS whole numbers of 64 bits for each thread. */
ptrdiff_t purenet_workspace_size(const purenet_plan *plan);
void purenet_take_next(purenet_state *state);
void purenet_train(const purenet_plan *plan, purenet_state *state, purenet_run *run, double *workspace);
void purenet_predict(const purenet_plan *plan, const double *parameters, const double *x, int64_t samples,
                     double *workspace, double *outputs);
/* totals: of the losses and the weights of the rows in earlier calls, 0 at first, with these rows' added at the end */
double purenet_evaluate(const purenet_plan *plan, const double *parameters, const double *x, const double *y,
                        const double *weights, int64_t samples, double *workspace, double *totals);
void purenet_gradients(const purenet_plan *plan, const double *parameters, const double *x, const double *y,
                       const double *weights, int64_t samples, int64_t steps, double *workspace,
                       double *gradients, double *loss);
ptrdiff_t purenet_first_non_finite(int32_t level, const double *values, ptrdiff_t count);
/* the first number that does not lie between -limit and limit; -1 if all do */
ptrdiff_t purenet_first_beyond(int32_t level, const double *values, ptrdiff_t count, double limit);

/* what this machine has: the highest level that can be used */
int32_t purenet_best_level(void);
