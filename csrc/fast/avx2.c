/* The kernels with AVX2, without FMA: a fused multiply-add would change bits. */
#include "fast.h"

#if PURENET_AVX
#define NAME(x) purenet_avx2_##x
#define TARGET __attribute__((target("avx2")))
#define WIDTH 4
#define ROWS 4
#define VECTORS 3
#include "kernels.h"
#endif
