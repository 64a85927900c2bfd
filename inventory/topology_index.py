"""Outlines in the CRS of their layer that can be edited one by one, with a quick answer to which lie near which."""

from __future__ import annotations

import copy
from typing import Any, Dict, List, Optional, Sequence, Set, Tuple

import numpy as np
import shapely

from ..inference.arrays import DoubleArray
from ..inference.errors import CrsError, OutlinesError
from .outlines import COLLECTION, MULTIPOLYGON, POLYGON, parsed_wkb, polygons_of
from .projection import crs_of, lonlat
from .winding import jumps, without_jumps

AREAL = (POLYGON, MULTIPOLYGON, COLLECTION)
REBUILT_AFTER = 200
"""Edited outlines are looked through one by one until there are so many of them."""
SEMI_MAJOR_M, ECCENTRICITY_2 = 6378137.0, 0.00669437999014


class LayerIndex:
    """A layer of outlines while it is checked and edited.

    Nothing is repaired or reprojected: `raw` is what the layer has. `sound` is the same as valid polygons, for asking
    what overlaps what; where there is none, it is an empty polygon. `metres` are those of a unit of x and of y at each
    outline (n x 2). `origin` tells for each outline the place of the one that it was split from, else its own.
    """

    def __init__(self, geometry: Sequence[Any], ids: Sequence[str], crs: str) -> None:
        """Take n shapely geometries (None: missing) in `crs` (WKT), and n ids ("": none).

        Raises OutlinesError where there are not as many ids as geometries. An unusable CRS is told by `crs_fault`.
        """
        if len(geometry) != len(ids):
            raise OutlinesError(f"{len(geometry)} outlines have {len(ids)} ids; give each outline one.")
        self.raw: List[Any] = list(geometry)
        self.ids: List[str] = [str(name) for name in ids]
        self.crs = crs
        self.is_geographic, self.crs_fault = _kind_of(crs)
        self.gone: Set[int] = set()
        self.origin: List[int] = list(range(len(self.raw)))
        self.sound: List[Any] = list(_sound(np.array([None, *self.raw], dtype=object)[1:], self.is_geographic))
        self.is_clockwise = _most_run_clockwise(self.sound)
        self.metres = self._scales(self.sound)
        self._by_id: Dict[str, List[int]] = {}
        for place, name in enumerate(self.ids):
            self._by_id.setdefault(name, []).append(place)
        self._build()

    @classmethod
    def from_wkb(cls, wkb: Sequence[Optional[bytes]], ids: Sequence[str], crs: str) -> LayerIndex:
        """Return the index of geometries as WKB; heights are dropped."""
        return cls(shapely.force_2d(parsed_wkb(wkb)), ids, crs)

    def __len__(self) -> int:
        return len(self.raw)

    @property
    def places(self) -> List[int]:
        """The places of all outlines that were not removed."""
        return [place for place in range(len(self.raw)) if place not in self.gone]

    def places_of(self, name: str) -> List[int]:
        """Return where the outlines of this id stand."""
        return [place for place in self._by_id.get(name, []) if place not in self.gone]

    def copy(self) -> LayerIndex:
        """Return an index that can be changed while this one stays."""
        other = copy.copy(self)
        other.raw, other.ids, other.sound, other.origin = [*self.raw], [*self.ids], [*self.sound], [*self.origin]
        other.gone, other._edited, other.metres = {*self.gone}, {*self._edited}, self.metres.copy()
        other._by_id = {name: [*places] for name, places in self._by_id.items()}
        return other

    def put(self, place: int, geometry: Any) -> None:
        """Replace the geometry of an outline."""
        self.raw[place] = geometry
        self.sound[place] = _sound(np.array([geometry, None], dtype=object)[:1], self.is_geographic)[0]
        self._changed(place)

    def move(self, place: int, geometry: Any) -> None:
        """Replace the geometry of an outline by one that may lie anywhere."""
        before = self.sound[place].bounds
        self.put(place, geometry)
        if not _meet(before, self.sound[place].bounds):
            self.metres[place] = self._scales(self.sound[place : place + 1])[0]

    def add(self, geometry: Any, name: str, beside: Optional[int] = None) -> int:
        """Add an outline, a part of the one at `beside` or one of its own; return its place."""
        place = len(self.raw)
        self.raw.append(geometry)
        self.ids.append(name)
        self.origin.append(place if beside is None else self.origin[beside])
        self.sound.append(_sound(np.array([geometry, None], dtype=object)[:1], self.is_geographic)[0])
        scale = self._scales(self.sound[-1:]) if beside is None else self.metres[beside : beside + 1]
        self.metres = np.concatenate([self.metres, scale])
        self._by_id.setdefault(name, []).append(place)
        self._changed(place)
        return place

    def rename(self, place: int, name: str) -> None:
        """Give an outline another id."""
        self._by_id[self.ids[place]].remove(place)
        self._by_id.setdefault(name, []).append(place)
        self.ids[place] = name

    def remove(self, place: int) -> None:
        """Take an outline out; the places of the others stay."""
        self.gone.add(place)

    def near(self, place: int, distance_m: float) -> List[int]:
        """Return the places of other outlines whose boxes lie within a distance of this one's box."""
        if self.sound[place].is_empty:
            return []
        margin = distance_m / self.metres[place]
        west, south, east, north = self.sound[place].bounds
        box = (west - margin[0], south - margin[1], east + margin[0], north + margin[1])
        found = set(self._tree_places[self._tree.query(shapely.box(*box))].tolist()) - self._edited
        for other in self._edited:
            one = self.sound[other].bounds
            if _meet(one, box):
                found.add(other)
        return sorted(found - self.gone - {place})

    def in_metres(self, geometry: Any, place: int) -> Any:
        """Return a geometry near the outline at `place` in metres east and north of that outline's corner.

        The plane is stretched evenly in both directions, so what is straight and what touches stays so.
        """
        origin, scale = np.array(self.sound[place].bounds[:2]), self.metres[place]
        return shapely.transform(geometry, lambda xy: (xy - origin) * scale)

    def from_metres(self, geometry: Any, place: int) -> Any:
        """Return what `in_metres` gave, or what was made of it, in the layer's CRS again."""
        origin, scale = np.array(self.sound[place].bounds[:2]), self.metres[place]
        return shapely.transform(geometry, lambda xy: xy / scale + origin)

    def area_m2(self, geometry: Any, places: Any) -> DoubleArray:
        """Return the areas of geometries (n) near the outlines at `places` (n); right to 0.1 % for small ones."""
        areas: DoubleArray = shapely.area(geometry) * self.metres[places].prod(axis=-1)
        return areas

    def position(self, place: int) -> Tuple[float, float]:
        """Return longitude and latitude of a point inside an outline. Raises CrsError."""
        point = shapely.point_on_surface(self.sound[place])
        lon, lat = lonlat(shapely.get_coordinates(point), self.crs)[0]
        return float((lon + 180) % 360 - 180), float(lat)

    def _changed(self, place: int) -> None:
        self._edited.add(place)
        if len(self._edited) > REBUILT_AFTER:
            self._build()

    def _build(self) -> None:
        kept = [place for place in range(len(self.raw)) if place not in self.gone and not self.sound[place].is_empty]
        self._tree_places = np.array(kept, dtype=np.int64)
        self._tree = shapely.STRtree([self.sound[place] for place in kept])
        self._edited: Set[int] = set()

    def _scales(self, sound: Sequence[Any]) -> DoubleArray:
        """Return how many metres a unit of x and of y is at each of n outlines (n x 2)."""
        scale = np.ones((len(sound), 2))
        bounds = shapely.bounds(np.array([*sound, None], dtype=object)[:-1]).reshape(-1, 4)
        known = np.isfinite(bounds).all(axis=1)
        centre = (bounds[known, :2] + bounds[known, 2:]) / 2
        if self.crs_fault:
            return scale
        step = 1e-4 if self.is_geographic else 10.0
        try:
            ends = np.concatenate([centre, centre + np.array([step, 0.0]), centre + np.array([0.0, step])])
            scale[known] = _lengths(*np.split(lonlat(ends, self.crs), 3)) / step
        except CrsError as error:
            self.crs_fault = str(error)
        return scale


