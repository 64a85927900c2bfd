"""The same ground in two sets is a leak: places of tiles, compared between the files of train, val and test."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Iterator, List, Optional, Sequence, Tuple

import h5py
import numpy as np

from ...inference.grid import Box
from .blocks import SETS
from .tiles import OUTLINES

SHARE = 0.05
"""Boxes in degrees of neighbours overlap a little where the CRS is turned against north."""
ROWS = 256


@dataclass(frozen=True)
class Place:
    """Where a tile lies: `box` in degrees; `exact` in its CRS (`epsg`) where the tile tells it. `role` is its set.

    `sensor` and `date` are of its imagery, "" where the tile does not tell.
    """

    path: str
    tile: str
    role: str
    box: Optional[Box]
    epsg: int
    resolution: float
    exact: Optional[Box]
    shape: Tuple[int, int]
    sensor: str = ""
    date: str = ""


@dataclass(frozen=True)
class Leak:
    """Two tiles that should not be what they are; `sure` where their files' names say that they are two sets."""

    path: str
    tile: str
    dataset: str
    what: str
    sure: bool


def role_of(path: str) -> str:
    """Return train, val or test, where it is a word of the file's name; else ""."""
    words = re.split(r"[^a-z]+", Path(path).stem.lower())
    return next((name for name in SETS if name in words), "")


def place_of(path: str, name: str, group: h5py.Group) -> Place:
    """Return where a tile lies, as far as its attributes tell."""
    attributes = group.attrs
    shape = (int(group[OUTLINES].shape[0]), int(group[OUTLINES].shape[1]))
    degrees = _numbers(attributes, ("xmin", "ymin", "xmax", "ymax"))
    corner = _numbers(attributes, ("left", "top", "resolution"))
    exact, resolution = None, 0.0
    if corner is not None:
        left, top, resolution = corner
        exact = (left, top - shape[0] * resolution, left + shape[1] * resolution, top)
    box = None if degrees is None else (degrees[0], degrees[1], degrees[2], degrees[3])
    epsg = _numbers(attributes, ("epsg",))
    sensor, date = (str(attributes.get(key, "")) for key in ("sensor", "date"))
    return Place(path, name, role_of(path), box, int(epsg[0]) if epsg else 0, resolution, exact, shape, sensor, date)


def _numbers(attributes: Any, names: Sequence[str]) -> Optional[List[float]]:
    try:
        values = [float(attributes[name]) for name in names]
    except (KeyError, TypeError, ValueError):
        return None
    return values if np.isfinite(values).all() else None


def leaks(places: Sequence[Place]) -> Iterator[Leak]:
    """Yield names that two files share, and ground that two sets share.

    Tiles of the very same pixels may lie in two sets where no pixel has a label in both (corrections.py).
    """
    yield from _same_names(places)
    # Sorted by their western edge, a tile is compared only with those that begin before it ends.
    ordered = sorted((place for place in places if place.box), key=lambda place: place.box or ())
    open_ones: List[Place] = []
    for place in ordered:
        west = place.box[0] if place.box else 0.0
        open_ones = [one for one in open_ones if one.box and one.box[2] > west]
        yield from (leak for one in open_ones for leak in _leak(one, place))
        open_ones.append(place)


def _same_names(places: Sequence[Place]) -> Iterator[Leak]:
    first: dict[str, Place] = {}
    for place in places:
        other = first.setdefault(place.tile, place)
        if other.path != place.path:
            yield Leak(place.path, place.tile, "", f"{other.path} has a tile of this name too; rename one", sure=True)


def _leak(one: Place, other: Place) -> Iterator[Leak]:
    if one.path == other.path or (one.role and one.role == other.role) or not _overlap(one, other):
        return
    if _same_pixels(one, other):
        both = _labelled_in_both(one, other)
        if both == 0:
            return
        what = f"{both} of its pixels have a label in {one.path}, tile {one.tile}, too"
    else:
        what = f"the same ground lies in {one.path}, tile {one.tile}"
    sure = bool(one.role and other.role)
    advice = "scores on it would be too good: split by blocks"
    apart = _apart(one, other)
    if apart:
        sure, advice = False, f"it is of another {apart}, so it tests that alone, not how well other places are mapped"
    yield Leak(other.path, other.tile, "", f"{what}; {advice}", sure)


def _apart(one: Place, other: Place) -> str:
    """Return whether the imagery is known to be of another date or sensor, in a word, else ""."""
    for word, ours, theirs in (("date", one.date, other.date), ("sensor", one.sensor, other.sensor)):
        if ours and theirs and ours != theirs:
            return word
    return ""


def _same_pixels(one: Place, other: Place) -> bool:
    return one.exact is not None and one.exact == other.exact and one.epsg == other.epsg and one.shape == other.shape


def _overlap(one: Place, other: Place) -> bool:
    """Return whether two tiles share ground: exactly where both tell their place in the same CRS, else by degrees."""
    if one.exact and other.exact and one.epsg == other.epsg and one.epsg:
        wide, high = _common(one.exact, other.exact)
        return min(wide, high) > 0.5 * min(one.resolution, other.resolution)
    if one.box is None or other.box is None:
        return False
    wide, high = _common(one.box, other.box)
    smaller = min((box[2] - box[0]) * (box[3] - box[1]) for box in (one.box, other.box))
    return wide > 0 and high > 0 and wide * high > SHARE * smaller


def _common(a: Box, b: Box) -> Tuple[float, float]:
    """Return width and height of what two boxes share; negative where they lie apart."""
    return min(a[2], b[2]) - max(a[0], b[0]), min(a[3], b[3]) - max(a[1], b[1])


def _labelled_in_both(one: Place, other: Place) -> int:
    """Return how many pixels have a label in both tiles."""
    both = 0
    with h5py.File(one.path, "r") as first, h5py.File(other.path, "r") as second:
        ours, theirs = first[one.tile][OUTLINES], second[other.tile][OUTLINES]
        for row in range(0, one.shape[0], ROWS):
            strips = [np.asarray(labels[row : row + ROWS]).any(axis=2) for labels in (ours, theirs)]
            both += int((strips[0] & strips[1]).sum())
    return both
