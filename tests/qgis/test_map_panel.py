"""The whole tab with the real core: what is chosen, checked, mapped, shown."""

import os
import threading
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from icemargin.inference.errors import RuntimeCrashError
from icemargin.inference.progress import stop_if_cancelled
from icemargin.inference.request import DelineationRequest, Extent, Source
from icemargin.tasks.map_task import run_delineation
from qgis.core import (
    QgsCoordinateReferenceSystem,
    QgsFeature,
    QgsGeometry,
    QgsProject,
    QgsRasterLayer,
    QgsRectangle,
    QgsVectorLayer,
)
from qgis.PyQt.QtWidgets import QPushButton
from qgis_panels import message
from qgis_scene import BAND_NAMES, LEFT, PIXEL, SIZE, TOP, glacier_scene

ALL = {name: number for number, name in enumerate(BAND_NAMES, start=1)}
WHOLE = Extent(LEFT, TOP - SIZE * PIXEL, LEFT + SIZE * PIXEL, TOP, "EPSG:32643")


def health(presenter) -> tuple:
    line = presenter.panel.scene.health
    return line.level, line.textLabel.text()


def run_possible(presenter) -> bool:
    return presenter.panel.run.runButton.isEnabled()


def press_message_button(interface, place: int = -1) -> None:
    interface.bar.currentItem().findChildren(QPushButton)[place].click()


def run_to_end(presenter, qtbot) -> None:
    presenter.panel.run.runButton.click()
    qtbot.waitUntil(lambda: presenter.runs.is_running, timeout=5000)
    qtbot.waitUntil(lambda: not presenter.runs.is_running, timeout=20000)
    qtbot.wait(20)


def test_nothing_loaded_says_what_to_load(make_presenter, settle):
    presenter = make_presenter()
    settle(presenter)
    level, text = health(presenter)
    assert level == "none" and "multispectral image" in text and not run_possible(presenter)


def test_added_layers_are_recognised_and_checked(make_presenter, settle, add_layer, make_raster, scene_path):
    presenter = make_presenter()
    dem = make_raster("dem", np.full((1, SIZE, SIZE), 5000, np.float32))
    dem_id, scene_id = add_layer(dem, "COP30_dem"), add_layer(scene_path, "S2_20230817")
    settle(presenter)
    scene = presenter.panel.scene
    assert (scene.imagery_id(), scene.elevation_id()) == (scene_id, dem_id)
    assert scene.bandsLabel.text() == "Sentinel-2: B G R NIR SW1 SW2"
    assert (scene.facts().src_date, scene.facts().sensor) == ("2023-08-17", "Sentinel-2")
    level, text = health(presenter)
    assert level == "green" and "100% valid, 10 m" in text and run_possible(presenter)
    assert "1.2 \u00d7 1.2 km, " in presenter.panel.run.estimateLabel.text()


def test_request_is_what_the_widgets_say(make_presenter, settle, add_layer, scene_path, tmp_path):
    presenter = make_presenter()
    add_layer(scene_path, "S2_20230817")
    settle(presenter)
    presenter.panel.extent.set_choice("layer")
    presenter.panel.method.ratioSpin.setValue(1.8)
    presenter.panel.scene.analystEdit.setText("A. Nalyst")
    request = presenter.request()
    assert request.sources == (Source((scene_path,), ALL),)
    assert (request.extent, request.model, request.classic.ratio_threshold) == (WHOLE, "classic", 1.8)
    assert request.scene.analyst == "A. Nalyst"
    assert Path(request.out_dir) == tmp_path / "IceMargin" / "2023-08-17_classic"


def test_digital_numbers_are_refused_and_a_scale_is_offered(make_presenter, settle, add_layer, make_raster):
    presenter = make_presenter()
    digital = np.round(glacier_scene()[:5] * 10000).astype(np.uint16)
    add_layer(make_raster("dn", digital, ("B02", "B03", "B04", "B08", "B11")), "scene")
    settle(presenter)
    hint = presenter.panel.scene.hintLabel
    assert health(presenter)[0] == "red" and not run_possible(presenter)
    assert "not reflectance" in hint.text() and hint.isVisibleTo(presenter.panel)
    link = hint.text().split('href="')[1].split('"')[0]
    hint.linkActivated.emit(link)
    settle(presenter)
    assert health(presenter)[0] == "green" and run_possible(presenter)
    assert (presenter.request().sources[0].scale, presenter.request().sources[0].offset) == (1e-4, 0.0)
    assert not hint.isVisibleTo(presenter.panel)


