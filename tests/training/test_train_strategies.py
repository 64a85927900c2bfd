"""Each strategy, end to end on simulated scenes: better than a constant, and than the band ratio there."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
import torch
from icemargin.inference.classic import ClassicPredictor
from icemargin.inference.request import OPTICAL_BANDS, ClassicSettings
from icemargin.tests.training.small_data import scene_of, simulated_tile
from icemargin.training.data.tiles import OUTLINES, TileReader, find_tiles
from icemargin.training.data.writing import DatasetWriter
from icemargin.training.learning.fit import train
from icemargin.training.learning.logs import read_rows
from icemargin.training.learning.run_folder import load_network
from icemargin.training.learning.settings import TrainSettings, from_mapping
from icemargin.training.simulate import Surface
from icemargin.weights.features import FEATURES

SIZE = 160
QUICK = {
    "patch": 64,
    "sizes": {
        "width": 8, "depth": 1, "heads": 2, "key_size": 4, "hidden": 16, "token": 8, "steps": 1, "norm_momentum": 0.1,
    },
    "features": ["optical", "dem", "in_sar"],
    "optimiser": {"rate": 1e-2, "schedule": "cosine", "warm_up": 0.05},
    "run": {"epochs": 2, "batch": 4, "accelerator": "cpu", "steps_per_epoch": 20},
}  # fmt: skip


@pytest.fixture(scope="module", autouse=True)
def _one_thread():
    before = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(before)


@pytest.fixture(scope="module")
def data(tmp_path_factory):
    """Two regions to learn from, and a third scene to validate with, as of both."""
    folder = tmp_path_factory.mktemp("simulated")
    for name, tiles in (("train", ((1, "ALP"), (2, "HMA"))), ("val", ((3, "ALP"), (3, "HMA")))):
        with DatasetWriter(str(folder / f"{name}.hdf5")) as writer:
            for seed, region in tiles:
                writer.add(simulated_tile(seed, SIZE, region, f"{region}-1", sar=True))
    return {"train": [str(folder / "train.hdf5")], "val": [str(folder / "val.hdf5")]}


def beaten_by(paths):
    """Return the IoU of a constant, and of the band ratio on the same tiles, brought back to reflectance."""
    reader, feature = TileReader(), FEATURES["optical"]
    low, high = np.asarray(feature.minimum), np.asarray(feature.maximum)
    both = either = glacier = pixels = 0
    for tile in find_tiles(paths):
        reflectance = np.moveaxis(reader.read(tile, "optical") * (high - low) + low, -1, 0).astype(np.float32)
        found = ClassicPredictor(ClassicSettings()).predict({"optical": reflectance[None, [0, 2, 4]]})[0] >= 0.5
        truth = reader.read(tile, OUTLINES)[..., 1] > 0.5
        both, either = both + (found & truth).sum(), either + (found | truth).sum()
        glacier, pixels = glacier + truth.sum(), pixels + truth.size
    return glacier / pixels, both / either


@pytest.fixture(scope="module")
def to_beat(data):
    constant, ratio = beaten_by(data["val"])
    assert 0.5 < ratio < 0.9
    return constant, ratio


def best_of(run):
    return max(float(row["val_iou"]) for row in read_rows(run.metrics))


@pytest.fixture(scope="module")
def global_run(data, tmp_path_factory):
    return train(from_mapping(QUICK, {"data": data}), tmp_path_factory.mktemp("global") / "run")


def test_global(global_run, to_beat):
    assert best_of(global_run) > max(to_beat) + 0.05


@pytest.mark.parametrize(
    "strategy, more, location",
    [
        ("regional", {"data": {"regions": ["HMA"]}}, None),
        ("region", {"run": {"epochs": 3}}, (12, 16)),
        ("coordinates", {}, (4, 16)),
    ],
)
def test_the_others_that_begin_anew(data, to_beat, tmp_path, strategy, more, location):
    settings = from_mapping(QUICK, {"data": data, "strategy": strategy}, more)
    run = train(settings, tmp_path / "run")
    assert best_of(run) > max(to_beat) + 0.05
    stored, network = load_network(run.path)
    assert stored.strategy == strategy
    assert (network.location is not None) == bool(location)
    if strategy == "region":  # scored as of an unknown region too
        assert float(read_rows(run.metrics)[-1]["val_iou_unknown"]) > max(to_beat) + 0.05
    if strategy == "regional":
        assert stored.trained_on.startswith("1 tile (HMA)")


def test_finetuning(data, to_beat, global_run, tmp_path):
    """One region more of the same: it gets no worse than the global model it starts from."""
    tuning = {
        "strategy": "finetuning", "start": {"model": str(global_run.path)}, "data": {**data, "regions": ["HMA"]},
        "optimiser": {"rate": 5e-4}, "run": {"epochs": 2, "batch": 4, "steps_per_epoch": 8, "accelerator": "cpu"},
    }  # fmt: skip
    run = train(from_mapping(tuning), tmp_path / "run")
    assert best_of(run) > max(to_beat) + 0.05 and best_of(run) > best_of(global_run) - 0.05
    assert TrainSettings.from_yaml(run.settings).features == TrainSettings.from_yaml(global_run.settings).features


def with_more_debris(seed):
    """Return a simulated scene whose lower half of the ice has the spectra of the scene's own rock."""
    scene, tile = scene_of(seed, SIZE), simulated_tile(seed, SIZE)
    low = scene.glacier & (scene.elevation < np.median(scene.elevation[scene.glacier]))
    rock = np.random.default_rng(seed).choice(np.flatnonzero(scene.truth == Surface.ROCK), low.sum())
    bands = dict(tile.bands)
    for name in OPTICAL_BANDS:
        bands[name] = np.copy(bands[name])
        bands[name][low] = tile.bands[name].flat[rock]
    return replace(tile, bands=bands)


def test_optical_and_dem_find_ice_under_debris_that_the_band_ratio_misses(tmp_path):
    data = {}
    for name, seeds in (("train", (1, 2)), ("val", (3,))):
        data[name] = [str(tmp_path / f"{name}.hdf5")]
        with DatasetWriter(*data[name]) as writer:
            for seed in seeds:
                writer.add(with_more_debris(seed))
    more = {
        "data": data, "features": ["optical", "dem"], "sizes": {"steps": 2}, "optimiser": {"rate": 5e-3},
        "run": {"epochs": 1, "steps_per_epoch": 150},
    }  # fmt: skip
    constant, ratio = beaten_by(data["val"])
    assert 0.2 < ratio < 0.5
    assert best_of(train(from_mapping(QUICK, more), tmp_path / "run")) > max(constant, ratio) + 0.1


@pytest.mark.parametrize(
    "features",
    [["optical", "dem", "co_pol_sar", "cross_pol_sar", "in_sar", "thermal"], {"optical": ["green", "swir1"]}],
)
def test_every_data_track_runs(data, tmp_path, features):
    more = {"data": data, "features": features, "run": {"epochs": 1, "steps_per_epoch": 2}}
    _, network = load_network(train(from_mapping({**QUICK, "features": features}, more), tmp_path / "run").path)
    assert list(network.fusion) == list(features)
