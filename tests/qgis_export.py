"""Hand in, driven as a user would: layers in the project, the dialog, and a stand-in for an export."""

from __future__ import annotations

from typing import Any, List

import shapely
from icemargin.tasks.exporting import ExportAnswer
from icemargin.ui.export_dialog import ExportDialog
from icemargin.ui.export_presenter import ExportPresenter
from qgis.core import QgsProject, QgsVectorLayer
from qgis.PyQt.QtCore import Qt
from qgis_panels import layer_of

SECOND = shapely.box(5.1e5, 5e6, 5.12e5, 5.001e6)
FAULT = {"kind": "overlap", "what": "overlaps by 9 m2", "ids": ["g1"], "box": [9.1, 45.1, 9.2, 45.2], "places": [1]}


def add(path: Any, name: str = "Outlines") -> str:
    """Add a file to the project, and return its layer's id."""
    layer = QgsVectorLayer(str(path), name, "ogr")
    assert layer.isValid()
    QgsProject.instance().addMapLayer(layer)
    return layer.id()


def opened(presenter: ExportPresenter, layer_id: str, form: str = "gpkg", target: Any = "") -> ExportDialog:
    """Open the dialog for a layer, choose format and target; return the dialog."""
    presenter.show(layer_of(layer_id))
    dialog = presenter.dialog
    dialog.formatCombo.setCurrentIndex(dialog.formatCombo.findData(form))
    if target:
        dialog.targetFile.setFilePath(str(target))
    return dialog


def listed(dialog: ExportDialog, level: str = "") -> List[str]:
    """Return what the list says (of a level)."""
    found = [dialog.foundList.item(row).data(Qt.ItemDataRole.UserRole) for row in range(dialog.foundList.count())]
    return [one.text for one in found if not level or one.level == level]


def exported(presenter: ExportPresenter, qtbot: Any) -> str:
    """Export, and return the headline afterwards."""
    presenter.dialog.exportButton.click()
    qtbot.waitUntil(lambda: presenter._job is None, timeout=60000)
    return presenter.dialog.headlineLabel.text()


def answer(request: Any, python: str, progress: Any) -> ExportAnswer:
    """A stand-in that writes nothing."""
    return ExportAnswer(request.target, 2, 1.5, ("No outline has rgi_id.",), (FAULT,))
