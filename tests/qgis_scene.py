"""A small synthetic scene for the tests of the QGIS side."""

from __future__ import annotations

import numpy as np

UTM43 = "EPSG:32643"
LEFT, TOP, PIXEL, SIZE = 600000.0, 3800000.0, 10.0, 120
BAND_NAMES = ("blue", "green", "red", "nir", "swir1", "swir2")


def glacier_scene() -> np.ndarray:
    """Return six bands of reflectance: rock, and one round glacier of about 0.28 km2 in the middle."""
    rng = np.random.default_rng(7)
    rows, columns = np.mgrid[:SIZE, :SIZE]
    ice = np.hypot(rows - SIZE / 2, columns - SIZE / 2) < 30
    rock, snow = (0.12, 0.14, 0.17, 0.2, 0.25, 0.22), (0.7, 0.72, 0.7, 0.6, 0.08, 0.06)
    bands = np.where(ice[None], np.reshape(snow, (6, 1, 1)), np.reshape(rock, (6, 1, 1)))
    return (bands + rng.normal(0, 0.003, bands.shape)).astype(np.float32)
