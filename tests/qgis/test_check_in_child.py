"""The group *Check* with a real child of the runtime: check, edit, repair; a child that is killed; nothing is left."""

from __future__ import annotations

import os
import signal
from pathlib import Path

from icemargin.tests.unit.processes import is_alive
from qgis.core import QgsGeometry
from qgis_check import add_outlines, feature_id, found, make_check, rectangle, settle
from qgis_panels import press

pytest_plugins = ["icemargin.tests.unit.child_fixtures"]


def test_check_edit_repair_kill_and_leave(interface, qtbot, room, children):
    layer_id = add_outlines({"a": rectangle(0), "b": rectangle(999.5), "c": rectangle(5000)})
    presenter = make_check(interface, qtbot, layer_id)
    press(presenter.box.run.runButton)
    settle(presenter, qtbot)
    assert found(presenter) == {("overlap", ("a", "b"))}
    press(presenter.box.repairAllButton)
    settle(presenter, qtbot)
    assert found(presenter) == set() and len(children) == 1
    os.kill(children[0].pid, signal.SIGKILL)
    layer = presenter.desk.watch.layer()
    layer.changeGeometry(feature_id(layer, "c"), QgsGeometry.fromWkt(rectangle(1999)))
    settle(presenter, qtbot)
    assert found(presenter) == {("overlap", ("b", "c"))} and len(children) == 2
    assert is_alive(children[1].pid) and len(list(Path(room).iterdir())) == 1
    presenter.stop()
    assert not is_alive(children[1].pid) and list(Path(room).iterdir()) == []
    presenter.box.deleteLater()
    presenter.deleteLater()
