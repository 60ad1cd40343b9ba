"""The layers' plain C broken on purpose: random images tell every broken form from the intact one.

As in test_kernel_mutants, each fault is a substitution that must match exactly once.
"""
import os
import random

import pytest

pytestmark = pytest.mark.once

try:
    from cffi import FFI

    from purenet._core.window import Window
    from tests.csrc.test_kernel_mutants import COMMON, CSRC, FAST, INTACT, built
    from tests.support.oracle import bits
    from tests.support.products import Context
except ImportError as error:
    pytest.skip(f"needs cffi and the compiled twin ({error})", allow_module_level=True)

if os.name != "posix":
    pytest.skip("needs a system that loads what a compiler makes", allow_module_level=True)

LAYERS = ("convolution.c", "pooling.c", "normalisation.c", "dropout.c", "activations.c")
CONV, POOL, NORM, DROP, ACTS = LAYERS
CASES = 50
TOUCHED = -1.5e300

# name: file, what stands there once, what takes its place (and how often, if not once)
BROKEN = {
    "a row of the image that ends in the next": (CONV, "if (width > window->width)", "if (0)"),
    "a frame for none": (CONV, "if (stays_inside(window))\n", "if (1)\n"),
    "padding above forgotten": (CONV, "(y + window->top) * row", "y * row"),
    "padding to the left forgotten": (CONV, "* row + window->left)", "* row)"),
    "steps down for steps to the right": (CONV, "window->right * window->channels, offsets",
                                          "window->down * window->channels, offsets"),
    "stale padding": (CONV, "memset(scratch, 0,", "memset(scratch, 0, 0 *"),
    "stale padding backward": (CONV, "memset(frame, 0,", "memset(frame, 0, 0 *"),
    "stale zeros between gradients": (CONV, "memset(mirror, 0,", "memset(mirror, 0, 0 *"),
    "a mirror in which steps down are not kept": (CONV, "window->top + i * window->down", "window->top + i"),
    "a mirror that forgets the padding": (CONV, "window->columns - 1 - window->left", "window->columns - 1"),
    "inputs by column, gradients by row": (CONV, "window->width, row, pixel, offsets)",
                                           "window->width, pixel, row, offsets)"),
    "the kernel not flipped": (CONV, "kernel[(cell * window->channels + c) * window->filters + f]",
                              "kernel[cell * window->channels * window->filters + f * window->channels + c]"),
    "only the first image": (CONV, "outputs + s * count * window->filters);", "outputs);"),
    "bias forgotten": (CONV, "bias ? bias : zeros", "zeros"),
    "d_kernel begun anew with each image": (CONV, "d_kernel, width, image, b->cells", "b->zeros, 0, image, b->cells"),
    "d_bias of the first filter": (CONV, "rows * count, width, b->d_bias", "rows * count, 1, b->d_bias"),
    "the last of equals": (POOL, "first = v > largest ?", "first = v >= largest ?"),
    "biased by padding": (POOL, "(double)count", "(double)(window->rows * window->columns)", 2),
    "variance from its sum alone": (NORM, "variance[c] += (v - m) * (v - m);", "variance[c] += (v - m) * v;"),
    "the new moments alone": (NORM, "momentum * mean[c] + rest * new_mean[c]", "new_mean[c]"),
    "epsilon outside the root": (NORM, "purenet_square_root(variance[c] + epsilon)",
                                 "(purenet_square_root(variance[c]) + epsilon)"),
    "every number kept": (DROP, "draw >= rate", "draw >= 0.0"),
    "draws that go by two": (DROP, "key + (uint64_t)k)", "key + 2 * (uint64_t)k)"),
    "divided instead of multiplied": (DROP, "inputs[k] * scale", "inputs[k] / (1.0 - rate)"),
    "the slope of gelu without its own": (ACTS, "3.0 * CUBIC * s * v * v", "CUBIC * s * v * v"),
    "silu's slope for sigmoid's": (ACTS, "s * (1.0 + v * (1.0 - s))", "s * (1.0 - s)"),
    "elu without its slope": (ACTS, "slope * purenet_expm1(z[k])", "purenet_expm1(z[k])"),
}

ffi = FFI()
ffi.cdef((CSRC / "purenet.h").read_text())


@pytest.fixture(scope="module")
def libraries(tmp_path_factory):
    """Every fault's library, by name; the intact one too."""
    return built(ffi, tmp_path_factory.mktemp("layers"), {name: [fault] for name, fault in BROKEN.items()}, LAYERS,
                 COMMON + FAST, lambda name: ["-O1", "-ffp-contract=off"])


# calls -----------------------------------------------------------------------------------------------

