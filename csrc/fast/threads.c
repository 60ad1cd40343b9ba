/* A team of threads for one call into the library. A job is divided into parts that write different outputs, so the
   thread that computes an output does not change its bits. Whichever thread is free takes the next part. The threads
   are created when a call turns out to be long enough, wait for the next jobs, and end with the call. If a thread
   cannot be created, the others do its work.

   Waiting for a job costs a core. So a thread looks for work only as long as its own work has saved the caller, then it
   sleeps. Short jobs do not wake sleeping threads, because the caller is done before they are awake. */
#define _POSIX_C_SOURCE 200809L
#include "fast.h"

#ifdef PURENET_COUNT_KERNELS
int64_t purenet_kernel_counts[PURENET_MAX_THREADS][PURENET_KERNELS];
__thread int32_t purenet_thread_number;
#endif

/* Whether there are threads. */
#if (defined(__unix__) || defined(__APPLE__)) && !defined(PURENET_NO_THREADS) && !defined(__EMSCRIPTEN__)

#include <pthread.h>
#include <sched.h>
#include <signal.h>

enum {
    PARTS_PER_THREAD = 4,  /* several, so that one delayed thread holds up the rest only a little */
    CREATE_FOR = 16,       /* times single_thread_below: the work of a call that is worth creating threads */
    WAKE_FOR = 4,          /* times single_thread_below: the work that is worth waking threads */
    WORK_PER_LOOK = 64,    /* multiply-adds that take as long as looking for work once */
    FIRST_LOOKS = 10000,   /* how often a new thread looks, and */
    MOST_LOOKS = 200000,   /* how often any thread looks before it sleeps */
    LOOKS_PER_YIELD = 64
};

typedef struct {
    purenet_team *team;
    int32_t number; /* from 1; the caller is 0 */
} worker;

struct purenet_team {
    const purenet_context *ctx;
    purenet_share *share;   /* of the job in progress */
    const void *job;
    ptrdiff_t total, block;
    int64_t part_work;
    int32_t parts;                            /* how many parts the job has */
    int32_t first_part[PURENET_MAX_THREADS + 1]; /* each thread begins with parts of its own */
    int32_t parts_left[PURENET_MAX_THREADS];  /* how many of these are not taken yet: threads count them down to 0 */
    int32_t parts_done;
    int32_t started;        /* whether threads were created */
    int32_t count;          /* how many */
    int32_t sleeping;       /* how many of them sleep */
    int32_t stopping;       /* the threads are to end */
    int64_t work_so_far;    /* of this call, until threads are created */
    pthread_mutex_t mutex;  /* for threads that sleep until wake */
    pthread_cond_t wake;
    pthread_t threads[PURENET_MAX_THREADS];
    worker workers[PURENET_MAX_THREADS];
};

/* Compute part p of the job: its share of the blocks. */
static void compute_part(purenet_team *team, int32_t p, int32_t number)
{
    ptrdiff_t blocks = (team->total + team->block - 1) / team->block;
    ptrdiff_t first = blocks * p / team->parts * team->block;
    ptrdiff_t end = blocks * (p + 1) / team->parts * team->block;
    team->share(team->job, number, first, end < team->total ? end : team->total);
}

/* Take parts until none is left, and return their work. A thread begins with its own parts, which concern the same rows
   in one job after the other, so that it finds them in its core's cache; then it takes those of others. While a part is
   being computed, its job cannot end and be replaced. */
static int64_t take_parts(purenet_team *team, int32_t number)
{
    int64_t work = 0;
    int32_t threads = team->ctx->threads;
    for (int32_t k = 0; k < threads; k++) {
        int32_t owner = (number + k) % threads;
        int32_t *parts_left = &team->parts_left[owner];
        int32_t left = __atomic_load_n(parts_left, __ATOMIC_ACQUIRE);
        while (left > 0)
            if (__atomic_compare_exchange_n(parts_left, &left, left - 1, 0, __ATOMIC_ACQ_REL, __ATOMIC_ACQUIRE)) {
                work += team->part_work;
                compute_part(team, team->first_part[owner + 1] - left, number);
                __atomic_fetch_add(&team->parts_done, 1, __ATOMIC_RELEASE);
                left = __atomic_load_n(parts_left, __ATOMIC_ACQUIRE);
            }
    }
    return work;
}

