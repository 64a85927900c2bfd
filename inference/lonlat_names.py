"""What a longitude and a latitude are called: the UTM zone, an id of our own."""

from __future__ import annotations

import math


def utm_zone(lon: float) -> int:
    """Return the UTM zone 1..60 of a longitude in degrees (RGI's field: without Norway's and Svalbard's exceptions)."""
    return math.floor((lon + 180) / 6) % 60 + 1


def position_id(lon: float, lat: float) -> str:
    """Return an id from a position, to 0.0001 degrees (11 m): IM + longitude east 0..360 + latitude.

    It follows the manner of GLIMS's ids, but IM and the further digit tell that it is not one.
    """
    east = round(lon % 360 * 10000) % 3600000
    north = round(abs(lat) * 10000)
    return f"IM{east:07d}E{north:06d}{'N' if lat >= 0 else 'S'}"
