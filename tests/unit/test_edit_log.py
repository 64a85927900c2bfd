"""The edit log without QGIS: the store, times of work, the way back, the outlines before, `icemargin log`."""

import csv
import json
import sqlite3
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from icemargin.cli import main
from icemargin.inference.edit_steps import DISCARDED, OPEN, SAVED, UNDONE, Change, Session, State, Step
from icemargin.inference.edit_store import WRITE_AHEAD, EditStore, store_beside
from icemargin.inference.errors import OutlinesError, OutputError
from icemargin.inference.outline_schemas import outlines_schema
from icemargin.inference.vector_io import GeoPackageWriter
from icemargin.inference.vector_reading import read_vectors
from icemargin.inventory.edit_log import (
    PAUSE_S,
    WorkingTime,
    all_together,
    edits_before,
    edits_csv,
    glacier_edits,
    overlaid,
    rewound,
    way_back,
)
from osgeo import ogr, osr

AT = "2026-11-22T21:00:00Z"
SESSION = Session("outlines", "", "sign", "here", AT)


def change(fid, before, after, **more):
    """A change of a geometry, told by a letter; None for none."""
    sides = [None if side is None else State(side.encode(), {"reason": side}) for side in (before, after)]
    return Change(fid, f"g{fid}", *sides, **more)


def step(name, *changes, state=SAVED, number=0):
    return Step(name, "tool", "Anna", AT, AT, changes, state, number)


@pytest.fixture
def store(tmp_path):
    store = EditStore(tmp_path / "log.edits.sqlite", WRITE_AHEAD)
    yield store
    store.close()


def test_what_is_written_is_read(store):
    session = store.begin(SESSION)
    values = State(None, {"reason": "Eis und Gr\u00f6\u00dfe", "n": 3, "x": 0.1, "none": None})
    written = step("Cut", change(1, "a", "b", km2_before=1.5, km2_after=0.25, seconds=12.0, reason="debris", note="?"),
                   Change(2, "", values, values), change(-3, None, "c"), change(4, "d", None), state=OPEN)  # fmt: skip
    number = store.add(session, written)
    assert store.steps("outlines") == [replace(written, id=number, session=session)]
    assert store.steps("other") == []
    assert store.changes(number) == written.changes
    assert store.open_steps("outlines") == [(replace(written, id=number, session=session), SESSION)]


def test_shapes_can_be_left_out(store):
    number = store.add(store.begin(SESSION), step("Cut", change(1, "a", "b")))
    (found,) = store.steps("outlines", shapes=False)[0].changes
    assert found.before == State(None, {"reason": "a"}) and found.after == State(None, {"reason": "b"})
    assert store.changes(number)[0].after.wkb == b"b"


def test_steps_are_marked_saved_extended_and_dropped(store):
    session = store.begin(SESSION)
    one, two, three = (store.add(session, step(name, change(-1, "a", "b"), state=OPEN)) for name in "abc")
    store.mark([one], UNDONE)
    store.save([two], {-1: 7})
    store.extend(three, replace(step("c", change(-1, "a", "z")), ended="later"))
    assert [(found.state, found.changes[0].fid) for found in store.steps("outlines")] == [
        (UNDONE, -1), (SAVED, 7), (OPEN, -1),
    ]  # fmt: skip
    assert store.steps("outlines")[2].changes[0].after.wkb == b"z" and store.steps("outlines")[2].ended == "later"
    store.drop([one, three])
    assert [found.id for found in store.steps("outlines")] == [two]
    (left,) = store._db.execute("SELECT count(*) FROM changes").fetchone()
    assert left == 1


def test_two_programs_write_into_one_log(store):
    other = EditStore(store.path, WRITE_AHEAD)
    for one in (store, other, store):
        one.add(one.begin(SESSION), step("Cut", change(1, "a", "b"), state=OPEN))
    assert len(store.steps("outlines")) == len(other.steps("outlines")) == 3
    assert len({found.session for found in store.steps("outlines")}) == 3
    other.close()


def test_a_log_of_a_newer_plugin_is_not_touched(store):
    store._db.execute("PRAGMA user_version=2")
    with pytest.raises(OutputError, match="newer IceMargin"):
        EditStore(store.path)


def test_what_is_no_log_is_told(tmp_path):
    path = tmp_path / "x.edits.sqlite"
    path.write_bytes(b"no database " * 100)
    with pytest.raises(OutputError, match="cannot be used"):
        EditStore(path)


def test_a_log_that_another_program_holds_is_told(store, monkeypatch):
    monkeypatch.setattr("icemargin.inference.edit_store.PATIENCE_S", 0.05)
    other = EditStore(store.path)
    session = other.begin(SESSION)
    blocker = sqlite3.connect(store.path)
    blocker.execute("BEGIN IMMEDIATE")
    with pytest.raises(OutputError, match="locked"):
        other.add(session, step("Cut", change(1, "a", "b")))
    blocker.close()
    other.close()


