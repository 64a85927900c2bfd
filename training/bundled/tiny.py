"""Two tiny simulated scenes that lie beside the tests: what the shipped file makes of them is in its card.

One GeoTIFF each: blue, green, red, near infrared, SWIR1 (TOA reflectance times 10,000), elevation (dm), label
(1 glacier, 0 not, -1 none).
"""

from __future__ import annotations

import tempfile
from pathlib import Path
from typing import Dict

import numpy as np
from osgeo import gdal, osr

from ...inference.delineate import delineate
from ...inference.raster_io import open_raster
from ...inference.request import DelineationRequest, Source
from ..data.writing import NewTile
from ..evaluation.scores import count
from ..simulate import geotransform
from .simulated import EPSG, tiny_scene

BANDS = ("blue", "green", "red", "nir", "swir1")
FACTORS = {**dict.fromkeys(BANDS, 1e4), "elevation": 10.0}
LABEL = len(FACTORS)
COUNT = 2


def tiny_path(folder: Path, number: int) -> Path:
    return folder / f"tiny_{number}.tif"


def write_tiny(folder: Path) -> None:
    """Write the scenes. Some seconds each; the same bytes every time."""
    folder.mkdir(parents=True, exist_ok=True)
    for number in range(COUNT):
        _write(tiny_path(folder, number), tiny_scene(number))


def _write(path: Path, tile: NewTile) -> None:
    values = [np.rint(tile.bands[name] * factor) for name, factor in FACTORS.items()] + [tile.glacier]
    height, width = np.shape(tile.glacier)
    options = ["COMPRESS=DEFLATE", "PREDICTOR=2", "ZLEVEL=9", "INTERLEAVE=BAND"]
    dataset = gdal.GetDriverByName("GTiff").Create(str(path), width, height, len(values), gdal.GDT_Int16, options)
    dataset.SetGeoTransform(geotransform(tile.resolution))
    crs = osr.SpatialReference()
    crs.ImportFromEPSG(EPSG)
    dataset.SetProjection(crs.ExportToWkt())
    dataset.WriteArray(np.stack(values).astype(np.int16))
    dataset.FlushCache()


def tiny_scores(model: str, path: Path) -> Dict[str, float]:
    """Map a scene as a user would and return IoU, precision and recall. Raises what delineate raises."""
    optical = Source((str(path),), {name: number for number, name in enumerate(BANDS, 1)}, 1e-4, 0.0)
    elevation = Source((str(path),), {"elevation": LABEL}, 0.1, 0.0)
    with tempfile.TemporaryDirectory() as folder:
        request = DelineationRequest(sources=(optical, elevation), out_dir=f"{folder}/out", model=model, device="cpu")
        probability = open_raster(delineate(request).probability).ReadAsArray()
    label = open_raster(str(path)).ReadAsArray()[LABEL]
    fine = label.repeat(len(probability) // len(label), 0).repeat(len(probability) // len(label), 1)
    confusion = count(probability, fine == 1, (fine >= 0) & (probability >= 0)).confusion
    return {"iou": confusion.iou, "precision": confusion.precision, "recall": confusion.recall}
