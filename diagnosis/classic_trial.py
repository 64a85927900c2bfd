"""Mapping a small scene by the classic method, from raster to outlines: what must work everywhere."""

from __future__ import annotations

import os
import tempfile
import time
from typing import Any

import numpy as np
from osgeo import gdal, osr

from ..inference.delineate import delineate
from ..inference.errors import Cancelled, IceMarginError, OutputError
from ..inference.gdal_calls import checked, gdal_faults_as
from ..inference.progress import Progress
from ..inference.request import DelineationRequest, Source
from .report import BAD, CLASSIC, DOUBT, OK, Finding

SIZE, PIXEL, RADIUS = 96, 10.0, 30
_ROCK = {"blue": 0.12, "red": 0.17, "swir1": 0.25}
_ICE = {"blue": 0.70, "red": 0.70, "swir1": 0.08}
_DRAWN_KM2 = np.pi * (RADIUS * PIXEL) ** 2 / 1e6


def classic_finding(progress: Progress) -> Finding:
    """Map one round glacier of known size. Raises Cancelled."""
    began = time.monotonic()
    try:
        with tempfile.TemporaryDirectory(prefix="icemargin-doctor-") as folder:
            scene = os.path.join(folder, "scene.tif")
            _write_scene(scene)
            bands = {name: number for number, name in enumerate(_ROCK, start=1)}
            result = delineate(DelineationRequest((Source((scene,), bands),), os.path.join(folder, "map")), progress)
    except Cancelled:
        raise
    except (IceMarginError, OSError) as error:
        return Finding(CLASSIC, BAD, str(error), "Repair what is marked bad above; if nothing is, report this.")
    seconds = time.monotonic() - began
    fact = f"a trial scene mapped in {seconds:.1f} s: {result.n_outlines} outline, {result.glacier_area_km2:.2f} km2"
    if result.n_outlines != 1 or abs(result.glacier_area_km2 / _DRAWN_KM2 - 1) > 0.05:
        advice = f"Expected 1 outline of {_DRAWN_KM2:.2f} km2: do not trust maps of this machine, and report this."
        return Finding(CLASSIC, DOUBT, fact, advice)
    return Finding(CLASSIC, OK, fact)


def _write_scene(path: str) -> None:
    """Write rock with a round glacier as a GeoTIFF of blue, red and SWIR1. Raises OutputError."""
    rows, columns = np.mgrid[:SIZE, :SIZE] + 0.5
    ice = np.hypot(rows - SIZE / 2, columns - SIZE / 2) < RADIUS
    reference = osr.SpatialReference()
    with gdal_faults_as(OutputError, "The trial scene cannot be located"):
        reference.ImportFromEPSG(32632)
    what = "The trial scene cannot be written"
    driver = gdal.GetDriverByName("GTiff")
    raster = checked(OutputError, what, driver.Create, path, SIZE, SIZE, len(_ROCK), gdal.GDT_Float32)
    with gdal_faults_as(OutputError, what):
        raster.SetProjection(reference.ExportToWkt())
        raster.SetGeoTransform((420000.0, PIXEL, 0.0, 5150000.0, 0.0, -PIXEL))
        _fill(raster, ice)
        raster.FlushCache()


def _fill(raster: Any, ice: Any) -> None:
    texture = np.random.default_rng(3).normal(0, 0.003, ice.shape)
    for number, name in enumerate(_ROCK, start=1):
        values = np.where(ice, _ICE[name], _ROCK[name]) + texture
        raster.GetRasterBand(number).WriteArray(values.astype(np.float32))
