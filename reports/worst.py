"""Which glaciers are mapped worst: by the ground that is wrong, since by IoU the smallest would come first."""

from __future__ import annotations

from typing import Any, List, Mapping

WORST = 10


def worst_places(values: Mapping[str, Any], count: int = WORST) -> List[str]:
    """Return the places ("glaciers/3", "new/0") with the most ground mapped wrongly: lost and gained, in km2."""
    wrong = [(wrong_km2(row), f"glaciers/{n}") for n, row in enumerate(values["glaciers"])]
    wrong += [(row["area_km2"], f"new/{n}") for n, row in enumerate(values["new"])]
    ranked = sorted((pair for pair in wrong if pair[0] > 0), key=lambda pair: -pair[0])
    return [place for _, place in ranked[:count]]


def wrong_km2(row: Mapping[str, Any]) -> float:
    """Return the ground lost and gained of a glacier, from its values."""
    area, reference, iou = (float(row[name] or 0.0) for name in ("area_km2", "area_ref_km2", "iou"))
    return (area + reference) * (1 - 2 * iou / (1 + iou))  # what both have is IoU / (1 + IoU) of the sum