/* Wait for a part to take (return 1) or for the end of the team (return 0). looks: how often to look before sleeping */
static int32_t wait_for_work(purenet_team *team, int32_t number, int64_t *looks)
{
    const int32_t *parts_left = &team->parts_left[number];
    for (; *looks > 0; --*looks) {
        if (__atomic_load_n(parts_left, __ATOMIC_ACQUIRE) > 0)
            return 1;
        if (__atomic_load_n(&team->stopping, __ATOMIC_ACQUIRE))
            return 0;
        if (*looks % LOOKS_PER_YIELD == 0)
            sched_yield();
    }
    pthread_mutex_lock(&team->mutex);
    __atomic_fetch_add(&team->sleeping, 1, __ATOMIC_RELAXED);
    while (!team->stopping && __atomic_load_n(parts_left, __ATOMIC_ACQUIRE) == 0)
        pthread_cond_wait(&team->wake, &team->mutex);
    __atomic_fetch_sub(&team->sleeping, 1, __ATOMIC_RELAXED);
    int32_t has_work = !team->stopping;
    pthread_mutex_unlock(&team->mutex);
    return has_work;
}

static void *worker_main(void *argument)
{
    const worker *self = argument;
    int64_t looks = FIRST_LOOKS;
    PURENET_COUNT_AS(self->number);
    while (wait_for_work(self->team, self->number, &looks)) {
        looks += take_parts(self->team, self->number) / WORK_PER_LOOK;
        if (looks > MOST_LOOKS)
            looks = MOST_LOOKS;
    }
    return NULL;
}

/* Create as many of the threads as possible. They block all signals except those that their own instructions raise,
   so that the program's other threads handle them. */
static void create_threads(purenet_team *team)
{
    sigset_t blocked, previous;
    team->started = 1;
    sigfillset(&blocked);
    sigdelset(&blocked, SIGSEGV);
    sigdelset(&blocked, SIGBUS);
    sigdelset(&blocked, SIGFPE);
    sigdelset(&blocked, SIGILL);
    if (pthread_sigmask(SIG_SETMASK, &blocked, &previous))
        return;
    for (int32_t number = 1; number < team->ctx->threads; number++) {
        worker *self = &team->workers[team->count];
        *self = (worker){team, number};
        if (pthread_create(&team->threads[team->count], NULL, worker_main, self))
            break;
        team->count++;
    }
    pthread_sigmask(SIG_SETMASK, &previous, NULL);
}

ptrdiff_t purenet_team_size(void)
{
    return (ptrdiff_t)((sizeof(purenet_team) + sizeof(double) - 1) / sizeof(double));
}

void purenet_team_begin(purenet_context *ctx, purenet_team *team)
{
    ctx->team = NULL;
    if (ctx->threads <= 1)
        return;
    *team = (purenet_team){.ctx = ctx};
    if (pthread_mutex_init(&team->mutex, NULL))
        return;
    if (pthread_cond_init(&team->wake, NULL)) {
        pthread_mutex_destroy(&team->mutex);
        return;
    }
    ctx->team = team;
}

void purenet_team_end(purenet_context *ctx)
{
    purenet_team *team = ctx->team;
    if (!team)
        return;
    pthread_mutex_lock(&team->mutex);
    __atomic_store_n(&team->stopping, 1, __ATOMIC_RELEASE);
    pthread_cond_broadcast(&team->wake);
    pthread_mutex_unlock(&team->mutex);
    for (int32_t k = 0; k < team->count; k++)
        pthread_join(team->threads[k], NULL);
    pthread_cond_destroy(&team->wake);
    pthread_mutex_destroy(&team->mutex);
    ctx->team = NULL;
}

/* Whether a job of so much work should be divided now. */
static int32_t is_worth_dividing(purenet_team *team, int64_t work)
{
    int64_t least = team->ctx->single_thread_below;
    if (!team->started) {
        team->work_so_far += work;
        if (team->work_so_far / CREATE_FOR < least)
            return 0;
        create_threads(team);
    }
    return work / WAKE_FOR >= least || __atomic_load_n(&team->sleeping, __ATOMIC_RELAXED) < team->count;
}

