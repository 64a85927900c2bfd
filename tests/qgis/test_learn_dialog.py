"""Learning from corrections in the dock: what is counted, what is told, and a command that the command line takes."""

from __future__ import annotations

import shlex

import pytest
from icemargin.cli import build_parser
from icemargin.inference.progress import NoProgress
from icemargin.models.adding import add_onnx
from icemargin.models.store import ModelStore
from icemargin.tasks.corrections import Corrections, corrected_maps, corrections_of
from icemargin.tasks.result_layers import add_result
from icemargin.tests.unit.tiny_onnx import description, save_model
from icemargin.ui.learn_command import learn_command
from icemargin.ui.learn_presenter import LearnHelper
from qgis.core import QgsProject, QgsVectorLayer
from qgis.PyQt.QtCore import QCoreApplication, QEvent
from qgis.PyQt.QtWidgets import QApplication
from qgis_panels import layer_of


@pytest.fixture(autouse=True)
def own_models(tmp_path, monkeypatch):
    monkeypatch.setenv("ICEMARGIN_HOME", str(tmp_path / "home"))


def install(tmp_path, name, patch=32):
    path = save_model(tmp_path / f"{name}.onnx", description(patch=patch))
    return add_onnx(ModelStore(), str(path), lambda *_: "", NoProgress(), name).path


def write_map(path, statuses, keys=None, layer="outlines", status_field="status"):
    """Write a GeoPackage with a square for each status."""
    from osgeo import ogr, osr

    crs = osr.SpatialReference()
    crs.ImportFromEPSG(32643)
    path.parent.mkdir(parents=True, exist_ok=True)
    dataset = ogr.GetDriverByName("GPKG").CreateDataSource(str(path))
    table = dataset.CreateLayer(layer, crs, ogr.wkbPolygon)
    for name in ("im_id", status_field):
        table.CreateField(ogr.FieldDefn(name, ogr.OFTString))
    for number, status in enumerate(statuses):
        feature = ogr.Feature(table.GetLayerDefn())
        x = 600000 + 200 * number
        feature.SetGeometry(ogr.CreateGeometryFromWkt(f"POLYGON(({x} 0,{x + 100} 0,{x + 100} 100,{x} 100,{x} 0))"))
        feature["im_id"] = keys[number] if keys else f"g{number}"
        if status is not None:
            feature[status_field] = status
        table.CreateFeature(feature)
    return str(path)


def add_map(path, name="Outlines", layer="outlines"):
    vector = QgsVectorLayer(f"{path}|layername={layer}", name, "ogr")
    assert vector.isValid()
    QgsProject.instance().addMapLayer(vector)
    return vector.id()


@pytest.fixture
def helper(qgis_app):
    made = []

    def make(chosen="classic") -> LearnHelper:
        helper = LearnHelper(ModelStore(), lambda: chosen)
        made.append(helper)
        helper.show()
        return helper

    yield make
    for helper in made:
        helper.stop()


MIXED = ("accepted", "edited", "edited", "rejected", "to review", None, "odd")


@pytest.mark.parametrize(
    ("statuses", "keys", "counted"),
    [
        (MIXED, None, Corrections(1, 2, 1, 3, 3)),
        ((), None, Corrections()),
        (("accepted", "accepted", "edited"), ("a", "a", "b"), Corrections(2, 1, 0, 0, 2)),
        (("accepted", "accepted"), ("", ""), Corrections(2, 0, 0, 0, 2)),
    ],
)
def test_counts_what_the_file_holds(tmp_path, qgis_app, statuses, keys, counted):
    layer_id = add_map(write_map(tmp_path / "outlines.gpkg", statuses, keys))
    assert corrections_of(layer_of(layer_id)) == counted


@pytest.mark.parametrize(
    ("layer", "status_field", "found"),
    [("outlines", "status", 1), ("uncertain", "status", 0), ("outlines", "state", 0)],
)
def test_only_outlines_with_a_status_are_corrected_maps(tmp_path, qgis_app, layer, status_field, found):
    add_map(write_map(tmp_path / "x.gpkg", ("accepted",), layer=layer, status_field=status_field), layer=layer)
    assert len(corrected_maps(QgsProject.instance())) == found


