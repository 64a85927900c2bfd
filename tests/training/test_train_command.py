from __future__ import annotations

import os
import subprocess
import sys

import pytest
from icemargin.cli import build_parser, main
from icemargin.commands.train_command import settings_of
from icemargin.tests.training.quick_tiles import TINY, counted_iou, quick_data
from icemargin.training.learning.logs import read_rows
from icemargin.training.learning.run_folder import RunFolder
from icemargin.training.learning.settings import TrainSettings, from_mapping


@pytest.fixture(scope="module")
def data(tmp_path_factory):
    return quick_data(tmp_path_factory.mktemp("quick"))


@pytest.fixture
def tiny(tmp_path):
    """The file of a network that trains in a second."""
    from_mapping(TINY).to_yaml(tmp_path / "tiny.yaml")
    return str(tmp_path / "tiny.yaml")


def settings_from(*words):
    return settings_of(build_parser().parse_args(list(words)))


def test_options_go_over_the_file_which_goes_over_the_preset(tmp_path):
    path = tmp_path / "s.yaml"
    path.write_text("sizes: {width: 24}\nrun: {epochs: 9, seed: 5}\n")
    settings = settings_from("train", str(path), "--small", "--epochs", "4", "--set", "sizes.depth=2", "run.seed=6")
    assert (settings.sizes.width, settings.sizes.depth, settings.sizes.hidden) == (24, 2, 64)
    assert (settings.run.epochs, settings.run.seed, settings.run.batch) == (4, 6, 2)


def test_every_option_finds_its_place():
    settings = settings_from(
        "train", "--strategy", "coordinates", "--features", "optical:green,swir1", "dem", "--regions", "ALP", "NZ",
        "--train", "a.hdf5", "b.hdf5", "--val", "c.hdf5", "--minutes", "2.5", "--batch", "3", "--seed", "0",
    )  # fmt: skip
    assert settings.strategy == settings.location == "coordinates"
    assert settings.features == {"optical": ("green", "swir1"), "dem": ("elevation", "slope")}
    assert settings.data.regions == ("ALP", "NZ") and settings.data.train == ("a.hdf5", "b.hdf5")
    assert (settings.data.val, settings.run.minutes, settings.run.batch) == (("c.hdf5",), 2.5, 3)
    tuned = settings_from("finetune", "--from", "model.onnx", "--freeze", "--epochs", "3")
    assert (tuned.strategy, tuned.start.model, tuned.start.freeze) == ("finetuning", "model.onnx", "encoder")
    assert (tuned.optimiser.rate, tuned.run.epochs) == (5e-5, 3)


def test_settings_are_written_and_read(tmp_path, capsys):
    path = str(tmp_path / "s.yaml")
    assert main(["train", "--small", "--strategy", "region", "--write-settings", path]) == 0
    assert capsys.readouterr().out.strip() == path
    assert TrainSettings.from_yaml(path) == settings_from("train", path)


def test_train_then_resume_then_finetune(data, tiny, tmp_path, capsys):
    files = ["--train", *data["train"], "--val", *data["val"]]
    out = str(tmp_path / "run")
    assert main(["train", tiny, *files, "--out", out]) == 0
    told = capsys.readouterr()
    assert told.out.startswith("Kept: epoch") and told.out.endswith(f"{out}\n")
    lines = told.err.splitlines()
    assert len(lines) == 2 and lines[0].startswith("Epoch 1 of 2: loss ") and "validation loss" in lines[0]
    assert main(["train", "--resume", "--out", out]) == 0
    assert main(["train", tiny, *files, "--out", out]) == 1
    assert "--resume" in capsys.readouterr().err
    tuned = str(tmp_path / "tuned")
    batch = ["--batch", "2", "--epochs", "1", "--set", "run.steps_per_epoch=1"]
    assert main(["finetune", "--from", out, *files, "--out", tuned, "--freeze", *batch]) == 0
    assert TrainSettings.from_yaml(RunFolder(tmp_path / "tuned").settings).start.model == out


@pytest.mark.parametrize(
    "words, told",
    [
        ([], "--out"),
        (["--out", "{tmp}/x"], "--train"),
        (["--out", "{tmp}/x", "--train", "no.hdf5", "--val", "no.hdf5"], "There is no data set no.hdf5"),
        (["--set", "rate"], "KEY=VALUE"),
        (["--set", "a: [=3"], "no setting"),
        (["--set", "run.epochs=["], "no YAML"),
        (["--set", "optimiser.rat=1"], "did you mean rate"),
        (["--features", "optic"], "did you mean optical"),
        (["--features", "optical:gren"], "did you mean green"),
        (["no.yaml"], "cannot be read"),
        (["--resume", "--out", "{tmp}"], "no training"),
        (["--resume", "--out", "{tmp}", "--epochs", "3"], "leave out: epochs"),
        (["--resume", "--out", "{tmp}", "--seed", "0"], "leave out: seed"),
        (["--small", "--write-settings", "{tmp}/no/folder.yaml"], "cannot be written"),
    ],
)
def test_errors_take_one_line(words, told, tmp_path, capsys):
    assert main(["train", *(word.format(tmp=tmp_path) for word in words)]) in (1, 2)
    error = capsys.readouterr().err
    assert told in error and error.count("\n") == 1 and "bug" not in error


@pytest.mark.slow  # two processes that import torch
def test_two_processes_learn_one_network(data, tiny, tmp_path):
    """DDP on the CPU: the scores are pooled over both, and the checkpoint is the network that got them."""
    command = [
        sys.executable, "-m", "icemargin.cli", "train", tiny, "--train", *data["train"], "--val", *data["val"],
        "--out", str(tmp_path / "run"), "--strategy", "region", "--set", "run.devices=2", "run.batch=2",
    ]  # fmt: skip
    environment = {**os.environ, "OMP_NUM_THREADS": "1"}
    done = subprocess.run(command, env=environment, capture_output=True, text=True, check=False, timeout=300)
    assert done.returncode == 0, done.stderr
    assert done.stdout.count("Kept:") == 1 and len(done.stderr.strip().splitlines()) == 2
    run = RunFolder(tmp_path / "run")
    rows = read_rows(run.metrics)
    assert len(rows) == 2 and len(read_rows(run.losses)) == 6
    assert all(0 < float(row["train_loss"]) < 2 for row in rows)
    assert float(rows[-1]["val_iou"]) == pytest.approx(counted_iou(run, data), abs=1e-6)
