"""What the panel shows of the values is what they say; what is not known is a dash, never a crash."""

from __future__ import annotations

import copy
from datetime import date

import pytest
from icemargin.ui.change_values import change_headlines, change_rows, period_texts, series_of
from icemargin.ui.compare_values import (
    FAULTS_SHOWN,
    NEW_MARK,
    class_text,
    compare_columns,
    compare_doubts,
    compare_headlines,
    compare_rows,
    doubts_of,
)

TOTAL = {
    "iou": 0.91234, "precision": 0.95, "recall": 0.96, "area_km2": 12.5, "area_ref_km2": 12.0,
    "area_deviation_percent": 4.1666, "distance_mean_m": 8.25, "distance_median_m": 5.0, "hd95_m": 30.0,
    "hausdorff_m": 180.0,
}  # fmt: skip
VALUES = {
    "total": TOTAL,
    "intervals": {"iou": [0.9, 0.92]},
    "classes": {"matched": 1, "split": 0, "merged": 0, "missed": 1, "new": 1},
    "glaciers": [
        {"id": "a", "class": "matched", "area_km2": 10.0, "area_ref_km2": 10.0, "iou": 1 / 3, "links": [{"id": "x"}]},
        {"id": "b", "class": "missed", "area_km2": 0.0, "area_ref_km2": 2.0, "iou": 0.0, "links": []},
    ],
    "new": [{"id": "a", "area_km2": 2.5}],
    "experts": None,
    "warnings": ["Dates are unknown."],
    "faults": [],
}
REPEATS = {
    "basis": "repeats", "total": {"verdict": "above the expert spread", "within": 3, "judged": 7}, "warnings": ["Two."],
    "glaciers": [{"id": "e1", "references": ["a"], "verdict": "within the expert spread"}],
}  # fmt: skip
PUBLISHED = {
    "basis": "published", "source": "Paul et al. 2013", "warnings": [], "glaciers": [{"id": "b", "verdict": "missed"}],
    "total": {"verdict": "within the published range", "within": 1, "judged": 2},
}  # fmt: skip


def with_experts(experts):
    return {**VALUES, "experts": experts}


def test_rows_have_what_was_wrong_and_keys_of_their_own():
    rows = compare_rows(VALUES)
    assert [row["key"] for row in rows] == ["a", "b", NEW_MARK + "a"]
    # IoU of a third of two areas of 10: 5 km2 in common, so 5 lost and 5 gained.
    assert [row["wrong_km2"] for row in rows] == pytest.approx([10.0, 2.0, 2.5])
    assert rows[2]["class"] == "new"


@pytest.mark.parametrize(
    ("experts", "verdicts"), [(None, [None] * 3), (REPEATS, ["within the expert spread", None, None])]
)
def test_rows_have_the_verdict_of_their_glacier(experts, verdicts):
    assert [row.get("experts_verdict") for row in compare_rows(with_experts(experts))] == verdicts


def test_every_column_shows_every_row():
    for row in compare_rows(with_experts(PUBLISHED)):
        for column in compare_columns():
            assert row.get(column.name) is None or column.form(row[column.name])


@pytest.mark.parametrize(
    ("experts", "value", "caption"),
    [
        (None, "\u2013", "experts"),
        (REPEATS, "above", "experts' spread, 3 of 7"),
        (PUBLISHED, "within", "published range, 1 of 2"),
    ],
)
def test_headlines(experts, value, caption):
    headlines = compare_headlines(with_experts(experts))
    assert [line.value for line in headlines] == ["0.912", "+4.2\u00a0%", "8.2\u00a0m", value]
    assert headlines[3].caption == caption
    assert headlines[0].tip == "95 % interval: 0.900 to 0.920. Precision 0.950, recall 0.960."
    assert headlines[1].tip.startswith("Candidate 12.500 km\u00b2")


def test_headlines_of_what_is_not_known():
    values = {**VALUES, "total": dict.fromkeys(TOTAL), "intervals": {}}
    assert [line.value for line in compare_headlines(values)] == ["\u2013"] * 4


def test_doubts_begin_with_the_worst_and_do_not_flood():
    faults = [{"layer": "candidate", "id": str(n), "what": "had no id"} for n in range(FAULTS_SHOWN + 5)]
    apart = copy.deepcopy(with_experts(REPEATS))
    apart["glaciers"][0]["links"] = []
    apart["faults"] = faults
    doubts = compare_doubts(apart)
    assert doubts[0].startswith("Nothing overlaps") and doubts[1:3] == ["Dates are unknown.", "Two."]
    assert doubts[-1].startswith("and 5 more faults") and len(doubts) == 3 + FAULTS_SHOWN + 1
    assert compare_doubts(VALUES) == ["Dates are unknown."] == doubts_of(VALUES)


def test_only_classes_that_there_are():
    assert class_text(VALUES) == "1 matched, 1 missed, 1 new"


SERIES = {"area_km2": [4.0, 3.0], "area_uncertainty_km2": [0.1, 0.2]}
STEP = {
    "change_km2": -1.0, "change_percent": -25.0, "change_percent_per_year": -2.5, "uncertainty_km2": 0.22,
    "verdict": "significant", "retreat_m": None,
}  # fmt: skip
CHANGE = {
    "dates": ["2010-08-20", "2020-08-20"],
    "periods": [{"first": 0, "last": 1, "from": "2010-08-20", "to": "2020-08-20", "years": 10.0}],
    "total": {**SERIES, "changes": [STEP]},
    "glaciers": [{"id": "a", "status": "kept", **SERIES, "changes": [STEP]}],
    "new": [{"date": "2020-08-20", "ids": ["x", "y"], "area_km2": 0.5}],
}


def test_change_as_rows_headlines_and_series():
    rows = change_rows(CHANGE, 0)
    assert (rows[0]["class"], rows[0]["first_km2"], rows[0]["last_km2"]) == ("kept", 4.0, 3.0)
    assert (rows[1]["key"], rows[1]["id"], rows[1]["last_km2"]) == (NEW_MARK + "x", "x, y", 0.5)
    headlines = [(line.value, line.caption) for line in change_headlines(CHANGE, 0)]
    assert headlines[0] == ("\u22121.00", "km\u00b2 \u00b1 0.22") and headlines[3] == ("yes", "significant")
    assert period_texts(CHANGE) == ["2010-08-20 to 2020-08-20"]
    points = [(date(2010, 8, 20), 4.0, 3.9, 4.1), (date(2020, 8, 20), 3.0, 2.8, 3.2)]
    assert series_of(CHANGE, ["a"]) == [("a", points)] and series_of(CHANGE, ["?"])[0][0] == "All ice"


def test_change_that_cannot_be_told_in_percent():
    values = copy.deepcopy(CHANGE)
    values["total"]["changes"][0].update(change_percent=None, change_percent_per_year=None, verdict="below it")
    assert [line.value for line in change_headlines(values, 0)] == ["\u22121.00", "\u2013", "\u2013", "no"]
