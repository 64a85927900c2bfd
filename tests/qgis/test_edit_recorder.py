"""The edit log of real edit sessions: every step, undo and redo, saving, rolling back, what other tools do."""

import sqlite3

import pytest
import shapely
from edited_outlines import line, outlines_layer, square
from icemargin.inference.edit_steps import DISCARDED, OPEN, SAVED, UNDONE
from icemargin.inference.errors import OutlinesError
from icemargin.maptools import edit_places
from icemargin.maptools.cutting_edits import cut_by, merge_along
from icemargin.maptools.edit_places import log_place
from icemargin.maptools.edit_recorder import EditRecorder, Worker
from icemargin.maptools.outline_edit import OutlineEdit, apply_edit
from logged_outlines import PAIR, open_outlines, write_outlines
from pyproj import Geod, Transformer
from qgis.core import QgsGeometry, QgsProject
from qgis_scene import UTM43

CUT = ((300, -10), (300, 1010))
WORKER = Worker(lambda: "Anna", lambda: "the tool", lambda: "sign")


@pytest.fixture(autouse=True)
def own_profile(tmp_path, monkeypatch):
    """Logs that are not beside a file go to a folder of this test."""
    monkeypatch.setattr(edit_places, "profile_folder", lambda: tmp_path / "profile")


@pytest.fixture
def recording(tmp_path, qgis_app):
    """Return a function that opens outlines of a file and follows them; recorders stop at the end."""
    recorders = []

    def begin(polygons=PAIR, name="outlines.gpkg", driver="GPKG"):
        layer = open_outlines(write_outlines(tmp_path / name, polygons, driver))
        recorder = EditRecorder(layer, WORKER)
        recorders.append(recorder)
        layer.startEditing()
        return layer

    yield begin
    for recorder in recorders:
        recorder.stop()
        recorder.deleteLater()


def logged(layer):
    place = log_place(layer)
    if not place.path.exists():
        return []
    store = place.open()
    try:
        return store.steps(place.layer)
    finally:
        store.close()


def states(layer):
    return [step.state for step in logged(layer)]


def geodesic_km2(wkt):
    """Return an area by another library."""
    to_degrees = Transformer.from_crs(UTM43, 4326, always_xy=True)
    dense = shapely.segmentize(shapely.from_wkt(wkt), 10)
    shape = shapely.transform(dense, to_degrees.transform, interleaved=False)
    return abs(Geod(ellps="WGS84").geometry_area_perimeter(shape)[0]) / 1e6


def set_reason(layer, fid, reason, step="Reason"):
    layer.beginEditCommand(step)
    layer.changeAttributeValue(fid, layer.fields().indexOf("reason"), reason)
    layer.endEditCommand()


def test_a_cut_tells_who_when_what_why_and_how_large(recording):
    layer = recording()
    set_reason(layer, 1, "debris")
    apply_edit(layer, cut_by(layer, line(*CUT)), "Cut by divide")
    reason, cut = logged(layer)
    assert (reason.name, reason.tool, reason.analyst, reason.state) == ("Reason", "the tool", "Anna", OPEN)
    assert reason.began <= reason.ended <= cut.began <= cut.ended and cut.ended.endswith("Z")
    assert reason.changes[0].before.values == {"reason": ""}
    assert reason.changes[0].after.values == {"reason": "debris"} and not reason.changes[0].moves_outline
    changes = {change.fid > 0: change for change in cut.changes}
    assert changes[True].glacier == "a" and changes[True].reason == "debris"
    assert changes[False].before is None and changes[False].after.values["reason"] == "debris"
    assert shapely.from_wkb(changes[True].before.wkb).equals(shapely.from_wkt(PAIR[0]))
    assert changes[True].km2_before == pytest.approx(geodesic_km2(PAIR[0]), rel=1e-6)
    after = changes[True].km2_after + changes[False].km2_after
    assert changes[False].km2_before == 0 and after == pytest.approx(changes[True].km2_before, rel=1e-6)


def test_a_value_that_was_edited_twice_is_told_from_its_last_state(recording):
    layer = recording()
    set_reason(layer, 2, "debris")
    set_reason(layer, 2, "lake")
    assert logged(layer)[1].changes[0].before.values == {"reason": "debris"}


