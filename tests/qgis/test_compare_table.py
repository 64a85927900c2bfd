"""The table of glaciers: order, filter, selection."""

from __future__ import annotations

import pytest
from icemargin.ui.compare_table import Column, GlacierTable
from qgis.PyQt.QtCore import Qt
from qgis.PyQt.QtTest import QTest

ROWS = [
    {"key": "G-1", "id": "G-1", "class": "matched", "iou": 0.9},
    {"key": "G-2", "id": "G-2", "class": "missed", "iou": None},
    {"key": "H-3", "id": "H-3", "class": "matched", "iou": 0.5},
]
COLUMNS = (Column("id", "Glacier"), Column("iou", "IoU", lambda value: f"{value:.2f}", "shared by all"))
UP, DOWN = Qt.SortOrder.AscendingOrder, Qt.SortOrder.DescendingOrder


@pytest.fixture
def table(qtbot):
    widget = GlacierTable(COLUMNS)
    qtbot.addWidget(widget)
    widget.set_rows(ROWS)
    return widget


def click(table, row, modifier=Qt.KeyboardModifier.NoModifier):
    view = table.table
    place = view.visualRect(view.model().index(row, 0)).center()
    QTest.mouseClick(view.viewport(), Qt.MouseButton.LeftButton, modifier, place)


@pytest.mark.parametrize(("order", "expected"), [(UP, ["H-3", "G-1", "G-2"]), (DOWN, ["G-1", "H-3", "G-2"])])
def test_what_is_not_known_is_last_in_either_order(table, order, expected):
    table.sort_by("iou", order)
    assert table.keys() == expected


@pytest.mark.parametrize(
    ("text", "kind", "expected"),
    [
        ("", "", ["G-1", "G-2", "H-3"]),
        ("g-", "", ["G-1", "G-2"]),
        (" 3 ", "", ["H-3"]),
        ("", "missed", ["G-2"]),
        ("h", "missed", []),
        ("[", "", []),
    ],
)
def test_text_and_class_filter(table, text, kind, expected):
    table.sort_by("id", UP)
    table.textEdit.setText(text)
    table.classCombo.setCurrentIndex(table.classCombo.findData(kind))
    assert table.keys() == expected
    assert table.countLabel.text() == ("3" if len(expected) == 3 else f"{len(expected)} of 3")


def test_new_rows_are_not_filtered_by_the_old_text(table):
    table.textEdit.setText("H-3")
    table.set_rows(ROWS[:2])
    assert sorted(table.keys()) == ["G-1", "G-2"] and table.textEdit.text() == ""


def test_user_selects_by_click_and_keys(table, qtbot):
    told = []
    table.selected.connect(told.append)
    table.sort_by("id", UP)
    click(table, 0)
    QTest.keyClick(table.table, Qt.Key.Key_Down)
    click(table, 2, Qt.KeyboardModifier.ControlModifier)
    assert told == [["G-1"], ["G-2"], ["G-2", "H-3"]]


def test_a_selection_from_outside_is_not_told_back(table):
    told = []
    table.selected.connect(told.append)
    table.set_selected(["H-3", "unknown"])
    assert table.selected_keys() == ["H-3"] and told == []
    table.set_selected([])
    assert table.selected_keys() == [] and told == []


@pytest.mark.parametrize("how", ["enter", "double"])
def test_enter_and_double_click_ask_for_the_glacier(table, how):
    wanted = []
    table.zoom_wanted.connect(wanted.append)
    table.sort_by("id", UP)
    click(table, 1)
    if how == "enter":
        QTest.keyClick(table.table, Qt.Key.Key_Return)
    else:
        view = table.table
        place = view.visualRect(view.model().index(1, 0)).center()
        QTest.mouseDClick(view.viewport(), Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier, place)
    assert wanted == ["G-2"]


def test_cells_show_text_dash_tool_tip_and_alignment(table):
    model = table.table.model()
    table.sort_by("id", UP)
    assert model.index(0, 1).data() == "0.90" and model.index(1, 1).data() == "\u2013"
    assert model.index(0, 0).data(Qt.ItemDataRole.ToolTipRole) == "G-1"
    right = int(Qt.AlignmentFlag.AlignRight)
    assert model.index(0, 1).data(Qt.ItemDataRole.TextAlignmentRole) & right
    tip = model.headerData(1, Qt.Orientation.Horizontal, Qt.ItemDataRole.ToolTipRole)
    assert tip == "shared by all"
