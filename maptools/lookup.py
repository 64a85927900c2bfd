"""Finding outlines by place: the file's spatial index is asked, so it is quick in a layer of any size."""

from __future__ import annotations

from typing import Dict, Mapping

from qgis.core import QgsFeatureRequest, QgsGeometry, QgsPointXY, QgsRectangle, QgsVectorLayer

from .faces import prepared
from .ground import units_of

FIRST_REACH_M, LAST_REACH_M = 200.0, 15_000.0
"""Around a place, in which outlines that may enclose it are looked for."""


def outlines_in(layer: QgsVectorLayer, box: QgsRectangle) -> Dict[int, QgsGeometry]:
    """Return the outlines that may meet a box: by their bounding boxes, or (a file read by GDAL) exactly."""
    request = QgsFeatureRequest(box.buffered(1e-6)).setNoAttributes()  # an empty box would be no filter
    return {feature.id(): feature.geometry() for feature in layer.getFeatures(request) if feature.hasGeometry()}


def outlines_at(layer: QgsVectorLayer, place: QgsGeometry) -> Dict[int, QgsGeometry]:
    """Return the outlines that meet a place."""
    found = outlines_in(layer, place.boundingBox())
    engine = prepared(place)
    return {fid: one for fid, one in found.items() if engine.intersects(one.constGet())}


def with_neighbours(layer: QgsVectorLayer, outlines: Mapping[int, QgsGeometry]) -> Dict[int, QgsGeometry]:
    """Return outlines and all that touch them."""
    found = dict(outlines)
    for geometry in outlines.values():
        found.update(outlines_at(layer, geometry))
    return found


def outlines_around(layer: QgsVectorLayer, place: QgsGeometry) -> Dict[int, QgsGeometry]:
    """Return the outlines among which a place is enclosed, if it is: there is ice to all four sides; else none."""
    point, reach = place.asPoint(), FIRST_REACH_M
    while reach <= LAST_REACH_M:
        far = units_of(reach, layer.crs())
        found = outlines_in(layer, QgsRectangle.fromCenterAndSize(point, 2 * far, 2 * far))
        if all(_is_met(found, point, east * far, north * far) for east, north in ((1, 0), (0, 1), (-1, 0), (0, -1))):
            return with_neighbours(layer, found)
        reach *= 2
    return {}


def _is_met(outlines: Mapping[int, QgsGeometry], point: QgsPointXY, east: float, north: float) -> bool:
    """Return whether there is an outline in a direction."""
    ray = QgsGeometry.fromPolylineXY([point, QgsPointXY(point.x() + east, point.y() + north)])
    return any(one.intersects(ray) for one in outlines.values())
