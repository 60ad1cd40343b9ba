/* The kernels with AVX-512. */
#include "fast.h"

#if PURENET_AVX
#define NAME(x) purenet_avx512_##x
#define TARGET __attribute__((target("avx512f,avx512dq,avx512vl")))
#define WIDTH 8
#define ROWS 8
#define VECTORS 3
#include "kernels.h"
#endif
