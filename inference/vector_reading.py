"""OGR: layers of polygons that people hand in, in any format, with what their fields tell."""

from __future__ import annotations

from typing import Any, Dict, List, Optional, Tuple

from osgeo import gdal

from .errors import OutlinesError
from .gdal_calls import gdal_faults_as
from .vector_io import NO_GEOMETRY
from .vector_layer import VectorLayer

OUTLINES_LAYER = "outlines"
PACKED = (".zip", ".gz", ".tar", ".tgz", ".7z")


def read_vectors(path: str, layer: str = "") -> VectorLayer:
    """Return the features of a layer; without a name that of the only one, or the one called outlines.

    Raises:
        OutlinesError: the file cannot be read, or it is not clear which layer is meant.
    """
    packed = "; unpack it first" if path.lower().endswith(PACKED) else ""
    what = f"{path} cannot be read as a vector file{packed}"
    with gdal_faults_as(OutlinesError, what):
        dataset = gdal.OpenEx(path, gdal.OF_VECTOR | gdal.OF_READONLY | gdal.OF_VERBOSE_ERROR)
    if dataset is None:
        raise OutlinesError(f"{what}; give polygons, for example a GeoPackage.")
    found = _chosen(dataset, path, layer)
    with gdal_faults_as(OutlinesError, what):
        crs = layer_crs(found)
        wkb: List[Optional[bytes]] = []
        rows: List[Dict[str, Any]] = []
        keys: List[int] = []
        for feature in found:
            wkb.append(_flat_wkb(feature.GetGeometryRef()))
            rows.append(feature.items())
            keys.append(feature.GetFID())
        fields = tuple(field.GetName() for field in found.schema)
    return VectorLayer(path, found.GetName(), crs, tuple(wkb), tuple(rows), fields, tuple(keys))


def layer_names(path: str) -> List[str]:
    """Return the layers of a file, those without geometry too; none where it is no vector file, or not there."""
    try:
        with gdal_faults_as(OutlinesError, path):
            dataset = gdal.OpenEx(path, gdal.OF_VECTOR | gdal.OF_READONLY)
    except OutlinesError:
        return []
    return [] if dataset is None else [dataset.GetLayer(n).GetName() for n in range(dataset.GetLayerCount())]


def find_layer(dataset: Any, wanted: str) -> Tuple[Any, str, str]:
    """Return the layer of that name; without one the layer called outlines, or the only one that has geometry.

    None where it is not clear which one is meant; with it the name that was looked for ("": none), and in words the
    names that there are.
    """
    layers = [dataset.GetLayer(number) for number in range(dataset.GetLayerCount())]
    names = [layer.GetName() for layer in layers if layer.GetGeomType() != NO_GEOMETRY]
    name = wanted or (OUTLINES_LAYER if OUTLINES_LAYER in names else "")
    if not name and len(names) == 1:
        name = names[0]
    return dataset.GetLayerByName(name) if name in names else None, name, ", ".join(names)


def layer_crs(layer: Any) -> str:
    """Return the layer's CRS as WKT, "" where it has none; a GeoPackage then speaks of an "Undefined" one."""
    own = layer.GetSpatialRef()
    return "" if own is None or own.GetName().startswith("Undefined") else str(own.ExportToWkt())


def _chosen(dataset: Any, path: str, wanted: str) -> Any:
    layer, name, names = find_layer(dataset, wanted)
    if layer is None:
        question = f"there is no layer {name}" if name else "which layer is meant?"
        raise OutlinesError(f"{path}: {question}; it has {names or 'none with geometry'}: name one.")
    return layer


def _flat_wkb(geometry: Any) -> Optional[bytes]:
    if geometry is None or geometry.IsEmpty():
        return None
    flat = geometry.GetLinearGeometry()
    flat.FlattenTo2D()
    return bytes(flat.ExportToWkb())
