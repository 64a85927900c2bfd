"""The Inventory tab, driven as a user would: guesses, divides, attributes, what is stale, and what may go wrong."""

from __future__ import annotations

import os
import signal
import sys
from pathlib import Path

import numpy as np
import pytest
from icemargin.inference.columns import REAL, Field
from icemargin.inference.errors import ExtentError, RuntimeCrashError, RuntimeMissingError
from icemargin.inference.layer_edits import LayerEdits
from icemargin.inference.progress import NoProgress, stop_if_cancelled
from icemargin.inventory.attributes_state import CURRENT, full_key
from icemargin.maptools.outline_edit import OutlineEdit, apply_edit
from icemargin.tasks.inventory_request import InventoryAnswer
from icemargin.tasks.inventory_work import find_attributes, find_divides
from icemargin.tasks.layer_sources import flat_wkb
from icemargin.tasks.runtime_setting import set_runtime_python
from icemargin.ui.dock import MINIMUM_WIDTH
from icemargin.ui.inventory_panel import InventoryPanel
from icemargin.ui.inventory_presenter import InventoryPresenter
from qgis.core import (
    QgsCoordinateReferenceSystem,
    QgsGeometry,
    QgsProject,
    QgsRectangle,
    QgsVectorFileWriter,
    QgsVectorLayer,
)
from qgis.PyQt.QtWidgets import QPushButton
from qgis_outlines import add_squares
from qgis_panels import A_RUN_MS, A_WHILE_MS, message, press
from qgis_scene import LEFT, SIZE, TOP

SQUARES = {"a": (100, 100, 400), "b": (500, 100, 400), "c": (100, 700, 300)}
"""`a` and `b` touch."""
EARLIER = {"G-1": (100, 100, 300), "G-2": (400, 100, 500), "G-3": (100, 700, 300)}


@pytest.fixture
def inventory(interface, shown):
    """Return a function that makes panel and presenter; a runtime is set."""
    set_runtime_python(sys.executable)
    interface.setActiveLayer = lambda layer: interface.active.append(layer.name())
    interface.active = []

    def make(measure=find_attributes, divide=find_divides) -> InventoryPresenter:
        panel = InventoryPanel()
        panel.check.followCheck.setChecked(False)
        return shown(panel, InventoryPresenter(panel, interface, measure, divide))

    return make


@pytest.fixture
def dem(make_raster, add_layer):
    """A slope to the south below the squares; returns the layer's id."""
    rows = np.repeat(3000 - 2.0 * np.arange(SIZE)[:, None], SIZE, axis=1)
    return add_layer(make_raster("cop30_dem", rows[None].astype(np.float32)), "cop30_dem")


@pytest.fixture
def outlines(tmp_path):
    """A GeoPackage of squares in the project; returns its id."""
    return add_file(tmp_path / "outlines.gpkg", SQUARES)


def add_file(path: Path, squares, name="Outlines", driver="GPKG", **more) -> str:
    memory = QgsProject.instance().mapLayer(add_squares(name, squares, "im_id", status="accepted", **more))
    options = QgsVectorFileWriter.SaveVectorOptions()
    options.driverName = driver
    context = QgsProject.instance().transformContext()
    QgsVectorFileWriter.writeAsVectorFormatV3(memory, str(path), context, options)
    QgsProject.instance().removeMapLayer(memory.id())
    layer = QgsVectorLayer(str(path), name)
    QgsProject.instance().addMapLayer(layer)
    return str(layer.id())


def layer_of(layer_id):
    return QgsProject.instance().mapLayer(layer_id)


def texts(presenter):
    return presenter.panel.health.level, presenter.panel.health.textLabel.text()


def settled(presenter, qtbot) -> None:
    """Wait until the tab has looked at the layer."""
    qtbot.wait(50)
    watch = presenter.watch
    qtbot.waitUntil(lambda: not watch.runs.is_running and not watch._timer.isActive(), timeout=A_WHILE_MS)
    qtbot.wait(20)


