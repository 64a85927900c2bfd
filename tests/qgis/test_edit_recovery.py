"""QGIS is killed in the middle of editing: what was not saved is offered, and made again where it still fits."""

import os
import platform
import signal
import subprocess
import sys
from pathlib import Path

import pytest
from edited_outlines import areas, assert_sound, shapes
from icemargin.inference.edit_steps import DISCARDED, OPEN, SAVED
from icemargin.inference.living import LivingSign
from icemargin.maptools.edit_history import layer_before
from icemargin.maptools.edit_places import log_place
from icemargin.maptools.edit_recorder import EditRecorder, Worker
from icemargin.maptools.edit_recovery import lost_edits
from icemargin.ui.edit_log_watch import EditLogWatch
from icemargin.ui.review_desk import ReviewDesk
from logged_outlines import open_outlines, write_outlines
from qgis.core import QgsField, QgsGeometry, QgsProject, QgsVectorLayer
from qgis.PyQt.QtCore import QVariant
from qgis.PyQt.QtWidgets import QPushButton

SCRIPT = Path(__file__).parents[1] / "logged_outlines.py"
PATIENCE_MS = 30000

pytest_plugins = ["icemargin.tests.qgis.inventory_fixtures"]
pytestmark = pytest.mark.usefixtures("own_profile")


def start_editing(path: str, profile: Path) -> subprocess.Popen:
    """Start another QGIS that edits a file, and wait until two steps are done and a third is under way."""
    environment = {**os.environ, "QT_QPA_PLATFORM": "offscreen", "PYTHONPATH": os.pathsep.join(sys.path)}
    command = [sys.executable, str(SCRIPT), path, str(profile)]
    process = subprocess.Popen(command, env=environment, stdout=subprocess.PIPE, text=True)
    assert process.stdout is not None and process.stdout.readline() == "ready\n"
    return process


@pytest.fixture(scope="module")
def crashed(tmp_path_factory):
    """The files that a QGIS left which was killed: outlines, log with its journal, and sign."""
    folder = tmp_path_factory.mktemp("crashed")
    path = write_outlines(folder / "outlines.gpkg")
    process = start_editing(path, folder / "profile")
    process.send_signal(signal.SIGKILL)
    process.wait(30)
    process.stdout.close()
    return folder


@pytest.fixture
def left(crashed, tmp_path):
    """A copy of these files, as each test changes them; the path of the outlines."""
    for name in os.listdir(crashed):
        if name.startswith("outlines"):
            (tmp_path / name).write_bytes((crashed / name).read_bytes())
    return str(tmp_path / "outlines.gpkg")


def offered(interface, qtbot):
    """Return the text and the buttons of the offer, once it is there."""
    qtbot.waitUntil(lambda: interface.bar.currentItem() is not None, timeout=PATIENCE_MS)
    item = interface.bar.currentItem()
    return item.text(), {button.text(): button for button in item.findChildren(QPushButton)}


def states(layer):
    place = log_place(layer)
    store = place.open()
    try:
        return [(step.name, step.state) for step in store.steps(place.layer)]
    finally:
        store.close()


def test_what_was_not_saved_is_offered_and_restored_as_undo_steps(left, watch, interface, qtbot):
    layer = open_outlines(left)
    assert areas(layer) == [100, 100]
    text, buttons = offered(interface, qtbot)
    assert "2 unsaved edits of outlines, from 20" in text
    buttons["Restore"].click()
    assert layer.isEditable() and areas(layer) == [30, 70, 100] and layer.getFeature(2)["reason"] == "debris"
    assert_sound(layer)
    stack = layer.undoStack()
    assert [stack.text(place) for place in range(stack.count())] == ["Cut by divide", "Reason"]
    assert "2 of 2 edits restored" in interface.bar.currentItem().text()
    assert states(layer) == [("Cut by divide", OPEN), ("Reason", OPEN)]
    assert lost_edits(layer).steps == ()
    assert layer.commitChanges()
    assert states(layer) == [("Cut by divide", SAVED), ("Reason", SAVED)]
    place = log_place(layer)
    store = place.open()
    assert {step.analyst for step in store.steps(place.layer)} == {"Anna"}
    store.close()


