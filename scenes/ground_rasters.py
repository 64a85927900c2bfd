"""Rasters that tell of the ground under outlines: kept near them, for work on outlines, which reads no rasters."""

from __future__ import annotations

import math
from pathlib import Path
from typing import Dict, Sequence

from ..inference.grid import spatial_reference
from ..inference.progress import PartOfProgress, Progress
from ..inference.raster_io import METRES_PER_DEGREE
from ..inference.raster_storing import AROUND, mosaic_facts, store_raster
from ..inference.request import Source
from ..inference.stored_raster import StoredRaster
from ..inference.vector_layer import VectorLayer
from .sources import elevation_source

ELEVATION, CONFIDENCE = "elevation", "confidence"
NARROWEST = 4
"""Degrees of longitude are up to so many times shorter than those of latitude where there is ice (75 degrees)."""


def store_ground(
    dem: str, confidence: str, layers: Sequence[VectorLayer], folder: str, progress: Progress
) -> Dict[str, StoredRaster]:
    """Store what is given of a DEM and a confidence raster (paths; "" for none) near the layers' outlines.

    Returns "elevation" and "confidence", what is given of them. Raises as `store_near`.
    """
    sources = {ELEVATION: elevation_source(dem)} if dem else {}
    if confidence:
        sources[CONFIDENCE] = confidence_source(confidence)
    found = {}
    for number, (name, source) in enumerate(sources.items()):
        part = PartOfProgress(progress, number / len(sources), (number + 1) / len(sources))
        found[name] = store_near(source, name, layers, folder, part)
    return found


def store_near(
    source: Source, name: str, layers: Sequence[VectorLayer], folder: str, progress: Progress, around: int = AROUND
) -> StoredRaster:
    """Store a raster near the layers' outlines (see `store_raster`) in a folder `name` of its own in `folder`.

    There the runtime's child can open it (`StoredRaster.open`).

    Raises:
        InputError subclasses: the raster cannot be read, or lies elsewhere.
        OutputError: the folder cannot be written.
    """
    place = Path(folder, name)
    place.mkdir()
    store_raster(source, name, layers, str(place), progress, around)
    return StoredRaster.open(str(place))


def confidence_source(path: str) -> Source:
    """Return the source of a map's confidence."""
    return Source((path,), {CONFIDENCE: 1})


def pixels_within(source: Source, metres: float) -> int:
    """Return how many pixels of a raster there are at most in so many metres. Raises SourceError, CrsError."""
    facts = mosaic_facts(source)
    degrees = spatial_reference(facts.crs, facts.path).IsGeographic()
    pixel_m = facts.pixel * METRES_PER_DEGREE / NARROWEST if degrees else facts.pixel
    return math.ceil(metres / pixel_m) + AROUND
