"""What `icemargin attributes` writes and prints besides the layer: hypsometry, the total."""

from __future__ import annotations

import csv
import io
from typing import TYPE_CHECKING, Any, Dict, List

if TYPE_CHECKING:
    from ..inventory.attributes_layer import LayerAttributes

SHOWN = 5
"""Faults that are printed."""


def hypsometry_csv(found: LayerAttributes) -> str:
    """Return the RGI's table: a row a glacier, a column for each band of 50 m, named for its middle; thousandths."""
    from ..inventory.attributes_terrain import BAND_M

    rows = found.hypsometry
    bottoms = [one.bottom_m for _, _, one in rows]
    low = min(bottoms, default=0)
    high = max((one.bottom_m + BAND_M * len(one.thousandths) for _, _, one in rows), default=0)
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(["id", "area_km2", *range(low + BAND_M // 2, high, BAND_M)])
    for name, area, one in rows:
        before = (one.bottom_m - low) // BAND_M
        after = (high - low) // BAND_M - before - len(one.thousandths)
        writer.writerow([name, f"{area:.6f}", *[0] * before, *one.thousandths, *[0] * after])
    return text.getvalue()


def attribute_lines(values: Dict[str, Any], out: str) -> List[str]:
    """Return the lines for people."""
    total = values["total"]
    low, high = total["low_km2"], total["high_km2"]
    lines = [
        f"{values['measured']:,} outlines measured, {values['unchanged']:,} unchanged",
        f"Area: {total['area_km2']:.3f} km2, {low:.3f} to {high:.3f} ({total['method']})",
        f"Sigma of the buffer method: {total['sigma_km2']:.3f} km2",
    ]
    faults = values["faults"]
    lines += [f"Mind: {fault['id']} {fault['what']}." for fault in faults[:SHOWN]]
    lines += [f"Mind: {len(faults) - SHOWN} more outlines had faults; --json tells all."] if len(faults) > SHOWN else []
    return [*lines, *(f"Mind: {doubt}" for doubt in values["doubts"]), f"Written: {out}"]
