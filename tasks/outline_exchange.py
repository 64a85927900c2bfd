"""The parent's side of work on outlines: a child, and a private folder through which layers and results go.

Nothing large goes through the channel. The folder goes with the work: the parent removes it, and the child does
should the parent be killed.
"""

from __future__ import annotations

import json
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory, gettempdir
from typing import Any, Dict, Iterator, Mapping, Optional

from ..inference.errors import OutputError, RuntimeMissingError
from ..inference.layer_edits import LayerEdits
from ..inference.progress import PartOfProgress, Progress, stop_if_cancelled
from ..inference.vector_layer import VectorLayer
from .child_failures import WHOLE
from .child_outlines import PAGE, VALUES
from .child_process import ChildProcess
from .child_session import child_session
from .comparison_request import LayerSource
from .edit_files import read_edits
from .layer_files import read_layer, write_layer

SILENCE = 1800.0
"""How long (s) the child may be silent: unions of large complexes are single steps."""


class OutlineExchange:
    """A child and the folder that it shares with this process."""

    def __init__(self, folder: Path, child: ChildProcess) -> None:
        self.folder = folder
        self._child = child

    def put(self, sources: Mapping[str, Optional[LayerSource]], progress: Progress) -> None:
        """Read layers one after the other, so that memory holds one, into files of these names; None: no file."""
        there = [(name, source) for name, source in sources.items() if source is not None]
        for number, (name, source) in enumerate(there):
            part = PartOfProgress(progress, number / len(there), (number + 1) / len(there))
            part.report(0.0, f"Reading {source.name}")
            write_layer(self.folder / name, source.read(part))
            stop_if_cancelled(progress)

    def ask(self, call: str, progress: Progress, **arguments: Any) -> Dict[str, Any]:
        """Let the child work on the folder. Raises the named error that it reports, Cancelled, RuntimeCrashError."""
        return self._child.call(call, SILENCE, progress.report, folder=str(self.folder), **arguments)

    def layer(self, name: str) -> VectorLayer:
        """Return a layer that was put here, or that the child wrote."""
        return read_layer(self.folder / name)

    def edits(self, name: str) -> LayerEdits:
        """Return changes that the child wrote."""
        return read_edits(self.folder / name)

    def values(self) -> Dict[str, Any]:
        """Return the values that the child wrote."""
        values: Dict[str, Any] = json.loads((self.folder / VALUES).read_text(encoding="ascii"))
        return values

    def put_values(self, values: Mapping[str, Any]) -> None:
        """Hand values to the child."""
        (self.folder / VALUES).write_text(json.dumps(values), encoding="ascii")

    def page(self) -> str:
        """Return the page that the child wrote."""
        return (self.folder / PAGE).read_text(encoding="utf-8")


@contextmanager
def outline_exchange(runtime_python: str, progress: Progress) -> Iterator[OutlineExchange]:
    """Yield an exchange with a child of the runtime; whatever happens, child and folder are gone afterwards.

    Raises RuntimeMissingError, Cancelled, RuntimeCrashError, OutputError (no room for the files).
    """
    if not runtime_python:
        raise RuntimeMissingError("This needs the runtime, and none is set up: press Set up in the window Runtime.")
    try:
        with TemporaryDirectory(prefix="icemargin-") as folder, child_session(runtime_python, progress, WHOLE) as child:
            yield OutlineExchange(Path(folder), child)
    except OSError as error:
        raise no_room(error) from error


def no_room(error: OSError) -> OutputError:
    """Return what to tell of an exchange's folder that cannot be written."""
    return OutputError(f"{gettempdir()} cannot be written ({error.strerror}); free some space there, run again.")
