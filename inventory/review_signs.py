"""What rasters tell of glaciers that are to be reviewed: where other outlines differ, ice under debris, likely reasons.

Rules of thumb on a coarse grid, for the order of a queue and for tags that an analyst agrees to or not; they change no
outline. Thresholds: debris lies on ice below 24 degrees (Paul et al. 2004), snow and ice have an NDSI above 0.4, water
absorbs the near infrared.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from datetime import date
from typing import TYPE_CHECKING, Any, Dict, List, Mapping, Optional, Sequence, Tuple

import numpy as np

from ..inference.arrays import BoolArray, FloatArray
from .review import Signs

if TYPE_CHECKING:
    from numpy.typing import NDArray

    LabelArray = NDArray[np.int32]
else:
    LabelArray = np.ndarray

CONFIDENT = 0.95
AROUND_M = 200.0
"""How far beyond an outline its doubts are looked for."""
SUGGESTED_SHARE = 0.2
"""Of the uncertain ground, from which on a reason is suggested."""
DEBRIS_SLOPE, STEEP = 24.0, 35.0
SNOW_NDSI, WATER_NDWI, GREEN_NDVI = 0.4, 0.3, 0.2
LEAST_DEBRIS_KM2, LEAST_DEBRIS_SHARE, MUCH_DEBRIS_KM2 = 0.03, 0.25, 0.3
"""Ground in front of a glacier that may be ice: so much at least, and so much of the glacier's area or altogether."""
LOWER_PART = 25.0
"""Per cent of a glacier's ground, below whose elevation a tongue lies."""
WARM_PART = 90.0
"""Per cent of the bare ground, above whose temperature no ice lies below."""
OVERPASS_HOUR = 10.5
"""Local solar time at which Sentinel-2 and Landsat pass."""
LONGEST_SHADOW = 120


@dataclass(frozen=True, eq=False)
class Ground:
    """Rasters on one north-up grid (H x W), each None or left out where it is not known.

    Attributes:
        labels: the place of the outline at each pixel, from 1; 0 for none.
        pixel_m: size of a pixel.
        confidence: 0..1.
        bands: reflectance by name (green, red, nir, swir1 ...), NaN where unknown; with elevation (m) and slope
            (degrees) where there is a DEM, and thermal (brightness temperature, K).
        sun: its elevation and azimuth in degrees.
        others: where another method or layer has ice, by its name.
    """

    labels: LabelArray
    pixel_m: float
    confidence: Optional[FloatArray] = None
    bands: Mapping[str, FloatArray] = field(default_factory=dict)
    sun: Optional[Tuple[float, float]] = None
    others: Mapping[str, BoolArray] = field(default_factory=dict)

    def has(self, *names: str) -> bool:
        """Return whether all these bands are known."""
        return all(name in self.bands for name in names)


def signs_of(ground: Ground, keys: Sequence[int]) -> Dict[int, Signs]:
    """Return the signs of each outline; `keys` are those of the labels 1, 2 ..."""
    near = grown(ground.labels, math.ceil(AROUND_M / ground.pixel_m))
    count = len(keys) + 1
    km2 = ground.pixel_m**2 / 1e6
    unlike = {name: _majority((ground.labels > 0) != ice) & (near > 0) for name, ice in ground.others.items()}
    differing = {name: _sums(near, mask, count) * km2 for name, mask in unlike.items()}
    debris = _tongues(ground, near, count) * km2
    tags = _tags(ground, near, _doubtful(ground, near, unlike), count)
    return {
        key: Signs({name: float(of[place]) for name, of in differing.items()}, float(debris[place]), tags[place])
        for place, key in enumerate(keys, start=1)
    }


def sun_at(day: date, lat: float) -> Tuple[float, float]:
    """Return the sun's elevation and azimuth (degrees) when a satellite passes, as far as its local hour is known."""
    declination, hour, phi = _declination(day), math.radians(15 * (OVERPASS_HOUR - 12)), math.radians(lat)
    high = math.sin(phi) * math.sin(declination) + math.cos(phi) * math.cos(declination) * math.cos(hour)
    east = -math.sin(hour) * math.cos(declination)
    north = math.cos(phi) * math.sin(declination) - math.sin(phi) * math.cos(declination) * math.cos(hour)
    return math.degrees(math.asin(high)), math.degrees(math.atan2(east, north)) % 360


