"""The golden vectors of image layers, dropout, normalisation and the activations that came with them."""

SOFTMAX = {"loss": ["categorical_cross_entropy"], "y": "classes", "rate": [1, 10]}
HALF = {"loss": ["half_squared_error"], "reduction": "mean"}
MOMENTUM = {"momentum": [9, 10]}
NESTEROV = {"momentum": [9, 10], "nesterov": 1}
SIGNED_ZEROS = "".join(["8000000000000000", "0000000000000000", "bff0000000000000"] * 12)  # -0.0, 0.0, -1.0

RUNS = [  # name, inputs, the layers before the last, the last layer, and other settings that are not the default
    ("conv, valid", [5, 4, 1], [["conv2d", 2, [3, 3]]], [2, "linear", 1], {}),
    ("conv, same", [4, 5, 2], [["conv2d", 3, [3, 3], [1, 1], "same", "relu", 1]], [2, "linear", 1], MOMENTUM),
    ("conv, strides that leave a rest", [6, 7, 2], [["conv2d", 3, [2, 3], [2, 3], "valid", "tanh", 0]],
     [1, "linear", 1], {"batch": 2}),
    ("conv, same, even kernel and strides", [5, 6, 1], [["conv2d", 2, [4, 2], [3, 2], "same", ["leaky_relu", [1, 5]]]],
     [2, "tanh", 1], NESTEROV),
    ("conv behind conv", [5, 6, 2], [["conv2d", 3, [2, 2], [1, 1], "valid", "tanh"], ["conv2d", 2, [2, 3], [2, 1]]],
     [2, "linear", 1], HALF),
    ("conv behind conv, same", [4, 3, 1], [
        ["conv2d", 2, [2, 3], [1, 1], "same", "softplus"], ["conv2d", 4, [3, 2], [2, 2], "same"]],
     [1, "linear", 1], {}),
    ("conv behind conv, strides longer than kernels", [7, 5, 1], [
        ["conv2d", 3, [1, 1]], ["conv2d", 2, [1, 2], [3, 3]]], [2, "linear", 1], {}),
    ("conv of one cell and five channels", [3, 2, 5], [["conv2d", 4, [1, 1], [1, 1], "valid", "sigmoid"]],
     [1, "sigmoid", 1], {"loss": ["binary_cross_entropy"], "y": "bits"}),
    ("conv as large as its image", [3, 4, 2], [["conv2d", 9, [3, 4], [1, 1], "valid", "relu"]], [3, "softmax", 1],
     SOFTMAX),
    ("conv larger than its image, same", [2, 3, 1], [["conv2d", 2, [5, 4], [1, 1], "same"]], [1, "linear", 1], {}),
    ("conv with drawn biases", [4, 4, 1], [
        ["conv2d", 3, [2, 2]], ["conv2d", 2, [2, 2], [1, 1], "valid", "tanh", 1, "he_normal"]],
     [2, "linear", 0], {"init": "randn", "rate": [1, 1000]}),
    ("conv by fans", [4, 3, 3], [["conv2d", 2, [2, 3], [1, 1], "same", "linear", 1, "lecun_normal"],
                                 ["conv2d", 5, [3, 1], [1, 1], "valid", "linear", 0, "glorot_normal"]],
     [1, "linear", 1], {"init": "he_uniform"}),
    ("conv of zeros of both signs", [3, 4, 1], [["conv2d", 2, [2, 2], [1, 1], "same"]], [2, "linear", 1],
     {"x": SIGNED_ZEROS, "rows": 3, "epochs": 1}),
    ("conv in register tiles", [6, 7, 5], [
        ["conv2d", 17, [3, 3], [1, 1], "same", "relu"], ["conv2d", 16, [2, 2], [2, 2], "valid", "tanh"]],
     [3, "softmax", 1], {**SOFTMAX, "rows": 4}),
    ("max pool", [4, 6, 2], [["conv2d", 2, [2, 2], [1, 1], "same", "tanh"], ["max_pool"]], [2, "linear", 1], {}),
    ("max pool of ties, overlapping", [5, 4, 1], [
        ["conv2d", 1, [1, 1], [1, 1], "valid", "relu"], ["max_pool", [3, 2], [1, 1]]], [1, "linear", 1],
     {"x": "bits", "init": "rand"}),
    ("max pool, same", [5, 4, 3], [["conv2d", 2, [2, 2]], ["max_pool", [2, 3], [3, 2], "same"]], [1, "linear", 1], {}),
    ("average pool", [4, 6, 2], [["conv2d", 2, [2, 2], [1, 1], "same"], ["average_pool", [2, 3]]], [2, "linear", 1],
     MOMENTUM),
    ("average pool, same, overlapping", [5, 4, 1], [
        ["conv2d", 3, [2, 2]], ["average_pool", [3, 3], [2, 1], "same"]], [1, "linear", 1], {}),
    ("pools of the data", [5, 5, 2], [["average_pool", [2, 2], [1, 1]], ["max_pool", [2, 2], [2, 1]]],
     [2, "linear", 1], {}),
    ("global average pool", [4, 5, 1], [["conv2d", 4, [3, 2], [1, 1], "valid", "tanh"], ["global_average_pool"]],
     [3, "softmax", 1], SOFTMAX),
    ("flatten and activations", [3, 3, 2], [
        ["conv2d", 2, [2, 2]], ["activation", "sigmoid"], ["flatten"], ["activation", ["elu", [1, 2]]]],
     [1, "linear", 1], {}),
    ("dropout", 6, [["dropout", [1, 4]], [5, "tanh", 1], ["dropout", [2, 5]]], [2, "linear", 1], {"epochs": 4}),
    ("dropout of images, shuffled", [3, 4, 2], [
        ["conv2d", 3, [2, 2], [1, 1], "same", "relu"], ["dropout", [1, 2]], ["conv2d", 2, [2, 2]]], [1, "linear", 1],
     {"rows": 7, "batch": 3, "shuffle": 1, "seed": 4294967295, "epochs": 3}),
    ("dropout of nothing", 4, [["dropout", [0, 1]], [3, "relu", 1]], [1, "linear", 1], {}),
    ("dropout beyond the slices", 2, [["dropout", [1, 3]], [2, "tanh", 1]], [1, "linear", 1],
     {"rows": 300, "batch": 290, "shuffle": 1, "loss": ["mean_squared_error"]}),
    ("norm of rows", 3, [[4, "linear", 0], ["batch_norm"], ["activation", "relu"]], [1, "linear", 1],
     {"epochs": 4, "batch": 2}),
    ("norm of images", [4, 3, 2], [
        ["conv2d", 3, [2, 2], [1, 1], "valid", "linear", 0], ["batch_norm", [9, 10], [1, 100]], ["activation", "tanh"],
        ["max_pool", [2, 2], [1, 1]]], [2, "linear", 1], {"batch": 3, "shuffle": 1}),
    ("norm first, and behind a norm", 4, [
        ["batch_norm", [0, 1], [7, 2]], [3, "tanh", 1], ["batch_norm", [1, 2], [1, 1000000]]], [2, "linear", 1],
     NESTEROV),
    ("norm of one row", 3, [[4, "tanh", 1], ["batch_norm", [99, 100], [1, 1000]]], [1, "linear", 1], {"batch": 1}),
    ("norm beyond the slices", 2, [[3, "linear", 0], ["batch_norm", [1, 2]], ["activation", "sigmoid"]],
     [2, "softmax", 1], {**SOFTMAX, "rows": 300, "batch": 280, "predict": 4}),
    ("norm of images beyond the slices", [2, 2, 1], [
        ["conv2d", 2, [2, 1]], ["batch_norm", [3, 4]], ["dropout", [1, 8]]], [1, "linear", 1],
     {"rows": 150, "batch": 140, "loss": ["mean_squared_error"]}),
    ("norm with sample weights", 3, [[3, "linear", 0], ["batch_norm"]], [1, "linear", 1],
     {"weights": [0, 2, 1, 0, 3], "loss": ["mean_absolute_error"]}),
    ("a small network of all of them", [6, 6, 1], [
        ["conv2d", 3, [3, 3], [1, 1], "same", "linear", 0], ["batch_norm"], ["activation", "relu"], ["max_pool"],
        ["dropout", [1, 5]], ["conv2d", 4, [2, 2], [1, 1], "valid", "silu"], ["average_pool", [2, 1]], ["flatten"],
        [5, "gelu", 1], ["dropout", [1, 10]]], [3, "softmax", 1],
     {**SOFTMAX, "rows": 9, "batch": 4, "shuffle": 1, "epochs": 3, **MOMENTUM}),
]
ACTIVATIONS = [  # a run for each loss
    (["squared_error"], [2, "gelu", 1], {}),
    (["half_squared_error"], [1, "silu", 1], {}),
    (["mean_squared_error"], [2, "elu", 1], {"x": "rand"}),
    (["mean_absolute_error"], [1, "elu", 1, None, [1, 3]], {}),
    (["huber", [1, 2]], [2, "linear", 1], {}),
    (["binary_cross_entropy"], [1, "sigmoid", 1], {"y": "bits"}),
    (["categorical_cross_entropy"], [2, "softmax", 1], {"y": "classes"}),
]


def descriptions(run):
    """Yield every description. ``run(name, inputs, layers, **changes)`` makes one."""
    for k, (name, inputs, layers, last, changes) in enumerate(RUNS):
        usual = {"seed": 1 + k, "data": 2000 + k, "epochs": 2, "rows": 5, "predict": 1}
        yield run(name, inputs, layers + [last], **{**usual, **changes})
    for k, (loss, last, changes) in enumerate(ACTIVATIONS):
        layers = [[3, "elu", 1, None, [1, 1 + k]] if k % 2 else [3, "elu", 1], [4, "silu", 1], [3, "gelu", 1], last]
        usual = {"seed": 3 + k, "data": 3000 + k, "epochs": 2, "predict": 1, "rate": [1, 100]}
        yield run(f"elu, silu, gelu and {loss[0]}", 3, layers, loss=loss, **{**usual, **changes})
