"""The Compare tab's second page, driven as a user would: layers and days, the change in table and chart, files."""

from __future__ import annotations

import json
import sys
from datetime import date
from pathlib import Path

import pytest
from icemargin.tasks.runtime_setting import set_runtime_python
from icemargin.ui.change_presenter import ChangePresenter, measure_asked
from icemargin.ui.compare_panel import ComparePanel
from qgis.core import QgsProject
from qgis.PyQt.QtCore import Qt
from qgis.PyQt.QtTest import QTest
from qgis.PyQt.QtWidgets import QFileDialog
from qgis.PyQt.QtXml import QDomDocument
from qgis_outlines import add_squares, measure_here
from qgis_panels import LEFT_BUTTON, NO_MODIFIER, run_to_end, state

EARLY = {"G-1": (0, 0, 1000), "G-2": (2000, 0, 500)}
LATE = {"G-1": (0, 0, 900), "N-1": (6000, 0, 400)}


@pytest.fixture
def change(interface, shown):
    """Return a function that makes panel and presenter, the second page in front; a runtime is set."""
    set_runtime_python(sys.executable)

    def make(work=measure_here) -> ChangePresenter:
        panel = ComparePanel()
        panel.datesRadio.setChecked(True)
        return shown(panel, ChangePresenter(panel, interface, work))

    return make


@pytest.fixture
def two_dates():
    return add_squares("ice 2000-08-20", EARLY, "rgi_id"), add_squares("ice 2020-08-20", LATE, "rgi_id")


def rows_of(presenter) -> dict:
    tree = presenter.inputs.layersTree
    return {tree.topLevelItem(row).text(0): tree.topLevelItem(row) for row in range(tree.topLevelItemCount())}


def tick(presenter, qtbot, *names) -> None:
    for name, item in rows_of(presenter).items():
        item.setCheckState(0, Qt.CheckState.Checked if name in names else Qt.CheckState.Unchecked)
    qtbot.wait(20)


def day_edit(presenter, name):
    return presenter.inputs.layersTree.itemWidget(rows_of(presenter)[name], 1)


def test_layers_are_offered_with_the_day_of_their_name(change, two_dates, qtbot):
    add_squares("bare", EARLY, "rgi_id")
    add_squares("dated", EARLY, "rgi_id", src_date="2010-08-20")
    presenter = change()
    days = {name: day_edit(presenter, name) for name in rows_of(presenter)}
    assert days["ice 2000-08-20"].text() == "2000-08-20"
    assert (days["bare"].text(), days["bare"].placeholderText()) == ("", "YYYY-MM-DD")
    assert (days["dated"].text(), days["dated"].placeholderText()) == ("", "src_date")
    assert state(presenter)[0] == "none" and "Tick two layers" in state(presenter)[1]


def test_what_was_typed_stays_when_layers_come_and_go(change, two_dates, qtbot):
    presenter = change()
    tick(presenter, qtbot, "ice 2000-08-20")
    edit = day_edit(presenter, "ice 2000-08-20")
    edit.clear()
    QTest.keyClicks(edit, "1999-09-01")
    third = add_squares("third", LATE, "rgi_id")
    qtbot.wait(20)
    QgsProject.instance().removeMapLayer(third)
    qtbot.wait(20)
    (choice,) = presenter.inputs.chosen()
    assert (choice.name, choice.day) == ("ice 2000-08-20", "1999-09-01")


@pytest.mark.parametrize(
    ("day", "level", "expected"),
    [
        ("2020-08-19", "green", "2 layers, 2000-08-20 to 2020-08-19."),
        ("20200819", "green", "2 layers"),
        ("2020-13-40", "red", "2020-13-40 is no day"),
        ("yesterday", "red", "yesterday is no day"),
        ("2000-08-20", "red", "the same day"),
        ("", "red", "does not tell its day"),
    ],
)
def test_days_are_checked_while_they_are_typed(change, two_dates, qtbot, day, level, expected):
    presenter = change()
    tick(presenter, qtbot, "ice 2000-08-20", "ice 2020-08-20")
    day_edit(presenter, "ice 2020-08-20").setText(day)
    qtbot.wait(20)
    assert state(presenter)[0] == level and expected in state(presenter)[1]
    assert state(presenter)[2] is (level == "green")


def test_change_fills_numbers_table_and_chart(change, two_dates, qtbot):
    presenter = change()
    tick(presenter, qtbot, "ice 2000-08-20", "ice 2020-08-20")
    run_to_end(presenter, qtbot)
    results = presenter.page.results
    (km2, uncertainty), (percent, _), (yearly, _), (significant, _) = results.numbers.texts()
    assert (km2, percent, yearly, significant) == ("\u22120.44", "\u221235.2", "\u22121.76", "yes")
    assert uncertainty == "km\u00b2 \u00b1 0.03"
    assert results.summaryLabel.text() == "Glaciers: 1 kept, 1 gone."
    assert results.table.keys() == ["G-2", "G-1", "new: N-1"]  # the largest loss first, new ice last
    assert results.charts.nameLabel.text() == "All ice"
    assert not presenter._panel.periodCombo.isEnabled()


