"""A call of a function with recording numbers: what test_expressions.py asks of the C, and what it compares with."""
import random

from tests.support.numbers import bits, recording

GRID = [k / 4 for k in range(-8, 9)]  # so that numbers meet: ties, zeros, errors of just delta


TABLES = [(1, 1), (1, 2), (2, 3), (5, 4), (3, 10), (7, 17)]


class Case:
    """A call of one function: its whole numbers, its inputs in C's order, what the reference makes of them."""

    def __init__(self, function, *integers):
        self.function = function
        self.integers = [int(n) for n in integers]
        self.inputs = []
        self.names = []
        self.expected = []
        self.stream = random.Random(f"{function} {integers}")

    def number(self, name, value):
        self.names.append(name)
        self.inputs.append(recording(name, value))
        return self.inputs[-1]

    def table(self, name, rows, columns, choice=GRID):
        """Rows of inputs: a few lie far out, a few next to 0, some are equal to the one before."""
        extremes = [-800.0, -40.0, 40.0, 800.0, -0.0, 2.0 ** -40, -2.0 ** -40] if choice is GRID else choice
        made = []
        for i in range(rows):
            row = []
            for j in range(columns):
                value = self.stream.choice(extremes if self.stream.random() < 0.25 else choice)
                if row and self.stream.random() < 0.25:
                    value = float(row[-1])
                row.append(self.number(f"{name}[{i}][{j}]", value))
            made.append(row)
        return made

    def real(self, name, value, needed):
        """One number or none."""
        return [self.number(name, value)] if needed else []

    def row(self, name, columns, choice=GRID):
        return self.table(name, 1, columns, choice)[0]

    def gives(self, *outputs):
        """Take numbers, and those in nested lists."""
        for output in outputs:
            if isinstance(output, (list, tuple)):
                self.gives(*output)
            else:
                self.expected.append(output)

    def line(self):
        values = [f"{bits(x):x}" for x in self.inputs]
        return " ".join(map(str, [self.function, len(self.integers), *self.integers, len(values), *values]))

    def __repr__(self):
        return f"{self.function}({', '.join(map(str, self.integers))})"
