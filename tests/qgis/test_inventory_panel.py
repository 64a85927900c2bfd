"""The Inventory tab: what is guessed and said, what is kept, and which layers it takes."""

from __future__ import annotations

from icemargin.inventory.attributes_state import CURRENT, full_key
from icemargin.tasks.layer_sources import flat_wkb
from icemargin.tasks.runtime_setting import set_runtime_python
from icemargin.ui.dock import MINIMUM_WIDTH
from qgis.core import QgsCoordinateReferenceSystem, QgsProject
from qgis_inventory import EARLIER, SQUARES, add_file, run, settled, stand_in, texts
from qgis_outlines import add_squares
from qgis_panels import A_RUN_MS, A_WHILE_MS, layer_of, press

pytest_plugins = ["icemargin.tests.qgis.inventory_fixtures"]


def test_nothing_loaded(inventory):
    presenter = inventory()
    level, text = texts(presenter)
    assert level == "none" and "Map glaciers first" in text
    assert not presenter.panel.attributes.run.runButton.isEnabled()
    assert not presenter.panel.staleButton.isVisible() and not presenter.panel.setupButton.isVisible()


def test_layers_are_guessed_and_what_will_happen_is_said(inventory, squares, dem, qtbot):
    earlier = add_squares("RGI", EARLIER, "rgi_id")
    presenter = inventory()
    settled(presenter, qtbot)
    panel = presenter.panel
    assert (panel.outlines.id(), panel.elevation.id(), panel.divides.inherit.id()) == (squares, dem, earlier)
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


def test_a_later_map_does_not_take_the_place(inventory, squares, dem, qtbot):
    presenter = inventory(stand_in)
    run(presenter.attributes, qtbot)
    assert "c may lie in another region." in presenter.panel.attributes.result.whyLabel.text()
    assert presenter.panel.attributes.result.level == "amber"
    add_squares("later", SQUARES, "im_id")
    settled(presenter, qtbot)
    assert presenter.panel.outlines.id() == squares


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


def test_without_a_runtime(inventory, squares, dem, qtbot):
    set_runtime_python("")
    presenter = inventory()
    settled(presenter, qtbot)
    assert "need the runtime" in texts(presenter)[1] and not presenter.attributes.box.run.runButton.isEnabled()
    wanted = []
    presenter.setup_wanted.connect(lambda: wanted.append(1))
    press(presenter.panel.setupButton)
    assert wanted == [1]


def test_what_the_review_has_left_is_told_for_its_own_layer(inventory, squares, dem, qtbot):
    presenter = inventory()
    settled(presenter, qtbot)
    presenter.show_left("another", 7)
    assert "left to review" not in texts(presenter)[1]
    presenter.show_left(squares, 7)
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


def test_check_log_and_hand_in_are_about_the_layer_chosen(inventory, squares, dem, qtbot):
    presenter = inventory(stand_in)
    settled(presenter, qtbot)
    press(presenter.panel.check.run.runButton)
    qtbot.waitUntil(lambda: presenter.check.fault_count is not None, timeout=A_RUN_MS)
    run(presenter.attributes, qtbot)
    settled(presenter, qtbot)
    assert presenter.check.desk.watch.layer_id == squares
    press(presenter.panel.logButton)
    qtbot.waitUntil(lambda: presenter.log.dialog is not None and presenter.log.dialog.isVisible(), timeout=A_WHILE_MS)
    press(presenter.panel.handInButton)
    qtbot.waitUntil(lambda: presenter.hand_in.dialog is not None, timeout=A_WHILE_MS)
    assert presenter.hand_in._layer_id == squares


def test_buttons_need_a_layer(inventory, squares, qtbot):
    presenter = inventory()
    buttons = (presenter.panel.logButton, presenter.panel.handInButton)
    assert all(button.isEnabled() for button in buttons)
    QgsProject.instance().removeMapLayer(squares)
    qtbot.wait(50)
    assert not any(button.isEnabled() for button in buttons)


def test_nothing_to_inherit_is_said_and_results_stay_hidden(inventory, squares, dem, qtbot):
    earlier = add_squares("RGI", EARLIER, "rgi_id")
    presenter = inventory()
    settled(presenter, qtbot)
    QgsProject.instance().removeMapLayer(earlier)
    presenter.panel.dividesGroup.setCollapsed(False)
    qtbot.wait(50)
    assert presenter.panel.divides.inheritCombo.currentText() == "nothing"
    assert presenter.panel.divides.run.isVisible() and not presenter.panel.divides.result.isVisible()


def test_choices_are_kept_with_the_project(inventory, squares, dem, tmp_path, qtbot):
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


def test_another_project_is_guessed_anew(inventory, squares, dem, tmp_path, qtbot):
    presenter = inventory(stand_in)
    run(presenter.attributes, qtbot)
    layer_of(squares).rollBack()
    QgsProject.instance().clear()
    qtbot.wait(50)
    assert presenter.panel.outlines.id() == "" and texts(presenter)[0] == "none"
    other = add_file(tmp_path / "other.gpkg", EARLIER, "Other")
    settled(presenter, qtbot)
    assert presenter.panel.outlines.id() == other and not presenter.panel.attributes.result.isVisible()


def test_the_tab_fits_a_laptop(inventory, squares, dem, qtbot):
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
