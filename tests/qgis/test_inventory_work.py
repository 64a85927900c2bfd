"""Attributes and divides from the Inventory tab: one undo step, what is stale, and what may go wrong."""

from __future__ import annotations

import os
import signal

import pytest
from icemargin.inference.columns import REAL, Field
from icemargin.inference.errors import ExtentError, RuntimeCrashError, RuntimeMissingError
from icemargin.inference.layer_edits import LayerEdits
from icemargin.inference.progress import stop_if_cancelled
from icemargin.maptools.outline_edit import OutlineEdit, apply_edit
from qgis.core import QgsGeometry, QgsProject, QgsRectangle
from qgis.PyQt.QtWidgets import QPushButton
from qgis_inventory import EARLIER, SQUARES, answer_of, rows_of, run, settled, stand_in, texts
from qgis_outlines import add_squares
from qgis_panels import A_WHILE_MS, layer_of, message, press
from qgis_scene import LEFT, TOP

pytest_plugins = ["icemargin.tests.qgis.inventory_fixtures"]


def test_attributes_through_the_child_are_one_undo_step(inventory, squares, dem, qtbot, interface):
    presenter = inventory()
    run(presenter.attributes, qtbot)
    settled(presenter, qtbot)
    layer, rows = layer_of(squares), rows_of(squares)
    assert layer.isEditable() and layer.undoStack().count() == 1
    assert layer.undoStack().undoText() == "Update attributes"
    assert (rows["a"]["aspect_sec"], rows["a"]["dem_source"], rows["a"]["attr_state"]) == (5, "cop30_dem", "current")
    assert rows["a"]["area_km2"] == pytest.approx(0.16, rel=2e-3)
    result = presenter.panel.attributes.result.textLabel.text()
    assert "buffer of half a pixel of 10 m" in result and "3 measured, 0 unchanged" in result
    assert "done; Outlines is not saved yet" in message(interface)
    assert texts(presenter) == ("green", "3 outlines. All is measured: check, then hand in.")
    layer.undoStack().undo()
    settled(presenter, qtbot)
    assert "attr_key" not in layer.fields().names() and "Nothing is measured yet" in texts(presenter)[1]


def test_what_is_stale_is_shown_selected_and_measured_again(inventory, squares, dem, qtbot, interface):
    presenter = inventory()
    run(presenter.attributes, qtbot)
    layer = layer_of(squares)
    layer.commitChanges()
    layer.startEditing()
    key = rows_of(squares)["c"].id()
    layer.changeGeometry(key, QgsGeometry.fromRect(QgsRectangle(LEFT + 200, TOP - 900, LEFT + 400, TOP - 800)))
    settled(presenter, qtbot)
    assert texts(presenter) == ("amber", "3 outlines, 1 stale. Update the attributes.")
    press(presenter.panel.staleButton)
    assert layer.selectedFeatureIds() == [key] and interface.active == ["Outlines"]
    run(presenter.attributes, qtbot)
    settled(presenter, qtbot)
    assert "1 measured, 2 unchanged" in presenter.panel.attributes.result.textLabel.text()
    assert not presenter.panel.staleButton.isVisible()
    assert rows_of(squares)["c"]["area_km2"] == pytest.approx(0.02, rel=2e-3)


def test_divides_are_inherited_as_one_undo_step(inventory, squares, dem, qtbot):
    add_squares("RGI", EARLIER, "rgi_id")
    presenter = inventory()
    presenter.panel.dividesGroup.setCollapsed(False)
    qtbot.wait(20)
    run(presenter.divides, qtbot)
    layer, rows = layer_of(squares), rows_of(squares)
    assert set(rows) == {"G-1", "G-2", "G-3"} and layer.undoStack().undoText() == "Divide ice"
    ground = {name: row.geometry() for name, row in rows.items()}
    assert ground["G-1"].intersection(ground["G-2"]).area() == 0
    assert ground["G-1"].combine(ground["G-2"]).area() == pytest.approx(2 * 400**2)
    assert ground["G-1"].contains(QgsGeometry.fromRect(QgsRectangle(LEFT + 101, TOP - 399, LEFT + 399, TOP - 101)))
    result = presenter.panel.divides.result.textLabel.text()
    assert "3 glaciers" in result and "in 2 complexes" in result and "3 ids inherited" in result
    layer.undoStack().undo()
    assert set(rows_of(squares)) == set(SQUARES)


def test_a_layer_removed_while_running(inventory, squares, dem, qtbot, interface):
    def removed(request, runtime_python, progress):
        found = stand_in(request, runtime_python, progress)
        gate.append(1)
        while len(gate) < 2:
            stop_if_cancelled(progress)
        return found

    gate = []
    presenter = inventory(removed)
    qtbot.waitUntil(presenter.attributes.box.run.runButton.isEnabled, timeout=A_WHILE_MS)
    press(presenter.attributes.box.run.runButton)
    qtbot.waitUntil(lambda: bool(gate), timeout=A_WHILE_MS)
    QgsProject.instance().removeMapLayer(squares)
    gate.append(1)
    qtbot.waitUntil(lambda: not presenter.attributes.runs.is_running, timeout=A_WHILE_MS)
    qtbot.wait(20)
    assert "Update attributes: Outlines is no longer in the project; nothing was changed" in message(interface)


