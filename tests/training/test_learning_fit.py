"""The loop: what it leaves behind, how it resumes, stops, freezes and starts from other models."""

from __future__ import annotations

import signal
import subprocess
import sys
import time
from dataclasses import replace

import h5py
import numpy as np
import pytest
import torch
from icemargin.inference.errors import Cancelled, DatasetError, ModelError, OutputError, SettingsError
from icemargin.inference.golden import golden_inputs
from icemargin.tests.training.quick_tiles import counted_iou, quick_data, tiny_settings
from icemargin.tests.unit.keras_files import save_random
from icemargin.training.learning.callbacks import Epoch
from icemargin.training.learning.fit import train
from icemargin.training.learning.logs import read_rows
from icemargin.training.learning.run_folder import RunFolder, load_network, read_checkpoint
from icemargin.training.learning.settings import TrainSettings
from icemargin.training.torch_predictor import TorchPredictor, open_run
from icemargin.weights.architecture import Architecture

DROPOUT = {"sizes": {"dropout": 0.2}}


@pytest.fixture(scope="module", autouse=True)
def _one_thread():
    before = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(before)


@pytest.fixture(scope="module")
def data(tmp_path_factory):
    return quick_data(tmp_path_factory.mktemp("quick"))


@pytest.fixture(scope="module")
def settings(data):
    return tiny_settings(data, DROPOUT)


@pytest.fixture(scope="module")
def whole(settings, tmp_path_factory):
    """A training of two epochs of three steps in one go."""
    return train(settings, tmp_path_factory.mktemp("whole") / "run")


class Stopper:
    """A progress that cancels, or fails, at its n-th report."""

    def __init__(self, at, error=None):
        self._at, self._error, self._reports = at, error, 0

    def report(self, fraction, text):
        assert 0 <= fraction <= 1
        self._reports += 1
        if self._error and self._reports >= self._at:
            raise self._error

    def is_cancelled(self):
        return self._reports >= self._at


def curve(run: RunFolder):
    """Return both logs, without the seconds, and the weights of the best and of the last step."""
    rows = [{k: v for k, v in row.items() if k != "seconds"} for row in read_rows(run.metrics)]
    tensors = {
        f"{which}.{name}": value
        for which in ("best", "last")
        for name, value in read_checkpoint(run.path / f"{which}.ckpt")["state_dict"].items()
    }
    return run.losses.read_text(), rows, tensors


def assert_same(one: RunFolder, other: RunFolder):
    (losses, rows, tensors), (losses2, rows2, tensors2) = curve(one), curve(other)
    assert losses == losses2 and rows == rows2 and tensors.keys() == tensors2.keys()
    assert not [name for name in tensors if not torch.equal(tensors[name], tensors2[name])]


def test_what_a_training_leaves_behind(whole, settings):
    assert sorted(path.name for path in whole.path.iterdir()) == [
        "best.ckpt", "last.ckpt", "losses.csv", "metrics.csv", "settings.yaml",
    ]  # fmt: skip
    stored = TrainSettings.from_yaml(whole.settings)
    assert stored == replace(settings, resolution=10.0, trained_on="2 tiles (ALP, HMA) of train.hdf5")
    assert [row["step"] for row in read_rows(whole.losses)] == [str(step) for step in range(1, 7)]
    rows = read_rows(whole.metrics)
    assert [(row["step"], row["epoch"]) for row in rows] == [("3", "1"), ("6", "2")]
    losses = [float(row["loss"]) for row in read_rows(whole.losses)]
    assert float(rows[1]["train_loss"]) == pytest.approx(np.mean(losses[3:]), rel=1e-5)
    assert all(0 <= float(row["val_iou"]) <= 1 and float(row["val_loss"]) > 0 for row in rows)


def test_validation_is_what_the_network_says_of_every_pixel(whole, data):
    """The logged IoU is that of the last network on the validation patches, counted by hand."""
    assert float(read_rows(whole.metrics)[-1]["val_iou"]) == pytest.approx(counted_iou(whole, data), abs=1e-6)


@pytest.mark.parametrize("step", [1, 2, 3, 4, 6])
def test_a_crash_resumes_to_the_identical_curve(whole, settings, tmp_path, step):
    with pytest.raises(KeyError):
        train(settings, tmp_path, progress=Stopper(step, KeyError("crash")))
    assert_same(train(settings, tmp_path, resume=True), whole)


