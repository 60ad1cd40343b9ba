#!/usr/bin/env python3
"""Train beside Keras in float64: every layer and activation with random shapes, then every optimizer, three steps each.

    python3 -m tools.compare.keras --shapes 10

Needs Keras and TensorFlow, the only backend with which Keras keeps doubles (pip install keras tensorflow-cpu). Each row
is the largest difference of the predictions before training, and of parameters, statistics and predictions after it,
relative to the largest number of the array (at least 1). The exit status is 1 if one is above 1e-12 (1e-8 for gelu).
Keras rounds some settings, and gelu's constants, to single precision: the settings here are exact in it. Dropout is
left out, because Keras draws other numbers, and so is Rprop, which Keras does not have.
"""
import argparse
import os
import random
import sys

import numpy

from purenet import SGD, Adagrad, Adam, AdamW, Dense, Network, RMSprop
from purenet._core.arrays import flatten, size_of
from tools.compare.layers import KINDS, MOST, STEPS, network

LIMITS = {"activation gelu": 1e-8}
ADAM = {"beta_1": 0.875, "beta_2": 0.96875, "epsilon": 2.0 ** -20}
OPTIMIZERS = [
    SGD(0.05), SGD(0.05, 0.875), SGD(0.05, 0.875, True), SGD(0.0625, weight_decay=0.125), SGD(0.05, clip_norm=0.125),
    SGD(0.05, clip_value=0.03125), RMSprop(0.001, 0.875), RMSprop(0.01, 0.875, 0.75), Adagrad(0.125, 0.125, 2.0 ** -20),
    Adam(0.0625, **ADAM), AdamW(0.0625, weight_decay=0.25, **ADAM)]
OTHER_NAMES = {"clip_norm": "global_clipnorm", "clip_value": "clipvalue"}


def activation_of(keras, layer):
    function = getattr(keras.activations, layer.activation)
    if layer.activation == "gelu":
        return lambda x: function(x, approximate=True)
    return lambda x: function(x, *layer.slopes)


def layer_of(keras, layer):
    """Return Keras' layer with the settings of purenet's."""
    layers, kind = keras.layers, layer.kind
    if kind == "dense":
        return layers.Dense(layer.units, activation_of(keras, layer), layer.bias)
    if kind == "conv2d":
        return layers.Conv2D(layer.filters, layer.kernel_size, layer.strides, layer.padding,
                             activation=activation_of(keras, layer), use_bias=layer.bias)
    if kind in ("max_pool", "average_pool"):
        pool = layers.MaxPooling2D if kind == "max_pool" else layers.AveragePooling2D
        return pool(layer.pool_size, layer.strides, layer.padding)
    if kind == "batch_norm":
        return layers.BatchNormalization(momentum=layer.momentum, epsilon=layer.epsilon)
    if kind == "activation":
        return layers.Activation(activation_of(keras, layer))
    return {"global_average_pool": layers.GlobalAveragePooling2D, "flatten": layers.Flatten}[kind]()


def optimizer_of(keras, optimizer):
    settings = {name: getattr(optimizer, name) for name, _, _ in optimizer.FIELDS}
    return getattr(keras.optimizers, type(optimizer).__name__)(
        **{OTHER_NAMES.get(name, name): value for name, value in settings.items() if value})


def model_of(keras, net):
    """Return Keras' model with the settings and parameters of a network. Dense flattens images in purenet only."""
    layers = []
    for layer in net.layers:
        layers += [keras.layers.Flatten()] * (layer.kind == "dense") + [layer_of(keras, layer)]
    model = keras.Sequential([keras.Input(net.plan.shape), *layers])
    for variable, (_, values) in zip(model.trainable_variables, net.parameters()):
        variable.assign(values)
    model.compile(optimizer_of(keras, net.optimizer), lambda y, found: keras.ops.sum((found - y) ** 2) / 2)
    return model


def difference(pairs):
    """Return the largest difference of arrays, relative to the largest number of each."""
    worst = 0.0
    for own, other in pairs:
        own, other = flatten(own), other.flatten().tolist()
        scale = max(1.0, *map(abs, other))
        worst = max(worst, *[abs(a - b) / scale for a, b in zip(own, other)])
    return worst


def compare(keras, net, stream):
    """Return the largest differences before and after a training."""
    x, y = [numpy.reshape([stream.gauss(0.0, 1.0) for _ in range(7 * size_of(shape))], (7, *shape))
            for shape in (net.plan.shape, (3,))]
    model = model_of(keras, net)
    before = difference([(net.predict(x), model.predict(x, verbose=0))])
    net.fit(x, y, STEPS, None, shuffle=False)
    for _ in range(STEPS):
        model.train_on_batch(x, y)
    pairs = [(net.predict(x), model.predict(x, verbose=0))]
    for own, variables in ((net.parameters(), model.trainable_variables),
                           (net.statistics(), model.non_trainable_variables)):
        pairs += [(values, variable.numpy()) for (_, values), variable in zip(own, variables)]
    return before, difference(pairs)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--shapes", type=int, default=3, help="how many shapes of each layer (3)")
    parser.add_argument("--backend", default="auto", help="auto, reference or compiled")
    options = parser.parse_args()
    os.environ.update(KERAS_BACKEND="tensorflow", TF_CPP_MIN_LOG_LEVEL="3", TF_ENABLE_ONEDNN_OPTS="0")
    try:
        import keras
    except ImportError:
        raise SystemExit("Keras or TensorFlow is not installed here (pip install keras tensorflow-cpu)") from None
    keras.config.set_floatx("float64")
    keras.utils.disable_interactive_logging()
    nets = [(kind, network(kind, random.Random(f"{kind} {seed}"), seed, options.backend))
            for kind in KINDS if kind != "dropout" for seed in range(options.shapes)]
    nets = [(kind, Network(net.inputs, net.layers, loss="half_squared_error", optimizer=SGD(0.01), seed=net.seed,
                           backend=options.backend)) for kind, net in nets]
    nets += [(repr(optimizer), Network(4, [Dense(5, "tanh"), Dense(3)], loss="half_squared_error", optimizer=optimizer,
                                       backend=options.backend)) for optimizer in OPTIMIZERS]
    found = {}
    for name, net in nets:
        found.setdefault(name, []).append(compare(keras, net, random.Random(name)))
    failed = []
    for name, differences in found.items():
        before, after = [max(column) for column in zip(*differences)]
        print(f"{before:8.1e} {after:8.1e}  {name}")
        failed += [name] * (max(before, after) > LIMITS.get(name, MOST))
    print(f"Keras {keras.__version__}, {len(nets)} networks: "
          + (f"ABOVE the limit: {', '.join(failed)}" if failed else f"all within {MOST:.0e}, gelu within 1e-08"))
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
