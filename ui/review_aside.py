"""What goes on beside a review, in the background: looking for signs in rasters, and merging two analysts' files."""

from __future__ import annotations

import logging
from pathlib import Path
from typing import Any, Optional

from qgis.core import Qgis, QgsProject, QgsVectorLayer
from qgis.PyQt.QtCore import QObject, pyqtSignal
from qgis.PyQt.QtWidgets import QFileDialog, QWidget

from ..inference.progress import Progress
from ..reports.merged_review import MergeSummary, merge_files
from ..tasks.corrections import outlines_path
from ..tasks.result_layers import STYLES
from ..tasks.review_signs import Outlined, SignsRequest, find_signs
from ..tasks.runs import Run, Runs
from ..tasks.runtime_setting import runtime_python
from .output_folder import default_folder
from .review_layers import run_folder
from .run_messages import RunMessages, failure_text
from .texts import tr

_log = logging.getLogger(__name__)
GEOPACKAGES = "GeoPackage (*.gpkg)"


class SignFinder(QObject):
    """Looks for signs in what a map was made from; `found(layer_id, signs)`. Without them the fields alone decide."""

    found = pyqtSignal(str, object)

    def __init__(self, work: Run = find_signs, parent: Optional[QObject] = None) -> None:
        super().__init__(parent)
        self.runs = Runs(work, self)
        self._layer_id = ""
        self._next: Optional[SignsRequest] = None
        self.runs.done.connect(self._done)
        self.runs.failed.connect(self._failed)
        self.runs.cancelled.connect(self._go_on)

    def look(self, layer: Optional[QgsVectorLayer], against: Optional[QgsVectorLayer]) -> None:
        """Look anew, once what is looked for now has been given up."""
        self._next = None
        self.runs.cancel()
        folder = run_folder(layer) if layer is not None else None
        if layer is None or folder is None:
            return
        self._layer_id = layer.id()
        beside = Outlined.of(against) if against is not None and against.id() != layer.id() else None
        self._next = SignsRequest(Outlined.of(layer), str(folder), beside)
        if not self.runs.is_running:
            self._go_on()

    def stop(self) -> None:
        """Give up."""
        self._next = None
        self.runs.stop()

    def _go_on(self) -> None:
        request, self._next = self._next, None
        if request is not None:
            title = tr("IceMargin: what needs eyes in {}").format(request.outlines.name)
            self.runs.start(title, request, runtime_python())

    def _done(self, _: Any, signs: Any) -> None:
        if self._next is None:
            self.found.emit(self._layer_id, signs)
        self._go_on()

    def _failed(self, _: Any, error: Optional[Exception]) -> None:
        _log.warning("No signs for the review: %s", error)
        self._go_on()


class ReviewMerger(QObject):
    """Asks for another analyst's copy and a name; `merged(layer_id)` once that was written and is in the project."""

    merged = pyqtSignal(str)

    def __init__(self, window: QWidget, messages: RunMessages, parent: Optional[QObject] = None) -> None:
        super().__init__(parent)
        self._window = window
        self._messages = messages
        self.runs = Runs(_merge, self)
        self.runs.done.connect(self._done)
        self.runs.failed.connect(lambda _, error: self._tell(failure_text(error), Qgis.MessageLevel.Critical))

    def ask(self, layer: Optional[QgsVectorLayer]) -> None:
        """Merge a layer, as it is saved, with what the user chooses."""
        if layer is None:
            return
        path = outlines_path(layer) if layer.providerType() == "ogr" else ""
        if not path or layer.isModified():
            text = tr("{} is merged as its file holds it: save it, and its edits, first.").format(layer.name())
            self._tell(text, Qgis.MessageLevel.Warning)
            return
        folder = str(default_folder(QgsProject.instance()))
        other, _ = QFileDialog.getOpenFileName(self._window, tr("The other analyst's copy"), folder, GEOPACKAGES)
        out = ""
        if other:
            out, _ = QFileDialog.getSaveFileName(self._window, tr("Save the merged copy as"), folder, GEOPACKAGES)
        if out:
            target = out if out.lower().endswith(".gpkg") else out + ".gpkg"
            self.runs.start(tr("IceMargin: merging reviews"), (path, other, target), runtime_python())

    def stop(self) -> None:
        """Give up."""
        self.runs.stop()

    def _done(self, _: Any, summary: MergeSummary) -> None:
        layer = QgsVectorLayer(f"{summary.path}|layername={summary.layer}", Path(summary.path).stem, "ogr")
        layer.loadNamedStyle(str(STYLES / "outlines.qml"))
        QgsProject.instance().addMapLayer(layer)
        self.merged.emit(layer.id())
        text = tr(
            "{} glaciers of both, {} decided, {} conflicts: those are to review, with both decisions in the note."
        )
        level = Qgis.MessageLevel.Warning if summary.conflicts else Qgis.MessageLevel.Success
        self._tell(text.format(summary.both, summary.decided, len(summary.conflicts)), level)

    def _tell(self, text: str, level: Qgis.MessageLevel) -> None:
        self._messages.show(text, level)


def _merge(files: Any, python: str, progress: Progress) -> MergeSummary:
    first, second, out = files
    return merge_files((first, ""), (second, ""), out)
