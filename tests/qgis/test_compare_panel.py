"""The Compare tab's first page, driven as a user would: choose, compare, select, save, and what may go wrong."""

from __future__ import annotations

import json
import sys
from pathlib import Path

import pytest
from icemargin.inference.errors import OutlinesError, RuntimeMissingError
from icemargin.inference.progress import stop_if_cancelled
from icemargin.tasks.runtime_setting import set_runtime_python
from icemargin.ui.compare_panel import ComparePanel
from icemargin.ui.compare_presenter import ComparePresenter, compare_asked
from qgis.core import QgsCoordinateReferenceSystem, QgsProject, QgsVectorLayer
from qgis.PyQt.QtTest import QTest
from qgis.PyQt.QtWidgets import QFileDialog, QPushButton
from qgis_outlines import CANDIDATE, REFERENCE, add_squares, compare_here
from qgis_panels import LEFT_BUTTON, NO_MODIFIER, layer_of, message, press, run_to_end, state


@pytest.fixture
def compare(interface, shown):
    """Return a function that makes panel and presenter; a runtime is set."""
    set_runtime_python(sys.executable)

    def make(work=compare_here) -> ComparePresenter:
        panel = ComparePanel()
        return shown(panel, ComparePresenter(panel, interface, work))

    return make


@pytest.fixture
def two_layers():
    reference = add_squares("RGI", REFERENCE, "rgi_id", src_date="2020-08-01")
    candidate = add_squares("Map", CANDIDATE, "im_id", src_date="2021-08-01")
    return candidate, reference


def click_row(presenter, key) -> None:
    table = presenter.page.results.table
    place = table.table.visualRect(table.table.model().index(table.keys().index(key), 0)).center()
    QTest.mouseClick(table.table.viewport(), LEFT_BUTTON, NO_MODIFIER, place)


def test_nothing_loaded_says_what_to_load(compare):
    presenter = compare()
    level, text, possible = state(presenter)
    assert level == "none" and "Add two layers of polygons" in text and not possible
    assert not presenter.page.results.isVisible()


def test_added_layers_are_recognised(compare, two_layers, qtbot):
    presenter = compare()
    inputs = presenter.inputs
    assert (inputs.candidate.id(), inputs.reference.id()) == two_layers
    assert state(presenter) == ("green", "4 outlines beside 4 of the reference.", True)


def test_layers_added_later_are_recognised_and_a_choice_stays(compare, qtbot):
    presenter = compare()
    first = add_squares("one", CANDIDATE, "name")
    qtbot.wait(20)
    assert presenter.inputs.candidate.id() == first and "Choose a reference" in state(presenter)[1]
    second = add_squares("two", REFERENCE, "name")
    qtbot.wait(20)
    assert {presenter.inputs.candidate.id(), presenter.inputs.reference.id()} == {first, second}
    presenter.inputs.candidateCombo.setLayer(layer_of(first))
    presenter.inputs.candidateCombo.activated.emit(0)
    add_squares("three", REFERENCE, "rgi_id")
    qtbot.wait(20)
    assert presenter.inputs.candidate.id() == first


def test_compare_fills_numbers_table_charts_and_map(compare, two_layers, qtbot):
    presenter = compare()
    run_to_end(presenter, qtbot)
    results = presenter.page.results
    assert results.isVisible() and presenter.page.inputsGroup.isCollapsed()
    (iou, _), (deviation, _), (distance, _), (verdict, of) = results.numbers.texts()
    values = presenter._answer.values
    assert iou == f"{values['total']['iou']:.3f}" and deviation.startswith("\u2212") and distance.endswith("m")
    assert verdict in ("within", "above") and "published range" in of
    assert results.summaryLabel.text() == "Glaciers: 3 matched, 1 missed, 1 new."
    assert results.table.keys() == ["new: M-9", "G-4", "G-3", "G-2", "G-1"]  # the most wrong ground first
    difference = QgsProject.instance().layerTreeRoot().children()[0].layer()
    kinds = {feature["kind"] for feature in difference.getFeatures()}
    assert difference.name() == "Difference: Map against RGI" and kinds == {"gained", "lost", "common"}


def test_a_row_goes_to_its_glacier_in_charts_and_map(compare, two_layers, qtbot, interface):
    presenter = compare()
    run_to_end(presenter, qtbot)
    for key, layer_id, name in (
        ("G-3", two_layers[1], "\"rgi_id\" = 'G-3'"),
        ("new: M-9", two_layers[0], "\"im_id\" = 'M-9'"),
    ):
        click_row(presenter, key)
        assert presenter.page.results.charts.histogram.selection() == [key]
        (feature,) = layer_of(layer_id).getFeatures(name)
        box = feature.geometry().boundingBox()
        assert presenter.finder.outline.asGeometry().boundingBox() == box
        assert interface.canvas.extent().contains(box) and interface.canvas.extent().height() < 2 * box.height()
        assert layer_of(layer_id).selectedFeatureCount() == 0  # QGIS would fill it, and hide the imagery