def test_edited_meanwhile(inventory, squares, dem, qtbot):
    """What was edited while its values were looked for keeps its own, and is told; a divided outline stops it all."""
    found, done = [], []

    def held(edits, **values):
        def work(request, runtime_python, progress):
            found.append(answer_of(request, edits, **values))
            while not done:
                stop_if_cancelled(progress)
            return found[-1]

        return work

    values = LayerEdits(values={0: {"slope_deg": 12.5}}, fields=(Field("slope_deg", REAL),))
    presenter = inventory(held(values), held(LayerEdits(removed=frozenset({0})), gone=[]))
    for number, work in enumerate((presenter.attributes, presenter.divides), start=1):
        done.clear()
        qtbot.waitUntil(work.box.run.runButton.isEnabled, timeout=A_WHILE_MS)
        work.run()
        qtbot.waitUntil(lambda number=number: len(found) == number, timeout=A_WHILE_MS)
        layer = layer_of(squares)
        layer.startEditing()
        box = QgsRectangle(LEFT + 100, TOP - 300 - number, LEFT + 200, TOP - 200)
        layer.changeGeometry(found[-1].before.keys[0], QgsGeometry.fromRect(box))
        done.append(1)
        qtbot.waitUntil(lambda work=work: not work.runs.is_running, timeout=A_WHILE_MS)
        qtbot.wait(20)
    assert "1 outlines were edited meanwhile" in presenter.panel.attributes.result.whyLabel.text()
    assert "were edited meanwhile" in presenter.panel.divides.result.textLabel.text()
    assert presenter.panel.divides.result.level == "red" and len(rows_of(squares)) == 3


@pytest.mark.parametrize("how", ["cancel", "crash", "elsewhere"])
def test_runs_that_do_not_end_well_change_nothing(inventory, squares, dem, qtbot, how, interface):
    def failing(request, runtime_python, progress):
        if how == "crash":
            raise RuntimeCrashError("The runtime ended; run again.")
        if how == "elsewhere":
            raise ExtentError("dem.tif does not lie where the outlines are; give one that covers them.")
        while True:
            stop_if_cancelled(progress)

    presenter = inventory(failing)
    qtbot.waitUntil(presenter.attributes.box.run.runButton.isEnabled, timeout=A_WHILE_MS)
    press(presenter.attributes.box.run.runButton)
    if how == "cancel":
        press(presenter.attributes.box.run.cancelButton)
    qtbot.waitUntil(lambda: not presenter.attributes.runs.is_running, timeout=A_WHILE_MS)
    qtbot.wait(20)
    told = {"crash": "run again", "elsewhere": "does not lie where", "cancel": ""}[how]
    assert told in presenter.panel.attributes.result.textLabel.text()
    assert (how != "cancel") or "nothing was changed" in message(interface)
    assert not layer_of(squares).isEditable() and presenter.attributes.box.run.runButton.isEnabled()


def test_a_child_that_is_killed(inventory, squares, dem, qtbot, monkeypatch):
    from icemargin.tasks import child_session

    class Killed(child_session.ChildProcess):
        def call(self, name, *args, **more):
            if name == "attributes":
                os.kill(self.pid, signal.SIGKILL)
            return super().call(name, *args, **more)

    monkeypatch.setattr(child_session, "ChildProcess", Killed)
    presenter = inventory()
    run(presenter.attributes, qtbot)
    assert presenter.panel.attributes.result.level == "red" and not layer_of(squares).isEditable()
    assert "run again" in presenter.panel.attributes.result.whyLabel.text()


def test_a_runtime_that_is_too_old_offers_the_update(inventory, squares, dem, qtbot, interface):
    def lacking(request, runtime_python, progress):
        raise RuntimeMissingError("The runtime lacks fastscapelib: press Update in the window Runtime.")

    presenter, wanted = inventory(lacking), []
    presenter.setup_wanted.connect(lambda: wanted.append(1))
    run(presenter.attributes, qtbot)
    assert "press Update" in presenter.panel.attributes.result.textLabel.text()
    press(interface.bar.currentItem().findChild(QPushButton))
    assert wanted == [1]


def test_our_own_tools_mark_what_they_change_as_stale(inventory, squares, dem, qtbot):
    presenter = inventory()
    run(presenter.attributes, qtbot)
    layer, key = layer_of(squares), rows_of(squares)["c"].id()
    wider = layer.getGeometry(key).buffer(5, 2)
    apply_edit(layer, OutlineEdit({key: wider}), "Wider")
    assert {name: row["attr_state"] for name, row in rows_of(squares).items()} == {
        "a": "current", "b": "current", "c": "stale",
    }  # fmt: skip
    layer.undoStack().undo()
    assert rows_of(squares)["c"]["attr_state"] == "current"
    layer.undoStack().redo()
    settled(presenter, qtbot)
    run(presenter.attributes, qtbot)
    assert rows_of(squares)["c"]["attr_state"] == "current"
    assert "1 measured, 2 unchanged" in presenter.panel.attributes.result.textLabel.text()
