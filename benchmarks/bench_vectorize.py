"""Speed and memory of vectorising a large raster: `python benchmarks/bench_vectorize.py [SIZE]` (default 10000).

The scene is simulated: smooth blobs (glaciers with nunataks), rough margins and salt-and-pepper noise, 10 m pixels.
Prints one line of JSON; `peak_memory_mib` is the vectorising's own process.
"""

from __future__ import annotations

import json
import resource
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import numpy as np
from osgeo import gdal, osr

ROWS = 250
NOISE_SHARE = 0.03


class _Silent:
    """Reports to nobody; counts nothing."""

    def report(self, fraction: float, text: str) -> None:
        pass

    def is_cancelled(self) -> bool:
        return False


def write_scene(folder: Path, size: int, seed: int = 1) -> None:
    """Write probability.tif and confidence.tif (float32, UTM 43N, NaN nodata), `size` x `size`."""
    rng = np.random.default_rng(seed)
    waves = [(rng.normal(0, 1 / length, 2), rng.uniform(0, 2 * np.pi), weight)
             for length, weight in ((400, 1.0), (150, 0.7), (40, 0.35), (12, 0.15)) for _ in range(4)]  # fmt: skip
    targets = [_create(folder / name, size) for name in ("probability.tif", "confidence.tif")]
    for first in range(0, size, ROWS):
        row, column = np.meshgrid(np.arange(first, min(first + ROWS, size)), np.arange(size), indexing="ij")
        height = sum(weight * np.sin(wave[0] * row + wave[1] * column + phase) for wave, phase, weight in waves)
        probability = 1 / (1 + np.exp(-(height - 1.5) * 6 - rng.normal(0, 0.5, row.shape)))
        noisy = rng.random(row.shape) < NOISE_SHARE
        probability[noisy] = 1 - probability[noisy]
        probability[(row < size // 20) & (column < size // 20)] = np.nan
        for target, values in zip(targets, (probability, np.maximum(probability, 1 - probability))):
            target.GetRasterBand(1).WriteArray(values.astype(np.float32), 0, first)


def _create(path: Path, size: int) -> gdal.Dataset:
    options = ["TILED=YES", "COMPRESS=DEFLATE", "ZLEVEL=1"]
    dataset = gdal.GetDriverByName("GTiff").Create(str(path), size, size, 1, gdal.GDT_Float32, options)
    reference = osr.SpatialReference()
    reference.ImportFromEPSG(32643)
    dataset.SetProjection(reference.ExportToWkt())
    dataset.SetGeoTransform((450000.0, 10.0, 0.0, 3950000.0, 0.0, -10.0))
    dataset.GetRasterBand(1).SetNoDataValue(float("nan"))
    return dataset


def measure(folder: Path) -> None:
    """Vectorise the scene in `folder` in this process and print what it took."""
    from icemargin.inference.request import OutlineSettings
    from icemargin.inference.vectorize import OutlineFacts, vectorize

    start = time.perf_counter()
    facts = OutlineFacts("bench", "bench", "", "", "", "")
    summary = vectorize(str(folder / "probability.tif"), str(folder / "confidence.tif"), OutlineSettings(), facts, {},
                        str(folder / "outlines.gpkg"), str(folder), _Silent())  # fmt: skip
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    print(json.dumps({"seconds": round(time.perf_counter() - start, 1), "peak_memory_mib": round(peak),
                      "n_outlines": summary.n_outlines, "glacier_area_km2": round(summary.glacier_area_km2, 3),
                      "file_mib": round((folder / "outlines.gpkg").stat().st_size / 2**20, 1)}))  # fmt: skip


def main(arguments: list[str]) -> None:
    if arguments[:1] == ["--measure"]:
        measure(Path(arguments[1]))
    elif arguments[:1] == ["--write"]:
        write_scene(Path(arguments[1]), int(arguments[2]))
    else:
        # Linux hands the peak memory on to a child, so the scene is written by a process of its own.
        size = arguments[0] if arguments else "10000"
        with tempfile.TemporaryDirectory() as folder:
            for order in (["--write", folder, size], ["--measure", folder]):
                subprocess.run([sys.executable, __file__, *order], check=True)


if __name__ == "__main__":
    main(sys.argv[1:])
