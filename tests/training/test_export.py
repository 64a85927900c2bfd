"""A training's folder becomes a model file that answers as the network does, and tells where it comes from."""

from __future__ import annotations

import json

import numpy as np
import onnx
import onnxruntime
import pytest
import torch
from icemargin.cli import main
from icemargin.inference.errors import IceMarginError, ModelError
from icemargin.inference.golden import check_golden
from icemargin.inference.model import Calibration
from icemargin.inference.onnx_metadata import read_description
from icemargin.inference.onnx_predictor import OnnxPredictor
from icemargin.models.store import ModelStore
from icemargin.tests.unit.keras_files import random_arrays, shared_file
from icemargin.training.export import TOLERANCE, ExportFacts, export_run, trained_regions
from icemargin.training.learning.building import build_network
from icemargin.training.learning.run_folder import load_network
from icemargin.training.learning.settings import Sizes, TrainSettings
from icemargin.training.network import GlaViTU, GlaViTUConfig, load_arrays
from icemargin.training.torch_predictor import open_run
from icemargin.weights.features import FEATURES
from icemargin.weights.keras_file import read_weights
from icemargin.weights.onnx_arrays import read_arrays

SMALL = Sizes(width=8, depth=2, heads=2, key_size=4, hidden=12, steps=2, backbone="resnet18")
SAR = ("optical", "dem", "co_pol_sar", "cross_pol_sar", "in_sar")
TRAINED = {"patch": 64, "sizes": SMALL, "resolution": 30.0, "trained_on": "3 tiles (ALP, CA) of train.hdf5"}
SETTINGS = {
    "optical and dem": {},
    "region": {"strategy": "region"},
    "coordinates": {"strategy": "coordinates"},
    "sar": {"features": {name: FEATURES[name].bands for name in SAR}},
    "some bands": {"features": {"optical": ("blue", "green", "red", "nir", "swir1"), "dem": ("slope",)}},
    "deeplab": {"network": "deeplabv3plus"},
    "deeplab with bottlenecks": {"network": "deeplabv3plus", "sizes": Sizes(backbone="resnet50")},
    "deeplab sar": {"network": "deeplabv3plus", "features": {name: FEATURES[name].bands for name in SAR}},
}


def shake(network: torch.nn.Module, seed: int = 4) -> torch.nn.Module:
    """Give the network's statistics and weights values that show every wrong mapping."""
    generator = torch.Generator().manual_seed(seed)
    if isinstance(network, GlaViTU):
        load_arrays(network, random_arrays(network.config, seed))
        return network
    for name, values in network.state_dict().items():
        if name.endswith("running_var"):
            values.copy_(0.5 + torch.rand(values.shape, generator=generator))
        elif name.endswith(("running_mean", "bias")):
            values.copy_(0.2 * torch.randn(values.shape, generator=generator))
    return network


def write_run(folder, **changes):
    """Write a run's folder as a training leaves it, with random weights."""
    settings = TrainSettings(**{**TRAINED, **changes})
    network = shake(build_network(settings))
    folder.mkdir(exist_ok=True)
    settings.to_yaml(folder / "settings.yaml")
    state = {f"network.{name}": values for name, values in network.state_dict().items()}
    torch.save({"state_dict": state}, folder / "best.ckpt")
    rows = ["step,epoch,train_loss,val_loss,val_iou,val_iou_unknown,rate,seconds",
            "10,1,0.5,0.4,0.6,,0.001,1.0", "20,2,0.4,0.3,0.75,,0.001,2.0", "30,3,0.4,0.35,0.7,,0.001,3.0"]  # fmt: skip
    (folder / "metrics.csv").write_text("\n".join(rows) + "\n", encoding="utf-8")
    return folder


@pytest.fixture
def run(tmp_path):
    return write_run(tmp_path / "alps")


@pytest.mark.parametrize("name", SETTINGS)
def test_the_file_answers_as_the_network(tmp_path, name):
    folder = write_run(tmp_path / "run", **SETTINGS[name])
    out = str(tmp_path / "m.onnx")
    description = export_run(folder, out)
    settings, network = load_network(folder)
    rng = np.random.default_rng(1)
    inputs = {f: rng.random((3, n, 64, 64), dtype=np.float32) for f, n in settings.channels}
    if settings.location:
        inputs["location"] = rng.dirichlet(np.ones(description.location_size), 3).astype(np.float32)
    session = onnxruntime.InferenceSession(out, providers=["CPUExecutionProvider"])
    assert {item.name for item in session.get_inputs()} == set(inputs)
    answer = session.run(["probability"], inputs)[0]
    with torch.no_grad():
        expected = network.probability({key: torch.from_numpy(values) for key, values in inputs.items()}).numpy()
    assert np.ptp(expected[:, 1]) > 0.01
    assert np.abs(answer - expected).max() <= 2e-5
    alone = session.run(["probability"], {key: values[:1] for key, values in inputs.items()})[0]
    assert np.abs(alone - expected[:1]).max() <= 2e-5, "a batch of one, too"
    model = onnx.load(out)
    assert model.ir_version <= 9 and [entry.version for entry in model.opset_import] == [17]


