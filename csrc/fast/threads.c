/* A team of threads for the products of one call.  A product is divided into parts by rows or by columns, whoever
   is free takes the next part, and the parts write different cells: who computes a cell never changes its bits.
   The threads are made at the first product that is worth it, wait for the next ones, and end with the call;
   what a thread that could not be made would have done, the others do. */
#define _POSIX_C_SOURCE 200809L
#include "fast.h"

/* Whether there are threads. */
#if (defined(__unix__) || defined(__APPLE__)) && !defined(PURENET_NO_THREADS) && !defined(__EMSCRIPTEN__)

#include <pthread.h>
#include <sched.h>
#include <signal.h>

enum {
    PARTS_A_THREAD = 4, /* so that a thread that is held up delays the rest by little */
    PATIENCE = 100000   /* how often a thread looks for work before it sleeps: longer than what lies between two
                           products, since who is woken may be put on the very core that works */
};

typedef struct {
    purenet_team *team;
    int32_t number; /* from 1; the caller has 0 */
} seat;

struct purenet_team {
    const purenet_hands *hands;
    const purenet_product *product; /* the one in progress */
    int32_t parts;                  /* of it */
    int32_t by_columns;
    int32_t left;                   /* parts that nobody has taken yet: taken by counting down to 0 */
    int32_t done;                   /* parts that are finished */
    int32_t begun;                  /* whether threads were made */
    int32_t count;                  /* how many */
    int32_t leave;                  /* the threads are to end */
    pthread_mutex_t mutex;          /* for those that sleep until wake */
    pthread_cond_t wake;
    pthread_t threads[PURENET_MOST_THREADS];
    seat seats[PURENET_MOST_THREADS];
};

/* Part p of the product: its share of the rows or columns, in whole tiles. */
static void work(purenet_team *team, int32_t p, int32_t number)
{
    const purenet_hands *hands = team->hands;
    purenet_product part = *team->product;
    ptrdiff_t size = team->by_columns ? PURENET_TILE_COLUMNS : 8;
    ptrdiff_t all = team->by_columns ? part.columns : part.rows;
    ptrdiff_t blocks = (all + size - 1) / size;
    ptrdiff_t first = blocks * p / team->parts * size;
    ptrdiff_t end = blocks * (p + 1) / team->parts * size;
    if (end > all)
        end = all;
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
    purenet_level_multiply(hands->level, &part, hands->packed + number * (ptrdiff_t)PURENET_PACKED,
                           hands->written + number * PURENET_KERNELS);
}

/* Take parts until none is left.  A part once taken keeps the product from ending, so what it is about stays. */
static void take_parts(purenet_team *team, int32_t number)
{
    int32_t left = __atomic_load_n(&team->left, __ATOMIC_ACQUIRE);
    while (left > 0)
        if (__atomic_compare_exchange_n(&team->left, &left, left - 1, 0, __ATOMIC_ACQ_REL, __ATOMIC_ACQUIRE)) {
            work(team, left - 1, number);
            __atomic_fetch_add(&team->done, 1, __ATOMIC_RELEASE);
            left = __atomic_load_n(&team->left, __ATOMIC_ACQUIRE);
        }
}

/* Until there is a part to take: 1; or until the threads are to end: 0. */
static int32_t wait_for_work(purenet_team *team)
{
    for (int32_t looked = 0; looked < PATIENCE; looked++) {
        if (__atomic_load_n(&team->left, __ATOMIC_ACQUIRE) > 0)
            return 1;
        if (__atomic_load_n(&team->leave, __ATOMIC_ACQUIRE))
            return 0;
        if (looked % 64 == 63)
            sched_yield();
    }
    pthread_mutex_lock(&team->mutex);
    while (!team->leave && __atomic_load_n(&team->left, __ATOMIC_ACQUIRE) == 0)
        pthread_cond_wait(&team->wake, &team->mutex);
    int32_t stays = !team->leave;
    pthread_mutex_unlock(&team->mutex);
    return stays;
}

static void *live(void *given)
{
    const seat *own = given;
    while (wait_for_work(own->team))
        take_parts(own->team, own->number);
    return NULL;
}

/* Make the threads, as many as can be made.  Signals are for the others, but for those that a thread's own
   instructions raise. */