def test_single_band_layers_make_one_scene(make_presenter, settle, add_layer, make_raster):
    presenter = make_presenter()
    bands = glacier_scene()
    names = ("B02", "B03", "B04", "B08", "B11")
    paths = {name: make_raster(f"T43_{name}", bands[[place]]) for place, name in enumerate(names)}
    for name in names:
        add_layer(paths[name], f"S2A_{name}")
    settle(presenter)
    assert {next(iter(source.bands)): source.paths[0] for source in presenter.request().sources} == {
        "blue": paths["B02"],
        "green": paths["B03"],
        "red": paths["B04"],
        "nir": paths["B08"],
        "swir1": paths["B11"],
    }


@pytest.mark.parametrize(
    ("bands", "names", "crs", "expected"),
    [
        (3, BAND_NAMES[:3], "EPSG:32643", "swir1"),
        (6, BAND_NAMES, "", "coordinate reference system"),
    ],
)
def test_what_cannot_be_mapped_is_red_and_named(
    make_presenter, settle, add_layer, make_raster, bands, names, crs, expected
):
    presenter = make_presenter()
    add_layer(make_raster("bad", glacier_scene()[:bands], names, crs), "bad")
    settle(presenter)
    level, text = health(presenter)
    assert level == "red" and expected in text and not run_possible(presenter)


def test_a_crs_assigned_in_qgis_counts(make_presenter, settle, add_layer, make_raster):
    """The advice for a file without CRS must help."""
    presenter = make_presenter()
    layer_id = add_layer(make_raster("bare", glacier_scene(), BAND_NAMES, ""), "bare")
    settle(presenter)
    assert health(presenter)[0] == "red"
    QgsProject.instance().mapLayer(layer_id).setCrs(QgsCoordinateReferenceSystem("EPSG:32643"))
    settle(presenter)
    assert health(presenter)[0] == "green" and run_possible(presenter)


def test_layer_that_is_no_file_is_named(make_presenter, settle):
    presenter = make_presenter()
    layer = QgsRasterLayer("type=xyz&url=file:///nowhere/{z}/{x}/{y}.png", "tiles", "wms")
    assert layer.isValid() and QgsProject.instance().addMapLayer(layer)
    presenter.panel.scene.set_imagery(layer)
    assert presenter.panel.scene.imageryCombo.currentLayer() is layer
    del layer
    settle(presenter)
    level, text = health(presenter)
    assert level == "red" and "export it as GeoTIFF" in text, text


def test_model_without_runtime_says_that_classic_works(make_presenter, settle, add_layer, scene_path, tmp_path):
    import onnx
    from icemargin.inference.model import METADATA_KEY, Feature, ModelDescription

    description = ModelDescription("net", (Feature("optical", ("red",), (0.0,), (1.0,)),), 8)
    value = onnx.helper.make_tensor_value_info("x", onnx.TensorProto.FLOAT, [1])
    node = onnx.helper.make_node("Identity", ["x"], ["y"])
    out = onnx.helper.make_tensor_value_info("y", onnx.TensorProto.FLOAT, [1])
    model = onnx.helper.make_model(onnx.helper.make_graph([node], "g", [value], [out]))
    onnx.helper.set_model_props(model, {METADATA_KEY: description.to_json()})
    onnx.save(model, str(tmp_path / "net.onnx"))
    presenter = make_presenter()
    add_layer(scene_path, "scene")
    method = presenter.panel.method
    method.methodCombo.setCurrentIndex(method.methodCombo.count() - 1)
    method.modelFile.setFilePath(str(tmp_path / "net.onnx"))
    settle(presenter)
    level, text = health(presenter)
    assert level == "amber" and "classic method works" in text and run_possible(presenter)


@pytest.mark.skipif(os.geteuid() == 0, reason="root may write anywhere")
def test_read_only_folder_is_red(make_presenter, settle, add_layer, scene_path, tmp_path):
    closed = tmp_path / "closed"
    closed.mkdir(mode=0o555)
    presenter = make_presenter()
    add_layer(scene_path, "scene")
    presenter.panel.method.outputFile.setFilePath(str(closed))
    settle(presenter)
    assert health(presenter)[0] == "red" and "cannot be written" in health(presenter)[1]


def test_folder_that_cannot_be_made_is_red(make_presenter, settle, add_layer, scene_path):
    presenter = make_presenter()
    add_layer(scene_path, "scene")
    presenter.panel.method.outputFile.setFilePath(f"{scene_path}/below a file")
    settle(presenter)
    assert health(presenter)[0] == "red" and "cannot be written" in health(presenter)[1]


