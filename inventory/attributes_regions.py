"""The region of a glacier: from the official polygons where somebody has them, else from a rough table of our own.

The table follows the geography that the RGI's first-order regions are named for, in straight lines (degrees); it was
not traced from the official polygons. Near its borders it may be wrong, so what lies there is marked.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Dict, List, Sequence, Tuple

import numpy as np
import shapely
from scipy.spatial import cKDTree

from ..inference.arrays import DoubleArray
from ..inference.errors import OutlinesError
from ..inference.vector_layer import VectorLayer
from .outlines import polygons_of
from .projection import EARTH_RADIUS_M, POSITIONS, crs_of

NEAR_KM = 200.0
OFFICIAL, TABLE, NEAR_BORDER = "official", "table", "table, near a border: approximate"
CODE_FIELDS = ("o2region", "o1region", "rgi_code")
_STEP = 0.25

Ring = Tuple[Tuple[float, float], ...]

_NORTH, _SOUTH = 84.5, -25.5
_ANTARCTIC_COAST: Ring = (
    (-180, -78), (-158, -77.5), (-150, -76), (-126, -73.5), (-101, -73.3), (-80, -73), (-70, -73), (-68, -71),
    (-68, -69), (-67, -67.2), (-63.5, -65.3), (-61, -64), (-57, -63.2), (-59, -64.5), (-62, -66.5), (-61.5, -69),
    (-61, -72), (-60, -75), (-35, -78), (-27, -76), (-20, -73), (-11, -71), (0, -70.3), (20, -70.3), (40, -69),
    (50, -66.3), (62, -67.4), (70, -69), (81, -67.8), (95, -66.5), (110, -66.2), (130, -66.2), (143, -66.9),
    (150, -68.5), (160, -69.5), (170.5, -71.3), (170, -72), (166, -77.5), (180, -78),
)  # fmt: skip

POLYGONS: Tuple[Tuple[str, Ring], ...] = (
    ("01", ((-180, 50), (-140, 50), (-133, 54), (-130.3, 54.7), (-130, 56), (-128.5, 58.2), (-132.5, 60.3),
            (-136, 62.5), (-141, 66), (-141, 72), (-168.9, 72), (-168.9, 65.8), (-172.5, 63.5), (-180, 62))),
    ("02", ((-133, 54), (-130.3, 54.7), (-130, 56), (-128.5, 58.2), (-132.5, 60.3), (-136, 62.5), (-141, 66),
            (-141, 70), (-100, 70), (-100, 35), (-125, 35), (-133, 50))),
    ("03", ((-126, 74.2), (-75, 74.2), (-75, 77), (-73.5, 78.3), (-70.5, 79.5), (-66.5, 81), (-61, 82.2),
            (-56, 83.3), (-56, _NORTH), (-126, _NORTH))),
    ("04", ((-126, 74.2), (-75, 74.2), (-62, 70), (-58.5, 66), (-58.5, 57), (-96, 57), (-96, 70), (-126, 70))),
    ("05", ((-75, 74.2), (-75, 77), (-73.5, 78.3), (-70.5, 79.5), (-66.5, 81), (-61, 82.2), (-56, 83.3),
            (-56, _NORTH), (-3, _NORTH), (-5, 78), (-12, 72.5), (-18, 69.5), (-26.5, 67), (-30, 65), (-38, 58.5),
            (-50, 58.5), (-58.5, 66), (-62, 70))),
    ("06", ((-30, 62), (-30, 65), (-26.5, 67), (-18, 69.5), (-11, 67), (-11, 62))),
    ("07", ((-12, 69.8), (-12, 72.5), (-5, 78), (-3, _NORTH), (36, _NORTH), (36, 73.5), (5, 73.5), (0, 69.8))),
    ("08", ((3, 58), (3, 69.8), (10, 72), (33, 72), (33, 65), (20, 58))),
    ("09", ((36, _NORTH), (36, 73.5), (48, 70), (58, 70), (69.5, 72.5), (69.5, 75.5), (85, 76.8), (100, 77.75),
            (112, 77.75), (112, _NORTH))),
    ("10", ((55, 55), (55, 69.8), (58, 70), (69.5, 72.5), (69.5, 75.5), (85, 76.8), (100, 77.75), (180, 77.75),
            (180, 34), (130, 34), (130, 44.5), (97, 44.5), (90, 45.6), (78, 46.3), (62, 46.3))),
    ("10", ((-180, 62), (-172.5, 63.5), (-168.9, 65.8), (-168.9, 77.75), (-180, 77.75))),
    ("11", ((-6, 40), (-6, 50.5), (26, 50.5), (26, 40))),
    ("12", ((28, 30), (28, 45), (56, 45), (56, 30))),
    ("13", ((62, 37.5), (62, 46.3), (78, 46.3), (90, 45.6), (97, 44.5), (105, 44.5), (105, 33), (102, 33), (99, 31.5),
            (97, 30.2), (95.5, 29.9), (94, 29.6), (91, 29.3), (85.5, 29.3), (83, 29.9), (81, 30.85), (79, 32.3),
            (79.5, 33.8), (78.5, 34.5), (78, 35.6), (76.5, 36.4), (75.5, 36.9), (74.6, 37.2), (73, 36.95),
            (71.6, 36.75), (70.5, 37.8))),
    ("14", ((62, 30.5), (62, 37.5), (70.5, 37.8), (71.6, 36.75), (73, 36.95), (74.6, 37.2), (75.5, 36.9),
            (76.5, 36.4), (78, 35.6), (78.5, 34.5), (79.5, 33.8), (79, 32.3), (78.7, 31.8), (77.5, 31.3), (76, 30.5))),
    ("15", ((76, 30.5), (77.5, 31.3), (78.7, 31.8), (79, 32.3), (81, 30.85), (83, 29.9), (85.5, 29.3), (91, 29.3),
            (94, 29.6), (95.5, 29.9), (97, 30.2), (99, 31.5), (102, 33), (105, 33), (105, 25.5), (80, 25.5),
            (76, 28))),
    ("16", ((-180, _SOUTH), (-180, 25.5), (180, 25.5), (180, _SOUTH))),
    ("17", ((-80, _SOUTH), (-60, _SOUTH), (-60, -56.5), (-80, -56.5))),
    ("18", ((160, -50), (160, -34), (180, -34), (180, -50))),
    ("19", ((-180, -60), (180, -60), *_ANTARCTIC_COAST[::-1])),
    ("19", ((-180, -60), (-180, -56.5), (-60, -56.5), (-60, -45), (160, -45), (160, -50), (180, -50), (180, -60))),
    ("20", ((-180, -90), *_ANTARCTIC_COAST, (180, -90))),
)  # fmt: skip
"""First-order regions as rings of longitude and latitude; 10 straddles the antimeridian."""


@dataclass(frozen=True, eq=False)
class Regions:
    """Polygons in degrees (longitudes -180..180), their codes ("11" or "11-01"), and whether they are the RGI's own."""

    polygons: Any
    codes: Tuple[str, ...]
    official: bool

    @classmethod
    def of_table(cls) -> Regions:
        """Return the rough table of first-order regions."""
        polygons = np.array([shapely.Polygon(ring) for _, ring in POLYGONS], dtype=object)
        return cls(polygons, tuple(code for code, _ in POLYGONS), False)

    @classmethod
    def of_layer(cls, layer: VectorLayer) -> Regions:
        """Return the official regions of a layer of the RGI, first or second order. Raises OutlinesError, CrsError."""
        by_name = {field.lower(): field for field in layer.fields}
        field = next((by_name[name] for name in CODE_FIELDS if name in by_name), "")
        if not field:
            wanted = " or ".join(CODE_FIELDS)
            raise OutlinesError(f"{layer.path} has no field {wanted}; give the regions' file that the RGI publishes.")
        if crs_of(layer.crs, layer.path) != crs_of(POSITIONS):
            raise OutlinesError(f"{layer.path} is not in EPSG:4326; give the regions' file as the RGI publishes it.")
        codes = tuple(_code(text) for text in layer.texts(field))
        return cls(np.array([polygons_of(shapely.from_wkb(wkb)) for wkb in layer.wkb]), codes, True)

    @property
    def second_order(self) -> bool:
        return any("-" in code for code in self.codes)

    def codes_at(self, positions: DoubleArray) -> List[str]:
        """Return the code of the region in which each position (n x 2, degrees) lies, "" where there is none."""
        wrapped = positions.copy()
        wrapped[:, 0] = (wrapped[:, 0] + 180) % 360 - 180
        points = shapely.points(wrapped)
        point, polygon = shapely.STRtree(self.polygons).query(points, predicate="intersects")
        found: Dict[int, str] = {}
        for place, number in zip(point.tolist(), polygon.tolist()):
            found.setdefault(place, self.codes[number])
        return [found.get(place, "") for place in range(len(points))]

    def sources_at(self, positions: DoubleArray) -> List[str]:
        """Return for each position (n x 2, degrees) where its code comes from: OFFICIAL, TABLE or NEAR_BORDER."""
        if self.official or not len(positions):
            return [OFFICIAL] * len(positions)
        chord, _ = cKDTree(_directions(_border_points(self.polygons))).query(_directions(positions))
        return [NEAR_BORDER if km < NEAR_KM else TABLE for km in chord * EARTH_RADIUS_M / 1000]


def _code(text: str) -> str:
    """Return the RGI 7's way to write a code: older files have 1 for 01, and 01-01 as it is."""
    return text.zfill(2) if text.isdigit() else text


def _border_points(polygons: Sequence[Any]) -> DoubleArray:
    """Return points (n x 2, degrees) along the borders, less than 30 km apart, but not along the antimeridian."""
    xy = shapely.get_coordinates(shapely.segmentize(shapely.get_exterior_ring(polygons), _STEP))
    real: DoubleArray = xy[(np.abs(xy[:, 0]) < 180) & (xy[:, 1] > -90)]
    return real


def _directions(positions: DoubleArray) -> DoubleArray:
    """Return unit vectors (n x 3) from the Earth's centre to positions (n x 2, degrees)."""
    lon, lat = np.radians(positions).T
    return np.column_stack([np.cos(lat) * np.cos(lon), np.cos(lat) * np.sin(lon), np.sin(lat)])
