"""A session of checking, through a real child: faults, edits, repairs, errors by name, and nothing left afterwards."""

from __future__ import annotations

import os
import signal
import subprocess
import sys

import pytest
from icemargin.inference import errors
from icemargin.inference.progress import NoProgress
from icemargin.inventory.topology_faults import CheckSettings
from icemargin.tasks.comparison_request import LayerSource
from icemargin.tasks.layer_files import write_layer
from icemargin.tasks.topology_session import CheckOrder, RepairOrder, TopologySession, Touched
from icemargin.tests.unit.processes import bare_python, is_alive, until
from icemargin.tests.unit.test_watched_layer import layer_of, plain, square

pytest_plugins = ["icemargin.tests.unit.child_fixtures"]

NONE = NoProgress()
OVERLAPPING = layer_of(plain(k1=square(), k2=square(999.5), k3=square(5000)))


def source(layer):
    return LayerSource(layer.name, lambda _progress: layer)


def order(layer=OVERLAPPING, **more):
    return CheckOrder(source(layer), CheckSettings(), **more)


def touched(features, *keys):
    return Touched(source(layer_of(features)), frozenset({*features, *keys}))


@pytest.fixture
def session(room):
    made = TopologySession()
    yield made
    made.close()
    assert list(room.iterdir()) == []


def test_faults_edits_and_repairs(session, children):
    found = session.check(order(), sys.executable, NONE)
    ((number, fault),) = found.faults.items()
    assert (fault.kind, fault.ids, fault.keys, found.outlines) == ("overlap", ("g1", "g2"), (1, 2), 3)
    assert fault.number == number and fault.repair and len(fault.box) == 4
    came = session.follow(touched(plain(k3=square(1999)), 99), NONE)
    assert [one.ids for one in came.faults.values()] == [("g2", "g3")] and came.new == set(came.faults)
    repairs = session.repairs(RepairOrder((number,)), None, NONE)
    assert repairs.before.keys == (1, 2) and set(repairs.edits.shapes) == {0, 1} and repairs.followed is None
    assert [one.ids for one in repairs.done] == [("g1", "g2")]
    late = session.repairs(RepairOrder((number,)), touched({}, 2), NONE)
    assert late.done == () and number in late.followed.gone and late.followed.outlines == 2
    assert session.check(order(layer_of(plain(k1=square()))), sys.executable, NONE).faults == {}
    assert len(children) == 1  # the same one checks again


def test_fields_that_number_the_features_are_no_values(session):
    features = {1: (square(), {"im_id": "x", "fid": 1}), 2: (square(), {"im_id": "x", "fid": 2})}
    layer = layer_of(features, fields=("fid", "im_id", "status", "src_date"))
    for ignored, repairable in (((), False), (("fid",), True)):
        found = session.check(order(layer, ignored=ignored), sys.executable, NONE)
        copies = [fault for fault in found.faults.values() if fault.kind == "duplicate_outline"]
        assert [bool(fault.repair) for fault in copies] == [repairable]


def test_a_child_that_is_killed_is_told_and_started_again(session, children, room):
    session.check(order(), sys.executable, NONE)
    os.kill(children[0].pid, signal.SIGKILL)
    with pytest.raises(errors.RuntimeCrashError, match="memory ran out"):
        session.follow(touched(plain(k3=square(1999))), NONE)
    assert not session.is_open and list(room.iterdir()) == []
    with pytest.raises(errors.RuntimeCrashError, match="press Check inventory"):
        session.follow(touched({}), NONE)
    assert session.check(order(), sys.executable, NONE).outlines == 3 and len(children) == 2


def test_another_runtime_is_taken(session, children, tmp_path):
    session.check(order(), sys.executable, NONE)
    with pytest.raises(errors.RuntimeMissingError, match="lacks shapely, scipy, pyproj: press Update"):
        session.check(order(), bare_python(tmp_path / "bare", numpy=True), NONE)
    assert not any(is_alive(child.pid) for child in children)
    with pytest.raises(errors.RuntimeMissingError, match="none is set up"):
        session.check(order(), "", NONE)


@pytest.mark.parametrize("text", ["Reading", "Checking"])
def test_cancel_leaves_nothing(session, children, room, text):
    class Stop:
        stopped = False

        def report(self, _, told):
            self.stopped = self.stopped or told.startswith(text)

        def is_cancelled(self):
            return self.stopped

    with pytest.raises(errors.Cancelled):
        session.check(order(), sys.executable, Stop())
    assert not session.is_open and not any(is_alive(child.pid) for child in children) and list(room.iterdir()) == []


def test_a_folder_without_room_is_told(session, monkeypatch):
    session.check(order(), sys.executable, NONE)
    def full(*_):
        raise OSError(28, "full")

    monkeypatch.setattr("icemargin.tasks.topology_session.write_layer", full)
    with pytest.raises(errors.OutputError, match="free some space"):
        session.follow(touched({}), NONE)
    assert not session.is_open


def test_closing_twice_is_no_harm(session, children):
    session.close()
    session.check(order(), sys.executable, NONE)
    session.close()
    session.close()
    assert until(lambda: not is_alive(children[0].pid), 10)


def test_the_child_needs_no_gdal(tmp_path):
    code = f"""
import sys
for name in ("osgeo", "qgis", "gdal"):
    sys.modules[name] = None
from icemargin.tasks.child_server import ChildServer
server = ChildServer()
folder = {str(tmp_path)!r}
server.calls["topology_open"](folder=folder, settings={{}}, ignored=[])
server.calls["topology_put"](folder=folder, gone=[3])
server.calls["topology_repair"](folder=folder, numbers=[0], uncovered=True, split=True)
"""
    write_layer(tmp_path / "layer", OVERLAPPING)
    write_layer(tmp_path / "touched", layer_of({}))
    run = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert run.returncode == 0, run.stderr
    assert (tmp_path / "edits").exists() and (tmp_path / "before").exists()
