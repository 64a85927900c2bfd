"""Outlines to labels: which pixels are glacier, which are not, and of which nothing is known.

A pixel belongs to an outline where its centre lies inside. What lies outside all outlines is "not glacier" only where
somebody looked: inside the labelled area, or, where none is given, everywhere. That default is right for an inventory
that covers the imagery, which is the usual case, and nothing but glaciers teaches a network nothing; an inventory that
ends inside the scene needs its area, for else the glaciers beyond it are taught as "not glacier".
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Callable, List, Optional, Sequence, Tuple

import numpy as np
from osgeo import gdal, ogr, osr

from ...inference.arrays import BoolArray
from ...inference.errors import DatasetError, SettingsError
from ...inference.gdal_calls import checked, gdal_faults_as
from ...inference.grid import Grid, spatial_reference, transform_box
from ...inference.vector_reading import find_layer, layer_crs

GLACIER, NOT_GLACIER, NO_LABEL = 1, 0, -1
GLACIER_FREE, UNLABELLED = "glacier-free", "unlabelled"
OUTSIDE = (GLACIER_FREE, UNLABELLED)
Tell = Callable[[str], None]


@dataclass(frozen=True)
class LabelFiles:
    """Where the labels come from: vector files in any format and CRS that OGR reads.

    Of outlines with a field `status` only those of `status` count as glacier (empty: all); the others are unlabelled,
    save rejected ones, which are "not glacier". `outside` says what lies outside the outlines where no
    `labelled_area` is given.
    """

    outlines: str
    layer: str = ""
    status: Tuple[str, ...] = ()
    debris: str = ""
    labelled_area: str = ""
    outside: str = GLACIER_FREE

    def __post_init__(self) -> None:
        if self.outside not in OUTSIDE:
            raise SettingsError(f"What lies outside the outlines is {' or '.join(OUTSIDE)}, not {self.outside!r}.")


@dataclass(frozen=True)
class Outline:
    """A polygon in the grid's CRS (WKB, 2D). `key` is its im_id, else its number in the file; `status` may be ""."""

    key: str
    status: str
    wkb: bytes


def read_outlines(path: str, grid: Grid, layer: str = "", tell: Tell = lambda _: None) -> Tuple[Outline, ...]:
    """Return the polygons of a vector file that touch the grid, in its CRS; `tell` hears of repaired ones.

    Curves become lines, heights are dropped, invalid polygons are repaired (GEOS's MakeValid).
    Raises DatasetError for a file that cannot be read or holds no polygons, CrsError without a CRS.
    """
    what = f"{path} cannot be read as a vector file"
    with gdal_faults_as(DatasetError, what):
        dataset = gdal.OpenEx(path, gdal.OF_VECTOR | gdal.OF_READONLY | gdal.OF_VERBOSE_ERROR)
    if dataset is None:
        raise DatasetError(f"{what}; give polygons, for example a GeoPackage.")
    found = _chosen_layer(dataset, path, layer)
    source = spatial_reference(layer_crs(found), path)
    target = spatial_reference(grid.crs, "The target grid")
    with gdal_faults_as(DatasetError, what):
        west, south, east, north = transform_box(grid.box, target, source)
        found.SetSpatialFilterRect(west, south, east, north)
        return _features(found, _change(source, target), path, tell)


def _chosen_layer(dataset: Any, path: str, wanted: str) -> Any:
    layer, name, names = find_layer(dataset, wanted)
    if layer is None:
        choice = f"its layers are {names or 'without geometry'}"
        raise DatasetError(f"{path}: {f'no layer {name}' if name else 'which layer'}? {choice}; name one by --layer.")
    return layer


def _change(source: osr.SpatialReference, target: osr.SpatialReference) -> Optional[osr.CoordinateTransformation]:
    return None if source.IsSame(target) else osr.CoordinateTransformation(source, target)


def _features(layer: Any, change: Any, path: str, tell: Tell) -> Tuple[Outline, ...]:
    fields = {field.name for field in layer.schema}
    outlines: List[Outline] = []
    repaired: List[str] = []
    for feature in layer:
        key = str((feature["im_id"] if "im_id" in fields else "") or f"feature {feature.GetFID()}")
        status = str((feature["status"] if "status" in fields else "") or "")
        geometry = feature.GetGeometryRef()
        if geometry is None or geometry.IsEmpty():
            continue
        outlines.append(Outline(key, status, _polygon(geometry, change, f"{path}, {key}", repaired, key)))
    if repaired:
        tell(f"{path}: invalid polygons were repaired; check {_listed(repaired)}.")
    return tuple(outlines)


def _polygon(geometry: Any, change: Any, whose: str, repaired: List[str], key: str) -> bytes:
    flat = geometry.GetLinearGeometry()
    flat.FlattenTo2D()
    if flat.GetDimension() < 2:
        raise DatasetError(f"{whose} is a {geometry.GetGeometryName().lower()}; give polygons.")
    if change is not None and flat.Transform(change) != 0:
        raise DatasetError(f"{whose} cannot be brought to the imagery's CRS; check the file's own.")
    if not flat.IsValid():
        repaired.append(key)
        flat = flat.MakeValid() or flat
    return bytes(ogr.ForceToMultiPolygon(flat).ExportToWkb(ogr.wkbNDR))


