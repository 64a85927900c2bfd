"""The session of the Compare tab: against a reference, in two maps, between dates. Runs inside QGIS (--code)."""

from __future__ import annotations

import os
import sys
from pathlib import Path
from typing import Tuple

# QGIS runs this file by exec(): it has no __file__ of its own, only the plugin's folder is known.
PLUGIN = Path(os.environ["QGIS_PLUGINPATH"]) / "icemargin"
sys.path.insert(0, str(PLUGIN / "scripts" / "desktop"))

from icemargin.tasks.runtime_setting import set_runtime_python  # noqa: E402
from icemargin.ui.change_presenter import ChangePresenter  # noqa: E402
from icemargin.ui.compare_presenter import ComparePresenter  # noqa: E402
from qgis.core import QgsFeature, QgsFillSymbol, QgsGeometry, QgsProject, QgsVectorLayer  # noqa: E402
from qgis.PyQt.QtCore import QPoint, Qt  # noqa: E402
from qgis.PyQt.QtTest import QTest  # noqa: E402
from qgis.PyQt.QtWidgets import QDockWidget, QTableView  # noqa: E402
from qgis.utils import iface, plugins  # noqa: E402
from stage import DATA, add_scene, drawn, open_tab, tidied  # noqa: E402
from steps import Runner, Session, after, shoot  # noqa: E402

LEFT_BUTTON, NO_MODIFIER = Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier
OLDER = (("2003-08-20", 60.0), ("2013-08-20", 25.0), ("2023-08-17", -10.0))
"""Days, and how many metres wider the glaciers were than those of the scene."""


def add_outlines(name: str, colour: str, wider: float, moved: float = 0.0, missing: int = -1) -> None:
    """Add a copy of the scene's true outlines: wider or narrower, moved to the east, one of them left out."""
    truth = QgsVectorLayer(f"{DATA / 'truth.gpkg'}|layername=outlines", "truth", "ogr")
    layer = QgsVectorLayer(f"MultiPolygon?crs={truth.crs().authid()}&field=rgi_id:string", name, "memory")
    features = []
    for number, source in enumerate(truth.getFeatures()):
        if number == missing:
            continue
        geometry: QgsGeometry = source.geometry().buffer(wider, 6)
        geometry.translate(moved, 0)
        geometry.convertToMultiType()
        feature = QgsFeature(layer.fields())
        feature.setGeometry(geometry)
        feature.setAttributes([f"RGI2000-v7.0-G-11-0000{number}"])
        features.append(feature)
    layer.dataProvider().addFeatures(features)
    symbol = QgsFillSymbol.createSimple({"style": "no", "outline_color": colour, "outline_width": "0.5"})
    layer.renderer().setSymbol(symbol)
    layer.updateExtents()
    QgsProject.instance().addMapLayer(layer)


def click_row(table: QTableView, row: int) -> None:
    """Press a row of a table as a user would."""
    place = table.visualRect(table.model().index(row, 0)).center()
    QTest.mouseClick(table.viewport(), LEFT_BUTTON, NO_MODIFIER, place)


def drag_over_map(start: Tuple[int, int], end: Tuple[int, int]) -> Session:
    """Drag over the map in some steps."""
    view = iface.mapCanvas().viewport()
    QTest.mousePress(view, LEFT_BUTTON, NO_MODIFIER, QPoint(*start))
    for step in range(1, 11):
        x, y = (a + (b - a) * step // 10 for a, b in zip(start, end))
        QTest.mouseMove(view, QPoint(x, y))
        yield after(0.05)
    QTest.mouseRelease(view, LEFT_BUTTON, NO_MODIFIER, QPoint(*end))
    yield after(1.0)


def session() -> Session:
    """Press what a user presses; yield what to wait for."""
    yield from tidied()
    dock = open_tab(3)
    compare, change = plugins["icemargin"]._comparing
    yield after(0.5)
    shoot("compare-nothing-loaded", dock)
    add_scene()
    add_outlines("RGI 7 (reference)", "#ffff00", 0.0)
    add_outlines("Map 2023-08-17", "#ff5cd6", 4.0, 12.0, missing=3)
    yield from drawn()
    runner.note(f"without runtime: {compare.page.health.textLabel.text()}")
    set_runtime_python(os.environ["ICEMARGIN_RUNTIME"])
    compare.look()
    yield after(0.5)
    yield from against_reference(compare)
    yield from two_views(compare)
    yield from between_dates(change)


def against_reference(presenter: ComparePresenter) -> Session:
    """Compare, and go to the glacier that is mapped worst."""
    inputs = presenter.inputs
    inputs.candidate.set(QgsProject.instance().mapLayersByName("Map 2023-08-17")[0])
    inputs.reference.set(QgsProject.instance().mapLayersByName("RGI 7 (reference)")[0])
    yield after(0.5)
    runner.note(f"ready: {presenter.page.health.textLabel.text()}")
    shoot("compare-ready")
    presenter.page.run.runButton.click()
    yield lambda: not presenter.runs.is_running
    yield from drawn()
    iface.messageBar().clearWidgets()
    runner.note(f"numbers: {presenter.page.results.numbers.texts()}")
    yield from drawn()
    shoot("compare-result")
    click_row(presenter.page.results.table.table, 1)
    presenter.page.results.charts.chartCombo.setCurrentIndex(2)
    yield from drawn()
    runner.note(f"selected: {presenter.page.results.table.selected_keys()}")
    shoot("compare-glacier")


def two_views(presenter: ComparePresenter) -> Session:
    """Swipe, then two maps."""
    buttons = presenter.page.findChild(type(presenter._panel.views))
    buttons.swipeButton.click()
    yield from drawn()
    yield from drag_over_map((200, 300), (420, 300))
    shoot("compare-swipe")
    buttons.swipeButton.click()
    buttons.besideButton.click()
    yield from drawn()
    yield after(3.0)
    shoot("compare-beside")
    buttons.besideButton.click()
    yield after(0.5)


def between_dates(presenter: ChangePresenter) -> Session:
    """Measure the change between three days."""
    for day, wider in OLDER:
        add_outlines(f"Ice {day}", "#56b4e9", wider)
    presenter._panel.datesRadio.setChecked(True)
    tree = presenter.inputs.layersTree
    yield lambda: tree.topLevelItemCount() == len(OLDER) + 2
    for row in range(tree.topLevelItemCount()):
        if tree.topLevelItem(row).text(0).startswith("Ice"):
            tree.topLevelItem(row).setCheckState(0, Qt.CheckState.Checked)
    yield presenter.page.run.runButton.isEnabled
    yield after(0.5)
    dock = iface.mainWindow().findChild(QDockWidget, "IceMarginDock")
    shoot("compare-dates", dock)
    presenter.page.run.runButton.click()
    yield lambda: not presenter.runs.is_running
    yield from drawn()
    runner.note(f"change: {presenter.page.results.numbers.texts()}")
    shoot("compare-change", dock)


runner = Runner(session(), iface)
