"""What the tests of the QGIS side share: an interface with a real window, map and message bar; small scenes."""

from __future__ import annotations

import os
from pathlib import Path
from types import SimpleNamespace
from typing import Callable, Iterator, List

import numpy as np
import pytest
from edited_outlines import PAIR, outlines_layer
from icemargin.inference.request import DelineationResult
from icemargin.tasks.map_runs import MapRuns
from icemargin.tasks.map_task import run_delineation
from icemargin.ui.dock import MINIMUM_WIDTH
from icemargin.ui.editing_bar import EditingBar
from icemargin.ui.map_panel import MapPanel
from icemargin.ui.map_presenter import MapPresenter
from icemargin.ui.review_panel import ReviewPanel
from icemargin.ui.review_presenter import ReviewPresenter
from osgeo import gdal, osr
from qgis.core import (
    QgsApplication,
    QgsCoordinateReferenceSystem,
    QgsProject,
    QgsRasterLayer,
    QgsRectangle,
    QgsSettings,
    QgsSnappingConfig,
)
from qgis.gui import QgsMapCanvas, QgsMessageBar
from qgis.PyQt.QtCore import QCoreApplication, QEvent, QObject, QSettings
from qgis.PyQt.QtWidgets import QDockWidget, QMainWindow, QWidget
from qgis_review import add_reviewed
from qgis_scene import BAND_NAMES, LEFT, PIXEL, SIZE, TOP, UTM43, glacier_scene


class FakeInterface:
    """As much of QgisInterface as the plugin uses; it counts what is added and removed."""

    def __init__(self) -> None:
        self.window = QMainWindow()
        self.canvas = QgsMapCanvas(self.window)
        self.bar = QgsMessageBar(self.window)
        self.menu: List[object] = []
        self.toolbar: List[object] = []

    def mainWindow(self):  # noqa: N802 - QGIS's names from here on
        return self.window

    def mapCanvas(self):  # noqa: N802
        return self.canvas

    def messageBar(self):  # noqa: N802
        return self.bar

    def statusBarIface(self):  # noqa: N802
        return self.window.statusBar()

    def addDockWidget(self, area, dock: QDockWidget) -> None:  # noqa: N802
        self.window.addDockWidget(area, dock)

    def removeDockWidget(self, dock: QDockWidget) -> None:  # noqa: N802
        self.window.removeDockWidget(dock)

    def addPluginToRasterMenu(self, name, action) -> None:  # noqa: N802
        self.menu.append(action)

    def removePluginRasterMenu(self, name, action) -> None:  # noqa: N802
        self.menu.remove(action)

    def addRasterToolBarIcon(self, action) -> None:  # noqa: N802
        self.toolbar.append(action)

    def removeRasterToolBarIcon(self, action) -> None:  # noqa: N802
        self.toolbar.remove(action)


@pytest.fixture(scope="session", autouse=True)
def settings_of_its_own() -> None:
    """Test runs side by side share no settings: pytest-qgis has all of a checkout keep theirs in one file."""
    QSettings.setPath(QSettings.Format.IniFormat, QSettings.Scope.UserScope, os.environ["XDG_CONFIG_HOME"])


