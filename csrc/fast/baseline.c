/* The fast forms with the vectors that the compiler's baseline has: SSE2, NEON, or what it makes of them. */
#define NAME(x) purenet_baseline_##x
#define TARGET
#define WIDTH 2
#define ROWS 4
#define VECTORS 2
#include "level.h"
