"""A window of a raster of the project as an array, through QGIS's own provider, and where it lies."""

from __future__ import annotations

import math
from dataclasses import dataclass
from pathlib import Path
from typing import List, Optional

import numpy as np
from qgis.core import (
    Qgis,
    QgsGeometry,
    QgsPointXY,
    QgsProject,
    QgsProviderRegistry,
    QgsRasterLayer,
    QgsRectangle,
    QgsVectorLayer,
)

from ..inference.arrays import DoubleArray, FloatArray
from ..inference.errors import SourceError
from .contour import RingList
from .texts import tr

LARGEST = 4_000_000
"""Pixels that a tool reads at once."""


@dataclass(frozen=True)
class RasterWindow:
    """Values (H x W, NaN: no data), and in the raster's CRS the upper left corner and the pixel's size."""

    values: FloatArray
    left: float
    top: float
    pixel_x: float
    pixel_y: float

    def to_map(self, xy: DoubleArray) -> List[QgsPointXY]:
        """Return places (n x 2, pixels from the upper left corner) in the raster's CRS."""
        return [QgsPointXY(self.left + x * self.pixel_x, self.top - y * self.pixel_y) for x, y in xy.tolist()]

    def to_pixels(self, points: List[QgsPointXY]) -> DoubleArray:
        """Return places in the raster's CRS as pixels from the upper left corner (n x 2)."""
        places = [((p.x() - self.left) / self.pixel_x, (self.top - p.y()) / self.pixel_y) for p in points]
        return np.array(places, dtype=np.float64)

    def read_same(self, raster: QgsRasterLayer, band: int) -> FloatArray:
        """Return a band of another raster of the same CRS, read on this window's pixels. Raises SourceError."""
        height, width = self.values.shape
        right, bottom = self.left + width * self.pixel_x, self.top - height * self.pixel_y
        return _values(raster, band, QgsRectangle(self.left, bottom, right, self.top), width, height)

    def geometry(self, polygons: List[RingList]) -> QgsGeometry:
        """Return polygons in pixels as one geometry in the raster's CRS; a null one where there are none."""
        rings = [[self.to_map(np.concatenate([ring, ring[:1]])) for ring in polygon] for polygon in polygons]
        return QgsGeometry.fromMultiPolygonXY(rings) if rings else QgsGeometry()


def read_window(raster: QgsRasterLayer, box: QgsRectangle, band: int = 1) -> RasterWindow:
    """Read the whole pixels that a box (in the raster's CRS) meets.

    Raises:
        SourceError: the box lies outside of the raster, is larger than a tool should read, or cannot be read.
    """
    whole, pixel_x, pixel_y = raster.extent(), raster.rasterUnitsPerPixelX(), raster.rasterUnitsPerPixelY()
    first_x = max(math.floor((box.xMinimum() - whole.xMinimum()) / pixel_x), 0)
    first_y = max(math.floor((whole.yMaximum() - box.yMaximum()) / pixel_y), 0)
    width = min(math.ceil((box.xMaximum() - whole.xMinimum()) / pixel_x), raster.width()) - first_x
    height = min(math.ceil((whole.yMaximum() - box.yMinimum()) / pixel_y), raster.height()) - first_y
    if width <= 0 or height <= 0:
        raise SourceError(tr("{} does not reach there.").format(raster.name()))
    if width * height > LARGEST:
        raise SourceError(tr("This area is too large for one stroke; zoom in."))
    left, top = whole.xMinimum() + first_x * pixel_x, whole.yMaximum() - first_y * pixel_y
    part = QgsRectangle(left, top - height * pixel_y, left + width * pixel_x, top)
    return RasterWindow(_values(raster, band, part, width, height), left, top, pixel_x, pixel_y)


def _values(raster: QgsRasterLayer, band: int, part: QgsRectangle, width: int, height: int) -> FloatArray:
    block = raster.dataProvider().block(band, part, width, height)
    if not block.convert(Qgis.DataType.Float64) or not block.isValid():
        raise SourceError(tr("{} cannot be read; is its file still there?").format(raster.name()))
    values = np.frombuffer(bytes(block.data()), dtype=np.float64).reshape(height, width).astype(np.float32)
    if block.hasNoDataValue():
        values[np.isclose(values, np.float32(block.noDataValue()))] = np.nan
    return values


def probability_of(outlines: QgsVectorLayer, project: QgsProject) -> QgsRasterLayer:
    """Return the probability raster beside the file of outlines, or one that the project shows as a run's result.

    Raises SourceError where there is none.
    """
    source = QgsProviderRegistry.instance().decodeUri(outlines.providerType(), outlines.source())
    beside = Path(source.get("path") or "").parent / "probability.tif"
    raster: Optional[QgsRasterLayer] = QgsRasterLayer(str(beside), "probability.tif") if beside.is_file() else None
    if raster is None or not raster.isValid():
        layers = project.mapLayers().values()
        raster = next((one for one in layers if one.customProperty("icemargin/result") == "probability"), None)
    if raster is None:
        raise SourceError(tr("There is no probability.tif beside the outlines; map the glaciers first, or add the "
                             "run's layers."))  # fmt: skip
    return raster
