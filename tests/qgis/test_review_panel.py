"""The Review tab, driven as an analyst would: the queue, keys, decisions, notes, undo, and what may go wrong."""

from __future__ import annotations

import pytest
from icemargin.inventory.review import audit_sample
from icemargin.ui.review_table import STATUS
from qgis.core import QgsProject, QgsVectorLayer
from qgis.PyQt.QtCore import Qt
from qgis.PyQt.QtTest import QTest
from qgis_panels import LEFT_BUTTON, message
from qgis_review import NOW_LEFT, add_reviewed, field, health, name, names, press


def test_nothing_loaded_says_what_to_do(review):
    presenter = review()
    level, text = health(presenter)
    assert level == "none" and "Map glaciers first" in text
    assert not presenter.panel.decideBox.isEnabled()
    press(presenter, "AREJKTU")  # nothing happens, nothing fails


def test_a_map_is_taken_up_and_its_queue_begins_with_the_most_ground_at_stake(review, outlines, qtbot):
    presenter = review()
    assert presenter.desk.layer.layer_id == outlines
    assert name(presenter) == NOW_LEFT[0] and [one for one in names(presenter) if one in NOW_LEFT] == NOW_LEFT
    sample = {presenter.desk.row(key).glacier.name for key in audit_sample([r.glacier for r in presenter.desk.rows()])}
    assert set(names(presenter)) == set(NOW_LEFT) | sample
    assert health(presenter)[0] == "green" and "of 8 glaciers need eyes" in health(presenter)[1]


def test_keys_decide_and_go_on(review, outlines, qtbot):
    presenter = review()
    left = []
    presenter.left_changed.connect(left.append)
    order = names(presenter)
    press(presenter, "A")
    assert field(outlines, order[0]) == {"status": "accepted", "analyst": "Anna", "note": "", "reason": ""}
    assert name(presenter) == order[1]
    press(presenter, "R")
    assert field(outlines, order[1])["status"] == "rejected" and name(presenter) == order[2]
    press(presenter, "K")
    assert name(presenter) == order[1]
    press(presenter, "T")
    assert field(outlines, order[1])["status"] == "to review" and name(presenter) == order[1]
    qtbot.waitUntil(lambda: left[-1:] == [len(order) - 1])
    assert presenter.panel.progressBar.format().startswith(f"1 of {len(order)} reviewed")
    layer = QgsProject.instance().mapLayer(outlines)
    assert not layer.isEditable()  # it is in the file already
    again = QgsVectorLayer(layer.source(), "again", "ogr")
    assert sorted(feature["status"] for feature in again.getFeatures()).count("accepted") == 1


def test_keys_work_on_the_map_and_not_where_somebody_types(review, outlines, interface):
    presenter = review()
    order = names(presenter)
    press(presenter, "J", interface.canvas)
    assert name(presenter) == order[1]
    press(presenter, "ARJ", presenter.panel.findEdit)
    assert presenter.panel.findEdit.text() == "arj"
    presenter.panel.findEdit.clear()
    QTest.keyClick(presenter.panel.table, Qt.Key.Key_A, Qt.KeyboardModifier.ControlModifier)
    presenter.panel.hide()
    press(presenter, "A", interface.canvas)
    assert {row.glacier.status for row in presenter.desk.rows()} == {"to review"}


def test_next_zooms_and_outlines_without_selecting(review, outlines, interface):
    presenter = review()
    before = interface.canvas.extent()
    press(presenter, "J")
    layer = QgsProject.instance().mapLayer(outlines)
    box = layer.getGeometry(presenter.panel.table.key()).boundingBox()
    assert interface.canvas.extent() != before and interface.canvas.extent().contains(box)
    assert presenter.sight.spot.outline.asGeometry().boundingBox() == box
    assert layer.selectedFeatureCount() == 0


def test_opening_leaves_the_map_where_it_is(review, outlines, interface):
    before = interface.canvas.extent()
    presenter = review()
    assert presenter.panel.table.key() is not None and interface.canvas.extent() == before


