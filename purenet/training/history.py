"""The losses and metrics of a training, epoch by epoch."""
TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any, Sequence


class History:
    """The result of one call of fit: ``loss``, a list with a float for each epoch.

    The loss of an epoch is that of its batches, each computed before its update. ``val_loss`` is the loss of the
    validation rows after each epoch. ``history[name]`` is a curve by its name: "loss", "val_loss", "accuracy", ...
    ``epochs`` is the number of epochs that fit was asked for. ``stopped`` names what ended the training earlier, or is
    None if nothing did.
    """

    def __init__(
        self, loss: "list[float]", curves: "Sequence[tuple[str, list[float]]]" = (), epochs: int = 0,
    ) -> None:
        self.loss = loss
        self.curves = list(curves)  # (name, values) of all curves but the loss
        self.epochs = epochs
        self.stopped: "str | None" = None

    @property
    def val_loss(self) -> "list[float]":
        """The loss of the validation rows after each epoch, or an empty list."""
        return self["val_loss"] if "val_loss" in [name for name, _ in self.curves] else []

    def __getitem__(self, name: str) -> "list[float]":
        for other, values in [("loss", self.loss)] + self.curves:
            if name == other:
                return values
        known = ", ".join(["loss"] + [other for other, _ in self.curves])
        raise ValueError(f"this history has no curve {name!r}; it has {known}")

    def __repr__(self) -> str:
        if not self.loss:
            return "<History: no epochs>"
        count = len(self.loss)
        curves = [("loss", self.loss)] + [(name, values) for name, values in self.curves if values]
        ranges = ", ".join([f"{name} {values[0]:.6g} to {values[-1]:.6g}" for name, values in curves])
        why = f", stopped by {self.stopped}" if self.stopped else ""
        return f"<History: {count} epoch{'s' if count > 1 else ''}, {ranges}{why}>"

    def plot(self, path: "Any" = None, *, ax: "Any" = None) -> None:
        """Write all curves to an SVG file ``path`` or draw them on ``ax``, a matplotlib axis."""
        if (path is None) == (ax is None):
            raise ValueError("plot: give either a path that ends in .svg, or ax=, a matplotlib axis")
        if ax is not None:
            for name, values in [("loss", self.loss)] + self.curves:
                ax.plot(list(range(1, len(values) + 1)), values, label=name)
            ax.set_xlabel("epoch")
            ax.legend()
            return
        from ..inspection.svg import check_svg_path, save_svg

        check_svg_path(path)
        save_svg(path, self._repr_svg_())

    def _repr_svg_(self) -> str:
        """Return the chart that notebooks show."""
        from ..inspection.svg import curve_chart

        count = len(self.loss)
        title = f"Training: {count:,} epoch{'' if count == 1 else 's'}"
        title += f", stopped by {self.stopped}" if self.stopped else ""
        return curve_chart([("loss", self.loss)] + self.curves, title)
