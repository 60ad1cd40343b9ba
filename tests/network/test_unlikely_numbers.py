"""Numbers that cannot be right: refused, or said in one warning."""
import warnings

import pytest

from purenet import SGD, Adam, BatchNorm, Conv2D, Dense, EarlyStopping, Network, RandomState, StepDecay, backend, load

BACKENDS = backend().available


def warnings_of(call):
    with warnings.catch_warnings(record=True) as given:
        warnings.simplefilter("always")
        call()
    return [str(one.message) for one in given]


def rows(count, width=1):
    stream = RandomState(0)
    return [[stream.randn() for _ in range(width)] for _ in range(count)]


@pytest.mark.parametrize("name", BACKENDS)
def test_huber_needs_a_delta_above_0(name):
    with pytest.raises(ValueError, match="huber: expected a delta above 0, got 0.0"):
        Network(1, [Dense(1)], loss=("huber", 0), backend=name)
    assert Network(1, [Dense(1)], loss=("huber", 1e-3), backend=name).loss == ("huber", 1e-3)


def test_a_file_with_a_delta_of_0_is_loaded_and_saved_as_it_is(tmp_path, monkeypatch):
    monkeypatch.setattr("purenet.network.require_learning", lambda loss: None)  # as networks were made before
    Network(1, [Dense(1)], loss=("huber", 0)).save(tmp_path / "old")
    monkeypatch.undo()
    load(tmp_path / "old").save(tmp_path / "new")
    assert (tmp_path / "old").read_bytes() == (tmp_path / "new").read_bytes()


@pytest.mark.parametrize("name", BACKENDS)
@pytest.mark.parametrize("count, batch_size, warned", [
    (33, 32, "one row (33 rows in batches of 32)"), (33, 16, "one row (33 rows in batches of 16)"), (34, 32, ""),
    (33, 33, ""), (33, None, ""), (33, 64, ""), (32, 1, "BatchNorm turns a batch of one row"),
    (1, 32, "BatchNorm turns a batch of one row"),
])
def test_batch_norm_is_warned_of_where_a_batch_has_one_row(name, count, batch_size, warned):
    net = Network(1, [BatchNorm(), Dense(1)], loss="mean_squared_error", backend=name)
    given = warnings_of(lambda: net.fit(rows(count), [0.0] * count, epochs=2, batch_size=batch_size))
    assert len(given) == bool(warned) and warned in "".join(given)
    assert not warnings_of(lambda: net.fit(rows(count), [0.0] * count, batch_size=batch_size)) or not warned


def test_batch_norm_of_images_of_one_pixel_is_warned_of_too():
    layers = [Conv2D(2, 2), BatchNorm(), Dense(1)]
    for size, warned in ((2, 1), (3, 0)):
        net = Network((size, size, 1), layers, loss="mean_squared_error")
        assert len(warnings_of(lambda: net.fit(rows(9, size * size), [0.0] * 9, batch_size=4))) == warned


SUMS = {"loss": "squared_error", "optimizer": SGD(0.01)}


@pytest.mark.parametrize("settings, count, options, warned", [
    ({}, 1000, {"batch_size": None}, True), ({}, 1000, {"batch_size": 128}, True),
    ({}, 1000, {}, False), ({}, 90, {"batch_size": None}, False),
    ({"optimizer": SGD(1.0)}, 63, {"batch_size": None}, False),  # the articles have few rows
    ({"optimizer": SGD(StepDecay(0.1, 5), momentum=0.5)}, 80, {"batch_size": None}, True),
    ({"loss": "half_squared_error"}, 1000, {"batch_size": None}, True),
    ({"loss": "mean_squared_error"}, 1000, {"batch_size": None}, False),
    ({"reduction": "mean"}, 1000, {"batch_size": None}, False),
    ({"reduction": "sum"}, 1000, {"batch_size": None}, False),  # asked for
    ({"optimizer": Adam(0.01)}, 1000, {"batch_size": None}, False),
    ({"optimizer": SGD(0.01, clip_norm=1.0)}, 1000, {"batch_size": None}, False),
    ({}, 1000, {"batch_size": None, "sample_weight": [1 / 1000] * 1000}, False),
])
def test_a_sum_over_a_large_batch_is_warned_of_once(settings, count, options, warned):
    net = Network(2, [Dense(1)], **{**SUMS, **settings})
    x = rows(count, 2)
    given = warnings_of(lambda: net.fit(x, [row[0] for row in x], **options))
    assert len(given) == warned and ("adds up over the" in "".join(given)) == warned
    assert not warnings_of(lambda: net.fit(x, [row[0] for row in x], **options))


def test_outputs_that_cannot_overflow_are_not_warned_of():
    x = rows(1000, 2)
    for last in ("sigmoid", "tanh"):
        assert not warnings_of(lambda last=last: Network(2, [Dense(1, last)]).fit(x, [0.5] * 1000, batch_size=None))


def test_the_warning_comes_before_the_overflow():
    net, x = Network(8, [Dense(16, "relu"), Dense(1)]), rows(1000, 8)
    with pytest.warns(UserWarning, match="a learning rate of 0.01 works as 10 does for a mean") as given:
        with pytest.raises(ValueError, match="is not finite in epoch"):
            net.fit(x, [row[0] for row in x], epochs=50, batch_size=None)
    assert given[0].filename == __file__


@pytest.mark.parametrize("name", BACKENDS)
@pytest.mark.parametrize("worse, monitor, warned", [(True, "val_loss", True), (False, "val_loss", False),
                                                    (True, "loss", False)])
def test_a_best_epoch_of_1_is_warned_of_while_the_training_loss_falls(name, worse, monitor, warned):
    net = Network(1, [Dense(1)], loss="mean_squared_error", optimizer=SGD(0.1), init="zeros", backend=name)
    x, slope = rows(20), -1.0 if worse else 1.0
    stopping = EarlyStopping(monitor, patience=3)
    given = warnings_of(lambda: net.fit(x, [row[0] for row in x], epochs=8, callbacks=[stopping],
                                        validation_data=(x, [slope * row[0] for row in x])))
    assert len(given) == warned and ("the best val_loss is that of epoch 1 of 4" in "".join(given)) == warned
