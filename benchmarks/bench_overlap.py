"""What the overlap of windows changes, on simulated scenes: windows, time, accuracy, and the map against 50 %'s.

Run: python benchmarks/bench_overlap.py MODEL.onnx [--seeds 301 302 303] [--size 768] [--threads N]
MODEL should be a trained network (train_overlap_network.py makes a small one): the answer of random weights depends
on the position in the window far more. Every window looks at real pixels only: a halo of the scene is left unmapped.
"""

from __future__ import annotations

import argparse
import tempfile
from concurrent.futures import ProcessPoolExecutor
from dataclasses import astuple, dataclass
from pathlib import Path
from typing import Iterator, List, Optional

import numpy as np
from icemargin.inference.arrays import BoolArray, FloatArray
from icemargin.inference.delineate import delineate
from icemargin.inference.onnx_predictor import OnnxPredictor
from icemargin.inference.request import OPTICAL_BANDS, DelineationRequest, Extent, Source
from icemargin.training.simulate import Scene, simulate_scene, write_scene
from osgeo import gdal

SEAM = 8
"""Pixels to either side of a window's edge that count as its seam."""


@dataclass(frozen=True)
class Case:
    """An overlap, and by how many pixels the windows are moved against the scene."""

    overlap: float
    moved: int = 0

    @property
    def name(self) -> str:
        return f"{self.overlap:.1%}" + (f", windows moved by {self.moved}" if self.moved else "")


CASES = (Case(0.5), Case(0.5, 96), Case(0.375), Case(0.25), Case(0.125), Case(0.0))
COLUMNS = ("windows", "predicting, s", "IoU with the truth", "glacier area against 50 %", "mean difference from 50 %",
           "pixels of another class than at 50 %", "the same along seams", "step across seams")  # fmt: skip
FORMATS = ("{:.0f}", "{:.1f}", "{:.4f}", "{:+.2%}", "{:.4f}", "{:.2%}", "{:.2%}", "{:.2f}")


@dataclass(frozen=True)
class Found:
    """One row of the table. `step`: change of probability from pixel to pixel at seams over that elsewhere."""

    windows: float
    seconds: float
    iou: float
    area: float
    gap: float
    other: float
    other_at_seams: float
    step: float


class Bench:
    """One scene on disk; maps its inner part, `halo` pixels inside."""

    def __init__(self, model: str, predictor: OnnxPredictor, scene: Scene, halo: int, folder: Path) -> None:
        self._model, self._predictor = model, predictor
        self._folder, self._halo, self._size = folder, halo, scene.glacier.shape[0] - 2 * halo
        self._truth = scene.glacier[halo:-halo, halo:-halo]
        self._paths = write_scene(scene, folder)
        self._geotransform = gdal.Open(str(self._paths["dem"])).GetGeoTransform()
        self._reference: Optional[FloatArray] = None

    def measure(self, case: Case) -> Found:
        """Map by `case`; the first case measured is what the others are compared with."""
        extent, pixel = self._place(case.moved), self._geotransform[1]
        bands = {name: number for number, name in enumerate(OPTICAL_BANDS, start=1)}
        sources = (Source((str(self._paths["optical"]),), bands), Source((str(self._paths["dem"]),), {"elevation": 1}))
        request = DelineationRequest(
            sources, str(self._folder / case.name), model=self._model, overlap=case.overlap, extent=extent
        )
        result = delineate(request, predictor=self._predictor)
        found: FloatArray = gdal.Open(result.probability).ReadAsArray()
        reference = self._reference = found if self._reference is None else self._reference
        glacier, before = found >= 0.5, reference >= 0.5
        other = glacier != before
        edges = [self._edges(first, case.overlap) for first in (extent.xmin / pixel, -extent.ymax / pixel)]
        return Found(
            result.windows,
            result.seconds["predict"],
            float((glacier & self._truth).sum() / (glacier | self._truth).sum()),
            float(glacier.sum() / before.sum() - 1),
            float(np.abs(found - reference).mean()),
            float(other.mean()),
            float(other[seams(edges, self._size)].mean()),
            step(found, edges),
        )

    def _place(self, moved: int) -> Extent:
        """Write where the scene lies, `moved` pixels to the east and north; return what to map."""
        left, pixel, _, top, _, _ = self._geotransform
        left, top = left + moved * pixel, top + moved * pixel
        for name in ("optical", "dem"):
            gdal.Open(str(self._paths[name]), gdal.GA_Update).SetGeoTransform((left, pixel, 0, top, 0, -pixel))
        first, last = self._halo * pixel, (self._halo + self._size) * pixel
        return Extent(left + first, top - last, left + last, top - first, "EPSG:32632")

    def _edges(self, first: float, overlap: float) -> List[int]:
        """Return the rows (or columns) of the map before which a window begins or ends."""
        patch = self._predictor.description.patch
        stride = round(patch * (1 - overlap))
        places = range(round(first) + 1, round(first) + self._size)
        return [place - round(first) for place in places if place % stride in (0, patch % stride)]


