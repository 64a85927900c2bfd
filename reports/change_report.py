"""The page of a change between dates: one HTML file that needs nothing else, made from the values of the JSON."""

from __future__ import annotations

from datetime import date
from typing import Any, Mapping, Tuple

from matplotlib.figure import Figure

from .drawing import as_svg, page_ink
from .shown import shown
from .templates import page_template
from .values import marked_numbers

ROWS = 500
"""Glaciers in each of the page's tables; all of them are in the CSV and the JSON."""
BLUE = "#2B8CC4"


def change_page(values: Mapping[str, Any]) -> str:
    """Return the report of a change (`Change.to_json()`); every number of the page is one of the values."""
    template = page_template(__package__, "change.html.j2")
    return template.render(
        values=values, chart=total_chart(values), rows=_rows(values), number=marked_numbers(values, change_shown)
    )


def change_shown(value: Any, name: str) -> str:
    """Return a value as people read it; changes have their sign."""
    if value is not None and name.startswith("change_"):
        digits = {"change_km2": 3, "change_percent": 1}.get(name, 2)
        return f"{value:+,.{digits}f}".replace("-", "−")
    return shown(value, name)


def _rows(values: Mapping[str, Any]) -> Tuple[int, ...]:
    """Return the numbers of the glaciers in the tables, the largest of the first date first."""
    areas = [row["area_km2"][0] for row in values["glaciers"]]
    return tuple(sorted(range(len(areas)), key=lambda n: -areas[n])[:ROWS])


def total_chart(values: Mapping[str, Any]) -> str:
    """Return the area of all glaciers over time, with its uncertainty, as SVG."""
    days = [date.fromisoformat(text) for text in values["dates"]]
    with page_ink("change"):
        figure = Figure(figsize=(6.4, 3.2), layout="constrained")
        axes = figure.subplots()
        sigmas = values["total"]["area_uncertainty_km2"]
        axes.errorbar(days, values["total"]["area_km2"], sigmas, fmt="o-", color=BLUE, capsize=4)
        axes.set_ylim(bottom=0)
        axes.set_ylabel("Area (km²)")
        axes.spines[["top", "right"]].set_visible(False)
        axes.set_facecolor("none")
        return as_svg(figure)
