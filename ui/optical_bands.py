"""Which band of which layer is which, and what the values mean."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Dict, Mapping, NamedTuple, Optional, Tuple

from ..scenes.presets import SCALINGS

if TYPE_CHECKING:
    from ..tasks.value_ranges import BandRange

LayerBand = Tuple[str, int]
"""A layer's id and the number of one of its bands, counted from 1."""

HIGHEST_REFLECTANCE = 2.0


class Units(NamedTuple):
    """A way to reflectance: value = stored * scale + offset; None means the file's own."""

    key: str
    text: str
    scale: Optional[float]
    offset: Optional[float]


UNITS = (
    Units("file", "Reflectance, or as the file says", None, None),
    *(Units(scaling.product, scaling.product, scaling.scale, scaling.offset) for scaling in SCALINGS),
)


@dataclass(frozen=True)
class OpticalBands:
    """`places` holds layer and number of each band that is assigned; `sure` is False for a guess to be looked at."""

    places: Mapping[str, LayerBand] = field(default_factory=dict)
    scale: Optional[float] = None
    offset: Optional[float] = None
    preset: str = ""
    sure: bool = True
    text: str = ""

    def with_units(self, key: str) -> OpticalBands:
        """Return the same bands with the scale and offset of UNITS[key]."""
        units = next(units for units in UNITS if units.key == key)
        return replace(self, scale=units.scale, offset=units.offset)

    def to_dict(self) -> Dict[str, object]:
        """Return plain values that JSON can hold."""
        places = {name: list(place) for name, place in self.places.items()}
        return {"places": places, "scale": self.scale, "offset": self.offset, "preset": self.preset}


def units_text(bands: OpticalBands) -> str:
    """Return in short what is done with the stored values; "" where nothing is."""
    if bands.scale is None:
        return ""
    offset = bands.offset or 0.0
    sign = "+" if offset > 0 else "\u2212"
    return f"\u00d7\u00a0{bands.scale:g}" + (f"\u00a0{sign}\u00a0{abs(offset):g}" if offset else "")


def bands_from_dict(values: Mapping[str, object]) -> OpticalBands:
    """Return bands kept by `to_dict`. Raises ValueError, KeyError or TypeError if they are no such thing."""
    places = values["places"]
    if not isinstance(places, dict):
        raise TypeError("The bands are no mapping.")
    known = {str(name): (str(place[0]), int(place[1])) for name, place in places.items()}
    scale, offset = (None if values[key] is None else float(str(values[key])) for key in ("scale", "offset"))
    return OpticalBands(known, scale, offset, str(values["preset"]))


def stored_range(bands: OpticalBands, ranges: Mapping[LayerBand, BandRange]) -> Optional[Tuple[float, float]]:
    """Return lowest and highest stored value of the assigned bands, None while none is known."""
    known = [ranges[place] for place in bands.places.values() if place in ranges]
    if not known:
        return None
    return min(found.low for found in known), max(found.high for found in known)


def highest_reflectance(bands: OpticalBands, ranges: Mapping[LayerBand, BandRange]) -> Optional[float]:
    """Return the highest value of the assigned bands as it is read now, None while none is known."""
    known = [ranges[place] for place in bands.places.values() if place in ranges]
    if bands.scale is not None:
        return max((found.high * bands.scale + (bands.offset or 0.0) for found in known), default=None)
    return max((found.high * found.scale + found.offset for found in known), default=None)


def needs_units(bands: OpticalBands, ranges: Mapping[LayerBand, BandRange]) -> bool:
    """Return True if the values, as they are read now, are too high for reflectance."""
    highest = highest_reflectance(bands, ranges)
    return highest is not None and highest > HIGHEST_REFLECTANCE
