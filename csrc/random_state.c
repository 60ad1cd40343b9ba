/* The twin of purenet/reference/random_state.py. */
#include "common.h"
#include "float_ops.h"

enum { N = 624, M = 397 };

/* Begin the stream of a seed, as numpy.random.RandomState does. */
void purenet_seed(purenet_stream *stream, uint32_t seed)
{
    stream->key[0] = seed;
    for (uint32_t position = 1; position < N; position++) {
        seed = UINT32_C(1812433253) * (seed ^ (seed >> 30)) + position;
        stream->key[position] = seed;
    }
    stream->position = N;
    stream->has_cached = 0;
    stream->cached = 0.0;
}

static void refill(purenet_stream *stream)
{
    uint32_t *key = stream->key;
    for (int k = 0; k < N; k++) {
        uint32_t y = (key[k] & UINT32_C(0x80000000)) | (key[(k + 1) % N] & UINT32_C(0x7FFFFFFF));
        key[k] = key[(k + M) % N] ^ (y >> 1) ^ (y & 1 ? UINT32_C(0x9908B0DF) : 0);
    }
    stream->position = 0;
}

/* Return the next 32 bits. */
uint32_t purenet_next_word(purenet_stream *stream)
{
    if (stream->position == N)
        refill(stream);
    uint32_t y = stream->key[stream->position];
    stream->position += 1;
    y ^= y >> 11;
    y ^= (y << 7) & UINT32_C(0x9D2C5680);
    y ^= (y << 15) & UINT32_C(0xEFC60000);
    return y ^ (y >> 18);
}

/* Return a uniform number in [0, 1): 53 bits of two words. */
double purenet_next_double(purenet_stream *stream)
{
    uint32_t high = purenet_next_word(stream) >> 5;
    uint32_t low = purenet_next_word(stream) >> 6;
    return (high * 67108864.0 + low) / 9007199254740992.0;
}

/* Return a standard normal number by the polar method. The second of each pair is kept for the next call. */
double purenet_next_gaussian(purenet_stream *stream)
{
    if (stream->has_cached) {
        double gaussian = stream->cached;
        stream->has_cached = 0;
        return gaussian;
    }
    for (;;) {
        double a = 2.0 * purenet_next_double(stream) - 1.0;
        double b = 2.0 * purenet_next_double(stream) - 1.0;
        double square = a * a + b * b;
        if (0.0 < square && square < 1.0) {
            double factor = purenet_square_root(-2.0 * purenet_log(square) / square);
            stream->has_cached = 1;
            stream->cached = factor * a;
            return factor * b;
        }
    }
}

/* Return an integer from 0 to count - 1: masked words, until one is small enough. */
int64_t purenet_next_below(purenet_stream *stream, int64_t count)
{
    if (count == 1)
        return 0;
    uint64_t most = (uint64_t)count - 1;
    uint64_t mask = most;
    for (int shift = 1; shift <= 32; shift *= 2)
        mask |= mask >> shift;
    for (;;) {
        uint64_t value = purenet_next_word(stream);
        if (most > UINT32_MAX)
            value = (value << 32) | purenet_next_word(stream);
        value &= mask;
        if (value <= most)
            return (int64_t)value;
    }
}

/* Shuffle 0 to count - 1. */
void purenet_permutation(purenet_stream *stream, int64_t count, int64_t *shuffled)
{
    for (int64_t i = 0; i < count; i++)
        shuffled[i] = i;
    for (int64_t i = count - 1; i > 0; i--) {
        int64_t j = purenet_next_below(stream, i + 1);
        int64_t value = shuffled[i];
        shuffled[i] = shuffled[j];
        shuffled[j] = value;
    }
}