def _declination(day: date) -> float:
    """The sun's declination (radians) at noon, to 0.01 degrees: the low-precision formulas of the Astronomical Almanac
    (its page C5), by the days since noon of 2000-01-01."""
    days = day.toordinal() - date(2000, 1, 1).toordinal()
    anomaly = math.radians(357.528 + 0.9856003 * days)
    mean = 280.460 + 0.9856474 * days
    longitude = math.radians(mean + 1.915 * math.sin(anomaly) + 0.020 * math.sin(2 * anomaly))
    return math.asin(math.sin(math.radians(23.439)) * math.sin(longitude))


def grown(labels: LabelArray, pixels: int) -> LabelArray:
    """Return labels that have grown into what has none; where two meet the larger number wins."""
    found = labels.copy()
    for _ in range(pixels):
        padded = np.pad(found, 1)
        around = np.max([padded[:-2, 1:-1], padded[2:, 1:-1], padded[1:-1, :-2], padded[1:-1, 2:]], axis=0)
        found = np.where(found > 0, found, around)
    return found


def shadow(elevation: FloatArray, pixel_m: float, sun: Tuple[float, float]) -> BoolArray:
    """Return what lies in the shadow of ground that rises higher than the sun (elevation, azimuth in degrees)."""
    height, azimuth = (math.radians(value) for value in sun)
    rise = pixel_m * math.tan(height)
    surface = np.nan_to_num(elevation, nan=float(np.nanmin(elevation)) if np.isfinite(elevation).any() else 0.0)
    dark: BoolArray = np.zeros(surface.shape, bool)
    relief = float(surface.max() - surface.min())
    for step in range(1, min(LONGEST_SHADOW, math.ceil(relief / max(rise, 1e-6))) + 1):
        down, right = -round(step * math.cos(azimuth)), round(step * math.sin(azimuth))
        dark |= _moved(surface, down, right) > surface + step * rise
    return dark


def _moved(values: FloatArray, down: int, right: int) -> FloatArray:
    """Return at each pixel the value `down` rows and `right` columns from it; the lowest one beyond the edge."""
    height, width = values.shape
    found: FloatArray = np.full_like(values, values.min())
    rows, columns = slice(max(-down, 0), height - max(down, 0)), slice(max(-right, 0), width - max(right, 0))
    from_rows, from_columns = slice(max(down, 0), height + min(down, 0)), slice(max(right, 0), width + min(right, 0))
    if rows.start < rows.stop and columns.start < columns.stop:
        found[rows, columns] = values[from_rows, from_columns]
    return found


def _index(bands: Mapping[str, FloatArray], first: str, second: str) -> Any:
    a, b = bands[first], bands[second]
    return (a - b) / np.maximum(a + b, 1e-3)


def _bare(ground: Ground) -> BoolArray:
    """Ground without snow, clouds, water or plants that is flat enough for ice under debris."""
    bands = ground.bands
    if not ground.has("green", "red", "nir", "swir1", "slope"):
        return np.zeros(ground.labels.shape, bool)
    bare = (_index(bands, "green", "swir1") < SNOW_NDSI) & (_index(bands, "nir", "red") < GREEN_NDVI) & ~_cloud(bands)
    flat: BoolArray = bare & (_index(bands, "green", "nir") < WATER_NDWI) & (bands["slope"] < DEBRIS_SLOPE)
    found: BoolArray = flat & _cool(ground, flat)
    return found


def _cool(ground: Ground, bare: BoolArray) -> Any:
    """Where the temperature is nearer to that of the outlines than to that of warm bare ground: ice cools debris."""
    if not ground.has("thermal"):
        return True
    thermal = ground.bands["thermal"]
    known = np.isfinite(thermal)
    ice, rock = thermal[known & (ground.labels > 0)], thermal[known & bare & (ground.labels == 0)]
    if not (ice.size and rock.size):
        return True
    return ~(thermal > (np.median(ice) + np.percentile(rock, WARM_PART)) / 2)  # unknown is not warm


def _tongues(ground: Ground, near: LabelArray, count: int) -> Any:
    """Return pixels beside the lowest part of each glacier that may be ice under debris; 0 where there are too few."""
    if not ground.has("elevation"):
        return np.zeros(count)
    low = _lower_limits(ground, count)
    below = ground.bands["elevation"] < low[near]
    pixels = _sums(near, _bare(ground) & below & (near > 0) & (ground.labels == 0), count)
    own = np.bincount(ground.labels.ravel(), minlength=count)
    km2 = ground.pixel_m**2 / 1e6
    much = (pixels >= LEAST_DEBRIS_SHARE * own) | (pixels * km2 >= MUCH_DEBRIS_KM2)
    return np.where(much & (pixels * km2 >= LEAST_DEBRIS_KM2), pixels, 0)


