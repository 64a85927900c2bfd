"""From the ground and the conditions to what a user has: six bands, a 30 m height model, and the labels."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Dict, Tuple

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage

from ...inference.arrays import BoolArray, DoubleArray, FloatArray
from ...inference.raster_io import horn_slope
from ...inference.request import OPTICAL_BANDS
from .. import terrain
from ..data.ice_labels import GLACIER, NO_LABEL, NOT_GLACIER
from ..ground import Ground, level_lake
from ..simulate import GLACIER_CLASSES, Surface, classify, draw_surfaces, mix
from ..spectra import lit, sense
from .conditions import LAKES, Conditions

DEM_CELL = 30.0
SMALLEST_SNOW = 10_000.0
"""m2. A smaller patch of snow off the glacier is no glacier; a larger one stays unlabelled, for a single summer image
cannot tell it from one (the smallest glaciers of inventories measure 0.01 km2, doi 10.3189/172756410790595778)."""
MEADOW = np.array([0.075, 0.085, 0.065, 0.30, 0.19, 0.10])
"""TOA reflectance of alpine grass: dark in red, bright in NIR, between the two in SWIR; chosen."""
CLOUD = np.array([0.62, 0.60, 0.60, 0.62, 0.45, 0.35])
"""TOA reflectance of a thick water cloud; chosen."""
CLOUD_HEIGHT = 1500.0
"""m above the ground; chosen."""


@dataclass(frozen=True)
class View:
    """What the sensor sees (H x W each): `bands` by name, `truth` of Surface, masks of cloud and shadow."""

    bands: Dict[str, FloatArray]
    truth: NDArray[np.uint8]
    cloud: BoolArray
    shadow: BoolArray

    def labels(self, resolution: float) -> NDArray[np.int8]:
        """Return 1 glacier, 0 not, -1 under cloud and on large snow fields off the glacier."""
        labels = np.where(np.isin(self.truth, GLACIER_CLASSES), GLACIER, NOT_GLACIER).astype(np.int8)
        pieces, count = ndimage.label(self.truth == Surface.SNOW, np.ones((3, 3)))
        large = np.bincount(pieces.ravel(), minlength=count + 1) >= SMALLEST_SNOW / resolution**2
        large[0] = False
        labels[large[pieces] | self.cloud] = NO_LABEL
        return labels

    @property
    def debris(self) -> BoolArray:
        return np.asarray((self.truth == Surface.DEBRIS_COVERED_ICE) & ~self.cloud)


def view(
    rng: np.random.Generator, ground: Ground, lake: BoolArray, conditions: Conditions, resolution: float, margin: int
) -> View:
    """Look at the ground, `margin` pixels from every side cut off (shadow and noise need them)."""
    truth = classify(rng, ground, lake, resolution, conditions.snow_shift, conditions.debris)
    elevation = level_lake(ground.surface, lake)
    cloud, under_cloud = clouds(rng, truth.shape[:2], conditions, resolution)
    sun = (resolution, conditions.sun_elevation, conditions.sun_azimuth)
    facing = terrain.illumination(elevation, *sun)
    shadow = terrain.cast_shadow(elevation, *sun) | (facing <= 0)
    slope, _ = terrain.slope_and_aspect(elevation, resolution)
    surfaces = draw_surfaces(rng, (truth.shape[0], truth.shape[1]))
    drawn = adjusted(rng, surfaces, elevation, slope, conditions)
    light = facing / np.sin(np.radians(conditions.sun_elevation))
    seen = lit(mix(truth, drawn), light, shadow | under_cloud, np.cos(slope / 2) ** 2, conditions.haze)
    seen = np.where(cloud, CLOUD[:, None, None] * (1 + 0.1 * terrain.spectral_noise(rng, truth.shape, 1.2)), seen)
    optical = conditions.gain * sense(rng, seen, swir_blur=1.0 if resolution < 20 else 0.5)
    optical += conditions.noise * rng.standard_normal(optical.shape)
    inner = (slice(margin, -margin), slice(margin, -margin))
    bands = dict(zip(OPTICAL_BANDS, (band[inner].astype(np.float32) for band in optical)))
    bands.update(height_model(rng, elevation, conditions.dem_noise, resolution, margin))
    return View(bands, truth[inner], cloud[inner], shadow[inner])


def clouds(
    rng: np.random.Generator, shape: Tuple[int, ...], conditions: Conditions, resolution: float
) -> Tuple[BoolArray, BoolArray]:
    """Return where clouds hide the ground and where they take its sun."""
    noise = terrain.spectral_noise(rng, shape, 1.7)
    if not conditions.cloud:
        return np.zeros(shape, bool), np.zeros(shape, bool)
    cloud = noise > np.quantile(noise, 1 - conditions.cloud)
    reach = CLOUD_HEIGHT / np.tan(np.radians(conditions.sun_elevation)) / resolution
    azimuth = np.radians(conditions.sun_azimuth)
    away = round(reach * np.cos(azimuth)), round(-reach * np.sin(azimuth))
    return cloud, np.asarray(np.roll(cloud, away, (0, 1)))


def adjusted(
    rng: np.random.Generator,
    drawn: Dict[Surface, DoubleArray],
    elevation: DoubleArray,
    slope: DoubleArray,
    conditions: Conditions,
) -> Dict[Surface, DoubleArray]:
    """Return the drawn surfaces (6 x H x W each) under these conditions: other rock, ice, snow, lakes, and plants."""
    shape = elevation.shape
    # Kinds of rock lie side by side; what falls on the ice comes from the same walls.
    kinds = np.exp(0.22 * terrain.spectral_noise(rng, shape, 1.8))
    rock = np.asarray(conditions.rock)[:, None, None] * kinds
    bare = drawn[Surface.ROCK] * rock
    rubble = drawn[Surface.DEBRIS_COVERED_ICE] * terrain.blur(rock.mean(axis=0), 8) * _tint(conditions.rock)
    green = conditions.meadow and meadow_share(rng, elevation, slope, conditions.meadow)
    cold = np.array([1, 1, 1, 1, conditions.cold_swir, conditions.cold_swir])[:, None, None]
    dirt = conditions.dirt * np.clip(0.5 + 0.5 * terrain.spectral_noise(rng, shape, 1.2), 0, 1)
    snow = conditions.snow * cold * drawn[Surface.SNOW]
    return {
        Surface.ROCK: (1 - green) * bare + green * MEADOW[:, None, None] * kinds,
        Surface.DEBRIS_COVERED_ICE: conditions.debris_to_rock * rubble,
        Surface.CLEAN_ICE: (1 - dirt) * conditions.ice * cold * drawn[Surface.CLEAN_ICE] + dirt * rubble,
        Surface.SNOW: snow,
        Surface.SNOW_ON_ICE: snow,
        Surface.LAKE: drawn[Surface.LAKE] * np.array(LAKES[conditions.lake])[:, None, None],
    }


def _tint(rock: Tuple[float, ...]) -> DoubleArray:
    """Return the rock's colour without its brightness, 6 x 1 x 1."""
    return np.asarray(np.asarray(rock)[:, None, None] / np.mean(rock))


