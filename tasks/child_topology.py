"""What the runtime's child does while a layer is checked: it holds the layer, and is told what was edited.

Layers, changes and faults are files in a folder of the parent's.
"""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, Dict, Iterable, Mapping, Optional, Sequence

from ..inference.libraries import OUTLINES
from ..inference.progress import Progress
from ..inference.vector_layer import VectorLayer
from .child_outlines import need_libraries, write_values
from .edit_files import write_edits
from .layer_files import read_layer, write_layer

if TYPE_CHECKING:
    from ..inventory.topology_faults import LayerFault
    from ..inventory.watched_layer import WatchedLayer

LAYER, TOUCHED, BEFORE, EDITS = "layer", "touched", "before", "edits"


class ChildTopology:
    """The calls of a checking session. `ignored` are fields that number the features of a file, and are no values."""

    def __init__(self) -> None:
        self._watched: Optional[WatchedLayer] = None
        self._ignored: Sequence[str] = ()

    def open(
        self, folder: Path, settings: Mapping[str, float], ignored: Sequence[str], progress: Progress
    ) -> Dict[str, Any]:
        """Check the layer in LAYER, and write all its faults."""
        need_libraries(OUTLINES)
        from ..inventory.topology_faults import CheckSettings
        from ..inventory.watched_layer import WatchedLayer

        self._ignored = ignored
        self._watched = watched = WatchedLayer(self._layer(folder / LAYER), CheckSettings(**settings), progress)
        faults = watched.faults.by_number
        self._write(folder, faults, gone=(), new=())
        return {}

    def put(self, folder: Path, gone: Sequence[int]) -> Dict[str, Any]:
        """Take the features in TOUCHED, and leave out those that are gone; write what that did to the faults."""
        changes = self._open_layer.put(self._layer(folder / TOUCHED), gone)
        self._write(folder, changes.changed, changes.gone, changes.new)
        return {}

    def repair(
        self, folder: Path, numbers: Sequence[int], uncovered: bool, split: bool, progress: Progress
    ) -> Dict[str, Any]:
        """Write what would repair faults: BEFORE, EDITS, and the faults that go. Nothing is changed here."""
        found = self._open_layer.repairs(numbers, uncovered, split, progress)
        write_layer(folder / BEFORE, found.before)
        write_edits(folder / EDITS, found.edits)
        write_values(folder, {"done": [self._told(-1, fault) for fault in found.done]})
        return {}

    @property
    def _open_layer(self) -> WatchedLayer:
        if self._watched is None:
            raise ValueError("no layer is open; topology_open comes first")
        return self._watched

    def _layer(self, path: Path) -> VectorLayer:
        layer = read_layer(path)
        rows = tuple({name: value for name, value in row.items() if name not in self._ignored} for row in layer.rows)
        return replace(layer, rows=rows, fields=tuple(name for name in layer.fields if name not in self._ignored))

    def _write(
        self, folder: Path, faults: Mapping[int, LayerFault], gone: Iterable[int], new: Iterable[int]
    ) -> None:
        told = [self._told(number, fault) for number, fault in faults.items()]
        values = {"faults": told, "gone": sorted(gone), "new": sorted(new), "outlines": len(self._open_layer)}
        write_values(folder, values)

    def _told(self, number: int, fault: LayerFault) -> Dict[str, Any]:
        """Return a fault as plain values, with its number and the keys of its features."""
        # A repair may have added outlines that no feature stands for yet.
        keys = [self._open_layer.key(place) for place in fault.places if place < self._open_layer.held]
        values = fault.to_json()
        del values["places"]
        return {**values, "number": number, "keys": keys}
