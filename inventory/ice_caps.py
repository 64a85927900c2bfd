"""Is a complex an ice cap? A dome, from which ice flows to all sides and which nothing beside it overtops.

There is no published test; this one is ours, and it asks for a look, not for trust. A complex of 1 km2 or more counts
as an ice cap where
- hardly any ground that is free of ice within 500 m of it (nunataks too) is higher than its ice's highest twentieth;
- each of the eight aspects has at least a 25th of its ice.
In mountains the ridges between glaciers stand above the ice, and no complex looks to all sides evenly.
"""

from __future__ import annotations

from typing import Tuple

import numpy as np
from scipy import ndimage

from ..inference.arrays import BoolArray, DoubleArray
from ..inference.vector_layer import VectorLayer
from .surroundings import BESIDE_M

LEAST_M2 = 1e6
HIGH_PERCENTILE = 95
OVERTOPPING = 0.01
"""Share of the ground beside the ice that may be higher."""
LEAST_ASPECT = 0.04
SMOOTH_M = 60.0

ICE_CAP_CODES = {"primeclass": "3", "form": "1"}
"""Of the RGI 7 and of the RGI 5 and 6."""


def said_to_be_ice_caps(layer: VectorLayer) -> Tuple[bool, ...]:
    """Return for each feature of a layer whether its fields say that it is an ice cap."""
    texts = [(layer.texts(field), ICE_CAP_CODES.get(field.lower())) for field in layer.fields]
    return tuple(any(code and text[n] == code for text, code in texts) for n in range(len(layer.wkb)))


def looks_like_ice_cap(elevation: DoubleArray, ice: BoolArray, cell: float) -> bool:
    """Return whether a complex is a dome.

    Args:
        elevation: H x W, metres, row 0 in the north, without voids.
        ice: H x W, where the complex is.
        cell: size of a cell in metres.
    """
    if ice.sum() * cell**2 < LEAST_M2:
        return False
    beside = ~ice & (ndimage.distance_transform_edt(~ice) * cell <= BESIDE_M)
    high = np.percentile(elevation[ice], HIGH_PERCENTILE)
    if beside.any() and (elevation[beside] > high).mean() > OVERTOPPING:
        return False
    down, right = np.gradient(ndimage.gaussian_filter(elevation, SMOOTH_M / cell, mode="nearest"))
    sector = np.floor(np.degrees(np.arctan2(-right, down)) / 45.0).astype(int) % 8
    return bool((np.bincount(sector[ice], minlength=8) >= LEAST_ASPECT * ice.sum()).all())
