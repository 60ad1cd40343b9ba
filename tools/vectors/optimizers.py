"""Describe the golden vectors of optimizers, schedules, penalties and clipping, which make.py adds.

Besides the keys of every run: "optimizer" (kind, then the settings after the learning rate), "regular" (weight_decay,
clip_norm, clip_value by name), "penalties" (L1 and L2 of every layer), "schedule" (kind, then the settings behind the
learning rate), "warm_up" (length, unit).
"""
OPTIMIZERS = [
    ["rmsprop", [83, 100]], ["rmsprop", [83, 100], [71, 100], [1, 1000]], ["adagrad"], ["adagrad", [0, 1], [1, 1000]],
    ["adam"], ["adam", [87, 100], [97, 100], [1, 1000]], ["adamw"], ["rprop"], ["rprop", [1, 3], [3, 2], [1, 1000]],
]
REGULAR = [
    [["clip_norm", [1, 3]]], [["clip_value", [1, 10]]], [["weight_decay", [3, 10]]],
    [["weight_decay", [1, 10]], ["clip_norm", [1, 10]]],
]
SCHEDULES = [
    ["constant"], ["step_decay", 4, [1, 2], "steps"], ["step_decay", 2, [1, 3], "epochs"],
    ["exponential_decay", 5, [9, 10], "steps"], ["exponential_decay", 2, [1, 2], "epochs"],
    ["inverse_scaling", [6, 10], "steps"], ["cosine_decay", 7, [1, 10], "steps"], ["cosine_decay", 4, [0, 1], "epochs"],
    ["reduce_on_plateau", [1, 2], 1, [1, 10], [1, 100]],
]

NORMED = [["conv2d", 2, [2, 2], [1, 1], "same", "linear", 0], ["batch_norm", [9, 10], [1, 100]],
          ["activation", "relu"], ["max_pool"], ["dropout", [1, 4]]]
PLAIN = [["conv2d", 3, [2, 3], [2, 1], "valid", "tanh"], ["average_pool", [1, 2], [1, 1], "same"]]
IMAGES = [  # the layers before the last, the optimizer, and other changes
    (NORMED, ["rmsprop"], {"schedule": ["step_decay", 3, [1, 2], "steps"]}),
    (NORMED, ["adam"], {"schedule": ["cosine_decay", 5, [1, 10], "steps"], "warm_up": [2, "steps"],
                        "regular": [["clip_norm", [1, 3]]]}),
    (NORMED, ["adamw"], {"penalties": [[1, 100], [1, 50]], "regular": [["clip_value", [1, 10]]]}),
    (PLAIN, ["rprop"], {"batch": None, "shuffle": 0, "penalties": [[0, 1], [1, 50]]}),
]


def optimizer_runs(run):
    """Yield every optimizer alone and regularised, and every schedule alone and after a warm-up."""
    def small(name, k, **changes):
        layers = [[3 + k % 5, ["tanh", "sigmoid", "softplus"][k % 3], 1], [2, "linear", k % 2]]
        return run(name, 3 + k % 3, layers, rows=7, batch=[3, None, 2, 4][k % 4], shuffle=k % 2, epochs=5, seed=k,
                   data=5000 + k, init="randn", loss=[["mean_squared_error"], ["squared_error"]][k // 2 % 2],
                   rate=[1, 100], predict=2, **changes)

    for k, optimizer in enumerate(OPTIMIZERS):
        yield small(f"optimizer {k + 1}", k, optimizer=optimizer)
        yield small(f"optimizer {k + 1}, regularised", k + 20, optimizer=optimizer, regular=REGULAR[k % 4],
                    penalties=[[k % 3, 100], [k % 2, 50]])
    for k, regular in enumerate(REGULAR):
        yield small(f"regularised {k + 1}", k + 40, regular=regular, penalties=[[1, 50], [k % 2, 30]],
                    momentum=[k % 2, 2])
    for k, schedule in enumerate(SCHEDULES):
        yield small(f"schedule {k + 1}", k + 60, schedule=schedule)
        unit = schedule[-1] if schedule[-1] in ("steps", "epochs") else ["steps", "epochs"][k % 2]
        yield small(f"schedule {k + 1}, warmed up", k + 80, schedule=schedule, warm_up=[3, unit],
                    optimizer=OPTIMIZERS[k % 7])
    for k, (layers, optimizer, changes) in enumerate(IMAGES):
        usual = {"rows": 7, "batch": 3, "shuffle": 1, "epochs": 2, "rate": [1, 50], "predict": 1}
        yield run(f"images, {optimizer[0]}", [4, 5, 1], layers + [[2, "linear", 1]], seed=50 + k, data=6000 + k,
                  optimizer=optimizer, **{**usual, **changes})
