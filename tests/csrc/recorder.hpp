// Put before a C file that is compiled as C++: its doubles become numbers that write down what becomes of them.
//
// A Recorder is the place of its expression in a table (recorder.cpp), as in tests/support/numbers.py: equal
// expressions have equal places.  It has the 64 bits that assumptions.h asks of a double, and 64 zero bits are
// the constant 0.0, so memset and memcpy do to a Recorder what they do to a double.  An operation on constants
// gives a constant, as it does in Python, where constants are plain floats.
#ifndef RECORDER_HPP
#define RECORDER_HPP

#include <float.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

struct Recorder {
    int64_t place;
    Recorder() = default;
    Recorder(double constant);
    Recorder(int constant) : Recorder((double)constant) {}
    Recorder(long constant) : Recorder((double)constant) {}
    Recorder(unsigned long constant) : Recorder((double)constant) {}
    explicit operator int64_t() const; // towards 0
};

Recorder operator+(Recorder left, Recorder right);
Recorder operator-(Recorder left, Recorder right);
Recorder operator*(Recorder left, Recorder right);
Recorder operator/(Recorder left, Recorder right);
Recorder operator-(Recorder x);
inline Recorder &operator+=(Recorder &total, Recorder x) { return total = total + x; }
inline Recorder &operator-=(Recorder &total, Recorder x) { return total = total - x; }
inline Recorder &operator*=(Recorder &total, Recorder x) { return total = total * x; }
inline Recorder &operator/=(Recorder &total, Recorder x) { return total = total / x; }

// branches are taken by the value
bool operator<(Recorder left, Recorder right);
bool operator<=(Recorder left, Recorder right);
bool operator==(Recorder left, Recorder right);
inline bool operator>(Recorder left, Recorder right) { return right < left; }
inline bool operator>=(Recorder left, Recorder right) { return right <= left; }
inline bool operator!=(Recorder left, Recorder right) { return !(left == right); }

// the hooks, in place of float_ops.h
#define PURENET_FLOAT_OPS_H
Recorder purenet_square_root(Recorder x);
Recorder purenet_power_of_two(Recorder n); // a constant
Recorder purenet_split(Recorder x, Recorder *n);

// for the driver
[[noreturn]] void recorder_stop(const char *reason);
void recorder_clear(); // forget all expressions
Recorder recorder_input(int64_t number, uint64_t pattern);
Recorder recorder_unwritten(); // must not be read
void recorder_print(const Recorder *outputs, size_t count);

typedef double plain_double;
#define double Recorder
#include "fast/fast.h"
#include "training.h"

// elementary.c has int32_t only for the exponent that purenet_split finds, a number like any other in the reference
#ifdef RECORD_INT32
#define int32_t Recorder
#endif

#endif