def run(work, qtbot) -> None:
    """Press the group's button once it can be pressed, and wait for the end."""
    qtbot.waitUntil(work.box.run.runButton.isEnabled, timeout=A_WHILE_MS)
    press(work.box.run.runButton)
    qtbot.waitUntil(lambda: not work.runs.is_running, timeout=A_RUN_MS)
    qtbot.wait(20)


def rows_of(layer_id):
    return {one["im_id"]: one for one in layer_of(layer_id).getFeatures()}


def answer_of(request, edits, **values) -> InventoryAnswer:
    total = {"area_km2": 1.0, "low_km2": 0.9, "high_km2": 1.1, "sigma_km2": 0.1, "method": "buffer"}
    told = {"total": total, "measured": 1, "unchanged": 0, "faults": [], "doubts": [], **values}
    return InventoryAnswer(request.outlines.read(NoProgress()), edits, told)


def stand_in(request, runtime_python, progress) -> InventoryAnswer:
    """Give the first outline a slope."""
    edits = LayerEdits(values={0: {"slope_deg": 12.5}}, fields=(Field("slope_deg", REAL),))
    return answer_of(request, edits, doubts=["c may lie in another region."])


def test_nothing_loaded(inventory):
    presenter = inventory()
    level, text = texts(presenter)
    assert level == "none" and "Map glaciers first" in text
    assert not presenter.panel.attributes.run.runButton.isEnabled()
    assert not presenter.panel.staleButton.isVisible() and not presenter.panel.setupButton.isVisible()


def test_layers_are_guessed_and_what_will_happen_is_said(inventory, outlines, dem, qtbot):
    earlier = add_squares("RGI", EARLIER, "rgi_id")
    presenter = inventory()
    settled(presenter, qtbot)
    panel = presenter.panel
    assert (panel.outlines.id(), panel.elevation.id(), panel.divides.inherit.id()) == (outlines, dem, earlier)
    assert texts(presenter)[0] == "amber" and "3 outlines. Nothing is measured yet" in texts(presenter)[1]
    assert panel.attributes.demNameEdit.placeholderText() == "cop30_dem"
    plan = panel.divides.planLabel.text()
    assert "Divides and ids come from RGI. New ice is divided by flowsheds of cop30_dem. Ice caps stay whole" in plan
    panel.divides.flowshedsCheck.setChecked(False)
    qtbot.wait(20)
    assert "New ice stays whole." in panel.divides.planLabel.text()
    panel.divides.inherit.set(None)
    panel.divides.inherit.picked_by_user = True
    qtbot.wait(20)
    assert "Choose an earlier inventory" in panel.divides.planLabel.text()
    assert not panel.divides.run.runButton.isEnabled()
    panel.divides.flowshedsCheck.setChecked(True)
    panel.divides.iceCapsCheck.setChecked(True)
    qtbot.wait(20)
    plan = panel.divides.planLabel.text()
    assert "All ice is divided anew by flowsheds" in plan and "Ice caps are divided too." in plan


def test_attributes_through_the_child_are_one_undo_step(inventory, outlines, dem, qtbot, interface):
    presenter = inventory()
    run(presenter.attributes, qtbot)
    settled(presenter, qtbot)
    layer, rows = layer_of(outlines), rows_of(outlines)
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


def test_what_is_stale_is_shown_selected_and_measured_again(inventory, outlines, dem, qtbot, interface):
    presenter = inventory()
    run(presenter.attributes, qtbot)
    layer = layer_of(outlines)
    layer.commitChanges()
    layer.startEditing()
    key = rows_of(outlines)["c"].id()
    layer.changeGeometry(key, QgsGeometry.fromRect(QgsRectangle(LEFT + 200, TOP - 900, LEFT + 400, TOP - 800)))
    settled(presenter, qtbot)
    assert texts(presenter) == ("amber", "3 outlines, 1 stale. Update the attributes.")
    press(presenter.panel.staleButton)
    assert layer.selectedFeatureIds() == [key] and interface.active == ["Outlines"]
    run(presenter.attributes, qtbot)
    settled(presenter, qtbot)
    assert "1 measured, 2 unchanged" in presenter.panel.attributes.result.textLabel.text()
    assert not presenter.panel.staleButton.isVisible()
    assert rows_of(outlines)["c"]["area_km2"] == pytest.approx(0.02, rel=2e-3)


