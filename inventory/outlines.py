"""Outlines as clean geometry in one metric, equal-area plane: what everything in this package works on."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, List, Optional, Sequence, Tuple

import numpy as np
import shapely

from ..inference.arrays import BoolArray, DoubleArray
from ..inference.errors import OutlinesError
from .projection import centre_points, centred_crs, crs_of, dense_rings, projected

POLYGON, MULTIPOLYGON, COLLECTION = 3, 6, 7
SEAM_M = 0.05
"""Parts of an outline cut at the antimeridian are joined over a gap of this size."""


@dataclass(frozen=True)
class Fault:
    """What was repaired or left out while a layer was read, by the outline's id."""

    id: str
    what: str


@dataclass(frozen=True, eq=False)
class Outlines:
    """A layer of outlines.

    Attributes:
        geometry: n shapely Polygons or MultiPolygons: 2-D, valid, with an area, in `crs`.
        ids: n names, no two the same.
        crs: WKT of a metric equal-area plane.
        faults: what was wrong with the layer.
        places: where each outline stood in the layer as it was handed in; () where nobody knows.
    """

    geometry: Any
    ids: Tuple[str, ...]
    crs: str
    faults: Tuple[Fault, ...] = ()
    places: Tuple[int, ...] = ()

    def __post_init__(self) -> None:
        if len(self.geometry) != len(self.ids):
            raise OutlinesError(f"{len(self.geometry)} outlines have {len(self.ids)} ids; give each outline one.")

    def __len__(self) -> int:
        return len(self.ids)

    @property
    def area_km2(self) -> DoubleArray:
        """The n areas; exact on the ellipsoid, because the plane is equal-area."""
        areas: DoubleArray = shapely.area(self.geometry) / 1e6
        return areas


WkbLayer = Tuple[Sequence[Optional[bytes]], str]
"""Geometries as WKB and their CRS."""


def common_crs(*layers: WkbLayer) -> str:
    """Return the equal-area plane (WKT) centred on all the outlines of all layers. Raises CrsError."""
    found = []
    for wkb, crs in layers:
        geometry = shapely.force_2d(parsed_wkb(wkb))
        part, first = np.unique(shapely.get_coordinates(geometry, return_index=True)[1], return_index=True)
        xy = shapely.get_coordinates(geometry)[first[: len(part)]]
        found.append((xy[np.isfinite(xy).all(axis=1)], crs))
        crs_of(crs)
    return centred_crs(centre_points(found))


def outlines_from_wkb(
    wkb: Sequence[Optional[bytes]], ids: Sequence[Optional[str]], crs: str, target: Optional[str] = None
) -> Outlines:
    """Return a clean layer from raw geometries.

    Args:
        wkb: n geometries; heights are dropped, invalid ones repaired, empty and degenerate ones left out.
        ids: n names; a missing one becomes "feature 1" (its place in the layer), a repeated one gets " (2)" behind.
        crs: WKT of the geometries' CRS.
        target: WKT of a metric plane, see `common_crs`; default: one centred on this layer.

    Raises:
        OutlinesError: something is no polygon.
        CrsError: the CRS is missing, unreadable or not that of the coordinates.
    """
    faults: List[Fault] = []
    names = _unique_names(ids, faults)
    if len(wkb) != len(names):
        raise OutlinesError(f"{len(wkb)} outlines have {len(names)} ids; give each outline one.")
    geometry = parsed_wkb(wkb)
    kept = _usable(geometry, names, faults)
    plane = target or common_crs((wkb, crs))
    flat, cut = _brought(geometry[kept], crs, plane)
    names = [name for name, keep in zip(names, kept) if keep]
    clean = _repaired(flat, cut, names, faults)
    sound = (shapely.area(clean) > 0) & ~_twins(clean, names, faults)
    faults += [Fault(names[n], "has no area; left out") for n in np.flatnonzero(shapely.area(clean) <= 0)]
    places = tuple(np.flatnonzero(kept)[sound].tolist())
    return Outlines(clean[sound], tuple(name for name, keep in zip(names, sound) if keep), plane, tuple(faults), places)


def polygons_of(geometry: Any) -> Any:
    """Return the polygonal part of one geometry: a Polygon or MultiPolygon, maybe empty."""
    parts = shapely.get_parts(shapely.get_parts(np.atleast_1d(geometry)))
    areal = parts[shapely.get_type_id(parts) == POLYGON]
    return areal[0] if len(areal) == 1 else shapely.multipolygons(areal)


def parsed_wkb(wkb: Sequence[Optional[bytes]]) -> Any:
    """Return shapely geometries; unclosed and too short rings are closed where shapely can (2.1), else None."""
    raw = np.array([None, *wkb], dtype=object)[1:]
    with np.errstate(invalid="ignore"):  # coordinates that are NaN are told of later
        try:
            return shapely.from_wkb(raw, on_invalid="fix")
        except ValueError:
            return shapely.from_wkb(raw, on_invalid="ignore")


