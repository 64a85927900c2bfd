"""What kind of ground a point is, from rasters: elevation, slope, aspect, place along the glacier, confidence."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any, ClassVar, Dict, List, Mapping, Optional, Protocol, Sequence, Tuple

import numpy as np
import pyproj
import shapely

from ..inference.arrays import DoubleArray
from .bulk import IntArray
from .fields import Field, Pixels, cells_of
from .outlines import Outlines
from .projection import crs_of, lonlat
from .scanning import line_spacing, sampled_outlines

ELEVATION_BOUNDS = tuple(range(0, 8500, 500))
SLOPE_BOUNDS = (10.0, 20.0, 30.0, 40.0)
FLAT_DEGREES = 1.0
"""Less slope has no aspect."""
SECTORS = ("N", "NE", "E", "SE", "S", "SW", "W", "NW")
"""Those of the RGI 7: N from 337.5 to 22.5 degrees, and so on clockwise."""
PLACE_BOUNDS = (0.2, 0.8)
PLACES = ("terminus", "flank", "headwall")
SURE = 0.95
CONFIDENCE_BOUNDS = (0.7, 0.9, 0.95)
AT_ONCE = 200_000

Kinds = Mapping[str, Tuple[str, ...]]
Codes = Dict[str, Any]
"""By kind, the place of each point's class in the kind's classes (n of uint8); UNSET where it is not known."""
UNSET = 255


class Ground(Protocol):
    """Classes of ground that a raster tells."""

    @property
    def name(self) -> str:
        """What the raster is called in a warning."""

    @property
    def kinds(self) -> Kinds:
        """The names of each kind's classes, in their order."""

    @property
    def field(self) -> Field:
        """The raster."""

    def codes(self, xy: DoubleArray, glacier: Optional[IntArray] = None) -> Codes:
        """Return the classes of points (n x 2); `glacier` has the reference glacier of each (n places; -1: none).

        Without glaciers there is none of the kinds that ask for them.
        """

    def of(self, kept: IntArray) -> Ground:
        """Return the same for some of the reference glaciers."""


def _steps(bounds: Sequence[float]) -> Tuple[str, ...]:
    """Return the names of the classes between bounds; a bound belongs to the class above it."""
    between = [f"{low:g}-{high:g}" for low, high in zip(bounds, bounds[1:])]
    return (f"< {bounds[0]:g}", *between, f">= {bounds[-1]:g}")


def _coded(values: Any, bounds: Sequence[float]) -> Any:
    codes = np.searchsorted(bounds, values, side="right")
    return np.where(np.isnan(values), UNSET, codes).astype(np.uint8)


