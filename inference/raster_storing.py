"""From any raster to the stored pixels that a comparison asks for: those near outlines, tile by tile."""

from __future__ import annotations

import math
from dataclasses import replace
from pathlib import Path
from typing import Iterable, List, Optional, Sequence, Tuple

import numpy as np
from osgeo import ogr, osr

from .errors import CrsError, ExtentError, OutlinesError, OutputError
from .gdal_calls import quiet_gdal
from .grid import Box, Grid, snapped_grid, spatial_reference
from .progress import Progress, stop_if_cancelled
from .raster_io import RasterFacts, SourceReader, raster_facts
from .request import Source
from .stored_raster import TILE, TILES, Header, IndexArray, write_index
from .vector_layer import VectorLayer

AROUND = 3
"""Pixels around an outline that are stored too: slopes at its margin look at them."""
EDGE = np.linspace(0, 1, 9)
"""Where along an edge of a box points are looked at: straight edges are bent in another CRS."""


def store_raster(
    source: Source, name: str, layers: Sequence[VectorLayer], folder: str, progress: Progress, around: int = AROUND
) -> None:  # fmt: skip
    """Store the pixels of a raster near the layers' outlines in `folder` (see stored_raster.py).

    Args:
        source: a raster, or tiles in one CRS; where they overlap the first one that has a value counts.
        name: the band of it, "elevation" or "confidence"; values that cannot be that are voids.
        layers: outlines, each layer with its CRS.
        folder: exists already.
        around: how many pixels around each outline's box are stored too.

    Raises:
        SourceError, CrsError: the raster cannot be read or has no position, or tiles have several CRSs.
        OutlinesError: there are none.
        ExtentError: it does not lie where the outlines are.
        OutputError: the folder cannot be written.
    """
    facts = mosaic_facts(source)
    path = facts.path
    grid = snapped_grid(facts.crs, facts.pixel, facts.box, facts.anchor)
    boxes = [box for layer in layers for box in _boxes(layer, facts)]
    part, wanted = _wanted(grid, boxes, around)
    if not any(wkb for layer in layers for wkb in layer.wkb):
        raise OutlinesError(f"{layers[0].path} has no outlines; choose another layer.")
    if part is None:
        raise ExtentError(f"{path} does not lie where the outlines are; give one that covers them.")
    reader = SourceReader(source, [name], part)
    try:
        index = _store_tiles(reader, name, part, wanted, folder, progress)
        write_index(folder, Header(part.crs, part.left, part.top, part.resolution), index)
    except OSError as error:
        raise OutputError(f"Pixels of {path} cannot be kept in {folder}; free some space there. ({error})") from error
    finally:
        reader.close()


def mosaic_facts(source: Source) -> RasterFacts:
    """Return what the first file's header says, with the box round all files. Raises SourceError, CrsError."""
    tiles = [raster_facts(path, source.crs) for path in source.paths]
    first = tiles[0]
    for tile in tiles[1:]:
        if not spatial_reference(first.crs, first.path).IsSame(spatial_reference(tile.crs, tile.path)):
            raise CrsError(f"{tile.path} has another CRS than {first.path}; warp them into one (gdalwarp -t_srs).")
    west, south, east, north = zip(*(tile.box for tile in tiles))
    return replace(first, box=(min(west), min(south), max(east), max(north)))


def _boxes(layer: VectorLayer, facts: RasterFacts) -> Iterable[Box]:
    """Yield the box of each outline in the raster's CRS; those that it cannot express are far away."""
    source, target = spatial_reference(layer.crs, layer.path), spatial_reference(facts.crs, facts.path)
    ends = [ogr.CreateGeometryFromWkb(wkb).GetEnvelope() for wkb in layer.wkb if wkb is not None]
    if not ends:
        return
    known = np.array(ends)[np.isfinite(ends).all(axis=1)]
    west, east, south, north = (side[:, None] for side in known.T)
    none, all_ = np.zeros_like(EDGE), np.ones_like(EDGE)
    along, up = np.concatenate([EDGE, EDGE, none, all_]), np.concatenate([none, all_, EDGE, EDGE])
    xy = np.stack([west + along * (east - west), south + up * (north - south)], axis=-1)
    # All at once: OSR takes longer for a box by itself than for hundreds of points.
    with quiet_gdal():
        moved = np.array(osr.CoordinateTransformation(source, target).TransformPoints(xy.reshape(-1, 2).tolist()))
    x, y, _ = moved.reshape(*xy.shape[:2], 3).transpose(2, 0, 1)
    for xs, ys in zip(x[np.isfinite(x + y).all(axis=1)], y[np.isfinite(x + y).all(axis=1)]):
        across = target.IsGeographic() and xs.max() - xs.min() > 180  # the antimeridian
        left, right = (facts.box[0], facts.box[2]) if across else (xs.min(), xs.max())
        yield left, ys.min(), right, ys.max()


def _wanted(grid: Grid, boxes: Iterable[Box], around: int) -> Tuple[Optional[Grid], IndexArray]:
    """Return the part of the grid near the boxes, and which of its tiles are needed (1: yes)."""
    spans = [span for span in (_span(grid, box, around) for box in boxes) if span is not None]
    if not spans:
        return None, np.zeros((0, 0), np.int64)
    left, top = min(span[0] for span in spans), min(span[1] for span in spans)
    right, bottom = max(span[2] for span in spans), max(span[3] for span in spans)
    part = grid.part(grid.col + left, grid.row + top, right - left, bottom - top)
    wanted = np.zeros((math.ceil(part.height / TILE), math.ceil(part.width / TILE)), np.int64)
    for west, north, east, south in spans:
        rows = slice((north - top) // TILE, (south - top - 1) // TILE + 1)
        wanted[rows, (west - left) // TILE : (east - left - 1) // TILE + 1] = 1
    return part, wanted


def _span(grid: Grid, box: Box, around: int) -> Optional[Tuple[int, int, int, int]]:
    """Return the first column and row, and those behind the last, of the pixels near a box; None for none."""
    columns = [(x - grid.left) / grid.resolution for x in (box[0], box[2])]
    rows = [(grid.top - y) / grid.resolution for y in (box[3], box[1])]
    here = []
    for ends, length in ((columns, grid.width), (rows, grid.height)):
        first, last = math.floor(ends[0]) - around, math.ceil(ends[1]) + around
        here.append((max(first, 0), min(last, length)))
    if any(first >= last for first, last in here):
        return None
    return here[0][0], here[1][0], here[0][1], here[1][1]


def _store_tiles(
    reader: SourceReader, name: str, part: Grid, wanted: IndexArray, folder: str, progress: Progress
) -> IndexArray:
    places: List[Tuple[int, int]] = [(int(row), int(column)) for row, column in np.argwhere(wanted)]
    index = np.full(wanted.shape, -1)
    with open(Path(folder, TILES), "wb") as file:
        for number, (row, column) in enumerate(places):
            stop_if_cancelled(progress)
            progress.report(number / len(places), f"Reading {name}")
            tile = np.full((TILE, TILE), np.nan, np.float32)
            height = min(TILE, part.height - row * TILE)
            width = min(TILE, part.width - column * TILE)
            window = part.part(part.col + column * TILE, part.row + row * TILE, width, height)
            tile[:height, :width] = reader.read(window)[name]
            tile.tofile(file)
            index[row, column] = number
    return index
