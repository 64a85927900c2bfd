"""Named test sets, and whether a set tests what its name says: new ground, another date, another sensor."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Callable, List, Sequence, Tuple

from ...inference.errors import DatasetError
from ..data.tiles import Tile

SPATIAL, TEMPORAL, CROSS_SENSOR = "spatial", "temporal", "cross-sensor"
"""The paper's three tests of generalisation; any other name is scored too."""

METRES_PER_DEGREE = 111_320.0
OVERLAP = 0.02
"""Share of a tile that counts as the same ground. Tiles that only touch seem to overlap by less: their boxes are turned
against the meridians by at most some 8 degrees (UTM at 80 N), which is 1 - cos 8 = 1 % of their width."""

BESIDE = 1000.0
"""Metres within which tiles are neighbours."""


@dataclass(frozen=True)
class NamedSet:
    """A test set: what it is called, and its tiles."""

    name: str
    tiles: Tuple[Tile, ...]

    def __post_init__(self) -> None:
        if not self.name or not self.tiles:
            raise DatasetError("A test set needs a name and tiles; write --test NAME=FILE.")

    @property
    def sensors(self) -> Tuple[str, ...]:
        return _known(self.tiles, lambda tile: tile.sensor)

    @property
    def dates(self) -> Tuple[str, ...]:
        return _known(self.tiles, lambda tile: tile.date)


def _known(tiles: Sequence[Tile], attribute: Callable[[Tile], str]) -> Tuple[str, ...]:
    return tuple(sorted({attribute(tile) for tile in tiles} - {""}))


def doubts_of(test: NamedSet, trained_on: Sequence[Tile]) -> Tuple[str, ...]:
    """Return what speaks against the set being what its name says, given the tiles that were trained on.

    Without any, nobody can tell, and that is what is returned.
    """
    if not trained_on:
        return ("What the model was trained on is not given (--trained-on), so nobody can tell whether this leaks.",)
    doubts = _leaks(test, trained_on)
    if test.name == TEMPORAL:
        doubts += _shared(test, trained_on, "date", lambda tile: tile.date)
    if test.name == CROSS_SENSOR:
        doubts += _shared(test, trained_on, "sensor", lambda tile: tile.sensor)
    return tuple(doubts)


def _leaks(test: NamedSet, trained_on: Sequence[Tile]) -> List[str]:
    """Tell of tiles on ground that was trained on: for a spatial test any, else where it is the same picture."""
    placed = [tile for tile in test.tiles if math.isfinite(tile.lon + tile.lat)]
    new_ground = test.name == SPATIAL
    leaking = [
        tile.name
        for tile in test.tiles
        if any((new_ground or _same_picture(tile, other)) and _same_ground(tile, other) for other in trained_on)
    ]
    doubts = []
    if leaking:
        what = "lie on ground" if new_ground else "show the same ground, date and sensor"
        doubts.append(
            f"Leak: {len(leaking)} of {len(test.tiles)} tiles {what} that was trained on "
            f"({', '.join(leaking[:5])}{' ...' if len(leaking) > 5 else ''}); the scores are too good."
        )
    beside = [tile for tile in placed if new_ground and tile.name not in leaking and _is_beside(tile, trained_on)]
    if beside:
        doubts.append(
            f"{len(beside)} of {len(test.tiles)} tiles lie within {BESIDE:g} m of ground that was trained on: they "
            "share snow, rock and light, so the scores are likely too good. Split by blocks (icemargin dataset build)."
        )
    if new_ground and len(placed) < len(test.tiles):
        doubts.append(
            f"{len(test.tiles) - len(placed)} of {len(test.tiles)} tiles have no position: their overlap with training "
            "is not checked."
        )
    return doubts


def _same_picture(tile: Tile, other: Tile) -> bool:
    return (tile.date, tile.sensor) == (other.date, other.sensor)


def _same_ground(tile: Tile, other: Tile) -> bool:
    """Tell whether the two are one tile, or overlap by more than OVERLAP of the smaller one."""
    if (tile.path, tile.name) == (other.path, other.name):
        return True
    return shared_ground(tile, other) > OVERLAP


def _is_beside(tile: Tile, trained_on: Sequence[Tile]) -> bool:
    """Tell whether less than BESIDE lies between the tile and one that was trained on."""
    return any(-min(_common(tile, other)) < BESIDE for other in trained_on)


def shared_ground(tile: Tile, other: Tile) -> float:
    """Return which share of the smaller tile lies in the other, both taken as north-up; 0 if unknown."""
    width, height = _common(tile, other)
    if not math.isfinite(width + height):
        return 0.0
    (w1, h1), (w2, h2) = _metres(tile), _metres(other)
    shared = max(min(width, w1, w2), 0.0) * max(min(height, h1, h2), 0.0)
    return shared / min(w1 * h1, w2 * h2)


def _common(tile: Tile, other: Tile) -> Tuple[float, float]:
    """Return how far the tiles overlap east-west and north-south, in metres; negative: the gap; NaN: unknown."""
    east = (tile.lon - other.lon + 180) % 360 - 180
    dx = abs(east) * math.cos(math.radians((tile.lat + other.lat) / 2)) * METRES_PER_DEGREE
    dy = abs(tile.lat - other.lat) * METRES_PER_DEGREE
    (w1, h1), (w2, h2) = _metres(tile), _metres(other)
    return (w1 + w2) / 2 - dx, (h1 + h2) / 2 - dy


def _metres(tile: Tile) -> Tuple[float, float]:
    return tile.width * tile.resolution, tile.height * tile.resolution


def _shared(
    test: NamedSet, trained_on: Sequence[Tile], what: str, attribute: Callable[[Tile], str]
) -> List[str]:
    """Tell of dates or sensors that the set shares with training, or that are not known."""
    own, theirs = _known(test.tiles, attribute), _known(trained_on, attribute)
    unknown = [tile for tile in (*test.tiles, *trained_on) if not attribute(tile)]
    doubts = []
    both = [value for value in own if value in theirs]
    if both:
        doubts.append(
            f"Called {test.name}, but {', '.join(both[:5])}{' ...' if len(both) > 5 else ''} was trained on: the same "
            f"{what} is no test of another one."
        )
    if unknown:
        doubts.append(f"Called {test.name}, but {len(unknown)} of all tiles do not say their {what}: not checked.")
    return doubts
