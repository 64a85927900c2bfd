"""A layer that was checked is edited: faults come and go with the edits."""

from __future__ import annotations

from qgis.core import QgsFeature, QgsField, QgsGeometry, QgsProject
from qgis.PyQt.QtCore import QVariant
from qgis_check import (
    OVERLAPPING,
    SOUND,
    SessionHere,
    add_outlines,
    choose,
    feature_id,
    found,
    health,
    layer_of,
    move,
    rectangle,
    saved,
    settle,
)
from qgis_panels import A_WHILE_MS, message, press

pytest_plugins = ["icemargin.tests.qgis.inventory_fixtures"]


def test_edits_are_followed_and_new_faults_told_by_the_way(check, qtbot, interface):
    presenter = check(add_outlines(SOUND))
    counts = []
    presenter.faults_changed.connect(lambda: counts.append(presenter.fault_count))
    move(presenter, "b", rectangle(999))
    settle(presenter, qtbot)
    assert found(presenter) == {("overlap", ("a", "b"))} and counts == [1]
    assert health(presenter)[1] == "1 fault, 1 can be repaired. New: overlap between a and b."
    assert "overlap between a and b" in interface.statusBarIface().currentMessage()
    assert message(interface) == ""  # no popup
    move(presenter, "b", rectangle(1000))
    settle(presenter, qtbot)
    assert health(presenter)[0] == "green"
    layer_of(presenter).undoStack().undo()
    settle(presenter, qtbot)
    assert presenter.fault_count == 1
    layer_of(presenter).rollBack()
    settle(presenter, qtbot)
    assert health(presenter)[0] == "green"


def test_only_what_was_touched_is_asked_for(check, qtbot):
    session = SessionHere()
    presenter = check(add_outlines(SOUND), session)
    layer = layer_of(presenter)
    layer.startEditing()
    layer.beginEditCommand("both")
    for name in "ab":
        layer.changeGeometry(feature_id(layer, name), QgsGeometry.fromWkt(rectangle(7000 if name == "a" else 9000)))
    qtbot.wait(400)
    assert session.calls == ["topology_open"]  # not in the middle of a step
    layer.endEditCommand()
    settle(presenter, qtbot)
    assert session.calls == ["topology_open", "topology_put"]


def test_a_direction_of_rings_is_listed_and_not_told(check, qtbot, interface):
    presenter = check(add_outlines(SOUND))
    move(presenter, "c", QgsGeometry.fromWkt(rectangle(5000)).forceRHR().asWkt())
    settle(presenter, qtbot)
    assert found(presenter) == {("winding", ("c",))} and "New" not in health(presenter)[1]
    assert interface.statusBarIface().currentMessage() == ""


def test_rejecting_and_values_are_edits_too(check, qtbot):
    presenter = check(add_outlines(OVERLAPPING))
    layer = layer_of(presenter)
    layer.startEditing()
    key, status = feature_id(layer, "b"), layer.fields().indexOf("status")
    layer.changeAttributeValue(key, status, "rejected")
    settle(presenter, qtbot)
    assert health(presenter) == ("green", "No faults in 2 outlines.")
    layer.changeAttributeValue(key, status, "accepted")
    layer.changeAttributeValue(key, layer.fields().indexOf("src_date"), None)
    settle(presenter, qtbot)
    assert {kind for kind, _ in found(presenter)} == {"overlap", "missing_value"}


def test_what_is_saved_gets_another_number_and_its_faults_follow(check, qtbot, tmp_path):
    layer = saved(QgsProject.instance().mapLayer(add_outlines(SOUND)), tmp_path)
    presenter = check(layer.id())
    layer.startEditing()
    feature = QgsFeature(layer.fields())
    feature.setGeometry(QgsGeometry.fromWkt(rectangle(5999)))
    feature["im_id"], feature["src_date"] = "new", "2020-08-01"
    layer.addFeature(feature)
    settle(presenter, qtbot)
    (fault,) = presenter.desk.faults.values()
    assert fault.kind == "overlap" and min(fault.keys) < 0
    assert layer.commitChanges()
    settle(presenter, qtbot)
    (fault,) = presenter.desk.faults.values()
    assert min(fault.keys) > 0 and set(fault.ids) == {"c", "new"}
    choose(presenter, "overlap")
    press(presenter.box.repairButton)
    settle(presenter, qtbot)
    assert found(presenter) == set() and presenter.desk.outlines == 4


def test_a_filter_is_another_layer(check, qtbot, tmp_path):
    layer = saved(QgsProject.instance().mapLayer(add_outlines(OVERLAPPING)), tmp_path)
    presenter = check(layer.id())
    assert presenter.fault_count == 1
    layer.setSubsetString("im_id <> 'b'")
    settle(presenter, qtbot)
    assert health(presenter) == ("green", "No faults in 2 outlines.")
    layer.setSubsetString("")
    settle(presenter, qtbot)
    assert presenter.fault_count == 1


def test_fields_that_are_added_lead_to_one_more_check(check, qtbot):
    session = SessionHere()
    presenter = check(add_outlines(SOUND), session)
    layer = layer_of(presenter)
    layer.startEditing()
    for name in ("analyst", "method"):
        layer.addAttribute(QgsField(name, QVariant.String))
    settle(presenter, qtbot)
    assert session.calls == ["topology_open"] * 2
    assert [fault.what for fault in presenter.desk.faults.values()] == [
        "analyst is empty (3 outlines)", "method is empty (3 outlines)",
    ]  # fmt: skip


def test_editing_starts_the_check_where_that_is_wanted(check, qtbot):
    session = SessionHere()
    presenter = check(add_outlines(OVERLAPPING), session, wait=False)
    presenter.box.followCheck.setChecked(False)
    layer_of(presenter).startEditing()
    settle(presenter, qtbot)
    assert session.calls == [] and presenter.fault_count is None
    layer_of(presenter).rollBack()
    presenter.box.followCheck.setChecked(True)
    layer_of(presenter).startEditing()
    qtbot.waitUntil(lambda: presenter.fault_count == 1, timeout=A_WHILE_MS)
    assert session.calls == ["topology_open"]