def test_undo_and_redo_are_followed(recording):
    layer = recording()
    for reason in ("debris", "lake", "cloud"):
        set_reason(layer, 1, reason)
    stack = layer.undoStack()
    stack.undo()
    stack.undo()
    assert states(layer) == [OPEN, UNDONE, UNDONE]
    stack.redo()
    assert states(layer) == [OPEN, OPEN, UNDONE]
    set_reason(layer, 1, "other")
    assert states(layer) == [OPEN, OPEN, UNDONE, OPEN]
    assert logged(layer)[3].changes[0].before.values == {"reason": "lake"}
    stack.setIndex(0)
    assert states(layer) == [UNDONE, UNDONE, UNDONE, UNDONE]


def test_a_new_step_in_the_place_of_the_one_that_was_undone_is_no_redo(recording):
    layer = recording()
    set_reason(layer, 1, "debris")
    layer.undoStack().undo()
    set_reason(layer, 1, "lake")
    assert states(layer) == [UNDONE, OPEN]


def test_saving_gives_new_features_their_numbers(recording, tmp_path):
    layer = recording()
    apply_edit(layer, cut_by(layer, line((300, -10), (300, 500), (2010, 500))), "Cut")
    apply_edit(layer, merge_along(layer, line((500, 200), (1500, 200))), "Merge")
    layer.undoStack().undo()
    assert layer.commitChanges()
    cut, merge = logged(layer)
    assert (cut.state, merge.state) == (SAVED, UNDONE)
    shapes = {one.id(): bytes(one.geometry().asWkb()) for one in layer.getFeatures()}
    assert {change.fid: change.after.wkb for change in cut.changes} == shapes
    layer.startEditing()
    set_reason(layer, max(shapes), "debris")
    assert logged(layer)[2].changes[0].before.values == {"reason": ""}


def test_saving_without_ending_goes_on(recording):
    layer = recording()
    set_reason(layer, 1, "debris")
    assert layer.commitChanges(False)
    set_reason(layer, 1, "lake")
    assert states(layer) == [SAVED, OPEN] and logged(layer)[1].changes[0].before.values == {"reason": "debris"}
    layer.rollBack()
    assert states(layer) == [SAVED, DISCARDED]


def test_a_rollback_that_goes_on_can_be_done_again(recording):
    layer = recording()
    set_reason(layer, 1, "debris")
    layer.rollBack(False)
    assert states(layer) == [DISCARDED]
    layer.undoStack().redo()
    assert states(layer) == [OPEN]


def test_a_commit_that_fails_leaves_the_steps_open(recording, qtbot, tmp_path):
    layer = recording()
    set_reason(layer, 1, "debris")
    blocker = sqlite3.connect(tmp_path / "outlines.gpkg")
    blocker.execute("CREATE TRIGGER no BEFORE UPDATE ON outlines BEGIN SELECT RAISE(FAIL, 'no'); END")
    blocker.commit()
    blocker.close()
    assert not layer.commitChanges()
    qtbot.wait(50)
    assert states(layer) == [OPEN]
    set_reason(layer, 2, "lake")
    assert states(layer) == [OPEN, OPEN]


@pytest.mark.parametrize("other", [False, True])
def test_a_step_that_is_refused_never_was(recording, other):
    layer = recording()
    if other:
        set_reason(layer, 1, "debris")
    with pytest.raises(OutlinesError, match="over its neighbour"):
        apply_edit(layer, OutlineEdit({1: QgsGeometry.fromWkt(square(500, 0, 1000))}), "Bad")
    assert states(layer) == [OPEN] * other
    set_reason(layer, 1, "lake")
    assert states(layer) == [OPEN] * (1 + other)


def test_moves_that_qgis_joins_are_one_step(recording):
    layer = recording()
    for x in (10, 20, 30):
        layer.changeGeometry(1, QgsGeometry.fromWkt(square(-x, 0, 900)))
    (step,) = logged(layer)
    assert shapely.from_wkb(step.changes[0].before.wkb).equals(shapely.from_wkt(PAIR[0]))
    assert shapely.from_wkb(step.changes[0].after.wkb).equals(shapely.from_wkt(square(-30, 0, 900)))
    assert layer.undoStack().count() == 1 and step.name == "Change of shape"


def test_a_new_field_alone_is_no_step_and_its_values_are(recording):
    from qgis.core import QgsField
    from qgis.PyQt.QtCore import QVariant

    layer = recording()
    layer.addAttribute(QgsField("slope", QVariant.Double))
    assert logged(layer) == []
    layer.changeAttributeValue(1, layer.fields().indexOf("slope"), 12.5)
    (step,) = logged(layer)
    assert step.changes[0].after.values == {"slope": 12.5} and step.name == "Change of values"
    layer.undoStack().setIndex(0)
    assert states(layer) == [UNDONE]


