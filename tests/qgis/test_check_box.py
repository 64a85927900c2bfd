"""The group *Check*, driven as an analyst would: find, look at, repair, undo, go on editing, and what may go wrong."""

from __future__ import annotations

from threading import Event

import pytest
from icemargin.inference.errors import Cancelled, OutlinesError, RuntimeCrashError, RuntimeMissingError
from icemargin.tasks.runtime_setting import set_runtime_python
from icemargin.ui import map_settings
from qgis.core import (
    QgsCoordinateReferenceSystem,
    QgsFeature,
    QgsField,
    QgsGeometry,
    QgsProject,
    QgsRectangle,
    QgsVectorFileWriter,
    QgsVectorLayer,
)
from qgis.PyQt.QtCore import Qt, QVariant
from qgis.PyQt.QtTest import QTest
from qgis_check import SessionHere, add_outlines, feature_id, found, make_check, rectangle, settle
from qgis_panels import A_WHILE_MS, message, press

OVERLAPPING = {"a": rectangle(0), "b": rectangle(999.5), "c": rectangle(5000)}
SOUND = {"a": rectangle(0), "b": rectangle(1000), "c": rectangle(5000)}


@pytest.fixture
def check(interface, qtbot):
    """Return a function that makes a presenter for a layer, and checks it."""
    made = []

    def make(layer_id, session=None, wait=True):
        presenter = make_check(interface, qtbot, layer_id, session or SessionHere())
        made.append(presenter)
        if wait:
            press(presenter.box.run.runButton)
            settle(presenter, qtbot)
        return presenter

    yield make
    for presenter in made:
        presenter.stop()
        presenter.box.deleteLater()
        presenter.deleteLater()


def layer_of(presenter):
    return presenter.desk.watch.layer()


def health(presenter):
    return presenter.box.health.level, presenter.box.health.textLabel.text()


def choose(presenter, *kinds):
    """Select the faults of these kinds, as a click does."""
    keys = [str(number) for number, fault in presenter.desk.faults.items() if fault.kind in kinds]
    presenter.box.table.set_selected(keys)
    presenter.box.table.selected.emit(keys)
    return presenter.box.selected_faults()


def move(presenter, name, wkt):
    layer = layer_of(presenter)
    layer.startEditing()
    layer.beginEditCommand("by hand")  # QGIS joins changes of one feature outside of steps
    assert layer.changeGeometry(feature_id(layer, name), QgsGeometry.fromWkt(wkt))
    layer.endEditCommand()


def test_a_sound_layer_is_told_so(check):
    presenter = check(add_outlines(SOUND))
    assert health(presenter) == ("green", "No faults in 3 outlines.") and presenter.fault_count == 0
    assert not presenter.box.faultsBox.isVisible()


def test_no_layer_and_no_runtime(check, qtbot):
    presenter = check("", wait=False)
    assert health(presenter) == ("none", "Choose outlines to check.")
    assert not presenter.box.run.runButton.isEnabled() and presenter.fault_count is None
    presenter = check(add_outlines(SOUND), wait=False)
    assert health(presenter) == ("none", "Not checked yet.") and presenter.box.run.runButton.isEnabled()
    set_runtime_python("")
    presenter.look()
    assert "needs the runtime" in health(presenter)[1] and not presenter.box.run.runButton.isEnabled()
    with qtbot.waitSignal(presenter.setup_wanted, timeout=A_WHILE_MS):
        press(presenter.box.setupButton)


def test_faults_are_listed_counted_and_filtered(check):
    outlines = {**OVERLAPPING, "d": rectangle(9000, 5), "e": (rectangle(0, 500), "Rejected")}
    presenter = check(add_outlines(outlines))
    assert found(presenter) == {("overlap", ("a", "b")), ("below_minimum", ("d",))}
    assert health(presenter) == ("amber", "2 faults, 1 can be repaired.") and presenter.fault_count == 2
    table = presenter.box.table
    assert [table.classCombo.itemText(n) for n in range(3)] == ["all", "too small (1)", "overlap (1)"]
    table.classCombo.setCurrentIndex(2)
    (key,) = table.keys()
    assert presenter.desk.faults[int(key)].kind == "overlap"
    move(presenter, "c", rectangle(5100))
    assert len(table.keys()) == 1  # the filter stays


def test_selecting_marks_a_fault_and_goes_there(check, interface):
    interface.canvas.setDestinationCrs(QgsCoordinateReferenceSystem("EPSG:32632"))
    presenter = check(add_outlines(OVERLAPPING))
    (fault,) = choose(presenter, "overlap")
    assert interface.canvas.extent().contains(QgsRectangle(*fault.box)) and len(presenter.sight.bands) == 2
    assert "overlap by" in presenter.box.detailLabel.text() and "Repair:" in presenter.box.detailLabel.text()
    before = interface.canvas.extent()
    interface.canvas.zoomByFactor(8)
    table = presenter.box.table.table
    table.setCurrentIndex(table.model().index(0, 0))
    QTest.keyClick(table, Qt.Key.Key_Return)
    assert interface.canvas.extent() == before
    choose(presenter)
    assert presenter.sight.bands == [] and "Select a fault" in presenter.box.detailLabel.text()


