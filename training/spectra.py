"""TOA reflectance of surfaces by the statistics in resources/spectra.json, under sun, shade and a hazy sky."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Dict, Tuple

import numpy as np

from ..inference.arrays import BoolArray, DoubleArray
from .terrain import blur, spectral_noise

STATISTICS = Path(__file__).parents[1] / "resources" / "spectra.json"
SWIR2_OF_SWIR1 = {"snow": 0.85, "shadowed_snow": 0.85, "ice": 0.8, "rock": 0.88, "water": 0.8}
"""The statistics have no SWIR2; these shares of SWIR1 are chosen, not measured (snow and ice are dark in both, dry
rock nearly flat)."""
PATH_RADIANCE = np.array([0.050, 0.030, 0.018, 0.008, 0.002, 0.001])
"""Reflectance that the air adds to a dark target, falling with wavelength as Rayleigh scattering does; chosen."""
SKY_LIGHT = np.array([0.22, 0.17, 0.13, 0.09, 0.04, 0.03])
"""Light from the sky over a sunlit level surface, as a share of all light. Chosen by hand together with
PATH_RADIANCE: snow in shadow comes about one deviation darker than the statistics' shadowed snow, and rock in shadow
just below the classic method's blue threshold (0.08), so how often shadow is taken for ice here proves nothing."""


@dataclass(frozen=True)
class Spectrum:
    """A surface's six-band mean and a factor L of its covariance (L @ L.T), TOA reflectance."""

    mean: DoubleArray
    factor: DoubleArray


def read_spectra(path: Path = STATISTICS) -> Dict[str, Spectrum]:
    """Read the statistics and add SWIR2, fully correlated with SWIR1."""
    spectra = {}
    for name, values in json.loads(path.read_text())["classes"].items():
        add_swir2 = np.vstack([np.eye(5), SWIR2_OF_SWIR1[name] * np.eye(5)[4]])
        # eigh, not Cholesky: printed to seven digits, a covariance may be a hair from positive definite
        variance, axes = np.linalg.eigh(np.array(values["covariance"]))
        factor = axes * np.sqrt(np.maximum(variance, 0))
        spectra[name] = Spectrum(add_swir2 @ np.array(values["mean"]), add_swir2 @ factor)
    return spectra


def texture(rng: np.random.Generator, shape: Tuple[int, ...], spectrum: Spectrum, spread: float) -> DoubleArray:
    """Draw a 6 x H x W surface: `spread` of the class's deviation, mostly in patches, partly from pixel to pixel.

    `spread` is below 1 because the statistics hold the light's variation too, which the terrain adds again.
    """

    def score() -> DoubleArray:
        patches = 0.75 * spectral_noise(rng, shape, 1.3) + 0.5 * spectral_noise(rng, shape, 0.5)
        return np.asarray(patches + 0.43 * rng.standard_normal(shape))

    scores = np.stack([score() for _ in range(spectrum.factor.shape[1])])
    drawn = spectrum.mean[:, None, None] + spread * np.tensordot(spectrum.factor, scores, axes=1)
    return np.asarray(np.maximum(drawn, 0.15 * spectrum.mean[:, None, None]))


def lit(
    surface: DoubleArray, sunlight: DoubleArray, shadow: BoolArray, sky_view: DoubleArray, haze: float = 1.0
) -> DoubleArray:
    """Return TOA reflectance (6 x H x W) of `surface` as seen on level ground in the sun.

    `sunlight` is cos(incidence) / cos(sun's zenith); shadow takes the beam away and leaves the sky's light. `haze`
    multiplies what the air adds.
    """
    beam = np.where(shadow, 0.0, np.clip(sunlight, 0.0, 1.7))
    air, sky = PATH_RADIANCE[:, None, None], SKY_LIGHT[:, None, None]
    ground = np.maximum(surface - air, 0.3 * surface)
    return np.asarray(ground * ((1 - sky) * beam + sky * sky_view) + haze * air)


def sense(rng: np.random.Generator, reflectance: DoubleArray, swir_blur: float) -> DoubleArray:
    """Blur as optics do (SWIR more: its pixels are larger) and add the sensor's noise."""
    radii = [0.5] * 4 + [swir_blur] * 2
    seen = np.stack([blur(band, radius) for band, radius in zip(reflectance, radii)])
    return np.asarray(seen + (0.0012 + 0.004 * seen) * rng.standard_normal(seen.shape))
