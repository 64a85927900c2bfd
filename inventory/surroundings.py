"""How far round outlines rasters are looked at. No libraries: whoever reads the rasters asks, in QGIS's process too."""

from __future__ import annotations

SPLINE_PIXELS = 8
"""The DEM's pixels around a glacier's cells: so far splines feel where a raster ends."""
CONFIDENCE_PIXELS = 10
"""Pixels of confidence outside an outline that count for its area."""
BESIDE_M = 500.0
"""Ground beside a complex that may overtop an ice cap."""
DIVIDE_CELL_M = 30.0
"""Cells of the DEM for flowsheds."""


def divides_margin_m(cell_m: float = DIVIDE_CELL_M) -> float:
    """Return how much of the DEM round a complex is looked at, in metres."""
    return BESIDE_M + 2 * cell_m
