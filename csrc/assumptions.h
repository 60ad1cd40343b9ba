/* What the guarantee of equal bits assumes about the compiler. If it does not hold, the library does not compile, and
   the package uses its reference engine. */
#ifndef PURENET_ASSUMPTIONS_H
#define PURENET_ASSUMPTIONS_H

#include <float.h>
#include <stddef.h>
#include <stdint.h>

#ifdef __FAST_MATH__
#error "purenet: -ffast-math changes results; append -fno-fast-math"
#endif
#if defined(FLT_EVAL_METHOD) && FLT_EVAL_METHOD != 0 && FLT_EVAL_METHOD != 1
#error "purenet: doubles are computed in a wider format here (x87?); use -msse2 -mfpmath=sse"
#endif
#if FLT_RADIX != 2 || DBL_MANT_DIG != 53 || DBL_MAX_EXP != 1024 || DBL_MIN_EXP != -1021
#error "purenet: double is not IEEE-754 binary64 here"
#endif

typedef char purenet_double_has_64_bits[sizeof(double) == 8 ? 1 : -1];

#endif