def test_divides_are_inherited_as_one_undo_step(inventory, outlines, dem, qtbot):
    add_squares("RGI", EARLIER, "rgi_id")
    presenter = inventory()
    presenter.panel.dividesGroup.setCollapsed(False)
    qtbot.wait(20)
    run(presenter.divides, qtbot)
    layer, rows = layer_of(outlines), rows_of(outlines)
    assert set(rows) == {"G-1", "G-2", "G-3"} and layer.undoStack().undoText() == "Divide ice"
    ground = {name: row.geometry() for name, row in rows.items()}
    assert ground["G-1"].intersection(ground["G-2"]).area() == 0
    assert ground["G-1"].combine(ground["G-2"]).area() == pytest.approx(2 * 400**2)
    assert ground["G-1"].contains(QgsGeometry.fromRect(QgsRectangle(LEFT + 101, TOP - 399, LEFT + 399, TOP - 101)))
    result = presenter.panel.divides.result.textLabel.text()
    assert "3 glaciers" in result and "in 2 complexes" in result and "3 ids inherited" in result
    layer.undoStack().undo()
    assert set(rows_of(outlines)) == set(SQUARES)


def test_a_later_map_does_not_take_the_place(inventory, outlines, dem, qtbot):
    presenter = inventory(stand_in)
    run(presenter.attributes, qtbot)
    assert "c may lie in another region." in presenter.panel.attributes.result.whyLabel.text()
    assert presenter.panel.attributes.result.level == "amber"
    add_squares("later", SQUARES, "im_id")
    settled(presenter, qtbot)
    assert presenter.panel.outlines.id() == outlines


def test_a_layer_removed_while_running(inventory, outlines, dem, qtbot, interface):
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
    QgsProject.instance().removeMapLayer(outlines)
    gate.append(1)
    qtbot.waitUntil(lambda: not presenter.attributes.runs.is_running, timeout=A_WHILE_MS)
    qtbot.wait(20)
    assert "Update attributes: Outlines is no longer in the project; nothing was changed" in message(interface)


def test_edited_meanwhile(inventory, outlines, dem, qtbot):
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
        layer = layer_of(outlines)
        layer.startEditing()
        box = QgsRectangle(LEFT + 100, TOP - 300 - number, LEFT + 200, TOP - 200)
        layer.changeGeometry(found[-1].before.keys[0], QgsGeometry.fromRect(box))
        done.append(1)
        qtbot.waitUntil(lambda work=work: not work.runs.is_running, timeout=A_WHILE_MS)
        qtbot.wait(20)
    assert "1 outlines were edited meanwhile" in presenter.panel.attributes.result.whyLabel.text()
    assert "were edited meanwhile" in presenter.panel.divides.result.textLabel.text()
    assert presenter.panel.divides.result.level == "red" and len(rows_of(outlines)) == 3


@pytest.mark.parametrize("how", ["cancel", "crash", "elsewhere"])
def test_runs_that_do_not_end_well_change_nothing(inventory, outlines, dem, qtbot, how, interface):
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
    assert not layer_of(outlines).isEditable() and presenter.attributes.box.run.runButton.isEnabled()


def test_a_child_that_is_killed(inventory, outlines, dem, qtbot, monkeypatch):
    from icemargin.tasks import child_session

    class Killed(child_session.ChildProcess):
        def call(self, name, *args, **more):
            if name == "attributes":
                os.kill(self.pid, signal.SIGKILL)
            return super().call(name, *args, **more)

    monkeypatch.setattr(child_session, "ChildProcess", Killed)
    presenter = inventory()
    run(presenter.attributes, qtbot)
    assert presenter.panel.attributes.result.level == "red" and not layer_of(outlines).isEditable()
    assert "run again" in presenter.panel.attributes.result.whyLabel.text()


