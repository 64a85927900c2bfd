"""`icemargin evaluate` and `icemargin calibrate`: what they print and leave, and their exit codes."""

from __future__ import annotations

import json
import os
from dataclasses import replace
from pathlib import Path

import numpy as np
import onnx
import pytest
import torch
from icemargin.cli import main
from icemargin.inference.golden import check_golden, measure_golden
from icemargin.inference.onnx_metadata import read_description, read_metadata
from icemargin.inference.onnx_predictor import OnnxPredictor
from icemargin.models.store import ModelStore
from icemargin.tests.training.made_tiles import files, made
from icemargin.tests.unit.tiny_onnx import description, inputs_for, save_model
from icemargin.training.learning.building import build_network
from icemargin.training.learning.settings import Data, Sizes, TrainSettings


def noisy(number, region="ALP", size=48):
    rng = np.random.default_rng(number)
    glacier = (np.indices((size, size)).sum(axis=0) % 48 < 24).astype(np.int8)
    tile = made(f"t{number}", region, f"{region}-1", glacier, rng.random((size, size)) < 0.2 + 0.6 * glacier)
    tile.bands.update(elevation=np.full((size, size), 3000.0, np.float32), slope=np.full((size, size), 9.0, np.float32))
    tile.bands["swir1"] = (0.4 - 0.35 * glacier + 0.02 * rng.random((size, size))).astype(np.float32)
    tile.bands["red"] = np.full((size, size), 0.3, np.float32)
    return tile


@pytest.fixture
def data(tmp_path):
    return files(tmp_path, *(noisy(number, "ALP" if number < 3 else "HMA") for number in range(5)))[0].path


@pytest.fixture
def model(tmp_path):
    """A tiny ONNX model with its golden patch."""
    path = save_model(tmp_path / "tiny.onnx", description(patch=16))
    predictor = OnnxPredictor(str(path), "cpu")
    save_model(path, replace(predictor.description, golden=measure_golden(predictor)))
    return str(path)


@pytest.fixture
def run_folder(tmp_path):
    """A folder as a training leaves it, with an untrained network."""
    folder = tmp_path / "run"
    folder.mkdir()
    sizes = Sizes(width=4, depth=1, heads=1, key_size=4, hidden=8, token=8, steps=1)
    settings = TrainSettings(patch=32, resolution=10.0, sizes=sizes)
    settings.to_yaml(folder / "settings.yaml")
    state = {f"network.{name}": value for name, value in build_network(settings).state_dict().items()}
    torch.save({"state_dict": state}, folder / "best.ckpt")
    return str(folder)


def test_classic_beside_constants(data, tmp_path, capsys):
    page, numbers = tmp_path / "out" / "page.html", tmp_path / "out" / "page.json"
    told = ["--data", data, "--beside", "constant", "--report", str(page), "--json", str(numbers)]
    assert main(["evaluate", "classic", *told, "--tune-on", data, "--trained-on", data]) == 0
    out = capsys.readouterr().out
    values = json.loads(numbers.read_text())
    names = [method["method"] for method in values["sets"][0]["methods"]]
    assert names[0].startswith("classic (ratio") and names[0].endswith("tuned)")
    assert names[1:] == ["everything", "nothing"]
    best, everything, nothing = (method["headline"]["iou"] for method in values["sets"][0]["methods"])
    assert best > everything == 0.5 > nothing == 0
    assert f"{best:.3f}" in out and "Leak" in out
    assert "<svg" in page.read_text() and len(list(page.parent.iterdir())) == 2


def test_named_sets_regions_and_json_on_stdout(data, model, capsys):
    sets = ["--test", f"spatial={data}", "--test", f"temporal={data}"]
    assert main(["evaluate", model, *sets, "--regions", "HMA", "--beside", "classic", "--json", "-"]) == 0
    values = json.loads(capsys.readouterr().out)
    assert [found["name"] for found in values["sets"]] == ["spatial", "temporal"]
    assert [found["tiles"] for found in values["sets"]] == [2, 2]
    method = values["sets"][0]["methods"]
    assert [row["region"] for row in method[0]["regions"]] == ["HMA"] and "default" in method[1]["method"]
    assert values["model"]["Confidence"] == "not calibrated"


@pytest.mark.parametrize(
    "arguments, message",
    [
        ([], "Nothing to score on"),
        (["--test", "{data}"], "has no name; write it like --test spatial="),
        (["--test", "={data}"], "has no name"),
        (["--data", "{data}", "--test", "test={data}"], "Two sets are called 'test'"),
        (["--data", "nowhere.hdf5"], "There is no data set nowhere.hdf5"),
        (["--data", "{data}", "--regions", "Mars"], "regions there: ALP, HMA"),
        (["--data", "{data}", "--region", "Mars"], "There is no region 'Mars'"),
        (["--data", "{data}", "--overlap", "1"], "The overlap is a share"),
        (["--data", "{data}", "--beside", "nobody"], "There is no model 'nobody'"),
        (["--data", "{data}", "--beside", "."], "a folder without a training"),
    ],
)
def test_wrong_words(data, model, capsys, arguments, message):
    assert main(["evaluate", model, *(word.format(data=data) for word in arguments)]) == 2
    said = capsys.readouterr().err
    assert message in said and said.count("\n") == 1


def test_a_page_that_cannot_be_written(data, tmp_path, capsys):
    (tmp_path / "file").write_text("")
    for command in (["evaluate", "classic", "--report"], ["evaluate", "classic", "--json"]):
        assert main([*command, str(tmp_path / "file" / "x"), "--data", data]) == 1
        assert "cannot be written" in capsys.readouterr().err
    assert main(["evaluate", "classic", "--report", str(tmp_path), "--data", data]) == 1


