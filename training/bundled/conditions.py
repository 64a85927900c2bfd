"""What differs from one simulated scene to the next, drawn from a seed."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Tuple

import numpy as np

from ..ground import Range

LAKES = {
    "turquoise": (1.0, 1.1, 0.9, 0.8, 0.8, 0.8),
    "dark": (0.5, 0.4, 0.35, 0.5, 0.6, 0.6),
    "turbid": (1.15, 1.4, 1.9, 2.2, 1.3, 1.3),
    "frozen": (2.6, 2.5, 3.2, 5.0, 1.2, 1.2),
}
"""Factors on the statistics' water by band (blue to SWIR2); chosen."""


@dataclass(frozen=True)
class Conditions:
    """Angles in degrees, heights in m. Brightnesses are factors on the statistics' means.

    `snow_shift`: height of the snow line above the equilibrium line. `debris`: amount as in ice.debris_cover.
    `dirt`: share of rock in the dirtiest ice. `rock`: brightness of rock by band. `meadow`: share of the ground's
    relief below which plants grow. `cloud`: share of the sky. `haze`, `gain`: factors on the air's light and on all.
    `noise`: deviation of the added sensor noise. `dem_noise`: deviation of the height model's error in m.
    """

    range: Range
    sun_elevation: float
    sun_azimuth: float
    snow_shift: float
    debris: float
    ice: float
    dirt: float
    snow: float
    cold_swir: float
    rock: Tuple[float, ...]
    debris_to_rock: float
    lake: str
    meadow: float
    cloud: float
    haze: float
    gain: float
    noise: float
    dem_noise: float


def draw_conditions(rng: np.random.Generator) -> Conditions:
    """Draw one scene's conditions."""

    def within(low: float, high: float) -> float:
        return float(rng.uniform(low, high))

    def sometimes(chance: float, low: float, high: float) -> float:
        value = within(low, high)
        return value if rng.random() < chance else 0.0

    tilt, brightness = within(-0.25, 0.3), within(0.5, 1.5)
    rock = tuple(float(brightness * np.exp(tilt * step)) for step in (-1.0, -0.7, -0.4, 0.1, 0.6, 0.7))
    # The sun stands in the north for a fifth of the scenes, as south of the equator.
    azimuth = within(95, 225) + 180 * (rng.random() < 0.2)
    return Conditions(
        Range(within(200, 4500), within(1000, 2400), within(0, 500), within(0.04, 0.4)),
        sun_elevation=within(25, 65), sun_azimuth=azimuth % 360, snow_shift=within(-450, 350), debris=within(-3, 2),
        ice=within(0.4, 1.3), dirt=sometimes(0.5, 0.1, 0.7), snow=within(0.65, 1.2), cold_swir=within(0.6, 2.8),
        rock=rock, debris_to_rock=within(0.75, 1.25), lake=str(rng.choice(list(LAKES), p=(0.4, 0.3, 0.15, 0.15))),
        meadow=sometimes(0.45, 0.1, 0.6), cloud=sometimes(0.3, 0.03, 0.25), haze=within(0.2, 1.7),
        gain=within(0.85, 1.15), noise=within(0.0, 0.004), dem_noise=within(0.5, 3.0),
    )  # fmt: skip