def test_deleted_layer_is_let_go(make_presenter, settle, add_layer, scene_path, make_raster):
    presenter = make_presenter()
    scene_id = add_layer(scene_path, "scene")
    add_layer(make_raster("dem", np.full((1, SIZE, SIZE), 5000, np.float32)), "dem")
    settle(presenter)
    QgsProject.instance().removeMapLayer(scene_id)
    settle(presenter)
    assert presenter.panel.scene.imagery_id() == "" and health(presenter)[0] == "none"
    assert presenter.bands.bands.places == {} and not run_possible(presenter)


def test_selected_polygons_are_the_area(make_presenter, settle, add_layer, scene_path):
    presenter = make_presenter()
    add_layer(scene_path, "scene")
    polygons = QgsVectorLayer("Polygon?crs=EPSG:32643", "areas", "memory")
    features = []
    for shift in (0, 600):
        feature = QgsFeature()
        feature.setGeometry(QgsGeometry.fromRect(QgsRectangle(LEFT + shift, TOP - 500, LEFT + shift + 400, TOP - 100)))
        features.append(feature)
    polygons.dataProvider().addFeatures(features)
    QgsProject.instance().addMapLayer(polygons)
    presenter.panel.extent.set_choice("selection")
    settle(presenter)
    assert health(presenter) == ("red", "No polygon is selected; select some in the chosen layer.")
    polygons.selectByIds([2])
    del polygons
    settle(presenter)
    request = presenter.request()
    assert request.extent == Extent(LEFT + 600, TOP - 500, LEFT + 1000, TOP - 100, "EPSG:32643")
    assert len(request.area) == 1 and presenter.panel.extent.selectionLabel.text() == "1 selected"


def test_drawn_rectangle_is_the_extent(make_presenter, settle, add_layer, scene_path, interface):
    presenter = make_presenter()
    add_layer(scene_path, "scene")
    presenter.panel.extent.set_choice("draw")
    assert interface.canvas.mapTool() is presenter.extents._tool
    settle(presenter)
    assert "No rectangle" in health(presenter)[1]
    presenter.extents._tool.extentChanged.emit(QgsRectangle(LEFT + 100, TOP - 500, LEFT + 700, TOP - 100))
    settle(presenter)
    assert presenter.request().extent == Extent(LEFT + 100, TOP - 500, LEFT + 700, TOP - 100, "EPSG:32643")
    assert interface.canvas.mapTool() is not presenter.extents._tool
    assert "0.2 km" in presenter.panel.extent.drawLabel.text()


def test_view_is_the_extent(make_presenter, settle, add_layer, scene_path, interface):
    presenter = make_presenter()
    add_layer(scene_path, "scene")
    settle(presenter)
    interface.canvas.setExtent(QgsRectangle(LEFT + 200, TOP - 800, LEFT + 800, TOP - 200))
    extent = presenter.request().extent
    shown = interface.canvas.extent()
    assert (extent.xmin, extent.ymax, extent.crs) == (shown.xMinimum(), shown.yMaximum(), "EPSG:32643")


def test_run_adds_layers_and_undo_removes_them(make_presenter, settle, add_layer, scene_path, interface, qtbot):
    presenter = make_presenter()
    scene_id = add_layer(scene_path, "S2_20230817")
    settle(presenter)
    run_to_end(presenter, qtbot)
    root = QgsProject.instance().layerTreeRoot()
    assert root.children()[0].name() == "IceMargin 2023-08-17 classic"
    assert len(root.findLayers()) == 5 and message(interface).startswith("1 glacier, 0.2")
    press_message_button(interface)
    assert list(QgsProject.instance().mapLayers()) == [scene_id]


def test_dock_and_core_give_byte_identical_rasters(make_presenter, settle, add_layer, scene_path, qtbot, tmp_path):
    from icemargin.inference.delineate import delineate

    presenter = make_presenter()
    add_layer(scene_path, "scene")
    settle(presenter)
    request = presenter.request()
    run_to_end(presenter, qtbot)
    direct = delineate(replace(request, out_dir=str(tmp_path / "direct")))
    for name in (direct.probability, direct.confidence):
        assert Path(name).read_bytes() == (Path(request.out_dir) / Path(name).name).read_bytes()


