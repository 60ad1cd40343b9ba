"""Save the training of a table model from time to time, and go on with it in another process."""
from __future__ import annotations

import os
import time

from .._core.files import check_writable
from .._core.messages import ModelFileError, printable, truncate_repr
from .._core.paths import check_path
from ..model_files.container import read
from ..model_files.network_format import decode
from ..model_files.strict_json import from_json, to_json
from ..training.callbacks import Callback

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from ..network import Network
    from ..training.history import History

KEY = "training"  # metadata key under which a checkpoint says which training it belongs to
EVERY = 10.0  # seconds between two files
CURE = "delete it, or name another file"


class TableCheckpoint(Callback):
    """The file of a training: saved at the end of an epoch, at most every ten seconds, and resumed if it exists.

    ``training``: [name, value] pairs without floats that say which training it is. A file of another
    training is refused.
    """

    kind = "checkpoint"

    def __init__(self, path: Any, training: list[list[Any]], every: float = EVERY) -> None:
        self.path = check_path(path)
        self.training = training
        self.every = every
        self.resumed: int | None = None  # how many epochs the file had finished; None without a file
        self._saved = time.monotonic()
        check_writable(path)

    def resume(self, net: Network) -> None:
        """Give the network the state of the file, if there is one. Raises ModelFileError for another training's."""
        if not os.path.exists(self.path) or not os.path.getsize(self.path):
            return
        name = printable(str(self.path))
        try:
            settings, state, table = read(self.path, decode)
        except ModelFileError as error:
            raise ModelFileError(f"checkpoint: {name} is no checkpoint: {error}; {CURE}") from None
        words = dict(settings["made"]).get(KEY)
        if table is not None or words is None or settings.get("paused") is None:
            raise ModelFileError(f"checkpoint: {name} is a model and no training to go on with; name another file")
        for (key, wanted), found in zip(self.training, _values(words, len(self.training))):
            if wanted != found:
                raise ModelFileError(f"checkpoint: {name} is of another training: {key} is {truncate_repr(found)}, "
                                     f"here {truncate_repr(wanted)}; {CURE}")
        settings["backend"], settings["threads"] = net.backend, net.threads
        net.__setstate__((settings, state))
        self.resumed = state.position[0]

    def save(self, net: Any) -> None:
        """Write the file now."""
        net.save(self.path, [(KEY, to_json(self.training))])
        self._saved = time.monotonic()

    def on_epoch_end(self, net: Any, epoch: int, history: History) -> None:
        """Save, unless that was done a short time before or the training ends here."""
        if time.monotonic() - self._saved >= self.every and not history.stopped and epoch < history.epochs:
            self.save(net)

    def remove(self) -> None:
        """Delete the file, if there is one."""
        if os.path.exists(self.path):
            os.unlink(self.path)


def _values(words: str, number: int) -> list[Any]:
    """Return the values of a training's pairs, or as many None if the text cannot be read or has another length."""
    try:
        found = [value for _, value in from_json(words.encode())]
    except (ValueError, TypeError):
        found = []
    return found if len(found) == number else [None] * number
