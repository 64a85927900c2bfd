"""Train a small GlaViTU on simulated scenes, for one purpose: a network whose map tells what overlap changes.

Random weights answer by the position in the window far more than trained ones, so they prove nothing about overlap.
The window's geometry is the published one (patch 384, token 16, ResU-Net steps); width and depth are small enough for
a CPU. This is not the project's trainer. Afterwards: python benchmarks/bench_overlap.py OUT.onnx

Run: python benchmarks/train_overlap_network.py OUT.onnx [--minutes 10] [--threads 2]
"""

from __future__ import annotations

import argparse
import math
import time
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Dict, List, Sequence, Tuple

import numpy as np
import torch
from icemargin.inference.arrays import BoolArray, FloatArray
from icemargin.inference.classic import ClassicPredictor
from icemargin.inference.preprocess import prepare
from icemargin.inference.raster_io import horn_slope
from icemargin.inference.request import OPTICAL_BANDS, ClassicSettings
from icemargin.training.network import GlaViTU, GlaViTUConfig, Logits, to_arrays
from icemargin.training.simulate import Scene, simulate_scene
from icemargin.weights.convert import describe
from icemargin.weights.features import FEATURES
from icemargin.weights.graph import build_model
from numpy.typing import NDArray
from torch import Tensor
from torch.nn import functional

CONFIG = GlaViTUConfig(width=16, depth=4, key_size=8, hidden=64)
TRAINING_SEEDS = range(100, 108)
VALIDATION_SEED = 200
SIZE, BATCH, RATE = 768, 2, 2e-3
OUTSIDE = 128
"""Pixels around a scene, without data: windows at a scene's border look out of it when a map is made."""


@dataclass(frozen=True)
class Sample:
    """The inputs by feature name (C x H x W), the class (H x W, 1 glacier, -1 no data)."""

    inputs: Dict[str, FloatArray]
    target: NDArray[np.int64]


def sample_of(scene: Scene, outside: int = 0) -> Sample:
    """Return the scene as the network sees it, with a frame without data."""
    frame = ((outside, outside), (outside, outside))
    bands = {name: np.pad(band, frame, constant_values=np.nan) for name, band in zip(OPTICAL_BANDS, scene.optical)}
    wider = np.pad(scene.elevation, outside + 1, constant_values=np.nan)
    bands.update(elevation=wider[1:-1, 1:-1], slope=horn_slope(wider, scene.resolution))
    inputs, _ = prepare(bands, [FEATURES[name] for name, _ in CONFIG.features])
    target = np.pad(scene.glacier.astype(np.int64), frame, constant_values=-1)
    return Sample(inputs, target)


def draw_batch(rng: np.random.Generator, samples: Sequence[Sample]) -> Tuple[Dict[str, Tensor], Tensor]:
    """Cut random windows, flipped and turned by quarters."""
    windows: List[Dict[str, NDArray[Any]]] = []
    for _ in range(BATCH):
        sample = samples[rng.integers(len(samples))]
        row, col = rng.integers(0, sample.target.shape[0] - CONFIG.patch + 1, 2)
        cut = (..., slice(row, row + CONFIG.patch), slice(col, col + CONFIG.patch))
        turns, flip = int(rng.integers(4)), 1 - 2 * int(rng.integers(2))
        arrays: Dict[str, NDArray[Any]] = {**sample.inputs, "target": sample.target}
        windows.append({name: np.rot90(a[cut], turns, (-2, -1))[..., ::flip] for name, a in arrays.items()})
    batch = {name: torch.from_numpy(np.stack([window[name] for window in windows])) for name in windows[0]}
    target = batch.pop("target")
    return batch, target


def loss_of(logits: Logits, target: Tensor) -> Tensor:
    """Cross-entropy of both heads."""
    heads = [head for head in logits if head is not None]
    return torch.stack([functional.cross_entropy(head, target, ignore_index=-1) for head in heads]).mean()


def train(network: GlaViTU, samples: Sequence[Sample], seconds: float, seed: int = 0) -> int:
    """Train for `seconds` with a rate that rises for a twentieth and falls as a cosine; return the steps made."""
    rng = np.random.default_rng(seed)
    optimiser = torch.optim.Adam(network.parameters(), lr=RATE)
    for module in network.modules():
        if isinstance(module, torch.nn.BatchNorm2d):
            module.momentum = 0.05  # some hundred steps are too few for the reference's 0.01
    began, step, running = time.monotonic(), 0, 0.7
    while (share := (time.monotonic() - began) / seconds) < 1:
        optimiser.param_groups[0]["lr"] = RATE * min(1, share / 0.05) * (1 + math.cos(math.pi * share)) / 2
        inputs, target = draw_batch(rng, samples)
        loss = loss_of(network(inputs), target)
        optimiser.zero_grad()
        loss.backward()  # type: ignore[no-untyped-call]
        optimiser.step()
        step, running = step + 1, 0.95 * running + 0.05 * loss.item()
        if step % 25 == 0:
            print(f"step {step}, {share:.0%} of the time, loss {running:.3f}", flush=True)
    return step


def iou(found: BoolArray, truth: BoolArray) -> float:
    return float((found & truth).sum() / (found | truth).sum())


@torch.no_grad()
def validate(network: GlaViTU, scene: Scene) -> Tuple[float, float]:
    """Return the intersection over union with the truth of the network (without overlap) and of the band ratio."""
    network.eval()
    sample, patch = sample_of(scene), CONFIG.patch
    found = np.zeros(scene.glacier.shape, bool)
    for row in range(0, SIZE, patch):
        for col in range(0, SIZE, patch):
            cut = (..., slice(row, row + patch), slice(col, col + patch))
            inputs = {name: torch.from_numpy(values[cut][None].copy()) for name, values in sample.inputs.items()}
            found[cut] = network.probability(inputs)[0, 1].numpy() >= 0.5
    bands = np.stack([scene.optical[OPTICAL_BANDS.index(name)] for name in ("blue", "red", "swir1")])
    classic = ClassicPredictor(ClassicSettings()).predict({"optical": bands[None]})[0] >= 0.5
    return iou(found, scene.glacier), iou(classic, scene.glacier)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("out")
    parser.add_argument("--minutes", type=float, default=10)
    parser.add_argument("--threads", type=int, default=2)
    arguments = parser.parse_args()
    with ProcessPoolExecutor(arguments.threads) as pool:
        seeds = [*TRAINING_SEEDS, VALIDATION_SEED]
        *scenes, last = pool.map(simulate_scene, seeds, [SIZE] * len(seeds))
    torch.set_num_threads(arguments.threads)
    torch.manual_seed(0)
    network = GlaViTU(CONFIG).to(memory_format=torch.channels_last)  # type: ignore[call-overload]
    steps = train(network, [sample_of(scene, OUTSIDE) for scene in scenes], 60 * arguments.minutes)
    ours, classic = validate(network, last)
    print(f"{steps} steps; validation IoU {ours:.3f}, band ratio {classic:.3f}")
    description = describe(CONFIG, "overlap-test", "", "none")
    Path(arguments.out).write_bytes(build_model(CONFIG, to_arrays(network), description).SerializeToString())


if __name__ == "__main__":
    main()
