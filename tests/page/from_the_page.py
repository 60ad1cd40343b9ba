"""An implementation written from docs/arithmetic.md: nothing of purenet is imported, every sum is a textbook loop."""
import hashlib
import math
import struct

from tests.page.optimizers import Cell, Steps

R, L1, L2, P = float(3 << 51), 762123384785 / (1 << 40), 912485920509646 / (1 << 90), 1442695 / 1000000
REDUCTIONS = {
    "squared_error": "sum", "half_squared_error": "sum", "mean_squared_error": "cell_mean",
    "mean_absolute_error": "cell_mean", "huber": "cell_mean", "binary_cross_entropy": "mean",
    "categorical_cross_entropy": "mean"}
GELU_C, GELU_Q = 44715 / 1000000, 7978845608028654 / 10 ** 16


# elementary functions ------------------------------------------------------------------------------

def begin(x):
    n = x * P + R - R
    r = x - n * L1 - n * L2
    z = r * r
    w = z * (1 / 6 - z * (1 / 360 - z * (1 / 15120 - z * (1 / 604805 - z * (1 / 24088000)))))
    return n, r, w, r - w


def exp(x):
    if x != x:
        return x
    n, r, _, d = begin(x)
    if n > 1024 or n < -1080:
        return math.inf if n > 0 else 0.0
    y = 1.0 + ((x - n * L1) - (n * L2 - r * d / (2.0 - d)))
    if -1022 <= n <= 1020:
        return math.ldexp(1.0, int(n)) * y
    first = 1000 if n > 0 else -1000
    return math.ldexp(1.0, first) * y * math.ldexp(1.0, int(n) - first)


def less_one(x):
    n, r, _, d = begin(x)
    s = math.ldexp(1.0, int(n))
    return (s - 1.0) + s * (r + r * d / (2.0 - d))


def expm1(x):
    return less_one(x) if -50.0 < x < 700.0 else exp(x) - 1.0


def sigmoid(x):
    n, r, w, _ = begin(x)
    if not -1022 <= n <= 1020:
        return 1.0 if n > 0 else exp(x)
    a = math.ldexp(1.0, int(n)) * ((2.0 + w) + r)
    return a / (a + ((2.0 + w) - r))


def tanh(x):
    if x != x:
        return x
    if abs(x) >= 20.0:
        return math.copysign(1.0, x)
    y = less_one(x + x)
    return y / (y + 2.0)


def parts(x):
    m, n = math.frexp(x)
    return (m + m - 1.0, n - 1) if m < 181 / 256 else (m - 1.0, n)


def logarithm(n, f, c):
    s = f / (2.0 + f)
    z = s * s
    t = 123475 / 1000000
    for constant in (133255 / 1000000, 2 / 13, 2 / 11, 2 / 9, 2 / 7, 2 / 5, 2 / 3):
        t = constant + z * t
    return n * L1 + (f - (s * (f - z * t) - (n * L2 + c)))


def log(x):
    if x in (0.0, math.inf):
        return -math.inf if x == 0.0 else x
    n_and_f = parts(x)
    return logarithm(n_and_f[1], n_and_f[0], 0.0)


def log1p(x):
    if x in (-1.0, math.inf):
        return -math.inf if x == -1.0 else x
    if -0.25 < x <= 53 / 128:
        return logarithm(0, x, 0.0)
    u = 1.0 + x
    f, n = parts(u)
    return logarithm(n, f, (x - (u - 1.0)) / u if x < 1.0 else (1.0 - (u - x)) / u)


def softplus(x):
    return x + log1p(exp(-x)) if x > 0.0 else log1p(exp(x))


def power(x, y):
    return 1.0 if y == 0.0 or x == 1.0 else exp(y * log(x))


def cos(x):
    n = x * (636619772368 / 1000000000000) + R - R
    h = x - n * (6746518852 / (1 << 32)) - n * (4484108710 / (1 << 66))
    low = n * (2688052912830521 / (1 << 120))
    r = h - low
    z, quadrant = r * r, int(n) % 4
    last = 15 if quadrant % 2 else 16
    t = 1 / math.factorial(last)
    for k in range(last - 2, 2, -2):
        t = 1 / math.factorial(k) - z * t
    if quadrant % 2:
        t = r + (((h - r) - low) - r * z * t)
        return -t if quadrant == 1 else t
    u = 1.0 - z * 0.5
    t = u + (((1.0 - u) - z * 0.5) + (z * z * t - r * ((h - r) - low)))
    return -t if quadrant == 2 else t


# random numbers ------------------------------------------------------------------------------------