def test_a_note_is_kept_by_enter_and_by_going_on(review, outlines):
    presenter = review()
    order = names(presenter)
    press(presenter, "N")
    QTest.keyClicks(presenter.panel.noteEdit, "bergschrund")
    QTest.keyClick(presenter.panel.noteEdit, Qt.Key.Key_Return)
    assert field(outlines, order[0])["note"] == "bergschrund"
    QTest.keyClicks(presenter.panel.noteEdit, "?")
    press(presenter, "J")
    assert field(outlines, order[0])["note"] == "bergschrund?" and presenter.panel.noteEdit.text() == ""
    assert field(outlines, order[1])["note"] == ""


def test_reasons_are_tags(review, outlines):
    presenter = review()
    key = names(presenter)[0]
    for tag in ("lake", "debris"):
        QTest.mouseClick(presenter.panel.tags.buttons[tag], LEFT_BUTTON)
    assert field(outlines, key)["reason"] == "debris; lake"
    QTest.mouseClick(presenter.panel.tags.buttons["lake"], LEFT_BUTTON)
    assert field(outlines, key)["reason"] == "debris"
    press(presenter, "JK")
    assert presenter.panel.tags.tags() == ["debris"]


def test_undo_takes_each_step_back(review, outlines, interface):
    presenter = review()
    order = names(presenter)
    QTest.mouseClick(presenter.panel.tags.buttons["cloud"], LEFT_BUTTON)
    press(presenter, "AR")
    press(presenter, "U")
    assert name(presenter) == order[1] and field(outlines, order[1])["status"] == "to review"
    press(presenter, "U")
    assert name(presenter) == order[0] and field(outlines, order[0])["status"] == "to review"
    assert field(outlines, order[0])["reason"] == "cloud"
    press(presenter, "UU")
    assert field(outlines, order[0]) == {"status": "to review", "analyst": "the map", "note": "", "reason": ""}
    assert "nothing to undo" in message(interface)


def test_edit_opens_the_vertex_tool_and_the_mark_goes_with_the_session(review, outlines, interface, qtbot):
    presenter = review()
    key = names(presenter)[0]
    press(presenter, "E")
    layer = QgsProject.instance().mapLayer(outlines)
    assert layer.isEditable() and interface.active == [outlines, "vertex"]
    assert field(outlines, key)["status"] == "edited" and layer.undoStack().count() == 1
    layer.undoStack().undo()
    assert presenter.desk.row(presenter.panel.table.key()).glacier.status == "to review"
    layer.undoStack().redo()
    layer.rollBack()
    qtbot.wait(20)
    assert field(outlines, key)["status"] == "to review" and name(presenter) == key


def test_in_an_edit_session_a_decision_is_one_undo_step_and_commits_nothing(review, outlines, qtbot):
    presenter = review()
    key = names(presenter)[0]
    layer = QgsProject.instance().mapLayer(outlines)
    layer.startEditing()
    press(presenter, "A")
    assert layer.undoStack().count() == 1 and layer.undoStack().undoText() == "Review: accepted"
    (stored,) = [one for one in layer.dataProvider().getFeatures() if one["im_id"] == key]
    assert stored["status"] == "to review"
    layer.commitChanges()
    qtbot.wait(20)
    assert field(outlines, key)["status"] == "accepted"


def test_a_filter_narrows_the_table_and_decided_rows_stay_until_then(review, outlines, qtbot):
    presenter = review()
    panel, before = presenter.panel, names(presenter)
    press(presenter, "A")
    qtbot.wait(20)
    assert names(presenter) == before
    panel.filter_for(("status", "accepted"))
    assert names(presenter) == before[:1]
    panel.filter_for(("left", ""))
    assert names(presenter) == before[1:]
    panel.filter_for(("all", ""))
    assert len(names(presenter)) == 8
    panel.findEdit.setText(before[2].lower())
    assert names(presenter) == [before[2]]


def test_a_second_look_shows_what_the_other_has_decided(review, outlines, qtbot):
    presenter = review()
    order = names(presenter)
    press(presenter, "AA")
    presenter.panel.analystEdit.setText("Ben")
    presenter.panel.secondCheck.click()
    presenter.panel.filter_for(("left", ""))
    assert names(presenter) == order
    presenter.panel.table.choose(presenter.panel.table.shown_keys()[0])
    press(presenter, "A")
    layer = QgsProject.instance().mapLayer(outlines)
    (first,) = layer.getFeatures(f"\"im_id\" = '{order[0]}'")
    assert (first["analyst"], first["checked_by"], first["status"]) == ("Anna", "Ben", "accepted")
    press(presenter, "R")
    assert field(outlines, order[1]) == {"status": "rejected", "analyst": "Ben", "note": "Anna: accepted", "reason": ""}


