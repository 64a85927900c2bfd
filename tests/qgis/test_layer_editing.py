"""What was found elsewhere, put into a layer: one undo step, nothing lost that was edited meanwhile."""

from __future__ import annotations

import pytest
from icemargin.inference.columns import INTEGER, TEXT, Field
from icemargin.inference.errors import OutlinesError
from icemargin.inference.layer_edits import LayerEdits
from icemargin.inference.progress import NoProgress
from icemargin.tasks.layer_editing import apply_layer_edits
from icemargin.tasks.layer_sources import source_of_layer
from qgis.core import NULL, QgsGeometry, QgsProject, QgsRectangle, QgsVectorFileWriter, QgsVectorLayer
from qgis_outlines import add_squares

SQUARES = {"a": (0, 0, 100), "b": (200, 0, 100), "c": (400, 0, 100)}
BOX = QgsRectangle(0, 0, 50, 50)
WKB = bytes(QgsGeometry.fromRect(BOX).asWkb())


@pytest.fixture
def layer(qgis_new_project):
    return QgsProject.instance().mapLayer(add_squares("outlines", SQUARES, "im_id", note="old"))


def read(layer):
    return source_of_layer(layer).read(NoProgress())


def contents(layer):
    rows = [(one.geometry().asWkt(1), *one.attributes()) for one in layer.getFeatures()]
    return layer.fields().names(), sorted(rows, key=str)


EVERYTHING = LayerEdits(
    shapes={0: WKB}, values={0: {"note": "new", "more": 7}, 1: {"note": None}}, removed=frozenset({2}),
    added=((2, WKB, {"im_id": "d"}),), fields=(Field("more", INTEGER, -999), Field("note", TEXT, "")),
)  # fmt: skip


def test_all_kinds_of_changes_are_one_undo_step(layer):
    old = contents(layer)
    applied = apply_layer_edits(layer, read(layer), EVERYTHING, "Everything")
    assert (applied.changed, applied.added, applied.removed, applied.left) == (2, 1, 1, frozenset())
    rows = {one["im_id"]: one for one in layer.getFeatures()}
    assert set(rows) == {"a", "b", "d"}
    assert rows["a"].geometry().boundingBox() == BOX == rows["d"].geometry().boundingBox()
    assert [rows[name]["note"] for name in "abd"] == ["new", NULL, "old"]
    assert [rows[name]["more"] for name in "abd"] == [7, -999, -999]
    new = contents(layer)
    stack = layer.undoStack()
    assert layer.isEditable() and stack.count() == 1 and stack.undoText() == "Everything"
    stack.undo()
    assert contents(layer) == old
    stack.redo()
    assert contents(layer) == new
    assert layer.commitChanges()
    assert contents(layer) == new


def test_an_outline_edited_meanwhile_keeps_its_values(layer):
    before = read(layer)
    layer.startEditing()
    layer.changeGeometry(before.keys[0], QgsGeometry.fromRect(BOX))
    edits = LayerEdits(values={0: {"note": "new"}, 1: {"note": "new"}})
    assert apply_layer_edits(layer, before, edits, "Values").left == {0}
    assert [one["note"] for one in layer.getFeatures()] == ["old", "new", "old"]


@pytest.mark.parametrize("remove", [False, True])
@pytest.mark.parametrize(
    "edits",
    [LayerEdits({0: WKB}), LayerEdits(removed=frozenset({0})), LayerEdits(added=((0, WKB, {}),))],
)
def test_a_shape_edited_meanwhile_stops_everything(layer, edits, remove):
    before = read(layer)
    layer.startEditing()
    layer.deleteFeature(before.keys[0]) if remove else layer.changeGeometry(
        before.keys[0], QgsGeometry.fromRect(QgsRectangle(0, 0, 9, 9))
    )
    steps, now = layer.undoStack().count(), contents(layer)
    with pytest.raises(OutlinesError, match=r"edited meanwhile \(a\)"):
        apply_layer_edits(layer, before, edits, "Shapes")
    assert contents(layer) == now and layer.undoStack().count() == steps


def test_what_is_as_it_was_makes_no_change(layer):
    apply_layer_edits(layer, read(layer), LayerEdits(values={0: {"note": "old"}}), "Nothing")
    assert not layer.isModified()


def test_a_read_only_layer_is_told(layer):
    before = read(layer)
    layer.setReadOnly(True)
    with pytest.raises(OutlinesError, match="outlines cannot be edited"):
        apply_layer_edits(layer, before, LayerEdits({0: WKB}), "Shapes")


def test_a_shapefile_gets_no_long_names(layer, tmp_path):
    options = QgsVectorFileWriter.SaveVectorOptions()
    options.driverName = "ESRI Shapefile"
    path = str(tmp_path / "x.shp")
    QgsVectorFileWriter.writeAsVectorFormatV3(layer, path, QgsProject.instance().transformContext(), options)
    shapefile = QgsVectorLayer(path, "x", "ogr")
    edits = LayerEdits(fields=(Field("area_sigma_km2", TEXT, ""),))
    with pytest.raises(OutlinesError, match="shapefile cannot hold the field area_sigma_km2"):
        apply_layer_edits(shapefile, read(shapefile), edits, "Fields")
    assert not shapefile.isEditable()
