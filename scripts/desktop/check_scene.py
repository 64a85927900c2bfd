"""The session of the group Check: faults found, looked at, repaired, and made while editing. Runs inside QGIS."""

from __future__ import annotations

import os
import sys
from pathlib import Path

# QGIS runs this file by exec(): it has no __file__ of its own, only the plugin's folder is known.
PLUGIN = Path(os.environ["QGIS_PLUGINPATH"]) / "icemargin"
sys.path.insert(0, str(PLUGIN / "scripts" / "desktop"))

from icemargin.tasks.runtime_setting import set_runtime_python  # noqa: E402
from icemargin.ui.inventory_presenter import InventoryPresenter  # noqa: E402
from qgis.core import (  # noqa: E402
    QgsFeature,
    QgsFillSymbol,
    QgsGeometry,
    QgsProject,
    QgsRectangle,
    QgsVectorFileWriter,
    QgsVectorLayer,
)
from qgis.utils import iface, plugins  # noqa: E402
from stage import DATA, add_scene, drawn, open_tab, tidied  # noqa: E402
from steps import Runner, Session, after, shoot  # noqa: E402

INVENTORY = 2
"""The tab's place."""
GAP_M, OVERLAP_M = 0.6, 0.4


def add_outlines() -> QgsVectorLayer:
    """Add the scene's true outlines as a GeoPackage, two of them cut in two with a border that does not fit."""
    truth = QgsVectorLayer(f"{DATA / 'truth.gpkg'}|layername=outlines", "truth", "ogr")
    crs = truth.crs().authid()
    layer = QgsVectorLayer(f"Polygon?crs={crs}&field=im_id:string&field=src_date:string", "x", "memory")
    whole = [one.geometry().asGeometryCollection()[0] for one in truth.getFeatures()]
    whole.sort(key=lambda one: -one.area())
    parts = [*halves(whole[0], -GAP_M), *halves(whole[1], OVERLAP_M), *whole[2:]]
    features = []
    for number, part in enumerate(parts):
        feature = QgsFeature(layer.fields())
        feature.setGeometry(part)
        feature.setAttributes([f"G076{number:03d}E43{number:03d}N", "2023-08-17"])
        features.append(feature)
    layer.dataProvider().addFeatures(features)
    path = str(Path(os.environ["HOME"]) / "outlines.gpkg")
    options = QgsVectorFileWriter.SaveVectorOptions()
    QgsVectorFileWriter.writeAsVectorFormatV3(layer, path, QgsProject.instance().transformContext(), options)
    stored = QgsVectorLayer(path, "Outlines", "ogr")
    symbol = QgsFillSymbol.createSimple({"style": "no", "outline_color": "#ffd21f", "outline_width": "0.5"})
    stored.renderer().setSymbol(symbol)
    QgsProject.instance().addMapLayer(stored)
    return stored


def halves(whole: QgsGeometry, wider: float) -> list[QgsGeometry]:
    """Return both sides of an outline; the right one is wider by some metres at the border."""
    box = whole.boundingBox()
    middle = box.center().x()
    left = QgsRectangle(box.xMinimum() - 1, box.yMinimum() - 1, middle, box.yMaximum() + 1)
    right = QgsRectangle(middle - wider, box.yMinimum() - 1, box.xMaximum() + 1, box.yMaximum() + 1)
    return [whole.intersection(QgsGeometry.fromRect(one)).asGeometryCollection()[0] for one in (left, right)]


def settled(presenter: InventoryPresenter) -> Session:
    """Wait until all edits were looked at, and the map is drawn."""
    desk = presenter.check.desk
    yield lambda: desk.is_idle and not desk.watch.is_waiting
    yield from drawn()


def choose(presenter: InventoryPresenter, kind: str) -> None:
    """Select the first fault of a kind, as a click does."""
    found = [str(number) for number, fault in presenter.check.desk.faults.items() if fault.kind == kind]
    table = presenter.panel.check.table
    table.table.selectRow(table.keys().index(found[0]))


def move_first(layer: QgsVectorLayer, east: float) -> None:
    """Move an outline over its neighbour, as QGIS's own tool does."""
    first = next(layer.getFeatures())
    shape = first.geometry()
    shape.translate(east, 0)
    layer.beginEditCommand("Moved")
    layer.changeGeometry(first.id(), shape)
    layer.endEditCommand()


def session() -> Session:
    """Press what a user presses; yield what to wait for."""
    set_runtime_python(os.environ["ICEMARGIN_RUNTIME"])
    yield from tidied()
    dock = open_tab(INVENTORY)
    presenter: InventoryPresenter = plugins["icemargin"]._inventory
    add_scene()
    layer = add_outlines()
    presenter.panel.outlines.set(layer)
    yield from settled(presenter)
    box = presenter.panel.check
    presenter.panel.checkGroup.setCollapsed(False)
    yield after(0.5)
    shoot("check-before", dock)
    box.run.runButton.click()
    yield from settled(presenter)
    runner.note(f"state: {box.health.textLabel.text()}")
    runner.note(f"faults: {[(one.kind, one.ids, one.size) for one in presenter.check.desk.faults.values()]}")
    choose(presenter, "gap")
    yield from settled(presenter)
    shoot("check-gap")
    box.repairAllButton.click()
    yield from settled(presenter)
    runner.note(f"repaired: {box.health.textLabel.text()} | {layer.undoStack().undoText()}")
    shoot("check-repaired")
    move_first(layer, 120.0)
    yield from settled(presenter)
    runner.note(f"edited: {box.health.textLabel.text()}")
    choose(presenter, "overlap")
    yield from settled(presenter)
    shoot("check-edited")
    for step in ("edit", "repair"):
        layer.undoStack().undo()
        yield from settled(presenter)
        runner.note(f"{step} undone: {box.health.textLabel.text()}")
    box.advancedGroup.setCollapsed(False)
    yield after(0.5)
    shoot("check-advanced", dock)
    layer.rollBack()
    yield from settled(presenter)
    runner.note(f"discarded: {box.health.textLabel.text()}")
    QgsProject.instance().setDirty(False)


runner = Runner(session(), iface)
