"""Merging two analysts' files from the Review tab, in the background."""

from __future__ import annotations

from pathlib import Path
from typing import Any, Optional

from qgis.core import Qgis, QgsProject, QgsVectorLayer
from qgis.PyQt.QtCore import QObject, pyqtSignal
from qgis.PyQt.QtWidgets import QFileDialog, QWidget

from ..inference.progress import Progress
from ..reports.merged_review import MergeSummary, merge_files
from ..tasks.corrections import outlines_path
from ..tasks.result_layers import STYLES
from ..tasks.runs import Runs
from ..tasks.runtime_setting import runtime_python
from .output_folder import default_folder
from .run_messages import RunMessages, failure_text
from .texts import tr

GEOPACKAGES = "GeoPackage (*.gpkg)"


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
        text, count = tr("Merged: {} glaciers, {} decided; conflicts: {}."), len(summary.conflicts)
        level = Qgis.MessageLevel.Warning if count else Qgis.MessageLevel.Success
        self._tell(text.format(summary.both, summary.decided, count), level)

    def _tell(self, text: str, level: Qgis.MessageLevel) -> None:
        self._messages.show(text, level)


def _merge(files: Any, python: str, progress: Progress) -> MergeSummary:
    first, second, out = files
    return merge_files((first, ""), (second, ""), out)
