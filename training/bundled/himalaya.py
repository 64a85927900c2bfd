"""Ten Sentinel-2 tiles of the Himalaya with debris-covered ice mapped by hand (doi 10.3390/rs14061352), by region.

The regions are held out whole (neighbouring tiles share snow, rock and light): A Zanskar, B, C Khumbu to Makalu. Tile
100 is labelled by a glacier mask from Landsat where that exists, the others by training/data/ice_labels; what we read
otherwise is in doubts.json.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any, Dict, Iterator, List, Tuple

import numpy as np
import shapely
from numpy.typing import NDArray
from scipy import ndimage

from ...inference.arrays import BoolArray, FloatArray
from ...inference.grid import Grid, spatial_reference, transform_box
from ...inference.raster_io import SceneReader, open_raster, raster_facts
from ...inference.request import Source
from ..data.ice_labels import GLACIER, NO_LABEL, whole_glacier
from ..data.writing import NewTile

REGIONS: Dict[str, Tuple[int, ...]] = {"A": (100, 104, 113, 114, 115), "B": (125, 126), "C": (155, 157, 170)}
OPTICAL = {"blue": 1, "green": 2, "red": 3, "nir": 4, "swir1": 5}
ELEVATION, DEBRIS = 9, 10
OUTLINED = 100
"""The tile that has a mask of whole glaciers (zanskar/labels.tif: mapped debris, glacier, where that is valid)."""
DOUBTS = Path(__file__).with_name("doubts.json")


def himalayan_tiles(data: Path, region: str) -> Iterator[NewTile]:
    """Yield the labelled tiles of a region. Raises SourceError where a file is missing."""
    for number in REGIONS[region]:
        yield _tile(number, region, data)


def _tile(number: int, region: str, data: Path) -> NewTile:
    path = str(data / "sgd" / f"sgd_{number}.tif")
    bands, grid = _read(path)
    debris = open_raster(path).ReadAsArray()[DEBRIS - 1] > 0
    labels = whole_glacier(bands, debris)
    if number == OUTLINED:
        masks = open_raster(str(data / "zanskar" / "labels.tif")).ReadAsArray()
        labels = np.where(masks[2] > 0, (masks[1] > 0) | debris, NO_LABEL).astype(np.int8)
    labels = corrected(labels, debris, _doubts(number))
    box = transform_box(grid.box, spatial_reference(grid.crs, path), spatial_reference("EPSG:4326", "degrees"))
    epsg = int(spatial_reference(grid.crs, path).GetAuthorityCode(None))
    place = {"left": grid.left, "top": grid.top, "sensor": "Sentinel-2"}
    return NewTile(f"HMA-{region}-{number}", "HMA", region, bands, labels, box, epsg, grid.resolution, debris, place)


def _read(path: str) -> Tuple[Dict[str, FloatArray], Grid]:
    """Return reflectance, elevation and slope of a tile on its own pixels (slope from the elevation)."""
    facts = raster_facts(path)
    data = open_raster(path)
    size = round(facts.pixel, 6)
    anchor = (facts.anchor[0], facts.anchor[1])
    grid = Grid(
        facts.crs, size, round((facts.box[0] - anchor[0]) / size), round((anchor[1] - facts.box[3]) / size),
        data.RasterXSize, data.RasterYSize, *anchor,
    )  # fmt: skip
    sources = (Source((path,), OPTICAL, scale=1e-4, offset=0.0), Source((path,), {"elevation": ELEVATION}, 1.0, 0.0))
    with SceneReader(sources, (*OPTICAL, "elevation", "slope"), grid) as reader:
        return dict(reader.read(grid)), grid


def _doubts(number: int) -> List[Dict[str, Any]]:
    found: List[Dict[str, Any]] = json.loads(DOUBTS.read_text(encoding="utf-8"))[str(number)]
    return found


def corrected(labels: NDArray[np.int8], debris: BoolArray, doubts: List[Dict[str, Any]]) -> NDArray[np.int8]:
    """Return labels (H x W) by our own reading: in a polygon (column, row) of `label` -1 what is not glacier has no
    label; in one of 0 nothing is glacier but mapped debris."""
    labels = labels.copy()
    rows, columns = np.indices(labels.shape) + 0.5
    for doubt in doubts:
        inside = shapely.contains_xy(shapely.Polygon(doubt["polygon"]), columns, rows)
        labels[inside & (~debris if doubt["label"] == 0 else labels != GLACIER)] = doubt["label"]
    return labels


def without_margin_of_debris(tile: NewTile, pixels: int) -> NDArray[np.int8]:
    """Return the tile's labels without those nearer than `pixels` to the edge of mapped debris: drawn by hand on
    coarser imagery, it is not known to the pixel, and a network would learn the hand."""
    debris = tile.debris
    assert debris is not None  # nosec B101 # every Himalayan tile has it
    reach = ndimage.generate_binary_structure(2, 2)
    grown = ndimage.binary_dilation(debris, reach, pixels)
    shrunk = ndimage.binary_erosion(debris, reach, pixels, border_value=1)
    labels = np.asarray(tile.glacier).copy()
    clean = (labels == GLACIER) & ~debris
    labels[grown & ~shrunk & ~clean] = NO_LABEL
    return labels
