"""Describe a model file from its header, without reading the weights (``python3 -m purenet inspect``)."""
from .._core.arrays import format_shape, size_of
from .._core.messages import ModelFileError, printable
from .._core.paths import check_path
from ..losses import LOSS_SETTINGS
from .container import DTYPES, read
from .network_format import parse_metadata, settings_from

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any, Callable

    from .container import Tensor


def inspect(path: str) -> str:
    """Return a text about a model file: its network, how it was made, its tensors.

    Only the header, "settings" and "table.hyperparameters" are read, so neither checksum nor digest is verified.
    Raises ModelFileError if the header is not sound, OSError if the file cannot be read.
    """
    check_path(path)
    try:
        return str(read(path, lambda *contents: "\n".join(_lines(path, *contents)), whole=False))
    except ModelFileError as error:
        raise ModelFileError(f"{printable(str(path))}: {error}") from None
    except (ValueError, TypeError) as error:
        raise ModelFileError(f"{printable(str(path))}: the network cannot be rebuilt: {error}") from None


def _lines(
    path: str, metadata: "list[tuple[str, str]]", tensors: "list[Tensor]", fill: "Callable[[Tensor], None]"
) -> "list[str]":
    for tensor in tensors:
        if tensor.name in ("settings", "table.hyperparameters"):
            fill(tensor)
    digest, words, paused, table, made = parse_metadata(metadata)
    settings = tensors[0].values if tensors and tensors[0].name == "settings" else []
    net = settings_from(words, settings)
    epochs, batches, steps = words[9][1]
    loss, reals = net["loss"]
    lines = [
        f"{path}: {metadata[0][1]}, arithmetic {metadata[1][1]}",
        f"digest     {digest}",
        f"inputs     {net['inputs']}",
    ]
    for number, layer in enumerate(net["layers"]):
        lines.append(f"layer {number:<4} {layer!r}")
    lines.append(f"loss       {(loss,) + reals if reals else loss}, reduction "
                 f"{net['reduction'] or LOSS_SETTINGS[loss][0] + ' (the default of this loss)'}")
    if net["penalty_reduction"] != "sum":
        lines.append(f"penalties  l1 and l2, reduction {net['penalty_reduction']}")
    lines.append(f"optimizer  {net['optimizer']!r}")
    lines.append(f"init       {net['init']!r}, seed {net['seed']}")
    lines.append(f"trained    {epochs} epochs and {batches} batches, {steps} steps in all")
    if isinstance(paused, str):
        lines.append(f"unfinished a training that cannot go on, {paused}")
    elif paused is not None:
        lines.append("unfinished a training that fit(resume=True) goes on with")
    if table is not None:
        lines.append("table      trained by purenet.table.train (train --save):")
        lines += _lines_of_table(table, tensors)
    for key, text in made:
        lines.append(f"{key:<10} {text}")
    longest = max([len(tensor.name) for tensor in tensors])
    widths = {dtype: width for dtype, _, width in DTYPES}
    numbers = size = 0
    lines.append("tensors    name, type, shape")
    for tensor in tensors:
        count = size_of(tensor.shape)
        numbers += count
        size += count * widths[tensor.dtype]
        lines.append(f"  {tensor.name:<{longest}}  {tensor.dtype}  {format_shape(tensor.shape)}")
    lines.append(f"{len(tensors)} tensors, {numbers} numbers, {size} bytes; the numbers were not read or verified")
    return [printable(line) for line in lines]


def _lines_of_table(words: "Any", tensors: "list[Tensor]") -> "list[str]":
    """Describe a table model: columns, classes, and how it was trained."""
    from .table_format import HYPERPARAMETERS, parse_table

    of = parse_table(words)
    labels, made = of["labels"], of["made"]
    lines = [f"recipe     {of['recipe']}, the version of the rules for columns"] if of["recipe"] > 1 else []
    names = [_description(column) for column in of["inputs"]]
    lines += [f"predicts   {of['target']}: {_shortened(labels) if labels else 'a number'}",
              f"columns    {_shortened(names)}", f"missing    {of['missing']}"]
    for name, value in made:
        lines.append(f"{name:<14} {value}")
    lines += [f"left out       {name}: {reason}" for name, reason in of["left_out"]]
    lines += [f"note           {note}" for note in of["notes"]]
    for tensor in tensors:
        if tensor.name == "table.hyperparameters":
            for name, number in zip(HYPERPARAMETERS, tensor.values):
                lines.append(f"{name:<14} {number!r}")
    return lines


def _description(column: "list[Any]") -> str:
    """Return the name of a column and what its inputs are."""
    name, kind, *more = column
    parts = []
    if kind == "text":
        parts = [f"{len(more[-1] if len(more) == 1 else more[1])} texts"] + (more[2] if len(more) > 1 else [])
    elif more:
        parts = ["date"] + more[1] if kind == "date" else []
        parts += ["missing"] * more[-1]
    return f"{name} ({', '.join(parts)})" if parts else name


def _shortened(texts: "list[str]", most: int = 20) -> str:
    """Join the first ``most`` texts, and say how many more there are."""
    rest = f" and {len(texts) - most} more" if len(texts) > most else ""
    return ", ".join(texts[:most]) + rest