def test_layers_that_cannot_become_an_inventory(inventory, tmp_path, dem, qtbot):
    presenter = inventory()
    for add, words in (
        (lambda: add_file(tmp_path / "old.shp", SQUARES, "old", "ESRI Shapefile"), "is a shapefile"),
        (lambda: add_squares("nowhere", SQUARES, "im_id", crs=""), "no coordinate reference system"),
        (lambda: add_squares("empty", {}, "im_id"), "has no outlines"),
    ):
        key = add()
        layer_of(key).setCrs(QgsCoordinateReferenceSystem()) if "nowhere" in layer_of(key).name() else None
        presenter.panel.outlines.set(layer_of(key))
        presenter.panel.outlines.picked_by_user = True
        settled(presenter, qtbot)
        level, text = texts(presenter)
        assert level == "red" and words in text and not presenter.attributes.box.run.runButton.isEnabled()
    key = add_file(tmp_path / "locked.gpkg", SQUARES, "locked")
    layer_of(key).setReadOnly(True)
    presenter.panel.outlines.set(layer_of(key))
    settled(presenter, qtbot)
    presenter.look()
    assert "is read-only: export it" in texts(presenter)[1]


def test_without_a_runtime(inventory, outlines, dem, qtbot):
    set_runtime_python("")
    presenter = inventory()
    settled(presenter, qtbot)
    assert "need the runtime" in texts(presenter)[1] and not presenter.attributes.box.run.runButton.isEnabled()
    wanted = []
    presenter.setup_wanted.connect(lambda: wanted.append(1))
    press(presenter.panel.setupButton)
    assert wanted == [1]


def test_what_the_review_has_left_is_told_for_its_own_layer(inventory, outlines, dem, qtbot):
    presenter = inventory()
    settled(presenter, qtbot)
    presenter.show_left("another", 7)
    assert "left to review" not in texts(presenter)[1]
    presenter.show_left(outlines, 7)
    assert "3 outlines, 7 left to review." in texts(presenter)[1]


def test_states_follow_the_keys_and_what_is_rejected_does_not_count(inventory, qtbot):
    """The states that are told are those of the keys: what is rejected does not count."""
    key = add_squares("many", {str(n): (n, n, 50) for n in range(4)}, "im_id", status="", attr_key="", attr_state="")
    layer = layer_of(key)
    layer.startEditing()
    for number, feature in enumerate(list(layer.getFeatures())):
        if number < 3:
            feature["attr_key"] = full_key(flat_wkb(feature.geometry()), b"")
            feature["attr_state"] = CURRENT if number else "no terrain"
        feature["status"] = "rejected" if number == 2 else "accepted"
        layer.updateFeature(feature)
    layer.commitChanges()
    presenter = inventory()
    settled(presenter, qtbot)
    assert texts(presenter)[1] == "3 outlines, 1 not measured, 1 without terrain. Update the attributes."


def test_check_log_and_hand_in_are_about_the_layer_chosen(inventory, outlines, dem, qtbot):
    presenter = inventory(stand_in)
    settled(presenter, qtbot)
    press(presenter.panel.check.run.runButton)
    qtbot.waitUntil(lambda: presenter.check.fault_count is not None, timeout=A_RUN_MS)
    run(presenter.attributes, qtbot)
    settled(presenter, qtbot)
    assert presenter.check.desk.watch.layer_id == outlines
    press(presenter.panel.logButton)
    qtbot.waitUntil(lambda: presenter.log.dialog is not None and presenter.log.dialog.isVisible(), timeout=A_WHILE_MS)
    press(presenter.panel.handInButton)
    qtbot.waitUntil(lambda: presenter.hand_in.dialog is not None, timeout=A_WHILE_MS)
    assert presenter.hand_in._layer_id == outlines


def test_buttons_need_a_layer(inventory, outlines, qtbot):
    presenter = inventory()
    buttons = (presenter.panel.logButton, presenter.panel.handInButton)
    assert all(button.isEnabled() for button in buttons)
    QgsProject.instance().removeMapLayer(outlines)
    qtbot.wait(50)
    assert not any(button.isEnabled() for button in buttons)


