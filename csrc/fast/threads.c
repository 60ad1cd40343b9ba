/* A team of threads for the products of one call into the library. A product is divided by rows or by columns into
   parts that write different cells, so the thread that computes a cell does not change its bits. Whichever thread is
   free takes the next part. The threads are created at the first product that is large enough, wait for the next ones,
   and end with the call. If a thread cannot be created, the others do its work. */
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
    PARTS_PER_THREAD = 4, /* several, so that one delayed thread holds up the rest only a little */
    SPINS = 100000        /* how often a thread looks for work before it sleeps: longer than the time between two
                             products, because a thread that is woken may land on the core of the one that works */
};

typedef struct {
    purenet_team *team;
    int32_t number; /* from 1; the caller is 0 */
} worker;

struct purenet_team {
    const purenet_context *ctx;
    const purenet_product *product; /* the one in progress */
    int32_t parts;                  /* how many parts it has */
    int32_t by_columns;
    int32_t parts_left;             /* parts that no thread has taken yet: threads count it down to 0 */
    int32_t parts_done;
    int32_t started;                /* whether threads were created */
    int32_t count;                  /* how many */
    int32_t stopping;               /* the threads are to end */
    pthread_mutex_t mutex;          /* for threads that sleep until wake */
    pthread_cond_t wake;
    pthread_t threads[PURENET_MAX_THREADS];
    worker workers[PURENET_MAX_THREADS];
};

/* Compute part p of the product: its share of the rows or columns, in whole tiles. */
static void compute_part(purenet_team *team, int32_t p, int32_t number)
{
    const purenet_context *ctx = team->ctx;
    purenet_product part = *team->product;
    ptrdiff_t size = team->by_columns ? PURENET_TILE_COLUMNS : 8;
    ptrdiff_t total = team->by_columns ? part.columns : part.rows;
    ptrdiff_t blocks = (total + size - 1) / size;
    ptrdiff_t first = blocks * p / team->parts * size;
    ptrdiff_t end = blocks * (p + 1) / team->parts * size;
    if (end > total)
        end = total;
    if (team->by_columns) {
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
    purenet_level_multiply(ctx->level, &part, ctx->packing + number * (ptrdiff_t)PURENET_PACKING_SIZE);
}

/* Take parts until none is left. While a part is being computed, its product cannot end and be replaced. */
static void take_parts(purenet_team *team, int32_t number)
{
    int32_t left = __atomic_load_n(&team->parts_left, __ATOMIC_ACQUIRE);
    while (left > 0)
        if (__atomic_compare_exchange_n(&team->parts_left, &left, left - 1, 0, __ATOMIC_ACQ_REL, __ATOMIC_ACQUIRE)) {
            compute_part(team, left - 1, number);
            __atomic_fetch_add(&team->parts_done, 1, __ATOMIC_RELEASE);
            left = __atomic_load_n(&team->parts_left, __ATOMIC_ACQUIRE);
        }
}

/* Wait for a part to take (return 1) or for the end of the team (return 0). */
static int32_t wait_for_work(purenet_team *team)
{
    for (int32_t spin = 0; spin < SPINS; spin++) {
        if (__atomic_load_n(&team->parts_left, __ATOMIC_ACQUIRE) > 0)
            return 1;
        if (__atomic_load_n(&team->stopping, __ATOMIC_ACQUIRE))
            return 0;
        if (spin % 64 == 63)
            sched_yield();
    }
    pthread_mutex_lock(&team->mutex);
    while (!team->stopping && __atomic_load_n(&team->parts_left, __ATOMIC_ACQUIRE) == 0)
        pthread_cond_wait(&team->wake, &team->mutex);
    int32_t has_work = !team->stopping;
    pthread_mutex_unlock(&team->mutex);
    return has_work;
}

static void *worker_main(void *argument)
{
    const worker *self = argument;
    PURENET_COUNT_AS(self->number);
    while (wait_for_work(self->team))
        take_parts(self->team, self->number);
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

/* Compute a product, in several threads if it is large enough. */
void purenet_fast_multiply(purenet_context *ctx, const purenet_product *product)
{
    ptrdiff_t columns = (product->columns + PURENET_TILE_COLUMNS - 1) / PURENET_TILE_COLUMNS;
    ptrdiff_t rows = (product->rows + 7) / 8;
    int64_t size = (int64_t)product->rows * product->columns * product->terms;
    if (ctx->threads <= 1 || size < ctx->single_thread_below || (rows == 1 && columns == 1)) {
        purenet_level_multiply(ctx->level, product, ctx->packing);
        return;
    }
    purenet_team temporary;
    int32_t is_temporary = !ctx->team;
    if (is_temporary)
        purenet_team_begin(ctx, &temporary);
    purenet_team *team = ctx->team;
    if (!team) {
        purenet_level_multiply(ctx->level, product, ctx->packing);
        return;
    }
    if (!team->started)
        create_threads(team);
    ptrdiff_t blocks = columns >= 2 * ctx->threads || columns >= rows ? columns : rows;
    ptrdiff_t parts = PARTS_PER_THREAD * (ptrdiff_t)ctx->threads;
    team->product = product;
    team->by_columns = blocks == columns;
    team->parts = (int32_t)(parts < blocks ? parts : blocks);
    __atomic_store_n(&team->parts_done, 0, __ATOMIC_RELAXED);
    pthread_mutex_lock(&team->mutex);
    __atomic_store_n(&team->parts_left, team->parts, __ATOMIC_RELEASE);
    pthread_cond_broadcast(&team->wake);
    pthread_mutex_unlock(&team->mutex);
    take_parts(team, 0);
    while (__atomic_load_n(&team->parts_done, __ATOMIC_ACQUIRE) < team->parts)
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

void purenet_fast_multiply(purenet_context *ctx, const purenet_product *product)
{
    purenet_level_multiply(ctx->level, product, ctx->packing);
}

#endif
