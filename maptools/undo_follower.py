"""A layer's undo stack, commits and rollbacks as a few clear events, whoever edits: our tools, QGIS's own, scripts."""

from __future__ import annotations

from typing import Any, Dict, Optional, Set, Tuple

from qgis.core import QgsVectorLayer
from qgis.PyQt import sip
from qgis.PyQt.QtCore import QObject, QTimer, pyqtSignal


class UndoFollower(QObject):
    """Places count the steps of the undo stack from 0; `fids` are the features that a step touched.

    pushed(place, name, fids): a new step, in the place of those that could have been redone. extended(place, fids): the
    last step went on. moved(before, now, fids): undo or redo, from so many steps in effect to so many. dropped(place):
    the step was called off while it was made. saved(new numbers by old). discarded(): all is rolled back.
    """

    pushed = pyqtSignal(int, str, object)
    extended = pyqtSignal(int, object)
    moved = pyqtSignal(int, int, object)
    dropped = pyqtSignal(int)
    saved = pyqtSignal(object)
    discarded = pyqtSignal()

    def __init__(self, layer: QgsVectorLayer, parent: Optional[QObject] = None) -> None:
        super().__init__(parent)
        self._layer = layer
        self._touched: Set[int] = set()
        self._fids: Dict[int, int] = {}
        self._gone: Optional[int] = None
        self._saving = self._rolling = False
        self._failed = QTimer(self)
        self._failed.setSingleShot(True)
        self._failed.setInterval(0)
        self._failed.timeout.connect(self._not_saved)
        self.index = layer.undoStack().index()
        self._commands = [self._address(place) for place in range(layer.undoStack().count())]
        for signal, slot in self._signals():
            signal.connect(slot)

    def stop(self) -> None:
        """Let go of the layer."""
        self._failed.stop()
        for signal, slot in self._signals():
            signal.disconnect(slot)

    def _signals(self) -> Tuple[Tuple[Any, Any], ...]:
        layer = self._layer
        return (
            (layer.undoStack().indexChanged, self._index_changed), (layer.editCommandDestroyed, self._called_off),
            (layer.geometryChanged, self._touch), (layer.attributeValueChanged, self._touch),
            (layer.featureAdded, self._added), (layer.featureDeleted, self._deleted),
            (layer.beforeCommitChanges, self._save), (layer.afterCommitChanges, self._was_saved),
            (layer.beforeRollBack, self._roll_back), (layer.editingStopped, self._stopped),
        )  # fmt: skip

    def _index_changed(self, index: int) -> None:
        if self._saving:  # the stack is emptied when all was saved
            return
        touched, self._touched = self._touched, set()
        before, self.index = self.index, index
        if self._rolling:
            return
        if index == before + 1 and self._is_new(before):
            self._commands[before:] = [self._address(before)]
            self.pushed.emit(before, self._layer.undoStack().text(before), touched)
        elif index != before:
            self.moved.emit(before, index, touched)
        elif touched:
            self.extended.emit(before - 1, touched)

    def _is_new(self, place: int) -> bool:
        """Tell a new step from one that was done again: QGIS makes a step before it lets go of the one it replaces."""
        return place >= len(self._commands) or self._commands[place] != self._address(place)

    def _address(self, place: int) -> int:
        return int(sip.unwrapinstance(self._layer.undoStack().command(place)))

    def _called_off(self) -> None:
        place = self._layer.undoStack().index()
        if place < len(self._commands):
            del self._commands[place:]
            self.dropped.emit(place)

    def _touch(self, fid: int, *_: Any) -> None:
        if not self._saving and self._layer.isEditable():
            self._touched.add(fid)

    def _added(self, fid: int) -> None:
        if self._saving and self._gone is not None:  # a new feature gets its number: it goes and comes again
            self._fids[self._gone] = fid
            self._gone = None
        self._touch(fid)

    def _deleted(self, fid: int) -> None:
        self._gone = fid
        self._touch(fid)

    def _save(self, *_: Any) -> None:
        self._saving, self._gone = True, None
        self._fids.clear()
        self._failed.start()

    def _not_saved(self) -> None:
        """QGIS does not tell of a commit that failed: afterCommitChanges has not come. The steps are as they were."""
        self._saving = False

    def _was_saved(self) -> None:
        self._failed.stop()
        self._saving = False
        self._forget()
        self.saved.emit(dict(self._fids))

    def _roll_back(self) -> None:
        self._rolling = True
        self.discarded.emit()

    def _stopped(self) -> None:
        """A rollback may leave the layer in editing, and its steps to be done again."""
        self._rolling = False
        if not self._layer.isEditable() or self._layer.undoStack().count() == 0:
            self._forget()

    def _forget(self) -> None:
        self.index = self._layer.undoStack().index()
        self._commands.clear()
        self._touched.clear()
