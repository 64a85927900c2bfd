"""A change as CSV: one row a glacier and period, with the numbers of the JSON."""

from __future__ import annotations

import csv
import io
from typing import Any, Dict, Iterator, Mapping

CHANGE = ("change_km2", "change_percent", "change_percent_per_year", "uncertainty_km2", "verdict", "retreat_m")
AT_DATES = ("parts", "area_km2", "area_uncertainty_km2")
COLUMNS = (
    "kind", "id", "status", "from", "to", "years", "parts_from", "parts_to", "area_km2_from", "area_km2_to",
    "area_uncertainty_km2_from", "area_uncertainty_km2_to", *CHANGE,
)  # fmt: skip
SEPARATOR = ";"


def change_csv(values: Mapping[str, Any]) -> str:
    """Return a change's JSON as CSV: `kind` is total, glacier, or new (then only `to` and `area_km2_to` are told).

    Numbers have all their digits; a cell is empty where a number is not known.
    """
    text = io.StringIO()
    writer = csv.DictWriter(text, COLUMNS, restval="", lineterminator="\n")
    writer.writeheader()
    for kind, series in (("total", values["total"]), *(("glacier", row) for row in values["glaciers"])):
        writer.writerows(_rows(kind, series, values))
    for piece in values["new"]:
        writer.writerow({"kind": "new", "id": SEPARATOR.join(piece["ids"]), "to": piece["date"],
                         "area_km2_to": piece["area_km2"]})  # fmt: skip
    return text.getvalue()


def _rows(kind: str, series: Mapping[str, Any], values: Mapping[str, Any]) -> Iterator[Dict[str, Any]]:
    for period, change in zip(values["periods"], series["changes"]):
        row = {"kind": kind, "id": series.get("id", ""), "status": series.get("status", "")}
        row.update({name: period[name] for name in ("from", "to", "years")})
        for name in AT_DATES:
            if name in series:
                row[f"{name}_from"], row[f"{name}_to"] = series[name][period["first"]], series[name][period["last"]]
        row.update({name: change[name] for name in CHANGE})
        yield row
