/* All kernels for one instruction set, included by baseline.c, avx2.c and avx512.c, which define NAME(x), TARGET,
   WIDTH (doubles in a vector), and ROWS and VECTORS of the main tile. */
#include "fast.h"

#include "elementary_kernels.h"
#include "matrix_kernels.h"