class Stream:
    def __init__(self, seed):
        self.key, self.kept, self.words = [seed], None, iter(())
        for i in range(1, 624):
            self.key.append((1812433253 * (self.key[-1] ^ self.key[-1] >> 30) + i) % 2 ** 32)

    def word(self):
        for y in self.words:
            return y
        key = self.key
        for i in range(624):
            y = key[i] & 1 << 31 | key[(i + 1) % 624] & (1 << 31) - 1
            key[i] = key[(i + 397) % 624] ^ y >> 1 ^ 0x9908B0DF * (y & 1)
        self.words = iter([tempered(y) for y in key])
        return self.word()

    def double(self):
        a, b = self.word() >> 5, self.word() >> 6
        return (a * 67108864 + b) / 9007199254740992

    def gaussian(self):
        if self.kept is not None:
            kept, self.kept = self.kept, None
            return kept
        while True:
            a, b = 2.0 * self.double() - 1.0, 2.0 * self.double() - 1.0
            s = a * a + b * b
            if 0.0 < s < 1.0:
                f = math.sqrt(-2.0 * log(s) / s)
                self.kept = f * a
                return f * b

    def below(self, n):
        mask = (1 << (n - 1).bit_length()) - 1
        while n > 1:
            value = self.word() if n - 1 < 1 << 32 else self.word() << 32 | self.word()
            if value & mask < n:
                return value & mask
        return 0

    def permutation(self, n):
        order = list(range(n))
        for i in range(n - 1, 0, -1):
            j = self.below(i + 1)
            order[i], order[j] = order[j], order[i]
        return order

    def call(self, name, *given):
        if name in ("rand", "randn"):
            return [self.double() if name == "rand" else self.gaussian() for _ in range(given[0])]
        if name == "uniform":
            return [given[0] + (given[1] - given[0]) * self.double() for _ in range(given[2])]
        if name == "normal":
            return [given[0] + given[1] * self.gaussian() for _ in range(given[2])]
        if name == "randint":
            return [given[0] + self.below(given[1] - given[0]) for _ in range(given[2])]
        if name == "choice":
            n, k, *again = given
            return self.permutation(n)[:k] if again else [self.below(n) for _ in range(k)]
        return self.permutation(*given)


def tempered(y):
    y ^= y >> 11
    y ^= y << 7 & 0x9D2C5680
    y ^= y << 15 & 0xEFC60000
    return y ^ y >> 18


# training ------------------------------------------------------------------------------------------

def total(terms, start=0.0):
    for term in terms:
        start = start + term
    return start


def activated(name, slope, row):
    if name == "softmax":
        e = [exp(z - max(row)) for z in row]
        return [value / total(e) for value in e]
    functions = {"linear": lambda z: z, "sigmoid": sigmoid, "tanh": tanh, "softplus": softplus,
                 "relu": lambda z: 0.0 if z <= 0.0 else z, "leaky_relu": lambda z: z if z > 0.0 else slope * z,
                 "elu": lambda z: z if z > 0.0 else slope * expm1(z), "silu": lambda z: z * sigmoid(z),
                 "gelu": lambda z: 0.5 * z * (1.0 + tanh(GELU_Q * (z + GELU_C * z * z * z)))}
    return [functions[name](z) for z in row]


def gelu_slope(z):
    t = tanh(GELU_Q * (z + GELU_C * z * z * z))
    s = z * (1.0 - t * t)
    return 0.5 * (1.0 + t + GELU_Q * (s + 3.0 * GELU_C * s * z * z))


def differentiated(name, slope, z_row, a_row, d_row):
    if name == "softmax":
        t = total(d * a for d, a in zip(d_row, a_row))
        return [a * (d - t) for d, a in zip(d_row, a_row)]
    functions = {
        "linear": lambda z, a, d: d, "sigmoid": lambda z, a, d: d * (a * (1.0 - a)),
        "tanh": lambda z, a, d: d * (1.0 - a * a), "relu": lambda z, a, d: d if a > 0.0 else 0.0,
        "leaky_relu": lambda z, a, d: d if z > 0.0 else slope * d, "softplus": lambda z, a, d: d * sigmoid(z),
        "elu": lambda z, a, d: d if z > 0.0 else d * (slope * exp(z)), "gelu": lambda z, a, d: d * gelu_slope(z),
        "silu": lambda z, a, d: d * (sigmoid(z) * (1.0 + z * (1.0 - sigmoid(z))))}
    return [functions[name](*three) for three in zip(z_row, a_row, d_row)]


def sample_loss(name, delta, p_row, z_row, y_row):
    if name == "binary_cross_entropy":
        return total((z - y * z) + log1p(exp(-z)) if z > 0.0 else (0.0 - y * z) + log1p(exp(z))
                     for z, y in zip(z_row, y_row))
    if name == "categorical_cross_entropy":
        most = max(z_row)
        logarithm_of_total = log(total(exp(z - most) for z in z_row))
        return total(y * (logarithm_of_total - (z - most)) for z, y in zip(z_row, y_row))
    functions = {"half_squared_error": lambda e: e * e * 0.5, "mean_absolute_error": abs,
                 "huber": lambda e: abs(e) * abs(e) * 0.5 if abs(e) <= delta else delta * (abs(e) - delta * 0.5)}
    return total(functions.get(name, lambda e: e * e)(p - y) for p, y in zip(p_row, y_row))