@pytest.mark.parametrize(
    ("acts", "end", "expected"),
    [
        ([], 10, (0, 10)),
        ([5, 8], 10, (0, 10)),
        ([], PAUSE_S, (0, PAUSE_S)),
        ([], PAUSE_S + 1, (PAUSE_S + 1, 0)),
        ([400], 410, (400, 10)),
        ([20, 400], 410, (0, 30)),
        ([-50], 10, (-50, 60)),  # the clock was set back: that gap is none
    ],
)
def test_pauses_are_no_work(acts, end, expected):
    time = WorkingTime(0)
    for moment in acts:
        time.act(moment)
    assert time.take(end) == expected
    assert time.take(end + 3) == (end, 3)


def test_the_way_back_takes_those_along_that_changed_in_the_same_step():
    steps = [
        step("one", change(1, "a", "b"), number=1),
        step("border", change(1, "b", "c"), change(2, "x", "y"), number=2),
        step("alone", change(3, "p", "q"), number=3),
        step("next", change(2, "y", "z"), change(3, "q", "r"), number=4),
    ]
    back = {one.fid: (one.before.wkb, one.after.wkb) for one in way_back(steps, 1, 1)}
    assert back == {1: (b"c", b"a"), 2: (b"z", b"x"), 3: (b"r", b"q")}
    assert {one.fid for one in way_back(steps, 3, 3)} == {2, 3}
    assert way_back(steps, 1, 3) == ()


def test_values_that_change_together_tie_nothing():
    values = [Change(fid, "", State(None, {"n": 1}), State(None, {"n": 2})) for fid in (1, 2)]
    (back,) = way_back([step("attributes", *values, number=1)], 1, 1)
    assert back.fid == 1 and back.before.values == {"n": 2} and back.after.values == {"n": 1}


def test_what_came_and_went_is_nothing():
    steps = [step("add", change(1, None, "a"), number=1), step("delete", change(1, "a", None), number=2)]
    assert way_back(steps, 1, 1) == () and all_together(steps) == ()


def test_what_was_removed_comes_back_whole():
    steps = [
        step("reason", Change(1, "", State(None, {"reason": "x"}), State(None, {"reason": "y"})), number=1),
        step("delete", Change(1, "", State(b"a", {"reason": "y", "im_id": "i"}), None), number=2),
    ]
    (back,) = way_back(steps, 1, 1)
    assert back.before is None and back.after == State(b"a", {"reason": "x", "im_id": "i"})


@st.composite
def histories(draw):
    """A layer, and steps that change, add and remove its features at random; what each step makes of it."""
    layer = {fid: State(b"%d" % fid, {"v": fid, "w": 0}) for fid in range(draw(st.integers(0, 3)))}
    first, steps, fresh = dict(layer), [], 10
    for number in range(1, draw(st.integers(1, 6)) + 1):
        changes = []
        for fid in draw(st.sets(st.sampled_from([*layer, fresh]))):
            new = State(draw(st.binary(min_size=1, max_size=2)), {"v": draw(st.integers(0, 3))})
            if fid == fresh:
                layer[fid] = State(new.wkb, {**new.values, "w": 1})
                changes.append(Change(fid, "", None, layer[fid]))
            elif draw(st.booleans()):
                changes.append(Change(fid, "", layer.pop(fid), None))
            else:
                old = State(layer[fid].wkb, {"v": layer[fid].values["v"]})
                layer[fid] = overlaid(layer[fid], new)
                changes.append(Change(fid, "", old, new))
        fresh += 1
        steps.append(step(str(number), *changes, number=number))
    return first, steps, layer


@given(histories())
def test_rewinding_gives_what_was(history):
    first, steps, last = history
    assert rewound(last, steps) == first


def test_outlines_that_were_numbered_anew_are_not_mixed_up():
    edit = Change(1, "a", State(b"x", {}), State(b"y", {}))
    assert rewound({1: State(b"y", {"im_id": "a"})}, [step("Edit", edit)]) == {1: State(b"x", {"im_id": "a"})}
    with pytest.raises(OutlinesError, match="is b by now and was a"):
        rewound({1: State(b"y", {"im_id": "b"})}, [step("Edit", edit)])


@given(histories(), st.integers(0, 12), st.integers(1, 6))
def test_the_way_back_starts_from_what_is_and_leads_to_what_was(history, fid, start):
    """Each change expects what the layer has now, and ends in a state that the feature had before some step."""
    first, steps, last = history
    states = [first]
    for number in range(1, len(steps) + 1):
        states.append(rewound(last, steps[number:]))
    for back in way_back(steps, fid, start):
        assert (back.before is None) == (back.fid not in last)
        if back.before is not None:
            assert overlaid(last[back.fid], back.before) == last[back.fid]
        was = [state.get(back.fid) for state in states[start - 1 :]]
        now = last.get(back.fid)
        goal = None if back.after is None else back.after if now is None else overlaid(now, back.after)
        assert goal in was
        if back.fid == fid:
            assert goal == states[min(start - 1, len(steps))].get(fid)