BOW = "MultiPolygon (((500000 5000000, 501000 5001000, 501000 5000000, 500000 5001000, 500000 5000000)))"
TOUCHING = (
    "MultiPolygon (((500000 5000000, 500000 5001000, 500500 5001000, 500200 5000500, 500800 5000500, 500500 5001000,"
    " 501000 5001000, 501000 5000000, 500000 5000000)))"
)
HOLES = (
    "MultiPolygon (((500000 5000000, 500000 5001000, 501000 5001000, 501000 5000000, 500000 5000000),"
    " (500100 5000100, 500200 5000100, 500200 5000200, 500100 5000200, 500100 5000100),"
    " (500200 5000100, 500300 5000100, 500300 5000200, 500200 5000200, 500200 5000100)))"
)


def two(first, second):
    """Return one outline in two parts."""
    parts = [one[len("MultiPolygon (") : -1] for one in (first, second)]
    return f"MultiPolygon ({', '.join(parts)})"


COUNTER = rectangle(0)
CLOCKWISE = QgsGeometry.fromWkt(rectangle(3000)).forceRHR().asWkt()


@pytest.mark.parametrize(
    ("outlines", "kind", "title", "crs"),
    [
        ({"a": BOW}, "self_intersection", "Repair: crosses itself, a", "EPSG:32632"),
        ({"a": TOUCHING}, "ring_touches_itself", "Repair: touches itself, a", "EPSG:32632"),
        ({"a": HOLES}, "holes", "Repair: wrong hole, a", "EPSG:32632"),
        ({"a": two(rectangle(0), rectangle(500))}, "parts_overlap", "Repair: parts overlap, a", "EPSG:32632"),
        ({"a": two(rectangle(0), rectangle(3000))}, "multipart", "Repair: several parts, a", "EPSG:32632"),
        ({"a": rectangle(6000), "b": COUNTER, "c": CLOCKWISE}, "winding", "Repair: ring direction, c", "EPSG:32632"),
        (OVERLAPPING, "overlap", "Repair: overlap between a and b", "EPSG:32632"),
        ({"a": rectangle(0), "b": rectangle(1000.5)}, "gap", "Repair: gap between a and b", "EPSG:32632"),
        ({"": rectangle(0)}, "missing_id", "Repair: no id, feature 1", "EPSG:32632"),
        ({"a": "MultiPolygon (((179.9 70, 179.9 70.1, -179.9 70.1, -179.9 70, 179.9 70)))"}, "jumps_antimeridian",
         "Repair: runs round the world, a", "EPSG:4326"),
    ],
)  # fmt: skip
def test_each_kind_is_repaired_as_one_undo_step(check, qtbot, interface, outlines, kind, title, crs):
    presenter = check(add_outlines(outlines, crs))
    layer, before = layer_of(presenter), found(presenter)
    old = sorted((one.id(), one.geometry().asWkt(), one.attributes()) for one in layer.getFeatures())
    assert kind in {one for one, _ in before}
    assert choose(presenter, kind) and presenter.box.repairButton.isEnabled()
    press(presenter.box.repairButton)
    settle(presenter, qtbot)
    assert kind not in {one for one, _ in found(presenter)}
    assert layer.isEditable() and layer.undoStack().undoText() == title and layer.undoStack().count() == 1
    assert title in message(interface) and "Nothing is saved yet" in message(interface)
    layer.undoStack().undo()
    settle(presenter, qtbot)
    assert found(presenter) == before
    assert sorted((one.id(), one.geometry().asWkt(), one.attributes()) for one in layer.getFeatures()) == old
    layer.undoStack().redo()
    settle(presenter, qtbot)
    assert kind not in {one for one, _ in found(presenter)}


def test_a_second_copy_goes(check, qtbot):
    layer_id = add_outlines({"a": rectangle(0)})
    layer = QgsProject.instance().mapLayer(layer_id)
    layer.dataProvider().addFeatures(list(layer.getFeatures()))
    presenter = check(layer_id)
    assert found(presenter) == {("duplicate_outline", ("a", "a")), ("duplicate_id", ("a", "a"))}
    choose(presenter, "duplicate_outline")
    press(presenter.box.repairButton)
    settle(presenter, qtbot)
    assert layer.featureCount() == 1 and found(presenter) == set()


