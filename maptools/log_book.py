"""A layer's place in its edit log: opened at the first step; a fault of the log is told once and stops no edit."""

from __future__ import annotations

import platform
from datetime import datetime, timezone
from typing import Callable, List, Mapping, Optional, Sequence, TypeVar

from qgis.core import QgsCoordinateReferenceSystem, QgsVectorLayer
from qgis.PyQt.QtCore import QObject, pyqtSignal

from ..inference.edit_steps import Session, Step
from ..inference.edit_store import EditStore
from ..inference.errors import OutputError
from .edit_places import log_place
from .texts import tr

NOTHING = 0
"""Stands for a step that is not in the log: it changed no outline (a new field, say), or could not be written."""
Answer = TypeVar("Answer")


def utc(seconds: float) -> str:
    """Return a moment as ISO 8601 in UTC."""
    return datetime.fromtimestamp(seconds, timezone.utc).strftime("%Y-%m-%dT%H:%M:%SZ")


class LogBook(QObject):
    """`told(words)`: where the log is if not beside the file, or why there is none. `sign` returns our living sign."""

    told = pyqtSignal(str)

    def __init__(self, layer: QgsVectorLayer, sign: Callable[[], str], parent: Optional[QObject] = None) -> None:
        super().__init__(parent)
        self._layer = layer
        self._sign = sign
        self._store: Optional[EditStore] = None
        self._session = 0
        self._failed = False

    def close(self) -> None:
        """Let go of the file."""
        if self._store is not None:
            self._store.close()
            self._store = None

    def add(self, step: Step, now: float) -> int:
        """Write a step down, and return its number; NOTHING where that failed."""
        return self._guarded(lambda store: store.add(self._session_of(store, now), step)) or NOTHING

    def extend(self, number: int, step: Step) -> None:
        """Write a step down anew."""
        self._guarded(lambda store: store.extend(number, step))

    def mark(self, numbers: Sequence[int], state: str) -> None:
        """Give steps a state."""
        real = _real(numbers)
        if real:
            self._guarded(lambda store: store.mark(real, state))

    def save(self, numbers: Sequence[int], fids: Mapping[int, int]) -> None:
        """Mark steps as saved; new numbers by old ones."""
        real = _real(numbers)
        if real:
            self._guarded(lambda store: store.save(real, fids))

    def drop(self, numbers: Sequence[int]) -> None:
        """Forget steps."""
        real = _real(numbers)
        if real:
            self._guarded(lambda store: store.drop(real))

    def _guarded(self, write: Callable[[EditStore], Answer]) -> Optional[Answer]:
        try:
            if self._store is None:
                self._store = self._opened()
            return write(self._store)
        except OutputError as error:
            self.give_up(str(error))
            return None

    def give_up(self, why: str) -> None:
        """Say once that edits are not logged."""
        if not self._failed:
            self.told.emit(tr("Edits are not logged, and could not be restored after a crash: {}").format(why))
        self._failed = True

    def _opened(self) -> EditStore:
        place = log_place(self._layer)
        store = place.open()
        if not place.beside:
            self.told.emit(tr("The edit log of {} is kept in your profile ({}), as nothing can be written beside the "
                              "outlines.").format(self._layer.name(), place.path))  # fmt: skip
        return store

    def _session_of(self, store: EditStore, now: float) -> int:
        if self._session == NOTHING:
            crs = self._layer.crs().toWkt(QgsCoordinateReferenceSystem.WktVariant.WKT_PREFERRED)
            layer = log_place(self._layer).layer
            self._session = store.begin(Session(layer, crs, self._sign(), platform.node(), utc(now)))
        return self._session


def _real(numbers: Sequence[int]) -> List[int]:
    return [number for number in numbers if number != NOTHING]
