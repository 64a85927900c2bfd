"""The parent's side of checking a layer: a child that holds it for as long as it is checked, asked from one job at a
time. What is edited is told to it; it tells which faults that ended or made.
"""

from __future__ import annotations

from contextlib import ExitStack
from dataclasses import asdict, dataclass
from typing import Any, Callable, Dict, FrozenSet, Mapping, Optional, Tuple, TypeVar

from ..inference.errors import RuntimeCrashError
from ..inference.layer_edits import LayerEdits
from ..inference.progress import NoProgress, PartOfProgress, Progress
from ..inference.vector_layer import VectorLayer
from ..inventory.topology_faults import Box, CheckSettings
from .child_topology import BEFORE, EDITS, LAYER, TOUCHED
from .comparison_request import LayerSource
from .layer_files import write_layer
from .outline_exchange import OutlineExchange, no_room, outline_exchange

Answer = TypeVar("Answer")


@dataclass(frozen=True)
class KnownFault:
    """A fault (LayerFault) with its number in the session, and QGIS's ids of the features that are concerned."""

    number: int
    kind: str
    what: str
    ids: Tuple[str, ...]
    keys: Tuple[int, ...]
    box: Optional[Box]
    size: float
    unit: str
    repair: str

    @classmethod
    def from_values(cls, values: Mapping[str, Any]) -> KnownFault:
        """Read what the child tells."""
        lists = {name: tuple(values[name]) for name in ("ids", "keys")}
        return cls(**{**values, **lists, "box": values["box"] and tuple(values["box"])})


@dataclass(frozen=True)
class Found:
    """Faults by number: all of them after a check, else those that are not as before.

    `gone` are the numbers of faults that ended, `new` of those that were not there before; `outlines` were looked at.
    """

    faults: Dict[int, KnownFault]
    gone: FrozenSet[int]
    new: FrozenSet[int]
    outlines: int


@dataclass(frozen=True, eq=False)
class FoundRepairs:
    """What repairs would do to the features in `before`, which faults they end, and what was told of edits first."""

    before: VectorLayer
    edits: LayerEdits
    done: Tuple[KnownFault, ...]
    followed: Optional[Found] = None


@dataclass(frozen=True, eq=False)
class CheckOrder:
    """A layer to check; `ignored` are its fields that number features, and are no values."""

    source: LayerSource
    settings: CheckSettings
    ignored: Tuple[str, ...] = ()


@dataclass(frozen=True, eq=False)
class Touched:
    """Features that were edited, and where those are read that are still there."""

    source: LayerSource
    keys: FrozenSet[int]


@dataclass(frozen=True)
class RepairOrder:
    """Which faults to repair. `uncovered`: also what that brings to light; `split` outlines in several parts then."""

    numbers: Tuple[int, ...]
    uncovered: bool = False
    split: bool = False


class TopologySession:
    """Calls come from one job at a time; `close` may come from any thread. After an error the session is closed."""

    def __init__(self) -> None:
        self._stack: Optional[ExitStack] = None
        self._exchange: Optional[OutlineExchange] = None
        self._python = ""
        self._now = _Now()

    @property
    def is_open(self) -> bool:
        """True while a child holds a layer."""
        return self._exchange is not None

    def check(self, order: CheckOrder, runtime_python: str, progress: Progress) -> Found:
        """Check a whole layer, and hold it from now on. Raises IceMarginError subclasses."""
        if self._exchange is None or self._python != runtime_python:
            self._start(runtime_python, progress)

        def work(exchange: OutlineExchange) -> Found:
            exchange.put({LAYER: order.source}, PartOfProgress(progress, 0.0, 0.3))
            part = PartOfProgress(progress, 0.3, 1.0)
            part.report(0.0, "Checking")
            exchange.ask("topology_open", part, settings=asdict(order.settings), ignored=order.ignored)
            return _found(exchange)

        return self._ask(work, progress)

    def follow(self, touched: Touched, progress: Progress) -> Found:
        """Tell what was edited, and return what that did to the faults. Raises IceMarginError subclasses."""
        return self._ask(lambda exchange: _follow(exchange, touched, progress), progress)

    def repairs(self, order: RepairOrder, touched: Optional[Touched], progress: Progress) -> FoundRepairs:
        """Return what would repair faults, after telling what was edited; nothing is changed.

        The faults that an edit has ended meanwhile are passed over. Raises IceMarginError subclasses.
        """
        def work(exchange: OutlineExchange) -> FoundRepairs:
            followed = None if touched is None else _follow(exchange, touched, progress)
            exchange.ask("topology_repair", progress, **asdict(order))
            done = tuple(map(KnownFault.from_values, exchange.values()["done"]))
            return FoundRepairs(exchange.layer(BEFORE), exchange.edits(EDITS), done, followed)

        return self._ask(work, progress)

    def close(self) -> None:
        """End the child, and remove the folder with the layer; safe to call twice."""
        stack, self._stack, self._exchange = self._stack, None, None
        if stack is not None:
            stack.close()

    def _start(self, runtime_python: str, progress: Progress) -> None:
        self.close()
        self._now.progress = progress
        stack = ExitStack()
        self._exchange = stack.enter_context(outline_exchange(runtime_python, self._now))
        self._stack, self._python = stack, runtime_python

    def _ask(self, work: Callable[[OutlineExchange], Answer], progress: Progress) -> Answer:
        exchange = self._exchange
        if exchange is None:
            raise RuntimeCrashError("The layer is not checked any more; press Check inventory.")
        self._now.progress = progress
        try:
            return work(exchange)
        except OSError as error:
            self.close()
            raise no_room(error) from error
        except Exception:
            self.close()
            raise
        finally:
            self._now.progress = NoProgress()


class _Now:
    """The progress of the job that asks (Progress): the child lives longer than any of them."""

    def __init__(self) -> None:
        self.progress: Progress = NoProgress()

    def report(self, fraction: float, text: str) -> None:
        self.progress.report(fraction, text)

    def is_cancelled(self) -> bool:
        return self.progress.is_cancelled()


def _follow(exchange: OutlineExchange, touched: Touched, progress: Progress) -> Found:
    layer = touched.source.read(progress)
    write_layer(exchange.folder / TOUCHED, layer)
    exchange.ask("topology_put", progress, gone=sorted(touched.keys.difference(layer.keys)))
    return _found(exchange)


def _found(exchange: OutlineExchange) -> Found:
    values = exchange.values()
    faults = {one["number"]: KnownFault.from_values(one) for one in values["faults"]}
    return Found(faults, frozenset(values["gone"]), frozenset(values["new"]), values["outlines"])
