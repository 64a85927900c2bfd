"""Probability and confidence rasters to `outlines.gpkg`: outlines with holes, uncertain areas, provenance.

Classes and a 3 x 3 median in strips, GDAL's polygonize on disk, then smoothing and measuring one polygon after the
other: memory is bounded by a strip and the largest polygon. Every hole is kept, however small (the median has
taken the specks): nunataks are no part of a glacier.
"""

from __future__ import annotations

import os
import shutil
import tempfile
import traceback
from dataclasses import dataclass
from typing import Iterator, Mapping, Tuple

import numpy as np

from .arrays import BoolArray, FloatArray
from .class_raster import RasterGrid, raster_grid
from .errors import OutputError
from .outline_fields import PROVENANCE_FIELDS, IdGiver, OutlineFacts, outline_values
from .outline_schemas import outlines_schema, uncertain_schema
from .progress import PartOfProgress, Progress, stop_if_cancelled
from .request import OutlineSettings
from .shapes import Shapes, find_shapes
from .vector_io import NO_GEOMETRY, WRITE_ADVICE, GeoPackageWriter, LayerSchema, Row, publish

__all__ = ["OutlineFacts", "VectorSummary", "vectorize"]


@dataclass(frozen=True)
class VectorSummary:
    """What was found: areas in km2, geodesic; the interval is the sum of the outlines' own."""

    n_outlines: int
    glacier_area_km2: float
    area_lo_km2: float
    area_hi_km2: float


def vectorize(
    probability: str, confidence: str, settings: OutlineSettings, facts: OutlineFacts,
    provenance: Mapping[str, str], out_path: str, work_dir: str, progress: Progress,
) -> VectorSummary:  # fmt: skip
    """Write `out_path` (GeoPackage: outlines, uncertain, provenance) from two rasters on one metric grid.

    Nodata is NaN. The file is written in `work_dir` and moved when it is complete. Raises SourceError, CrsError,
    OutputError and Cancelled.
    """
    folder = _scratch_folder(work_dir)
    try:
        grid = raster_grid(probability)
        outlines, uncertain = _both(probability, confidence, settings, folder, progress)
        finished = os.path.join(folder, "outlines.gpkg")
        with GeoPackageWriter(finished) as writer:
            last = PartOfProgress(progress, 0.9, 1.0)
            writer.write(outlines_schema(grid.wkt), _outline_rows(outlines, facts, last))
            writer.write(uncertain_schema(grid.wkt), _uncertain_rows(uncertain, last))
            writer.write(LayerSchema("provenance", PROVENANCE_FIELDS, NO_GEOMETRY),
                         _provenance_rows({**provenance, **methods(settings, grid)}))  # fmt: skip
        stop_if_cancelled(progress)
        publish(finished, out_path)
    except BaseException as error:
        # The traceback would hold files open, which Windows then refuses to remove.
        traceback.clear_frames(error.__traceback__)
        raise
    finally:
        shutil.rmtree(folder, ignore_errors=True)
    progress.report(1.0, "Outlines written")
    return _summary(outlines)


def _scratch_folder(work_dir: str) -> str:
    try:
        return tempfile.mkdtemp(prefix="vectorize-", dir=work_dir)
    except OSError as error:
        raise OutputError(f"{work_dir} cannot be written; {WRITE_ADVICE}. ({error})") from error


def _both(
    probability: str, confidence: str, settings: OutlineSettings, folder: str, progress: Progress
) -> Tuple[Shapes, Shapes]:
    """Return the outlines and the uncertain areas, each with its files in an own folder."""

    def is_glacier(values: FloatArray) -> BoolArray:
        return values >= np.float32(settings.threshold)

    def is_uncertain(values: FloatArray) -> BoolArray:
        return values < np.float32(settings.review_below)

    folders = [tempfile.mkdtemp(dir=folder) for _ in range(2)]
    first, second = PartOfProgress(progress, 0.0, 0.45), PartOfProgress(progress, 0.45, 0.9)
    outlines = find_shapes(probability, is_glacier, confidence, settings, folders[0], first)
    uncertain = find_shapes(confidence, is_uncertain, confidence, settings, folders[1], second)
    return outlines, uncertain


def _outline_rows(shapes: Shapes, facts: OutlineFacts, progress: Progress) -> Iterator[Row]:
    ids = IdGiver()
    for wkb, shape in shapes.polygons():
        stop_if_cancelled(progress)
        yield wkb, outline_values(shape, facts, ids.give((shape.lon, shape.lat)))


def _uncertain_rows(shapes: Shapes, progress: Progress) -> Iterator[Row]:
    for wkb, shape in shapes.polygons():
        stop_if_cancelled(progress)
        yield wkb, {"area_km2": shape.area_km2, "conf_mean": shape.conf_mean}


def _provenance_rows(texts: Mapping[str, str]) -> Iterator[Row]:
    return ((None, {"key": key, "value": value}) for key, value in texts.items())


def methods(settings: OutlineSettings, grid: RasterGrid) -> Mapping[str, str]:
    """Return how outlines and areas were made, for the provenance."""
    return {
        "area_method": "geodesic on the WGS84 ellipsoid (authalic latitude), edges densified to 1 km",
        "area_interval_method": "buffer of half a pixel on both sides of the border, holes included, first order "
        "(Granshaw and Fountain 2006): area -/+ perimeter * half a pixel",
        "outline_pixel_size": f"{grid.pixel_area**0.5:g} (units of the CRS)",
        "outline_threshold": f"{settings.threshold:g}",
        "outline_median": "3x3" if settings.median else "none",
        "outline_smoothing": "dual contour, averaged, area of each ring kept" if settings.smooth else "none",
        "outline_minimum_area_km2": f"{settings.minimum_area_km2:g}",
        "outline_review_below": f"{settings.review_below:g}",
    }


def _summary(shapes: Shapes) -> VectorSummary:
    return VectorSummary(
        len(shapes.facts),
        sum(shape.area_km2 for shape in shapes.facts),
        sum(shape.area_lo_km2 for shape in shapes.facts),
        sum(shape.area_hi_km2 for shape in shapes.facts),
    )
