"""In which of GlaViTU's training regions a place lies: by rectangles of our own, approximate near borders."""

from __future__ import annotations

from typing import Tuple

Rectangle = Tuple[str, float, float, float, float]

RECTANGLES: Tuple[Rectangle, ...] = (
    ("unknown", -25, 63, -13, 67),  # Iceland was in no training region
    ("AN", -180, -90, 180, -60),
    ("SVAL", 8, 76, 36, 82),
    ("SC", 4, 59, 32, 72),
    ("ALP", 4, 43, 17, 48.5),
    ("CA", 38, 40, 51, 44.5),
    ("HMA", 64, 26, 106, 51),
    ("GR", -74, 59, -10, 84),
    ("AWA", -172, 36, -109, 72),
    ("NZ", 166, -48, 179, -38),
    ("SA", -77, -57, -65, -19),
    ("LL", -180, -19, 180, 25),
)
"""Name (inference.model.REGIONS) and xmin, ymin, xmax, ymax in degrees, by the geography of the paper's regions (facts:
GlaViTU, Inputs); the first that holds the place counts."""

NAMES = {
    "ALP": "European Alps",
    "AN": "Antarctica",
    "AWA": "Alaska and western America",
    "CA": "Caucasus",
    "GR": "Greenland",
    "HMA": "High-Mountain Asia",
    "LL": "Low latitudes",
    "NZ": "New Zealand",
    "SA": "Southern Andes",
    "SC": "Scandinavia",
    "SVAL": "Svalbard",
}


def region_of(lon: float, lat: float) -> str:
    """Return the region of a place (degrees), "unknown" outside all of them."""
    for name, xmin, ymin, xmax, ymax in RECTANGLES:
        if xmin <= lon <= xmax and ymin <= lat <= ymax:
            return name
    return "unknown"