static void make_threads(purenet_team *team)
{
    sigset_t every, before;
    team->begun = 1;
    sigfillset(&every);
    sigdelset(&every, SIGSEGV);
    sigdelset(&every, SIGBUS);
    sigdelset(&every, SIGFPE);
    sigdelset(&every, SIGILL);
    if (pthread_sigmask(SIG_SETMASK, &every, &before))
        return;
    for (int32_t number = 1; number < team->hands->threads; number++) {
        seat *own = &team->seats[team->count];
        *own = (seat){team, number};
        if (pthread_create(&team->threads[team->count], NULL, live, own))
            break;
        team->count++;
    }
    pthread_sigmask(SIG_SETMASK, &before, NULL);
}

ptrdiff_t purenet_team_size(void)
{
    return (ptrdiff_t)((sizeof(purenet_team) + sizeof(double) - 1) / sizeof(double));
}

void purenet_team_begin(purenet_hands *hands, purenet_team *team)
{
    hands->team = NULL;
    if (hands->threads <= 1)
        return;
    *team = (purenet_team){.hands = hands};
    if (pthread_mutex_init(&team->mutex, NULL))
        return;
    if (pthread_cond_init(&team->wake, NULL)) {
        pthread_mutex_destroy(&team->mutex);
        return;
    }
    hands->team = team;
}

void purenet_team_end(purenet_hands *hands)
{
    purenet_team *team = hands->team;
    if (!team)
        return;
    pthread_mutex_lock(&team->mutex);
    __atomic_store_n(&team->leave, 1, __ATOMIC_RELEASE);
    pthread_cond_broadcast(&team->wake);
    pthread_mutex_unlock(&team->mutex);
    for (int32_t k = 0; k < team->count; k++)
        pthread_join(team->threads[k], NULL);
    pthread_cond_destroy(&team->wake);
    pthread_mutex_destroy(&team->mutex);
    hands->team = NULL;
}

/* A product, by all hands if it is worth it. */
void purenet_fast_multiply(purenet_hands *hands, const purenet_product *product)
{
    ptrdiff_t columns = (product->columns + PURENET_TILE_COLUMNS - 1) / PURENET_TILE_COLUMNS;
    ptrdiff_t rows = (product->rows + 7) / 8;
    int64_t size = (int64_t)product->rows * product->columns * product->terms;
    if (hands->threads <= 1 || size < hands->alone || (rows == 1 && columns == 1)) {
        purenet_level_multiply(hands->level, product, hands->packed, hands->written);
        return;
    }
    purenet_team own;
    int32_t alone = !hands->team;
    if (alone)
        purenet_team_begin(hands, &own);
    purenet_team *team = hands->team;
    if (!team) {
        purenet_level_multiply(hands->level, product, hands->packed, hands->written);
        return;
    }
    if (!team->begun)
        make_threads(team);
    ptrdiff_t blocks = columns >= 2 * hands->threads || columns >= rows ? columns : rows;
    ptrdiff_t parts = PARTS_A_THREAD * (ptrdiff_t)hands->threads;
    team->product = product;
    team->by_columns = blocks == columns;
    team->parts = (int32_t)(parts < blocks ? parts : blocks);
    __atomic_store_n(&team->done, 0, __ATOMIC_RELAXED);
    pthread_mutex_lock(&team->mutex);
    __atomic_store_n(&team->left, team->parts, __ATOMIC_RELEASE);
    pthread_cond_broadcast(&team->wake);
    pthread_mutex_unlock(&team->mutex);
    take_parts(team, 0);
    while (__atomic_load_n(&team->done, __ATOMIC_ACQUIRE) < team->parts)
        sched_yield();
    if (alone)
        purenet_team_end(hands);
}

#else

ptrdiff_t purenet_team_size(void)
{
    return 0;
}

void purenet_team_begin(purenet_hands *hands, purenet_team *team)
{
    hands->team = team;
}

void purenet_team_end(purenet_hands *hands)
{
    hands->team = NULL;
}

void purenet_fast_multiply(purenet_hands *hands, const purenet_product *product)
{
    purenet_level_multiply(hands->level, product, hands->packed, hands->written);
}

#endif
