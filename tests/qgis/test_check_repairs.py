"""Repairs in the group *Check*: one undo step each, of what is there when it is made."""

from __future__ import annotations

import pytest
from qgis.core import QgsGeometry, QgsProject
from qgis_check import (
    OVERLAPPING,
    SOUND,
    add_outlines,
    choose,
    feature_id,
    found,
    layer_of,
    move,
    rectangle,
    saved,
    settle,
)
from qgis_panels import message, press

pytest_plugins = ["icemargin.tests.qgis.inventory_fixtures"]

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
