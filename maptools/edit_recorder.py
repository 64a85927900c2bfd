"""Every undo step on a layer of outlines goes into its edit log the moment it ends."""

from __future__ import annotations

import contextlib
import time
from dataclasses import dataclass, replace
from typing import Any, Callable, Iterable, Iterator, List, Mapping, Optional, Tuple

from qgis.core import QgsVectorLayer
from qgis.PyQt.QtCore import QObject, pyqtSignal

from ..inference.columns import FieldValue
from ..inference.edit_steps import DISCARDED, OPEN, SAVED, UNDONE, Step
from ..inventory.edit_log import WorkingTime
from .feature_memory import FeatureMemory, Looks
from .feature_states import Known, current_features
from .log_book import NOTHING, LogBook, utc
from .texts import tr
from .undo_follower import UndoFollower


@dataclass(frozen=True)
class Worker:
    """Who works, with which tool, and the path of the sign that this QGIS lives; each is asked when it is needed."""

    analyst: Callable[[], str]
    tool: Callable[[], str]
    sign: Callable[[], str]


@dataclass(frozen=True, eq=False)
class _Recorded:
    """A step of the undo stack: its number in the log, what was written, and its features before it."""

    number: int
    step: Step
    before: Looks


class EditRecorder(QObject):
    """Follows one layer until `stop`. `told(words)`: what is to be known of the log."""

    told = pyqtSignal(str)

    def __init__(self, layer: QgsVectorLayer, worker: Worker, parent: Optional[QObject] = None) -> None:
        super().__init__(parent)
        self._layer = layer
        self._worker = worker
        self._book = LogBook(layer, worker.sign, self)
        self._book.told.connect(self.told)
        self._memory = FeatureMemory(layer)
        self._again: Optional[Step] = None
        self._time = WorkingTime(time.time())
        self._follower = UndoFollower(layer, self)
        unknown = _Recorded(NOTHING, self._step("", 0.0), {})
        self._steps: List[_Recorded] = [unknown] * layer.undoStack().count()
        self._in_effect = layer.undoStack().index()
        for signal, slot in self._signals():
            signal.connect(slot)

    def stop(self) -> None:
        """Let go of the layer and of the log."""
        self._follower.stop()
        for signal, slot in self._signals():
            signal.disconnect(slot)
        self._book.close()

    def act(self, *_: Any) -> None:
        """Something was done that counts as work: the map was moved, an edit session begun."""
        self._time.act(time.time())

    @contextlib.contextmanager
    def redoing(self, step: Step) -> Iterator[None]:
        """What is done within is a step of an earlier session: it keeps who, when, with what and how long."""
        self._again = step
        try:
            yield
        finally:
            self._again = None

    def wrote(self, fid: int, before: Mapping[str, FieldValue], name: str) -> None:
        """Record values that were written into the file past any edit session; `before` are those they replaced."""
        now = current_features(self._layer, [fid]).get(fid)
        if now is not None:
            then = Known(now.geometry, {**now.values, **before})
            self._add(replace(self._made(name, {fid: then}, {fid: now}), state=SAVED))

    def discard(self) -> None:
        """All that was not saved is thrown away."""
        self._mark(0, self._in_effect, DISCARDED)
        self._memory.forget()
        self._in_effect = 0

    def _signals(self) -> Tuple[Tuple[Any, Any], ...]:
        follower = self._follower
        return (
            (follower.pushed, self._pushed), (follower.extended, self._extended), (follower.moved, self._moved),
            (follower.dropped, self._dropped), (follower.saved, self._saved), (follower.discarded, self.discard),
            (self._layer.editingStarted, self.act),
        )  # fmt: skip

    def _pushed(self, place: int, name: str, fids: Iterable[int]) -> None:
        if self._layer.dataProvider().transaction() is not None:
            self._book.give_up(tr("the project writes every edit at once (transaction groups)"))
        before = self._memory.recall(fids)
        step = self._made(name, before, self._memory.look(fids))
        self._steps[place:] = [_Recorded(self._add(step), step, before)]
        self._in_effect = place + 1

    def _extended(self, place: int, fids: Iterable[int]) -> None:
        """QGIS joins moves of one outline to one step: it is written anew, from where it began."""
        last = self._steps[place]
        before = {**self._memory.recall(fids), **last.before}
        step = self._made(last.step.name, before, self._memory.look(before), last.step)
        if last.number == NOTHING:
            self._steps[place] = _Recorded(self._add(step), step, before)
        else:
            self._steps[place] = _Recorded(last.number, step, before)
            self._book.extend(last.number, step)

    def _moved(self, before: int, now: int, fids: Iterable[int]) -> None:
        self.act()
        self._memory.look(fids)
        self._in_effect = now
        self._mark(now, before, UNDONE)
        self._mark(before, now, OPEN)

    def _dropped(self, place: int) -> None:
        self._book.drop([one.number for one in self._steps[place:]])
        del self._steps[place:]
        self._in_effect = min(self._in_effect, place)

    def _saved(self, fids: Mapping[int, int]) -> None:
        self._book.save([one.number for one in self._steps[: self._in_effect]], fids)
        self._steps, self._in_effect = [], 0
        self._memory.forget()

    def _mark(self, first: int, end: int, state: str) -> None:
        if first < end:
            self._book.mark([one.number for one in self._steps[first:end]], state)

    def _made(self, name: str, before: Looks, now: Looks, begun: Optional[Step] = None) -> Step:
        """Return what was done as a step; `begun`: that which it goes on."""
        moment = time.time()
        began, seconds = self._time.take(moment)
        step = self._again or replace(begun or self._step(name, began), ended=utc(moment))
        earlier = self._again or begun
        if earlier is not None:
            own = 0.0 if self._again else seconds
            seconds = own + sum(change.seconds for change in earlier.changes)
        changes = self._memory.changes(before, now, seconds)
        unnamed = tr("Change of shape") if any(change.moves_outline for change in changes) else tr("Change of values")
        return replace(step, name=step.name or unnamed, changes=changes, state=OPEN)

    def _step(self, name: str, began: float) -> Step:
        return Step(name, self._worker.tool(), self._worker.analyst(), utc(began), "", ())

    def _add(self, step: Step) -> int:
        return self._book.add(step, time.time()) if step.changes else NOTHING
