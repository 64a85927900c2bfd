"""Data sets of the Himalayan sample tiles with hand-mapped debris (doi 10.3390/rs14061352), one file a region.

Regions for holding out (neighbouring tiles share snow, rock and light): A Zanskar, B, C Khumbu to Makalu. Tile 100 is
labelled by the glacier mask mapped from Landsat where that exists (labels.tif), the others by training/data/ice_labels.

A.hdf5 holds region A's tiles whole, to test on; A_train.hdf5 is without the labels of the southernmost 1 km of each
tile, which A_val.hdf5 has: to choose an epoch by (it lies beside the training pixels: it says nothing of other places).

Run: python scripts/sgd_dataset.py ../shared/data build/sgd
"""

from __future__ import annotations

import argparse
from dataclasses import replace
from pathlib import Path
from typing import Dict, Tuple

import numpy as np
from icemargin.inference.arrays import FloatArray
from icemargin.inference.grid import Grid, spatial_reference, transform_box
from icemargin.inference.raster_io import SceneReader, open_raster, raster_facts
from icemargin.inference.request import Source
from icemargin.training.data.ice_labels import NO_LABEL, whole_glacier
from icemargin.training.data.writing import DatasetWriter, NewTile

REGIONS: Dict[str, Tuple[int, ...]] = {"A": (100, 104, 113, 114, 115), "B": (125, 126), "C": (155, 157, 170)}
OPTICAL = {"blue": 1, "green": 2, "red": 3, "nir": 4, "swir1": 5}
ELEVATION, DEBRIS = 9, 10
VALIDATION_ROWS = 100
"""The southernmost rows of a tile."""


def read_tile(path: str) -> Tuple[Dict[str, FloatArray], Grid]:
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


def tile_of(number: int, region: str, data: Path) -> NewTile:
    """Return one tile, labelled."""
    path = str(data / "sgd" / f"sgd_{number}.tif")
    bands, grid = read_tile(path)
    debris = open_raster(path).ReadAsArray()[DEBRIS - 1] > 0
    labels = whole_glacier(bands, debris)
    if number == 100:
        masks = open_raster(str(data / "zanskar" / "labels.tif")).ReadAsArray()
        labels = np.where(masks[2] > 0, (masks[1] > 0) | debris, NO_LABEL).astype(np.int8)
    box = transform_box(grid.box, spatial_reference(grid.crs, path), spatial_reference("EPSG:4326", "degrees"))
    epsg = int(spatial_reference(grid.crs, path).GetAuthorityCode(None))
    place = {"left": grid.left, "top": grid.top, "sensor": "Sentinel-2"}
    return NewTile(f"HMA-{region}-{number}", "HMA", region, bands, labels, box, epsg, grid.resolution, debris, place)


def split(tile: NewTile) -> Tuple[NewTile, NewTile]:
    """Return the tile for training and the one for validation: no pixel has a label in both."""
    train, val = tile.glacier.copy(), tile.glacier.copy()
    train[-VALIDATION_ROWS:] = NO_LABEL
    val[:-VALIDATION_ROWS] = NO_LABEL
    return replace(tile, name=f"{tile.name}-train", glacier=train), replace(tile, name=f"{tile.name}-val", glacier=val)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("data", type=Path)
    parser.add_argument("out", type=Path)
    arguments = parser.parse_args()
    for region, numbers in REGIONS.items():
        tiles = [tile_of(number, region, arguments.data) for number in numbers]
        train, val = zip(*map(split, tiles))
        for ending, chosen in (("", tiles), ("_train", train), ("_val", val)):
            with DatasetWriter(str(arguments.out / f"{region}{ending}.hdf5")) as writer:
                for tile in chosen:
                    writer.add(tile)
        for tile in tiles:
            shares = [float((tile.glacier == value).mean()) for value in (1, NO_LABEL)]
            print(f"{tile.name}: glacier {shares[0]:.1%}, unlabelled {shares[1]:.1%}", flush=True)


if __name__ == "__main__":
    main()
