"""The session: nothing loaded, DN refused, scale accepted, running, result. Runs inside QGIS (--code)."""

from __future__ import annotations

import os
import sys
from pathlib import Path

# QGIS runs this file by exec(): it has no __file__ of its own, only the plugin's folder is known.
PLUGIN = Path(os.environ["QGIS_PLUGINPATH"]) / "icemargin"
sys.path.insert(0, str(PLUGIN / "scripts" / "desktop"))

from icemargin.ui.map_panel import MapPanel  # noqa: E402
from icemargin.ui.map_presenter import MapPresenter  # noqa: E402
from qgis.core import QgsProject, QgsRectangle  # noqa: E402
from qgis.PyQt.QtCore import QTimer  # noqa: E402
from qgis.PyQt.QtWidgets import QApplication, QDockWidget, QPushButton, QScrollArea  # noqa: E402
from qgis.utils import iface, plugins  # noqa: E402
from stage import SCENE, add_scene, tidied, tidy_window  # noqa: E402
from steps import Runner, Session, after, shoot  # noqa: E402


def imagery_box() -> QgsRectangle:
    """Return the imagery's extent (and a pixel around it, for outlines that touch its edge)."""
    layer = QgsProject.instance().mapLayersByName(SCENE)[0]
    return layer.extent().buffered(10)


def session() -> Session:
    """Press what a user presses; yield what to wait for."""
    yield from tidied()
    yield after(1.0)
    shoot("map-nothing-loaded")
    presenter = plugins["icemargin"]._presenter
    yield from choose_scene(presenter)
    yield from look_closer(presenter.panel)
    yield from find_region(presenter)
    yield from run(presenter)
    yield from learn(presenter)
    yield from look_at_result()


def choose_scene(presenter: MapPresenter) -> Session:
    """Add the layers; accept the scale that the panel offers for DN."""
    scene = presenter.panel.scene
    add_scene()
    yield after(1.5)
    yield lambda: not presenter.checks.pending and not iface.mapCanvas().isDrawing()
    runner.note(f"health: {scene.health.level}: {scene.health.textLabel.text()}")
    yield after(0.5)
    shoot("map-values-refused")
    runner.note(f"hint: {scene.hintLabel.text()}")
    scene.hintLabel.linkActivated.emit("Sentinel-2 L1C before baseline 04.00")
    yield after(0.5)
    yield lambda: not presenter.checks.pending and not iface.mapCanvas().isDrawing()
    yield after(0.5)
    runner.note(f"health: {scene.health.level}: {scene.health.textLabel.text()}")
    runner.note(f"estimate: {presenter.panel.run.estimateLabel.text()}")
    shoot("map-ready")


def look_closer(panel: MapPanel) -> Session:
    """Open the band table and Advanced, and close them again."""
    # The table is modal: it is opened from the event loop, so that the session goes on beside it.
    QTimer.singleShot(0, panel.scene.bandsButton.click)
    yield lambda: QApplication.activeModalWidget() is not None
    yield after(0.7)
    shoot("map-bands", QApplication.activeModalWidget())
    QApplication.activeModalWidget().reject()
    yield after(0.3)
    panel.method.advancedGroup.setCollapsed(False)
    yield after(0.7)
    shoot("map-advanced", iface.mainWindow().findChild(QDockWidget, "IceMarginDock"))
    panel.method.advancedGroup.setCollapsed(True)
    yield after(0.3)


def find_region(presenter: MapPresenter) -> Session:
    """Search a region vector for a network, look at it, discard it, and go back to the classic method."""
    method = presenter.panel.method
    method.runtimeFile.setFilePath(os.environ["ICEMARGIN_RUNTIME"])
    method.methodCombo.setCurrentIndex(method.methodCombo.findText("first"))
    yield after(1.0)
    yield lambda: not presenter.checks.pending
    method.advancedGroup.setCollapsed(False)
    yield after(0.7)
    presenter.panel.findChild(QScrollArea).ensureWidgetVisible(method.runtimeFile)
    yield after(0.3)
    shoot("map-averages", iface.mainWindow().findChild(QDockWidget, "IceMarginDock"))
    method.advancedGroup.setCollapsed(True)
    method.find_region_pressed.emit()
    yield after(0.5)
    dialog = presenter.regions.dialog
    runner.note(f"costs: {dialog.costsLabel.text()}")
    dialog.searchButton.click()
    yield dialog.searchButton.isEnabled
    yield after(0.5)
    runner.note(f"found: {dialog.headlineLabel.text()} {dialog.warningLabel.text()}")
    shoot("map-region", dialog)
    dialog.discardButton.click()
    method.methodCombo.setCurrentIndex(0)
    yield after(1.0)
    yield lambda: not presenter.checks.pending


def learn(presenter: MapPresenter) -> Session:
    """Correct some outlines, and look at what could be learnt from them."""
    outlines = QgsProject.instance().layerTreeRoot().children()[0].findLayers()[0].layer()
    field = outlines.fields().indexOf("status")
    outlines.startEditing()
    ids = sorted(outlines.allFeatureIds())
    for key, status in zip(ids, ["accepted"] * (len(ids) // 2) + ["edited", "edited", "rejected"]):
        outlines.changeAttributeValue(key, field, status)
    outlines.commitChanges()
    presenter.tools.show_learning()
    yield after(0.5)
    dialog = presenter.tools.learning.dialog
    runner.note(f"learn: {dialog.countsLabel.text()} {dialog.commandEdit.toPlainText()}")
    # The session's home is a temporary folder with a long name.
    home = str(Path.home())
    dialog.folderFile.setFilePath(dialog.folder().replace(home, "/home/me"))
    dialog.commandEdit.setPlainText(dialog.commandEdit.toPlainText().replace(home, "/home/me"))
    yield after(0.3)
    shoot("map-learn", dialog)
    dialog.close()
    yield after(0.3)


def run(presenter: MapPresenter) -> Session:
    """Press the main button and wait for the end."""
    panel = presenter.panel
    panel.run.runButton.click()
    yield lambda: presenter.runs.is_running
    yield lambda: panel.run.progressBar.value() > 0 or not presenter.runs.is_running
    shoot("map-running")
    runner.note(f"running: {panel.run.progressLabel.text()}")
    yield lambda: not presenter.runs.is_running
    yield after(1.0)
    yield lambda: not iface.mapCanvas().isDrawing()
    tidy_window()
    yield after(1.5)
    shoot("map-result")


def look_at_result() -> Session:
    """Note what was added, then undo it."""
    group = QgsProject.instance().layerTreeRoot().children()[0]
    names = [node.layer().name() for node in group.findLayers()]
    runner.note(f"group: {group.name()}: {names}")
    runner.note(f"message: {iface.messageBar().currentItem().text()}")
    outlines = group.findLayers()[0].layer()
    runner.note(f"outlines: {outlines.featureCount()}, editable: {not outlines.readOnly()}")
    runner.note(f"outlines lie in the imagery: {imagery_box().contains(outlines.extent())}")
    iface.messageBar().currentItem().findChildren(QPushButton)[-1].click()
    yield after(0.5)
    left = [layer.name() for layer in QgsProject.instance().mapLayers().values()]
    runner.note(f"after Undo: {sorted(left)}")


runner = Runner(session(), iface)