def _lower_limits(ground: Ground, count: int) -> FloatArray:
    """Return for each glacier the elevation below which its lowest quarter lies."""
    limits: FloatArray = np.full(count, -np.inf, np.float32)
    inside = (ground.labels > 0) & np.isfinite(ground.bands["elevation"])
    labels, heights = ground.labels[inside], ground.bands["elevation"][inside]
    order = np.argsort(labels, kind="stable")
    starts = np.searchsorted(labels[order], np.arange(count + 1))
    for place in range(1, count):
        own = heights[order[starts[place] : starts[place + 1]]]
        if len(own):
            limits[place] = np.percentile(own, LOWER_PART)
    return limits


def _doubtful(ground: Ground, near: LabelArray, unlike: Mapping[str, BoolArray]) -> BoolArray:
    """Return where an outline is in doubt: by its confidence, or where that is not known by what others say."""
    doubtful: BoolArray = np.zeros(near.shape, bool)
    if ground.confidence is not None:
        doubtful = (ground.confidence < CONFIDENT) & (near > 0)
    elif unlike:
        doubtful = np.any(list(unlike.values()), axis=0)
    return doubtful


def _tags(ground: Ground, near: LabelArray, doubtful: BoolArray, count: int) -> List[Tuple[str, ...]]:
    """Return for each glacier the reasons that explain enough of its doubtful ground, the largest first."""
    total = np.maximum(_sums(near, doubtful, count), 1)
    shares = {tag: _sums(near, doubtful & mask, count) / total for tag, mask in _masks(ground).items()}
    touching = _touching(ground.labels)
    found = []
    for place in range(count):
        likely = sorted(
            (tag for tag in shares if shares[tag][place] >= SUGGESTED_SHARE), key=lambda t: -shares[t][place]
        )
        found.append((*likely, *(("divide",) if place in touching else ())))
    return found


def _masks(ground: Ground) -> Dict[str, BoolArray]:
    """Return where each reason is likely, as far as the bands tell."""
    bands, found = ground.bands, {}
    bare = _bare(ground)
    if bare.any():
        found["debris"] = bare
    if ground.has("elevation") and ground.sun is not None:
        found["shadow"] = shadow(bands["elevation"], ground.pixel_m, ground.sun)
    if ground.has("green", "nir", "swir1"):
        ndsi, dark = _index(bands, "green", "swir1"), bands["nir"] < 0.15
        found["lake"] = (_index(bands, "green", "nir") > WATER_NDWI) & dark & _flat(ground)
        found["seasonal snow"] = (ndsi > SNOW_NDSI) & (bands["nir"] > 0.3) & (ground.labels == 0)
        found["cloud"] = _cloud(bands)
    if ground.has("green", "swir1", "slope"):
        steep_rock = (_index(bands, "green", "swir1") < SNOW_NDSI) & (bands["slope"] > STEEP)
        found["nunatak"] = steep_rock & (ground.labels > 0)
    return found


def _cloud(bands: Mapping[str, FloatArray]) -> BoolArray:
    bright: BoolArray = (bands["swir1"] > 0.25) & (bands["green"] > 0.3)
    return bright


def _flat(ground: Ground) -> Any:
    return ground.bands["slope"] < 10 if ground.has("slope") else True


def _touching(labels: LabelArray) -> set[int]:
    """Return the labels that lie beside another one."""
    found: set[int] = set()
    for first, second in ((labels[1:], labels[:-1]), (labels[:, 1:], labels[:, :-1])):
        beside = (first != second) & (first > 0) & (second > 0)
        found.update(np.unique(first[beside]).tolist(), np.unique(second[beside]).tolist())
    return found


def _sums(labels: LabelArray, mask: BoolArray, count: int) -> Any:
    return np.bincount(labels[mask], minlength=count)[:count]


def _majority(mask: BoolArray) -> BoolArray:
    """Leave out what is a pixel wide: outlines are smoothed."""
    padded = np.pad(mask, 1).astype(np.int8)
    tall = padded[:-2] + padded[1:-1] + padded[2:]
    wide: BoolArray = tall[:, :-2] + tall[:, 1:-1] + tall[:, 2:] > 5
    return wide & mask