def _unique_names(ids: Sequence[Optional[str]], faults: List[Fault]) -> List[str]:
    given = [str(name) if name not in (None, "") else "" for name in ids]
    taken, names = set(given), []
    seen: set[str] = set()
    for number, name in enumerate(given, 1):
        unique = name or f"feature {number}"
        count = 1
        while unique in seen or (unique != name and unique in taken):
            count += 1
            unique = f"{name or f'feature {number}'} ({count})"
        if unique != name:
            faults.append(Fault(unique, f"the id {name} was there already" if name else "had no id"))
        seen.add(unique)
        names.append(unique)
    return names


def _usable(geometry: Any, names: Sequence[str], faults: List[Fault]) -> BoolArray:
    """Return which geometries have an inside; raise OutlinesError for what is not meant to have one."""
    present = ~(shapely.is_missing(geometry) | shapely.is_empty(geometry))
    kind = shapely.get_type_id(geometry)
    wrong = np.flatnonzero(present & ~np.isin(kind, (POLYGON, MULTIPOLYGON, COLLECTION)))
    if len(wrong):
        found = geometry[wrong[0]].geom_type.lower()
        raise OutlinesError(f"{names[wrong[0]]} is a {found}; outlines are polygons: choose another layer.")
    points, owner = shapely.get_coordinates(geometry, return_index=True)
    finite: BoolArray = np.ones(len(geometry), bool)
    finite[owner[~np.isfinite(points).all(axis=1)]] = False
    faults += [Fault(names[n], "is empty or cannot be read; left out") for n in np.flatnonzero(~present)]
    faults += [Fault(names[n], "has coordinates that are no numbers; left out") for n in np.flatnonzero(~finite)]
    usable: BoolArray = present & finite
    return usable


def _brought(geometry: Any, crs: str, target: str) -> Tuple[Any, BoolArray]:
    """Return the polygons in `target`, and which of them touch the antimeridian in degrees."""
    flat = shapely.force_2d(geometry)
    other = np.flatnonzero(shapely.get_type_id(flat) == COLLECTION)
    for number in other:
        flat[number] = polygons_of(flat[number])
    cut = np.zeros(len(flat), bool)
    if not len(flat):
        return flat, cut
    if crs_of(crs).is_geographic:
        xy, owner = shapely.get_coordinates(flat, return_index=True)
        cut[owner[np.abs(xy[:, 0]) >= 180 - 1e-9]] = True
    if crs == target:
        return flat, cut
    # All as multipolygons, whose rings are then one flat array.
    kind, xy, (rings, polygons, outlines) = shapely.to_ragged_array([_as_multi(one) for one in flat])
    dense, starts = dense_rings(xy, rings, crs)
    moved = projected(dense, crs, target)
    ends = starts[1:] - 1
    moved[ends] = moved[starts[:-1]]  # closed to the last digit
    return shapely.from_ragged_array(kind, moved, (starts, polygons, outlines)), cut


def _as_multi(geometry: Any) -> Any:
    return geometry if geometry.geom_type == "MultiPolygon" else shapely.MultiPolygon([geometry])


def _repaired(geometry: Any, cut: BoolArray, names: Sequence[str], faults: List[Fault]) -> Any:
    """Return valid geometries, single polygons as such."""
    clean = geometry.copy()
    for number in np.flatnonzero(cut & (shapely.get_num_geometries(clean) > 1)):
        parts = [polygons_of(shapely.make_valid(part)) for part in shapely.get_parts(clean[number])]
        wide = shapely.buffer(parts, SEAM_M, join_style="mitre")
        clean[number] = shapely.buffer(shapely.union_all(wide), -SEAM_M, join_style="mitre")
    for number in np.flatnonzero(~shapely.is_valid(clean)):
        reason = shapely.is_valid_reason(clean[number]).split("[")[0].lower()
        parts = [polygons_of(shapely.make_valid(part)) for part in shapely.get_parts(clean[number])]
        clean[number] = polygons_of(shapely.union_all(parts))
        faults.append(Fault(names[number], f"was invalid ({reason}); repaired"))
    single = shapely.get_num_geometries(clean) == 1
    clean[single] = shapely.get_geometry(clean[single], 0)
    return clean


def _twins(geometry: Any, names: Sequence[str], faults: List[Fault]) -> BoolArray:
    """Return which outlines repeat an earlier one exactly."""
    first: dict[bytes, int] = {}
    twin: BoolArray = np.zeros(len(geometry), bool)
    for number, wkb in enumerate(shapely.to_wkb(shapely.normalize(geometry))):
        if first.setdefault(wkb, number) != number:
            twin[number] = True
            faults.append(Fault(names[number], f"is the same outline as {names[first[wkb]]}; left out"))
    return twin