def test_deleted_outlines_are_kept_whole(recording):
    layer = recording()
    layer.beginEditCommand("Delete")
    layer.deleteFeatures([1, 2])
    layer.endEditCommand()
    (step,) = logged(layer)
    assert {change.glacier for change in step.changes} == {"a", "b"}
    assert all(change.after is None and change.before.wkb and change.km2_after == 0 for change in step.changes)


def test_a_layer_without_a_file_has_its_log_in_the_profile(qgis_app, tmp_path):
    layer = outlines_layer(PAIR)
    told = []
    recorder = EditRecorder(layer, WORKER)
    recorder.told.connect(told.append)
    set_reason(layer, 1, "debris")
    assert states(layer) == [OPEN] and log_place(layer).path.parent == tmp_path / "profile" / "edits"
    assert len(told) == 1 and "kept in your profile" in told[0]
    recorder.stop()
    QgsProject.instance().removeMapLayer(layer)


def test_a_log_that_cannot_be_written_is_told_once_and_stops_no_edit(recording, tmp_path):
    (tmp_path / "outlines.gpkg.edits.sqlite").write_bytes(b"this is no database, but a text of some length" * 50)
    layer = recording()
    told = []
    recorder = EditRecorder(layer, WORKER)
    recorder.told.connect(told.append)
    set_reason(layer, 1, "debris")
    set_reason(layer, 1, "lake")
    assert len(told) == 1 and "not logged" in told[0]
    assert layer.getFeature(1)["reason"] == "lake"
    recorder.stop()


def test_a_project_that_writes_every_edit_at_once_is_told_to_have_no_log(recording, qtbot):
    told = []
    project = QgsProject.instance()
    project.setAutoTransaction(True)
    try:
        layer = recording()
        recorder = EditRecorder(layer, WORKER)
        recorder.told.connect(told.append)
        set_reason(layer, 1, "debris")
        set_reason(layer, 1, "lake")
        assert len(told) == 1 and "transaction groups" in told[0]
        recorder.stop()
        layer.rollBack()
    finally:
        project.setAutoTransaction(False)


def test_the_log_lies_in_the_profile_where_the_folder_cannot_be_written(recording, monkeypatch, tmp_path):
    layer = recording()
    beside = log_place(layer).path
    monkeypatch.setattr(edit_places, "_is_writable", lambda _: False)
    place = log_place(layer)
    assert place.path.parent == tmp_path / "profile" / "edits" and not place.beside
    set_reason(layer, 1, "debris")
    assert not beside.exists() and states(layer) == [OPEN]
    monkeypatch.undo()
    monkeypatch.setattr(edit_places, "profile_folder", lambda: tmp_path / "profile")
    assert log_place(layer).path == place.path  # a log that was begun there goes on there


@pytest.mark.parametrize("source", ["{}", "{}|layername=second", "{}|layerid=1"])
def test_layers_of_one_file_have_their_own_steps(tmp_path, qgis_app, source):
    from qgis.core import QgsVectorFileWriter

    path = write_outlines(tmp_path / "first.gpkg")
    options = QgsVectorFileWriter.SaveVectorOptions()
    options.layerName = "second"
    options.actionOnExistingFile = QgsVectorFileWriter.ActionOnExistingFile.CreateOrOverwriteLayer
    context = QgsProject.instance().transformContext()
    QgsVectorFileWriter.writeAsVectorFormatV3(outlines_layer(PAIR, add=False), path, context, options)
    place = log_place(open_outlines(source.format(path)))
    assert place.layer == ("first" if source == "{}" else "second")
    assert place.path == tmp_path / "first.gpkg.edits.sqlite"


@pytest.mark.parametrize(("name", "driver"), [("margin.shp", "ESRI Shapefile"), ("margin.geojson", "GeoJSON")])
def test_other_formats_are_logged_too(recording, name, driver, tmp_path):
    layer = recording(PAIR, name, driver)
    fid = next(layer.getFeatures()).id()
    set_reason(layer, fid, "debris")
    assert layer.commitChanges()
    assert states(layer) == [SAVED] and (tmp_path / f"{name}.edits.sqlite").exists()


def test_the_file_of_the_outlines_is_not_touched(recording, tmp_path):
    path = tmp_path / "outlines.gpkg"
    layer = recording()
    before = path.read_bytes()
    set_reason(layer, 1, "debris")
    assert path.read_bytes() == before
