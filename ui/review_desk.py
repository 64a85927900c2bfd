"""What is on the analyst's desk: the glaciers of a layer in the order of need, decisions on them, and the way back."""

from __future__ import annotations

from datetime import datetime, timezone
from typing import Dict, List, Mapping, NamedTuple, Optional, Sequence

from qgis.core import QgsVectorLayer
from qgis.PyQt.QtCore import QObject, pyqtSignal

from ..inference.errors import OutputError
from ..inventory.review import (
    Glacier,
    ReviewProgress,
    Signs,
    decided,
    is_done,
    joined_tags,
    progress,
    queue,
)
from .review_layer import CHECKED_BY, NEEDED, ReviewLayer
from .review_rows import ReviewRow
from .texts import tr

STEPS_KEPT = 200


class _Step(NamedTuple):
    layer_id: str
    key: int
    before: Mapping[str, str]


class ReviewDesk(QObject):
    """`reset` when all rows are new, `row_changed(key)` when one is. Writing raises OutputError."""

    reset = pyqtSignal()
    row_changed = pyqtSignal(int)

    def __init__(self, parent: Optional[QObject] = None) -> None:
        super().__init__(parent)
        self.layer = ReviewLayer(self)
        self.analyst = ""
        self.second_look = False
        self._rows: Dict[int, ReviewRow] = {}
        self._progress: Optional[ReviewProgress] = None
        self._signs: Mapping[int, Signs] = {}
        self._steps: List[_Step] = []
        self.layer.changed.connect(self._changed)

    def open(self, layer: Optional[QgsVectorLayer]) -> None:
        """Take another layer."""
        if layer is None or layer.id() != self.layer.layer_id:
            self._signs = {}
        self.layer.set_layer(layer)
        self.read()

    def read(self) -> None:
        """Read the layer again."""
        self._order(list(self.layer.glaciers()))

    def set_signs(self, signs: Mapping[int, Signs]) -> None:
        """Take what rasters and other layers tell; the order follows."""
        if signs == self._signs:
            return
        self._signs = signs
        self._order([row.glacier for row in self.rows()])

    def look_again(self, analyst: str, second_look: bool) -> None:
        """Take who decides, and whether it is a second look."""
        self.analyst, self.second_look = analyst, second_look
        self._put([ReviewRow(row.glacier, row.entry, self._is_done(row.glacier)) for row in self.rows()])

    def rows(self) -> List[ReviewRow]:
        """Return all glaciers in the order of need."""
        return list(self._rows.values())

    def row(self, key: int) -> ReviewRow:
        """Return a glacier that is there."""
        return self._rows[key]

    def __len__(self) -> int:
        return len(self._rows)

    def __contains__(self, key: int) -> bool:
        return key in self._rows

    def suggested(self, key: int) -> Sequence[str]:
        """Return the reasons that the data suggest."""
        return self._signs[key].tags if key in self._signs else ()

    def missing(self) -> List[str]:
        """Return the fields that decisions need and the layer has not."""
        return self.layer.missing((*NEEDED, CHECKED_BY) if self.second_look else NEEDED)

    def progress(self) -> ReviewProgress:
        """Return how far the queue is."""
        if self._progress is None:
            queued = [row.glacier for row in self._rows.values() if row.entry.rank]
            self._progress = progress(queued, self.analyst, self.second_look)
        return self._progress

    def decide(self, key: int, status: str) -> None:
        """Write a decision."""
        values = decided(self._rows[key].glacier, status, self.analyst, _now(), self.second_look)
        self._write(key, values, tr("Review: {}").format(status))

    def set_tags(self, key: int, tags: Sequence[str]) -> None:
        """Write the reasons."""
        self._write(key, {"reason": joined_tags(tags)}, tr("Review: reasons"))

    def set_note(self, key: int, note: str) -> None:
        """Write the note, if it is another one."""
        if key in self and note.strip() != self._rows[key].glacier.note:
            self._write(key, {"note": note.strip()}, tr("Review: note"))

    def undo(self) -> Optional[int]:
        """Take the last step on this layer back, and return its glacier; None where there is none."""
        while self._steps:
            step = self._steps.pop()
            if step.layer_id == self.layer.layer_id and step.key in self:
                self.layer.write(step.key, step.before, tr("Review: undo"))
                return step.key
        return None

    def _write(self, key: int, values: Mapping[str, str], step: str) -> None:
        if self.missing():
            raise OutputError(
                tr("The layer has no field {}: add the fields of a review first.").format(self.missing()[0])
            )
        before = self.layer.write(key, values, step)
        self._steps = [*self._steps[1 - STEPS_KEPT :], _Step(self.layer.layer_id, key, before)]

    def _changed(self, key: int) -> None:
        glacier = self.layer.glacier(key)
        if key in self and glacier is not None:
            self._rows[key] = ReviewRow(glacier, self._rows[key].entry, self._is_done(glacier))
            self._progress = None
            self.row_changed.emit(key)

    def _order(self, glaciers: Sequence[Glacier]) -> None:
        by_key = {one.key: one for one in glaciers}
        entries = queue(glaciers, self._signs)
        self._put([ReviewRow(by_key[one.key], one, self._is_done(by_key[one.key])) for one in entries])

    def _put(self, rows: Sequence[ReviewRow]) -> None:
        self._rows = {row.glacier.key: row for row in rows}
        self._progress = None
        self.reset.emit()

    def _is_done(self, glacier: Glacier) -> bool:
        return is_done(glacier, self.analyst, self.second_look)


def _now() -> str:
    return datetime.now(timezone.utc).strftime("%Y-%m-%dT%H:%M:%SZ")


def glaciers_in_need(layer: QgsVectorLayer) -> int:
    """Return how many glaciers of a layer need eyes, by its fields alone."""
    source = ReviewLayer()
    source.layer_id = layer.id()
    return sum(entry.rank > 0 for entry in queue(list(source.glaciers()), {}))