@given(histories())
def test_steps_together_do_what_they_did_one_by_one(history):
    first, steps, last = history
    done = dict(first)
    for one in all_together(steps):
        assert (one.before is None) == (one.fid not in first)
        if one.after is None:
            done.pop(one.fid)
        else:
            done[one.fid] = one.after if one.before is None else overlaid(done[one.fid], one.after)
    assert done == last


def test_the_table_as_csv_has_a_row_for_each_glacier():
    text = edits_csv(glacier_edits([step("Cut", change(1, "a", "b", km2_before=1.5), change(2, None, "c"))]))
    rows = list(csv.DictReader(text.splitlines()))
    assert [row["feature"] for row in rows] == ["1", "2"] and rows[0]["km2_before"] == "1.500000"
    assert rows[0]["analyst"] == "Anna" and rows[1]["what"] == "Cut"


def box(x):
    return bytes(ogr.CreateGeometryFromWkt(f"POLYGON (({x} 0, {x + 9} 0, {x + 9} 9, {x} 0))").ExportToWkb(ogr.wkbNDR))


@pytest.fixture
def edited(tmp_path):
    """A file whose glacier 1 was cut, so that 3 came, and whose glacier 4 was removed; one step was undone."""
    reference = osr.SpatialReference()
    reference.ImportFromEPSG(32643)
    path = str(tmp_path / "map.gpkg")
    with GeoPackageWriter(path) as writer:
        rows = [(box(100 * n), {"im_id": f"g{n}", "reason": "new" if n == 1 else "old"}) for n in (1, 2, 3)]
        writer.write(outlines_schema(reference.ExportToWkt()), rows)
    store = EditStore(store_beside(path))
    session = store.begin(SESSION)
    cut = (Change(1, "g1", State(box(0), {"reason": "old"}), State(box(100), {"reason": "new"}), 2.0, 1.0, 90.0),
           Change(3, "g3", None, State(box(300), {"im_id": "g3"}), 0.0, 1.0))  # fmt: skip
    store.add(session, step("Cut", *cut))
    store.add(session, step("Undone", change(2, "x", "y"), state=UNDONE))
    store.add(session, step("Lost", change(2, "x", "y"), state=DISCARDED))
    store.add(session, step("Open", change(2, "x", "y"), state=OPEN))
    store.add(session, step("Remove", Change(4, "g4", State(box(400), {"im_id": "g4", "left": "out"}), None)))
    store.close()
    return path


def test_the_command_tells_who_did_what(edited, capsys):
    assert main(["log", edited]) == 0
    first, *rest = capsys.readouterr().out.splitlines()
    assert first == "outlines: 5 steps on 4 glaciers by Anna, 2 min of work"
    assert len(rest) == 6 and "g1  Cut  2.000 -> 1.000 km2" in rest[0]


def test_the_command_prints_json_and_writes_csv(edited, tmp_path, capsys):
    assert main(["log", edited, "--json", "--csv", str(tmp_path / "log.csv")]) == 0
    values = json.loads(capsys.readouterr().out)
    assert values["steps"] == 5 and values["analysts"] == ["Anna"] and values["seconds"] == 90
    assert values["edits"][0]["glacier"] == "g1" and values["edits"][0]["km2_after"] == 1.0
    assert len((tmp_path / "log.csv").read_text(encoding="utf-8").splitlines()) == 7


def test_the_outlines_before_are_written(edited, tmp_path):
    target = str(tmp_path / "before.gpkg")
    assert main(["log", edited, "--before", target]) == 0
    found = read_vectors(target, "outlines")
    by_id = {row["im_id"]: (wkb, row["reason"]) for wkb, row in zip(found.wkb, found.rows)}
    assert by_id == {"g1": (box(0), "old"), "g2": (box(200), "old"), "g4": (box(400), None)}


def test_a_layer_that_is_empty_by_now_is_told(edited, tmp_path, capsys):
    layer = read_vectors(edited)
    steps = [step("Remove", Change(1, "g1", State(box(0), {}), None))]
    with pytest.raises(OutlinesError, match="no outline is left"):
        edits_before(replace(layer, wkb=(), rows=(), keys=()), steps)


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (lambda path: [path.replace("map", "other")], "cannot be read"),
        (lambda path: [path, "--log", "nowhere.sqlite"], "There is no edit log nowhere.sqlite"),
        (lambda path: [path, "--before", path], "is a file that is read"),
        (lambda path: [path, "--before", path.replace(".gpkg", ".shp")], "as a GeoPackage"),
        (lambda path: [f"{path}|layername=none"], "no layer none"),
    ],
)
def test_wrong_input_is_told(edited, arguments, words, capsys):
    before = Path(edited).read_bytes()
    assert main(["log", *arguments(edited)]) != 0
    assert words in capsys.readouterr().err and Path(edited).read_bytes() == before


def test_a_file_that_was_never_edited_is_told(edited, tmp_path, capsys):
    store_beside(edited).unlink()
    assert main(["log", edited]) == 2
    assert "nothing was edited" in capsys.readouterr().err
