/* The fast forms at one level, included by baseline.c, avx2.c and avx512.c, which define
   NAME(x), TARGET, WIDTH (doubles in a vector), ROWS and VECTORS (of the main tile). */
#include "fast.h"

#include "products.h"
#include "functions.h"