def test_results_come_first_the_newest_on_top(tmp_path, some_result, helper):
    project = QgsProject.instance()
    add_result(project, some_result, "older")
    add_result(project, some_result, "newer")
    add_map(write_map(tmp_path / "own.gpkg", MIXED), "mine")
    combo = helper().dialog.layerCombo
    assert [combo.itemText(row) for row in range(combo.count())] == ["newer: Outlines", "older: Outlines", "mine"]
    assert combo.currentIndex() == 0


def test_the_command_is_the_command_lines_own(tmp_path, helper):
    """What is shown can be parsed by the command line, and means what was chosen."""
    install(tmp_path, "alps")
    world = install(tmp_path, "world", 64)
    outlines = write_map(tmp_path / "my map's" / "outlines.gpkg", MIXED)
    add_map(outlines)
    dialog = helper(world).dialog
    assert dialog.countsLabel.text() == "1 accepted, 2 edited, 1 rejected, 3 to review"
    assert dialog.problemLabel.text() == "" and dialog.copyButton.isEnabled()
    dialog.regionCombo.setCurrentIndex(dialog.regionCombo.findData("HMA"))
    dialog.copyButton.click()
    words = shlex.split(QApplication.clipboard().text())
    assert words[:2] == ["icemargin", "learn"]
    told = build_parser().parse_args(words[1:])
    assert (told.outlines, told.start, told.install, told.default_for) == (outlines, "world", True, "HMA")
    assert told.out == str(tmp_path / "my map's" / "local")


@pytest.mark.parametrize(
    ("platform", "shown"),
    [
        ("linux", "icemargin learn '/my map/o.gpkg' --from first --out '/my map/new' --install"),
        ("win32", 'icemargin learn "\\my map\\o.gpkg" --from first --out "\\my map\\new" --install'),
    ],
)
def test_paths_are_quoted_for_the_shell(platform, shown):
    assert learn_command("/my map/o.gpkg", "first", "/my map/new", platform=platform) == shown


@pytest.mark.parametrize(
    ("folder", "quoted"),
    [("C:/maps/", "C:\\maps"), ("C:/my maps/", '"C:\\my maps"'), ("D:\\a&b", '"D:\\a&b"'), ("C:\\(x)", '"C:\\(x)"')],
)
def test_windows_names_that_need_care(folder, quoted):
    """No backslash stands before the closing quotation mark, which it would escape."""
    command = learn_command("o.gpkg", "first", folder, platform="win32")
    assert command == f"icemargin learn o.gpkg --from first --out {quoted} --install"


@pytest.mark.parametrize(
    ("statuses", "with_model", "told"),
    [
        (("accepted", "to review"), True, "Too few corrected glaciers (1): two are the least"),
        (("rejected", "rejected"), True, "Too few corrected glaciers (0)"),
        (("accepted", "edited"), False, "No network model is installed"),
    ],
)
def test_what_stands_in_the_way_is_told(tmp_path, helper, statuses, with_model, told):
    if with_model:
        install(tmp_path, "alps")
    add_map(write_map(tmp_path / "outlines.gpkg", statuses))
    dialog = helper().dialog
    assert dialog.problemLabel.text().startswith(told)
    assert dialog.commandEdit.toPlainText() == "" and not dialog.copyButton.isEnabled()


def test_without_a_map_it_says_what_to_do(tmp_path, helper):
    install(tmp_path, "alps")
    dialog = helper().dialog
    assert dialog.problemLabel.text().startswith("No map of IceMargin is in this project")
    assert not dialog.copyButton.isEnabled()


def test_edits_in_progress_are_told_and_counted_once_saved(tmp_path, helper):
    install(tmp_path, "alps")
    layer = layer_of(add_map(write_map(tmp_path / "outlines.gpkg", ("accepted", "to review"))))
    dialog = helper().dialog
    assert "unsaved" not in dialog.problemLabel.text()
    layer.startEditing()
    layer.changeAttributeValue(2, layer.fields().indexOf("status"), "edited")
    assert "The layer has unsaved edits" in dialog.problemLabel.text()
    assert dialog.countsLabel.text().startswith("1 accepted, 0 edited") and not dialog.copyButton.isEnabled()
    assert layer.commitChanges()
    assert dialog.countsLabel.text().startswith("1 accepted, 1 edited") and dialog.copyButton.isEnabled()
    assert dialog.problemLabel.text() == ""


