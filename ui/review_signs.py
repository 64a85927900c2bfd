"""Looking for signs of what needs eyes, in the background, and what is said of it."""

from __future__ import annotations

import logging
from typing import Any, Callable, Optional, Tuple

from qgis.core import QgsVectorLayer
from qgis.PyQt.QtCore import QObject, pyqtSignal

from ..inference.errors import IceMarginError
from ..inference.request import DelineationRequest
from ..tasks.review_signs import Outlined, SignsRequest, find_signs
from ..tasks.runs import Run, Runs
from ..tasks.runtime_setting import runtime_python
from .review_layers import run_folder
from .texts import tr

_log = logging.getLogger(__name__)

SceneOf = Callable[[], DelineationRequest]
"""Returns what the Map tab would map now. Raises IceMarginError where nothing is chosen."""


class SignFinder(QObject):
    """Looks for signs; `found(layer_id, signs)`. Without them the fields alone decide. `told`: `said` is another.

    A map of a run is looked at in the run's own rasters, other outlines in the scene that is chosen in the Map tab.
    """

    found = pyqtSignal(str, object)
    told = pyqtSignal()

    def __init__(self, scene: Optional[SceneOf], work: Run = find_signs, parent: Optional[QObject] = None) -> None:
        super().__init__(parent)
        self.runs = Runs(work, self)
        self.said: Tuple[str, str] = ("", "")
        self._scene = scene
        self._layer_id = ""
        self._looked: Any = None
        self._wanted: Optional[SignsRequest] = None
        self._next: Optional[SignsRequest] = None
        self.runs.done.connect(self._done)
        self.runs.failed.connect(self._failed)
        self.runs.cancelled.connect(self._go_on)

    def look(self, layer: Optional[QgsVectorLayer], against: Optional[QgsVectorLayer]) -> None:
        """Look anew where layers or scene are others than before, once what is looked for now has been given up."""
        request, why_not = self._request(layer, against)
        wanted = _what(layer, against, request)
        if wanted == self._looked:
            return
        self._looked, self._wanted, self._next = wanted, request, request
        self._layer_id = layer.id() if layer is not None else ""
        self._say(*(_looking() if request is not None else _alone(why_not) if layer is not None else ("", "")))
        self.runs.cancel()
        if request is None and layer is not None:
            self.found.emit(self._layer_id, {})  # what was found in something else counts no more
        if not self.runs.is_running:
            self._go_on()

    def stop(self) -> None:
        """Give up."""
        self._next = None
        self.runs.stop()

    def _request(
        self, layer: Optional[QgsVectorLayer], against: Optional[QgsVectorLayer]
    ) -> Tuple[Optional[SignsRequest], str]:
        """Return what to look at, None where there is nothing, and why no scene is looked at."""
        if layer is None:
            return None, ""
        folder = run_folder(layer)
        scene, why_not = (None, "") if folder is not None else self._chosen_scene()
        try:
            beside = Outlined.of(against) if against is not None and against.id() != layer.id() else None
            request = SignsRequest(Outlined.of(layer), str(folder or ""), scene, beside)
        except IceMarginError as error:  # an empty layer
            return None, str(error)
        return (None if folder is None and scene is None and beside is None else request), why_not

    def _chosen_scene(self) -> Tuple[Optional[DelineationRequest], str]:
        try:
            return (self._scene() if self._scene is not None else None), ""
        except IceMarginError as error:
            return None, str(error)

    def _go_on(self) -> None:
        request, self._next = self._next, None
        if request is not None:
            title = tr("IceMargin: what needs eyes in {}").format(request.outlines.name)
            self.runs.start(title, request, runtime_python())

    def _done(self, request: SignsRequest, signs: Any) -> None:
        if request is self._wanted:
            self._say(*_looked_at(request))
            self.found.emit(self._layer_id, signs)
        self._go_on()

    def _failed(self, request: SignsRequest, error: Optional[Exception]) -> None:
        _log.warning("No signs for the review: %s", error)
        if request is self._wanted:
            self._say(*_alone(str(error) if isinstance(error, IceMarginError) else ""))
        self._go_on()

    def _say(self, short: str, more: str) -> None:
        self.said = (short, more)
        self.told.emit()


def _what(layer: Optional[QgsVectorLayer], against: Optional[QgsVectorLayer], request: Optional[SignsRequest]) -> Any:
    """Return what signs depend on, to compare."""
    ids = [one.id() if one is not None else "" for one in (layer, against)]
    scene = request.scene if request is not None else None
    return ids, request is None, None if scene is None else (scene.sources, scene.classic, scene.scene.src_date)


def _looking() -> Tuple[str, str]:
    return tr("Looking for signs ..."), ""


def _looked_at(request: SignsRequest) -> Tuple[str, str]:
    if request.folder:
        return "", ""
    if request.scene is not None:
        return "", tr("Signs come from the scene that is chosen in the tab Map, as far as it covers the outlines.")
    return "", tr("Signs come from the layer beside alone: choose imagery and elevation in the tab Map for more.")


def _alone(why_not: str) -> Tuple[str, str]:
    """What is said where no signs are known."""
    more = tr("Imagery and elevation that are chosen in the tab Map show debris, shadow, lakes and more.")
    return tr("The order follows from the fields alone."), f"{more} {why_not}".strip()