class Calls:
    """Every function of the layers on one random image shape; ``seen`` has all that they write."""

    def __init__(self, library, seed):
        self.library, self.stream, self.seen = library, random.Random(seed), []
        stream = self.stream
        height, width, channels = stream.randint(1, 6), stream.randint(1, 6), stream.choice([1, 2, 5])
        same = stream.random() < 0.6
        kernel = stream.randint(1, 4 if same else min(4, height)), stream.randint(1, 4 if same else min(4, width))
        strides, filters = (stream.randint(1, 3), stream.randint(1, 3)), stream.choice([1, 3, 9])
        self.rows = stream.choice([1, 3])
        self.conv = Window((height, width, channels), kernel, strides, same, filters)
        self.pool = Window((height, width, channels), kernel, strides, same, channels)
        self.cells = height * width
        self.convolve()
        self.pooled()
        self.normalised(height * width * self.rows, channels)
        self.dropped()
        self.activated()

    def numbers(self, count, coarse=False):
        """In memory of so many: gaussians, or whole numbers, among which are equal ones."""
        draw = (lambda: float(self.stream.randint(-2, 2))) if coarse else (lambda: self.stream.gauss(0.0, 1.0))
        return ffi.new("double[]", [draw() for _ in range(count)] or [0.0])

    def into(self, function, count, *arguments, scratch=0):
        """Call with memory for count results and a number behind them, kept in ``seen``; scratch has stale numbers."""
        result = ffi.new("double[]", [TOUCHED] * (count + 4))
        stale = [ffi.new("double[]", [7.5] * scratch)] if scratch else []
        getattr(self.library, "purenet_" + function)(*arguments, *stale, result)
        self.seen.append((function, [bits(value) for value in result]))

    def convolve(self):
        w = self.conv
        window = ffi.new("purenet_window *", w.integers())
        count, terms = w.out_height * w.out_width, w.rows * w.columns * w.channels
        scratch = self.library.purenet_conv2d_scratch(window)
        offsets = ffi.new("ptrdiff_t[]", self.library.purenet_conv2d_offsets(window))
        inputs, d = self.numbers(self.rows * self.cells * w.channels), self.numbers(self.rows * count * w.filters)
        kernel, bias, zeros = self.numbers(terms * w.filters), self.numbers(w.filters), ffi.new("double[]", 4096)
        context = Context(ffi, 0)
        for given in (bias, ffi.NULL):
            self.into("conv2d_forward", self.rows * count * w.filters, context.c, inputs, window, kernel, given, zeros,
                      self.rows, ffi.new("double[]", [7.5] * scratch), offsets)
        for first in (0, 1):
            sizes = self.rows * self.cells * w.channels, terms * w.filters, w.filters
            results = [ffi.new("double[]", [TOUCHED] * (size + 4)) for size in sizes]
            for result, size in list(zip(results, sizes))[1:]:
                result[0:size] = [0.5] * size  # they are added to
            self.library.purenet_conv2d_backward(
                context.c, inputs, d, first, window, kernel, zeros, self.rows, ffi.new("double[]", [7.5] * scratch),
                offsets, *results)
            self.seen += [("conv2d_backward", [bits(value) for value in result]) for result in results]

    def pooled(self):
        w = self.pool
        window = ffi.new("purenet_window *", w.integers())
        count, size = self.rows * w.out_height * w.out_width * w.channels, self.rows * self.cells * w.channels
        inputs, d = self.numbers(size, coarse=True), self.numbers(count)
        self.into("max_pool_forward", count, inputs, window, self.rows)
        self.into("average_pool_forward", count, inputs, window, self.rows)
        self.into("max_pool_backward", size, inputs, d, window, self.rows)
        self.into("average_pool_backward", size, d, window, self.rows)

    def normalised(self, count, channels):
        inputs, d = self.numbers(count * channels), self.numbers(count * channels)
        gamma, beta, mean = [self.numbers(channels) for _ in range(3)]
        variance = ffi.new("double[]", [0.5] * channels)
        self.into("batch_norm_forward", count * channels, inputs, gamma, beta, 0.01, count, channels,
                  scratch=6 * channels)
        self.into("batch_norm_predict", count * channels, inputs, gamma, beta, mean, variance, 0.01, count, channels,
                  scratch=6 * channels)
        moved = ffi.new("double[]", channels)
        self.into("batch_norm_statistics", channels, inputs, mean, variance, 0.9, count, channels, moved)
        self.seen.append(("batch_norm_statistics", [bits(value) for value in moved]))
        results = [ffi.new("double[]", [0.0] * size) for size in (count * channels, channels, channels)]
        self.library.purenet_batch_norm_backward(inputs, d, 0, gamma, 0.01, count, channels,
                                                 ffi.new("double[]", 6 * channels), *results)
        self.seen += [("batch_norm_backward", [bits(value) for value in result]) for result in results]

    def dropped(self):
        key = self.library.purenet_dropout_key(self.stream.randrange(1 << 32), 2, 5)
        self.into("dropout_forward", 40, self.numbers(40), key, 0.3, 40)

    def activated(self):
        z, d = self.numbers(20), self.numbers(20)
        context = Context(ffi, 0)
        self.into("elu_forward", 20, z, 0.3, 20)
        self.into("elu_backward", 20, z, d, 0.3, 20)
        for name in ("silu", "gelu"):
            self.into(name + "_forward", 20, context.c, z, 20)
            self.into(name + "_backward", 20, z, d, 20)


@pytest.fixture(scope="module")
def expected(libraries):
    """What the intact functions write."""
    return [Calls(libraries[INTACT], seed).seen for seed in range(CASES)]


def caught(library, expected):
    """How many of the cases show a difference, and in which functions."""
    count, functions = 0, set()
    for seed in range(CASES):
        pairs = zip(Calls(library, seed).seen, expected[seed])
        wrong = {got[0] for got, intact in pairs if got != intact}
        count += bool(wrong)
        functions |= wrong
    return count, functions


def test_nothing_is_caught_in_an_intact_copy(libraries, expected):
    assert caught(libraries[INTACT], expected) == (0, set())


@pytest.mark.parametrize("name", BROKEN)
def test_a_broken_layer_is_caught(libraries, expected, name):
    count, functions = caught(libraries[name], expected)
    assert count >= 3, f"{name}: only {count} of {CASES}"
    stem = {CONV: "conv2d", POOL: "pool", NORM: "batch_norm", DROP: "dropout", ACTS: "lu_"}[BROKEN[name][0]]
    assert all(stem in function for function in functions), functions
