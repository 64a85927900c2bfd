"""Data sets that take no time to make, for the tests of learning: bright, flat squares are glaciers."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import torch
from icemargin.inference.request import COHERENCE_BANDS, OPTICAL_BANDS
from icemargin.training.data.tiles import find_tiles
from icemargin.training.data.writing import DatasetWriter, NewTile
from icemargin.training.learning.patches import ValidationPatches
from icemargin.training.learning.run_folder import load_network
from icemargin.training.learning.settings import from_mapping

TINY = {
    "patch": 32,
    "sizes": {"width": 4, "depth": 1, "heads": 2, "key_size": 2, "hidden": 8, "token": 8, "steps": 1},
    "optimiser": {"rate": 5e-3},
    "run": {"batch": 2, "steps_per_epoch": 3, "epochs": 2, "accelerator": "cpu", "checkpoint_steps": 1},
}


def quick_tile(name, height=48, width=40, region="ALP", seed=0, box=(7.0, 46.0, 7.4, 46.8), **more):
    rng = np.random.default_rng(seed)
    glacier = np.zeros((height, width), np.int8)
    glacier[height // 4 : height // 2 + 4, width // 4 : width // 2 + 6] = 1
    noise = rng.normal(0, 0.02, (9, height, width)).astype(np.float32)
    bands = {band: 0.2 + 0.5 * glacier + noise[number] for number, band in enumerate(OPTICAL_BANDS)}
    bands.update(elevation=2000 + 1000 * noise[6], slope=30 - 20.0 * glacier + noise[7])
    for band in COHERENCE_BANDS:
        bands[band] = np.clip(0.8 - 0.6 * glacier + noise[8], 0, 1)
    labels = more.pop("glacier", glacier)
    return NewTile(name, region, f"{region}-1", bands, labels, box, attributes=more)


def write_quick(path: Path, *tiles: NewTile) -> str:
    with DatasetWriter(str(path)) as writer:
        for tile in tiles:
            writer.add(tile)
    return str(path)


def quick_data(folder: Path, regions=("ALP", "HMA")) -> dict:
    """Write a training and a validation file; return the `data` settings."""
    names = {}
    for part, seed in (("train", 0), ("val", 10)):
        tiles = [quick_tile(f"{part}-{n}", region=region, seed=seed + n) for n, region in enumerate(regions)]
        names[part] = [write_quick(folder / f"{part}.hdf5", *tiles)]
    return names


def tiny_settings(data: dict, *layers: dict):
    """Return the settings of a network that trains in a second."""
    return from_mapping(TINY, {"data": data}, *layers)


def counted_iou(run, data: dict) -> float:
    """Return the IoU of a run's last network on the validation patches, counted by hand."""
    settings, network = load_network(run.path, "last")
    patches = ValidationPatches(find_tiles(data["val"]), settings)
    both = either = 0
    with torch.no_grad():
        for number in range(len(patches)):
            sample = patches[number]
            label = sample.pop("label").numpy()
            found = network({name: values[None] for name, values in sample.items()}).output[0].argmax(0).numpy()
            both += int(((found == 1) & (label == 1)).sum())
            either += int((((found == 1) & (label >= 0)) | (label == 1)).sum())
    return both / either
