"""What QGIS's own tools edited is marked when it is saved; what our tools or the analyst said stays."""

from __future__ import annotations

import pytest
from edited_outlines import line, square
from icemargin.inference.layer_edits import LayerEdits
from icemargin.inference.progress import NoProgress
from icemargin.maptools.cutting_edits import cut_by
from icemargin.maptools.edit_marks import SavedMarks
from icemargin.maptools.edit_recorder import EditRecorder, Worker
from icemargin.maptools.outline_edit import apply_edit
from icemargin.tasks.layer_editing import apply_layer_edits
from icemargin.tasks.layer_sources import source_of_layer
from logged_outlines import PAIR, open_outlines, write_outlines
from qgis.core import QgsFeature, QgsField, QgsGeometry, QgsPointXY, QgsVectorLayerUtils
from qgis.PyQt.QtCore import QVariant

SMALLER = QgsGeometry.fromWkt(square(0, 0, 900))
ELSEWHERE = QgsGeometry.fromWkt(square(5000, 5000, 400))


@pytest.fixture
def layer(tmp_path, qgis_app):
    """Outlines of a file that is being edited, to be reviewed, with marks when they are saved."""
    found = open_outlines(write_outlines(tmp_path / "outlines.gpkg", PAIR))
    marks = SavedMarks(found, lambda: "Anna")
    found.startEditing()
    for feature in found.getFeatures():
        found.changeAttributeValue(feature.id(), found.fields().indexOf("status"), "to review")
    found.commitChanges(False)
    yield found
    marks.stop()


def rows(layer):
    assert layer.commitChanges(), layer.commitErrors()
    return {one["im_id"]: one for one in layer.getFeatures()}


def key(layer, name):
    return next(one.id() for one in layer.getFeatures() if one["im_id"] == name)


def is_marked(row):
    return row["status"] == "edited" and str(row["edited_at"]).endswith("Z")


def test_a_shape_changed_by_qgis_is_marked(layer):
    layer.changeGeometry(key(layer, "a"), SMALLER)
    found = rows(layer)
    assert is_marked(found["a"]) and found["b"]["status"] == "to review" and not found["b"]["edited_at"]


def test_a_moved_vertex_marks_both_that_share_it(layer):
    for name in "ab":
        layer.moveVertex(600950.0, 3800000.0, key(layer, name), 1 if name == "a" else 0)
    assert all(is_marked(row) for row in rows(layer).values())


def test_what_was_decided_meanwhile_stays(layer):
    layer.changeGeometry(key(layer, "a"), SMALLER)
    layer.changeAttributeValue(key(layer, "a"), layer.fields().indexOf("status"), "accepted")
    found = rows(layer)
    assert found["a"]["status"] == "accepted" and str(found["a"]["edited_at"]).endswith("Z")


def test_what_was_undone_is_not_marked(layer):
    layer.changeGeometry(key(layer, "a"), SMALLER)
    layer.undoStack().undo()
    assert [row["status"] for row in rows(layer).values()] == ["to review"] * 2


def test_our_tools_marks_stay_as_they_are(layer):
    apply_edit(layer, cut_by(layer, line((300, -10), (300, 1010))), "Cut", "Bea")
    steps = layer.undoStack().count()
    layer.beforeCommitChanges.emit(True)
    assert layer.undoStack().count() == steps
    layer.rollBack()


def test_a_repair_tells_when_and_leaves_the_decision(layer):
    before = source_of_layer(layer).read(NoProgress())
    apply_layer_edits(layer, before, LayerEdits({0: bytes(SMALLER.asWkb())}), "Repair")
    found = rows(layer)
    assert found["a"]["status"] == "to review" and str(found["a"]["edited_at"]).endswith("Z")


@pytest.mark.parametrize("name", ["", "a"])
def test_a_drawn_or_copied_outline_gets_an_id_of_its_own(layer, name):
    feature = QgsVectorLayerUtils.createFeature(layer, ELSEWHERE, {layer.fields().indexOf("im_id"): name})
    layer.addFeature(feature)
    found = rows(layer)
    (new,) = set(found) - {"a", "b"}
    assert len(found) == 3 and new.startswith("IM") and is_marked(found[new])
    assert found["a"].geometry().area() == pytest.approx(1e6)


def test_an_outline_with_an_id_that_nobody_has_keeps_it(layer):
    feature = QgsVectorLayerUtils.createFeature(layer, ELSEWHERE, {layer.fields().indexOf("im_id"): "mine"})
    layer.addFeature(feature)
    assert "mine" in rows(layer)


def test_pieces_that_qgis_split_are_told_apart(layer):
    layer.splitFeatures([QgsPointXY(600300.0, 3800010.0), QgsPointXY(600300.0, 3798990.0)], True)
    found = rows(layer)
    assert len(found) == 3 and is_marked(found["a"])
    (new,) = set(found) - {"a", "b"}
    assert new.startswith("IM") and is_marked(found[new])


def test_a_piece_that_qgis_split_loses_the_official_id(layer):
    layer.addAttribute(QgsField("glims_id", QVariant.String))
    layer.commitChanges(False)
    for name in "ab":
        layer.changeAttributeValue(key(layer, name), layer.fields().indexOf("glims_id"), f"G-{name}")
    layer.splitFeatures([QgsPointXY(600300.0, 3800010.0), QgsPointXY(600300.0, 3798990.0)], True)
    assert sorted(str(row["glims_id"]) for row in rows(layer).values()) == ["G-a", "G-b", "NULL"]


def test_an_outline_without_geometry_is_left_alone(layer):
    layer.addFeature(QgsFeature(layer.fields()))
    assert layer.commitChanges() and layer.featureCount() == 3


def test_the_marks_are_in_the_edit_log(layer, tmp_path, monkeypatch):
    from icemargin.maptools import edit_places
    from icemargin.maptools.edit_places import log_place

    monkeypatch.setattr(edit_places, "profile_folder", lambda: tmp_path / "profile")
    recorder = EditRecorder(layer, Worker(lambda: "Anna", lambda: "the tool", lambda: "sign"))
    layer.changeGeometry(key(layer, "a"), SMALLER)
    rows(layer)
    place = log_place(layer)
    store = place.open()
    names = [(step.name, step.state) for step in store.steps(place.layer)]
    store.close()
    recorder.stop()
    assert names[-1] == ("Mark as edited", "saved") and len(names) == 2
