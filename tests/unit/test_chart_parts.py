"""Axes, bins, dates and hits of the charts, beside numpy and values by hand."""

from datetime import date

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from icemargin.ui.charts.axis import Axis, linear_axis, log_axis, number_text, round_step, tick_texts, usual_range
from icemargin.ui.charts.binning import bins_of
from icemargin.ui.charts.dates import date_axis, date_labels
from icemargin.ui.charts.given import as_array
from icemargin.ui.charts.hits import nearest, touched

numbers = st.lists(st.floats(-1e6, 1e6).map(lambda value: round(value, 6)), min_size=1, max_size=60)


@pytest.mark.parametrize("least, step", [(1, 1), (1.01, 2), (2.1, 5), (5.1, 10), (0.03, 0.05), (700, 1000), (0.1, 0.1)])
def test_steps_are_round(least, step):
    assert round_step(least) == pytest.approx(step)


@pytest.mark.parametrize(
    "axis, most, ticks",
    [
        (Axis(-20, 20), 5, (-20, -10, 0, 10, 20)),
        (Axis(0, 1), 5, (0, 0.2, 0.4, 0.6, 0.8, 1)),
        (Axis(3, 97), 3, (20, 40, 60, 80)),
        (Axis(0.009, 110, log=True), 5, (0.01, 0.1, 1, 10, 100)),
        (Axis(0.9, 21, log=True), 5, (1, 2, 5, 10, 20)),
        (Axis(3.1, 4.4, log=True), 3, (3.5, 4)),
        (Axis(1e-4, 1e4, log=True), 3, (1e-4, 1e-1, 1e2)),
        (Axis(0.12, 0.18, log=True), 3, (0.12, 0.14, 0.16, 0.18)),
    ],
)
def test_ticks(axis, most, ticks):
    assert axis.ticks(most) == pytest.approx(ticks)


def test_shares_of_an_axis():
    assert Axis(-10, 10).share([-10, 0, 20]).tolist() == [0, 0.5, 1.5]
    assert Axis(0.1, 10, log=True).share([0.1, 1, 10]) == pytest.approx([0, 0.5, 1])


@pytest.mark.parametrize("low, high, log", [(1, 1, False), (2, 1, False), (0, np.inf, False), (0, 1, True)])
def test_an_axis_must_span_something(low, high, log):
    with pytest.raises(ValueError, match="axis"):
        Axis(low, high, log)


@given(numbers)
def test_an_axis_holds_the_usual_range_and_zero_if_asked(values):
    values = np.array(values)
    for zero in (False, True):
        axis, (low, high) = linear_axis(values, zero), usual_range(values)
        room = 1e-9 * max(1, abs(low), abs(high))
        assert axis.low <= low + room and axis.high >= high - room
        assert not zero or axis.low <= 0 <= axis.high
        assert all(axis.low - room <= tick <= axis.high + room for tick in axis.ticks(5))
        assert len(axis.ticks(5)) <= 7


def test_a_log_axis_holds_all():
    axis = log_axis(np.array([0.01, 5, 900]))
    assert axis.low < 0.01 and axis.high > 900


@given(numbers)
def test_every_value_is_in_its_bin(values):
    values = np.array(values)
    bins = bins_of(values)
    edges = np.array(bins.edges)
    assert (np.diff(edges) > 0).all() and len(edges) <= 34
    place = bins.place(values)
    inside = (values >= edges[0]) & (values <= edges[-1])
    assert (values[inside] >= edges[place[inside]]).all() and (values[inside] <= edges[place[inside] + 1]).all()
    assert bins.below == (values < edges[0]).any() and bins.above == (values > edges[-1]).any()
    assert (np.bincount(place)[1:-1] == np.histogram(values, edges)[0][: place.max() + 1][1:-1]).all()


def test_zero_is_an_edge_and_outliers_go_to_the_ends():
    values = np.concatenate([np.random.default_rng(2).normal(0, 10, 500), [900, -800]])
    bins = bins_of(values)
    assert 0 in bins.edges and bins.below and bins.above and max(bins.edges) < 100
    assert bins.place([900, -800]).tolist() == [len(bins.edges) - 2, 0]


@pytest.mark.parametrize("value", [0.0, -3.0, 7e-5, 12345.0])
def test_equal_values_have_a_bin(value):
    bins = bins_of(np.full(5, value))
    assert bins.edges[0] <= value <= bins.edges[-1] and not bins.below and not bins.above


@pytest.mark.parametrize(
    "first, last, most, labels",
    [
        (date(2001, 8, 20), date(2021, 8, 11), 5, ["2005", "2010", "2015", "2020"]),
        (date(2019, 9, 1), date(2021, 8, 1), 4, ["2020", "2021"]),
        (date(2020, 7, 10), date(2020, 9, 20), 4, ["2020-08", "2020-09"]),
        (date(1850, 1, 1), date(2020, 1, 1), 4, ["1850", "1900", "1950", "2000"]),
    ],
)
def test_labels_of_dates(first, last, most, labels):
    assert [text for _, text in date_labels(date_axis([first, last]), most)] == labels


def test_one_date_has_an_axis():
    axis = date_axis([date(2020, 8, 1)])
    assert axis.share(date(2020, 8, 1).toordinal()) == pytest.approx(0.5)
    assert date_labels(axis, 4)


@pytest.mark.parametrize(
    "value, text",
    [(0, "0"), (1234.56, "1,235"), (-0.0123456, "\u22120.01235"), (1e5, "100,000"), (1e-13, "1e\u221213")],
)
def test_numbers_for_people(value, text):
    assert number_text(value) == text


def test_texts_of_ticks():
    assert tick_texts([-10.0, 0.0, 0.05, 1000.0]) == ("\u221210", "0", "0.05", "1,000")


BOXES = np.array([[0, 0, 10, 10], [20, 0, 30, 10], [20, 0, 30, 10]], dtype=float)


@pytest.mark.parametrize("x, y, found", [(5, 5, 0), (12, 5, 0), (25, 5, 2), (25, 17, 2), (25, 19, -1), (36, 16, -1)])
def test_nearest_box(x, y, found):
    assert nearest(BOXES, x, y, 8) == found


@pytest.mark.parametrize("area, found", [((5, 5, 6, 6), [0]), ((10, 5, 20, 6), [0, 1, 2]), ((11, 0, 19, 9), [])])
def test_touched_boxes(area, found):
    assert touched(BOXES, area) == found


def test_no_boxes():
    assert nearest(np.zeros((0, 4)), 0, 0, 8) == -1 and touched(np.zeros((0, 4)), (0, 0, 9, 9)) == []


def test_what_a_chart_is_given_fits_together():
    assert np.isnan(as_array([1, None], "ab")).tolist() == [False, True]
    with pytest.raises(ValueError, match="2 values, but 1 keys"):
        as_array([1, 2], "a")