def seams(edges: List[List[int]], size: int) -> BoolArray:
    """Return the pixels along edges (of columns, of rows), size x size."""
    near = [np.abs(np.arange(size)[:, None] + 0.5 - np.asarray(places)).min(axis=1) < SEAM for places in edges]
    crossing: BoolArray = near[1][:, None] | near[0][None, :]
    return crossing


def step(found: FloatArray, edges: List[List[int]]) -> float:
    """Return the mean change of probability across edges over that between all other neighbours; 1: none to see."""
    at, elsewhere = [], []
    for axis, places in zip((1, 0), edges):
        change = np.abs(np.diff(found, axis=axis)).mean(axis=1 - axis)
        here = np.isin(np.arange(1, len(change) + 1), places)
        at.append(change[here])
        elsewhere.append(change[~here])
    return float(np.concatenate(at).mean() / np.concatenate(elsewhere).mean())


def rows(model: str, scenes: Iterator[Scene], halo: int, threads: int) -> List[List[Found]]:
    """Return what was found, by case, for every scene."""
    predictor, found = OnnxPredictor(model, "auto", threads), []
    for scene in scenes:
        with tempfile.TemporaryDirectory() as folder:
            bench = Bench(model, predictor, scene, halo, Path(folder))
            found.append([bench.measure(case) for case in CASES])
            print(f"seed {scene.seed}: IoU " + ", ".join(f"{row.iou:.4f}" for row in found[-1]), flush=True)
    return [list(of_case) for of_case in zip(*found)]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("model", nargs="?")
    parser.add_argument("--seeds", type=int, nargs="+", default=[301, 302, 303])
    parser.add_argument("--size", type=int, default=768, help="pixels of the mapped square")
    parser.add_argument("--halo", type=int, default=384, help="pixels around it; at least the model's window")
    parser.add_argument("--threads", type=int, default=0)
    arguments = parser.parse_args()
    if not arguments.model:
        print("Overlap was not measured: give a trained model (train_overlap_network.py makes one).")
        return
    with ProcessPoolExecutor(2) as pool:
        sizes = [arguments.size + 2 * arguments.halo] * len(arguments.seeds)
        scenes = pool.map(simulate_scene, arguments.seeds, sizes)
        measured = rows(arguments.model, scenes, arguments.halo, arguments.threads)
    print("| overlap | " + " | ".join(COLUMNS) + " |")
    print("|---" * (len(COLUMNS) + 1) + "|")
    for case, of_case in zip(CASES, measured):
        mean = np.mean([astuple(row) for row in of_case], axis=0)
        print(f"| {case.name} | " + " | ".join(form.format(value) for form, value in zip(FORMATS, mean)) + " |")


if __name__ == "__main__":
    main()
