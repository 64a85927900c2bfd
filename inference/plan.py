"""From a request to the grid and its windows: which CRS, which resolution, what part of the data."""

from __future__ import annotations

import math
from typing import List, Optional, Sequence, Tuple

from osgeo import osr

from .errors import ExtentError, ModelError
from .grid import Box, Grid, centre_lonlat, snapped_grid, spatial_reference, target_crs, transform_box
from .model import REGIONS, ModelDescription
from .raster_io import RasterFacts, raster_facts
from .request import OPTICAL_BANDS, DelineationRequest, Extent, Source
from .windows import Tiling, tiling

OUTSIDE = "The extent lies outside the imagery; zoom to the imagery or choose another extent."


def plan_tiling(request: DelineationRequest, description: ModelDescription) -> Tiling:
    """Return the grid and windows of a run. Raises CrsError, ExtentError, ModelError or SourceError."""
    overlap = description.overlap if request.overlap is None else request.overlap
    return tiling(plan_grid(request, description), description.patch, 0.0 if description.pixelwise else overlap)


def plan_grid(request: DelineationRequest, description: ModelDescription) -> Grid:
    """Return the grid: metric, and on the imagery's own pixels where that is possible (then nothing is resampled)."""
    check_needs(request, description)
    sources = _optical_sources(request, description)
    groups = [[raster_facts(path, source.crs) for path in source.paths] for source in sources]
    main = min((facts for group in groups for facts in group), key=lambda facts: facts.pixel)
    own = spatial_reference(main.crs, main.path)
    crs = target_crs(request.crs, main.box, own)
    data = _intersection([_union([_box_in(facts, crs) for facts in group]) for group in groups])
    _check_overlap(request, data, crs)
    resolution = request.resolution or description.resolution or _native_resolution(main, own, crs)
    on_own_pixels = own.IsSame(crs) and main.north_up and abs(main.pixel - resolution) < 1e-6 * resolution
    anchor = main.anchor if on_own_pixels else (0.0, 0.0)
    return snapped_grid(crs.ExportToWkt(), resolution, _wanted_box(request.extent, data, crs), anchor)


def check_needs(request: DelineationRequest, description: ModelDescription) -> None:
    """Raise ModelError where the model needs a band that the request has not, or does not know its region."""
    if description.location == "region" and not request.region_vector and request.region not in REGIONS:
        raise ModelError(f"{description.name} does not know region {request.region!r}; choose {', '.join(REGIONS)}.")
    missing = [name for name in description.bands_of(request.given) if name not in request.given]
    if missing:
        raise ModelError(
            f"{description.name} also needs {', '.join(missing)}; give the raster that holds "
            f"{'it' if len(missing) == 1 else 'them'}, or choose another method."
        )


def location_text(request: DelineationRequest, description: ModelDescription, grid: Grid) -> str:
    """Return what the model is told of the place, "" if it asks for nothing: it stands beside every result."""
    if description.location == "region" and request.region_vector:
        parts = [f"{name} {share:.3g}" for name, share in zip(REGIONS, request.region_vector) if share >= 5e-4]
        return f"region vector {', '.join(parts)}"
    if description.location == "region":
        return f"region {request.region}"
    if description.location == "coordinates":
        lon, lat = centre_lonlat(grid.box, spatial_reference(grid.crs, "The grid"))
        north, east = "S" if lat < 0 else "N", "W" if lon < 0 else "E"
        return f"coordinates {abs(lat):.3f} {north}, {abs(lon):.3f} {east} (the centre; each window has its own)"
    return ""


def _optical_sources(request: DelineationRequest, description: ModelDescription) -> List[Source]:
    needed = [name for name in description.bands if name in OPTICAL_BANDS]
    return [source for source in request.sources if any(name in source.bands for name in needed)]


def _check_overlap(request: DelineationRequest, data: Box, crs: osr.SpatialReference) -> None:
    """Raise ExtentError where any raster of the request (a DEM, say) lies somewhere else than the imagery."""
    for source in request.sources:
        box = _union([_box_in(raster_facts(path, source.crs), crs) for path in source.paths])
        if box[0] >= data[2] or data[0] >= box[2] or box[1] >= data[3] or data[1] >= box[3]:
            raise ExtentError(f"{source.paths[0]} does not overlap the imagery; choose one that does, or leave it out.")


def _box_in(facts: RasterFacts, crs: osr.SpatialReference) -> Box:
    return transform_box(facts.box, spatial_reference(facts.crs, facts.path), crs)


def _union(boxes: Sequence[Box]) -> Box:
    xmin, ymin, xmax, ymax = zip(*boxes)
    return min(xmin), min(ymin), max(xmax), max(ymax)


def _intersection(boxes: Sequence[Box]) -> Box:
    xmin, ymin, xmax, ymax = zip(*boxes)
    box = max(xmin), max(ymin), min(xmax), min(ymax)
    if box[0] >= box[2] or box[1] >= box[3]:
        raise ExtentError("The rasters do not overlap; choose bands of the same scene.")
    return box


def _native_resolution(facts: RasterFacts, own: osr.SpatialReference, crs: osr.SpatialReference) -> float:
    """Return the raster's pixel in metres: its own where the CRS is the same, else as wide as it is at its centre."""
    if own.IsSame(crs):
        return float(f"{facts.pixel:.9g}")
    x, y = (facts.box[0] + facts.box[2]) / 2, (facts.box[1] + facts.box[3]) / 2
    one = transform_box((x, y, x + facts.pixel, y + facts.pixel), own, crs)
    return float(f"{math.sqrt((one[2] - one[0]) * (one[3] - one[1])):.3g}")


def _wanted_box(extent: Optional[Extent], data: Box, crs: osr.SpatialReference) -> Box:
    """Return the part of the data that was asked for, in the grid's CRS.

    The data's box goes to the extent's CRS first: a view of half the world cannot be expressed in UTM.
    """
    if extent is None:
        return data
    wanted: Tuple[float, float, float, float] = (extent.xmin, extent.ymin, extent.xmax, extent.ymax)
    if extent.crs:
        theirs = spatial_reference(extent.crs, "The extent")
        seen = transform_box(data, crs, theirs)
        if seen[0] >= wanted[2] or wanted[0] >= seen[2] or seen[1] >= wanted[3] or wanted[1] >= seen[3]:
            raise ExtentError(OUTSIDE)
        wanted = transform_box(_intersection([wanted, seen]), theirs, crs)
    try:
        return _intersection([wanted, data])
    except ExtentError:
        raise ExtentError(OUTSIDE) from None
