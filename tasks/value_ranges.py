"""The range of the values in each band, read coarsely in the background: is it reflectance, or DN?"""

from __future__ import annotations

import logging
from typing import Dict, NamedTuple, Optional, Sequence, Tuple

import numpy as np
from osgeo import gdal
from qgis.core import QgsTask
from qgis.PyQt.QtCore import pyqtSignal

from .check_task import quiet_flags

SAMPLE = 96


class BandRange(NamedTuple):
    """Lowest and highest value as stored, and the file's own scale and offset (1 and 0 where it has none)."""

    low: float
    high: float
    scale: float
    offset: float


Ranges = Dict[Tuple[str, int], BandRange]

_log = logging.getLogger(__name__)


def band_ranges(path: str) -> Ranges:
    """Return the range of about 96 x 96 valid values of each band; {} if the raster cannot be read."""
    try:
        dataset = gdal.OpenEx(path, gdal.OF_RASTER)
    except RuntimeError:
        return {}
    if dataset is None:
        return {}
    numbers = range(1, dataset.RasterCount + 1)
    found = {number: _range(dataset.GetRasterBand(number)) for number in numbers}
    return {(path, number): extremes for number, extremes in found.items() if extremes is not None}


def _range(band: gdal.Band) -> Optional[BandRange]:
    width, height = min(SAMPLE, band.XSize), min(SAMPLE, band.YSize)
    values = band.ReadAsArray(buf_xsize=width, buf_ysize=height)
    if values is None:
        return None
    valid = np.isfinite(values)
    nodata = band.GetNoDataValue()
    if nodata is not None:
        valid &= values != nodata
    if not valid.any():
        return None
    scale, offset = band.GetScale(), band.GetOffset()
    own = (1.0 if scale is None else scale, 0.0 if offset is None else offset)
    return BandRange(float(values[valid].min()), float(values[valid].max()), *own)


class RangesTask(QgsTask):
    """Reads the ranges of some rasters; afterwards they are in `ranges`."""

    ended = pyqtSignal()

    def __init__(self, paths: Sequence[str]) -> None:
        super().__init__("IceMargin: range of the values", quiet_flags())
        self.ranges: Ranges = {}
        self._paths = tuple(paths)

    def run(self) -> bool:
        """Read (QGIS calls this in the task's thread)."""
        try:
            for path in self._paths:
                if self.isCanceled():
                    return False
                self.ranges.update(band_ranges(path))
        except Exception:  # noqa: BLE001 - the edge: what escapes here would take QGIS down
            _log.exception("The values could not be read.")
            return False
        return True

    def finished(self, result: bool) -> None:
        """Tell the main thread (QGIS calls this there)."""
        self.ended.emit()
