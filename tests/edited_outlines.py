"""Layers of outlines for the tests of the editing tools, and what must hold of them after any edit."""

from __future__ import annotations

from typing import Dict, List, Sequence, Tuple

import shapely
from qgis.core import (
    QgsCoordinateReferenceSystem,
    QgsCoordinateTransform,
    QgsFeature,
    QgsGeometry,
    QgsProject,
    QgsVectorFileWriter,
    QgsVectorLayer,
)
from qgis_scene import UTM43

LEFT, TOP = 600000.0, 3800000.0
FIELDS = "field=im_id:string&field=status:string&field=reason:string&field=edited_at:string"


def square(x: float, y: float, side: float, *holes: Tuple[float, float, float]) -> str:
    """Return the WKT of a square with square holes; metres to the east and south of the scene's corner."""
    return shapely.Polygon(_ring(x, y, side), [_ring(*hole) for hole in holes]).wkt


def _ring(x: float, y: float, side: float) -> List[Tuple[float, float]]:
    west, north = LEFT + x, TOP - y
    return [(west, north), (west + side, north), (west + side, north - side), (west, north - side)]


PAIR = (square(100, 100, 400), square(500, 100, 400))
"""Two glaciers that share a border, within the scene."""


def outlines_layer(
    polygons: Sequence[str], kind: str = "Polygon", add: bool = True, path: str = "", crs: str = UTM43
) -> QgsVectorLayer:
    """Return a layer with the polygons, being edited; its features have ids a, b, c ...

    Args:
        path: of a GeoPackage to write; without it the layer is in memory.
        crs: of the layer; the polygons are given in UTM43.
    """
    layer = QgsVectorLayer(f"{kind}?crs={crs}&{FIELDS}", "outlines", "memory")
    to_layer = QgsCoordinateTransform(QgsCoordinateReferenceSystem(UTM43), layer.crs(), QgsProject.instance())
    features = []
    for number, wkt in enumerate(polygons):
        feature = QgsFeature(layer.fields())
        geometry = QgsGeometry.fromWkt(wkt)
        geometry.transform(to_layer)
        if kind == "MultiPolygon":
            geometry.convertToMultiType()
        feature.setGeometry(geometry)
        feature.setAttributes([chr(ord("a") + number), "to review", "", ""])
        features.append(feature)
    layer.dataProvider().addFeatures(features)
    layer.updateExtents()
    if path:
        options = QgsVectorFileWriter.SaveVectorOptions()
        QgsVectorFileWriter.writeAsVectorFormatV3(layer, path, QgsProject.instance().transformContext(), options)
        layer = QgsVectorLayer(path, "outlines", "ogr")
    layer.startEditing()
    if add:
        QgsProject.instance().addMapLayer(layer)
    return layer


def line(*points: Tuple[float, float]) -> QgsGeometry:
    """Return a line; metres to the east and south of the scene's corner."""
    return QgsGeometry.fromWkt(shapely.LineString([(LEFT + x, TOP - y) for x, y in points]).wkt)


def shapes(layer: QgsVectorLayer) -> Dict[int, shapely.Geometry]:
    """Return the outlines as the layer holds them now, edits included, for an independent look at them."""
    return {one.id(): shapely.from_wkb(bytes(one.geometry().asWkb())) for one in layer.getFeatures()}


def areas(layer: QgsVectorLayer) -> List[float]:
    """Return all areas in ha, the smallest first."""
    return sorted(round(shape.area / 1e4, 6) for shape in shapes(layer).values())


def assert_sound(layer: QgsVectorLayer) -> None:
    """No outline is broken or empty, none lies over another, and what two share they share point by point."""
    found = list(shapes(layer).values())
    assert all(shape.is_valid and shape.area > 0 for shape in found)
    parts = [part for shape in found for part in shapely.get_parts(shape)]
    # coverage_is_valid: no overlap, and edges that are shared have the same points on both sides.
    assert len(parts) < 2 or shapely.coverage_is_valid(parts)
