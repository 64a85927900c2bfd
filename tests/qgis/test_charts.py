"""The charts, pressed and dragged as a user does; what they draw, in both themes."""

from datetime import date

import numpy as np
import pytest
from icemargin.ui.charts.chart import _as_tip
from icemargin.ui.charts.colours import SERIES, Colours, clear_on, contrast
from icemargin.ui.charts.histogram import HistogramChart
from icemargin.ui.charts.scatter import ScatterChart
from icemargin.ui.charts.time_series import TimeSeriesChart
from qgis.PyQt.QtCore import QEvent, QPoint, QPointF, Qt
from qgis.PyQt.QtGui import QColor, QHelpEvent, QImage, QMouseEvent, QPalette
from qgis.PyQt.QtTest import QTest
from qgis.PyQt.QtWidgets import QApplication, QRubberBand, QToolTip

PLAIN, CTRL = Qt.KeyboardModifier.NoModifier, Qt.KeyboardModifier.ControlModifier
KEYS = list("abcdef")
LIGHT = {"Base": "#ffffff", "Text": "#000000", "Highlight": "#308cc6"}
DARK = {"Base": "#222222", "Text": "#dddddd", "Highlight": "#2a82da"}


def send(chart, kind, place, modifiers=PLAIN):
    button = Qt.MouseButton.NoButton if kind == QEvent.Type.MouseMove else Qt.MouseButton.LeftButton
    event = QMouseEvent(kind, QPointF(place), button, Qt.MouseButton.LeftButton, modifiers)
    QApplication.sendEvent(chart, event)


def click(chart, place, modifiers=PLAIN):
    send(chart, QEvent.Type.MouseButtonPress, place, modifiers)
    send(chart, QEvent.Type.MouseButtonRelease, place, modifiers)


def drag(chart, start, end, modifiers=PLAIN):
    send(chart, QEvent.Type.MouseButtonPress, start, modifiers)
    send(chart, QEvent.Type.MouseMove, (start + end) / 2, modifiers)
    send(chart, QEvent.Type.MouseMove, end, modifiers)
    send(chart, QEvent.Type.MouseButtonRelease, end, modifiers)


def place(chart, mark):
    left, top, right, bottom = chart._places(chart._frame())[mark]
    return QPoint(round((left + right) / 2), round((top + bottom) / 2))


def shown(chart, qtbot):
    qtbot.addWidget(chart)
    chart.told = []
    chart.selected.connect(chart.told.append)
    chart.resize(330, 220)
    chart.show()
    qtbot.waitExposed(chart)
    return chart


@pytest.fixture
def scatter(qtbot):
    """Points on a line; the third and the fourth lie on each other, the sixth cannot be shown."""
    chart = shown(ScatterChart(), qtbot)
    chart.set_points([1, 10, 100, 100, 1000, 0], [1, 10, 100, 100, 1000, 5], KEYS, "x", "y", log_x=True, log_y=True)
    return chart


@pytest.fixture
def histogram(qtbot):
    """Two bars' worth of values, and one without."""
    chart = shown(HistogramChart(), qtbot)
    chart.set_values([1, 1, 1, 9, None, float("nan")], KEYS, "Deviation", "%")
    return chart


def test_a_click_selects_the_point_under_it(scatter):
    click(scatter, place(scatter, 0))
    assert scatter.told == [["a"]] and scatter.selection() == ["a"]
    click(scatter, place(scatter, 1), CTRL)
    assert scatter.told[-1] == ["a", "b"]
    click(scatter, place(scatter, 0), CTRL)
    assert scatter.told[-1] == ["b"]
    click(scatter, QPoint(80, 40))
    assert scatter.told[-1] == [] and scatter.selection() == []


def test_of_points_on_each_other_the_upper_one_is_meant(scatter):
    click(scatter, place(scatter, 2))
    assert scatter.told == [["d"]]


def test_a_rectangle_selects_what_is_in_it_and_goes_away(scatter):
    drag(scatter, place(scatter, 3) + QPoint(9, 9), place(scatter, 1) - QPoint(9, 9))
    assert scatter.told == [[]]  # the two corners hold nothing: the line rises
    drag(scatter, place(scatter, 1) + QPoint(-9, 9), place(scatter, 3) + QPoint(9, -9))
    assert scatter.told[-1] == ["b", "c", "d"]
    drag(scatter, place(scatter, 4) - QPoint(9, 9), place(scatter, 4) + QPoint(9, 9), CTRL)
    assert scatter.told[-1] == ["b", "c", "d", "e"]
    assert not [band for band in scatter.findChildren(QRubberBand) if band.isVisible()]


