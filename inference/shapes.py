"""One class of a raster to finished polygons with what is measured on them. Memory holds one polygon at a time."""

from __future__ import annotations

import os
from dataclasses import dataclass, replace
from typing import Any, Iterator, List, Tuple

import numpy as np
from osgeo import ogr

from .class_raster import Member, RasterGrid, drop_specks, polygonize, raster_grid, write_classes
from .errors import OutputError, SourceError
from .gdal_calls import gdal_faults_as
from .geodesy import Geodesy, point_lonlat
from .outline_fields import ShapeFacts
from .progress import PartOfProgress, Progress, stop_if_cancelled
from .request import OutlineSettings
from .ring_smoothing import smooth
from .ring_wkb import polygon_rings, polygon_wkb
from .rings import Rings, corners, interior_point, perimeter, reverse, signed_areas, trace, unit_edges
from .vector_io import WRITE_ADVICE
from .zonal import BorderStore, zonal_statistics

SQUARE_METRES_PER_KM2 = 1e6
MOST_RINGS_AT_ONCE = 1000


class ShapeStore:
    """Polygons (WKB) on disk, read back in any order."""

    def __init__(self, path: str) -> None:
        self.path = path
        self._places: List[Tuple[int, int]] = []
        self._end = 0

    def add(self, file: Any, wkb: bytes) -> None:
        """Append a polygon to the open `file`."""
        file.write(wkb)
        self._places.append((self._end, len(wkb)))
        self._end += len(wkb)

    def read(self, order: List[int]) -> Iterator[bytes]:
        """Yield the polygons in `order` (places of adding, from 0)."""
        with open(self.path, "rb") as file:
            for place in order:
                start, length = self._places[place]
                file.seek(start)
                yield file.read(length)


@dataclass(frozen=True)
class Shapes:
    """The polygons of one class, the largest first: what was measured, and where they are."""

    facts: List[ShapeFacts]
    order: List[int]
    store: ShapeStore

    def polygons(self) -> Iterator[Tuple[bytes, ShapeFacts]]:
        """Yield each polygon's WKB in the grid's CRS, with its facts."""
        return zip(self.store.read(self.order), self.facts)


def find_shapes(
    path: str, member: Member, confidence: str, settings: OutlineSettings, folder: str, progress: Progress
) -> Shapes:
    """Return the polygons of the pixels of the raster at `path` that are `member`s.

    `confidence` is summed up inside them; `folder` takes the intermediate files. Raises SourceError, OutputError,
    CrsError and Cancelled.
    """
    grid = raster_grid(path)
    other = raster_grid(confidence)
    if (grid.width, grid.height) != (other.width, other.height):
        raise SourceError("Probability and confidence differ in size; map again.")
    geodesy = Geodesy(grid.wkt)
    classes, kept, pieces = (os.path.join(folder, name) for name in ("classes.tif", "kept.tif", "pieces.gpkg"))
    write_classes(path, member, settings.median, classes, PartOfProgress(progress, 0.0, 0.25))
    pixels = fewest_pixels(grid, geodesy, settings.minimum_area_km2)
    if pixels > 1:
        drop_specks(classes, kept, pixels, PartOfProgress(progress, 0.25, 0.45))
    polygonize(kept if pixels > 1 else classes, pieces, PartOfProgress(progress, 0.45, 0.6))
    borders = BorderStore(folder, grid)
    store = ShapeStore(os.path.join(folder, "shapes.bin"))
    finisher = Finisher(grid, geodesy, settings)
    facts = finisher.run(pieces, store, borders, PartOfProgress(progress, 0.6, 0.9))
    facts = _with_confidence(facts, confidence, borders, settings, PartOfProgress(progress, 0.9, 1.0))
    order = sorted(range(len(facts)), key=lambda place: (-facts[place].area_km2, facts[place].lon, facts[place].lat))
    return Shapes([facts[place] for place in order], order, store)


def fewest_pixels(grid: RasterGrid, geodesy: Geodesy, minimum_area_km2: float) -> int:
    """Return a number of pixels that is surely less than the minimum area anywhere on the grid.

    The CRS may stretch areas (web Mercator: fourfold at 60 degrees), so its scale is taken at nine places; a tenth
    is left for what lies between them.
    """
    x, y = np.meshgrid([0, grid.width / 2, grid.width - 1], [0, grid.height / 2, grid.height - 1])
    square = np.array([[0, 0], [1, 0], [1, 1], [0, 1]])
    corner = np.stack([x.ravel(), y.ravel()], axis=1)
    pixels = Rings((corner[:, None] + square).reshape(-1, 2), np.arange(9) * 4)
    largest_m2 = float(geodesy.ring_areas(to_map(pixels, grid)).max())
    return int(0.9 * minimum_area_km2 * SQUARE_METRES_PER_KM2 / largest_m2)