def _meet(one: Any, other: Any) -> bool:
    """Tell whether two boxes meet; () is none."""
    if not (one and other):
        return False
    return bool(one[0] <= other[2] and one[2] >= other[0] and one[1] <= other[3] and one[3] >= other[1])


def _lengths(origin: DoubleArray, east: DoubleArray, north: DoubleArray) -> DoubleArray:
    """Return the lengths in metres of two short steps from each origin (n x 2, degrees)."""
    sine = np.sin(np.radians(origin[:, 1]))
    root = np.sqrt(1 - ECCENTRICITY_2 * sine**2)
    along = SEMI_MAJOR_M * (1 - ECCENTRICITY_2) / root**3
    across = SEMI_MAJOR_M / root * np.cos(np.radians(origin[:, 1]))
    found = []
    for end in (east, north):
        turn = (end[:, 0] - origin[:, 0] + 180.0) % 360.0 - 180.0
        found.append(np.hypot(np.radians(turn) * across, np.radians(end[:, 1] - origin[:, 1]) * along))
    return np.maximum(np.column_stack(found), 1e-9)


def _most_run_clockwise(polygons: Sequence[Any]) -> bool:
    """Tell which way the exterior rings go; formats differ in which is right."""
    rings = shapely.get_exterior_ring(shapely.get_geometry(np.array([*polygons, None], dtype=object)[:-1], 0))
    there = ~shapely.is_empty(rings) & ~shapely.is_missing(rings)
    return bool(there.any() and shapely.is_ccw(rings[there]).mean() < 0.5)


