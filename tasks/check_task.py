"""The check before a run as a QGIS task: what the model needs, the scene's health, the estimate."""

from __future__ import annotations

import logging
from dataclasses import dataclass, replace
from functools import lru_cache
from typing import TYPE_CHECKING, Callable, Optional

from qgis.core import QgsTask
from qgis.PyQt.QtCore import pyqtSignal

from ..inference.errors import IceMarginError, RuntimeMissingError
from ..inference.model import ModelDescription
from ..inference.request import DelineationRequest

if TYPE_CHECKING:
    from ..inference.checks import SceneHealth
    from ..inference.estimate import Estimate

_log = logging.getLogger(__name__)


@dataclass(frozen=True)
class CheckReport:
    """What a check found. `level` is "green", "amber" or "red"; `why` says more than `text`."""

    level: str
    text: str
    why: str = ""
    estimate: Optional[Estimate] = None
    description: Optional[ModelDescription] = None
    runtime_missing: bool = False


Describe = Callable[[DelineationRequest], ModelDescription]
Check = Callable[[DelineationRequest, ModelDescription, float], CheckReport]


def describe(request: DelineationRequest) -> ModelDescription:
    """Return what the request's model needs. Raises ModelError."""
    if request.model == "classic":
        from ..inference.classic import classic_description

        return classic_description(request.classic)
    from ..inference.composition import composed_description
    from ..inference.onnx_metadata import read_description

    return composed_description([read_description(path) for path in request.models])


@lru_cache(maxsize=4)
def _usable_runtime(runtime_python: str) -> str:
    """Ask an interpreter once whether it can run models (it takes a second or two); failures are asked again."""
    from .runtime import find_runtime_python

    return find_runtime_python(runtime_python)


def with_runtime(report: CheckReport, request: DelineationRequest, runtime_python: str) -> CheckReport:
    """Return the report with what there is to say of the runtime: without one, a good scene is amber."""
    if request.model == "classic":
        return report
    try:
        _usable_runtime(runtime_python)
    except RuntimeMissingError as error:
        if report.level == "red":
            return replace(report, runtime_missing=True)
        why = f"{error}\n{report.why}".rstrip()
        return replace(report, level="amber", text=str(error), why=why, runtime_missing=True)
    return report


def check_scene(request: DelineationRequest, description: ModelDescription, seconds_per_window: float) -> CheckReport:
    """Ask the core for the scene's health and, if it can be mapped, for the estimate."""
    from ..inference.checks import inspect_request
    from ..inference.estimate import estimate

    health: SceneHealth = inspect_request(request, description)
    costs = None if health.level == "red" else estimate(request, description, seconds_per_window)
    return CheckReport(health.level, health.text, "\n".join(health.messages), costs, description)


def quiet_flags() -> QgsTask.Flags:
    """Return the flags of a short task that nobody asked for: hidden and silent where QGIS knows that (3.26).

    Whoever closes QGIS is not asked about it.
    """
    flags = QgsTask.Flag.CanCancel
    for name in ("Hidden", "Silent", "CancelWithoutPrompt"):
        flags = flags | getattr(QgsTask.Flag, name, flags)
    return flags


class CheckTask(QgsTask):
    """Checks a request in the background; afterwards `report` is set, unless it was cancelled."""

    ended = pyqtSignal()

    def __init__(
        self,
        request: DelineationRequest,
        runtime_python: str,
        seconds_per_window: float,
        describe: Describe = describe,
        check: Check = check_scene,
    ) -> None:
        super().__init__("IceMargin: check of the scene", quiet_flags())
        self.report: Optional[CheckReport] = None
        self._request = request
        self._runtime_python = runtime_python
        self._seconds_per_window = seconds_per_window
        self._describe = describe
        self._check = check

    def run(self) -> bool:
        """Check (QGIS calls this in the task's thread)."""
        try:
            description = self._describe(self._request)
            report = self._check(self._request, description, self._seconds_per_window)
            self.report = with_runtime(report, self._request, self._runtime_python)
        except IceMarginError as error:
            self.report = CheckReport("red", str(error), str(error))
        except Exception as error:  # noqa: BLE001 - the edge: what escapes here would take QGIS down
            _log.exception("The check of the scene failed unexpectedly.")
            self.report = CheckReport("red", f"The check failed: {error}", "Details: View > Panels > Log Messages.")
        return True

    def finished(self, result: bool) -> None:
        """Tell the main thread (QGIS calls this there)."""
        self.ended.emit()