def test_nothing_to_inherit_is_said_and_results_stay_hidden(inventory, outlines, dem, qtbot):
    earlier = add_squares("RGI", EARLIER, "rgi_id")
    presenter = inventory()
    settled(presenter, qtbot)
    QgsProject.instance().removeMapLayer(earlier)
    presenter.panel.dividesGroup.setCollapsed(False)
    qtbot.wait(50)
    assert presenter.panel.divides.inheritCombo.currentText() == "nothing"
    assert presenter.panel.divides.run.isVisible() and not presenter.panel.divides.result.isVisible()


def test_choices_are_kept_with_the_project(inventory, outlines, dem, tmp_path, qtbot):
    other = add_file(tmp_path / "other.gpkg", EARLIER, "Other")
    presenter = inventory(stand_in)
    presenter.panel.outlines.set(layer_of(other))
    presenter.panel.outlines.picked_by_user = True
    run(presenter.attributes, qtbot)
    layer_of(other).rollBack()
    project = QgsProject.instance()
    assert project.write(str(tmp_path / "kept.qgz"))
    project.clear()
    qtbot.wait(50)
    presenter.panel.outlines.set(None)
    project.read(str(tmp_path / "kept.qgz"))
    settled(presenter, qtbot)
    assert presenter.panel.outlines.id() == other and presenter.panel.elevation.id() == dem


def test_a_runtime_that_is_too_old_offers_the_update(inventory, outlines, dem, qtbot, interface):
    def lacking(request, runtime_python, progress):
        raise RuntimeMissingError("The runtime lacks fastscapelib: press Update in the window Runtime.")

    presenter, wanted = inventory(lacking), []
    presenter.setup_wanted.connect(lambda: wanted.append(1))
    run(presenter.attributes, qtbot)
    assert "press Update" in presenter.panel.attributes.result.textLabel.text()
    press(interface.bar.currentItem().findChild(QPushButton))
    assert wanted == [1]


def test_our_own_tools_mark_what_they_change_as_stale(inventory, outlines, dem, qtbot):
    presenter = inventory()
    run(presenter.attributes, qtbot)
    layer, key = layer_of(outlines), rows_of(outlines)["c"].id()
    wider = layer.getGeometry(key).buffer(5, 2)
    apply_edit(layer, OutlineEdit({key: wider}), "Wider")
    assert {name: row["attr_state"] for name, row in rows_of(outlines).items()} == {
        "a": "current", "b": "current", "c": "stale",
    }  # fmt: skip
    layer.undoStack().undo()
    assert rows_of(outlines)["c"]["attr_state"] == "current"
    layer.undoStack().redo()
    settled(presenter, qtbot)
    run(presenter.attributes, qtbot)
    assert rows_of(outlines)["c"]["attr_state"] == "current"
    assert "1 measured, 2 unchanged" in presenter.panel.attributes.result.textLabel.text()


def test_another_project_is_guessed_anew(inventory, outlines, dem, tmp_path, qtbot):
    presenter = inventory(stand_in)
    run(presenter.attributes, qtbot)
    layer_of(outlines).rollBack()
    QgsProject.instance().clear()
    qtbot.wait(50)
    assert presenter.panel.outlines.id() == "" and texts(presenter)[0] == "none"
    other = add_file(tmp_path / "other.gpkg", EARLIER, "Other")
    settled(presenter, qtbot)
    assert presenter.panel.outlines.id() == other and not presenter.panel.attributes.result.isVisible()


def test_the_tab_fits_a_laptop(inventory, outlines, dem, qtbot):
    """400 pixels wide and no higher than a screen of 768 leaves, with all groups open."""
    presenter = inventory(stand_in)
    panel = presenter.panel
    for group in (panel.dividesGroup, panel.attributes.advancedGroup, panel.divides.advancedGroup):
        group.setCollapsed(False)
    run(presenter.attributes, qtbot)
    size = panel.minimumSizeHint()
    assert size.width() <= MINIMUM_WIDTH and size.height() <= 480
    contents = panel.scrollArea.widget()
    assert contents.minimumSizeHint().width() <= panel.scrollArea.viewport().width()
