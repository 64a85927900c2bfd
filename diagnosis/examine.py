"""The doctor's round: every examination in turn, none of which can stop the others."""

from __future__ import annotations

import contextlib
import logging
import os
import tempfile
from dataclasses import dataclass, field
from pathlib import Path
from typing import Callable, Iterable, Iterator, List, Mapping, Tuple

from .. import __version__
from ..inference.errors import Cancelled, IceMarginError
from ..inference.progress import Progress, stop_if_cancelled
from ..models.folders import models_folder
from ..tasks.environment import RuntimeManager, default_folder
from .classic_trial import classic_finding
from .geodata import cache_finding, environment_finding, gdal_findings
from .machine import disk_findings, memory_finding, python_findings, system_findings
from .memory_size import memory_gib
from .model_trial import model_findings
from .redact import Redactor
from .report import BAD, OK, Finding, Report
from .runtime_trial import managed_findings, runtime_findings

_log = logging.getLogger(__name__)
_REPORT_IT = "Something nobody foresaw: please report it, with this report."


@dataclass(frozen=True)
class Case:
    """What only the caller knows.

    `host` are facts of the program it runs in (QGIS, Qt); `runtime_python` is the interpreter that was chosen ("": the
    one that IceMargin set up in `runtime_folder`, "" the usual place); `models` the model files, the one in use first;
    `folders` what a folder is for -> the folder.
    """

    host: Tuple[Finding, ...] = ()
    runtime_python: str = ""
    runtime_folder: str = ""
    models: Tuple[str, ...] = ()
    device: str = "auto"
    folders: Mapping[str, str] = field(default_factory=dict)


def installed_models() -> List[str]:
    """Return the model files that the user has added."""
    return [str(path) for path in sorted(models_folder().glob("*.onnx")) if not path.name.startswith(".")]


Examination = Tuple[str, Callable[[], Iterable[Finding]]]


def examine(case: Case, progress: Progress) -> Report:
    """Look at everything and return the report, without anything personal in it. Raises Cancelled."""
    findings: List[Finding] = []
    steps = _examinations(case, findings, progress)
    for number, (title, examination) in enumerate(steps):
        stop_if_cancelled(progress)
        progress.report(number / len(steps), f"{title} ...")
        findings.extend(_guarded(title, examination))
    progress.report(1.0, "Done")
    return Report(__version__, tuple(findings)).redacted(_redactor(case))


def _examinations(case: Case, findings: List[Finding], progress: Progress) -> List[Examination]:
    """Return title and work of each step; later ones look at what earlier ones have found."""
    quiet = _Quiet(progress)
    manager = RuntimeManager(Path(case.runtime_folder) if case.runtime_folder else default_folder())
    python = case.runtime_python or _managed_python(manager)

    def runtime() -> Iterator[Finding]:
        yield from managed_findings(manager)
        yield from runtime_findings(python, progress.is_cancelled)

    def models() -> Iterator[Finding]:
        works = any(finding.name == "Provider CPU" and finding.state == OK for finding in findings)
        return model_findings(case.models, python if works else "", case.device, quiet)

    return [
        ("Versions", lambda: (*case.host, *python_findings(), *gdal_findings())),
        ("Machine", lambda: (*system_findings(), memory_finding(), *disk_findings(case.folders))),
        ("Settings", lambda: (cache_finding(memory_gib()[0]), environment_finding(os.environ))),
        ("Classic method", lambda: (classic_finding(quiet),)),
        ("Runtime", runtime),
        ("Models", models),
    ]


def _managed_python(manager: RuntimeManager) -> str:
    with contextlib.suppress(IceMarginError):  # it is told when the runtime's turn comes
        return manager.python()
    return ""


def _guarded(title: str, examination: Callable[[], Iterable[Finding]]) -> Iterator[Finding]:
    """Yield an examination's findings; one that fails unexpectedly is a finding too."""
    try:
        yield from examination()
    except Cancelled:
        raise
    except Exception as error:  # noqa: BLE001 - a doctor must live to tell what nobody foresaw
        _log.exception("The doctor could not examine: %s.", title)
        yield Finding(title, BAD, f"cannot be examined: {type(error).__name__}: {error}", _REPORT_IT)


def _redactor(case: Case) -> Redactor:
    files = (*case.models, case.runtime_python, __file__)
    folders = [os.path.dirname(os.path.abspath(path)) for path in files if path]
    return Redactor(os.environ, (*folders, *case.folders.values(), tempfile.gettempdir()))


class _Quiet:
    """Progress that only listens for Cancel: the steps inside an examination are not worth telling."""

    def __init__(self, whole: Progress) -> None:
        self.is_cancelled = whole.is_cancelled

    def report(self, fraction: float, text: str) -> None:
        """Tell nobody."""
