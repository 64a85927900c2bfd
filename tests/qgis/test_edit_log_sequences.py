"""Whatever is done in edit sessions: the log leads from the file to what the layer shows, and back to the beginning."""

import pytest
from edited_outlines import line
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from icemargin.inference.edit_steps import OPEN, SAVED
from icemargin.inference.errors import OutlinesError
from icemargin.inventory.edit_log import all_together, overlaid, rewound
from icemargin.maptools.cutting_edits import cut_by, merge_along
from icemargin.maptools.edit_places import log_place
from icemargin.maptools.edit_recorder import EditRecorder, Worker
from icemargin.maptools.feature_states import all_features, stored_features
from icemargin.maptools.outline_edit import apply_edit
from logged_outlines import open_outlines, write_outlines
from qgis.core import QgsProject

MOVES = ("cut", "merge", "reason", "shift", "delete", "undo", "redo", "save", "save on", "roll back", "jump")


def act(layer, move, x):
    """Do what a user may do; `x` is a number from 0 to 9."""
    stack, fids = layer.undoStack(), sorted(one.id() for one in layer.getFeatures())
    if not layer.isEditable():
        layer.startEditing()
    fid = fids[x % len(fids)] if fids else 0
    if move == "cut":
        apply_edit(layer, cut_by(layer, line((200 * x + 50, -10), (200 * x + 50, 1010))), "Cut")
    elif move == "merge":
        apply_edit(layer, merge_along(layer, line((150 * x, 500), (150 * x + 400, 500))), "Merge")
    elif move == "reason":
        layer.changeAttributeValue(fid, layer.fields().indexOf("reason"), str(x))
    elif move == "shift":
        layer.translateFeature(fid, 0, 2000 + x)
    elif move == "delete" and len(fids) > 1:
        layer.deleteFeature(fid)
    elif move in ("undo", "redo"):
        getattr(stack, move)()
    elif move == "jump":
        stack.setIndex(x % (stack.count() + 1))
    elif move in ("save", "save on"):
        assert layer.commitChanges(move == "save")
    elif move == "roll back":
        layer.rollBack()


def logged(layer, *states):
    place = log_place(layer)
    if not place.path.exists():
        return []
    store = place.open()
    try:
        return [step for step in store.steps(place.layer) if step.state in states]
    finally:
        store.close()


def whole(features):
    return {fid: one.state() for fid, one in features.items()}


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(moves=st.lists(st.tuples(st.sampled_from(MOVES), st.integers(0, 9)), max_size=14))
def test_the_log_leads_to_what_is_and_back_to_what_was(qgis_app, tmp_path_factory, moves):
    layer = open_outlines(write_outlines(tmp_path_factory.mktemp("log") / "outlines.gpkg"))
    recorder = EditRecorder(layer, Worker(str, str, lambda: "sign"))
    told = []
    recorder.told.connect(told.append)
    first = whole(all_features(layer))
    layer.startEditing()
    for move, x in moves:
        try:
            act(layer, move, x)
        except OutlinesError:
            continue
    now = whole(all_features(layer))
    assert rewound(now, logged(layer, SAVED, OPEN)) == first
    shown = whole(stored_features(layer, range(200)))
    for change in all_together(logged(layer, OPEN)):
        before = shown.pop(change.fid, None)
        if change.after is not None:
            shown[change.fid] = change.after if before is None else overlaid(before, change.after)
    assert shown == now
    assert told == []
    recorder.stop()
    layer.rollBack()
    QgsProject.instance().removeMapLayer(layer)


@pytest.mark.parametrize("move", ["undo", "redo", "jump", "save", "roll back"])
def test_nothing_edited_leaves_no_log(qgis_app, tmp_path, move):
    layer = open_outlines(write_outlines(tmp_path / "outlines.gpkg"))
    recorder = EditRecorder(layer, Worker(str, str, lambda: "sign"))
    act(layer, move, 0)
    assert [path.name for path in tmp_path.iterdir() if "edits" in path.name] == []
    recorder.stop()
