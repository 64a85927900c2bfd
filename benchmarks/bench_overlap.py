"""What the overlap of windows changes: time, and the map against the reference's 50 %.

Run: python benchmarks/bench_overlap.py MODEL.onnx [--size 768] [--threads N]   (on a simulated scene)
"""

from __future__ import annotations

import argparse
import tempfile
from pathlib import Path

import numpy as np
from icemargin.inference.delineate import delineate
from icemargin.inference.onnx_predictor import OnnxPredictor
from icemargin.inference.request import OPTICAL_BANDS, DelineationRequest, Source
from icemargin.training.simulate import simulate_scene, write_scene
from osgeo import gdal

OVERLAPS = (0.5, 0.375, 0.25, 0.125, 0.0)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("model")
    parser.add_argument("--size", type=int, default=768)
    parser.add_argument("--threads", type=int, default=0)
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        paths = write_scene(simulate_scene(3, arguments.size), Path(folder))
        bands = {name: number for number, name in enumerate(OPTICAL_BANDS, start=1)}
        sources = (Source((str(paths["optical"]),), bands), Source((str(paths["dem"]),), {"elevation": 1}))
        predictor = OnnxPredictor(arguments.model, "auto", arguments.threads)
        print("| overlap | windows | predicting, s | mean difference | 99.9 % below | pixels of another class |")
        print("|---|---|---|---|---|---|")
        reference = None
        for overlap in OVERLAPS:
            request = DelineationRequest(sources, folder + f"/{overlap}", model=arguments.model, overlap=overlap)
            result = delineate(request, predictor=predictor)
            found = gdal.Open(result.probability).ReadAsArray()
            reference = found if reference is None else reference
            gap = np.abs(found - reference)
            other = float(((found >= 0.5) != (reference >= 0.5)).mean())
            print(f"| {overlap:.3g} | {result.windows} | {result.seconds['predict']:.1f} | {gap.mean():.5f} | "
                  f"{np.percentile(gap, 99.9):.4f} | {other:.3%} |", flush=True)  # fmt: skip


if __name__ == "__main__":
    main()
