"""Labels of whole glaciers where only the debris-covered ice was mapped by hand: clean ice comes from the spectra.

Clean ice and snow are bright in the visible and dark in SWIR1: NDSI = (green - SWIR1) / (green + SWIR1) above 0.4
(Paul et al. 2013, doi 10.3189/2013AoG63A296). Three things look alike and are kept apart: lakes (flat, darker in the
near infrared than in green), shadow (dark: haze alone gives it a high NDSI) and patches of snow (small). What is
neither sure ice nor surely none stays unlabelled and never counts.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Mapping, Tuple

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage

from ...inference.arrays import BoolArray, FloatArray

GLACIER, NOT_GLACIER, NO_LABEL = 1, 0, -1


@dataclass(frozen=True)
class IceRule:
    """Thresholds: reflectances 0..1, slope in degrees, areas in pixels, `gap` in pixels.

    `gap`: what lies between two known parts of a glacier, no farther apart than twice this, is left unlabelled.
    """

    ndsi: float = 0.4
    doubtful_ndsi: float = 0.3
    darkest_nir: float = 0.11
    lake_ndwi: float = 0.25
    lake_slope: float = 12.0
    lake_nir: float = 0.25
    smallest: int = 100
    gap: int = 8


def whole_glacier(
    bands: Mapping[str, FloatArray], debris: BoolArray, rule: IceRule = IceRule()
) -> NDArray[np.int8]:
    """Return H x W of 1 glacier, 0 not, -1 no label.

    `bands` are green, nir, swir1 (TOA reflectance) and slope (degrees), H x W; `debris` is what was mapped by hand.
    """
    ndsi = _index(bands["green"], bands["swir1"])
    lake = lakes(bands, rule)
    bright = bands["nir"] > rule.darkest_nir
    ice, snow_patch = ice_and_snow_patches(bands, rule)
    glacier = ice | debris
    labels = np.where(glacier, GLACIER, NOT_GLACIER).astype(np.int8)
    in_shadow = (ndsi > rule.ndsi) & ~bright & ~lake
    dirty = (ndsi > rule.doubtful_ndsi) & bright & ~lake & ~snow_patch
    between = ndimage.binary_closing(glacier, _disc(rule.gap)) & ~lake
    labels[(in_shadow | dirty | between) & ~glacier] = NO_LABEL
    unknown = ~np.isfinite(np.stack([bands[name] for name in ("green", "nir", "swir1")])).all(axis=0)
    labels[unknown] = NO_LABEL
    return labels


def lakes(bands: Mapping[str, FloatArray], rule: IceRule = IceRule()) -> BoolArray:
    """Return where open water lies: flat, and darker in the near infrared than in green (NDWI)."""
    water = _index(bands["green"], bands["nir"]) > rule.lake_ndwi
    flat = ndimage.median_filter(bands["slope"], 5) < rule.lake_slope
    found: BoolArray = water & flat & (bands["nir"] < rule.lake_nir)
    return found


def ice_and_snow_patches(bands: Mapping[str, FloatArray], rule: IceRule = IceRule()) -> Tuple[BoolArray, BoolArray]:
    """Return what is bright and cold as ice is: where it is large (ice, or snow that cannot be told from it), and
    where it is a patch."""
    ndsi = _index(bands["green"], bands["swir1"])
    bright_and_cold = (ndsi > rule.ndsi) & (bands["nir"] > rule.darkest_nir) & ~lakes(bands, rule)
    opened = ndimage.binary_opening(bright_and_cold)
    ice = _without_specks(opened, rule.smallest)
    return ice, opened & ~ice


def _index(a: FloatArray, b: FloatArray) -> FloatArray:
    """Return (a - b) / (a + b), 0 where both are 0."""
    total = a + b
    index: FloatArray = np.divide(a - b, total, out=np.zeros_like(total), where=total != 0)
    return index


def _without_specks(mask: BoolArray, smallest: int) -> BoolArray:
    pieces, count = ndimage.label(mask)
    sizes = np.bincount(pieces.ravel(), minlength=count + 1)
    kept: BoolArray = mask & (sizes >= smallest)[pieces]
    return kept


def _disc(radius: int) -> Any:
    rows, columns = np.ogrid[-radius : radius + 1, -radius : radius + 1]
    return rows**2 + columns**2 <= radius**2
