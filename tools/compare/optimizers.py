#!/usr/bin/env python3
"""Train beside PyTorch with every optimizer, in float64, and print how far the parameters are apart after 100 steps.

    python3 -m tools.compare.optimizers

Needs PyTorch. Each row is one optimizer of purenet's and the settings with which PyTorch's computes the same formula;
exit status 1 if one is further than 1e-12 from it. Where PyTorch's formula is another (RMSprop and Adagrad add
epsilon behind the root) epsilon is small enough on both sides not to be seen.
"""
import argparse
import sys

from purenet import SGD, Adagrad, Adam, AdamW, Dense, Network, RandomState, RMSprop, Rprop

STEPS, LIMIT = 100, 1e-12
TINY = 1e-40

ROWS = [  # purenet's, PyTorch's name and settings, L1, L2, clip_norm, clip_value
    (SGD(0.05), "SGD", {"lr": 0.05}),
    (SGD(0.05, 0.9), "SGD", {"lr": 0.05, "momentum": 0.9}),
    (SGD(0.05, 0.9, True), "SGD", {"lr": 0.05, "momentum": 0.9, "nesterov": True}),
    (RMSprop(0.001, 0.9, epsilon=TINY), "RMSprop", {"lr": 0.001, "alpha": 0.9, "eps": 0.0}),
    (RMSprop(0.01, 0.9, 0.8, TINY), "RMSprop", {"lr": 0.01, "alpha": 0.9, "eps": 0.0, "momentum": 0.8}),
    (Adagrad(0.1, 0.1, TINY), "Adagrad", {"lr": 0.1, "initial_accumulator_value": 0.1, "eps": 0.0}),
    (Adam(0.01, epsilon=TINY), "Adam", {"lr": 0.01, "eps": 0.0}),
    (AdamW(0.01, epsilon=TINY, weight_decay=0.3), "AdamW", {"lr": 0.01, "eps": 0.0, "weight_decay": 0.3}),
    (Rprop(0.01), "Rprop", {"lr": 0.01}),
    (SGD(0.05, clip_norm=0.1), "SGD", {"lr": 0.05}),
    (SGD(0.05, clip_value=0.02), "SGD", {"lr": 0.05}),
    (SGD(0.05), "SGD", {"lr": 0.05, "penalties": (0.01, 0.02)}),
]


def purenets(optimizer, penalties, x, y, backend):
    """Return the parameters before and after."""
    l1, l2 = penalties
    net = Network(3, [Dense(5, "tanh", l1=l1, l2=l2), Dense(2, l1=l1, l2=l2)], loss="mean_squared_error",
                  optimizer=optimizer, init="randn", seed=4, backend=backend)
    before = net.parameters()
    net.fit(x, y, STEPS, batch_size=None, shuffle=False)
    return before, net.parameters()


def pytorchs(torch, before, optimizer, name, settings, x, y):
    """Return the parameters after the same number of PyTorch's steps."""
    settings = dict(settings)
    l1, l2 = settings.pop("penalties", (0.0, 0.0))
    parameters = [torch.tensor(values, dtype=torch.float64, requires_grad=True) for _, values in before]
    steps = getattr(torch.optim, name)(parameters, **settings)
    x, y = torch.tensor(x, dtype=torch.float64), torch.tensor(y, dtype=torch.float64)
    for _ in range(STEPS):
        steps.zero_grad()
        weights, bias, more, last = parameters
        loss = ((torch.tanh(x @ weights + bias) @ more + last - y) ** 2).mean()
        for own in (weights, more):
            loss = loss + l1 * own.abs().sum() + l2 * (own * own).sum()
        loss.backward()
        if optimizer.clip_norm:
            norm = torch.sqrt(sum((own.grad ** 2).sum() for own in parameters))
            for own in parameters:
                own.grad *= min(1.0, float(optimizer.clip_norm / norm))
        if optimizer.clip_value:
            torch.nn.utils.clip_grad_value_(parameters, optimizer.clip_value)
        steps.step()
    return [own.detach().tolist() for own in parameters]


def flat(values):
    return [number for part in values for number in flat(part)] if isinstance(values, list) else [values]


def main():
    parser = argparse.ArgumentParser(
        description=__doc__.split("\n")[0], epilog=__doc__.split("\n\n", 1)[1],
        formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--backend", default="reference", help="purenet's engine (reference)")
    options = parser.parse_args()
    import torch

    stream = RandomState(7)
    x, y = stream.randn(12, 3), stream.randn(12, 2)
    worst = 0.0
    for optimizer, name, settings in ROWS:
        before, after = purenets(optimizer, settings.get("penalties", (0.0, 0.0)), x, y, options.backend)
        other = pytorchs(torch, before, optimizer, name, settings, x, y)
        apart = max(abs(a - b) for a, b in zip(flat([values for _, values in after]), flat(other)))
        worst = max(worst, apart)
        print(f"{apart:8.1e}  {optimizer!r}, {settings}")
    print(f"PyTorch {torch.__version__}: {worst:.1e} apart at most after {STEPS} steps")
    return 0 if worst <= LIMIT else 1


if __name__ == "__main__":
    sys.exit(main())
