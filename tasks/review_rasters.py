"""Which rasters tell of outlines that are reviewed, and the coarse grid on which they are read."""

from __future__ import annotations

import json
import math
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Mapping, Optional, Tuple

from ..inference.classic import classic_description, classic_index
from ..inference.errors import ExtentError, IceMarginError
from ..inference.grid import Box, Grid, snapped_grid, spatial_reference, target_crs, transform_box
from ..inference.plan import plan_grid
from ..inference.provenance import lies_at
from ..inference.raster_io import raster_facts
from ..inference.request import ClassicSettings, DelineationRequest, Extent, Source
from ..inference.vector_io import read_layer

PIXELS = 4_000_000
"""Of the grid at most: enough for glaciers that matter, in seconds."""
COARSEST_M = 150.0
"""A pixel above this size tells nothing of a glacier."""
FINEST_M = 10.0
CONFIDENCE = "confidence"


@dataclass(frozen=True)
class ReviewRasters:
    """Rasters to read on `grid`; how the classic method works here (None where it made the outlines); the scene's day
    (ISO 8601, "" where it is unknown)."""

    grid: Grid
    sources: Tuple[Source, ...] = ()
    classic: Optional[ClassicSettings] = None
    day: str = ""


def rasters_of_run(folder: str) -> ReviewRasters:
    """Return a run's confidence, and of what it was made from what is still there. Raises SourceError."""
    confidence = str(Path(folder, "confidence.tif"))
    facts = raster_facts(confidence)
    grid = _coarse(facts.crs, facts.pixel, facts.box)
    sure = Source((confidence,), {CONFIDENCE: 1})
    outlines = str(Path(folder, "outlines.gpkg"))
    try:
        rows = {str(row["key"]): row["value"] for _, row in read_layer(outlines, "provenance")}
        request = json.loads(str(rows["request"]))
        sources = [_source(values, outlines) for values in request["sources"]]
        classic = None if request["model"] == "classic" else ClassicSettings(**request["classic"])
        day = str(request["scene"]["src_date"])
    except (IceMarginError, ValueError, KeyError, TypeError):
        return ReviewRasters(grid, (sure,))
    return ReviewRasters(grid, (*(source for source in sources if source is not None), sure), classic, day)


def rasters_of_scene(scene: DelineationRequest, box: Extent) -> ReviewRasters:
    """Return a scene's rasters where they cover a box. Raises ExtentError, ModelError, SourceError."""
    index = classic_index(scene.given)
    planned = DelineationRequest(scene.sources, scene.out_dir, extent=box)
    fine = plan_grid(planned, classic_description(ClassicSettings(index)))
    grid = _coarse(fine.crs, fine.resolution, fine.box)
    return ReviewRasters(grid, scene.sources, scene.classic, scene.scene.src_date)


def no_rasters(box: Extent) -> ReviewRasters:
    """Return a grid over a box, metric there. Raises CrsError, ExtentError."""
    theirs, sides = spatial_reference(box.crs, "The layer"), (box.xmin, box.ymin, box.xmax, box.ymax)
    crs = target_crs(None, sides, theirs)
    return ReviewRasters(_coarse(crs.ExportToWkt(), FINEST_M, transform_box(sides, theirs, crs)))


def _coarse(crs: str, pixel: float, box: Box) -> Grid:
    """Return a grid over a box on whole pixels, few of them. Raises ExtentError."""
    left, bottom, right, top = box
    step = pixel * max(math.ceil(math.sqrt((right - left) * (top - bottom) / PIXELS) / pixel), 1)
    if step > max(COARSEST_M, pixel):
        raise ExtentError("The outlines spread too far for signs; filter the layer to a part of them.")
    return snapped_grid(crs, step, box, (left % step, top % step))


def _source(values: Mapping[str, Any], outlines: str) -> Optional[Source]:
    paths = [lies_at(path, outlines) for path in values["paths"]]
    return Source(**{**values, "paths": tuple(paths)}) if all(paths) else None
