"""The dialog of the edit log: its table, the outline before on the map, undoing later and glacier by glacier."""

import csv

import pytest
import shapely
from edited_outlines import areas, assert_sound, line, shapes, square
from icemargin.inference.edit_steps import SAVED
from icemargin.inference.errors import OutlinesError
from icemargin.maptools.border_edits import redraw_margin, reshape_shared
from icemargin.maptools.cutting_edits import cut_by, merge_along
from icemargin.maptools.edit_history import history, layer_before, undo_edits, undoing
from icemargin.maptools.outline_edit import OutlineEdit, apply_edit
from icemargin.ui.edit_log_presenter import EditLogPresenter
from logged_outlines import PAIR, open_outlines, write_outlines
from qgis.core import QgsGeometry, QgsProject
from qgis.PyQt.QtWidgets import QFileDialog, QMessageBox
from qgis_panels import layer_of

BORDER = ((1000, 200), (800, 200), (800, 700), (1000, 700))
MARGIN = ((0, 200), (100, 200), (100, 700), (0, 700))
PATIENCE_MS = 30000

pytest_plugins = ["icemargin.tests.qgis.inventory_fixtures"]
pytestmark = pytest.mark.usefixtures("own_profile")


@pytest.fixture
def log(interface):
    log = EditLogPresenter(interface)
    yield log
    log.stop()


@pytest.fixture
def edited(tmp_path, watch):
    """Two glaciers edited and saved: the margin of a, the border they share, then the reason of b."""
    layer = open_outlines(write_outlines(tmp_path / "outlines.gpkg"))
    layer.startEditing()
    apply_edit(layer, redraw_margin(layer, line(*MARGIN)), "Margin")
    apply_edit(layer, reshape_shared(layer, line(*BORDER)), "Border")
    layer.beginEditCommand("Reason")
    layer.changeAttributeValue(2, layer.fields().indexOf("reason"), "debris")
    layer.endEditCommand()
    assert layer.commitChanges() and areas(layer) == [85, 110]
    return layer.id()


def number(layer, name):
    return next(step.id for step in history(layer) if step.name == name)


@pytest.mark.parametrize(
    ("fid", "first", "left", "members"),
    [(1, "Reason", [85, 110], set()), (1, "Border", [95, 100], {1, 2}), (1, "Margin", [100, 100], {1, 2}),
     (2, "Reason", [85, 110], {2}), (2, "Border", [95, 100], {1, 2}), (2, "Margin", [95, 100], {1, 2})],
)  # fmt: skip
def test_a_glacier_goes_back_with_those_that_changed_with_it(edited, fid, first, left, members):
    layer = layer_of(edited)
    changes = undoing(layer, fid, number(layer, first))
    assert {change.fid for change in changes} == members
    if members:
        undo_edits(layer, changes, "Undo")
        assert layer.undoStack().count() == 1 and layer.isModified()
    assert areas(layer) == left
    assert_sound(layer)
    assert layer.getFeature(2)["reason"] == ("" if 2 in members else "debris")
    if members:
        layer.undoStack().undo()
        assert areas(layer) == [85, 110]


def test_going_back_before_a_cut_joins_the_pieces_and_before_a_merge_parts_them(tmp_path, watch, qgis_app):
    layer = open_outlines(write_outlines(tmp_path / "outlines.gpkg"))
    before = shapes(layer)
    layer.startEditing()
    apply_edit(layer, cut_by(layer, line((300, -10), (300, 1010))), "Cut")
    assert layer.commitChanges(False)
    apply_edit(layer, merge_along(layer, line((500, 500), (1500, 500))), "Merge")
    assert layer.commitChanges(False) and areas(layer) == [30, 170]
    undo_edits(layer, undoing(layer, 1, number(layer, "Merge")), "Undo")
    assert areas(layer) == [30, 70, 100] and {one["im_id"] for one in layer.getFeatures()} >= {"a", "b"}
    layer.undoStack().undo()
    undo_edits(layer, undoing(layer, 1, 0), "Undo")
    assert areas(layer) == [100, 100]
    found = {one["im_id"]: shapely.from_wkb(bytes(one.geometry().asWkb())) for one in layer.getFeatures()}
    assert found["a"].equals(before[1]) and found["b"].equals(before[2])


def test_an_outline_that_was_changed_outside_the_log_is_told(edited):
    layer = layer_of(edited)
    changes = undoing(layer, 1, 0)
    geometry = layer.getGeometry(2)
    geometry.translate(500, 0)
    layer.dataProvider().changeGeometryValues({2: geometry})
    with pytest.raises(OutlinesError, match=r"Nothing was undone.*: b\."):
        undo_edits(layer, changes, "Undo")
    assert layer.undoStack().count() == 0


def test_going_back_over_a_neighbour_that_grew_is_refused(tmp_path, watch, qgis_app):
    layer = open_outlines(write_outlines(tmp_path / "outlines.gpkg"))
    layer.startEditing()
    apply_edit(layer, OutlineEdit({1: QgsGeometry.fromWkt(square(0, 0, 500))}), "Shrink")
    apply_edit(layer, OutlineEdit({2: QgsGeometry.fromWkt(square(600, 0, 1400))}), "Grow")
    with pytest.raises(OutlinesError, match="over its neighbour"):
        undo_edits(layer, undoing(layer, 1, 0), "Undo")
    assert areas(layer) == [25, 196] and layer.undoStack().index() == 2


def test_the_layer_before_has_the_outlines_as_they_were(edited):
    before = layer_before(layer_of(edited))
    assert sorted(one.wkt for one in shapes(before).values()) == sorted(shapely.from_wkt(wkt).wkt for wkt in PAIR)
    assert [one["reason"] for one in before.getFeatures()] == ["", ""]
    assert before.crs() == layer_of(edited).crs()


