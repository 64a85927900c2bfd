"""Rasters that tell of the ground under outlines: kept near them, for work on outlines, which reads no rasters."""

from __future__ import annotations

from pathlib import Path
from typing import Dict, Sequence

from ..inference.progress import PartOfProgress, Progress
from ..inference.raster_storing import store_raster
from ..inference.request import Source
from ..inference.stored_raster import StoredRaster
from ..inference.vector_layer import VectorLayer
from .sources import elevation_source


def store_ground(
    dem: str, confidence: str, layers: Sequence[VectorLayer], folder: str, progress: Progress
) -> Dict[str, StoredRaster]:
    """Store what is given of a DEM and a confidence raster (paths; "" for none) near the layers' outlines.

    Returns "elevation" and "confidence", what is given of them; each is in a folder of its own in `folder`, where the
    runtime's child can open it (`StoredRaster.open`).

    Raises:
        InputError subclasses: a raster cannot be read, or lies elsewhere.
        OutputError: the folder cannot be written.
    """
    sources = {"elevation": elevation_source(dem)} if dem else {}
    if confidence:
        sources["confidence"] = Source((confidence,), {"confidence": 1})
    found = {}
    for number, (name, source) in enumerate(sources.items()):
        place = Path(folder, name)
        place.mkdir()
        part = PartOfProgress(progress, number / len(sources), (number + 1) / len(sources))
        store_raster(source, name, layers, str(place), part)
        found[name] = StoredRaster.open(str(place))
    return found