def test_copies_in_a_file_are_copies_although_their_numbers_differ(check, qtbot, tmp_path):
    layer = QgsProject.instance().mapLayer(add_outlines({"a": rectangle(0)}))
    layer.dataProvider().addFeatures(list(layer.getFeatures()))
    presenter = check(saved(layer, tmp_path).id())
    assert [bool(fault.repair) for fault in presenter.desk.faults.values()] == [True, False]


def saved(layer, folder):
    """Add a GeoPackage of a layer to the project, and return it."""
    options = QgsVectorFileWriter.SaveVectorOptions()
    path = str(folder / "outlines.gpkg")
    QgsVectorFileWriter.writeAsVectorFormatV3(layer, path, QgsProject.instance().transformContext(), options)
    stored = QgsVectorLayer(path, "stored", "ogr")
    QgsProject.instance().addMapLayer(stored)
    return stored


def test_all_that_has_one_meaning_is_one_undo_step_and_parts_only_on_demand(check, qtbot):
    outlines = {**OVERLAPPING, "d": two(rectangle(10000), rectangle(13000)), "e": rectangle(20000, 5)}
    presenter = check(add_outlines(outlines))
    assert presenter.box.repairAllButton.text() == "Repair all (1)"
    presenter.box.splitCheck.setChecked(True)
    assert presenter.box.repairAllButton.text() == "Repair all (2)"
    press(presenter.box.repairAllButton)
    settle(presenter, qtbot)
    layer = layer_of(presenter)
    # The part that was split off had no id: that is repaired, too.
    assert found(presenter) == {("below_minimum", ("e",))} and layer.undoStack().count() == 1
    assert layer.undoStack().undoText() == "Repair: 3 faults" and layer.featureCount() == 6
    assert len(list(layer.dataProvider().getFeatures())) == 5  # nothing is saved
    layer.undoStack().undo()
    settle(presenter, qtbot)
    assert presenter.fault_count == 3


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


def test_what_a_file_keeps_otherwise_than_it_was_drawn_can_be_repaired(check, qtbot, tmp_path):
    layer = saved(QgsProject.instance().mapLayer(add_outlines(SOUND)), tmp_path)
    presenter = check(layer.id())
    move(presenter, "b", rectangle(999.5).replace("MultiPolygon ((", "Polygon (")[:-1])
    settle(presenter, qtbot)
    assert layer.commitChanges()
    assert layer.getFeature(feature_id(layer, "b")).geometry().isMultipart()
    settle(presenter, qtbot)
    choose(presenter, "overlap")
    press(presenter.box.repairButton)
    settle(presenter, qtbot)
    assert found(presenter) == set() and layer.isEditable()


def test_an_outline_edited_just_before_is_looked_at_before_its_repair(check, qtbot):
    presenter = check(add_outlines(OVERLAPPING))
    choose(presenter, "overlap")
    move(presenter, "b", rectangle(999.8))
    press(presenter.box.repairButton)
    settle(presenter, qtbot)
    layer = layer_of(presenter)
    assert found(presenter) == set() and layer.undoStack().count() == 2
    assert layer.getFeature(feature_id(layer, "b")).geometry().boundingBox().xMaximum() == pytest.approx(501999.8)


def test_a_fault_that_was_ended_just_before_is_told(check, qtbot, interface):
    presenter = check(add_outlines(OVERLAPPING))
    choose(presenter, "overlap")
    move(presenter, "b", rectangle(1000))
    press(presenter.box.repairButton)
    settle(presenter, qtbot)
    assert "Nothing was changed" in message(interface) and layer_of(presenter).undoStack().count() == 1


def test_an_outline_edited_while_repairs_are_looked_for_is_left_alone(check, qtbot, interface):
    presenter = check(add_outlines(OVERLAPPING))
    choose(presenter, "overlap")
    press(presenter.box.repairButton)
    move(presenter, "b", rectangle(999.7))
    settle(presenter, qtbot)
    assert "were edited meanwhile" in message(interface) and layer_of(presenter).undoStack().count() == 1
    assert found(presenter) == {("overlap", ("a", "b"))}


def test_a_read_only_layer_is_told(check, qtbot, interface):
    presenter = check(add_outlines(OVERLAPPING))
    layer_of(presenter).setReadOnly(True)
    choose(presenter, "overlap")
    press(presenter.box.repairButton)
    settle(presenter, qtbot)
    assert "cannot be edited" in message(interface) and presenter.fault_count == 1


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


