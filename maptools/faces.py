"""Polygons and lines taken apart into faces, and faces put together again: how every tool keeps shared borders shared.

As in inventory/cutting.py, which runs in the child: all borders and lines are noded together once, and every polygon
is made of faces of that one set of edges. So neighbours have the same points on what they share.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Dict, Iterable, List, Mapping, Optional, Sequence, Set, Tuple

from qgis.core import QgsGeometry, QgsPointXY

from ..inference.errors import OutlinesError
from .texts import tr

SAME_AREA = 1e-9
"""Relative change of area that is only rounding."""

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
    owned = [_owned(face, outlines) for face in faces if face.area() > 0]
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
    return {fid: geometry for fid, geometry in whole.items() if points_of(geometry) != points_of(outlines[fid])}


def points_of(geometry: QgsGeometry) -> Set[Tuple[float, float]]:
    """Return the coordinates of a geometry's points."""
    return {(point.x(), point.y()) for point in geometry.vertices()}


def border_of(geometry: QgsGeometry) -> QgsGeometry:
    """Return all rings of a polygon as lines."""
    return QgsGeometry(geometry.constGet().boundary())


def line_through(points: Sequence[QgsPointXY]) -> QgsGeometry:
    """Return a line. Raises OutlinesError where it has no length."""
    line = QgsGeometry.fromPolylineXY(list(points))
    if len(points) < 2 or line.length() == 0:
        raise OutlinesError(tr("The line has no length; draw a longer one."))
    return line


def _owned(face: QgsGeometry, outlines: Outlines) -> Face:
    inside = face.pointOnSurface()
    box = inside.boundingBox()
    within = (fid for fid, one in outlines.items() if one.boundingBox().contains(box) and one.contains(inside))
    return Face(face, inside, next(within, None))


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
