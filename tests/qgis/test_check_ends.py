"""Checks that do not end well: cancelled, left, failed."""

from __future__ import annotations

from threading import Event

import pytest
from icemargin.inference.errors import Cancelled, OutlinesError, RuntimeCrashError, RuntimeMissingError
from qgis.core import QgsProject
from qgis_check import OVERLAPPING, SOUND, SessionHere, add_outlines, choose, health, move, rectangle, settle
from qgis_panels import A_WHILE_MS, message, press

pytest_plugins = ["icemargin.tests.qgis.inventory_fixtures"]


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