def test_the_layer_before_knows_what_is_not_saved_and_what_was_undone(edited):
    layer = layer_of(edited)
    layer.startEditing()
    apply_edit(layer, cut_by(layer, line((300, -10), (300, 1010))), "Cut")
    apply_edit(layer, merge_along(layer, line((500, 500), (1500, 500))), "Merge")
    layer.undoStack().undo()
    assert sorted(one.wkt for one in shapes(layer_before(layer)).values()) == sorted(
        shapely.from_wkt(wkt).wkt for wkt in PAIR
    )


def choose(log, what, glacier):
    keys = [key for key, edit in log._edits.items() if (edit.step.name, edit.change.glacier) == (what, glacier)]
    log.dialog.table.set_selected(keys)
    log.dialog._selected()


def test_the_table_has_a_row_for_each_glacier_of_each_step(edited, log):
    log.show(layer_of(edited))
    table = log.dialog.table
    assert len(table.keys()) == 4
    first = {column.name: column.form(table._model.rows[0][column.name]) for column in table._model.columns}
    assert first["glacier"] == "b" and first["what"] == "Reason" and first["why"] == "debris"
    assert first["class"] == "saved" and first["before"] == first["after"] != "0.000"
    assert "3 steps on 2 glaciers" in log.dialog.summaryLabel.text()
    assert not log.dialog.stepButton.isEnabled()


def test_a_row_shows_the_outline_before_and_a_double_click_goes_there(edited, log, interface):
    log.show(layer_of(edited))
    choose(log, "Margin", "a")
    band = log._sight.band
    assert shapely.from_wkb(bytes(band.asGeometry().asWkb())).equals(shapely.from_wkt(PAIR[0]))
    log._zoom(log.dialog.key())
    assert interface.canvas.extent().contains(QgsGeometry.fromWkt(PAIR[0]).boundingBox())
    log.dialog.close()
    assert log._sight.band is None


@pytest.mark.parametrize(("agreed", "left"), [(True, [95, 100]), (False, [85, 110])])
def test_undoing_asks_where_others_go_along(edited, log, monkeypatch, qtbot, agreed, left):
    buttons = QMessageBox.StandardButton
    asked = []
    monkeypatch.setattr(QMessageBox, "question", lambda *words: asked.append(words[2]) or
                        (buttons.Ok if agreed else buttons.Cancel))  # fmt: skip
    layer = layer_of(edited)
    log.show(layer)
    choose(log, "Border", "a")
    log.dialog.stepButton.click()
    assert len(asked) == 1 and ": b." in asked[0] and areas(layer) == left
    if agreed:
        assert layer.undoStack().undoText() == "Undo edits of a" and "is as it was" in log.dialog.wordsLabel.text()
        qtbot.waitUntil(lambda: len(log.dialog.table.keys()) == 6, timeout=PATIENCE_MS)


def test_undoing_alone_does_not_ask(edited, log):
    layer = layer_of(edited)
    log.show(layer)
    choose(log, "Reason", "b")
    log.dialog.stepButton.click()
    assert layer.getFeature(2)["reason"] == "" and areas(layer) == [85, 110]


def test_what_cannot_be_undone_is_told_in_the_dialog(edited, log):
    layer = layer_of(edited)
    log.show(layer)
    choose(log, "Reason", "b")
    log.dialog.stepButton.click()
    layer.undoStack().undo()
    layer.rollBack()
    layer.setReadOnly(True)
    log.dialog.stepButton.click()
    assert "cannot be edited" in log.dialog.wordsLabel.text()


def test_the_layer_before_is_added_to_the_project(edited, log):
    log.show(layer_of(edited))
    log.dialog.beforeButton.click()
    (added,) = QgsProject.instance().mapLayersByName("outlines before edits")
    assert areas(added) == [100, 100]


def test_the_table_is_saved_as_csv(edited, log, tmp_path, monkeypatch, qtbot):
    path = tmp_path / "log.csv"
    monkeypatch.setattr(QFileDialog, "getSaveFileName", lambda *_: (str(path), ""))
    log.show(layer_of(edited))
    log.dialog.csvButton.click()
    qtbot.waitUntil(path.exists, timeout=PATIENCE_MS)
    rows = list(csv.DictReader(path.read_text(encoding="utf-8").splitlines()))
    assert [(row["what"], row["glacier"], row["state"]) for row in rows] == [
        ("Margin", "a", SAVED), ("Border", "a", SAVED), ("Border", "b", SAVED), ("Reason", "b", SAVED),
    ]  # fmt: skip


def test_a_layer_that_was_never_edited_has_an_empty_log(tmp_path, watch, log, qgis_app):
    layer = open_outlines(write_outlines(tmp_path / "outlines.gpkg"))
    log.show(layer)
    assert "Nothing of outlines has been edited yet" in log.dialog.summaryLabel.text()
    assert not log.dialog.beforeButton.isEnabled() and not (tmp_path / "outlines.gpkg.edits.sqlite").exists()


def test_the_dialog_follows_edits_and_closes_with_its_layer(edited, log, qtbot):
    layer = layer_of(edited)
    log.show(layer)
    layer.startEditing()
    apply_edit(layer, cut_by(layer, line((300, -10), (300, 1010))), "Cut")
    qtbot.waitUntil(lambda: len(log.dialog.table.keys()) == 6, timeout=PATIENCE_MS)
    QgsProject.instance().removeMapLayer(edited)
    assert log.dialog is None