def test_a_selection_in_the_map_comes_back(compare, two_layers, qtbot, interface):
    presenter = compare()
    run_to_end(presenter, qtbot)
    click_row(presenter, "G-3")
    reference, before = layer_of(two_layers[1]), interface.canvas.extent()
    reference.selectByExpression("\"rgi_id\" in ('G-1', 'G-2')")
    results = presenter.page.results
    assert set(results.table.selected_keys()) == {"G-1", "G-2"} == set(results.charts.histogram.selection())
    assert interface.canvas.extent() == before and presenter.finder.outline is None  # the user is there already


def test_a_selection_in_a_chart_selects_everywhere(compare, two_layers, qtbot):
    presenter = compare()
    run_to_end(presenter, qtbot)
    charts = presenter.page.results.charts
    charts.histogram.selected.emit(["G-1", "G-3"])
    assert set(presenter.page.results.table.selected_keys()) == {"G-1", "G-3"}
    assert layer_of(two_layers[1]).selectedFeatureCount() == 2
    charts.chartCombo.setCurrentIndex(1)  # the other charts show it too
    assert set(charts.scatter.selection()) == {"G-1", "G-3"}


def test_experts_are_judged_by_repeats(compare, two_layers, qtbot):
    add_squares("ann", {k: (e + 5, s, z) for k, (e, s, z) in REFERENCE.items()}, "id")
    add_squares("bob", {k: (e - 5, s, z) for k, (e, s, z) in REFERENCE.items()}, "id")
    presenter = compare()
    combo = presenter.inputs.expertsCombo
    combo.setCheckedItems(["ann"])
    qtbot.wait(20)
    assert state(presenter)[0] == "red" and "two layers of experts" in state(presenter)[1]
    combo.setCheckedItems(["ann", "bob"])
    qtbot.wait(20)
    run_to_end(presenter, qtbot)
    assert presenter.page.results.numbers.texts()[3][1].startswith("experts' spread")
    combo.setCheckedItems(["ann", "Map"])
    qtbot.wait(20)
    assert "judged by itself" in state(presenter)[1]


def test_only_what_the_map_shows(compare, two_layers, qtbot, interface):
    presenter = compare()
    interface.canvas.setExtent(layer_of(two_layers[1]).extent())
    combo = presenter.inputs.extentCombo
    combo.setCurrentIndex(combo.findText(presenter.inputs.view_text))
    assert presenter.inputs.in_view()
    run_to_end(presenter, qtbot)
    assert presenter._answer.values["classes"]["new"] == 0  # M-9 lies outside


@pytest.mark.parametrize(
    ("spoil", "expected"),
    [
        (lambda candidate, reference: candidate.setCrs(QgsCoordinateReferenceSystem()), "no coordinate reference"),
        (lambda candidate, reference: reference.dataProvider().truncate(), "RGI has no outlines"),
    ],
)
def test_what_cannot_be_compared_is_red_and_named(compare, two_layers, qtbot, spoil, expected):
    spoil(*(layer_of(key) for key in two_layers))
    level, text, possible = state(compare())
    assert level == "red" and expected in text and not possible


def test_the_same_layer_twice_is_refused(compare, two_layers, qtbot):
    presenter = compare()
    presenter.inputs.reference.set(layer_of(two_layers[0]))
    presenter.inputs.reference.picked_by_user = True
    qtbot.wait(20)
    assert "the same layer" in state(presenter)[1] and not state(presenter)[2]


def test_without_runtime_one_button_sets_it_up(compare, two_layers, qtbot):
    set_runtime_python("")
    presenter = compare()
    level, text, possible = state(presenter)
    assert level == "amber" and "needs the runtime" in text and not possible
    with qtbot.waitSignal(presenter.setup_wanted, timeout=1000):
        press(presenter.page.setupButton)
    set_runtime_python(sys.executable)
    presenter.look_later()
    qtbot.wait(20)
    assert state(presenter)[2] and not presenter.page.setupButton.isVisible()