def test_what_is_discarded_is_not_offered_again_and_stays_in_the_log(left, watch, interface, qtbot):
    layer = open_outlines(left)
    _, buttons = offered(interface, qtbot)
    buttons["Discard"].click()
    assert not layer.isEditable() and areas(layer) == [100, 100]
    assert states(layer) == [("Cut by divide", DISCARDED), ("Reason", DISCARDED)]
    assert lost_edits(layer).steps == ()


def test_the_offer_stays_after_a_look_at_the_log(left, watch, interface, qtbot):
    layer = open_outlines(left)
    wanted = []
    watch.show_wanted.connect(wanted.append)
    _, buttons = offered(interface, qtbot)
    buttons["Show"].click()
    text, buttons = offered(interface, qtbot)
    assert wanted == [layer.id()] and "2 unsaved edits" in text and set(buttons) >= {"Restore", "Discard", "Show"}


def test_an_outline_that_was_changed_since_is_told_and_left(left, watch, interface, qtbot):
    layer = open_outlines(left)
    geometry = layer.getGeometry(1)
    geometry.translate(-50, 0)
    layer.dataProvider().changeGeometryValues({1: geometry})
    before = shapes(layer)
    _, buttons = offered(interface, qtbot)
    buttons["Restore"].click()
    text = interface.bar.currentItem().text()
    assert "1 of 2 edits restored" in text and "Cut by divide" in text and "changed since" in text and ": a." in text
    assert shapes(layer) == before and layer.getFeature(2)["reason"] == "debris"
    assert states(layer) == [("Cut by divide", OPEN), ("Reason", OPEN)]
    assert [step.name for step in lost_edits(layer).steps] == ["Cut by divide"]


def test_what_was_saved_before_qgis_ended_is_not_offered(left, watch, interface, qtbot):
    layer = open_outlines(left)
    _, buttons = offered(interface, qtbot)
    buttons["Restore"].click()
    assert layer.commitChanges()
    place = log_place(layer)
    store = place.open()
    numbers = [step.id for step in store.steps(place.layer)]
    store.mark(numbers, OPEN)  # as if QGIS had ended between saving and noting it
    store._db.execute("UPDATE changes SET fid = -2 WHERE fid = 3")
    store._db.execute("UPDATE sessions SET lock = 'gone'")
    store._db.commit()
    store.close()
    assert lost_edits(layer).steps == ()
    assert {state for _, state in states(layer)} == {SAVED}
    assert areas(layer_before(layer)) == [100, 100]  # the new outline has its number in the log


@pytest.mark.parametrize(
    ("kind", "value"),
    [(QVariant.Double, 12.5), (QVariant.Int, 7), (QVariant.String, "x"), (QVariant.Date, "2026-11-22")],
)
def test_values_in_a_field_that_was_lost_too_come_back_with_it(tmp_path, watch, interface, qtbot, kind, value):
    path = write_outlines(tmp_path / "outlines.gpkg")
    layer = QgsVectorLayer(path, "outlines", "ogr")
    recorder = EditRecorder(layer, Worker(str, str, lambda: "the sign of a QGIS that is gone"))
    layer.startEditing()
    layer.beginEditCommand("Attributes")
    layer.addAttribute(QgsField("new", kind))
    for fid in (1, 2):
        layer.changeAttributeValue(fid, layer.fields().indexOf("new"), value)
    layer.endEditCommand()
    recorder.stop()
    again = open_outlines(path)
    _, buttons = offered(interface, qtbot)
    buttons["Restore"].click()
    found = [one["new"] for one in again.getFeatures()]
    assert [str(one) for one in found] == [str(value)] * 2 and again.undoStack().count() == 1
    assert again.commitChanges() and [str(one["new"]) for one in again.getFeatures()] == [str(value)] * 2
    layer.rollBack()