@dataclass(frozen=True, eq=False)
class Terrain:
    """Elevation, slope and aspect of the ground, and for margins whether they are terminus, flank or headwall.

    Attributes:
        field: elevation in metres.
        low, high: of each reference glacier, metres; NaN where the raster does not tell.
    """

    field: Field
    low: DoubleArray
    high: DoubleArray
    name: ClassVar[str] = "DEM"
    kinds: ClassVar[Kinds] = {
        "elevation_m": _steps(ELEVATION_BOUNDS), "slope_deg": _steps(SLOPE_BOUNDS), "aspect": (*SECTORS, "flat"),
        "place_on_glacier": PLACES,
    }  # fmt: skip

    @classmethod
    def around(cls, field: Field, glaciers: Any, finest: float) -> Terrain:
        """Look up how high the glaciers (n outlines) reach; they are sampled every `finest` metres at the closest."""
        spacing = line_spacing(float(shapely.area(glaciers).sum()), finest)
        inside, owner = sampled_outlines(glaciers, spacing)
        border, border_owner = shapely.get_coordinates(glaciers, return_index=True)
        points = np.concatenate([inside, border])
        height = np.concatenate([field.between(some) for some in np.array_split(points, len(points) // AT_ONCE + 1)])
        owner = np.concatenate([owner, border_owner])
        low, high = np.full(len(glaciers), np.inf), np.full(len(glaciers), -np.inf)
        known = np.isfinite(height)
        np.minimum.at(low, owner[known], height[known])
        np.maximum.at(high, owner[known], height[known])
        some = np.isfinite(low)
        return cls(field, np.where(some, low, np.nan), np.where(some, high, np.nan))

    def of(self, kept: IntArray) -> Terrain:
        """Return the same for some of the reference glaciers."""
        return replace(self, low=self.low[kept], high=self.high[kept])

    def codes(self, xy: DoubleArray, glacier: Optional[IntArray] = None) -> Codes:
        """Return the classes of points; see Ground."""
        height, slope, aspect = height_slope_aspect(self.field, xy)
        sector = np.where(slope < FLAT_DEGREES, len(SECTORS), np.floor(aspect / 45 + 0.5) % len(SECTORS))
        found = {
            "elevation_m": _coded(height, ELEVATION_BOUNDS),
            "slope_deg": _coded(slope, SLOPE_BOUNDS),
            "aspect": np.where(np.isnan(slope), UNSET, sector).astype(np.uint8),
        }
        if glacier is not None:
            found["place_on_glacier"] = _coded(self._relative(height, glacier), PLACE_BOUNDS)
        return found

    def _relative(self, height: DoubleArray, glacier: IntArray) -> DoubleArray:
        """Return heights within their glaciers' ranges: 0 at the lowest point, 1 at the highest."""
        low, high = np.append(self.low, np.nan)[glacier], np.append(self.high, np.nan)[glacier]
        relative: DoubleArray = (height - low) / np.where(high > low, high - low, np.nan)
        return relative


def height_slope_aspect(field: Field, xy: DoubleArray) -> Tuple[DoubleArray, DoubleArray, DoubleArray]:
    """Return elevation, slope and aspect of n points: metres, degrees, degrees clockwise from true north (downhill).

    By the differences over a pixel to either side (Zevenbergen and Thorne 1987).
    """
    step = field.pixel_m
    height, *ends = field.cross(xy, step)
    east, north = (ends[0] - ends[1]) / (2 * step), (ends[2] - ends[3]) / (2 * step)
    aspect = np.degrees(np.arctan2(-east, -north)) + north_of_plane(xy, field.plane)
    return height, np.degrees(np.arctan(np.hypot(east, north))), aspect % 360


def north_of_plane(xy: DoubleArray, plane: str) -> DoubleArray:
    """Return by how many degrees the plane's north lies clockwise of true north; one value for every 10 km."""
    if not len(xy):
        return np.zeros(0)  # pyproj refuses
    middle, cell = cells_of(xy)
    lon, lat = lonlat(middle, plane).T
    turned = np.asarray(pyproj.Proj(crs_of(plane)).get_factors(lon, lat).meridian_convergence)
    each: DoubleArray = turned[cell]
    return each


@dataclass(frozen=True, eq=False)
class Confidence:
    """How sure the map is of the ground: `field` has the calibrated confidence, 0.5 to 1."""

    field: Field
    name: ClassVar[str] = "confidence raster"
    kinds: ClassVar[Kinds] = {"confidence": _steps((SURE,)), "confidence_steps": _steps(CONFIDENCE_BOUNDS)}

    def of(self, kept: IntArray) -> Confidence:
        """Return itself: it asks for no glaciers."""
        return self

    def codes(self, xy: DoubleArray, glacier: Optional[IntArray] = None) -> Codes:
        """Return the classes of points; see Ground."""
        sure = self.field.nearest(xy)
        return {"confidence": _coded(sure, (SURE,)), "confidence_steps": _coded(sure, CONFIDENCE_BOUNDS)}


def grounds_of(
    elevation: Optional[Pixels], confidence: Optional[Pixels], reference: Outlines, finest: float
) -> List[Ground]:
    """Return what rasters tell of the ground; glaciers are sampled every `finest` metres at the closest."""
    found: List[Ground] = []
    if elevation is not None:
        found.append(Terrain.around(Field(elevation, reference.crs), reference.geometry, finest))
    if confidence is not None:
        found.append(Confidence(Field(confidence, reference.crs)))
    return found
