"""The part of from_the_page.py that changes parameters: rates, penalties, clipping and optimizers."""
import math

import tests.page.from_the_page as page


class Steps:
    """What a run does with its gradients."""

    def regular(self, name):
        usual = [1, 250] if name == "weight_decay" and self.v.get("optimizer") == ["adamw"] else [0, 1]
        return page.quotient(dict(self.v.get("regular", [])).get(name, usual))

    def changed(self, gradients):
        """The gradients with penalties, and clipped."""
        l1, l2 = [page.quotient(pair) for pair in self.v.get("penalties", [[0, 1], [0, 1]])]
        biases = list(self.biases()) if l1 or l2 else []
        found = []
        for k, (table, g_table) in enumerate(zip(self.parameters, gradients)):
            costs = (l1 or l2) and k not in biases
            found.append([[g + ((l1 if w > 0.0 else -l1 if w < 0.0 else 0.0) + 2.0 * l2 * w) if costs else g
                           for w, g in zip(row, g_row)] for row, g_row in zip(table, g_table)])
        limit, most = self.regular("clip_value"), self.regular("clip_norm")
        if limit:
            found = [[[min(max(g, -limit), limit) for g in row] for row in table] for table in found]
        norm = math.sqrt(page.total(g * g for table in found for row in table for g in row))
        if most and norm > most:
            found = [[[g * (most / norm) for g in row] for row in table] for table in found]
        return found

    def optimized(self, gradients, rate):
        kind, *given = self.v["optimizer"]
        usual = {"rmsprop": [[9, 10], [0, 1], [1, 10000000]], "adagrad": [[1, 10], [1, 10000000]],
                 "adam": [[9, 10], [999, 1000], [1, 100000000]], "adamw": [[9, 10], [999, 1000], [1, 100000000]],
                 "rprop": [[1, 2], [6, 5], [1, 1000000], [50, 1]]}[kind]
        settings = [page.quotient(pair) for pair in given + usual[len(given):]]
        self.products = [product * beta for product, beta in zip(self.products, settings)]
        moved, cells = [], iter(self.cells)
        for table, g_table in zip(self.parameters, gradients):
            moved.append([[next(cells).moved(kind, w, g, rate, settings, self.products) for w, g in zip(row, g_row)]
                          for row, g_row in zip(table, g_table)])
        self.parameters = moved

    def move(self, found, momentum):
        """One step of training with the gradients of a batch."""
        rate = self.rate()
        found = self.changed(found)
        old = [w for parameter in self.parameters for row in parameter for w in row]
        if "optimizer" in self.v:
            self.optimized(found, rate)
            found = []
        for parameter, velocity, gradient in zip(self.parameters, self.velocities, found):
            for w, v, g in zip(parameter, velocity, gradient):
                for j in range(len(w)):
                    v[j] = momentum * v[j] - rate * g[j]
                    step = momentum * v[j] - rate * g[j] if self.v["nesterov"] else v[j]
                    w[j] = w[j] + step if momentum else w[j] - rate * g[j]
        if self.regular("weight_decay"):
            old = iter(old)
            self.parameters = [[[w - rate * self.regular("weight_decay") * next(old) for w in row] for row in table]
                               for table in self.parameters]

    def rate(self):
        """The learning rate of the next step."""
        rate, schedule, warm_up = page.quotient(self.v["rate"]), self.v.get("schedule"), self.v.get("warm_up")
        counts = {"steps": self.steps, "epochs": self.epochs}
        waited = warm_up and counts[warm_up[1]] < warm_up[0]
        if schedule and schedule[0] != "constant":
            kind, *given = schedule
            n = max(0, counts.get(given[-1], 0) - (warm_up[0] if warm_up else 0)) if isinstance(given[-1], str) else 0
            if kind == "step_decay":
                factor, square = 1.0, page.quotient(given[1])
                for bit in reversed(bin(n // given[0])[2:]):
                    factor, square = factor * square if bit == "1" else factor, square * square
                rate = rate * factor
            elif kind == "exponential_decay":
                rate = rate * page.power(page.quotient(given[1]), n / given[0])
            elif kind == "inverse_scaling":
                rate = rate / page.power(n + 1.0, page.quotient(given[0]))
            elif kind == "cosine_decay":
                alpha = page.quotient(given[1])
                curve = 0.5 * (1.0 + page.cos(884279719003555 / (1 << 48) * (min(n, given[0]) / given[0])))
                rate = rate * ((1.0 - alpha) * curve + alpha)
            else:
                rate = rate if self.plateau[0] is None else self.plateau[0]
        return rate * ((counts[warm_up[1]] + 1) / warm_up[0]) if waited else rate

    def watch(self, loss):
        """What a plateau makes of an epoch's loss."""
        if self.v.get("schedule", [""])[0] != "reduce_on_plateau":
            return
        factor, patience, delta, least = self.v["schedule"][1:]
        rate, best, waited = self.plateau
        rate = page.quotient(self.v["rate"]) if rate is None else rate
        if best is None or loss < best - page.quotient(delta):
            best, waited = loss, 0
        else:
            waited += 1
        if waited == patience:
            rate, waited = max(rate * page.quotient(factor), min(rate, page.quotient(least))), 0
        self.plateau = [rate, best, waited]


class Cell:
    """What an optimizer keeps for a number of a parameter."""

    def __init__(self):
        self.first = self.second = 0.0

    def moved(self, kind, w, g, rate, settings, products):
        if kind == "rmsprop":
            rho, momentum, epsilon = settings
            self.first = rho * self.first + (1.0 - rho) * (g * g)
            step = rate * g / math.sqrt(self.first + epsilon)
            self.second = momentum * self.second + step if momentum else step
            return w - self.second
        if kind == "adagrad":
            initial, epsilon = settings
            self.first = self.first + g * g
            return w - rate * g / math.sqrt(initial + self.first + epsilon)
        if kind == "rprop":
            shrink, grow, least, most = settings
            same = g * self.first
            length = (self.second or rate) * (grow if same > 0.0 else shrink if same < 0.0 else 1.0)
            self.second = min(max(length, least), most)
            self.first = 0.0 if same < 0.0 else g
            return w - self.second if self.first > 0.0 else w + self.second if self.first < 0.0 else w
        b1, b2, epsilon = settings
        a = rate * math.sqrt(1.0 - products[1]) / (1.0 - products[0])
        self.first = b1 * self.first + (1.0 - b1) * g
        self.second = b2 * self.second + (1.0 - b2) * (g * g)
        return w - a * self.first / (math.sqrt(self.second) + epsilon)
