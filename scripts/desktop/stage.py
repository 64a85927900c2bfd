"""What sessions inside QGIS share: a tidy window, and the sample scene as layers."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Optional

from icemargin.inference.delineate import delineate
from icemargin.inference.request import DelineationRequest, SceneFacts, Source
from icemargin.tasks.result_layers import add_result
from qgis.core import QgsContrastEnhancement, QgsProject, QgsRasterLayer, QgsRasterMinMaxOrigin, QgsVectorLayer
from qgis.PyQt.QtCore import Qt
from qgis.PyQt.QtWidgets import QDockWidget
from qgis.utils import iface, plugins
from steps import Session, after

DATA = Path(os.environ["ICEMARGIN_DATA"])
DOCK_WIDTH = 360
SCENE = "S2 sample scene"
BANDS = {name: number for number, name in enumerate(("blue", "green", "red", "nir", "swir1"), start=1)}
MAP = Path(os.environ["HOME"]) / "2023-08-17_classic"
"""Where a map of the scene is written."""


def tidy_window() -> None:
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


def tidied() -> Session:
    """Tidy the window, and again once QGIS has arranged it."""
    tidy_window()
    yield after(2.5)
    tidy_window()


def open_tab(place: int) -> QDockWidget:
    """Show a tab of our dock, and return the dock."""
    dock = iface.mainWindow().findChild(QDockWidget, "IceMarginDock")
    dock.tabs.setCurrentIndex(place)
    return dock


def drawn() -> Session:
    """Wait until the map is drawn and nothing flashes."""
    yield after(1.8)
    yield lambda: not iface.mapCanvas().isDrawing()


def add_scene() -> None:
    """Add imagery (as SWIR1, NIR, red, which shows ice in blue) and elevation as a user would."""
    elevation = QgsRasterLayer(str(DATA / "elevation.tif"), "Elevation (DEM)")
    imagery = QgsRasterLayer(str(DATA / "optical_toa_dn.tif"), SCENE)
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


def add_map(scene: Optional[SceneFacts] = None) -> QgsVectorLayer:
    """Add a map of the scene by the classic method without the plugin's window, and return the outlines."""
    source = Source((str(DATA / "optical_toa_dn.tif"),), BANDS, 0.0001)
    request = DelineationRequest((source,), str(MAP), scene=scene or SceneFacts())
    add_result(QgsProject.instance(), delineate(request), "IceMargin classic")
    (layer,) = QgsProject.instance().mapLayersByName("Outlines")
    return layer


def map_scene(analyst: str = "") -> Session:
    """Map the sample scene with the classic method, as a user would."""
    presenter = plugins["icemargin"]._presenter
    add_scene()
    yield after(1.5)
    yield lambda: not presenter.checks.pending and not iface.mapCanvas().isDrawing()
    presenter.panel.scene.hintLabel.linkActivated.emit("Sentinel-2 L1C before baseline 04.00")
    yield after(1.0)
    yield lambda: not presenter.checks.pending
    presenter.panel.method.choose("classic")
    presenter.panel.scene.analystEdit.setText(analyst)
    yield after(1.0)
    yield lambda: not presenter.checks.pending
    presenter.panel.run.runButton.click()
    yield lambda: presenter.runs.is_running
    yield lambda: not presenter.runs.is_running
    yield after(1.5)
    yield lambda: not iface.mapCanvas().isDrawing()