def test_a_folder_that_was_used_is_refused(tmp_path, helper):
    install(tmp_path, "alps")
    add_map(write_map(tmp_path / "outlines.gpkg", MIXED))
    dialog = helper().dialog
    (tmp_path / "used" / "run").mkdir(parents=True)
    dialog.folderFile.setFilePath(str(tmp_path / "used"))
    assert "holds a local model already" in dialog.problemLabel.text() and not dialog.copyButton.isEnabled()


def test_another_map_brings_another_folder_but_a_folder_chosen_stays(tmp_path, helper):
    install(tmp_path, "alps")
    first = add_map(write_map(tmp_path / "one" / "outlines.gpkg", MIXED))
    add_map(write_map(tmp_path / "two" / "outlines.gpkg", MIXED))
    dialog = helper().dialog
    before = dialog.folder()
    dialog.layerCombo.setCurrentIndex(1 - dialog.layerCombo.currentIndex())
    assert {before, dialog.folder()} == {str(tmp_path / "one" / "local"), str(tmp_path / "two" / "local")}
    dialog.folderFile.setFilePath(str(tmp_path / "mine"))
    dialog.layerCombo.setCurrentIndex(dialog.layerCombo.findData(first))
    assert dialog.folder() == str(tmp_path / "mine")


def test_layers_and_models_that_came_or_went_are_taken_up(tmp_path, helper):
    dialog = helper().dialog
    install(tmp_path, "alps")
    layer_id = add_map(write_map(tmp_path / "outlines.gpkg", MIXED))
    dialog.activated.emit()
    assert dialog.copyButton.isEnabled() and dialog.model() == "alps"
    QgsProject.instance().removeMapLayer(layer_id)
    dialog.activated.emit()
    assert not dialog.copyButton.isEnabled() and dialog.layer_id() == ""


def test_a_model_that_is_not_installed_is_given_by_its_path(tmp_path, helper):
    path = str(save_model(tmp_path / "free.onnx", description(patch=32)))
    add_map(write_map(tmp_path / "outlines.gpkg", MIXED))
    assert helper(path).dialog.model() == path


def test_opened_from_the_tools_and_closed_with_them(make_presenter, interface, qtbot):
    presenter = make_presenter()
    actions = {action.text(): action for action in presenter.panel.method.toolsButton.menu().actions()}
    actions["Learn from corrections ..."].trigger()
    assert presenter.tools.learning.dialog is not None
    presenter.tools.stop()
    assert presenter.tools.learning.dialog is None


@pytest.mark.parametrize("kind", [QEvent.Type.WindowActivate, QEvent.Type.FocusIn, QEvent.Type.MouseButtonPress])
def test_the_panel_offers_a_model_that_the_command_line_installed(make_presenter, tmp_path, kind):
    presenter = make_presenter()
    combo = presenter.panel.method.methodCombo
    path = install(tmp_path, "alps-local")
    assert combo.findData(path) < 0
    QCoreApplication.sendEvent(combo, event_of(kind))
    assert combo.findData(path) > 0


def event_of(kind):
    from qgis.PyQt.QtCore import QPointF, Qt
    from qgis.PyQt.QtGui import QFocusEvent, QMouseEvent

    if kind == QEvent.Type.FocusIn:
        return QFocusEvent(kind)
    if kind == QEvent.Type.MouseButtonPress:
        left = Qt.MouseButton.LeftButton
        return QMouseEvent(kind, QPointF(3, 3), QPointF(3, 3), left, left, Qt.KeyboardModifier.NoModifier)
    return QEvent(kind)


def test_a_chosen_model_that_has_gone_is_told_of(make_presenter, tmp_path):
    presenter, heard = make_presenter(), []
    path = install(tmp_path, "alps")
    presenter._offer_models()
    presenter.panel.method.choose(path)
    presenter.panel.method.changed.connect(lambda: heard.append(1))
    ModelStore().remove("alps")
    presenter._offer_models()
    assert presenter.panel.method.model() == "classic" and heard