@pytest.mark.slow
def test_keras_pytorch_and_the_exported_file_answer_alike(tmp_path):
    """At the published size: Keras's weights in a training's folder, exported, against what Keras answers."""
    patches = np.load(shared_file("fixtures", "keras", "glavitu_global_patches.npz"))
    arrays = read_weights(str(shared_file("fixtures", "keras", "glavitu_global_random_weights.h5")))[1]
    settings = TrainSettings()
    network = build_network(settings)
    load_arrays(network, arrays)
    settings.to_yaml(tmp_path / "settings.yaml")
    state = {f"network.{name}": values for name, values in network.state_dict().items()}
    torch.save({"state_dict": state}, tmp_path / "best.ckpt")
    export_run(tmp_path, tmp_path / "m.onnx")
    inputs = {name: patches[name].astype(np.float32) for name in ("optical", "dem")}
    session = onnxruntime.InferenceSession(str(tmp_path / "m.onnx"), providers=["CPUExecutionProvider"])
    answer = session.run(["probability"], inputs)[0]
    assert np.abs(answer - patches["keras_probability"]).max() <= 2e-5
    again = GlaViTU(GlaViTUConfig(auxiliary=False)).eval()
    load_arrays(again, read_arrays(str(tmp_path / "m.onnx"))[1])
    with torch.no_grad():
        found = again.probability({key: torch.from_numpy(values) for key, values in inputs.items()}).numpy()
    assert np.abs(found - patches["keras_probability"]).max() <= 2e-5


@pytest.mark.parametrize("name", ["region", "deeplab"])
def test_it_is_a_model_like_any_other(tmp_path, name):
    folder = write_run(tmp_path / "run", **SETTINGS[name])
    description = export_run(folder, tmp_path / "m.onnx")
    predictor = OnnxPredictor(str(tmp_path / "m.onnx"), "cpu")
    check_golden(predictor)
    assert read_description(str(tmp_path / "m.onnx")) == description == predictor.description
    torch_predictor = open_run(folder)
    assert torch_predictor.description.features == description.features


def test_the_description_tells_where_it_comes_from(run, tmp_path):
    table = {"table": {"raw": [0.0, 1.0], "calibrated": [0.5, 0.9], "source": "isotonic", "of": "entropy"}}
    (run / "calibration.json").write_text(json.dumps(table), encoding="utf-8")
    (tmp_path / "scores.json").write_text(json.dumps(EVALUATION), encoding="utf-8")
    facts = ExportFacts("Alps 1", "CC-BY-4.0", "Ours (2026)", str(tmp_path / "scores.json"))
    told = export_run(run, tmp_path / "m.onnx", facts)
    assert (told.name, told.licence, told.citation, told.strategy) == ("Alps 1", "CC-BY-4.0", "Ours (2026)", "global")
    assert told.regions == ("ALP", "CA") and told.trained_on == "3 tiles (ALP, CA) of train.hdf5"
    assert told.calibration == Calibration((0.0, 1.0), (0.5, 0.9), "isotonic", "entropy")
    assert dict(told.metrics) == {
        "validation IoU": 0.75, "spatial IoU": 0.7, "spatial F1": 0.8, "spatial IoU ALP": 0.6, "spatial IoU CA": 0.8,
    }  # fmt: skip
    assert told.tested_on == "spatial: 4 tiles of test.hdf5" and told.resolution == 30.0


EVALUATION = {
    "sets": [
        {
            "name": "spatial", "files": ["test.hdf5"], "tiles": 4,
            "methods": [
                {
                    "method": "run", "headline": {"iou": 0.7, "f1": 0.8, "debris_recall": None},
                    "regions": [{"region": "ALP", "iou": 0.6}, {"region": "CA", "iou": 0.8}],
                },
                {"method": "band ratio", "headline": {"iou": 0.1}, "regions": []},
            ],
        }
    ]
}  # fmt: skip


def test_what_is_not_known_is_not_made_up(run, tmp_path):
    (run / "metrics.csv").unlink()
    told = export_run(run, tmp_path / "m.onnx")
    assert (told.name, told.licence, told.metrics, told.tested_on) == ("alps", "not stated", (), "")
    assert told.calibration is None
    assert "s41467-024-54956-x" in told.citation
    text = told.to_json()
    assert str(tmp_path) not in text, "no paths of this machine"


