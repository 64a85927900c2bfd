"""Retreat of a terminus along a centreline: how far apart along it the outermost crossings of two outlines are."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Dict, List, Optional, Sequence, Tuple

import numpy as np
import shapely

from ..inference.arrays import DoubleArray
from ..inference.errors import OutlinesError
from .projection import projected

LINES = (1, 5)
NAN = float("nan")
SHOWN = 5


@dataclass(frozen=True, eq=False)
class Centrelines:
    """Lines in the layers' plane, from the head of a glacier to beyond its terminus; `ids` "" where none is told."""

    geometry: Any
    ids: Tuple[str, ...]


def centrelines_from_wkb(wkb: Sequence[Optional[bytes]], ids: Sequence[str], crs: str, target: str) -> Centrelines:
    """Return lines in the plane `target`; of a line in several pieces the longest. Raises OutlinesError or CrsError."""
    lines, names = [], []
    for line, name in zip(shapely.from_wkb(np.array([None, *wkb], dtype=object)[1:]), ids):
        if line is None or shapely.is_empty(line):
            continue
        if shapely.get_type_id(line) not in LINES:
            raise OutlinesError(f"A centreline is a {line.geom_type}; give a layer of lines.")
        flat = shapely.transform(line, lambda xy: projected(xy, crs, target, "The layer of centrelines"))
        pieces = shapely.get_parts(shapely.line_merge(flat))
        lines.append(pieces[np.argmax(shapely.length(pieces))])
        names.append(name)
    return Centrelines(np.array([None, *lines], dtype=object)[1:], tuple(names))


def lines_of_units(lines: Centrelines, units: Any, ids: Sequence[str]) -> Dict[int, Any]:
    """Return the centreline of each unit that has one, by the unit's place; of several the longest.

    A line belongs to the unit whose id it has, else to the unit in which most of it lies.
    """
    places = {name: place for place, name in enumerate(ids)}
    tree = shapely.STRtree(units)
    found: Dict[int, Any] = {}
    for line, name in zip(lines.geometry, lines.ids):
        place = places.get(name, _under(line, units, tree))
        if place >= 0 and (place not in found or line.length > found[place].length):
            found[place] = line
    return found


def _under(line: Any, units: Any, tree: shapely.STRtree) -> int:
    near = tree.query(line, predicate="intersects")
    inside = shapely.length(shapely.intersection(line, units[near]))
    return int(near[np.argmax(inside)]) if len(near) and inside.max() > 0 else -1


def terminus_positions(line: Any, ice: Sequence[Any], beyond_m: float) -> Tuple[DoubleArray, str]:
    """Return for each date where along a centreline the ice ends, in metres from the line's head, and what is doubtful.

    Args:
        line: from the head downwards. Where the way from its first point to the ice changes more than that from its
            last, it is taken to be drawn the other way.
        ice: one glacier's ice at each date. The outermost crossing counts: dead ice below the tongue too.
        beyond_m: where the line's end lies in the ice by more than this, the terminus is beyond it: NaN. NaN too
            where the line meets no ice.
    """
    turned = _moved(line, 0, ice) > _moved(line, -1, ice) + beyond_m
    line = shapely.reverse(line) if turned else line
    ends = np.array([_outermost(line, one) for one in ice])
    short = _inside(line, -1, ice, beyond_m)
    ends[short] = NAN
    doubt = "the centreline ends in the ice, so it is not known" if short.any() else ""
    return ends, doubt or ("the centreline was drawn upwards, and turned" if turned else "")


def _inside(line: Any, end: int, ice: Sequence[Any], by_m: float) -> Any:
    point = shapely.get_point(line, end)
    return np.array([one.contains(point) and one.boundary.distance(point) > by_m for one in ice], bool)


def _moved(line: Any, end: int, ice: Sequence[Any]) -> float:
    point = shapely.get_point(line, end)
    ways = [point.distance(one) for one in ice if not one.is_empty]
    return max(ways) - min(ways) if ways else 0.0


def _outermost(line: Any, ice: Any) -> float:
    met = shapely.get_coordinates(shapely.intersection(line, ice))
    return float(shapely.line_locate_point(line, shapely.points(met)).max()) if len(met) else NAN


def retreats(
    lines: Dict[int, Any], ice: Sequence[Any], ids: Sequence[str], beyond_m: float
) -> Tuple[DoubleArray, List[str]]:
    """Return where each unit's ice ends at each date (n x dates, metres along its line; NaN: not known), and doubts.

    Args:
        ice: for each date the ice of n units.
    """
    found = np.full((len(ids), len(ice)), NAN)
    doubts: Dict[str, List[str]] = {}
    for place, line in lines.items():
        found[place], doubt = terminus_positions(line, [one[place] for one in ice], beyond_m)
        if doubt:
            doubts.setdefault(doubt, []).append(ids[place])
    return found, [
        f"Retreat of {', '.join(names[:SHOWN])}{' and more' if len(names) > SHOWN else ''}: {doubt}."
        for doubt, names in doubts.items()
    ]