@pytest.mark.parametrize("step", [1, 3, 5])
def test_a_cancelled_training_resumes_to_the_identical_curve(whole, settings, tmp_path, step):
    with pytest.raises(Cancelled, match="--resume"):
        train(settings, tmp_path, progress=Stopper(step))
    assert read_checkpoint(tmp_path / "last.ckpt")["global_step"] == step
    assert_same(train(settings, tmp_path, resume=True), whole)


@pytest.mark.slow  # two processes that import torch
def test_a_killed_process_resumes_to_the_identical_curve(data, tmp_path):
    settings = tiny_settings(data, DROPOUT, {"run": {"epochs": 12, "checkpoint_steps": 2}})
    expected = train(settings, tmp_path / "whole")
    settings.to_yaml(tmp_path / "settings.yaml")
    program = (
        "import sys, torch; torch.set_num_threads(1)\n"
        "from icemargin.training.learning.fit import train\n"
        "from icemargin.training.learning.settings import TrainSettings\n"
        "train(TrainSettings.from_yaml(sys.argv[1]), sys.argv[2])\n"
    )
    run = RunFolder(tmp_path / "killed")
    process = subprocess.Popen([sys.executable, "-c", program, str(tmp_path / "settings.yaml"), str(run.path)])
    while process.poll() is None and not (run.last.exists() and len(read_rows(run.losses)) > 6):
        time.sleep(0.01)
    process.send_signal(signal.SIGKILL)
    assert process.wait() == -signal.SIGKILL
    assert read_checkpoint(run.last)["global_step"] < 36
    assert_same(train(settings, run.path, resume=True), expected)


def test_a_finished_training_is_left_alone(whole, settings):
    before = whole.last.stat().st_mtime_ns
    train(settings, whole.path, resume=True)
    assert whole.last.stat().st_mtime_ns == before
    with pytest.raises(OutputError, match="holds a training already"):
        train(settings, whole.path)


def test_workers_change_nothing(whole, settings, tmp_path):
    helped = replace(settings, data=replace(settings.data, workers=1))
    assert curve(train(helped, tmp_path / "run"))[0] == whole.losses.read_text()


def test_epochs_are_told(data, tmp_path):
    told = []
    train(tiny_settings(data, {"strategy": "region"}), tmp_path / "run", on_epoch=told.append)
    assert [epoch.number for epoch in told] == [1, 2] and all(isinstance(epoch, Epoch) for epoch in told)
    assert told[0].is_best and all(0 <= epoch.val_iou_unknown <= 1 for epoch in told)
    best = max(told, key=lambda epoch: epoch.val_iou)
    assert best is [epoch for epoch in told if epoch.is_best][-1]


def test_patience_ends_a_training(data, tmp_path):
    """With a rate of nearly 0 nothing gets better."""
    settings = tiny_settings(data, {"optimiser": {"rate": 1e-9}, "run": {"epochs": 50, "patience": 2}})
    assert len(read_rows(train(settings, tmp_path / "run").metrics)) == 3


def test_the_time_limit_ends_a_training_and_still_validates(data, tmp_path):
    cosine = {"optimiser": {"schedule": "cosine"}}
    settings = tiny_settings(data, cosine, {"run": {"epochs": 10_000, "steps_per_epoch": 1000, "minutes": 0.03}})
    run = train(settings, tmp_path / "run")
    rows = read_rows(run.losses)
    assert 1 < len(rows) < 10_000 and len(read_rows(run.metrics)) == 1
    assert float(rows[-1]["rate"]) < 0.1 * float(rows[0]["rate"])
    assert run.best.exists()


def test_other_precision_and_tensorboard(data, tmp_path):
    settings = tiny_settings(data, {"run": {"precision": "bf16-mixed", "log": ["csv", "tensorboard"], "epochs": 1}})
    run = train(settings, tmp_path / "run")
    assert list((run.path / "tensorboard").glob("events*")) and read_rows(run.metrics)


