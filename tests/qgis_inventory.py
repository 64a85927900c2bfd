"""The Inventory tab, driven as a user would: squares in a project, its work run, and a stand-in for that."""

from __future__ import annotations

from pathlib import Path
from typing import Any, Dict, Tuple

from icemargin.inference.columns import REAL, Field
from icemargin.inference.layer_edits import LayerEdits
from icemargin.inference.progress import NoProgress
from icemargin.tasks.inventory_request import InventoryAnswer
from icemargin.ui.inventory_presenter import InventoryPresenter
from icemargin.ui.layer_work import LayerWork
from qgis.core import QgsFeature, QgsProject, QgsVectorFileWriter, QgsVectorLayer
from qgis_outlines import Squares, add_squares
from qgis_panels import A_RUN_MS, A_WHILE_MS, layer_of, press

SQUARES = {"a": (100, 100, 400), "b": (500, 100, 400), "c": (100, 700, 300)}
"""`a` and `b` touch."""
EARLIER = {"G-1": (100, 100, 300), "G-2": (400, 100, 500), "G-3": (100, 700, 300)}


def add_file(path: Path, squares: Squares, name: str = "Outlines", driver: str = "GPKG", **more: str) -> str:
    """Add a file of squares to the project, and return its layer's id."""
    memory = QgsProject.instance().mapLayer(add_squares(name, squares, "im_id", status="accepted", **more))
    options = QgsVectorFileWriter.SaveVectorOptions()
    options.driverName = driver
    context = QgsProject.instance().transformContext()
    QgsVectorFileWriter.writeAsVectorFormatV3(memory, str(path), context, options)
    QgsProject.instance().removeMapLayer(memory.id())
    layer = QgsVectorLayer(str(path), name)
    QgsProject.instance().addMapLayer(layer)
    return str(layer.id())


def texts(presenter: InventoryPresenter) -> Tuple[str, str]:
    """Return the tab's level, and what it says."""
    return presenter.panel.health.level, presenter.panel.health.textLabel.text()


def settled(presenter: InventoryPresenter, qtbot: Any) -> None:
    """Wait until the tab has looked at the layer."""
    qtbot.wait(50)
    watch = presenter.watch
    qtbot.waitUntil(lambda: not watch.runs.is_running and not watch._timer.isActive(), timeout=A_WHILE_MS)
    qtbot.wait(20)


def run(work: LayerWork, qtbot: Any) -> None:
    """Press the group's button once it can be pressed, and wait for the end."""
    qtbot.waitUntil(work.box.run.runButton.isEnabled, timeout=A_WHILE_MS)
    press(work.box.run.runButton)
    qtbot.waitUntil(lambda: not work.runs.is_running, timeout=A_RUN_MS)
    qtbot.wait(20)


def rows_of(layer_id: str) -> Dict[str, QgsFeature]:
    """Return the outlines by their ids."""
    return {one["im_id"]: one for one in layer_of(layer_id).getFeatures()}


def answer_of(request: Any, edits: LayerEdits, **values: Any) -> InventoryAnswer:
    """Return edits as if they had been found."""
    total = {"area_km2": 1.0, "low_km2": 0.9, "high_km2": 1.1, "sigma_km2": 0.1, "method": "buffer"}
    told = {"total": total, "measured": 1, "unchanged": 0, "faults": [], "doubts": [], **values}
    return InventoryAnswer(request.outlines.read(NoProgress()), edits, told)


def stand_in(request: Any, runtime_python: str, progress: Any) -> InventoryAnswer:
    """Give the first outline a slope."""
    edits = LayerEdits(values={0: {"slope_deg": 12.5}}, fields=(Field("slope_deg", REAL),))
    return answer_of(request, edits, doubts=["c may lie in another region."])
