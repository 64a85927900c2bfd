"""A comparison as CSV: one row a glacier, with the numbers of the JSON."""

from __future__ import annotations

import csv
import io
from typing import Any, Dict, List, Mapping

METRICS = (
    "iou", "precision", "recall", "f1", "area_km2", "area_ref_km2", "area_deviation_percent",
    "area_deviation_absolute_percent", "polis_m", "distance_mean_m", "distance_median_m", "distance_signed_median_m",
    "hd95_m", "hausdorff_m", "boundary_iou_1px", "boundary_iou_2px",
)  # fmt: skip
COLUMNS = ("id", "class", "size_class", "cluster", "candidates", *METRICS, "experts", "experts_verdict")
SEPARATOR = ";"


def comparison_csv(values: Mapping[str, Any]) -> str:
    """Return the glaciers of a comparison's JSON as CSV, the candidate's new ones at the end.

    `candidates` are the ids of all linked outlines, `experts` that of the experts' glacier. Numbers have all their
    digits; a cell is empty where a number is not known.
    """
    text = io.StringIO()
    writer = csv.DictWriter(text, COLUMNS, restval="", extrasaction="ignore", lineterminator="\n")
    writer.writeheader()
    verdicts = expert_verdicts(values.get("experts"))
    for glacier in values["glaciers"]:
        names = SEPARATOR.join(link["id"] for link in glacier["links"])
        writer.writerow({**glacier, "candidates": names, **verdicts.get(glacier["id"], {})})
    for new in values["new"]:
        writer.writerow({"class": "new", **new, "candidates": new["id"]})
    return text.getvalue()


def expert_verdicts(experts: Any) -> Dict[str, Dict[str, str]]:
    """Return `experts` (their glacier) and `experts_verdict` by the reference's id; several are joined."""
    rows: Dict[str, List[Dict[str, Any]]] = {}
    for glacier in experts["glaciers"] if experts else ():
        for name in glacier.get("references", [glacier["id"]]):  # without repeats they are the reference's own
            rows.setdefault(name, []).append(glacier)
    return {
        name: {"experts": SEPARATOR.join(str(row["id"]) for row in found),
               "experts_verdict": SEPARATOR.join(row["verdict"] for row in found)}
        for name, found in rows.items()
    }  # fmt: skip
