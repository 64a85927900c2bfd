"""The group *Check*, driven as an analyst would: what it finds, shows and says."""

from __future__ import annotations

from icemargin.tasks.runtime_setting import set_runtime_python
from icemargin.ui import map_settings
from qgis.core import QgsCoordinateReferenceSystem, QgsFeature, QgsGeometry, QgsRectangle
from qgis.PyQt.QtCore import Qt
from qgis.PyQt.QtTest import QTest
from qgis_check import OVERLAPPING, SOUND, add_outlines, choose, found, health, layer_of, move, rectangle, settle
from qgis_panels import A_WHILE_MS, press

pytest_plugins = ["icemargin.tests.qgis.inventory_fixtures"]


def test_a_sound_layer_is_told_so(check):
    presenter = check(add_outlines(SOUND))
    assert health(presenter) == ("green", "No faults in 3 outlines.") and presenter.fault_count == 0
    assert not presenter.box.faultsBox.isVisible()


def test_no_layer_and_no_runtime(check, qtbot):
    presenter = check("", wait=False)
    assert health(presenter) == ("none", "Choose outlines to check.")
    assert not presenter.box.run.runButton.isEnabled() and presenter.fault_count is None
    presenter = check(add_outlines(SOUND), wait=False)
    assert health(presenter) == ("none", "Not checked yet.") and presenter.box.run.runButton.isEnabled()
    set_runtime_python("")
    presenter.look()
    assert "needs the runtime" in health(presenter)[1] and not presenter.box.run.runButton.isEnabled()
    with qtbot.waitSignal(presenter.setup_wanted, timeout=A_WHILE_MS):
        press(presenter.box.setupButton)


def test_faults_are_listed_counted_and_filtered(check):
    outlines = {**OVERLAPPING, "d": rectangle(9000, 5), "e": (rectangle(0, 500), "Rejected")}
    presenter = check(add_outlines(outlines))
    assert found(presenter) == {("overlap", ("a", "b")), ("below_minimum", ("d",))}
    assert health(presenter) == ("amber", "2 faults, 1 can be repaired.") and presenter.fault_count == 2
    table = presenter.box.table
    assert [table.classCombo.itemText(n) for n in range(3)] == ["all", "too small (1)", "overlap (1)"]
    table.classCombo.setCurrentIndex(2)
    (key,) = table.keys()
    assert presenter.desk.faults[int(key)].kind == "overlap"
    move(presenter, "c", rectangle(5100))
    assert len(table.keys()) == 1  # the filter stays


def test_selecting_marks_a_fault_and_goes_there(check, interface):
    interface.canvas.setDestinationCrs(QgsCoordinateReferenceSystem("EPSG:32632"))
    presenter = check(add_outlines(OVERLAPPING))
    (fault,) = choose(presenter, "overlap")
    assert interface.canvas.extent().contains(QgsRectangle(*fault.box)) and len(presenter.sight.bands) == 2
    assert "overlap by" in presenter.box.detailLabel.text() and "Repair:" in presenter.box.detailLabel.text()
    before = interface.canvas.extent()
    interface.canvas.zoomByFactor(8)
    table = presenter.box.table.table
    table.setCurrentIndex(table.model().index(0, 0))
    QTest.keyClick(table, Qt.Key.Key_Return)
    assert interface.canvas.extent() == before
    choose(presenter)
    assert presenter.sight.bands == [] and "Select a fault" in presenter.box.detailLabel.text()


def test_a_layer_without_ids_or_outlines(check, qtbot):
    presenter = check(add_outlines({"a": rectangle(0), "b": rectangle(999.5)}, id_field="name"))
    assert {kind for kind, _ in found(presenter)} == {"overlap", "missing_field"}
    choose(presenter, "overlap")
    assert "feature 1, feature 2" in presenter.box.detailLabel.text()
    empty = check(add_outlines({}))
    assert health(empty) == ("green", "No faults in 0 outlines.")
    layer = layer_of(empty)
    layer.startEditing()
    for east in (0, 999.5):
        feature = QgsFeature(layer.fields())
        feature.setGeometry(QgsGeometry.fromWkt(rectangle(east)))
        feature.setAttributes([f"n{east}", "", "2020-08-01"])
        layer.addFeature(feature)
    settle(empty, qtbot)
    assert {kind for kind, _ in found(empty)} == {"overlap"}


def test_other_settings_find_other_faults(check, qtbot):
    presenter = check(add_outlines({"a": rectangle(0), "b": rectangle(1003)}))
    assert presenter.fault_count == 0
    presenter.box.sliverSpin.setValue(5.0)
    presenter.box.minimumSpin.setValue(2.0)
    press(presenter.box.run.runButton)
    settle(presenter, qtbot)
    assert found(presenter) == {("gap", ("a", "b")), ("below_minimum", ("a",)), ("below_minimum", ("b",))}


def test_settings_are_kept(check):
    presenter = check(add_outlines(SOUND), wait=False)
    presenter.box.minimumSpin.setValue(0.05)
    map_settings.save_widgets("check", presenter.box.saved_widgets())
    assert check(add_outlines(SOUND), wait=False).box.minimumSpin.value() == 0.05
