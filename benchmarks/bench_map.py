"""Map a large made-up scene and tell time and peak memory of the whole process.

Run: python benchmarks/bench_map.py [--size 10000] [--stub] [--json]
--stub predicts with a network-like predictor (windows of 384, 50 % overlap) that costs next to nothing.
"""

from __future__ import annotations

import argparse
import json
import tempfile
from pathlib import Path
from typing import Mapping, Optional

import numpy as np
from icemargin.inference.delineate import delineate
from icemargin.inference.model import Feature, ModelDescription
from icemargin.inference.predictors import Predictor
from icemargin.inference.request import DelineationRequest, Source
from osgeo import gdal, osr

ORDER = {"blue": 1, "red": 2, "swir1": 3}


class StubPredictor:
    """Red reflectance as probability, in overlapping windows."""

    provider = "stub"
    warning = ""
    batch_size = 1
    description = ModelDescription("stub", (Feature("optical", ("red",), (0.0,), (1.0,)),), 384, overlap=0.5)

    def predict(self, inputs: Mapping[str, np.ndarray]) -> np.ndarray:
        return np.clip(inputs["optical"][:, 0], 0, 1)

    def close(self) -> None:
        pass


def write_scene(path: Path, size: int, seed: int = 1) -> None:
    """Write a seamless pattern of blobs of some kilometres, with noise, tile by tile."""
    rng = np.random.default_rng(seed)
    tile = 1000
    spectrum = np.fft.fft2(rng.normal(size=(tile, tile)))
    frequency = np.hypot(*np.meshgrid(np.fft.fftfreq(tile), np.fft.fftfreq(tile)))
    field = np.fft.ifft2(spectrum * np.exp(-((frequency * 60) ** 2))).real
    ice = 1 / (1 + np.exp(-6 * field / field.std()))
    reference = osr.SpatialReference()
    reference.ImportFromEPSG(32643)
    options = ["TILED=YES", "COMPRESS=LZW", "BIGTIFF=IF_SAFER"]
    dataset = gdal.GetDriverByName("GTiff").Create(str(path), size, size, 3, gdal.GDT_UInt16, options)
    dataset.SetProjection(reference.ExportToWkt())
    dataset.SetGeoTransform((600000, 10, 0, 3800000, 0, -10))
    for band, (low, high) in enumerate(((0.1, 0.7), (0.12, 0.7), (0.2, 0.06)), start=1):
        values = low + (high - low) * ice + rng.normal(0, 0.01, ice.shape)
        numbers = np.clip(values * 1e4, 1, 65535).astype(np.uint16)
        for row in range(0, size, tile):
            for column in range(0, size, tile):
                part = numbers[: min(tile, size - row), : min(tile, size - column)]
                dataset.GetRasterBand(band).WriteArray(part, column, row)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--size", type=int, default=4000)
    parser.add_argument("--stub", action="store_true")
    parser.add_argument("--json", action="store_true")
    arguments = parser.parse_args()
    predictor: Optional[Predictor] = StubPredictor() if arguments.stub else None
    with tempfile.TemporaryDirectory() as folder:
        scene = Path(folder) / "scene.tif"
        write_scene(scene, arguments.size)
        request = DelineationRequest((Source((str(scene),), ORDER, 1e-4),), str(Path(folder) / "out"))
        result = delineate(request, predictor=predictor)
    found = {
        "pixels": arguments.size**2,
        "n_outlines": result.n_outlines,
        "seconds": dict(result.seconds),
        "peak_memory_mib": result.peak_memory_mib,
    }
    print(json.dumps(found) if arguments.json else found)


if __name__ == "__main__":
    main()
