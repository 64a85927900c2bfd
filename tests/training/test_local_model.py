"""From a corrected map to an installed local model, by the command."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from icemargin import cli
from icemargin.inference.onnx_metadata import read_description
from icemargin.models.store import ModelStore
from icemargin.tests.training.small_data import scene_of, write_simulated
from icemargin.training.export import ExportFacts, export_run
from icemargin.training.learning.fit import train
from icemargin.training.learning.settings import SMALL, from_mapping
from icemargin.training.simulate import write_scene
from osgeo import ogr

TINY = {
    "sizes": {"width": 8, "depth": 1, "heads": 2, "key_size": 4, "hidden": 16, "steps": 2, "norm_momentum": 0.1},
    "patch": 64, "run": {"epochs": 2, "steps_per_epoch": 20, "batch": 4},
}  # fmt: skip


@pytest.fixture(scope="module")
def base(tmp_path_factory):
    """A model that has learnt a little, as an ONNX file."""
    folder = tmp_path_factory.mktemp("base")
    files = [write_simulated(folder / f"{seed}.hdf5", [seed]) for seed in (300, 302)]
    settings = from_mapping(SMALL, TINY, {"data": {"train": files[:1], "val": files[1:]}})
    run = train(settings, folder / "run")
    export_run(run.path, folder / "base.onnx", ExportFacts("base"))
    return str(folder / "base.onnx")


@pytest.fixture()
def corrected(tmp_path, monkeypatch):
    """A map of a simulated scene, by the classic method, with every outline accepted."""
    monkeypatch.setenv("ICEMARGIN_HOME", str(tmp_path / "home"))
    paths = write_scene(scene_of(301, 160), tmp_path / "scene")
    place = tmp_path / "map"
    assert cli.main(["map", "--optical", str(paths["optical"]), "--dem", str(paths["dem"]), "--out", str(place)]) == 0
    set_status(place / "outlines.gpkg", lambda number: "accepted")
    return place / "outlines.gpkg"


def set_status(path: Path, status_of):
    data = ogr.Open(str(path), 1)
    layer = data.GetLayer("outlines")
    for number, feature in enumerate(layer):
        feature.SetField("status", status_of(number))
        layer.SetFeature(feature)
    layer.SyncToDisk()
    del layer, data


def learn(corrected, base, out, *more):
    return cli.main(["learn", str(corrected), "--from", base, "--out", str(out), *more])


@pytest.mark.slow
def test_a_local_model_is_made_compared_and_installed(corrected, base, tmp_path, capsys):
    out = tmp_path / "local"
    options = ["--all-layers", "--rate", "2e-3", "--epochs", "20", "--hold-back", "0.5"]
    assert learn(corrected, base, out, *options, "--install", "--default-for", "ALP") == 0
    told = capsys.readouterr().out
    assert "The new model is: better." in told and "Installed as base-local" in told
    description = read_description(str(out / "base-local.onnx"))
    assert description.strategy == "finetuning" and "base.onnx" in description.trained_on and description.golden
    assert ModelStore().default_for("ALP") == "base-local"
    again = ["--optical", str(tmp_path / "scene" / "optical.tif"), "--dem", str(tmp_path / "scene" / "dem.tif")]
    assert cli.main(["map", *again, "--model", "base-local", "--out", str(tmp_path / "again"), "--json"]) == 0
    found = json.loads(capsys.readouterr().out.strip().splitlines()[-1])
    assert found["n_outlines"] > 0


def test_a_model_that_is_not_better_is_not_installed(corrected, base, tmp_path, capsys):
    assert learn(corrected, base, tmp_path / "local", "--rate", "1e-9", "--epochs", "1", "--install") == 0
    told = capsys.readouterr().out
    assert "not clearly better" in told
    assert [model.name for model in ModelStore().models()] == ["classic"]


@pytest.mark.parametrize(
    "change, words",
    [
        (["--from", "classic"], "learns nothing"),
        (["--anyway"], "go with --install"),
        (["--from", "nobody"], "There is no model 'nobody'"),
        (["--name", "a/b"], "cannot be a model's name"),
    ],
)
def test_what_cannot_be_meant_is_refused_in_one_line(corrected, base, tmp_path, capsys, change, words):
    assert learn(corrected, base, tmp_path / "local", *change) == 2
    told = capsys.readouterr().err.strip().splitlines()
    assert len(told) == 1 and words in told[0]
    assert not (tmp_path / "local").exists()


def test_one_corrected_glacier_is_too_few(corrected, base, tmp_path, capsys):
    set_status(corrected, lambda number: "accepted" if number == 0 else "to review")
    assert learn(corrected, base, tmp_path / "local") == 2
    assert "two or more are needed" in capsys.readouterr().err


def test_a_folder_with_a_local_model_is_not_overwritten(corrected, base, tmp_path, capsys):
    (tmp_path / "local" / "run").mkdir(parents=True)
    assert learn(corrected, base, tmp_path / "local") == 1
    assert "choose another --out" in capsys.readouterr().err
