"""The page of a comparison: one HTML file that needs nothing else, made from the values of the JSON.

The values are those of `Comparison.to_json()`. What may be there besides: "icemargin" (version), "before" ({"file",
"total"}: the same figures of the outlines before they were edited), "calibration" ({"file", "method", "ece_shown",
"reliability"}, from the JSON of `icemargin evaluate`).
"""

from __future__ import annotations

from typing import Any, Dict, List, Mapping, Optional, Tuple

from ..inventory.outlines import Outlines
from .comparison_charts import charts
from .cropping import Crops
from .crops import Worst, crop_pictures
from .reliability import reliability_svg
from .shown import shown
from .templates import page_template
from .values import marked_numbers
from .worst import worst_places

ROWS = 500
"""Glaciers in the page's table; all of them are in the CSV and the JSON."""
HEADS = {
    "iou": "IoU", "precision": "Precision", "recall": "Recall", "f1": "F1", "area_km2": "Area (km²)",
    "area_ref_km2": "Reference (km²)", "area_deviation_percent": "Deviation (%)",
    "area_deviation_absolute_percent": "Absolute deviation (%)", "polis_m": "PoLiS (m)",
    "distance_mean_m": "Mean distance (m)", "distance_median_m": "Median distance (m)",
    "distance_signed_median_m": "Signed median (m)", "hd95_m": "HD95 (m)", "hausdorff_m": "Hausdorff (m)",
    "boundary_iou_1px": "Boundary IoU, 1 pixel", "boundary_iou_2px": "Boundary IoU, 2 pixels",
}  # fmt: skip
COLUMN_HEADS = {
    **HEADS, "n": "Glaciers", "n_missed": "Missed", "margin_km": "Margin (km)",
    "margin_ref_km": "Reference margin (km)",
}  # fmt: skip
STRATA_COLUMNS = (
    "n", "n_missed", "iou", "precision", "recall", "area_km2", "area_ref_km2", "area_deviation_percent", "margin_km",
    "margin_ref_km", "polis_m", "distance_median_m", "distance_signed_median_m", "hd95_m",
)  # fmt: skip
KINDS = {
    "size": "Size of the reference glacier (km²)", "elevation_m": "Elevation (m)", "slope_deg": "Slope (degrees)",
    "aspect": "Aspect: where the ground falls to",
    "place_on_glacier": "Margins at the terminus, the flanks and the headwall: derived from the DEM, the lowest fifth "
    "of each glacier's range of elevation, what lies between, and the highest fifth",
    "confidence": "Confidence of the map", "confidence_steps": "Confidence of the map in steps",
}  # fmt: skip
"""What kinds of strata are called on the page; others by their own name."""
ROW_COLUMNS = (
    "iou", "area_km2", "area_ref_km2", "area_deviation_percent", "polis_m", "distance_median_m",
    "distance_signed_median_m", "hd95_m", "hausdorff_m", "boundary_iou_1px",
)  # fmt: skip
EXTRAS: Mapping[str, Any] = {"before": None, "calibration": None, "experts": None, "icemargin": ""}


def comparison_page(
    values: Mapping[str, Any],
    candidate: Optional[Outlines] = None,
    reference: Optional[Outlines] = None,
    imagery: Optional[Crops] = None,
) -> str:
    """Return the report of a comparison.

    Args:
        values: the comparison's JSON; every number of the page is one of them.
        candidate, reference: what was compared, for the pictures of the worst glaciers; None: no pictures.
        imagery: what to draw the pictures over; None: plain ground. Its errors (SourceError) come through.
    """
    whole: Dict[str, Any] = {**EXTRAS, **values}
    template = page_template(__package__, "comparison.html.j2")
    return template.render(
        values=whole, charts=charts(whole), worst=_worst(whole, candidate, reference, imagery), rows=_rows(whole),
        with_imagery=imagery is not None, reliability=_reliability(whole), number=marked_numbers(whole, shown),
        heads=HEADS, column_heads=COLUMN_HEADS, kinds=KINDS, strata_columns=STRATA_COLUMNS, row_columns=ROW_COLUMNS,
    )  # fmt: skip


def _worst(
    values: Mapping[str, Any], candidate: Optional[Outlines], reference: Optional[Outlines], imagery: Optional[Crops]
) -> List[Worst]:
    if candidate is None or reference is None:
        return [Worst(place, "") for place in worst_places(values)]
    return crop_pictures(values, candidate, reference, imagery)


def _rows(values: Mapping[str, Any]) -> Tuple[int, ...]:
    """Return the numbers of the glaciers in the table: the largest of the reference, the largest first."""
    areas = [row["area_ref_km2"] or 0.0 for row in values["glaciers"]]
    return tuple(sorted(range(len(areas)), key=lambda n: -areas[n])[:ROWS])


def _reliability(values: Mapping[str, Any]) -> str:
    calibration = values["calibration"]
    return reliability_svg(calibration["reliability"], "calibration") if calibration else ""