def test_a_missing_accelerator_is_told(data, tmp_path):
    if torch.cuda.is_available():
        pytest.skip("there is a GPU")
    with pytest.raises(SettingsError, match=r"run\.accelerator"):
        train(tiny_settings(data, {"run": {"accelerator": "gpu"}}), tmp_path / "run")


@pytest.mark.parametrize(
    "error, told, words",
    [
        (RuntimeError("DefaultCPUAllocator: can't allocate memory: you tried"), SettingsError, r"smaller run\.batch"),
        (torch.OutOfMemoryError("CUDA out of memory"), SettingsError, r"smaller run\.batch"),
        (RuntimeError("DataLoader worker (pid 7) is killed by signal: Killed."), SettingsError, r"data\.workers"),
        (OSError(28, "No space left on device"), OutputError, "No space left on device"),
        (RuntimeError("anything else"), RuntimeError, "anything else"),
    ],
)
def test_what_runs_out_is_told(settings, tmp_path, error, told, words):
    with pytest.raises(told, match=words):
        train(settings, tmp_path / "run", progress=Stopper(2, error))


@pytest.mark.parametrize("workers", [0, 1])
def test_damaged_data_are_told_in_one_line(tmp_path, workers):
    data = quick_data(tmp_path)
    with h5py.File(data["train"][0], "r") as file:
        chunk = file["train-1"]["optical"].id.get_chunk_info(0)
    with open(data["train"][0], "r+b") as file:
        file.seek(chunk.byte_offset)
        file.write(b"\xff" * chunk.size)
    with pytest.raises(DatasetError, match="tile train-1: 'optical' is damaged") as told:
        train(tiny_settings({**data, "workers": workers}), tmp_path / "run")
    assert str(told.value).startswith(data["train"][0]) and "\n" not in str(told.value)


@pytest.mark.parametrize("network", ["glavitu", "deeplabv3plus"])
def test_a_trained_network_is_a_predictor(data, tmp_path, network):
    more = {"network": network, "patch": 64, "sizes": {"backbone": "resnet18"}}
    run = train(tiny_settings(data, more, {"run": {"epochs": 1, "steps_per_epoch": 1}}), tmp_path / "run")
    predictor = open_run(run.path)
    assert isinstance(predictor, TorchPredictor) and predictor.description.name == "run"
    inputs = golden_inputs(predictor.description)
    answer = predictor.predict(inputs)
    assert answer.shape == (1, 64, 64) and 0 <= answer.min() < answer.max() <= 1 and answer.dtype == np.float32
    np.testing.assert_array_equal(answer, open_run(run.path).predict(inputs))
    with pytest.raises(ModelError, match="needs"):
        predictor.predict({"optical": inputs["optical"]})
    predictor.close()


def weights_of(run: RunFolder, which="last"):
    return {name: value for name, value in load_network(run.path, which)[1].state_dict().items() if "num_b" not in name}


FINETUNING = {"strategy": "finetuning", "run": {"epochs": 1, "steps_per_epoch": 1}}


def test_fine_tuning_starts_from_the_run(data, tmp_path, whole):
    still = tiny_settings(data, FINETUNING, {"start": {"model": str(whole.path)}, "optimiser": {"rate": 1e-9}})
    run = train(still, tmp_path / "run")
    before, after = weights_of(whole, "best"), weights_of(run)
    for name, value in after.items():
        if "running" not in name:
            torch.testing.assert_close(value, before[name], atol=1e-7, rtol=0)
    stored = TrainSettings.from_yaml(run.settings)
    assert stored.sizes.width == 4 and stored.features == TrainSettings.from_yaml(whole.settings).features


def test_frozen_parts_stay_and_the_others_learn(data, tmp_path, whole):
    start = {"start": {"model": str(whole.path), "freeze": "encoder"}, "optimiser": {"rate": 1e-2}}
    before, after = weights_of(whole, "best"), weights_of(train(tiny_settings(data, FINETUNING, start), tmp_path / "r"))
    changed = {name for name in before if not torch.equal(before[name], after[name])}
    free = ("output.", "auxiliary.", "resunet.last.", "resunet.decoder.0.")
    assert changed and all(name.startswith(free) for name in changed)
    assert {"output.weight", "resunet.last.weight", "resunet.decoder.0.block.norm1.running_mean"} <= changed