def test_a_layer_without_fields_gets_them_on_demand(review, tmp_path, qtbot):
    presenter = review()
    layer = QgsVectorLayer("Polygon?crs=EPSG:32643&field=rgi_id:string", "RGI", "memory")
    QgsProject.instance().addMapLayer(layer)
    qtbot.wait(20)
    assert health(presenter)[0] == "none"  # it is not taken for a map
    presenter.panel.outlines.set(layer)
    qtbot.wait(20)
    assert health(presenter)[0] == "amber" and "status, reason, note" in health(presenter)[1]
    QTest.mouseClick(presenter.panel.fieldsButton, LEFT_BUTTON)
    qtbot.wait(20)
    assert health(presenter)[0] == "green" and not presenter.panel.fieldsButton.isVisible()


def test_a_read_only_layer_is_told_and_nothing_is_lost(review, outlines, interface, qtbot):
    presenter = review()
    QgsProject.instance().mapLayer(outlines).setReadOnly(True)
    qtbot.wait(20)
    assert health(presenter)[0] == "red" and "read-only" in health(presenter)[1]
    press(presenter, "A")
    assert "read-only" in message(interface) and field(outlines, names(presenter)[0])["status"] == "to review"
    press(presenter, "E")
    assert interface.active == []


def test_a_layer_that_is_removed_is_let_go(review, outlines, interface, qtbot):
    presenter = review()
    press(presenter, "J")
    QgsProject.instance().removeMapLayer(outlines)
    press(presenter, "A")
    qtbot.wait(20)
    assert health(presenter)[0] == "none" and names(presenter) == [] and presenter.sight.spot.outline is None


def test_a_glacier_that_is_deleted_leaves_the_queue(review, outlines, qtbot):
    presenter = review()
    order = names(presenter)
    layer = QgsProject.instance().mapLayer(outlines)
    layer.startEditing()
    layer.deleteFeature(presenter.panel.table.key())
    press(presenter, "A")
    qtbot.wait(30)
    assert order[0] not in names(presenter)
    layer.rollBack()
    qtbot.wait(30)
    assert order[0] in names(presenter)


def test_a_row_says_what_was_decided_by_an_icon_and_in_words(review, outlines):
    presenter = review()
    press(presenter, "A")
    rows = presenter.panel.table.rows
    decided, left = (rows.index(place, STATUS) for place in (0, 1))
    roles = Qt.ItemDataRole
    assert not rows.data(decided, roles.DecorationRole).isNull() and rows.data(left, roles.DecorationRole) is None
    assert rows.data(decided, roles.AccessibleTextRole) == "accepted (Anna)"
    assert rows.data(left, roles.ToolTipRole) == "to review" and rows.data(decided, roles.DisplayRole) is None


@pytest.mark.parametrize("width, height", [(400, 512), (400, 700)])
def test_nothing_is_cut_off(review, outlines, qtbot, width, height):
    """What a dock 400 wide has in a window of 768 lines, less bars."""
    panel = review().panel
    panel.resize(width, height)
    qtbot.wait(20)
    assert not panel.scrollArea.verticalScrollBar().isVisible()
    assert panel.contents.minimumSizeHint().width() <= width - panel.scrollArea.verticalScrollBar().sizeHint().width()
    panel.moreGroup.setCollapsed(False)
    qtbot.waitUntil(panel.mergeButton.isVisible)
    assert panel.mergeButton.mapTo(panel.contents, panel.mergeButton.rect().bottomRight()).y() < panel.contents.height()


def test_the_picture_is_drawn(review, outlines, qtbot):
    presenter = review()
    with qtbot.waitSignal(presenter.sight.drawn, timeout=10000):
        press(presenter, "J")
    assert not presenter.panel.pictureLabel.pixmap().isNull()


def test_a_map_that_comes_later_does_not_take_a_review_away(review, outlines, tmp_path, qtbot):
    presenter = review()
    press(presenter, "A")
    add_reviewed(tmp_path / "second")
    qtbot.wait(20)
    assert presenter.desk.layer.layer_id == outlines