def test_escape_gives_the_rectangle_up(scatter):
    send(scatter, QEvent.Type.MouseButtonPress, QPoint(5, 5))
    send(scatter, QEvent.Type.MouseMove, QPoint(300, 200))
    assert [band for band in scatter.findChildren(QRubberBand) if band.isVisible()]
    QTest.keyClick(scatter, Qt.Key.Key_Escape)
    send(scatter, QEvent.Type.MouseButtonRelease, QPoint(300, 200))
    assert scatter.told == []


def test_selecting_from_outside_tells_nothing_and_keeps_foreign_keys(scatter):
    scatter.set_selected(["b", "elsewhere"])
    assert scatter.told == [] and scatter.selection() == ["b", "elsewhere"]
    click(scatter, place(scatter, 0), CTRL)
    assert scatter.told == [["a", "b", "elsewhere"]]


def test_the_keyboard_reaches_every_mark(scatter):
    scatter.setFocus()
    for expected in "abcde":
        QTest.keyClick(scatter, Qt.Key.Key_Right)
        QTest.keyClick(scatter, Qt.Key.Key_Space)
        assert scatter.told[-1] == [expected]
        assert scatter.accessibleDescription().startswith(f"{expected}; x: ")
    QTest.keyClick(scatter, Qt.Key.Key_Home)
    QTest.keyClick(scatter, Qt.Key.Key_Return, CTRL)
    assert scatter.told[-1] == ["a", "e"]
    QTest.keyClick(scatter, Qt.Key.Key_Escape)
    assert scatter.told[-1] == []


def test_a_bar_selects_all_in_it(histogram):
    click(histogram, place(histogram, 0))
    assert histogram.told == [["a", "b", "c"]]
    drag(histogram, QPoint(20, 150), QPoint(328, 180))
    assert histogram.told[-1] == ["a", "b", "c", "d"]
    assert histogram._note.startswith("2 ")


def test_tool_tips_show_names_as_they_are(histogram, qtbot):
    assert _as_tip(["<b>&"]).endswith("&lt;b&gt;&amp;</p>")
    at = place(histogram, 0)
    QApplication.sendEvent(histogram, QHelpEvent(QEvent.Type.ToolTip, at, histogram.mapToGlobal(at)))
    text = QToolTip.text()
    assert "3 glaciers" in text and "a\nb\nc" in text and "%" in text


def test_a_far_value_is_in_an_open_bar(qtbot):
    chart = shown(HistogramChart(), qtbot)
    values = [*np.random.default_rng(0).normal(0, 5, 200), 4000]
    chart.set_values(values, [str(number) for number in range(201)], "Deviation", "%")
    QTest.keyClick(chart, Qt.Key.Key_End)
    QTest.keyClick(chart, Qt.Key.Key_Space)
    assert "200" in chart.told[-1] and chart.accessibleDescription().startswith("more than ")


def test_a_far_point_is_at_the_edge_with_its_true_value(qtbot):
    chart = shown(ScatterChart(), qtbot)
    ys = [*np.random.default_rng(0).normal(0, 5, 200), 4000]
    chart.set_points(range(201), ys, [str(number) for number in range(201)], "x", "Deviation (%)")
    frame = chart._frame()
    assert chart._pixels(frame)[200, 1] == frame.plot.top() and "4,000" in chart._tip(200)[2]


def test_the_diagonal_goes_through_equal_values(qtbot):
    chart = shown(ScatterChart(), qtbot)
    chart.set_points([1, 5, 9], [2, 20, 3], KEYS[:3], "x", "y", diagonal=True)
    x, y = chart._scales()
    assert x.axis == y.axis


def moments(*values):
    return [(date(2000 + 5 * n, 8, 1), v, v and v - 1, v and v + 1) for n, v in enumerate(values)]


def test_series_are_picked_out_by_name(qtbot):
    chart = shown(TimeSeriesChart(), qtbot)
    chart.set_series([("all", moments(10, None, 8)), ("one", list(reversed(moments(3, 2, 1))))], "km²")
    assert chart._count() == 5 and chart._scales()[1].axis.low == 0
    click(chart, place(chart, 3))
    assert chart.told == [["one"]] and chart._tip(3) == ["one", "2005-08-01", "2.000 km²", "1.000 to 3.000"]


def test_unknown_uncertainty_is_no_bar_and_changes_may_be_negative(qtbot):
    chart = shown(TimeSeriesChart(), qtbot)
    chart.set_series([("all", [(date(2000, 1, 1), -3.0, None, None)])], "%")
    chart.grab()
    assert chart._tip(0) == ["all", "2000-01-01", "\u22123.000 %"] and chart._scales()[1].axis.high == 0


