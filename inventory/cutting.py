"""Polygons cut by lines and put together again; what neighbours share stays shared, vertex by vertex.

Rings and lines are noded together once and the faces are built from that one set of edges. So two polygons that meet
along an edge have the same points on it, and a point that a cut puts on a border is put on both sides of it.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import shapely

from ..inference.errors import OutlinesError
from .bulk import IntArray, members
from .outlines import polygons_of

SAME_AREA = 1e-9
"""Relative change of area that is only rounding."""
SAME_PLACE = 1e-10
"""Of the largest coordinate: lines that pass a point this closely (UTM: half a millimetre) go through it."""


@dataclass(frozen=True, eq=False)
class Pieces:
    """What polygons were cut into.

    Attributes:
        geometry: n Polygons; those that no line reaches are as they were handed in.
        owner: for each piece the place of the polygon that it was cut from.
    """

    geometry: Any
    owner: IntArray


def cut(polygons: Any, lines: Any) -> Pieces:
    """Return polygons cut along lines, in the order of the polygons.

    Args:
        polygons: n valid Polygons or MultiPolygons that do not overlap: those to cut and, so that shared borders get
            the same points, their neighbours.
        lines: one or several (Multi)LineStrings; an end that does not reach the other side cuts nothing.

    Raises:
        OutlinesError: the polygons overlap, so that a piece would belong to two; or a line all but runs along a border.
    """
    parts, owner = shapely.get_parts(np.atleast_1d(polygons), return_index=True)
    touched = _reached(parts, np.atleast_1d(lines))
    if not touched.any():
        return Pieces(parts, owner)
    faces, place = _faces(parts[touched], _through_points(np.atleast_1d(lines), parts[touched]))
    _check(parts[touched], faces, place)
    geometry = np.concatenate([parts[~touched], faces])
    whose = np.concatenate([owner[~touched], owner[touched][place]])
    order = np.argsort(whose, kind="stable")
    return Pieces(geometry[order], whose[order])


def merge(polygons: Any) -> Any:
    """Return one Polygon of polygons that share borders.

    Raises:
        OutlinesError: they do not hang together, or meet in single points only.
    """
    whole = polygons_of(shapely.union_all(polygons))
    if whole.geom_type != "Polygon":
        raise OutlinesError("The polygons share no border; merge only neighbours.")
    return whole


def merged(polygons: Any, group: IntArray) -> Any:
    """Return the polygons of each group 0..k-1 as one Polygon: k geometries. Raises OutlinesError."""
    found = np.empty(int(group.max()) + 1 if len(group) else 0, dtype=object)
    for number, places in enumerate(members(group, len(found))):
        found[number] = polygons[places[0]] if len(places) == 1 else merge(polygons[places])
    return found


def _reached(parts: Any, lines: Any) -> Any:
    """Return which polygons the lines cross, or share a border with one that they cross."""
    tree = shapely.STRtree(parts)
    crossed = np.unique(tree.query(shapely.get_parts(lines), predicate="intersects")[1])
    reached = np.zeros(len(parts), bool)
    reached[tree.query(parts[crossed], predicate="intersects")[1]] = True
    return reached


def _through_points(lines: Any, parts: Any) -> Any:
    """Return the lines; where they almost meet a point of the parts, they meet it."""
    points = shapely.points(shapely.get_coordinates(parts))
    tolerance = SAME_PLACE * np.abs(shapely.total_bounds(parts)).max()
    near = np.unique(shapely.STRtree(points).query(lines, predicate="dwithin", distance=tolerance)[1])
    return shapely.snap(lines, shapely.multipoints(points[near]), tolerance) if len(near) else lines


def _faces(parts: Any, lines: Any) -> tuple[Any, IntArray]:
    """Return the faces that rings and lines enclose and that lie in one of the parts, and in which one."""
    edges = shapely.union_all(np.concatenate([shapely.boundary(parts), lines]))
    faces = shapely.get_parts(shapely.polygonize(shapely.get_parts(edges)))
    face, place = shapely.STRtree(parts).query(shapely.point_on_surface(faces), predicate="intersects")
    face, first = np.unique(face, return_index=True)
    return faces[face], place[first]


def _check(parts: Any, faces: Any, place: IntArray) -> None:
    before = shapely.area(parts)
    after = np.bincount(place, weights=shapely.area(faces), minlength=len(parts))
    # Areas of narrow polygons are small differences of large coordinates.
    rounding = 1e-14 * np.abs(shapely.bounds(parts)).max(axis=1) * shapely.length(parts)
    if (np.abs(after - before) > SAME_AREA * before + rounding).any() or not shapely.coverage_is_valid(faces):
        raise OutlinesError("The polygons overlap, or a line runs too close along a border; check the polygons "
                            "(icemargin check), or draw the line elsewhere.")  # fmt: skip
