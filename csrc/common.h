/* Included by every source of the library. purenet.h has no include guard, because cffi reads it. */
#ifndef PURENET_COMMON_H
#define PURENET_COMMON_H

#include "assumptions.h"
#include "purenet.h"

#endif
