"""Mean and covariance of TOA reflectance by surface class: python scripts/spectra_statistics.py POINTS.csv OUT.json.

The points are pixels of Sentinel-2 labelled by hand (RaineyAbe/glacier-snow-cover-mapping, MIT). Only the statistics
go into the repository, no rows.
"""

from __future__ import annotations

import argparse
import csv
import json
from pathlib import Path
from typing import Any, Dict, List

import numpy as np
from icemargin.inference.arrays import BoolArray, DoubleArray
from icemargin.inference.request import OPTICAL_BANDS

BANDS = OPTICAL_BANDS[:5]
COLUMNS = ("B2", "B3", "B4", "B8", "B12")
"""The columns of `BANDS`. The file's column B11 is Sentinel-2's cirrus band B10 (below 0.02 everywhere, rock included)
and its column B12 is B11: 13 TOA bands were given the 12 names of the surface product, in order. So SWIR2 is absent."""
CLASSES = {"1": "snow", "2": "shadowed_snow", "3": "ice", "4": "rock", "5": "water"}
SOURCE = (
    "Pixels of Sentinel-2 TOA reflectance on four glaciers in Alaska, Washington and Montana, 2021, labelled by hand: "
    "https://github.com/RaineyAbe/glacier-snow-cover-mapping"
)
NOTE = (
    "swir1 is the source's column B12: its column B11 holds the cirrus band, SWIR2 is absent. Points whose NDSI "
    "contradicts their label (snow, ice or water below 0, rock above 0.4) are left out (n_left_out)."
)


def read_points(path: Path) -> Dict[str, DoubleArray]:
    """Read five bands of every labelled pixel: class name -> N x 5, TOA reflectance."""
    rows: Dict[str, List[List[float]]] = {name: [] for name in CLASSES.values()}
    with path.open(newline="") as stream:
        for row in csv.DictReader(stream):
            rows[CLASSES[row["class"]]].append([float(row[column]) for column in COLUMNS])
    return {name: np.array(values) for name, values in rows.items()}


def is_plausible(name: str, points: DoubleArray) -> BoolArray:
    """Tell which of N x 5 points can be what they are labelled: finite, and an NDSI that fits the class."""
    green, swir1 = points[:, 1], points[:, 4]
    ndsi = (green - swir1) / (green + swir1)
    fits = ndsi < 0.4 if name == "rock" else ndsi > 0
    return np.isfinite(points).all(axis=1) & fits


def statistics(name: str, points: DoubleArray) -> Dict[str, Any]:
    """Return the numbers of points used and left out, the mean (5) and the covariance (5 x 5)."""
    good = points[is_plausible(name, points)]
    return {
        "n": len(good),
        "n_left_out": len(points) - len(good),
        "mean": np.round(good.mean(axis=0), 5).tolist(),
        "covariance": np.round(np.cov(good, rowvar=False), 7).tolist(),
    }


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("points", type=Path)
    parser.add_argument("out", type=Path)
    arguments = parser.parse_args()
    points = read_points(arguments.points)
    summary = {
        "source": SOURCE,
        "licence": "MIT (the source's); statistics only, computed by scripts/spectra_statistics.py",
        "note": NOTE,
        "bands": list(BANDS),
        "classes": {name: statistics(name, values) for name, values in points.items()},
    }
    arguments.out.write_text(json.dumps(summary, indent=1) + "\n")


if __name__ == "__main__":
    main()
