"""What satellites' products are like: which band is which, and how their numbers become reflectance."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Dict, Optional, Tuple

SENTINEL2 = "Sentinel-2"
LANDSAT89 = "Landsat 8/9"
LANDSAT47 = "Landsat 4-7"

BAND_NUMBERS: Dict[str, Dict[str, str]] = {
    SENTINEL2: {"2": "blue", "3": "green", "4": "red", "8": "nir", "11": "swir1", "12": "swir2"},
    LANDSAT89: {"2": "blue", "3": "green", "4": "red", "5": "nir", "6": "swir1", "7": "swir2"},
    LANDSAT47: {"1": "blue", "2": "green", "3": "red", "4": "nir", "5": "swir1", "7": "swir2"},
}
"""Sensor -> its band number -> our name. In this order they stand in a stacked file of six bands."""

ALL_NUMBERS: Dict[str, Tuple[str, ...]] = {
    SENTINEL2: ("1", "2", "3", "4", "5", "6", "7", "8", "8A", "9", "10", "11", "12"),
    LANDSAT89: ("1", "2", "3", "4", "5", "6", "7", "8", "9", "10", "11"),
    LANDSAT47: ("1", "2", "3", "4", "5", "6", "7", "8"),
}
"""Every band a sensor has, in the order of its products."""


@dataclass(frozen=True)
class Scaling:
    """How a product's numbers become reflectance (`number * scale + offset`), and why."""

    product: str
    scale: float
    offset: float
    surface: bool
    reason: str


SCALINGS: Tuple[Scaling, ...] = (
    Scaling(
        "Sentinel-2 L1C before baseline 04.00", 1e-4, 0.0, False,
        "QUANTIFICATION_VALUE is 10000 and there is no RADIO_ADD_OFFSET (MTD_MSIL1C.xml)",
    ),
    Scaling(
        "Sentinel-2 L1C since baseline 04.00", 1e-4, -0.1, False,
        "QUANTIFICATION_VALUE is 10000, RADIO_ADD_OFFSET -1000 since 25 Jan 2022 (MTD_MSIL1C.xml); some archives have "
        "taken it away already",
    ),
    Scaling(
        "Landsat Collection 2 level 1", 2e-5, -0.1, False,
        "REFLECTANCE_MULT_BAND and REFLECTANCE_ADD_BAND of the *_MTL file; still to be divided by sin(sun elevation)",
    ),
    Scaling(
        "Landsat Collection 2 level 2", 2.75e-5, -0.2, True,
        "the scale and offset of the SR_B* bands: surface reflectance, not top of atmosphere",
    ),
)  # fmt: skip


def scaling_of(product: str) -> Scaling:
    """Return the scaling of one of `SCALINGS` by its product's name."""
    return next(scaling for scaling in SCALINGS if scaling.product == product)


@dataclass(frozen=True)
class ScaleSuggestion:
    """A likely scaling of numbers that are not reflectance (None: nothing can be said), and a text for the user."""

    scaling: Optional[Scaling]
    text: str


def suggest_scale(minimum: float, maximum: float, preset: str = "") -> Optional[ScaleSuggestion]:
    """Suggest how values between `minimum` and `maximum` (nodata left out) become reflectance.

    `preset` is a sensor's name or "". Returns None where the values are reflectance already. It is a suggestion for a
    message, not a rule: the numbers alone do not tell an offset.
    """
    if maximum <= 2 and minimum >= -0.5:
        return None
    if maximum <= 255:
        return ScaleSuggestion(
            None,
            f"Values from {minimum:g} to {maximum:g} are 8-bit numbers; their scale is in the product's metadata (for "
            "Landsat 4-7 the *_MTL file). Use the Collection 2 product, or give scale and offset.",
        )
    scaling = scaling_of(_likely_product(minimum, maximum, preset))
    return ScaleSuggestion(
        scaling,
        f"Values from {minimum:g} to {maximum:g} are not reflectance. They look like {scaling.product}: scale "
        f"{scaling.scale:g}, offset {scaling.offset:g} ({scaling.reason}). Check it against the product's metadata.",
    )


def _likely_product(minimum: float, maximum: float, preset: str) -> str:
    # Landsat's 16-bit numbers use the whole range; Sentinel-2's rarely pass 20000 (a reflectance of 2).
    if preset in (LANDSAT89, LANDSAT47) or (not preset and maximum > 20000):
        # 5000 is reflectance 0 at level 1, 7273 at level 2; haze keeps level 1 above 5000 in shadow too.
        return "Landsat Collection 2 level 1" if 4500 < minimum < 6500 else "Landsat Collection 2 level 2"
    return f"Sentinel-2 L1C {'since' if minimum >= 1000 else 'before'} baseline 04.00"
