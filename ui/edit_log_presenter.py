"""Wires the dialog *Edit log*: a layer's log in the table, outlines as they were on the map, the way back."""

from __future__ import annotations

from typing import Any, Callable, Dict, List, Optional, Tuple

from qgis.core import QgsGeometry, QgsProject, QgsVectorLayer
from qgis.gui import QgisInterface
from qgis.PyQt.QtCore import QObject
from qgis.PyQt.QtWidgets import QMessageBox

from ..inference.edit_steps import Change
from ..inference.errors import IceMarginError
from ..inventory.edit_log import GlacierEdit, edits_csv, glacier_edits
from ..maptools.edit_history import changes_of, history, layer_before, undo_edits, undoing
from ..reports.writing import write_text
from .edit_log_dialog import EditLogDialog, row_key
from .edit_log_sight import OutlineBefore
from .file_saver import FileSaver
from .later import later
from .run_messages import RunMessages
from .texts import tr

SHOWN = 5


class EditLogPresenter(QObject):
    """Opens the dialog for a layer; `stop` closes it."""

    def __init__(self, iface: QgisInterface, parent: Optional[QObject] = None) -> None:
        super().__init__(parent)
        self._iface = iface
        self._layer_id = ""
        self._edits: Dict[str, GlacierEdit] = {}
        self._sight = OutlineBefore(iface.mapCanvas())
        self._later = later(self._refresh, self)
        self.saver = FileSaver(iface.mainWindow(), RunMessages(iface.messageBar()), self)
        self.dialog: Optional[EditLogDialog] = None
        QgsProject.instance().layersWillBeRemoved.connect(self._layers_leave)

    def show(self, layer: Optional[QgsVectorLayer]) -> None:
        """Show a layer's log; the window comes to the front."""
        if layer is None:
            return
        self._let_go()
        self._layer_id = layer.id()
        for signal in self._signals(layer):
            signal.connect(self._look_later)
        if self.dialog is None:
            self.dialog = EditLogDialog(self._iface.mainWindow())
            self.dialog.pressed.connect(lambda name: self._actions()[name]())
            self.dialog.chosen.connect(self._show_before)
            self.dialog.zoom_wanted.connect(self._zoom)
            self.dialog.finished.connect(self._closed)
        self._refresh()
        self.dialog.show()
        self.dialog.raise_()

    def stop(self) -> None:
        """Close the dialog, and let go of the layer."""
        QgsProject.instance().layersWillBeRemoved.disconnect(self._layers_leave)
        self.saver.stop()
        if self.dialog is not None:
            self.dialog.close()
        self._let_go()

    def _layer(self) -> Optional[QgsVectorLayer]:
        layer = QgsProject.instance().mapLayer(self._layer_id)
        return layer if isinstance(layer, QgsVectorLayer) else None

    def _signals(self, layer: QgsVectorLayer) -> Tuple[Any, ...]:
        return (layer.undoStack().indexChanged, layer.afterCommitChanges, layer.editingStopped,
                layer.attributeValueChanged)  # fmt: skip

    def _look_later(self, *_: Any) -> None:
        self._later.start()

    def _refresh(self) -> None:
        layer = self._layer()
        if layer is None or self.dialog is None:
            return
        try:
            edits = glacier_edits(history(layer))
        except IceMarginError as error:
            self.dialog.tell(str(error))
            return
        self._edits = {row_key(edit): edit for edit in edits}
        self.dialog.show_edits(layer.name(), edits)

    def _actions(self) -> Dict[str, Callable[[], None]]:
        return {"step": lambda: self._undo(False), "all": lambda: self._undo(True), "before": self._add_before,
                "csv": self._save}  # fmt: skip

    def _undo(self, everything: bool) -> None:
        """Take the glacier chosen back."""
        layer, edit = self._layer(), self._edits.get(self.dialog.key() if self.dialog else "")
        if layer is None or edit is None or self.dialog is None:
            return
        name = edit.change.glacier or str(edit.change.fid)
        try:
            changes = undoing(layer, edit.change.fid, 0 if everything else edit.step.id)
            if not changes:
                self.dialog.tell(tr("Nothing of {} is to be undone: its steps are not in the layer.").format(name))
            elif self._agreed(name, changes):
                undo_edits(layer, changes, tr("Undo edits of {}").format(name))
                self.dialog.tell(tr("{} is as it was. The layer is being edited: save it with Toggle Editing, or undo "
                                    "with Ctrl+Z.").format(name))  # fmt: skip
        except IceMarginError as error:
            self.dialog.tell(str(error))

    def _agreed(self, name: str, changes: Tuple[Change, ...]) -> bool:
        """Ask where other glaciers go along."""
        others = [one.glacier or str(one.fid) for one in changes if (one.glacier or str(one.fid)) != name]
        if not others:
            return True
        listed = ", ".join(others[:SHOWN]) + (" ..." if len(others) > SHOWN else "")
        text = tr("These changed with {} and go back with it, so that no gap or overlap comes about: {}.")
        buttons = QMessageBox.StandardButton
        answer = QMessageBox.question(self.dialog, tr("Undo edits of {}").format(name), text.format(name, listed),
                                      buttons.Ok | buttons.Cancel)  # fmt: skip
        return bool(answer == buttons.Ok)

    def _add_before(self) -> None:
        layer = self._layer()
        if layer is None or self.dialog is None:
            return
        try:
            QgsProject.instance().addMapLayer(layer_before(layer))
        except IceMarginError as error:
            self.dialog.tell(str(error))
            return
        self.dialog.tell(tr("The outlines before all edits are a temporary layer: export it to keep it, or compare it "
                            "in the tab Compare."))  # fmt: skip

    def _save(self) -> None:
        layer = self._layer()
        if layer is not None:
            text = edits_csv(self._edits.values())
            self.saver.save(
                lambda path, *_: write_text(path, text), tr("{} edit log").format(layer.name()), "CSV", ".csv"
            )

    def _show_before(self, key: str) -> None:
        layer, shapes = self._layer(), self._shapes(key)
        if layer is not None:
            self._sight.show(layer, shapes)

    def _zoom(self, key: str) -> None:
        layer, shapes = self._layer(), self._shapes(key)
        if layer is not None:
            self._sight.zoom(layer, shapes)

    def _shapes(self, key: str) -> List[QgsGeometry]:
        """Return a glacier's outlines before and after a step, as far as there are any; the present one else."""
        layer, edit = self._layer(), self._edits.get(key)
        if layer is None or edit is None:
            return []
        try:
            changes = [one for one in changes_of(layer, edit.step.id) if one.fid == edit.change.fid]
        except IceMarginError:
            return []
        shapes = []
        for side in (side for one in changes for side in (one.before, one.after) if side and side.wkb):
            geometry = QgsGeometry()
            geometry.fromWkb(side.wkb)
            shapes.append(geometry)
        present = layer.getGeometry(edit.change.fid)
        return shapes or ([] if present.isNull() else [present])

    def _let_go(self) -> None:
        self._later.stop()
        self._sight.clear()
        layer = self._layer()
        if layer is not None:
            for signal in self._signals(layer):
                signal.disconnect(self._look_later)
        self._layer_id = ""

    def _closed(self, *_: Any) -> None:
        self.dialog = None
        self._let_go()

    def _layers_leave(self, ids: List[str]) -> None:
        if self._layer_id in ids and self.dialog is not None:
            self.dialog.close()
