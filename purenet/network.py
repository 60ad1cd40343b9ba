"""The class Network: build, train, use and save a neural network."""
from ._core.arrays import nest
from ._core.checks import MAX_COUNT, check_bool, check_int
from ._core.ieee754 import check_arithmetic
from ._core.locks import ResumePoint, new_lock, watch
from ._core.messages import describe
from ._core.state import Run
from ._model.inputs import check_inputs, check_training_data, convert_data, convert_inputs
from ._model.planner import plan_of
from ._model.settings import (
    check_named_arrays,
    check_settings,
    check_variances,
    portable_initialiser,
    validated_initialiser,
    warn_of_large_sums,
    warn_of_single_rows,
)
from .backends import make_engine, resolve_backend, threads_wanted, warn_of_rounding
from .losses import require_learning
from .optimizers.base import Optimizer, check_learning_rate, is_schedule

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any, Callable, Sequence

    from ._core.plan import Parameter
    from ._core.state import State
    from .layers.base import Layer
    from .training.history import History


class Network:
    """A network of layers, trained by gradient descent.

    ``inputs``: the number of inputs, or (height, width, channels) of images.
    ``layers``: a list of layers such as ``Dense``, ``Conv2D``, ``MaxPool2D``, ``Dropout`` and ``BatchNorm``.
    ``loss``: "squared_error", "half_squared_error", "mean_squared_error", "mean_absolute_error", "huber"
    (``("huber", delta)`` sets its delta, above 0, 1.0 by default), "binary_cross_entropy" (sigmoid output) or
    "categorical_cross_entropy" (softmax output). The first two are sums over the batch, so the right learning rate
    depends on the batch size. The others are means.
    ``reduction``: "sum", "mean" (over samples) or "cell_mean" (over samples and outputs) to override the loss's own.
    ``penalty_reduction``: "mean" divides the penalties l1 and l2 of the layers by the total of the batch's sample
    weights, as scikit-learn does. "sum" adds them as they are.
    ``init``: "rand", "randn", "glorot_uniform", "glorot_normal", "he_uniform", "he_normal", "lecun_normal",
    "zeros", or a function of (stream, shape, fan_in, fan_out) that returns nested lists.
    ``seed``: 0 to 2**32 - 1, or None to draw one from the operating system. ``net.seed`` holds it.
    ``backend``: "auto", "reference" or "compiled".
    ``threads``: how many threads, 1 to 64, the compiled engine uses for large products. The default is PURENET_THREADS
    or 1. Neither backend nor threads change a bit of any result.
    """

    def __init__(
        self, inputs: "int | tuple[int, int, int]", layers: "Sequence[Layer]", *, loss: "Any" = "squared_error",
        optimizer: "Optimizer | None" = None, init: "Any" = "glorot_uniform", seed: "int | None" = 0,
        backend: str = "auto", threads: "int | None" = None, reduction: "str | None" = None,
        penalty_reduction: str = "sum",
    ) -> None:
        if seed is None:
            import os

            seed = int.from_bytes(os.urandom(4), "little")
        description = check_settings(
            inputs=inputs, layers=layers, loss=loss, optimizer=optimizer, init=init, seed=seed, backend=backend,
            threads=threads, reduction=reduction, penalty_reduction=penalty_reduction,
        )
        require_learning(description["loss"])
        self._build(description)
        self._engine.initialise(self.seed, [validated_initialiser(p) for p in self.plan.parameters])

    def _build(self, description: "dict[str, Any]") -> None:
        """Make the plan and the engine from checked settings. The engine has no state yet."""
        self._description = description
        self.inputs: "Any" = description["inputs"]
        self._optimizer: Optimizer = description["optimizer"]
        self.seed: int = description["seed"]
        self.threads = threads_wanted(description["threads"])
        self.metadata: "list[tuple[str, str]]" = list(description.get("made", ()))
        self.plan = plan_of(description)
        self.backend = resolve_backend(description["backend"])
        self._engine = make_engine(self.backend, self.plan, self.threads)
        self.resume_point = ResumePoint(description.get("paused"))
        self.warned: "list[str]" = []  # the warnings already given
        if self.plan.steps and self.plan.steps[0].kind == "batch_norm":  # it scales large inputs
            self.warned.append("large")
        watch(self)

    def _forked(self) -> None:
        """Renew the lock in a forked child, which lacks the thread that held it. The last finished batch counts."""
        self.resume_point.lock = new_lock()

    # settings: fixed, except for optimizer.learning_rate, which each fit reads again

    @property
    def engine(self) -> "Any":
        """The engine, which holds the state and computes. It is meant for other modules of purenet."""
        return self._engine

    @engine.setter
    def engine(self, engine: "Any") -> None:
        self._engine = engine

    @property
    def layers(self) -> "list[Layer]":
        """Copies of the layers. They cannot be changed."""
        return list(self._description["layers"])

    @property
    def loss(self) -> "Any":
        """The name of the loss, or a tuple of its name and settings."""
        name, reals = self._description["loss"]
        return (name,) + reals if reals else name

    @property
    def optimizer(self) -> "Optimizer":
        """The optimizer. Its learning_rate can be changed between fits."""
        return self._optimizer

    @property
    def learning_rate(self) -> float:
        """The learning rate of the next step, from the optimizer or its schedule."""
        self.resume_point.record_progress()
        rate = check_learning_rate(self.optimizer.learning_rate)
        position = self._engine.state().position
        number: float = rate.rate(position[0], position[2]) if is_schedule(rate) else rate
        return number

    def __repr__(self) -> str:
        layers = ", ".join(repr(layer) for layer in self.layers)
        return (
            f"Network(inputs={self.inputs}, layers=[{layers}], loss={self.loss!r}, optimizer={self.optimizer!r}, "
            f"seed={self.seed})"
        )

    # training and using ----------------------------------------------------------------------------

    def fit(
        self, x: "Any", y: "Any", epochs: int = 1, batch_size: "int | None" = 32, shuffle: bool = True, *,
        sample_weight: "Any" = None, class_weight: "Any" = None, validation_data: "Any" = None,
        validation_split: float = 0.0, stratify: "Any" = None, metrics: "Any" = (), callbacks: "Any" = (),
        max_seconds: "float | None" = None, resume: bool = False, progress: "Any" = None,
    ) -> "History":
        """Train for a number of epochs and return the loss of each.

        ``x``: samples x inputs, or samples x height x width x channels of images, as lists or buffers.
        ``y``: samples x outputs, or images. A flat y has one value for each sample, or class numbers for a softmax.
        ``batch_size``: None makes all samples one batch. The last batch of an epoch can be smaller.
        ``sample_weight``: a factor, 0 or more, for each sample's loss. Losses that are means divide by the total of
        the batch's weights.
        ``class_weight``: a dict of class numbers and weights, or "balanced" (rows / (classes * rows of the class)).
        They multiply the sample weights. For several sigmoids "balanced" multiplies by the weight of each label.
        ``validation_data``: (x, y) or (x, y, sample_weight), whose loss is computed after each epoch.
        ``validation_split``: use this part of the rows as validation data instead, the last of
        ``RandomState(net.seed).permutation``. ``stratify``: True, or a list with a label for each row, gives each
        class its share of them. Several sigmoids are labels of their own, and each combination gets its share.
        ``metrics``: functions of (y, predictions), or names of those in ``purenet.metrics``. Both arguments are rows of
        outputs, one-hot for class numbers. They are computed after each epoch over the training rows, and under the
        name "val_..." over the validation rows.
        ``callbacks``: a list such as ``[EarlyStopping(), Checkpoint(path)]``.
        ``max_seconds``: stop training at the end of the batch in which this time is over.
        ``resume``: True continues a training of this network that was interrupted by ``max_seconds``, by Ctrl-C or in
        another process, or starts a new one if there is none. Settings and number of rows have to be the same. The
        rows themselves, their labels and weights are not compared.
        ``progress``: True shows a line on stderr. A function is called from time to time with the epochs done
        (a float), the number of epochs, and the loss of the current epoch so far.

        Raises ValueError or TypeError for invalid data, and NonFiniteError if a number overflows.
        """
        warn_of_rounding()
        epochs = check_int("epochs", epochs, 0)
        check_arithmetic()
        self.resume_point.record_progress()
        data = check_training_data(x, y, sample_weight, self.plan, in_place=self._engine.rows_in_place)
        from .training.loop import PlainTrainer, rows_per_share, train_alone

        trainer: "Any" = PlainTrainer(self.plan, self._engine, self.resume_point)
        more = class_weight is not None or validation_data is not None or stratify is not None
        if more or max_seconds is not None or validation_split or metrics or callbacks or resume:
            from .training.trainer import Trainer

            trainer = Trainer(self, class_weight, validation_data, validation_split, stratify, metrics, callbacks,
                              max_seconds, resume)
            if trainer.validation_split:
                convert_data(data, self.plan, self._engine, self.warned)  # errors count rows before they are split
            data = trainer.split_data(data)
        rows, targets, weights = convert_data(data, self.plan, self._engine, self.warned)
        size = len(rows) if batch_size is None else check_int("batch_size", batch_size, 1, MAX_COUNT)
        if progress is not None and not isinstance(progress, bool) and not callable(progress):
            raise TypeError(f"progress: expected a function, True or None, got {describe(progress)}")
        rate = check_learning_rate(self.optimizer.learning_rate)
        warn_of_single_rows(self.plan, len(rows), size, self.warned)
        if self._description["reduction"] is None:
            warn_of_large_sums(self.plan, data[2], size, rate.rate(0, 0) if is_schedule(rate) else rate, self.warned)
        run = Run(
            rows, targets, weights, size, epochs, check_bool("shuffle", shuffle), rate, rows_per_share(self.plan),
        )
        point = self.resume_point
        point.check_free(self._engine)
        self.metadata = []
        history = train_alone(trainer, run, progress, self._engine, point)
        point.running, point.paused = None, trainer.paused  # last: no interrupt can come before the return
        return history

    def partial_fit(self, x: "Any", y: "Any", *, sample_weight: "Any" = None) -> float:
        """Train one step on all rows as one batch, and return its loss before the step.

        The optimizer continues from its state, as in fit. The batch counts as an epoch.
        """
        return self.fit(x, y, 1, None, False, sample_weight=sample_weight).loss[0]

    def predict(self, x: "Any", out: "Any" = None) -> "Any":
        """Return the outputs for every row of x, samples x outputs, as lists.

        ``out``: a buffer of doubles to fill and return instead. Outputs that are images become flat rows, ordered by
        row, column and channel. ``out`` can have four dimensions for them.
        Raises NonFiniteError if a result is infinite or NaN, after it has filled ``out``.
        """
        outputs = self._engine.predict_plain(x, out)
        if outputs is not None:
            return outputs
        check_arithmetic()
        checked = check_inputs(x, self.plan.shape, in_place=self._engine.rows_in_place)
        rows = convert_inputs(checked, self.plan, self._engine)
        if out is None:
            outputs = self._engine.predict(rows)
            for row in outputs:
                for value in row:
                    if value - value:  # 0 for every finite number
                        from ._model.results import check_outputs

                        check_outputs(outputs)
            return outputs
        from ._core.buffers import writable_doubles
        from ._model.results import check_filled_outputs

        view = writable_doubles(out, len(rows), self.plan.shapes[-1])
        self._engine.predict(rows, view)
        check_filled_outputs(view, self.plan.outputs, self._engine)
        return out

    def predict_classes(self, x: "Any") -> "list[int]":
        """Return the class number of every row of x.

        For a softmax it is the index of the largest output, the first of equals. For one sigmoid output it is 1 if the
        output is above 0.5, else 0. Raises NonFiniteError as ``predict`` does.
        """
        last = self.plan.steps[-1].kind
        if last == "softmax":
            return [row.index(max(row)) for row in self.predict(x)]
        if last == "sigmoid" and self.plan.outputs == 1:
            return [1 if row[0] > 0.5 else 0 for row in self.predict(x)]
        got = f"this network ends in {self.layers[-1]}"
        raise ValueError(f"predict_classes: needs a softmax or one sigmoid output, {got}")

    def evaluate(self, x: "Any", y: "Any", *, sample_weight: "Any" = None) -> float:
        """Return the loss over all rows of x and y. Raises NonFiniteError if it is infinite or NaN."""
        rows, targets, weights = self._checked_data(x, y, sample_weight)
        loss: float = self._engine.evaluate(rows, targets, weights)
        from ._model.results import check_finite

        check_finite([loss], lambda k: "the loss")
        return loss

    def gradients(self, x: "Any", y: "Any", *, sample_weight: "Any" = None) -> "list[tuple[str, Any]]":
        """Return the gradient of the loss over all rows: a list of (name, nested lists) in parameter order.

        It is that of the next training step, before clipping: it includes the layers' penalties l1 and l2, BatchNorm
        uses the mean and variance of these rows, and Dropout is active.
        Raises NonFiniteError if a number is infinite or NaN.
        """
        rows, targets, weights = self._checked_data(x, y, sample_weight)
        gradients = self._engine.gradients(rows, targets, weights)[1]
        from ._model.results import add_penalties, check_gradient_values

        gradients = add_penalties(self.plan, self._engine.state().parameters, gradients, weights)
        check_gradient_values(self.plan.parameters, gradients)
        return named(self.plan.parameters, gradients)

    def _checked_data(self, x: "Any", y: "Any", sample_weight: "Any") -> "Any":
        """Return x, y and the sample weights, checked, in the engine's form."""
        check_arithmetic()
        data = check_training_data(x, y, sample_weight, self.plan, in_place=self._engine.rows_in_place)
        return convert_data(data, self.plan, self._engine)

    # parameters and state --------------------------------------------------------------------------

    def parameters(self) -> "list[tuple[str, Any]]":
        """Return the parameters, a list of (name, nested lists): "0.weights", "0.bias", "1.weights", ..."""
        return named(self.plan.parameters, self._engine.state().parameters)

    def statistics(self) -> "list[tuple[str, Any]]":
        """Return the state of layers that is not trained, such as "1.moving_mean" and "1.moving_variance"."""
        return named(self.plan.statistics, self._engine.state().statistics)

    def set_parameters(self, values: "Sequence[tuple[str, Any]]") -> None:
        """Set the parameters from a list of (name, nested lists or buffer), with every name once."""
        self._set(check_named_arrays(values, self.plan.parameters, "parameters"), None)

    def set_statistics(self, values: "Sequence[tuple[str, Any]]") -> None:
        """Set the statistics from a list like that of ``statistics``. Raises ValueError for a negative variance."""
        arrays = check_named_arrays(values, self.plan.statistics, "statistics")
        check_variances(self.plan.statistics, arrays)
        self._set(None, arrays)

    def _set(self, parameters: "list[Any] | None", statistics: "list[Any] | None") -> None:
        state = self._engine.state()
        state.parameters = state.parameters if parameters is None else parameters
        state.statistics = state.statistics if statistics is None else statistics
        point = self.resume_point
        if not point.lock.locked():
            point.running = None
        self.metadata, point.paused = [], None  # before the change: neither belongs to the new parameters
        self._engine.set_state(state)

    def summary(self) -> "Any":
        """Return a summary of layers, shapes, parameters and memory to print or show in a notebook."""
        from .inspection.summary import Summary

        about = f"loss {self.loss!r}, optimizer {self.optimizer!r}, backend {self.backend}"
        return Summary(self.plan, self.layers, about)

    def trace(self, x: "Any", y: "Any") -> "Any":
        """Return every number of one sample's forward and backward pass, with the formulas.

        x and y have one row each: ``net.trace([row], [3])``. The pass is that of a training step: Dropout is active,
        and BatchNorm uses this sample's mean and variance. ``predict`` uses no dropout, and the moving averages.
        """
        from .inspection.trace import trace

        rows, targets, _ = self._checked_data(x, y, None)
        return trace(self.plan, self._engine.state(), rows, targets)

    def draw(self, path: "Any", names: "Sequence[str]" = ()) -> None:
        """Write a drawing of the network to an SVG file. ``names`` label the inputs instead of x1, x2, ..."""
        from .inspection.drawing import network_drawing
        from .inspection.svg import check_svg_path, save_svg

        check_svg_path(path)
        save_svg(path, network_drawing(self.plan, self.layers, self._engine.state(), names))

    def _repr_html_(self) -> str:
        """Return the summary and the drawing that notebooks show."""
        from .inspection.drawing import network_drawing

        html: str = self.summary()._repr_html_()
        return html + network_drawing(self.plan, self.layers, self._engine.state())

    def digest(self) -> str:
        """Return the SHA-256, in hexadecimal, of parameters and statistics as little-endian doubles, row-major."""
        digest: str = self._engine.use_state(lambda state: state.digest())
        return digest

    def save(self, path: "Any", metadata: "Sequence[tuple[str, str]] | None" = None) -> None:
        """Write a model file (safetensors) with everything that training needs to continue. ``purenet.load`` reads it.

        ``metadata``: (key, text) pairs of your own. A loaded network has them in ``net.metadata`` until it is trained
        again. Raises OSError if the file cannot be written, and keeps the old file.
        """
        from .model_files.network_format import write_model

        self.use_saved(lambda settings, state: write_model(path, settings, state, metadata))

    def __getstate__(self) -> "tuple[dict[str, Any], State]":
        """Return settings and state, for pickle and copy."""
        saved: "tuple[dict[str, Any], State]" = self.use_saved(lambda settings, _: (settings, self._engine.state()))
        return saved

    def use_saved(self, use: "Callable[[dict[str, Any], State], Any]") -> "Any":
        """Return ``use(settings, state)``, of copies of the settings and of the engine's state at the same batch."""
        self.resume_point.record_progress()  # first: it can report losses to the schedule, or change the rate
        return self._engine.use_state(lambda state: use(self._saved_settings(), state))

    def _saved_settings(self) -> "dict[str, Any]":
        """Return copies of the settings, to save. An init that is a function, now useless, becomes "zeros"."""
        description = dict(self._description)
        description["paused"] = self.resume_point.paused_to_save()  # first: it, too, can report losses to the schedule
        description["init"] = portable_initialiser(self._description["init"])
        description["optimizer"] = self._optimizer.copy()
        description["made"] = list(self.metadata)
        description["layers"] = [layer.frozen_copy() for layer in self.layers]
        return description

    def __setstate__(self, saved: "tuple[dict[str, Any], State]") -> None:
        description, state = saved
        self._build(description)
        self._engine.set_state(state)


def named(parameters: "list[Parameter]", arrays: "list[Any]") -> "list[tuple[str, Any]]":
    """Return (name, nested lists) for flat arrays of parameters."""
    return [(parameter.name, nest(values, parameter.shape)) for parameter, values in zip(parameters, arrays)]
