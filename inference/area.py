"""An area of interest: polygons outside of which nothing is mapped."""

from __future__ import annotations

from typing import Optional, Sequence

from osgeo import gdal, ogr, osr

from .arrays import BoolArray
from .errors import ExtentError
from .gdal_calls import checked
from .grid import Grid, spatial_reference


class AreaOfInterest:
    """Polygons (WKB in `crs`), asked by strips of the grid; a pixel belongs if its centre lies inside."""

    def __init__(self, polygons: Sequence[bytes], crs: str, grid_crs: str) -> None:
        self._target = spatial_reference(grid_crs, "The target grid")
        source = spatial_reference(crs, "The area") if crs else self._target
        change = None if source.IsSame(self._target) else osr.CoordinateTransformation(source, self._target)
        self._polygons = [_transformed(polygon, change) for polygon in polygons]

    def mask(self, grid: Grid) -> BoolArray:
        """Return which pixels of `grid` lie inside (H x W)."""
        shapes = ogr.GetDriverByName("Memory").CreateDataSource("area")
        layer = shapes.CreateLayer("area", self._target, ogr.wkbUnknown)
        for polygon in self._polygons:
            feature = ogr.Feature(layer.GetLayerDefn())
            feature.SetGeometry(ogr.CreateGeometryFromWkb(polygon))
            layer.CreateFeature(feature)
        raster = gdal.GetDriverByName("MEM").Create("", grid.width, grid.height, 1, gdal.GDT_Byte)
        raster.SetGeoTransform(grid.geotransform)
        raster.SetProjection(grid.crs)
        gdal.RasterizeLayer(raster, [1], layer, burn_values=[1])
        inside: BoolArray = raster.ReadAsArray().astype(bool)
        return inside


def _transformed(wkb: bytes, change: Optional[osr.CoordinateTransformation]) -> bytes:
    geometry = checked(ExtentError, "The area's geometry cannot be read", ogr.CreateGeometryFromWkb, wkb)
    if change is not None:
        geometry.Transform(change)
    return bytes(geometry.ExportToWkb())
