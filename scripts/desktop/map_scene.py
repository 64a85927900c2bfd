"""The session: nothing loaded, DN refused, scale accepted, running, result. Runs inside QGIS (--code)."""

from __future__ import annotations

import os
import sys
from pathlib import Path

# QGIS runs this file by exec(): it has no __file__ of its own, only the plugin's folder is known.
PLUGIN = Path(os.environ["QGIS_PLUGINPATH"]) / "icemargin"
sys.path.insert(0, str(PLUGIN / "scripts" / "desktop"))

from qgis.core import QgsContrastEnhancement, QgsProject, QgsRasterLayer, QgsRasterMinMaxOrigin  # noqa: E402
from qgis.PyQt.QtCore import Qt  # noqa: E402
from qgis.PyQt.QtWidgets import QDockWidget  # noqa: E402
from qgis.utils import iface, plugins  # noqa: E402
from steps import Runner, Session, after, shoot  # noqa: E402

DATA = Path(os.environ["ICEMARGIN_DATA"])
DOCK_WIDTH = 360


def tidy_window() -> QDockWidget:
    """Leave the layer tree, the map and our dock; give the window its size."""
    window = iface.mainWindow()
    window.showNormal()
    window.move(0, 0)
    window.resize(1280, 800)
    for dock in window.findChildren(QDockWidget):
        dock.setVisible(dock.objectName() in ("Layers", "IceMarginDock"))
    dock = window.findChild(QDockWidget, "IceMarginDock")
    window.resizeDocks([dock], [DOCK_WIDTH], Qt.Orientation.Horizontal)
    window.resizeDocks([window.findChild(QDockWidget, "Layers")], [220], Qt.Orientation.Horizontal)
    return dock


def add_scene() -> None:
    """Add imagery (as SWIR1, NIR, red, which shows ice in blue) and elevation as a user would."""
    elevation = QgsRasterLayer(str(DATA / "elevation.tif"), "Elevation (DEM)")
    imagery = QgsRasterLayer(str(DATA / "optical_toa_dn.tif"), "S2_20200817_zanskar")
    renderer = imagery.renderer()
    for setter, band in (("setRedBand", 5), ("setGreenBand", 4), ("setBlueBand", 3)):
        getattr(renderer, setter)(band)
    QgsProject.instance().addMapLayers([elevation])
    QgsProject.instance().addMapLayers([imagery])
    imagery.setContrastEnhancement(
        QgsContrastEnhancement.ContrastEnhancementAlgorithm.StretchToMinimumMaximum,
        QgsRasterMinMaxOrigin.Limits.CumulativeCut,
    )
    QgsProject.instance().setCrs(imagery.crs())
    iface.mapCanvas().setExtent(imagery.extent())
    iface.mapCanvas().refresh()


def session() -> Session:
    """Press what a user presses; yield what to wait for."""
    dock = tidy_window()
    presenter = plugins["icemargin"]._presenter
    panel = presenter.panel
    yield after(2.5)
    tidy_window()
    yield after(1.0)
    shoot("map-nothing-loaded")
    add_scene()
    yield after(1.5)
    yield lambda: not presenter.checks.pending and not iface.mapCanvas().isDrawing()
    runner.note(f"health: {panel.scene.health.level}: {panel.scene.health.textLabel.text()}")
    yield after(0.5)
    shoot("map-values-refused")
    runner.note(f"hint: {panel.scene.hintLabel.text()}")
    panel.scene.hintLabel.linkActivated.emit("Sentinel-2 L1C before baseline 04.00")
    yield after(0.5)
    yield lambda: not presenter.checks.pending and not iface.mapCanvas().isDrawing()
    yield after(0.5)
    runner.note(f"health: {panel.scene.health.level}: {panel.scene.health.textLabel.text()}")
    runner.note(f"estimate: {panel.run.estimateLabel.text()}")
    shoot("map-ready")
    panel.method.advancedGroup.setCollapsed(False)
    yield after(0.7)
    shoot("map-advanced", dock)
    panel.method.advancedGroup.setCollapsed(True)
    yield after(0.3)
    panel.run.runButton.click()
    yield lambda: presenter.runs.is_running
    yield lambda: panel.run.progressBar.value() > 0 or not presenter.runs.is_running
    shoot("map-running")
    yield lambda: not presenter.runs.is_running
    yield after(1.0)
    yield lambda: not iface.mapCanvas().isDrawing()
    tidy_window()
    yield after(1.5)
    shoot("map-result")
    group = QgsProject.instance().layerTreeRoot().children()[0]
    names = [node.layer().name() for node in group.findLayers()]
    runner.note(f"group: {group.name()}: {names}")
    runner.note(f"message: {iface.messageBar().currentItem().text()}")
    out = Path(os.environ["ICEMARGIN_DONE"]).parent
    runner.note(f"out: {presenter.messages and sorted(str(p.relative_to(out)) for p in out.rglob('outlines.gpkg'))}")


runner = Runner(session(), iface)
