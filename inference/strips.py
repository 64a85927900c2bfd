"""The finished part of a run: one small raster a strip, so that an interrupted run goes on where it stopped.

A strip's file is complete or not there. At the end the strips are one mosaic, which becomes the two COGs.
"""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Callable, List, Optional

import numpy as np
from osgeo import gdal

from .arrays import FloatArray
from .confidence import calibrated_confidence
from .errors import Cancelled, OutputError
from .gdal_calls import checked, gdal_faults_as
from .grid import Grid
from .model import Calibration
from .progress import Progress

COG_OPTIONS = (
    "COMPRESS=DEFLATE", "LEVEL=3", "PREDICTOR=YES", "BLOCKSIZE=512", "RESAMPLING=AVERAGE", "BIGTIFF=IF_SAFER",
    "OVERVIEW_COMPRESS=DEFLATE", "OVERVIEW_PREDICTOR=YES",
)  # fmt: skip
STRIP_OPTIONS = ("TILED=YES", "COMPRESS=DEFLATE", "PREDICTOR=3", "ZLEVEL=1", "INTERLEAVE=BAND")


class StripStore:
    """Strips in `folder`, valid for the run that `fingerprint` names."""

    def __init__(self, folder: Path, fingerprint: str, resume: bool) -> None:
        self._folder = folder
        ledger = folder / "ledger.json"
        if not (resume and _fingerprint_of(ledger) == fingerprint):
            for old in folder.glob("strip_*"):
                old.unlink()
            ledger.write_text(json.dumps({"fingerprint": fingerprint}), encoding="utf-8")

    def path(self, number: int) -> Path:
        return self._folder / f"strip_{number:+09d}.tif"

    def first_missing(self, numbers: range) -> Optional[int]:
        """Return the first strip that is not finished, or None."""
        return next((number for number in numbers if not self.path(number).exists()), None)

    def write(
        self,
        number: int,
        grid: Grid,
        probability: FloatArray,
        table: Optional[Calibration],
        spread: Optional[FloatArray] = None,
    ) -> None:
        """Write one strip: probability, confidence and, where there is one, spread. Raises OutputError."""
        unfinished = self._folder / "strip_unfinished.tif"
        bands = [probability, calibrated_confidence(probability, table)]
        _write_bands(unfinished, grid, bands if spread is None else [*bands, spread])
        os.replace(unfinished, self.path(number))

    def valid_fraction(self, numbers: range) -> float:
        """Return the share of pixels that have a result."""
        valid = total = 0
        for number in numbers:
            band = checked(OutputError, "A strip cannot be read", gdal.Open, str(self.path(number))).ReadAsArray()[0]
            valid += int(np.isfinite(band).sum())
            total += band.size
        return valid / total

    def write_cog(self, band: int, numbers: range, path: Path, threads: int, progress: Progress) -> None:
        """Write band 1 (probability), 2 (confidence) or 3 (spread) of all strips as one COG.

        Raises OutputError or Cancelled.
        """
        mosaic = self._folder / "mosaic.vrt"
        strips = [str(self.path(number)) for number in numbers]
        checked(OutputError, "The strips cannot be put together", gdal.BuildVRT, str(mosaic), strips).FlushCache()
        options = [*COG_OPTIONS, f"NUM_THREADS={threads or 'ALL_CPUS'}"]
        with gdal_faults_as(OutputError, f"Cannot write {path.name} (is the disk full?)"):
            written = gdal.Translate(
                str(path), str(mosaic), format="COG", bandList=[band], creationOptions=options,
                callback=_callback(progress, path.name),
            )  # fmt: skip
            if progress.is_cancelled():
                raise Cancelled("Cancelled; nothing was written.")
            if written is not None:
                written.FlushCache()
            del written


def _callback(progress: Progress, name: str) -> Callable[[float, str, object], int]:
    def report(fraction: float, _message: str, _data: object) -> int:
        progress.report(fraction, f"Writing {name}")
        return 0 if progress.is_cancelled() else 1

    return report


def _fingerprint_of(ledger: Path) -> str:
    try:
        return str(json.loads(ledger.read_text(encoding="utf-8"))["fingerprint"])
    except (OSError, ValueError, KeyError):
        return ""


def _write_bands(path: Path, grid: Grid, bands: List[FloatArray]) -> None:
    what = "Cannot write a strip (is the disk full?)"
    driver = gdal.GetDriverByName("GTiff")
    size = (grid.width, grid.height, len(bands))
    dataset = checked(OutputError, what, driver.Create, str(path), *size, gdal.GDT_Float32, list(STRIP_OPTIONS))
    with gdal_faults_as(OutputError, what):
        dataset.SetGeoTransform(grid.geotransform)
        dataset.SetProjection(grid.crs)
        for number, values in enumerate(bands, start=1):
            band = dataset.GetRasterBand(number)
            band.SetNoDataValue(float("nan"))
            band.WriteArray(values)
        dataset.FlushCache()
        del band, dataset
