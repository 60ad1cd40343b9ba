/* What every source of the library includes; purenet.h has no guard of its own. */
#ifndef PURENET_LIBRARY_H
#define PURENET_LIBRARY_H

#include "assumptions.h"
#include "purenet.h"

#endif
