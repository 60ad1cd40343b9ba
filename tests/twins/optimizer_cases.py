"""The calls of optimizers, penalties and clipping that test_expressions.py makes of the reference and of the C."""
from purenet.optimizers.schedules.base import Schedule
from purenet.reference.optimizers import (
    OPTIMIZERS,
    clipped,
    decayed,
    norm_factor,
    penalized,
    penalty_term,
    scaled,
    squares,
)
from tests.twins.recorded_calls import GRID, TABLES, Case

NOT_NEGATIVE = [0.0, 0.25, 0.5, 1.0, 1.5]
KEPT = {"sgd": [], "sgd_momentum": [GRID], "sgd_nesterov": [GRID], "rmsprop": [NOT_NEGATIVE],  # and what they may be
        "rmsprop_momentum": [NOT_NEGATIVE, GRID], "adagrad": [NOT_NEGATIVE], "adam": [GRID, NOT_NEGATIVE],
        "rprop": [GRID, NOT_NEGATIVE]}
REALS = {"sgd": "rate", "sgd_momentum": "rate momentum", "sgd_nesterov": "rate momentum", "rmsprop": "rate rho epsilon",
         "rmsprop_momentum": "rate rho epsilon momentum", "adagrad": "rate initial epsilon",
         "adam": "rate beta_1 beta_2 epsilon b1_t b2_t", "rprop": "rate shrink grow least most"}
VALUES = {"grow": 1.5, "least": 0.375, "most": 1.25}  # of those that are not 0.75


def optimizer_cases():
    for name, optimize in sorted(OPTIMIZERS.items()):
        for rows, columns in TABLES:
            case = Case(name, rows, columns)
            w = case.table("w", rows, columns)
            numbers = [case.table(f"v{k}", rows, columns, choice) for k, choice in enumerate(KEPT[name])]
            g = case.table("g", rows, columns)
            case.gives(optimize(w, numbers, g, *[case.number(real, VALUES.get(real, 0.75))
                                                 for real in REALS[name].split()]))
            yield case
    for rows, columns in TABLES:
        case = Case("penalized", rows, columns)
        w, g = case.table("w", rows, columns), case.table("g", rows, columns)
        case.gives(penalized(w, g, case.number("l1", 0.25), case.number("l2", 0.75)))
        yield case
        case = Case("penalty_term", rows, columns)
        w = case.table("w", rows, columns)
        case.gives(penalty_term(w, *[case.number(name, 0.75) for name in ("l1", "l2", "total")]))
        yield case
        for function, real in [(clipped, 0.75), (scaled, 0.75)]:
            case = Case(function.__name__, rows, columns)
            case.gives(function(case.table("g", rows, columns), case.number("real", real)))
            yield case
        case = Case("decayed", rows, columns)
        w, new_w = case.table("w", rows, columns), case.table("new_w", rows, columns)
        case.gives(decayed(w, case.number("decay", 0.75), new_w))
        yield case
        for limit in (0.25, 1e9):
            case = Case("norm_factor", rows, columns)
            g, h = case.row("g", rows), case.row("h", columns)
            total = squares([h], squares([g], 0.0))
            case.gives(norm_factor(total, case.number("limit", limit)))
            yield case


def in_the_order_of_c(plan, numbers):
    """All first optimizer numbers, then all second ones, then the running products."""
    trained = len(plan.parameters)
    return [[own[k] for own in numbers[:trained]] for k in range(plan.slots)] + numbers[trained:]


class Rates(Schedule):
    """A rate a step, each a number of its own."""

    def __init__(self, rates):
        self.rates = rates

    def rate(self, epoch, step):
        return self.rates[step]
