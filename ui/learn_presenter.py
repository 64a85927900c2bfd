"""Wires *Learn from corrections*: the project's corrected maps and the models become a command for a terminal.

Training needs PyTorch, which neither QGIS nor the runtime has: so nothing is trained here.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any, Callable, Optional, Set

from qgis.core import QgsProject, QgsVectorLayer
from qgis.PyQt.QtCore import QObject
from qgis.PyQt.QtWidgets import QWidget

from ..models.store import CLASSIC, ModelStore
from ..tasks.corrections import ENOUGH, Corrections, corrected_maps, corrections_of, outlines_path
from .learn_command import learn_command
from .learn_dialog import LearnDialog
from .map_choices import new_folder
from .texts import tr


class LearnHelper(QObject):
    """Shows the dialog and keeps it in step with layers, edits and models. `chosen` returns the model of the panel."""

    def __init__(self, store: ModelStore, chosen: Callable[[], str], parent: Optional[QObject] = None) -> None:
        super().__init__(parent)
        self._store = store
        self._chosen = chosen
        self._watched: Set[str] = set()
        self.dialog: Optional[LearnDialog] = None

    def show(self, window: Optional[QWidget] = None) -> None:
        """Open the dialog, or bring it to the front."""
        if self.dialog is not None:
            self.dialog.raise_()
            return
        self.dialog = LearnDialog(window)
        self.dialog.changed.connect(self._show_state)
        self.dialog.activated.connect(self._refresh)
        self.dialog.finished.connect(self._closed)
        self.dialog.destroyed.connect(self._closed)
        self._refresh()
        self.dialog.show()

    def stop(self) -> None:
        """Close the dialog."""
        if self.dialog is not None:
            self.dialog.close()

    def _refresh(self) -> None:
        """Take up the layers and models that there are now."""
        if self.dialog is None:
            return
        layers = [(_title(layer), layer.id()) for layer in corrected_maps(QgsProject.instance())]
        installed = {model.path: model.name for model in self._store.offered() if model.path != CLASSIC}
        models = [(name, name) for name in installed.values()]
        path = self._chosen()
        if path and path != CLASSIC and path not in installed:
            models.append((Path(path).stem, path))
        self.dialog.offer(layers, models, installed.get(path, path))
        self._show_state()

    def _show_state(self) -> None:
        dialog = self.dialog
        if dialog is None:
            return
        layer = QgsProject.instance().mapLayer(dialog.layer_id())
        if not isinstance(layer, QgsVectorLayer):
            nothing = tr("No map of IceMargin is in this project: map glaciers and correct the outlines first.")
            dialog.show_state("", nothing, "")
            return
        self._watch(layer)
        outlines = outlines_path(layer)
        dialog.propose_folder(str(new_folder(Path(outlines).parent, "local")))
        found = corrections_of(layer)
        problem = _problem(found, dialog.model(), dialog.folder())
        unsaved = tr("The layer has unsaved edits, which the command does not see: save them first.")
        told = [problem, unsaved if layer.isModified() else ""]
        command = "" if problem else learn_command(outlines, dialog.model(), dialog.folder(), dialog.region())
        dialog.show_state(_counts(found), " ".join(filter(None, told)), command)

    def _watch(self, layer: QgsVectorLayer) -> None:
        """Follow the edits of the layer chosen; those of one that was chosen before do no harm."""
        if layer.id() in self._watched:
            return
        self._watched.add(layer.id())
        for signal in (layer.layerModified, layer.afterCommitChanges, layer.editingStopped):
            signal.connect(self._show_state)

    def _closed(self, *_: Any) -> None:
        self.dialog = None


def _title(layer: QgsVectorLayer) -> str:
    """Return "group: layer": the outlines of all results are called alike."""
    node = QgsProject.instance().layerTreeRoot().findLayer(layer.id())
    group = node.parent().name() if node is not None and node.parent() is not None else ""
    return f"{group}: {layer.name()}" if group else str(layer.name())


def _counts(found: Corrections) -> str:
    counts = (found.accepted, found.edited, found.rejected, found.to_review)
    return tr("{} accepted, {} edited, {} rejected, {} to review").format(*counts)


def _problem(found: Corrections, model: str, folder: str) -> str:
    """Return what stands in the way, "" where nothing does."""
    if found.glaciers < ENOUGH:
        text = tr(
            "Too few corrected glaciers ({}): two are the least, a dozen are better. Set the status of outlines to "
            "accepted or edited, and save."
        )
        return text.format(found.glaciers)
    if not model:
        return tr("No network model is installed; import one by Models ... first. The classic method learns nothing.")
    if not folder:
        return tr("Choose a folder for the result.")
    if (Path(folder) / "run").exists():
        return tr("The folder holds a local model already; choose another.")
    return ""