/* Compute a job, in several threads if it is large enough. */
void purenet_divide(purenet_context *ctx, purenet_share *share, const void *job, ptrdiff_t total, ptrdiff_t block,
                    int64_t work)
{
    if (ctx->threads <= 1 || total <= block || work < ctx->single_thread_below) {
        share(job, 0, 0, total);
        return;
    }
    purenet_team temporary;
    int32_t is_temporary = !ctx->team;
    if (is_temporary)
        purenet_team_begin(ctx, &temporary);
    purenet_team *team = ctx->team;
    if (!team || !is_worth_dividing(team, work)) {
        share(job, 0, 0, total);
        if (is_temporary)
            purenet_team_end(ctx);
        return;
    }
    ptrdiff_t blocks = (total + block - 1) / block;
    ptrdiff_t parts = PARTS_PER_THREAD * (ptrdiff_t)ctx->threads;
    team->share = share;
    team->job = job;
    team->total = total;
    team->block = block;
    team->parts = (int32_t)(parts < blocks ? parts : blocks);
    team->part_work = work / team->parts;
    __atomic_store_n(&team->parts_done, 0, __ATOMIC_RELAXED);
    for (int32_t t = 0; t <= ctx->threads; t++)
        team->first_part[t] = team->parts * t / ctx->threads;
    for (int32_t t = ctx->threads - 1; t >= 0; t--) /* the caller's last */
        __atomic_store_n(&team->parts_left[t], team->first_part[t + 1] - team->first_part[t], __ATOMIC_RELEASE);
    if (work / WAKE_FOR >= ctx->single_thread_below && __atomic_load_n(&team->sleeping, __ATOMIC_RELAXED) > 0) {
        pthread_mutex_lock(&team->mutex);
        pthread_cond_broadcast(&team->wake);
        pthread_mutex_unlock(&team->mutex);
    }
    take_parts(team, 0);
    for (int32_t look = 0; __atomic_load_n(&team->parts_done, __ATOMIC_ACQUIRE) < team->parts; look++)
        if (look % LOOKS_PER_YIELD == LOOKS_PER_YIELD - 1)
            sched_yield();
    if (is_temporary)
        purenet_team_end(ctx);
}

#else

ptrdiff_t purenet_team_size(void)
{
    return 0;
}

void purenet_team_begin(purenet_context *ctx, purenet_team *team)
{
    ctx->team = team;
}

void purenet_team_end(purenet_context *ctx)
{
    ctx->team = NULL;
}

void purenet_divide(purenet_context *ctx, purenet_share *share, const void *job, ptrdiff_t total, ptrdiff_t block,
                    int64_t work)
{
    if (ctx->threads > 0 || block + work > 0) /* always: one thread does all the work at once */
        share(job, 0, 0, total);
}

#endif

/* Return the context for a share of a job: one thread, with its own memory. */
purenet_context purenet_own_context(const purenet_context *ctx, int32_t thread)
{
    purenet_context own = *ctx;
    own.threads = 1;
    own.packing += thread * (ptrdiff_t)PURENET_PACKING_SIZE;
    own.team = NULL;
    return own;
}

/* A product and how it is divided. */
typedef struct {
    const purenet_context *ctx;
    const purenet_product *product;
    int32_t by_columns;
} division;

/* Compute some rows or columns of a product. */
static void multiply_share(const void *job, int32_t thread, ptrdiff_t first, ptrdiff_t end)
{
    const division *divided = job;
    purenet_product part = *divided->product;
    if (divided->by_columns) {
        part.start += first;
        part.right += first * part.right_column;
        part.result += first;
        part.columns = end - first;
    } else {
        part.start += first * part.start_step;
        if (part.row_offsets)
            part.row_offsets += first;
        else
            part.left += first * part.left_row;
        part.result += first * part.result_row;
        part.rows = end - first;
    }
    double *packing = divided->ctx->packing + thread * (ptrdiff_t)PURENET_PACKING_SIZE;
    purenet_level_multiply(divided->ctx->level, &part, packing);
}

/* Compute a product, in several threads if it is large enough: in whole tiles, by columns or by rows. */
void purenet_fast_multiply(purenet_context *ctx, const purenet_product *product)
{
    ptrdiff_t columns = (product->columns + PURENET_TILE_COLUMNS - 1) / PURENET_TILE_COLUMNS;
    ptrdiff_t rows = (product->rows + 7) / 8;
    int64_t size = (int64_t)product->rows * product->columns * product->terms;
    if (ctx->threads <= 1 || size < ctx->single_thread_below) {
        purenet_level_multiply(ctx->level, product, ctx->packing);
        return;
    }
    division divided = {ctx, product, columns >= 2 * ctx->threads || columns >= rows};
    if (divided.by_columns)
        purenet_divide(ctx, multiply_share, &divided, product->columns, PURENET_TILE_COLUMNS, size);
    else
        purenet_divide(ctx, multiply_share, &divided, product->rows, 8, size);
}