def test_a_layer_without_ids_or_outlines(check, qtbot):
    presenter = check(add_outlines({"a": rectangle(0), "b": rectangle(999.5)}, id_field="name"))
    assert {kind for kind, _ in found(presenter)} == {"overlap", "missing_field"}
    choose(presenter, "overlap")
    assert "feature 1, feature 2" in presenter.box.detailLabel.text()
    empty = check(add_outlines({}))
    assert health(empty) == ("green", "No faults in 0 outlines.")
    layer = layer_of(empty)
    layer.startEditing()
    for east in (0, 999.5):
        feature = QgsFeature(layer.fields())
        feature.setGeometry(QgsGeometry.fromWkt(rectangle(east)))
        feature.setAttributes([f"n{east}", "", "2020-08-01"])
        layer.addFeature(feature)
    settle(empty, qtbot)
    assert {kind for kind, _ in found(empty)} == {"overlap"}


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


def test_other_settings_find_other_faults(check, qtbot):
    presenter = check(add_outlines({"a": rectangle(0), "b": rectangle(1003)}))
    assert presenter.fault_count == 0
    presenter.box.sliverSpin.setValue(5.0)
    presenter.box.minimumSpin.setValue(2.0)
    press(presenter.box.run.runButton)
    settle(presenter, qtbot)
    assert found(presenter) == {("gap", ("a", "b")), ("below_minimum", ("a",)), ("below_minimum", ("b",))}


def test_a_layer_that_is_removed_is_let_go(check, qtbot):
    presenter = check(add_outlines(OVERLAPPING))
    choose(presenter, "overlap")
    QgsProject.instance().removeMapLayer(presenter.desk.watch.layer_id)
    press(presenter.box.repairButton)
    qtbot.waitUntil(lambda: health(presenter)[0] == "none", timeout=A_WHILE_MS)
    assert presenter.fault_count is None and presenter.sight.bands == [] and not presenter.box.faultsBox.isVisible()
    assert not presenter.desk._session.is_open


@pytest.mark.parametrize("leave", ["remove", "clear", "stop"])
def test_leaving_while_it_checks(check, qtbot, leave):
    presenter = check(add_outlines(OVERLAPPING), wait=False)
    press(presenter.box.run.runButton)
    assert presenter.box.run.progressRow.isVisible()
    if leave == "remove":
        QgsProject.instance().removeMapLayer(presenter.desk.watch.layer_id)
    elif leave == "clear":
        QgsProject.instance().clear()
    else:
        presenter.desk.open(None)
    qtbot.waitUntil(lambda: presenter.desk.is_idle and not presenter.desk._session.is_open, timeout=A_WHILE_MS)
    qtbot.wait(50)
    assert presenter.fault_count is None and not presenter.box.run.progressRow.isVisible()


def test_cancel(check, qtbot, interface):
    pressed = Event()

    def wait(call):
        if not pressed.is_set():
            pressed.wait(A_WHILE_MS / 1000)
            raise Cancelled("Cancelled; the runtime was stopped.")  # as it is where a child is ended

    presenter = check(add_outlines(OVERLAPPING), SessionHere(wait), wait=False)
    press(presenter.box.run.runButton)
    press(presenter.box.run.cancelButton)
    pressed.set()
    settle(presenter, qtbot)
    assert presenter.fault_count is None and "Cancelled" in message(interface)
    press(presenter.box.run.runButton)
    settle(presenter, qtbot)
    assert presenter.fault_count == 1


@pytest.mark.parametrize(
    ("error", "words", "setup"),
    [
        (OutlinesError("The layer is odd."), "The layer is odd.", False),
        (RuntimeMissingError("The runtime lacks shapely."), "The runtime lacks shapely.", True),
        (ValueError("what?"), "failed unexpectedly (what?)", False),
    ],
)
def test_what_goes_wrong_is_told(check, qtbot, error, words, setup):
    def fail(call):
        raise error

    presenter = check(add_outlines(OVERLAPPING), SessionHere(fail))
    assert health(presenter)[0] == "red" and words in health(presenter)[1]
    assert presenter.box.setupButton.isVisible() is setup and presenter.box.run.runButton.isEnabled()


def test_a_child_that_dies_again_and_again_is_told(check, qtbot):
    def die(call):
        if call == "topology_put":
            raise RuntimeCrashError("The runtime ended.")

    session = SessionHere(die)
    presenter = check(add_outlines(SOUND), session)
    move(presenter, "b", rectangle(999))
    settle(presenter, qtbot)
    assert session.calls == ["topology_open", "topology_put", "topology_open"]  # once more, with what was edited
    assert presenter.fault_count == 1
    move(presenter, "b", rectangle(998))
    settle(presenter, qtbot)
    assert "The runtime ended" in health(presenter)[1] and presenter.fault_count is None


def test_settings_are_kept(check):
    presenter = check(add_outlines(SOUND), wait=False)
    presenter.box.minimumSpin.setValue(0.05)
    map_settings.save_widgets("check", presenter.box.saved_widgets())
    assert check(add_outlines(SOUND), wait=False).box.minimumSpin.value() == 0.05