@pytest.mark.parametrize(
    ("error", "expected", "setup"),
    [
        (OutlinesError("G-1 is a point; outlines are polygons: choose another layer."), "G-1 is a point", False),
        (RuntimeMissingError("The runtime has no shapely: press Update in Runtime ..."), "no shapely", True),
        (ValueError("odd"), "failed unexpectedly", False),
    ],
)
def test_a_failure_says_why_and_what_now(compare, two_layers, qtbot, error, expected, setup):
    def fails(asked, python, progress):
        raise error

    presenter = compare(fails)
    run_to_end(presenter, qtbot)
    level, text, possible = state(presenter)
    assert level == "red" and expected in text and possible
    assert presenter.page.setupButton.isVisible() is setup and not presenter.page.results.isVisible()


def test_cancel_ends_a_run_and_keeps_what_was_shown(compare, two_layers, qtbot, interface):
    def endless(asked, python, progress):
        progress.report(0.3, "Comparing")
        while True:
            stop_if_cancelled(progress)

    presenter = compare(endless)
    press(presenter.page.run.runButton)
    qtbot.waitUntil(lambda: "Comparing" in presenter.page.run.progressLabel.text(), timeout=5000)
    assert not presenter.page.run.runButton.isEnabled()
    press(presenter.page.run.cancelButton)
    qtbot.waitUntil(lambda: not presenter.runs.is_running, timeout=5000)
    assert message(interface).startswith("Cancelled") and state(presenter)[2]


def test_nothing_in_common_is_told_first(compare, qtbot):
    add_squares("RGI", REFERENCE, "rgi_id")
    add_squares("Map", {"M-1": (50000, 0, 500)}, "im_id")
    presenter = compare()
    run_to_end(presenter, qtbot)
    assert "Nothing overlaps" in presenter.page.results.doubts.textLabel.text()
    assert presenter.page.results.numbers.texts()[0][0] == "0.000"


def test_layers_deleted_after_a_run(compare, two_layers, qtbot, interface):
    presenter = compare()
    run_to_end(presenter, qtbot)
    QgsProject.instance().removeMapLayer(two_layers[1])
    qtbot.wait(20)
    assert presenter.inputs.reference.id() == "" and not state(presenter)[2]
    click_row(presenter, "G-2")  # the difference layer still knows where it is
    assert message(interface) == "" and interface.canvas.extent().height() < 2000
    QgsProject.instance().removeMapLayer(QgsProject.instance().mapLayersByName("Difference: Map against RGI")[0].id())
    click_row(presenter, "G-1")
    assert "no longer in the project" in message(interface)


def test_a_layer_deleted_during_a_run_does_no_harm(compare, two_layers, qtbot):
    def deleted_meanwhile(asked, python, progress):
        progress.report(0.1, "gone?")
        while not gone:
            stop_if_cancelled(progress)
        return compare_here(asked, python, progress)

    gone = []
    presenter = compare(deleted_meanwhile)
    press(presenter.page.run.runButton)
    qtbot.waitUntil(lambda: "gone?" in presenter.page.run.progressLabel.text(), timeout=5000)
    QgsProject.instance().removeMapLayers(list(two_layers))
    gone.append(True)
    qtbot.waitUntil(lambda: not presenter.runs.is_running, timeout=20000)
    assert presenter.page.results.table.keys() and presenter.page.results.isVisible()


def test_a_closed_project_takes_the_result_along(compare, two_layers, qtbot):
    presenter = compare()
    run_to_end(presenter, qtbot)
    QgsProject.instance().clear()
    qtbot.wait(20)
    assert not presenter.page.results.isVisible() and not presenter.page.inputsGroup.isCollapsed()
    assert "Add two layers" in state(presenter)[1]


def test_a_project_closed_during_a_run_gets_no_layer(compare, two_layers, qtbot):
    def slow(asked, python, progress):
        answer = compare_here(asked, python, progress)
        progress.report(0.9, "almost")
        while not progress.is_cancelled():
            pass
        return answer

    presenter = compare(slow)
    press(presenter.page.run.runButton)
    qtbot.waitUntil(lambda: "almost" in presenter.page.run.progressLabel.text(), timeout=20000)
    QgsProject.instance().clear()
    qtbot.waitUntil(lambda: not presenter.runs.is_running, timeout=5000)
    assert not QgsProject.instance().mapLayers() and not presenter.page.results.isVisible()


def test_compared_again_replaces_the_difference(compare, two_layers, qtbot):
    presenter = compare()
    for _ in range(2):
        run_to_end(presenter, qtbot)
    assert len(QgsProject.instance().mapLayersByName("Difference: Map against RGI")) == 1
    assert len(QgsProject.instance().mapLayers()) == 3
    assert presenter.inputs.candidateCombo.count() == 3  # none, and the two: the difference is not on offer


