"""History: what came of a training, epoch by epoch."""
TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any, List, Optional, Sequence, Tuple


class History:
    """What came of one call of fit: ``loss``, a float for each epoch.

    An epoch's loss is that of its batches, each taken before its update.  ``val_loss``: that of the validation rows
    after each epoch, if there are any.  ``history[name]`` is a curve by its name: "loss", "val_loss", "accuracy", ...
    ``epochs``: how many were asked for; ``stopped``: what ended training before that, or None.
    """

    def __init__(
        self, loss: "List[float]", curves: "Sequence[Tuple[str, List[float]]]" = (), epochs: int = 0,
    ) -> None:
        self.loss = loss
        self.curves = list(curves)  # the others
        self.epochs = epochs
        self.stopped: "Optional[str]" = None

    @property
    def val_loss(self) -> "List[float]":
        """The loss of the validation rows after each epoch; empty without such rows."""
        return self["val_loss"] if "val_loss" in [name for name, _ in self.curves] else []

    def __getitem__(self, name: str) -> "List[float]":
        for other, values in [("loss", self.loss)] + self.curves:
            if name == other:
                return values
        known = ", ".join(["loss"] + [other for other, _ in self.curves])
        raise ValueError(f"this history has no curve {name!r}; it has {known}")

    def __getattr__(self, name: str) -> "Any":
        """Only asked for what is not there."""
        cure = ""
        if name[:1] != "_" and name != "curves" and name in [other for other, _ in self.curves]:
            cure = f"; that curve is history[{name!r}]"
        raise AttributeError(f"a history has no {name!r}{cure}")

    def __repr__(self) -> str:
        if not self.loss:
            return "<History: no epochs>"
        count = len(self.loss)
        curves = [("loss", self.loss)] + [(name, values) for name, values in self.curves if values]
        told = ", ".join([f"{name} {values[0]:.6g} to {values[-1]:.6g}" for name, values in curves])
        why = f", stopped by {self.stopped}" if self.stopped else ""
        return f"<History: {count} epoch{'s' if count > 1 else ''}, {told}{why}>"

    def plot(self, path: "Any" = None, *, ax: "Any" = None) -> None:
        """Write all curves as an SVG file, or draw them on an axis of matplotlib's, which you give."""
        if (path is None) == (ax is None):
            raise ValueError("plot: give either a path that ends in .svg, or ax=, an axis of matplotlib's")
        if ax is not None:
            for name, values in [("loss", self.loss)] + self.curves:
                ax.plot(list(range(1, len(values) + 1)), values, label=name)
            ax.set_xlabel("epoch")
            ax.legend()
            return
        from .files import file_name

        if not str(file_name(path)).lower().endswith(".svg"):
            raise ValueError(f"path: a picture of the curves is SVG, so its name ends in .svg, got {str(path)[:80]!r}")
        from .picture import save_svg

        save_svg(path, self._repr_svg_())

    def _repr_svg_(self) -> str:
        """What notebooks show."""
        from .picture import curve_chart

        count = len(self.loss)
        title = f"Training: {count:,} epoch{'' if count == 1 else 's'}"
        title += f", stopped by {self.stopped}" if self.stopped else ""
        return curve_chart([("loss", self.loss)] + self.curves, title)