FILLS = {
    HistogramChart: lambda chart: chart.set_values([1, 2, 3, 7, None, 2], KEYS, "Deviation", "%"),
    ScatterChart: lambda chart: chart.set_points(range(6), [1, 3, 2, 5, 4, 6], KEYS, "x", "y"),
    TimeSeriesChart: lambda chart: chart.set_series([("a", moments(5, 4, 3))], "km²"),
}
NOTHING = {
    HistogramChart: lambda chart: chart.set_values([None, float("nan")], "ab", "Deviation"),
    ScatterChart: lambda chart: chart.set_points([0, -1], [1, 1], "ab", "x", "y", log_x=True),
    TimeSeriesChart: lambda chart: chart.set_series([("a", moments(None, None))]),
}


def colours_of(chart):
    image = chart.grab().toImage().convertToFormat(QImage.Format.Format_RGB32)
    pixels = np.frombuffer(image.constBits().asstring(image.sizeInBytes()), np.uint32)
    return {QColor(int(pixel)).name() for pixel in np.unique(pixels)}


@pytest.mark.parametrize("kind", FILLS)
@pytest.mark.parametrize("theme", [LIGHT, DARK])
def test_what_is_selected_has_the_themes_colour(kind, theme, qtbot):
    chart = shown(kind(), qtbot)
    palette = QPalette()
    for role, colour in theme.items():
        palette.setColor(getattr(QPalette.ColorRole, role), QColor(colour))
    chart.setPalette(palette)
    FILLS[kind](chart)
    before = colours_of(chart)
    chart.set_selected(["a", "c"])
    assert theme["Base"] in before
    if kind is TimeSeriesChart:
        line = clear_on(QColor(SERIES[0]), QColor(theme["Base"]), QColor(theme["Text"])).name()
        assert line in before
    else:
        assert theme["Highlight"] not in before and theme["Highlight"] in colours_of(chart)


NIGHT = {"Base": "#323232", "Text": "#000000", "WindowText": "#000000", "Highlight": "#404040"}
"""A theme whose palette does not fit its style sheet."""


@pytest.mark.parametrize("theme", [LIGHT, DARK, NIGHT])
def test_lines_and_marks_are_clear_on_the_paper(theme):
    palette = QPalette()
    for role, colour in theme.items():
        palette.setColor(getattr(QPalette.ColorRole, role), QColor(colour))
    colours = Colours.of(palette)
    lines = [clear_on(QColor(name), colours.paper, colours.ink) for name in SERIES]
    assert all(contrast(colour, colours.paper) >= 3 for colour in (*lines, colours.mark, colours.selected))
    assert contrast(colours.quiet, colours.paper) >= 4.5
    assert contrast(QColor("white"), QColor("black")) == pytest.approx(21)


@pytest.mark.parametrize("kind", NOTHING)
def test_without_values_the_chart_says_so_and_does_nothing(kind, qtbot):
    chart = shown(kind(), qtbot)
    for prepare in (lambda _: None, NOTHING[kind], FILLS[kind], lambda one: one.clear()):
        prepare(chart)
        chart.grab()
    chart.set_empty_text("Nothing here.")
    click(chart, QPoint(100, 100))
    drag(chart, QPoint(10, 10), QPoint(200, 200))
    for key in (Qt.Key.Key_Right, Qt.Key.Key_Home, Qt.Key.Key_Space, Qt.Key.Key_Escape):
        QTest.keyClick(chart, key)
    assert chart.selection() == [] and not any(chart.told) and chart._count() == 0


@pytest.mark.parametrize("kind", FILLS)
@pytest.mark.parametrize("size", [(1, 1), (60, 30), (348, 160), (2000, 40)])
def test_any_size_can_be_drawn(kind, size, qtbot):
    chart = shown(kind(), qtbot)
    FILLS[kind](chart)
    chart.resize(*size)
    chart.grab()
    click(chart, QPoint(0, 0))
    assert chart.sizeHint().width() > chart.minimumSizeHint().width() > 0


def test_ten_thousand_points_are_drawn_and_found(qtbot):
    chart = shown(ScatterChart(), qtbot)
    values = np.random.default_rng(3).lognormal(size=(2, 10_000))
    chart.set_points(values[0], values[1], [str(number) for number in range(10_000)], "x", "y", log_x=True, log_y=True)
    chart.grab()
    drag(chart, QPoint(1, 1), QPoint(329, 219))
    assert len(chart.told[-1]) == 10_000


def test_lengths_that_differ_are_refused(qtbot):
    for chart in (HistogramChart(), ScatterChart()):
        qtbot.addWidget(chart)
    with pytest.raises(ValueError, match="keys"):
        HistogramChart().set_values([1], [], "x")
    with pytest.raises(ValueError, match="keys"):
        ScatterChart().set_points([1], [1], [], "x", "y")
