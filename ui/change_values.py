"""What the panel shows of a change's values (the JSON of `icemargin change`): headlines, rows, series, doubts."""

from __future__ import annotations

from datetime import date
from typing import Any, Collection, List, Mapping, Optional, Sequence, Tuple

from ..reports.shown import shown
from .compare_table import Column, Row
from .compare_values import NEW_MARK
from .headline_numbers import Headline
from .texts import tr

Values = Mapping[str, Any]
Point = Tuple[date, float, float, float]
"""A day, an area in km2, and its lower and upper bound."""
MOST_SERIES = 3
SIGNIFICANT = "significant"


def change_columns() -> Tuple[Column, ...]:
    """Return the table's columns, the most telling ones first."""
    return (
        Column("id", tr("Glacier"), tip=tr("Id in the earliest layer")),
        Column("class", tr("State"), tip=tr("kept, split, gone; new: touches no glacier of the first date")),
        _signed("change_km2", tr("km\u00b2"), 3, tr("Change of the area")),
        _signed("change_percent", "%", 1, tr("Change in percent of the period's first area")),
        _signed("change_percent_per_year", tr("%/yr"), 2, tr("Percent a year, not compounded")),
        _number("uncertainty_km2", tr("\u00b1 km\u00b2"), tr("Uncertainty of the change")),
        Column("verdict", tr("Verdict"), tip=tr("Is the change at least as large as its uncertainty?")),
        _number("retreat_m", tr("Retreat m"), tr("Of the terminus along the centreline, positive upwards")),
        _number("first_km2", tr("First km\u00b2"), tr("Area at the period's first date")),
        _number("last_km2", tr("Last km\u00b2"), tr("Area at the period's last date")),
    )


def change_rows(values: Values, period: int) -> List[Row]:
    """Return a row for each glacier in one of the periods, and the new ice that came in it."""
    span = values["periods"][period]
    rows: List[Row] = [
        {
            **row["changes"][period],
            "key": row["id"],
            "id": row["id"],
            "class": row["status"],
            "first_km2": row["area_km2"][span["first"]],
            "last_km2": row["area_km2"][span["last"]],
        }
        for row in values["glaciers"]
    ]
    new = [piece for piece in values["new"] if piece["date"] == span["to"]]
    for piece in new:
        key, name = NEW_MARK + piece["ids"][0], ", ".join(piece["ids"])
        rows.append({"key": key, "id": name, "class": tr("new"), "last_km2": piece["area_km2"]})
    return rows


def period_texts(values: Values) -> List[str]:
    """Return "2000-08-15 to 2020-08-01" for each period."""
    return [tr("{} to {}").format(span["from"], span["to"]) for span in values["periods"]]


def change_headlines(values: Values, period: int) -> List[Headline]:
    """Return change in km2, in percent, in percent a year, and the verdict, of all ice."""
    change = values["total"]["changes"][period]
    tip = tr("Uncertainty: half a pixel of all margins to the same side, a whole one under debris; of both dates.")
    uncertainty = f"{change['uncertainty_km2']:,.2f}"
    return [
        Headline(signed(change["change_km2"], 2), tr("km\u00b2 \u00b1 {}").format(uncertainty), tip),
        Headline(signed(change["change_percent"], 1), "%", tr("Of the period's first area")),
        Headline(signed(change["change_percent_per_year"], 2), tr("% a year"), tr("Not compounded")),
        Headline(_yes_or_no(change["verdict"]), tr("significant"), tip),
    ]


def series_of(values: Values, keys: Collection[str]) -> List[Tuple[str, List[Point]]]:
    """Return the areas over time with their bounds: of up to three of the glaciers, of all ice where none is meant."""
    days = [date.fromisoformat(text) for text in values["dates"]]
    wanted = [row for row in values["glaciers"] if row["id"] in keys][:MOST_SERIES]
    named = [(row["id"], row) for row in wanted] or [(tr("All ice"), values["total"])]
    return [(name, _points(days, row["area_km2"], row["area_uncertainty_km2"])) for name, row in named]


def signed(value: Optional[float], digits: int) -> str:
    """Return a number with its sign, as people read it."""
    return shown(None, "") if value is None else f"{value:+,.{digits}f}".replace("-", "\u2212")


def _points(days: Sequence[date], areas: Sequence[float], sigmas: Sequence[float]) -> List[Point]:
    return [(day, area, area - sigma, area + sigma) for day, area, sigma in zip(days, areas, sigmas)]


def _yes_or_no(verdict: str) -> str:
    return tr("yes") if verdict == SIGNIFICANT else tr("no")


def _number(name: str, title: str, tip: str) -> Column:
    return Column(name, title, lambda value: shown(value, name), tip)


def _signed(name: str, title: str, digits: int, tip: str) -> Column:
    return Column(name, title, lambda value: signed(value, digits), tip)