def test_each_network_cites_its_own_paper(tmp_path):
    told = export_run(write_run(tmp_path / "run", network="deeplabv3plus"), tmp_path / "m.onnx")
    assert "ECCV 2018" in told.citation


def test_a_local_model_names_what_it_was_trained_on_from(tmp_path):
    from icemargin.training.learning.settings import Start

    start = Start(model="/somewhere/private/glavitu_global.onnx")
    told = export_run(write_run(tmp_path / "run", strategy="finetuning", start=start), tmp_path / "m.onnx")
    assert told.trained_on.endswith("; trained on from glavitu_global.onnx") and "private" not in told.to_json()


@pytest.mark.parametrize(
    "text, expected",
    [("3 tiles (ALP, CA) of NZ.hdf5", ("ALP", "CA")), ("1 tile (no region named) of a.hdf5", ()), ("", ("SC",))],
)
def test_regions_are_those_of_the_tiles(text, expected):
    from icemargin.training.learning.settings import Data

    assert trained_regions(TrainSettings(trained_on=text, data=Data(regions=("SC",)))) == expected


@pytest.mark.parametrize("name", ["metrics.csv", "calibration.json", "settings.yaml", "best.ckpt", "scores.json"])
def test_damage_is_told_and_leaves_what_was_there(run, tmp_path, name):
    (tmp_path / "m.onnx").write_text("before", encoding="utf-8")
    path = tmp_path / name if name == "scores.json" else run / name
    path.write_text("step,val_iou\n1,high\n" if name == "metrics.csv" else "{broken", encoding="utf-8")
    facts = ExportFacts(evaluation=str(path) if name == "scores.json" else "")
    with pytest.raises(IceMarginError):
        export_run(run, tmp_path / "m.onnx", facts)
    assert (tmp_path / "m.onnx").read_text(encoding="utf-8") == "before"
    assert not list(tmp_path.glob(".m.onnx*"))


def test_a_file_that_answers_otherwise_is_not_kept(run, tmp_path, monkeypatch):
    from icemargin.training import export

    real = export.to_arrays
    monkeypatch.setattr(export, "to_arrays", lambda network: {k: v + 0.01 for k, v in real(network).items()})
    with pytest.raises(ModelError, match=f"{TOLERANCE:g} is allowed"):
        export_run(run, tmp_path / "m.onnx")
    assert not list(tmp_path.glob("*.onnx")) and not list(tmp_path.glob(".m.onnx*"))


@pytest.fixture
def home(tmp_path, monkeypatch):
    monkeypatch.setenv("ICEMARGIN_HOME", str(tmp_path / "home"))


def test_the_command_writes_installs_and_makes_the_default(home, run, tmp_path, capsys):
    out = str(tmp_path / "m.onnx")
    words = ["--out", out, "--install", "--name", "Alps", "--licence", "CC0", "--default-for", "ALP"]
    assert main(["model", "export", str(run), *words]) == 0
    told = capsys.readouterr().out
    assert "Strategy:     global" in told and "Regions:      ALP, CA" in told and "validation IoU 0.750" in told
    assert "Installed as Alps, the default for ALP" in told and out in told
    assert ModelStore().default_for("ALP") == "Alps"
    assert ModelStore().find("Alps").checked.startswith("onnxruntime")
    assert main(["model", "show", "Alps"]) == 0
    assert "Licence:      CC0" in capsys.readouterr().out


def test_the_command_can_install_alone(home, run, capsys):
    assert main(["model", "export", str(run), "--install"]) == 0
    assert [model.name for model in ModelStore().models()] == ["classic", "alps"]
    assert ModelStore().defaults() == {}


@pytest.mark.parametrize(
    "words, problem",
    [
        ([], "--out MODEL.onnx, --install, or both"),
        (["--out", "m.onnx", "--default-for", "ALP"], "give --install too"),
        (["--install", "--default-for", "Alps"], "Unknown region 'Alps'"),
        (["--out", "/nowhere/m.onnx"], "cannot be written"),
    ],
)
def test_the_command_refuses(home, run, capsys, words, problem):
    assert main(["model", "export", str(run), *words]) != 0
    assert problem in capsys.readouterr().err
    assert [model.name for model in ModelStore().models()] == ["classic"]


def test_a_folder_without_training(home, tmp_path, capsys):
    assert main(["model", "export", str(tmp_path), "--install"]) == 2
    assert "no folder of a training" in capsys.readouterr().err
