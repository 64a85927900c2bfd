"""What the message bar says when a run is over."""

from __future__ import annotations

from pathlib import Path
from typing import Callable, Optional, Sequence, Tuple

from qgis.core import Qgis
from qgis.gui import QgsMessageBar, QgsMessageBarItem
from qgis.PyQt.QtWidgets import QPushButton

from ..inference.request import DelineationResult
from .texts import tr

STAY = 0
"""Seconds: the message stays until it is closed."""


def result_text(result: DelineationResult) -> str:
    """Return "23 glaciers, 118.4 km2 (112.0-125.3)." for a result."""
    if result.n_outlines == 0:
        return tr(
            "No glacier was found. Check the bands and the scale, lower the threshold under Advanced, or map elsewhere."
        )
    counted = tr("1 glacier") if result.n_outlines == 1 else tr("{} glaciers").format(result.n_outlines)
    area, low, high = (
        f"{value:.{2 if result.glacier_area_km2 < 10 else 1}f}"
        for value in (result.glacier_area_km2, result.area_lo_km2, result.area_hi_km2)
    )
    return tr("{}, {} km\u00b2 ({}\u2013{}).").format(counted, area, low, high)


def summary_text(result: DelineationResult) -> str:
    """Return the result's text with what really ran a model, and the warnings."""
    ran = [] if result.provider == "numpy" else [tr("Mapped on the {}.").format(provider_text(result.provider))]
    return " ".join((result_text(result), *ran, *result.warnings))


def provider_text(provider: str) -> str:
    """Return what ran the model, for people."""
    names = {
        "CUDAExecutionProvider": tr("graphics card (CUDA)"),
        "DmlExecutionProvider": tr("graphics card (DirectML)"),
        "OpenVINOExecutionProvider": tr("processor (OpenVINO)"),
    }
    return names.get(provider, tr("processor"))


class RunMessages:
    """Puts messages with a button into QGIS's message bar, and takes its own away again."""

    def __init__(self, bar: QgsMessageBar) -> None:
        self._bar = bar
        self._last: Optional[QgsMessageBarItem] = None

    def show(
        self,
        text: str,
        level: Qgis.MessageLevel,
        button: str = "",
        action: Optional[Callable[[], None]] = None,
        seconds: int = STAY,
        before: Sequence[Tuple[str, Callable[[], None]]] = (),
    ) -> None:
        """Show `text`; the button does `action` and takes the message away, as do those `before` it."""
        self.clear()
        item = QgsMessageBar.createMessage("IceMargin", text)
        for words, work in (*before, *([(button, action)] if action is not None else [])):
            press = QPushButton(words, item)
            press.clicked.connect(lambda *_, work=work: self._pressed(work))
            item.layout().addWidget(press)
        item.destroyed.connect(self._forget)
        self._last = item
        self._bar.pushWidget(item, level, seconds)

    def clear(self) -> None:
        """Take the last message away if it is still there."""
        item, self._last = self._last, None
        if item is not None:
            self._bar.popWidget(item)

    def _pressed(self, action: Callable[[], None]) -> None:
        self.clear()
        action()

    def _forget(self) -> None:
        self._last = None


def failure_text(error: Optional[Exception]) -> str:
    """Return what went wrong, for people; the traceback is in the log."""
    from ..inference.errors import IceMarginError

    if isinstance(error, IceMarginError):
        return str(error)
    return tr("The run failed unexpectedly ({}). Details: View > Panels > Log Messages, tab IceMargin.").format(error)


def title_of(folder: str) -> str:
    """Return the group's title for a run's folder, e.g. "IceMargin 2023-08-17 classic"."""
    return "IceMargin " + Path(folder).name.replace("_", " ")