@pytest.fixture(autouse=True)
def clean_slate(qgis_app, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Each test starts and ends with an empty project, own settings, and no task left."""
    QgsSettings().remove("icemargin")
    monkeypatch.setattr("icemargin.ui.output_folder.QStandardPaths.writableLocation", lambda *_: str(tmp_path))
    yield
    QgsProject.instance().clear()
    QgsApplication.taskManager().cancelAll()
    QCoreApplication.sendPostedEvents(None, QEvent.Type.DeferredDelete)
    QCoreApplication.processEvents()
    QgsSettings().remove("icemargin")


@pytest.fixture
def interface() -> Iterator[FakeInterface]:
    fake = FakeInterface()
    fake.canvas.resize(400, 400)
    fake.canvas.setDestinationCrs(QgsCoordinateReferenceSystem(UTM43))
    fake.canvas.setExtent(QgsRectangle(LEFT, TOP - SIZE * PIXEL, LEFT + SIZE * PIXEL, TOP))
    yield fake
    fake.window.deleteLater()


@pytest.fixture
def make_raster(tmp_path: Path) -> Callable[..., str]:
    """Return a function that writes bands (B x H x W) as GeoTIFF and returns the path."""

    def make(name: str, bands: np.ndarray, names=(), crs: str = UTM43) -> str:
        path = str(tmp_path / f"{name}.tif")
        kind = gdal.GDT_UInt16 if bands.dtype.kind == "u" else gdal.GDT_Float32
        dataset = gdal.GetDriverByName("GTiff").Create(path, bands.shape[2], bands.shape[1], bands.shape[0], kind)
        dataset.SetGeoTransform((LEFT, PIXEL, 0, TOP, 0, -PIXEL))
        if crs:
            reference = osr.SpatialReference()
            reference.SetFromUserInput(crs)
            dataset.SetProjection(reference.ExportToWkt())
        for number, values in enumerate(bands, start=1):
            dataset.GetRasterBand(number).WriteArray(values)
            if names:
                dataset.GetRasterBand(number).SetDescription(names[number - 1])
        dataset = None
        return path

    return make


@pytest.fixture
def add_layer() -> Callable[[str, str], str]:
    """Return a function that adds a raster to the project and returns its id (never the layer itself)."""

    def add(path: str, name: str) -> str:
        layer = QgsRasterLayer(path, name)
        assert layer.isValid()
        QgsProject.instance().addMapLayer(layer)
        return layer.id()

    return add


@pytest.fixture
def scene_path(make_raster) -> str:
    return make_raster("scene", glacier_scene(), BAND_NAMES)


@pytest.fixture
def some_result(tmp_path: Path, scene_path: str) -> DelineationResult:
    """The result of a real run of the core on the small scene."""
    from icemargin.inference.delineate import delineate
    from icemargin.inference.request import DelineationRequest, Source

    bands = {name: number for number, name in enumerate(BAND_NAMES, start=1)}
    return delineate(DelineationRequest((Source((scene_path,), bands),), str(tmp_path / "result")))


@pytest.fixture
def make_presenter(interface, qgis_app):
    made = []

    def make(work=run_delineation) -> MapPresenter:
        presenter = MapPresenter(MapPanel(), interface, MapRuns(work))
        presenter.checks._timer.setInterval(10)
        made.append(presenter)
        return presenter

    yield make
    for presenter in made:
        presenter.stop()
        presenter.panel.deleteLater()


@pytest.fixture
def shown(qtbot):
    """Return a function that shows a tab's panel and gives its presenter back; both go after the test."""
    made = []

    def show(panel: QWidget, presenter: QObject) -> QObject:
        made.append((panel, presenter))
        panel.resize(MINIMUM_WIDTH, 700)
        with qtbot.waitExposed(panel):
            panel.show()
        qtbot.wait(20)
        return presenter

    yield show
    for panel, presenter in made:
        presenter.stop()
        presenter.deleteLater()
        panel.deleteLater()


@pytest.fixture
def settle(qtbot):
    """Wait until the tab has taken up what was changed and checked it."""

    def wait(presenter: MapPresenter) -> None:
        qtbot.wait(30)
        qtbot.waitUntil(lambda: not presenter.checks.pending and not presenter.bands._tasks, timeout=10000)
        qtbot.wait(10)

    return wait


@pytest.fixture
def review(interface, shown, monkeypatch):
    """Return a function that makes panel and presenter; the analyst is Anna."""
    monkeypatch.setattr("icemargin.ui.analyst.QgsApplication.userFullName", lambda: "Anna")
    interface.active = []
    interface.setActiveLayer = lambda layer: interface.active.append(layer.id())
    interface.actionVertexToolActiveLayer = lambda: SimpleNamespace(trigger=lambda: interface.active.append("vertex"))

    def make(scene=None) -> ReviewPresenter:
        panel = ReviewPanel()
        return shown(panel, ReviewPresenter(panel, interface, scene))

    return make


@pytest.fixture
def outlines(tmp_path: Path) -> str:
    """The id of a small map to review."""
    return add_reviewed(tmp_path)


@pytest.fixture
def bar(interface, qtbot):
    """The editing tool bar in a window that is shown; the map shows 1.2 km from the scene's corner."""
    interface.window.setCentralWidget(interface.canvas)
    interface.window.resize(500, 500)
    interface.window.show()
    qtbot.waitExposed(interface.window)
    bar = EditingBar(interface)
    yield bar
    bar.stop()


@pytest.fixture
def editing(bar):
    """Return a function that makes a layer of outlines, begins to edit it and returns its id."""

    def begin(polygons=PAIR, kind="Polygon", crs=UTM43):
        layer = outlines_layer(polygons, kind, crs=crs)
        bar._canvas.setLayers([layer])
        bar._canvas.setCurrentLayer(layer)
        bar._canvas.snappingUtils().setConfig(QgsSnappingConfig())
        bar.actions["toggle"].trigger()
        assert bar.session.is_active
        return layer.id()

    return begin


@pytest.fixture
def cone(make_raster, add_layer):
    """The probability of a run in the project: 1 at the scene's middle, 0 at 600 m from it; none in the west."""
    rows, columns = np.mgrid[:SIZE, :SIZE] + 0.5
    values = np.clip(1 - np.hypot(rows - SIZE / 2, columns - SIZE / 2) / 60, 0, 1)
    values[:, :20] = np.nan
    one = add_layer(make_raster("cone", values[None].astype(np.float32)), "Probability")
    QgsProject.instance().mapLayer(one).setCustomProperty("icemargin/result", "probability")
    return one


@pytest.fixture
def step(make_raster, add_layer):
    """The probability of a run: a disc of 300 m around the scene's middle, with a sharp edge."""
    rows, columns = np.mgrid[:SIZE, :SIZE] + 0.5
    values = (np.hypot(rows - SIZE / 2, columns - SIZE / 2) <= 30).astype(np.float32)
    one = add_layer(make_raster("step", values[None]), "Probability")
    QgsProject.instance().mapLayer(one).setCustomProperty("icemargin/result", "probability")
    return one
