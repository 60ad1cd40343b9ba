"""Image layers, dropout and normalisation written from docs/arithmetic.md, a whole batch at a time."""
import math

from tests.page import from_the_page as page
from tests.page.from_the_page import Run, quotient, total


def sights(shape, size, strides, padding):
    """Height and width of the output, and for each output, row by row, all (m, n, y, x); y is None off the image."""
    sides = []
    for length, extent, step in zip(shape, size, strides):
        outputs, before = (length - extent) // step + 1, 0
        if padding == "same":
            outputs = -(-length // step)
            before = max(0, (outputs - 1) * step + extent - length) // 2
        sides.append([[(m, k * step + m - before) for m in range(extent)] for k in range(outputs)])
    seen = [[(m, n, y if 0 <= y < shape[0] and 0 <= x < shape[1] else None, x) for m, y in down for n, x in across]
            for down in sides[0] for across in sides[1]]
    return [len(sides[0]), len(sides[1])], seen


class Step:
    """One thing that is done to a row: its kind, what the kind needs, and which parameters are its own."""

    def __init__(self, kind, layer, shape, own=(), **settings):
        self.kind, self.layer, self.shape, self.own = kind, layer, shape, own
        self.__dict__.update(settings)


def mix(k):
    z = (k + 0x9E3779B97F4A7C15) & 0xFFFFFFFFFFFFFFFF
    z = (z ^ z >> 30) * 0xBF58476D1CE4E5B9 & 0xFFFFFFFFFFFFFFFF
    z = (z ^ z >> 27) * 0x94D049BB133111EB & 0xFFFFFFFFFFFFFFFF
    return z ^ z >> 31


class ImageRun(Run):
    # what a layer is ----------------------------------------------------------------------------------

    def begin(self):
        self.way, self.done, self.kernels = [], 0, []
        for number, layer in enumerate(self.v["layers"]):
            if isinstance(layer[0], str):
                self.add(number, layer[0], *layer[1:])
            else:
                units, name, bias, init, slope = (list(layer) + [None, None])[:5]
                self.weighted("dense", number, [math.prod(self.shape)], [units], bias, init, fans=(
                    math.prod(self.shape), units))
                self.activate(number, [name, slope] if slope else name)

    def add(self, number, kind, *given):
        if kind == "conv2d":
            usual = [None, None, [1, 1], "valid", "linear", 1, None]
            filters, size, strides, padding, activation, bias, init = list(given) + usual[len(given):]
            cells, (*_, channels) = math.prod(size), self.shape
            sides, seen = sights(self.shape, size, strides, padding)
            self.weighted(kind, number, [*size, channels], sides + [filters], bias, init, seen=seen, size=size,
                          image=self.shape, fans=(cells * channels, cells * filters))
            self.activate(number, activation)
        elif kind in ("max_pool", "average_pool", "global_average_pool"):
            size = self.shape[:2] if kind[0] == "g" else given[0] if given else [2, 2]
            strides = [1, 1] if kind[0] == "g" else given[1] if given[1:] else size
            sides, seen = sights(self.shape, size, strides, given[2] if given[2:] else "valid")
            image, self.shape = self.shape, sides + [self.shape[2]]
            self.way.append(Step(kind.replace("global_", ""), number, self.shape, seen=seen, image=image))
        elif kind == "activation":
            self.activate(number, *given)
        elif kind == "dropout":
            self.way.append(Step(kind, number, self.shape, rate=quotient(*given)))
        elif kind == "batch_norm":
            momentum, epsilon = [quotient(pair) for pair in list(given) + [[99, 100], [1, 1000]][len(given):]]
            channels, p = self.shape[-1], len(self.parameters)
            self.parameters += [[[1.0] * channels], [[0.0] * channels]]
            self.kept += [[[0.0] * channels], [[1.0] * channels]]
            self.way.append(Step(kind, number, self.shape, (p, p + 1), momentum=momentum, epsilon=epsilon,
                                   moments=self.kept[-2:]))

    def biases(self):
        return [k for k in range(len(self.parameters)) if k not in self.kernels]  # gamma and beta cost nothing either

    def activate(self, number, activation):
        name, slope = activation if isinstance(activation, list) else (activation, None)
        if name != "linear":
            self.way.append(Step("activation", number, self.shape, name=name, slope=page.usual_slope(name, slope)))

    def weighted(self, kind, number, table, shape, bias, init, fans, **settings):
        init, p = init or self.v["init"], len(self.parameters)
        columns = shape[-1]
        self.kernels.append(p)
        self.parameters.append([self.first(init, *fans, columns) for _ in range(math.prod(table))])
        if bias:
            self.parameters.append([self.first(init if init in ("rand", "randn") else "zeros", *fans, columns)])
        self.shape = shape
        self.way.append(Step(kind, number, shape, range(p, len(self.parameters)), **settings))

    # what a layer does ------------------------------------------------------------------------------

    def values(self, rows, training):
        """The rows, and what each step makes of them."""
        values = [rows]
        for step in self.way:
            values.append(getattr(self, step.kind)(step, values[-1], training))
        return values

    def predicted(self, rows):
        return self.values(rows, False)[-1]

    def matrix(self, step):
        weights = self.parameters[step.own[0]]
        return weights, self.parameters[step.own[1]][0] if len(step.own) > 1 else [0.0] * len(weights[0])

    def dense(self, step, rows, training):
        weights, start = self.matrix(step)
        return [[total((x * w for x, w in zip(row, column)), b) for column, b in zip(zip(*weights), start)]
                for row in rows]

    def conv2d(self, step, rows, training):
        kernel, start = self.matrix(step)
        return [[total((x * w for x, w in zip(patch, column)), b) for patch in self.patches(step, row)
                 for column, b in zip(zip(*kernel), start)] for row in rows]

    def patches(self, step, row):
        """All that an output sees, in the order of m, n, c; for every output."""
        _, width, channels = step.image
        return [[0.0 if y is None else row[(y * width + x) * channels + c] for _, _, y, x in seen
                 for c in range(channels)] for seen in step.seen]

    def places(self, step):
        """For every number of an output: the places in the row of what its window sees of the image."""
        _, width, channels = step.image
        return [[(y * width + x) * channels + c for _, _, y, x in seen if y is not None]
                for seen in step.seen for c in range(channels)]

    def max_pool(self, step, rows, training):
        return [[max(row[place] for place in places) for places in self.places(step)] for row in rows]

    def average_pool(self, step, rows, training):
        return [[total(row[place] for place in places) / len(places) for places in self.places(step)] for row in rows]

    def activation(self, step, rows, training):
        return [page.activated(step.name, step.slope, row) for row in rows]

    def dropout(self, step, rows, training):
        if not training:
            return rows
        key, width = mix(mix(mix(self.v["seed"]) + step.layer) + self.done), len(rows[0])
        return [[a * (1.0 / (1.0 - step.rate)) if (mix(key + i * width + j) >> 11) / 2 ** 53 >= step.rate else 0.0
                 for j, a in enumerate(row)] for i, row in enumerate(rows)]

    def normal(self, step, rows, training):
        """Mean, variance, r and all n of each channel, the numbers in the order of samples, then positions."""
        channels, found = step.shape[-1], []
        for c in range(channels):
            numbers = [a for row in rows for a in row[c::channels]]
            if training:
                mean = total(numbers) / len(numbers)
                variance = total((a - mean) * (a - mean) for a in numbers) / len(numbers)
            else:
                mean, variance = step.moments[0][0][c], step.moments[1][0][c]
            r = 1.0 / math.sqrt(variance + step.epsilon)
            found.append((mean, variance, r, [(a - mean) * r for a in numbers]))
        return found

    def by_rows(self, channels, rows):
        """The numbers of every channel as rows again."""
        flat = [a for numbers in zip(*channels) for a in numbers]
        width = len(flat) // len(rows)
        return [flat[k:k + width] for k in range(0, len(flat), width)]

    def batch_norm(self, step, rows, training):
        gamma, beta = [self.parameters[p][0] for p in step.own]
        return self.by_rows([[g * n + b for n in found[3]] for g, b, found in zip(
            gamma, beta, self.normal(step, rows, training))], rows)

    # and back -----------------------------------------------------------------------------------------

    def back_dense(self, step, rows, outputs, d, found):
        weights = self.parameters[step.own[0]]
        found[step.own[0]] = [[total(row[k] * dz[j] for row, dz in zip(rows, d)) for j in range(len(weights[0]))]
                              for k in range(len(weights))]
        if len(step.own) > 1:
            found[step.own[1]] = [[total(column) for column in zip(*d)]]
        return [[total(x * w for x, w in zip(dz, line)) for line in weights] for dz in d]

    def back_conv2d(self, step, rows, outputs, d, found):
        kernel, filters, channels = self.parameters[step.own[0]], step.shape[-1], step.image[2]
        patches = [patch for row in rows for patch in self.patches(step, row)]
        cells = [dz[k:k + filters] for dz in d for k in range(0, len(dz), filters)]
        found[step.own[0]] = [[total(patch[k] * dz[f] for patch, dz in zip(patches, cells)) for f in range(filters)]
                              for k in range(len(kernel))]
        if len(step.own) > 1:
            found[step.own[1]] = [[total(column) for column in zip(*cells)]]
        seers = {(m, n, y, x): o for o, seen in enumerate(step.seen) for m, n, y, x in seen}
        window = [(m, n) for m in range(step.size[0]) for n in range(step.size[1])]

        def terms(dz, y, x, c):
            for number, (m, n) in enumerate(window):
                for f in range(filters):
                    o = seers.get((m, n, y, x))
                    yield (0.0 if o is None else dz[o * filters + f]) * kernel[number * channels + c][f]

        return [[total(terms(dz, y, x, c)) for y in range(step.image[0]) for x in range(step.image[1])
                 for c in range(channels)] for dz in d]

    def back_pool(self, step, rows, d, share):
        back = []
        for row, dz in zip(rows, d):
            back.append([0.0] * len(row))
            for number, places in enumerate(self.places(step)):
                for place, value in share(row, places, dz[number]):
                    back[-1][place] = back[-1][place] + value
        return back

    def back_max_pool(self, step, rows, outputs, d, found):
        def share(row, places, dz):
            largest = max(row[place] for place in places)
            return [(next(place for place in places if row[place] == largest), dz)]

        return self.back_pool(step, rows, d, share)

    def back_average_pool(self, step, rows, outputs, d, found):
        return self.back_pool(step, rows, d, lambda row, places, dz: [(place, dz / len(places)) for place in places])

    def back_activation(self, step, rows, outputs, d, found):
        return [page.differentiated(step.name, step.slope, *three) for three in zip(rows, outputs, d)]

    def back_dropout(self, step, rows, outputs, d, found):
        return self.dropout(step, d, True)

    def back_batch_norm(self, step, rows, outputs, d, found):
        channels, lines = step.shape[-1], []
        gamma = self.parameters[step.own[0]][0]
        d_gamma, d_beta = found[step.own[0]], found[step.own[1]] = [[]], [[]]
        for c, (_, _, r, normal) in enumerate(self.normal(step, rows, True)):
            dz = [value for row in d for value in row[c::channels]]
            d_beta[0].append(total(dz))
            d_gamma[0].append(total(value * n for value, n in zip(dz, normal)))
            lines.append([(gamma[c] * r) * ((value - d_beta[0][c] / len(dz)) - n * (d_gamma[0][c] / len(dz)))
                          for value, n in zip(dz, normal)])
        return self.by_rows(lines, rows)

    def gradients(self, chosen):
        """Of a step of training, which moves the kept moments."""
        y, weights = [self.y[i] for i in chosen], [self.weights[i] for i in chosen]
        values, found = self.values([self.x[i] for i in chosen], True), [None] * len(self.parameters)
        losses = [page.sample_loss(self.loss, self.delta, *three) for three in zip(values[-1], values[-2], y)]
        divisor = self.divisor(weights)
        d = [[page.loss_derivative(self.loss, self.delta, p, t, weight / divisor) for p, t in zip(p_row, y_row)]
             for p_row, y_row, weight in zip(values[-1], y, weights)]
        for s in range(len(self.way) - 1 - self.loss.endswith("cross_entropy"), -1, -1):
            step = self.way[s]
            d = getattr(self, "back_" + step.kind)(step, values[s], values[s + 1], d, found)
        for step, rows in zip(self.way, values):
            if step.kind == "batch_norm":
                for c, of_batch in enumerate(self.normal(step, rows, True)):
                    for kept, new in zip(step.moments, of_batch):
                        kept[0][c] = step.momentum * kept[0][c] + (1.0 - step.momentum) * new
        self.done += 1
        return losses, found