def test_a_layer_that_is_open_when_the_plugin_starts_is_offered_too(left, interface, qtbot):
    layer = open_outlines(left)
    watch = EditLogWatch(interface)
    _, buttons = offered(interface, qtbot)
    buttons["Restore"].click()
    assert areas(layer) == [30, 70, 100]
    watch.stop()


def test_a_crash_after_restoring_is_offered_again(left, watch, interface, qtbot):
    layer = open_outlines(left)
    _, buttons = offered(interface, qtbot)
    buttons["Restore"].click()
    watch._sign.close()
    assert [step.name for step in lost_edits(layer).steps] == ["Cut by divide", "Reason"]
    layer.rollBack()
    assert lost_edits(layer).steps == ()


def test_another_qgis_that_lives_has_lost_nothing(tmp_path, watch, interface, qtbot):
    path = write_outlines(tmp_path / "outlines.gpkg")
    process = start_editing(path, tmp_path / "profile")
    try:
        layer = open_outlines(path)
        assert len(states(layer)) == 2 and lost_edits(layer).steps == ()
    finally:
        process.kill()
        process.wait(30)
        process.stdout.close()
    assert len(lost_edits(layer).steps) == 2


def test_edits_on_another_computer_are_not_ours_to_judge(left, qgis_app, monkeypatch):
    layer = open_outlines(left)
    monkeypatch.setattr(platform, "node", lambda: "elsewhere")
    assert lost_edits(layer).steps == ()


def test_a_layer_that_cannot_be_edited_keeps_what_was_lost(left, watch, interface, qtbot):
    layer = open_outlines(left)
    _, buttons = offered(interface, qtbot)
    layer.setReadOnly(True)
    buttons["Restore"].click()
    assert "cannot be edited, so nothing was restored" in interface.bar.currentItem().text()
    assert len(lost_edits(layer).steps) == 2


def test_a_project_that_is_closed_with_open_edits_has_thrown_them_away(tmp_path, watch, qgis_app):
    layer = open_outlines(write_outlines(tmp_path / "outlines.gpkg"))
    layer.startEditing()
    layer.changeGeometry(1, QgsGeometry.fromWkt("Polygon((0 0, 9 0, 9 9, 0 0))"))
    place = log_place(layer)
    QgsProject.instance().clear()
    store = place.open()
    assert [step.state for step in store.steps(place.layer)] == [DISCARDED]
    store.close()


def test_decisions_written_at_once_are_saved_steps(tmp_path, watch, qgis_app):
    layer = open_outlines(write_outlines(tmp_path / "outlines.gpkg"))
    layer.dataProvider().changeAttributeValues({1: {layer.fields().indexOf("status"): "accepted"}})
    watch.wrote(layer.id(), 1, {"status": "to review"}, "Review: accepted")
    place = log_place(layer)
    store = place.open()
    (step,) = store.steps(place.layer)
    store.close()
    assert (step.name, step.state, step.changes[0].glacier) == ("Review: accepted", SAVED, "a")
    assert step.changes[0].before.values == {"status": "to review"}
    assert step.changes[0].after.values == {"status": "accepted"} and step.changes[0].km2_before > 0.9


def test_decisions_of_the_review_are_logged_in_and_out_of_an_edit_session(tmp_path, watch, qgis_app):
    layer = open_outlines(write_outlines(tmp_path / "outlines.gpkg"))
    desk = ReviewDesk()
    desk.layer.written.connect(watch.wrote)
    desk.open(layer)
    desk.layer.add_fields(desk.missing())
    desk.decide(1, "accepted")
    layer.startEditing()
    desk.decide(2, "rejected")
    assert states(layer) == [("Review: accepted", SAVED), ("Review: rejected", OPEN)]
    layer.rollBack()
    assert states(layer) == [("Review: accepted", SAVED), ("Review: rejected", DISCARDED)]
    desk.layer.set_layer(None)


def test_a_sign_lives_as_long_as_it_is_held(tmp_path):
    from icemargin.inference.living import is_living

    sign = LivingSign(tmp_path / "signs")
    assert is_living(str(sign.path)) and not is_living(str(tmp_path / "other"))
    sign.close()
    assert not is_living(str(sign.path))