def test_second_run_keeps_the_first_result(make_presenter, settle, add_layer, scene_path, qtbot, tmp_path):
    presenter = make_presenter()
    add_layer(scene_path, "S2_20230817")
    settle(presenter)
    for _ in range(2):
        run_to_end(presenter, qtbot)
        settle(presenter)
    folders = sorted(path.parent.name for path in (tmp_path / "IceMargin").glob("*/outlines.gpkg"))
    assert folders == ["2023-08-17_classic", "2023-08-17_classic_2"]


def test_nothing_found_is_said(make_presenter, settle, add_layer, make_raster, interface, qtbot):
    presenter = make_presenter()
    rock = np.broadcast_to(np.reshape((0.12, 0.14, 0.17, 0.2, 0.25, 0.22), (6, 1, 1)), (6, SIZE, SIZE))
    add_layer(make_raster("rock", rock.astype(np.float32), BAND_NAMES), "rock")
    settle(presenter)
    run_to_end(presenter, qtbot)
    assert message(interface).startswith("No glacier was found.")


def test_cancel_writes_nothing(make_presenter, settle, add_layer, scene_path, interface, qtbot, tmp_path):
    def endless(request, runtime_python, progress):
        while True:
            stop_if_cancelled(progress)

    presenter = make_presenter(endless)
    add_layer(scene_path, "scene")
    settle(presenter)
    presenter.panel.run.runButton.click()
    qtbot.waitUntil(lambda: presenter.runs.is_running, timeout=5000)
    presenter.panel.run.cancelButton.click()
    qtbot.waitUntil(lambda: not presenter.runs.is_running, timeout=3000)
    assert message(interface).startswith("Cancelled") and not list(tmp_path.glob("IceMargin/*"))
    assert run_possible(presenter)


def test_crash_offers_to_resume(make_presenter, settle, add_layer, scene_path, interface, qtbot):
    requests = []

    def crash_once(request, runtime_python, progress):
        requests.append(request)
        if len(requests) == 1:
            raise RuntimeCrashError("The runtime ended unexpectedly.")
        return run_delineation(replace(request, resume=False), runtime_python, progress)

    presenter = make_presenter(crash_once)
    add_layer(scene_path, "scene")
    settle(presenter)
    run_to_end(presenter, qtbot)
    assert "runtime ended unexpectedly" in message(interface)
    press_message_button(interface)
    qtbot.waitUntil(lambda: not presenter.runs.is_running, timeout=20000)
    assert requests[1] == replace(requests[0], resume=True)
    assert message(interface).startswith("1 glacier")


def test_project_closed_while_running_leaves_the_next_project_alone(
    make_presenter, settle, add_layer, scene_path, interface, qtbot
):
    go_on = threading.Event()

    def slow(request, runtime_python, progress):
        go_on.wait(10)
        return run_delineation(request, runtime_python, progress)

    presenter = make_presenter(slow)
    add_layer(scene_path, "scene")
    settle(presenter)
    presenter.panel.run.runButton.click()
    qtbot.waitUntil(lambda: presenter.runs.is_running, timeout=5000)
    QgsProject.instance().clear()
    go_on.set()
    qtbot.waitUntil(lambda: not presenter.runs.is_running, timeout=20000)
    assert "project was closed" in message(interface) and QgsProject.instance().count() == 0
    press_message_button(interface)
    assert QgsProject.instance().count() == 4


def test_choice_is_kept_with_the_project(make_presenter, settle, add_layer, make_raster, tmp_path, qtbot):
    presenter = make_presenter()
    digital = np.round(glacier_scene() * 10000).astype(np.uint16)
    add_layer(make_raster("dn", digital, BAND_NAMES), "scene")
    settle(presenter)
    presenter.bands.set_bands(replace(presenter.bands.bands, scale=1e-4, offset=0.0))
    presenter.layers.keep_with_project()
    kept = presenter.bands.bands
    QgsProject.instance().write(str(tmp_path / "project.qgs"))
    QgsProject.instance().clear()
    settle(presenter)
    assert presenter.bands.bands.places == {}
    QgsProject.instance().read(str(tmp_path / "project.qgs"))
    settle(presenter)
    again = presenter.bands.bands
    assert (again.places, again.scale, again.offset) == (kept.places, kept.scale, kept.offset)


def test_the_last_words_of_a_child_are_in_the_log(make_presenter, caplog):
    presenter = make_presenter()
    error = RuntimeCrashError("The runtime ended.", ("loading", "cuDNN: version mismatch"))
    presenter.runs.failed.emit(DelineationRequest((Source(("a.tif",), {"red": 1}),), "out"), error)
    assert "cuDNN: version mismatch" in caplog.text