def _kind_of(crs: str) -> Tuple[bool, str]:
    """Return whether a CRS is in degrees, and what is wrong with it."""
    try:
        return bool(crs_of(crs).is_geographic), ""
    except CrsError as error:
        return False, str(error)


def _sound(raw: Any, in_degrees: bool) -> Any:
    """Return valid polygons of geometries as they are; empty ones where nothing has an inside."""
    found = np.full(len(raw), shapely.Polygon(), dtype=object)
    xy, owner = shapely.get_coordinates(raw, return_index=True)
    usable = np.isin(shapely.get_type_id(raw), AREAL)
    usable[owner[~np.isfinite(xy).all(axis=1)]] = False
    if in_degrees:
        raw = raw.copy()
        for place in np.flatnonzero(usable):
            raw[place] = without_jumps(raw[place]) if jumps(raw[place]) else raw[place]
    valid = usable & shapely.is_valid(raw)
    found[valid] = raw[valid]
    for place in np.flatnonzero(usable & (~valid | (shapely.get_type_id(raw) == COLLECTION))):
        found[place] = whole_ground(raw[place])
    return found


def whole_ground(geometry: Any) -> Any:
    """Return an invalid polygon as a valid one that loses no ice: what its exterior rings enclose, less its holes'."""
    shells, holes = [], []
    for part in shapely.get_parts(shapely.get_parts(geometry)):
        if shapely.get_type_id(part) == POLYGON:
            shell, *inner = shapely.get_rings(part)
            shells.append(_ground_of(shell))
            holes += [_ground_of(ring) for ring in inner]
    return polygons_of(shapely.difference(shapely.union_all(shells), shapely.union_all(holes)))


def _ground_of(ring: Any) -> Any:
    polygon = shapely.Polygon(ring)
    if shapely.is_valid(polygon):
        return polygon
    try:
        return shapely.make_valid(polygon, method="structure", keep_collapsed=False)
    except TypeError:  # shapely 2.0
        return shapely.union(shapely.buffer(polygon, 0), polygons_of(shapely.make_valid(polygon)))