def test_a_place_is_looked_at_before_the_long_job(data, model, tmp_path, monkeypatch):
    monkeypatch.setattr("icemargin.commands.calibrate_command._fit", lambda *_: pytest.fail("mapped"))
    (tmp_path / "file").write_text("")
    assert main(["calibrate", model, "--data", data, "--out", str(tmp_path / "file" / "x.onnx")]) == 1


@pytest.mark.parametrize("of", ["entropy", "probability"])
def test_a_calibrated_copy_is_the_same_model(data, model, tmp_path, capsys, of):
    out = str(tmp_path / "calibrated.onnx")
    assert main(["calibrate", model, "--data", data, "--of", of, "--minimum-pixels", "50", "--out", out]) == 0
    told = capsys.readouterr().out
    assert "expected calibration error" in told and "on held-out half" in told and told.strip().endswith(out)
    before, after = read_description(model), read_description(out)
    assert before.calibration is None and after.calibration.of == of and "ECE on pixels" in after.calibration.source
    assert replace(after, calibration=None) == before
    assert read_metadata(out)["other"] == "ä"
    onnx.checker.check_model(out)
    assert onnx.load(out).graph == onnx.load(model).graph
    old, new = OnnxPredictor(model, "cpu"), OnnxPredictor(out, "cpu")
    check_golden(new)
    inputs = inputs_for(before)
    np.testing.assert_array_equal(old.predict(inputs), new.predict(inputs))
    assert main(["evaluate", out, "--data", data, "--json", "-"]) == 0
    scores = json.loads(capsys.readouterr().out)["sets"][0]["methods"][0]["pooled"]
    assert scores["ece_shown"] < scores["ece_plain"]
    assert not [file.name for file in tmp_path.iterdir() if file.name.endswith(".part")]


def test_in_place_and_again(data, model):
    for _ in range(2):
        assert main(["calibrate", model, "--data", data, "--in-place"]) == 0
    assert read_description(model).calibration is not None


def test_a_failed_calibration_leaves_the_model_alone(data, model, capsys):
    content = Path(model).read_bytes()
    assert main(["calibrate", model, "--data", data, "--in-place", "--minimum-pixels", "100000"]) == 2
    assert "Too few labelled pixels" in capsys.readouterr().err and Path(model).read_bytes() == content


def test_an_installed_model_is_calibrated_into_a_new_file(data, model, tmp_path, capsys):
    assert main(["model", "import", model, "--name", "mine"]) == 0
    capsys.readouterr()
    assert main(["calibrate", "mine", "--data", data, "--in-place"]) == 2
    assert "is not changed in place" in capsys.readouterr().err
    out = str(tmp_path / "new.onnx")
    assert main(["calibrate", "mine", "--data", data, "--out", out]) == 0
    assert read_description(out).calibration is not None
    assert ModelStore().find("mine").description.calibration is None and not ModelStore().find("mine").problem


@pytest.mark.parametrize(
    "words, message",
    [
        (["classic"], "The classic method has no file"),
        (["{model}"], "Where should the table go?"),
        (["{model}", "--out", "{model}"], "--out is the model itself"),
        (["{run}", "--out", "x.onnx"], "are for ONNX files"),
        (["{model}", "--in-place", "--minimum-pixels", "0"], "at least 1"),
        (["nobody", "--in-place"], "There is no model 'nobody'"),
        (["{data}", "--in-place"], "is not a whole ONNX file"),
    ],
)
def test_what_cannot_be_calibrated(data, model, run_folder, capsys, words, message):
    words = [word.format(model=model, run=run_folder, data=data) for word in words]
    assert main(["calibrate", *words, "--data", data]) == 2
    assert message in capsys.readouterr().err


@pytest.mark.parametrize("regions, code", [(("ALP",), 2), ((), 2), (("HMA",), 0)])
def test_tiles_that_were_learnt_from_are_refused(data, run_folder, tmp_path, monkeypatch, capsys, regions, code):
    """The training learnt from ALP alone."""
    settings = TrainSettings.from_yaml(f"{run_folder}/settings.yaml")
    replace(settings, data=Data(train=(data,), regions=("ALP",))).to_yaml(f"{run_folder}/settings.yaml")
    monkeypatch.chdir(tmp_path)
    words = ["--data", os.path.relpath(data), "--minimum-pixels", "50", *(["--regions", *regions] if regions else [])]
    assert main(["calibrate", run_folder, *words]) == code
    assert ("has learnt from" in capsys.readouterr().err) == (code == 2)


def test_a_training_is_scored_and_keeps_its_table(data, run_folder, capsys):
    told = ["--data", data, "--device", "cpu"]
    assert main(["evaluate", run_folder, *told, "--json", "-"]) == 0
    before = json.loads(capsys.readouterr().out)
    assert before["provider"] == "PyTorch cpu" and before["model"]["Confidence"] == "not calibrated"
    assert main(["calibrate", run_folder, *told, "--minimum-pixels", "50"]) == 0
    assert capsys.readouterr().out.strip().endswith("calibration.json")
    assert main(["evaluate", run_folder, *told, "--json", "-"]) == 0
    after = json.loads(capsys.readouterr().out)
    assert after["model"]["Confidence"].startswith("isotonic on entropy")
    first, second = (values["sets"][0]["methods"][0]["pooled"] for values in (before, after))
    assert second["iou"] == first["iou"] and second["ece_shown"] < first["ece_shown"]