def test_periods_of_three_dates(change, two_dates, qtbot):
    add_squares("ice 2010-08-20", {"G-1": (0, 0, 950), "G-2": (2000, 0, 400)}, "rgi_id")
    presenter = change()
    tick(presenter, qtbot, *rows_of(presenter))
    run_to_end(presenter, qtbot)
    combo = presenter._panel.periodCombo
    assert [combo.itemText(n) for n in range(combo.count())] == [
        "2000-08-20 to 2010-08-20", "2010-08-20 to 2020-08-20", "2000-08-20 to 2020-08-20",
    ]  # fmt: skip
    assert combo.currentIndex() == 2
    whole = presenter.page.results.numbers.texts()[0][0]
    combo.setCurrentIndex(0)
    assert presenter.page.results.numbers.texts()[0][0] != whole
    assert sorted(presenter.page.results.table.keys()) == ["G-1", "G-2"]  # new ice came later


def test_a_row_goes_to_its_glacier_and_draws_its_series(change, two_dates, qtbot, interface):
    presenter = change()
    tick(presenter, qtbot, "ice 2000-08-20", "ice 2020-08-20")
    run_to_end(presenter, qtbot)
    table = presenter.page.results.table
    for key, layer_id in (("G-2", two_dates[0]), ("new: N-1", two_dates[1])):
        place = table.table.visualRect(table.table.model().index(table.keys().index(key), 0)).center()
        QTest.mouseClick(table.table.viewport(), LEFT_BUTTON, NO_MODIFIER, place)
        layer = QgsProject.instance().mapLayer(layer_id)
        name = key.replace("new: ", "")
        (feature,) = layer.getFeatures(f"\"rgi_id\" = '{name}'")
        box = feature.geometry().boundingBox()
        assert presenter.finder.outline.asGeometry().boundingBox() == box
        assert interface.canvas.extent().contains(box)
    table.selected.emit(["G-1"])
    assert presenter.page.results.charts.nameLabel.text() == "G-1"


def test_the_layers_order_is_that_of_their_days(change, two_dates, qtbot):
    """The tree has the layer added last on top; what is asked begins with the earliest."""
    presenter = change()
    tick(presenter, qtbot, "ice 2000-08-20", "ice 2020-08-20")
    asked = presenter._ask()
    assert [one.day for one in asked.request.layers] == [date(2000, 8, 20), date(2020, 8, 20)]
    assert asked.title == "Change from ice 2000-08-20 to ice 2020-08-20"


def test_a_deleted_layer_is_no_longer_ticked(change, two_dates, qtbot):
    presenter = change()
    tick(presenter, qtbot, "ice 2000-08-20", "ice 2020-08-20")
    QgsProject.instance().removeMapLayer(two_dates[0])
    qtbot.wait(20)
    assert [choice.name for choice in presenter.inputs.chosen()] == ["ice 2020-08-20"] and not state(presenter)[2]


def test_choices_are_kept_with_the_project(change, two_dates, qtbot):
    presenter = change()
    tick(presenter, qtbot, "ice 2000-08-20", "ice 2020-08-20")
    day_edit(presenter, "ice 2020-08-20").setText("2019-01-02")
    run_to_end(presenter, qtbot)
    again = change()
    QgsProject.instance().readProject.emit(QDomDocument())
    assert [(choice.name, choice.day) for choice in again.inputs.chosen()] == [
        ("ice 2020-08-20", "2019-01-02"), ("ice 2000-08-20", "2000-08-20"),
    ]  # fmt: skip


def test_in_the_runtime_with_all_files(change, two_dates, qtbot, interface, monkeypatch, tmp_path):
    """From the button to the child process and back, once for real."""
    monkeypatch.setattr(QFileDialog, "getSaveFileName", lambda *_: (str(tmp_path / "change"), ""))
    presenter = change(measure_asked)
    tick(presenter, qtbot, "ice 2000-08-20", "ice 2020-08-20")
    run_to_end(presenter, qtbot)
    results = presenter.page.results
    assert results.summaryLabel.text() == "Glaciers: 1 kept, 1 gone."
    for button, suffix in ((results.reportButton, "html"), (results.csvButton, "csv"), (results.jsonButton, "json")):
        QTest.mouseClick(button, LEFT_BUTTON)
        qtbot.waitUntil(lambda suffix=suffix: (tmp_path / f"change.{suffix}").exists(), timeout=300000)
        qtbot.waitUntil(button.isEnabled, timeout=5000)
    assert json.loads((tmp_path / "change.json").read_text(encoding="utf-8")) == presenter._values
    assert "G-2" in Path(tmp_path / "change.html").read_text(encoding="utf-8")
    assert "G-2" in (tmp_path / "change.csv").read_text(encoding="utf-8")