def to_map(rings: Rings, grid: RasterGrid) -> Rings:
    """Return rings in pixel coordinates in the grid's CRS, the exterior anticlockwise and holes clockwise."""
    x0, xx, xy, y0, yx, yy = grid.transform
    column, row = rings.xy.T
    mapped = Rings(np.stack([x0 + xx * column + xy * row, y0 + yx * column + yy * row], axis=1), rings.starts)
    return reverse(mapped) if xx * yy - xy * yx < 0 else mapped


def is_valid(rings: Rings, progress: Progress) -> bool:
    """Tell whether OGR (GEOS) finds the polygon valid. Raises Cancelled.

    GEOS's time grows with the square of the holes. Past MOST_RINGS_AT_ONCE each ring is looked at alone; that rings
    keep apart follows from the smoothing's allowance.
    """
    if len(rings.starts) <= MOST_RINGS_AT_ONCE:
        return bool(ogr.CreateGeometryFromWkb(polygon_wkb(rings)).IsValid())
    alone = np.zeros(1, dtype=np.int64)
    for part in np.split(rings.xy, rings.starts[1:]):
        stop_if_cancelled(progress)
        if not ogr.CreateGeometryFromWkb(polygon_wkb(Rings(part, alone))).IsValid():
            return False
    return True


class Finisher:
    """Raw pieces along pixel borders to measured outlines."""

    def __init__(self, grid: RasterGrid, geodesy: Geodesy, settings: OutlineSettings) -> None:
        self._grid = grid
        self._geodesy = geodesy
        self._settings = settings

    def run(self, pieces: str, store: ShapeStore, borders: BorderStore, progress: Progress) -> List[ShapeFacts]:
        """Finish the pieces that reach the minimum area; return their facts in the order they were stored."""
        facts: List[ShapeFacts] = []
        with gdal_faults_as(OutputError, f"{pieces} cannot be read; {WRITE_ADVICE}."), open(store.path, "wb") as file:
            dataset = ogr.Open(pieces)
            layer = dataset.GetLayer(0)
            count = layer.GetFeatureCount()
            for done, feature in enumerate(layer):
                stop_if_cancelled(progress)
                progress.report(done / count, "Smoothing and measuring outlines")
                edges = unit_edges(polygon_rings(bytes(feature.GetGeometryRef().ExportToWkb(ogr.wkbNDR))))
                stop_if_cancelled(progress)
                rings = self._outline(trace(edges), progress)
                shape = self._measure(rings)
                if shape.area_km2 >= self._settings.minimum_area_km2:
                    facts.append(shape)
                    store.add(file, polygon_wkb(rings))
                    borders.add(edges, len(facts))
            del layer, dataset
        return facts

    def _outline(self, traced: Rings, progress: Progress) -> Rings:
        """Return the rings in the CRS: smooth if wanted and valid, else along pixel borders (valid by trace)."""
        stop_if_cancelled(progress)
        if self._settings.smooth:
            rings = to_map(smooth(traced), self._grid)
            stop_if_cancelled(progress)
            if is_valid(rings, progress):
                return rings
        return to_map(corners(traced), self._grid)

    def _measure(self, rings: Rings) -> ShapeFacts:
        area = self._geodesy.area(rings)
        # The scale of areas serves for lengths as well; exact where the CRS is conformal, as UTM is.
        scale = area / abs(float(signed_areas(rings).sum()))
        half_pixel = self._grid.pixel_area**0.5 / 2
        border = perimeter(rings) * half_pixel * scale
        lon, lat = point_lonlat(self._geodesy, interior_point(rings))
        return ShapeFacts(area / SQUARE_METRES_PER_KM2, border / SQUARE_METRES_PER_KM2, lon, lat)


def _with_confidence(
    facts: List[ShapeFacts], confidence: str, borders: BorderStore, settings: OutlineSettings, progress: Progress
) -> List[ShapeFacts]:
    """Return the facts with mean confidence, and the area whose confidence is below the limit of review."""
    statistics = zonal_statistics(confidence, borders, len(facts), settings.review_below, progress)
    return [
        replace(shape, conf_mean=float(mean), unc_area_km2=float(share) * shape.area_km2)
        for shape, mean, share in zip(facts, statistics.mean[1:], statistics.share_below[1:])
    ]