def loss_derivative(name, delta, p, y, factor):
    e = p - y
    if name in ("squared_error", "mean_squared_error"):
        return 2.0 * e * factor
    if name == "mean_absolute_error":
        return factor if p > y else -factor if p < y else 0.0
    if name == "huber":
        e = delta if e > delta else -delta if e < -delta else e
    return e * factor


class Run(Steps):
    """A training. Its layers and gradients are in images.py."""

    def __init__(self, vector):
        self.v = vector
        self.loss, self.delta = vector["loss"][0], quotient((vector["loss"] + [[1, 1]])[1])
        stream = Stream(vector["data"])
        inputs = vector["inputs"]
        self.shape = inputs if isinstance(inputs, list) else [inputs]
        self.x = table(stream, vector["x"], vector["rows"], math.prod(self.shape))
        self.y = table(stream, vector["y"], vector["rows"], vector["layers"][-1][0])
        self.weights = [1.0] * vector["rows"]
        if vector["weights"]:
            self.weights = [w for [w] in table(stream, vector["weights"], vector["rows"], 1)]
        self.stream, self.parameters, self.kept = Stream(vector["seed"]), [], []
        self.begin()
        self.velocities = [[[0.0] * len(row) for row in parameter] for parameter in self.parameters]
        self.cells = [Cell() for parameter in self.parameters for row in parameter for _ in row]
        self.steps = self.epochs = 0
        self.products, self.plateau = [1.0, 1.0], [None, None, 0]

    def first(self, init, fan_in, fan_out, columns=None):
        """A row of first parameters."""
        columns = columns or fan_out
        if init in ("rand", "randn"):
            return self.stream.call(init, columns)
        if init == "zeros":
            return [0.0] * columns
        limit = math.sqrt({"glorot_uniform": 6, "glorot_normal": 2, "he_uniform": 6, "he_normal": 2, "lecun_normal": 1}[
            init] / (fan_in + fan_out if init[:2] == "gl" else fan_in))
        return self.stream.call("uniform", -limit, limit, columns) if init.endswith("uniform") else self.stream.call(
            "normal", 0.0, limit, columns)

    def divisor(self, weights):
        reduction = self.v["reduction"] or REDUCTIONS[self.loss]
        sums = total(weights)
        if reduction == "sum" or sums == 0.0:
            return 1.0
        return sums * self.v["layers"][-1][0] if reduction == "cell_mean" else sums

    def epoch(self):
        rows, momentum = self.v["rows"], quotient(self.v["momentum"])
        order = self.stream.permutation(rows) if self.v["shuffle"] else list(range(rows))
        size, loss = self.v["batch"] or rows, 0.0
        for start in range(0, rows, size):
            batch = order[start:start + size]
            losses, found = self.gradients(batch)
            loss = total((self.weights[i] * value for i, value in zip(batch, losses)), loss)
            self.move(found, momentum)
            self.steps += 1
        self.epochs += 1
        loss = loss / self.divisor([self.weights[i] for i in order])
        self.watch(loss)
        return loss


def table(stream, what, rows, columns):
    if what == "classes":
        return [[float(j == k) for j in range(columns)] for k in stream.call("randint", 0, columns, rows)]
    if what == "bits":
        return [[float(bit) for bit in stream.call("randint", 0, 2, columns)] for _ in range(rows)]
    if what in ("rand", "randn"):
        return [stream.call(what, columns) for _ in range(rows)]
    numbers = doubles(what) if isinstance(what, str) else [float(number) for number in what]
    return [numbers[k:k + columns] for k in range(0, len(numbers), columns)]


def usual_slope(name, slope):
    return quotient(slope or ([1, 1] if name == "elu" else [1, 100]))


def quotient(pair):
    return pair[0] / pair[1]


def doubles(text):
    return struct.unpack(f">{len(text) // 16}d", bytes.fromhex(text))


def digits(values):
    return struct.pack(f">{len(values)}{'d' if isinstance(values[0], float) else 'q'}", *values).hex()


def values_of(vector):
    """What a vector gives."""
    if "function" in vector:
        x = doubles(vector["points"])
        if vector["function"] == "power":
            return [digits([power(*x[k:k + 2]) for k in range(0, len(x), 2)])]
        return [digits([globals()[vector["function"]](value) for value in x])]
    if "calls" in vector:
        stream = Stream(vector["seed"])
        return [digits(stream.call(*call)) for call in vector["calls"]]
    from tests.page.images import ImageRun

    run = ImageRun(vector)
    losses = [run.epoch() for _ in range(vector["epochs"])]
    predictions = [value for row in run.predicted(run.x[:vector["predict"]]) for value in row]
    numbers = [value for parameter in run.parameters + run.kept for row in parameter for value in row]
    return [digits(losses[-4:]), digits(predictions), hashlib.sha256(
        struct.pack(f"<{len(numbers)}d", *numbers)).hexdigest()]