def test_other_layers_chosen_are_told_beside_an_older_result(compare, two_layers, qtbot):
    presenter = compare()
    run_to_end(presenter, qtbot)
    assert not presenter.page.health.isVisible()
    presenter.inputs.candidateCombo.setLayer(layer_of(add_squares("Third", CANDIDATE, "name")))
    qtbot.wait(20)
    assert state(presenter)[1].endswith("Shown below: Map against RGI.")


@pytest.mark.parametrize(("button", "suffix"), [("csvButton", ".csv"), ("jsonButton", ".json")])
def test_numbers_are_saved_under_the_name_given(
    compare, two_layers, qtbot, interface, monkeypatch, tmp_path, button, suffix
):
    asked = []

    def name(window, heading, proposed, filters):
        asked.append(proposed)
        return str(tmp_path / "numbers"), filters

    monkeypatch.setattr(QFileDialog, "getSaveFileName", name)
    presenter = compare()
    run_to_end(presenter, qtbot)
    press(getattr(presenter.page.results, button))
    qtbot.waitUntil(lambda: "Saved" in message(interface), timeout=10000)
    text = (tmp_path / f"numbers{suffix}").read_text(encoding="utf-8")
    assert Path(asked[0]).name == f"Map against RGI{suffix}"
    if suffix == ".json":
        assert json.loads(text)["total"] == presenter._answer.values["total"]
    else:
        assert [line.split(",")[0] for line in text.splitlines()] == ["id", "G-1", "G-2", "G-3", "G-4", "M-9"]


def test_a_file_that_cannot_be_written_is_told(compare, two_layers, qtbot, interface, monkeypatch, tmp_path):
    place = str(tmp_path / "no" / "folder.csv")
    monkeypatch.setattr(QFileDialog, "getSaveFileName", lambda *_: (place, ""))
    presenter = compare()
    run_to_end(presenter, qtbot)
    press(presenter.page.results.csvButton)
    qtbot.waitUntil(lambda: bool(message(interface)), timeout=10000)
    assert place in message(interface) and presenter.page.results.csvButton.isEnabled()


def test_choices_are_kept_with_project_and_user(compare, qtbot, tmp_path):
    for name, squares in (("RGI", REFERENCE), ("Map", CANDIDATE), ("Third", CANDIDATE)):
        layer_id = add_squares(name, squares, "name")
        from qgis.core import QgsVectorFileWriter

        options = QgsVectorFileWriter.SaveVectorOptions()
        path = str(tmp_path / f"{name}.gpkg")
        QgsVectorFileWriter.writeAsVectorFormatV3(
            layer_of(layer_id), path, QgsProject.instance().transformContext(), options
        )
        QgsProject.instance().removeMapLayer(layer_id)
        QgsProject.instance().addMapLayer(QgsVectorLayer(path, name, "ogr"))
    presenter = compare()
    by_name = {layer.name(): layer for layer in QgsProject.instance().mapLayers().values()}
    presenter.inputs.candidate.set(by_name["Third"])
    presenter.inputs.reference.set(by_name["Map"])
    for pick in (presenter.inputs.candidate, presenter.inputs.reference):
        pick.picked_by_user = True
    del by_name
    presenter.inputs.pixelSpin.setValue(15)
    qtbot.wait(20)
    run_to_end(presenter, qtbot)
    project = str(tmp_path / "p.qgz")
    assert QgsProject.instance().write(project)
    QgsProject.instance().clear()
    again = compare()
    assert again.inputs.pixelSpin.value() == 15
    QgsProject.instance().read(project)
    qtbot.wait(20)
    names = [pick.layer().name() for pick in (again.inputs.candidate, again.inputs.reference)]
    assert names == ["Third", "Map"]


def test_in_the_runtime_with_a_report(compare, two_layers, qtbot, interface, monkeypatch, tmp_path):
    """From the button to the child process and back, once for real."""
    page = str(tmp_path / "page.html")
    monkeypatch.setattr(QFileDialog, "getSaveFileName", lambda *_: (page, ""))
    presenter = compare(compare_asked)
    run_to_end(presenter, qtbot)
    assert presenter.page.results.summaryLabel.text() == "Glaciers: 3 matched, 1 missed, 1 new."
    press(presenter.page.results.reportButton)
    assert not presenter.page.results.reportButton.isEnabled()
    qtbot.waitUntil(lambda: bool(message(interface)), timeout=300000)
    assert "Saved" in message(interface) and interface.bar.currentItem().findChild(QPushButton) is not None
    assert "G-3" in Path(page).read_text(encoding="utf-8")
