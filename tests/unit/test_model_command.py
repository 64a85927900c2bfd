"""`icemargin model`: what it prints, what it leaves, and its exit codes."""

from __future__ import annotations

from pathlib import Path

import pytest
from builders import cone, snow_scene, write_raster
from icemargin.cli import main
from icemargin.inference.onnx_metadata import read_description
from icemargin.inference.request import OPTICAL_BANDS
from icemargin.models.store import CHANGED, ModelStore
from icemargin.tests.unit.keras_files import save_random
from icemargin.tests.unit.tiny_onnx import save_model


@pytest.fixture(autouse=True)
def home(tmp_path, monkeypatch):
    monkeypatch.setenv("ICEMARGIN_HOME", str(tmp_path / "home"))
    return tmp_path / "home"


@pytest.fixture
def weights(tmp_path):
    return str(save_random(tmp_path / "glavitu_global_weights.h5"))


def test_from_import_to_remove(weights, home, capsys):
    assert main(["model", "import", weights]) == 0
    told = capsys.readouterr().out
    assert "Golden patch: yes" in told and "passed its golden patch (onnxruntime" in told
    assert told.strip().endswith(str(home / "models" / "glavitu_global.onnx"))
    assert main(["model", "list"]) == 0
    classic, imported = capsys.readouterr().out.splitlines()
    assert classic.split() == ["classic", "built-in", "good"]
    assert imported.split()[:2] == ["glavitu_global", "imported"] and "passed its golden patch" in imported
    assert main(["model", "check", "glavitu_global"]) == 0
    assert "passed its golden patch" in capsys.readouterr().out
    assert main(["model", "remove", "glavitu_global"]) == 0
    assert [model.name for model in ModelStore().models()] == ["classic"]


def test_show_takes_a_name_or_a_file(weights, tmp_path, capsys):
    out = str(tmp_path / "m.onnx")
    assert main(["model", "import", weights, "--out", out, "--name", "Ours"]) == 0
    assert read_description(out).name == "Ours" and len(ModelStore().models()) == 1
    assert main(["model", "import", out, "--name", "ours"]) == 0
    for name in (out, "ours", "classic"):
        capsys.readouterr()
        assert main(["model", "show", name]) == 0
        assert ("Ours" in capsys.readouterr().out) == (name != "classic")
    assert main(["model", "check", out]) == 0


def test_a_model_without_golden_patch_is_listed_as_unchecked(tmp_path, capsys):
    assert main(["model", "import", str(save_model(tmp_path / "tiny.onnx"))]) == 0
    assert main(["model", "list"]) == 0
    assert "not checked by a golden patch" in capsys.readouterr().out


def test_a_changed_file_is_told_by_list_and_check(weights, home, capsys):
    assert main(["model", "import", weights]) == 0
    Path(home / "models" / "glavitu_global.onnx").write_bytes(b"damaged")
    capsys.readouterr()
    assert main(["model", "list"]) == 0
    assert f"not offered: {CHANGED}" in capsys.readouterr().out
    assert main(["model", "check", "glavitu_global"]) == 2
    assert CHANGED in capsys.readouterr().err


def test_an_installed_model_is_mapped_with_by_its_name(tmp_path, capsys):
    scene = write_raster(tmp_path / "scene.tif", snow_scene((40, 50)), names=OPTICAL_BANDS)
    dem = write_raster(tmp_path / "dem.tif", cone((40, 50)), names=("elevation",))
    assert main(["model", "import", str(save_model(tmp_path / "tiny.onnx")), "--name", "ours"]) == 0
    words = ["map", "--optical", scene, "--dem", dem, "--out", str(tmp_path / "out"), "--model"]
    assert main([*words, "ours"]) == 0 and (tmp_path / "out" / "probability.tif").exists()
    assert main([*words, "theirs"]) == 2 and "installed are classic, ours" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (["model", "show", "nothing"], "installed are classic"),
        (["model", "check", "nothing"], "installed are classic"),
        (["model", "check", "no.onnx"], "There is no model file"),
        (["model", "remove", "nothing"], "installed are classic"),
        (["model", "remove", "classic"], "comes with IceMargin"),
        (["model", "import", "no.h5"], "There is no file no.h5"),
        (["model", "import", "no.onnx"], "There is no model file"),
        (["model", "import", "a.onnx", "--out", "b.onnx"], "are for Keras weights"),
        (["model", "import", "a.onnx", "--calibration", "none"], "are for Keras weights"),
        (["model", "import", "{weights}", "--calibration", "nothing"], "cannot be read; give a JSON file"),
    ],
)
def test_errors_are_one_line_and_code_2(weights, words, message, capsys):
    assert main([word.format(weights=weights) for word in words]) == 2
    told = capsys.readouterr()
    assert told.out == "" and message in told.err and len(told.err.splitlines()) == 1
    assert [model.name for model in ModelStore().models()] == ["classic"]