def location_norms(values):
    return {name: value for name, value in values.items() if "location.norm" in name and "running" in name}


@pytest.mark.parametrize("norms, batch, moved", [("fixed", 1, False), ("batch", 2, True)])
def test_norms_of_a_location_encoding_keep_or_learn_their_statistics(data, tmp_path, norms, batch, moved):
    told = {"strategy": "region", "sizes": {"location_norms": norms}}
    settings = tiny_settings(data, told, {"run": {"epochs": 1, "steps_per_epoch": 1, "batch": batch}})
    after = weights_of(train(settings, tmp_path / "run"))
    kept = all((value == ("var" in name)).all() for name, value in location_norms(after).items())
    assert len(location_norms(after)) == 4 and kept != moved
    assert (after["fusion.optical.block.norm1.running_mean"] != 0).any()


def test_fine_tuning_for_one_place_keeps_the_statistics_of_the_location_encoding(data, tmp_path):
    """All vectors of one region are the same: a batch of them would norm the encoding away."""
    told = {"strategy": "region", "sizes": {"location_norms": "batch"}}
    first = train(tiny_settings(data, told, {"run": {"epochs": 1}}), tmp_path / "first")
    one = {**data, "regions": ["HMA"]}
    tuned = train(tiny_settings(one, FINETUNING, {"start": {"model": str(first.path)}}), tmp_path / "tuned")
    before, after = weights_of(first, "best"), weights_of(tuned)
    for name, value in location_norms(before).items():
        assert (value != ("var" in name)).any() and torch.equal(value, after[name])
    assert not torch.equal(before["location.dense1.weight"], after["location.dense1.weight"])


@pytest.mark.parametrize("location", [0, 12])
def test_fine_tuning_starts_from_keras_weights(data, tmp_path, location):
    sizes = Architecture(location=location, width=4, depth=1, heads=2, key_size=2, hidden=8, patch=32, steps=1)
    path = save_random(tmp_path / "glavitu_weights.h5", sizes)
    settings = tiny_settings(data, {"sizes": {"width": 8, "token": 16}}, FINETUNING, {"start": {"model": str(path)}})
    stored = TrainSettings.from_yaml(train(settings, tmp_path / "run").settings)
    assert stored.sizes.width == 4 and stored.location == {0: "", 12: "region"}[location]


def test_fine_tuning_starts_from_onnx_with_its_own_statistics(data, tmp_path):
    """An ONNX file has its batch norms merged: without fixed statistics the first step would be another network's."""
    from icemargin.inference.onnx_predictor import OnnxPredictor
    from icemargin.weights.convert import import_weights

    sizes = Architecture(width=4, depth=1, heads=2, key_size=2, hidden=8, patch=32, steps=1)
    onnx = str(tmp_path / "model.onnx")
    import_weights(str(save_random(tmp_path / "w.h5", sizes)), onnx, calibration="none")
    settings = tiny_settings(data, FINETUNING, {"start": {"model": onnx}, "optimiser": {"rate": 1e-9}})
    run = train(settings, tmp_path / "run")
    assert TrainSettings.from_yaml(run.settings).start.norms == "fixed"
    predictor = open_run(run.path)
    inputs = golden_inputs(predictor.description)
    expected = OnnxPredictor(onnx, "cpu").predict(inputs)
    np.testing.assert_allclose(predictor.predict(inputs), expected, atol=2e-5)
    moved = {name: value for name, value in weights_of(run).items() if "running_mean" in name}
    assert all((value == 0).all() for value in moved.values())


@pytest.mark.parametrize(
    "more, error, words",
    [
        ({"strategy": "finetuning"}, SettingsError, "needs a model"),
        ({"start": {"model": "x"}}, SettingsError, "goes with strategy: finetuning"),
        ({"strategy": "finetuning", "start": {"model": "classic"}}, ModelError, "learns nothing"),
        ({"strategy": "finetuning", "start": {"model": "no such model"}}, ModelError, "There is no model"),
    ],
)
def test_a_start_that_is_none(data, tmp_path, monkeypatch, more, error, words):
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path))
    with pytest.raises(error, match=words):
        train(tiny_settings(data, more), tmp_path / "run")
    assert not (tmp_path / "run").exists()