def meadow_share(rng: np.random.Generator, elevation: DoubleArray, slope: DoubleArray, share: float) -> DoubleArray:
    """Return how much of each pixel plants cover (0..0.9): below `share` of the relief where the `slope`
    (radians) is 32 degrees; every degree less steep they grow 15 m higher, every degree steeper 15 m lower."""
    low, high = np.quantile(elevation, (0.01, 0.99))
    height = (low + share * (high - low) - elevation) / 120
    patches = terrain.spectral_noise(rng, elevation.shape, 1.0)
    return np.asarray(0.9 * np.clip(height + 0.8 * patches - (np.degrees(slope) - 32) / 8, 0, 1))


def height_model(
    rng: np.random.Generator, elevation: DoubleArray, noise: float, resolution: float, margin: int
) -> Dict[str, FloatArray]:
    """Return elevation (m) and slope (degrees) as users have them: means of about 30 m with errors, stretched."""
    block = max(round(DEM_CELL / resolution), 2)
    padded = np.pad(elevation, [(0, -length % block) for length in elevation.shape], mode="edge")
    rows, columns = (length // block for length in padded.shape)
    coarse = padded.reshape(rows, block, columns, block).mean(axis=(1, 3))
    # Errors of neighbours are alike in radar and stereo height models.
    errors = terrain.blur(rng.standard_normal(coarse.shape), 0.7)
    coarse = coarse + noise * errors / errors.std()
    fine = terrain.resample(coarse, padded.shape)[: elevation.shape[0], : elevation.shape[1]].astype(np.float32)
    cut = slice(margin - 1, 1 - margin)
    return {
        "elevation": fine[margin:-margin, margin:-margin].copy(),
        "slope": horn_slope(fine[cut, cut], resolution),
    }
