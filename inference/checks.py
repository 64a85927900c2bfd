"""Sanity before a run: nonsense is stopped, doubts are told (facts: inputs, "Sanity before a run")."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Callable, Dict, List, Mapping, Optional, Tuple

import numpy as np

from .arrays import FloatArray
from .errors import BandError, ExtentError, InputError, UnitError
from .grid import Grid, spatial_reference
from .model import ModelDescription
from .plan import plan_tiling
from .raster_io import SceneReader
from .request import DEM_BANDS, OPTICAL_BANDS, DelineationRequest
from .windows import Tiling

SPOTS = 6
SPOT_SIZE = 64
"""The scene is judged by SPOTS x SPOTS squares of SPOT_SIZE pixels (or as a whole where it is not larger)."""
SCALES = (
    "Sentinel-2: scale 0.0001, with offset -0.1 from processing baseline 04.00 on; "
    "Landsat level 1: the factors of its MTL file; Landsat level 2: scale 0.0000275, offset -0.2"
)


@dataclass(frozen=True)
class SceneHealth:
    """The one line of the panel: `level` green, amber (runs, with doubts) or red (does not run)."""

    level: str
    text: str
    messages: Tuple[str, ...] = ()
    valid_fraction: float = 0.0
    resolution: float = 0.0


def inspect_request(request: DelineationRequest, description: ModelDescription) -> SceneHealth:
    """Judge a request without running it. Bad input becomes a red answer, never an exception."""
    try:
        tiles = plan_tiling(request, description)
        sample = read_sample(request, description, tiles)
        doubts = [*check_sample(sample, tiles.grid.width * tiles.grid.height), *_check_absent(request, description)]
    except InputError as error:
        return SceneHealth("red", str(error), (str(error),))
    share = valid_share(sample)
    name = spatial_reference(tiles.grid.crs, "The target grid").GetName()
    text = f"{share:.0%} valid, {tiles.grid.resolution:g} m, {name}"
    level = "amber" if doubts else "green"
    return SceneHealth(level, text, tuple(doubts), share, tiles.grid.resolution)


def read_sample(
    request: DelineationRequest, description: ModelDescription, tiles: Tiling
) -> Dict[str, FloatArray]:
    """Return some hundred thousand pixels of each band the model needs, flat, NaN where invalid.

    Terrain that was given is looked at even if the model does not need it: a wrong DEM is a mistake to tell now.
    """
    measured = {name for source in request.sources for name in source.bands}
    bands = description.bands_of(request.given)
    names = [*bands, *sorted(measured & set(DEM_BANDS) - set(bands))]
    with SceneReader(request.sources, names, tiles.around) as reader:
        spots = [reader.read(spot) for spot in _spots(tiles.grid)]
    return {name: np.concatenate([spot[name].ravel() for spot in spots]) for name in names}


def _spots(grid: Grid) -> List[Grid]:
    return [
        grid.part(grid.col + col, grid.row + row, width, height)
        for row, height in _spread(grid.height)
        for col, width in _spread(grid.width)
    ]


def _spread(length: int) -> List[Tuple[int, int]]:
    if length <= SPOTS * SPOT_SIZE:
        return [(0, length)]
    return [(round(k * (length - SPOT_SIZE) / (SPOTS - 1)), SPOT_SIZE) for k in range(SPOTS)]


def _check_absent(request: DelineationRequest, description: ModelDescription) -> List[str]:
    absent = [name for name in description.bands if name in description.optional and name not in request.given]
    if not absent:
        return []
    return [f"{description.name} maps without {', '.join(absent)}, less surely than with; give what you have of it."]


def valid_share(sample: Mapping[str, FloatArray]) -> float:
    """Return the share of pixels with a value in every optical band."""
    optical = [values for name, values in sample.items() if name in OPTICAL_BANDS]
    return float(np.isfinite(np.stack(optical)).all(axis=0).mean())


def check_sample(sample: Mapping[str, FloatArray], n_pixels: int) -> List[str]:
    """Return the doubts, in words; `n_pixels` is the size of the grid that was sampled.

    Raises UnitError, BandError or ExtentError for what cannot be mapped.
    """
    finite = {name: values[np.isfinite(values)] for name, values in sample.items()}
    whole = next(iter(sample.values())).size == n_pixels
    doubts = [_check_coverage(valid_share(sample), whole)]
    optical = {name: values for name, values in finite.items() if name in OPTICAL_BANDS and values.size}
    for name, values in optical.items():
        doubts.append(_check_reflectance(name, values))
    if optical:
        doubts += [_check_light(optical), _check_order(sample)]
    for name, check in _TERRAIN_CHECKS.items():
        if name in finite:
            doubts.append(check(finite[name]))
    return [doubt for doubt in doubts if doubt]


def _check_coverage(share: float, whole: bool) -> Optional[str]:
    if share == 0 and whole:
        raise ExtentError("There is no valid pixel in the extent; choose another extent, or check the nodata value.")
    return f"Only {share:.0%} of the extent has valid imagery." if share < 0.5 else None


def _check_reflectance(name: str, values: FloatArray) -> Optional[str]:
    low, high = np.percentile(values, [1, 99])
    if high > 3:
        kind = "an 8-bit picture" if values.max() <= 255 else "digital numbers (DN)"
        raise UnitError(
            f"{name} reaches {values.max():,.0f}: these look like {kind}, not reflectance (about 0 to 1). "
            f"Give the scale and offset ({SCALES})."
        )
    if low < -0.25:
        raise UnitError(f"{name} goes down to {values.min():.2f}: no reflectance. Check scale and offset ({SCALES}).")
    return f"{name} reaches {values.max():.1f}, bright for a reflectance; check the scale." if high > 2 else None


def _check_light(optical: Mapping[str, FloatArray]) -> Optional[str]:
    brightest = max(float(np.percentile(values, 99)) for values in optical.values())
    if brightest < 0.002:
        raise UnitError(f"All bands are almost zero (at most {brightest:.5f}); was the scale applied twice?")
    if brightest < 0.05:
        return f"The scene is very dark (brightest {brightest:.3f}): night, deep shadow, or a wrong scale?"
    return None


def _check_order(sample: Mapping[str, FloatArray]) -> Optional[str]:
    """Snow is bright in the visible and dark in SWIR1; only the other way round means that the bands are mixed up."""
    visible = [sample[name] for name in ("blue", "green", "red") if name in sample]
    if not visible or "swir1" not in sample:
        return None
    stack = np.stack([*visible, sample["swir1"]])
    stack = stack[:, np.isfinite(stack).all(axis=0)]
    shorter, swir1 = stack[:-1], stack[-1]
    # Dry soil reaches about 0.5 in SWIR1; snow in a visible band that was taken for SWIR1 is brighter.
    upside_down = float(((swir1 > 0.6) & (swir1 - shorter.min(axis=0) > 0.3)).mean())
    snow_like = float((shorter.min(axis=0) - swir1 > 0.3).mean())
    if upside_down > 0.02 and snow_like < 0.001:
        raise BandError(
            f"SWIR1 is far brighter than a visible band over {upside_down:.0%} of the scene, and nowhere darker: "
            "snow and ice look the other way round. Check the order of the bands."
        )
    bright = float(((shorter.min(axis=0) > 0.35) & (swir1 > 0.25)).mean())
    return f"{bright:.0%} of the scene is bright in SWIR too: clouds? They are not masked." if bright > 0.3 else None


def _check_elevation(values: FloatArray) -> Optional[str]:
    if not values.size:
        return "The DEM has no value in the extent; it counts as absent."
    if not values.any():
        raise UnitError("The elevation is 0 everywhere; choose a DEM that covers the scene.")
    if values.min() >= 0 and values.max() <= 90:
        return f"The elevation stays between 0 and {values.max():.0f} m: is it a slope map? Choose the DEM itself."
    return None


def _check_slope(values: FloatArray) -> Optional[str]:
    if values.size and values.max() > 90:
        raise UnitError(f"The slope reaches {values.max():.0f}: percent? Give degrees, or leave it out to derive it.")
    return None


_TERRAIN_CHECKS: Dict[str, Callable[[FloatArray], Optional[str]]] = {
    "elevation": _check_elevation,
    "slope": _check_slope,
}
