"""Smoothing and simplifying within an area. No canvas: a layer and an area in, an edit out."""

from __future__ import annotations

from typing import Callable, Dict, Iterator, List, Sequence

from qgis.core import QgsGeometry, QgsPoint, QgsPointXY, QgsVectorLayer

from ..inference.errors import OutlinesError
from .border_points import Moves, Point, Ring, moved, simplifying, smoothing
from .faces import prepared
from .lookup import outlines_at, with_neighbours
from .planned_edit import OutlineEdit
from .texts import tr

ROUNDS = 3
FindMoves = Callable[[Sequence[Ring], Callable[[Point], bool]], Moves]
_Polygon = List[List[Point]]


def smooth_within(layer: QgsVectorLayer, area: QgsGeometry) -> OutlineEdit:
    """Return the edit that smooths all borders within an area; shared ones stay shared. Raises OutlinesError."""
    return _moved(layer, area, smoothing, ROUNDS)


def simplify_within(layer: QgsVectorLayer, area: QgsGeometry, tolerance: float) -> OutlineEdit:
    """Return the edit that leaves points out within an area, up to a tolerance (CRS's unit). Raises OutlinesError."""
    return _moved(layer, area, lambda rings, inside: simplifying(rings, inside, tolerance), 1)


def _moved(layer: QgsVectorLayer, area: QgsGeometry, find: FindMoves, rounds: int) -> OutlineEdit:
    outlines = with_neighbours(layer, outlines_at(layer, area))
    before = {fid: [_points(polygon) for polygon in _polygons(one)] for fid, one in outlines.items()}
    engine = prepared(area)

    def inside(point: Point) -> bool:
        return bool(engine.contains(QgsPoint(*point)))

    after = before
    for _ in range(rounds):
        moves = find([ring for polygons in after.values() for polygon in polygons for ring in polygon], inside)
        after = {fid: [[moved(ring, moves) for ring in polygon] for polygon in some] for fid, some in after.items()}
    changed: Dict[int, QgsGeometry] = {fid: _geometry(after[fid]) for fid in after if after[fid] != before[fid]}
    if not changed:
        raise OutlinesError(tr("There is no border to change; paint over one."))
    return OutlineEdit(changed)


def _polygons(geometry: QgsGeometry) -> Iterator[List[List[QgsPointXY]]]:
    for part in geometry.asGeometryCollection():
        yield part.asPolygon()


def _points(polygon: List[List[QgsPointXY]]) -> _Polygon:
    return [[(point.x(), point.y()) for point in ring[:-1]] for ring in polygon]


def _geometry(polygons: List[_Polygon]) -> QgsGeometry:
    rings = [[[QgsPointXY(*point) for point in [*ring, ring[0]]] for ring in polygon] for polygon in polygons]
    return QgsGeometry.fromMultiPolygonXY(rings) if len(rings) > 1 else QgsGeometry.fromPolygonXY(rings[0])
