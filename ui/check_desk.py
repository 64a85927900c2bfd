"""A layer and its faults while somebody works on it: checked as a whole on demand, then edit by edit."""

from __future__ import annotations

from typing import Any, Callable, Dict, NamedTuple, Optional

from qgis.core import QgsTask, QgsVectorLayer
from qgis.PyQt.QtCore import QObject, pyqtSignal

from ..inference.errors import RuntimeCrashError
from ..inference.progress import Progress
from ..inventory.topology_faults import CheckSettings
from ..tasks.check_task import quiet_flags
from ..tasks.layer_sources import source_of_layer
from ..tasks.layer_watch import LayerWatch
from ..tasks.runs import Runs
from ..tasks.runtime_setting import runtime_python
from ..tasks.topology_session import (
    CheckOrder,
    Found,
    FoundRepairs,
    KnownFault,
    RepairOrder,
    TopologySession,
    Touched,
)
from .texts import tr


class _Step(NamedTuple):
    """What runs in the background; `asked`: somebody waits for it."""

    work: Callable[[str, Progress], Any]
    is_check: bool = False
    asked: bool = False


class CheckDesk(QObject):
    """One step runs at a time; what is edited meanwhile is told to the child afterwards.

    `checking(bool)`, `told(fraction, text)`: a check that somebody waits for. `changed`: other faults than before;
    `came(faults)`: edits made these. `repairs(FoundRepairs)`: to be put into the layer. `failed(error, asked)`.
    """

    checking = pyqtSignal(bool)
    told = pyqtSignal(float, str)
    changed = pyqtSignal()
    came = pyqtSignal(list)
    repairs = pyqtSignal(object)
    failed = pyqtSignal(object, bool)
    cancelled = pyqtSignal()

    def __init__(self, session: TopologySession, parent: Optional[QObject] = None) -> None:
        super().__init__(parent)
        self.faults: Dict[int, KnownFault] = {}
        self.outlines: Optional[int] = None
        self.watch = LayerWatch(self)
        self._session = session
        self._settings = CheckSettings()
        self._check: Optional[bool] = None  # whether the check that waits was asked for
        self._repair: Optional[RepairOrder] = None
        self._now: Optional[_Step] = None
        self._restarted = False
        self._runs = Runs(_run, self)
        self._runs.told.connect(self._tell)
        self._runs.done.connect(self._done)
        self._runs.failed.connect(self._failed)
        self._runs.cancelled.connect(self._cancelled)
        self.watch.touched.connect(self._go_on)
        self.watch.renewed.connect(self._renewed)

    @property
    def is_checked(self) -> bool:
        """True once the layer was checked; from then on its edits are followed."""
        return self.outlines is not None

    @property
    def is_idle(self) -> bool:
        """True while nothing runs or waits."""
        return self._now is None and self._check is None and self._repair is None

    @property
    def is_checking(self) -> bool:
        """True while the whole layer is being checked, or about to be."""
        return self._check is not None or (self._now is not None and self._now.is_check)

    def open(self, layer: Optional[QgsVectorLayer]) -> None:
        """Take another layer, or none; its faults are not known yet."""
        self._runs.stop()
        if self._now is not None and self._now.asked:
            self.checking.emit(False)
        self._session.close()
        self._now, self._restarted = None, False
        self.watch.follow(layer)
        self._forget()

    def check(self, settings: CheckSettings, asked: bool = True) -> None:
        """Check the whole layer; somebody waits for it where it was `asked` for."""
        self._settings = settings
        self._check = asked or bool(self._check)
        if asked:
            self.checking.emit(True)
        self._go_on()

    def repair(self, order: RepairOrder) -> None:
        """Look for repairs."""
        self._repair = order
        self._go_on()

    def cancel(self) -> None:
        """Give up what runs."""
        self._runs.cancel()

    def _go_on(self) -> None:
        """Start what waits: a check, repairs, or what was edited."""
        layer = self.watch.layer()
        if self._now is not None or layer is None:
            return
        if self._check is not None or (self.outlines == 0 and self.watch.has_keys):
            self._start_check(layer)
        elif self.is_checked and self._repair is not None:
            order, self._repair = self._repair, None
            touched = self._touched(layer) if self.watch.has_keys else None
            self._start(_Step(lambda _, progress: self._session.repairs(order, touched, progress)), layer.name())
        elif self.is_checked and self.watch.has_keys:
            edited = self._touched(layer)
            self._start(_Step(lambda _, progress: self._session.follow(edited, progress)), layer.name())

    def _start_check(self, layer: QgsVectorLayer) -> None:
        asked, self._check = bool(self._check), None
        self.watch.take()
        numbers = tuple(layer.fields()[place].name() for place in layer.primaryKeyAttributes())
        order = CheckOrder(source_of_layer(layer), self._settings, numbers)
        step = _Step(lambda python, progress: self._session.check(order, python, progress), True, asked)
        self._start(step, layer.name())

    def _start(self, step: _Step, name: str) -> None:
        self._now = step
        title = tr("IceMargin: checking {}").format(name)
        flags = QgsTask.Flag.CanCancel if step.asked else quiet_flags()
        self._runs.start(title, step, runtime_python(), flags)

    def _touched(self, layer: QgsVectorLayer) -> Touched:
        keys = frozenset(self.watch.take())
        return Touched(source_of_layer(layer, keys=keys), keys)

    def _done(self, step: _Step, answer: Any) -> None:
        self._end(step)
        if isinstance(answer, FoundRepairs):
            if answer.followed is not None:
                self._take(answer.followed)
            self.repairs.emit(answer)
        elif step.is_check:
            self.faults, self.outlines = dict(answer.faults), answer.outlines
            self.changed.emit()
        else:
            self._restarted = False
            self._take(answer)
        self._go_on()

    def _take(self, found: Found) -> None:
        """Take what edits did to the faults."""
        for number in found.gone:
            self.faults.pop(number, None)
        self.faults.update(found.faults)
        is_other = found.faults or found.gone or self.outlines != found.outlines
        self.outlines = found.outlines
        if is_other:
            self.changed.emit()
        came = [fault for number, fault in found.faults.items() if number in found.new]
        if came:
            self.came.emit(came)

    def _failed(self, step: _Step, error: Any) -> None:
        """A child that died while edits were told to it is started again, once; then the faults are not known."""
        self._end(step)
        if isinstance(error, RuntimeCrashError) and not step.is_check and not self._restarted:
            self._restarted = True
            self.check(self._settings, asked=False)
            return
        self._forget()
        self.failed.emit(error, step.asked)

    def _cancelled(self) -> None:
        if self._now is not None:
            self._end(self._now)
        self._forget()
        self.cancelled.emit()

    def _end(self, step: _Step) -> None:
        self._now = None
        if step.asked:
            self.checking.emit(False)

    def _forget(self) -> None:
        self.faults, self.outlines, self._check, self._repair = {}, None, None, None
        self.changed.emit()

    def _renewed(self) -> None:
        """A layer with another filter or other fields is checked again."""
        if self.is_checked or self.is_checking:
            self.check(self._settings, asked=False)

    def _tell(self, fraction: float, text: str) -> None:
        if self._now is not None and self._now.asked:
            self.told.emit(fraction, text)


def _run(step: _Step, runtime_python: str, progress: Progress) -> Any:
    return step.work(runtime_python, progress)
