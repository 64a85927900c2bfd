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
        target = spatial_reference(grid_crs, "The target grid")
        source = spatial_reference(crs, "The area") if crs else target
        self._layer_source = ogr.GetDriverByName("Memory").CreateDataSource("area")
        self._layer = self._layer_source.CreateLayer("area", target, ogr.wkbUnknown)
        change = None if source.IsSame(target) else osr.CoordinateTransformation(source, target)
        for polygon in polygons:
            self._add(polygon, change)

    def _add(self, wkb: bytes, change: Optional[osr.CoordinateTransformation]) -> None:
        geometry = checked(ExtentError, "The area's geometry cannot be read", ogr.CreateGeometryFromWkb, wkb)
        if change is not None:
            geometry.Transform(change)
        feature = ogr.Feature(self._layer.GetLayerDefn())
        feature.SetGeometry(geometry)
        self._layer.CreateFeature(feature)

    def mask(self, grid: Grid) -> BoolArray:
        """Return which pixels of `grid` lie inside (H x W)."""
        raster = gdal.GetDriverByName("MEM").Create("", grid.width, grid.height, 1, gdal.GDT_Byte)
        raster.SetGeoTransform(grid.geotransform)
        raster.SetProjection(grid.crs)
        gdal.RasterizeLayer(raster, [1], self._layer, burn_values=[1])
        inside: BoolArray = raster.ReadAsArray().astype(bool)
        return inside