def _listed(keys: Sequence[str]) -> str:
    shown = ", ".join(keys[:5])
    return shown if len(keys) <= 5 else f"{shown} and {len(keys) - 5} more"


class Polygons:
    """Polygons of one grid's CRS, rasterised piece by piece; a pixel is inside where its centre is."""

    def __init__(self, polygons: Sequence[bytes], crs: str) -> None:
        self._crs = crs
        self._dataset = checked(DatasetError, "No memory for polygons", _memory)
        self._layer = self._dataset.CreateLayer("polygons", spatial_reference(crs, "The grid"), ogr.wkbMultiPolygon)
        for wkb in polygons:
            feature = ogr.Feature(self._layer.GetLayerDefn())
            feature.SetGeometryDirectly(ogr.CreateGeometryFromWkb(wkb))
            self._layer.CreateFeature(feature)

    def mask(self, grid: Grid) -> BoolArray:
        """Return which pixels of `grid` lie inside (H x W)."""
        self._layer.SetSpatialFilterRect(*grid.box)
        raster = gdal.GetDriverByName("MEM").Create("", grid.width, grid.height, 1, gdal.GDT_Byte)
        raster.SetGeoTransform(grid.geotransform)
        raster.SetProjection(self._crs)
        with gdal_faults_as(DatasetError, "The outlines cannot be rasterised"):
            gdal.RasterizeLayer(raster, [1], self._layer, burn_values=[1])
        inside: BoolArray = raster.ReadAsArray().astype(bool)
        return inside


def _memory() -> Any:
    return ogr.GetDriverByName("Memory").CreateDataSource("polygons")


class Labels:
    """The labels of a scene, asked for piece by piece.

    Raises DatasetError where no outline lies in the scene or a file cannot be read; `tell` hears of doubts.
    """

    def __init__(self, files: LabelFiles, scene: Grid, tell: Tell = lambda _: None) -> None:
        outlines = read_outlines(files.outlines, scene, files.layer, tell)
        kept = [outline for outline in outlines if not files.status or outline.status in files.status]
        if not kept:
            raise DatasetError(_none_kept(files, outlines))
        unsure = [one for one in outlines if files.status and one.status not in (*files.status, "rejected")]
        self._outside = files.outside
        self._glacier = _polygons(kept, scene)
        self._unsure = _polygons(unsure, scene)
        self._area = _optional(files.labelled_area, scene, tell)
        self._debris = _optional(files.debris, scene, tell)
        if self._area is None:
            tell(_WITHOUT_AREA[files.outside].format(share=_hull_share(outlines, scene)))

    def of(self, grid: Grid) -> Any:
        """Return H x W int8: 1 glacier, 0 not glacier, -1 no label."""
        known: BoolArray = np.full((grid.height, grid.width), self._outside == GLACIER_FREE)
        if self._area is not None:
            known = self._area.mask(grid)
        labels = np.where(known & ~self._unsure.mask(grid), NOT_GLACIER, NO_LABEL).astype(np.int8)
        labels[self._glacier.mask(grid)] = GLACIER
        return labels

    def debris(self, grid: Grid) -> Optional[BoolArray]:
        """Return where the ice is covered by debris (H x W), None where nobody mapped it."""
        return None if self._debris is None else self._debris.mask(grid)


_WITHOUT_AREA = {
    GLACIER_FREE: "Everything outside the outlines counts as free of glaciers (a line around all of them encloses "
    "{share:.0%} of the imagery); where nobody mapped a part, give the area that was mapped by --labelled-area.",
    UNLABELLED: "Nothing outside the outlines is labelled: the network sees no ground that is not glacier here; give "
    "the area that the outlines cover by --labelled-area.",
}


def _polygons(outlines: Sequence[Outline], scene: Grid) -> Polygons:
    return Polygons([outline.wkb for outline in outlines], scene.crs)


def _hull_share(outlines: Sequence[Outline], scene: Grid) -> float:
    """Return the share of the scene that the convex hull of its outlines covers: small where an inventory ends."""
    together = ogr.Geometry(ogr.wkbGeometryCollection)
    for outline in outlines:
        together.AddGeometry(ogr.CreateGeometryFromWkb(outline.wkb))
    west, south, east, north = scene.box
    whole = ogr.CreateGeometryFromWkt(
        f"POLYGON (({west} {south},{east} {south},{east} {north},{west} {north},{west} {south}))"
    )
    return float(together.ConvexHull().Intersection(whole).GetArea() / whole.GetArea())


def _optional(path: str, scene: Grid, tell: Tell) -> Optional[Polygons]:
    return _polygons(read_outlines(path, scene, "", tell), scene) if path else None


def _none_kept(files: LabelFiles, outlines: Sequence[Outline]) -> str:
    if not outlines:
        return f"{files.outlines} has no outline within the imagery; check that both are of the same place."
    there = sorted({outline.status or "none" for outline in outlines})
    return (
        f"{files.outlines} has no outline within the imagery that is {' or '.join(files.status)} (status there: "
        f"{', '.join(there)}); accept some, or leave --status out."
    )
