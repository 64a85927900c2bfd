"""Polygons and lines taken apart into faces, and faces put together again: how every tool keeps shared borders shared.

As in inventory/cutting.py, which runs in the child: all borders and lines are noded together once, and every polygon
is made of faces of that one set of edges. So neighbours have the same points on what they share.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Callable, Dict, Iterable, List, Mapping, Optional, Sequence, Tuple

from qgis.core import QgsGeometry, QgsGeometryEngine, QgsPointXY

from ..inference.errors import OutlinesError
from .texts import tr

SAME_AREA = 1e-9
"""Relative change of area that is only rounding."""
_BEYOND = 1e-9
"""Of the largest coordinate: millimetres."""

Outlines = Mapping[int, QgsGeometry]
"""Polygons or MultiPolygons by feature id."""


@dataclass(frozen=True)
class Face:
    """A piece of ground that no border and no line goes through. `owner`: the outline it belongs to, None: no ice."""

    geometry: QgsGeometry
    inside: QgsGeometry
    owner: Optional[int]

    @property
    def point(self) -> QgsPointXY:
        """A place in the face, away from its border."""
        return self.inside.asPoint()


def take_apart(outlines: Outlines, lines: Sequence[QgsGeometry]) -> List[Face]:
    """Return the faces that borders and lines enclose.

    Raises:
        OutlinesError: outlines overlap or are not valid, so that their faces do not add up to their areas.
    """
    borders = [border_of(geometry) for geometry in outlines.values()]
    noded = QgsGeometry.unaryUnion([*borders, *lines])
    faces = QgsGeometry.polygonize([noded]).asGeometryCollection()
    engines = {fid: prepared(geometry) for fid, geometry in outlines.items()}
    owned = [_owned(face, outlines, engines) for face in faces if face.area() > 0]
    _check(outlines, owned)
    return owned


def put_together(faces: Iterable[QgsGeometry]) -> QgsGeometry:
    """Return one geometry of faces of one arrangement; points on straight stretches stay."""
    return QgsGeometry.unaryUnion(list(faces))


def reassembled(outlines: Outlines, faces: Sequence[Face], owners: Sequence[Optional[int]]) -> Dict[int, QgsGeometry]:
    """Return the outlines that are other ones when face i goes to owners[i] (None: to nobody).

    One that only got a point of a line on its border is another one, too: its neighbour has that point.
    """
    whole = {fid: put_together(f.geometry for f, new in zip(faces, owners) if new == fid) for fid in outlines}
    return {fid: geometry for fid, geometry in whole.items() if not _has_same_points(geometry, outlines[fid])}


def prepared(geometry: QgsGeometry) -> QgsGeometryEngine:
    """Return what answers many questions about one geometry quickly; the geometry must outlive it."""
    engine = QgsGeometry.createGeometryEngine(geometry.constGet())
    engine.prepareGeometry()
    return engine


def border_of(geometry: QgsGeometry) -> QgsGeometry:
    """Return all rings of a polygon as lines."""
    return QgsGeometry(geometry.constGet().boundary())


def line_through(points: Sequence[QgsPointXY]) -> QgsGeometry:
    """Return a line. Raises OutlinesError where it has no length."""
    line = QgsGeometry.fromPolylineXY(list(points))
    if len(points) < 2 or line.length() == 0:
        raise OutlinesError(tr("The line has no length; draw a longer one."))
    return line


def reaching(line: QgsGeometry) -> QgsGeometry:
    """Return a line that goes on a little at both ends: snapped to a border it may stop a rounding short of it."""
    drawn = line.asPolyline()
    points = drawn[:1] + [point for before, point in zip(drawn, drawn[1:]) if point != before]
    first, last = _beyond(points[1], points[0]), _beyond(points[-2], points[-1])
    return QgsGeometry.fromPolylineXY([first, *points, last])


def _beyond(start: QgsPointXY, end: QgsPointXY) -> QgsPointXY:
    step = _BEYOND * max(abs(end.x()), abs(end.y())) / start.distance(end)
    return QgsPointXY(end.x() + (end.x() - start.x()) * step, end.y() + (end.y() - start.y()) * step)


def area_of(face: Face) -> float:
    """Return a face's area, in the CRS's units."""
    return float(face.geometry.area())


def pieces_of(
    outline: QgsGeometry, faces: Sequence[Face], rank: Callable[[Face], float] = area_of
) -> Tuple[List[Face], List[Face]]:
    """Return of an outline's faces the one of the highest rank of each of its parts, and all others."""
    parts = outline.asGeometryCollection()
    in_part: Dict[int, List[Face]] = {place: [] for place in range(len(parts))}
    for face in faces:
        place = next((n for n, part in enumerate(parts) if part.contains(face.inside)), 0)
        in_part[place].append(face)
    groups = [sorted(group, key=rank, reverse=True) for group in in_part.values() if group]
    return [group[0] for group in groups], [face for group in groups for face in group[1:]]


def owner_beside(body: QgsGeometry, faces: Sequence[Face], owners: Sequence[Optional[int]]) -> Optional[int]:
    """Return who has the longest border to a body of the same arrangement where face i is owners[i]'s, None: nobody.

    The faces must tell: where a line meets a slanting border, that gets a point which is not quite on its old course.
    """
    border, box = border_of(body), body.boundingBox()
    shared: Dict[int, float] = {}
    for face, owner in zip(faces, owners):
        if owner is not None and face.geometry.boundingBox().intersects(box):
            length = border_of(face.geometry).intersection(border).length()
            shared[owner] = shared.get(owner, 0.0) + length
    return max((fid for fid, length in shared.items() if length > 0), key=lambda fid: shared[fid], default=None)


def longest_contact(body: QgsGeometry, outlines: Outlines) -> Optional[int]:
    """Return the outline with the longest border to a body with whose points its own agree; None: none touches it."""
    border = border_of(body)
    shared = {fid: border_of(one).intersection(border).length() for fid, one in outlines.items() if not one.isEmpty()}
    return max((fid for fid, length in shared.items() if length > 0), key=lambda fid: shared[fid], default=None)


def _has_same_points(one: QgsGeometry, other: QgsGeometry) -> bool:
    """Tell whether rings have the same points, wherever and in whatever direction they begin."""
    here, there = one.constGet().clone(), other.constGet().clone()
    here.normalize()
    there.normalize()
    return bool(here == there)


def _owned(face: QgsGeometry, outlines: Outlines, engines: Mapping[int, QgsGeometryEngine]) -> Face:
    inside = face.pointOnSurface()
    point = inside.asPoint()
    near = (fid for fid, one in outlines.items() if one.boundingBox().contains(point))
    return Face(face, inside, next((fid for fid in near if engines[fid].contains(inside.constGet())), None))


def _check(outlines: Outlines, faces: Sequence[Face]) -> None:
    after = dict.fromkeys(outlines, 0.0)
    for face in faces:
        if face.owner is not None:
            after[face.owner] += face.geometry.area()
    for fid, geometry in outlines.items():
        # Areas of narrow polygons are small differences of large coordinates.
        box = geometry.boundingBox()
        rounding = 1e-14 * max(abs(box.xMinimum()), abs(box.yMaximum()), 1.0) * geometry.length()
        if abs(after[fid] - geometry.area()) > SAME_AREA * geometry.area() + rounding:
            raise OutlinesError(tr("Outlines overlap here, or one is not valid; repair them first (Check inventory)."))
