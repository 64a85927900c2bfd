"""`icemargin region`: what it prints, what it maps, and what it refuses."""

from __future__ import annotations

import argparse
import json

import numpy as np
import pytest
from builders import cone, read, snow_scene, write_raster
from icemargin.cli import main
from icemargin.commands.region_vector import parse_region_vector, region_vector_words
from icemargin.inference.model import REGIONS, ModelDescription
from icemargin.inference.request import OPTICAL_BANDS
from icemargin.weights.architecture import Architecture
from icemargin.weights.features import FEATURES
from icemargin.weights.graph import build_model
from unit.keras_files import random_arrays

SIZES = {"width": 4, "depth": 1, "heads": 1, "key_size": 4, "hidden": 4, "patch": 64, "steps": 1}


def write_model(path, location: str = "region") -> str:
    sizes = Architecture(location={"region": 12, "": 0}[location], **SIZES)
    features = tuple(FEATURES[name] for name, _ in sizes.features)
    description = ModelDescription("small", features, 64, 10.0, location, overlap=0.5)
    path.write_bytes(build_model(sizes, random_arrays(sizes, 5), description).SerializeToString())
    return str(path)


@pytest.fixture(scope="module")
def inputs(tmp_path_factory):
    """A scene in the Himalaya with a DEM, and a model with region encoding."""
    folder = tmp_path_factory.mktemp("region")
    scene = write_raster(folder / "scene.tif", snow_scene((150, 160)), names=OPTICAL_BANDS)
    dem = write_raster(folder / "dem.tif", cone((150, 160)))
    return ["region", "--optical", scene, "--dem", dem, "--model", write_model(folder / "small.onnx")]


def test_prints_the_table_the_vector_and_the_warning(inputs, capsys):
    assert main([*inputs, "--epochs", "2", "--windows", "2"]) == 0
    out, err = capsys.readouterr()
    assert "Up to 38 looks at 2 windows: as long as mapping 76 windows." in err
    rows = [line.split() for line in out.splitlines() if line.startswith("  ")]
    table = {row[0]: float(row[1]) for row in rows if row[0] in REGIONS}
    assert set(table) == set(REGIONS) and list(table.values()) == sorted(table.values())
    assert "As before: High-Mountain Asia (HMA), by position" in out
    assert f"as before            {table['HMA']:.4f}" in out
    assert "Low entropy is not accuracy" in out and "pixels looked at changes" in out
    words = out.split("--region-vector ")[1].split()[0]
    assert sum(parse_region_vector(words)) == pytest.approx(1)


def test_a_vector_that_is_no_better_is_told(inputs, capsys):
    assert main([*inputs, "--json", "--epochs", "1"]) == 0
    entropies = json.loads(capsys.readouterr().out)["entropies"]
    surest = min(entropies, key=entropies.get)
    assert main([*inputs, "--epochs", "1", "--rate", "0.001", "--region", surest]) == 0
    assert "not surer with the vector found than as before" in capsys.readouterr().out


def test_json_and_both_maps(inputs, tmp_path, capsys):
    assert main([*inputs, "--json", "--map", str(tmp_path), "--rate", "3"]) == 0
    found = json.loads(capsys.readouterr().out)
    assert found["entropies"]["HMA"] == found["before"]["entropy"] > found["found"]["entropy"]
    assert sum(found["found"]["vector"].values()) == pytest.approx(1)
    assert found["maps"]["before"]["location"] == "region HMA"
    assert found["maps"]["after"]["location"].startswith("region vector ")
    before, after = (read(str(tmp_path / name / "probability.tif")) for name in ("before", "after"))
    assert before.shape == after.shape and np.abs(before - after).max() > 0.01
    assert "Low entropy is not accuracy" in found["warning"]


def test_maps_are_told_with_their_areas(inputs, tmp_path, capsys):
    assert main([*inputs, "--epochs", "1", "--map", str(tmp_path / "maps")]) == 0
    out = capsys.readouterr().out
    assert f"outlines: {tmp_path / 'maps' / 'before' / 'outlines.gpkg'}" in out and "\nafter:  " in out
    assert (tmp_path / "maps" / "after" / "outlines.gpkg").is_file()


@pytest.mark.parametrize(
    "words, problem",
    [
        (["--model", "classic"], "classic method is not told its region"),
        (["--windows", "0"], "at least one window"),
        (["--epochs", "0"], "at least one window and one step"),
        (["--rate", "-1"], "rate is above 0"),
        (["--region", "XX"], "does not know region 'XX'"),
        (["--extent", "0,0,10,10"], "outside the imagery"),
    ],
)
def test_wrong_input_is_told_in_one_line(inputs, capsys, words, problem):
    assert main([*inputs, *words]) == 2
    assert problem in capsys.readouterr().err


def test_a_model_without_region_is_refused(inputs, tmp_path, capsys):
    assert main([*inputs, "--model", write_model(tmp_path / "plain.onnx", "")]) == 2
    assert "not told its region" in capsys.readouterr().err


def test_map_takes_the_vector(inputs, tmp_path, capsys):
    words = ["map", *inputs[1:], "--out"]
    assert main([*words, str(tmp_path / "mixed"), "--region-vector", "HMA=0.6,CA=0.4"]) == 0
    assert "Region vector CA 0.4, HMA 0.6" in capsys.readouterr().out
    assert main([*words, str(tmp_path / "alone"), "--region-vector", "HMA=1"]) == 0
    assert main([*words, str(tmp_path / "named"), "--region", "HMA"]) == 0
    mixed, alone, named = (read(str(tmp_path / name / "probability.tif")) for name in ("mixed", "alone", "named"))
    np.testing.assert_array_equal(alone, named)
    assert np.abs(mixed - alone).max() > 0.001


def test_a_vector_that_nobody_would_hear_is_refused(inputs, tmp_path, capsys):
    words = ["map", *inputs[1:], "--region-vector", "HMA=1", "--out", str(tmp_path / "out")]
    for model in ("classic", write_model(tmp_path / "plain.onnx", "")):
        assert main([*words, "--model", model]) == 2
        assert "region" in capsys.readouterr().err
    with pytest.raises(SystemExit) as ended:
        main([*words, "--region-vector", "HMA=2"])
    assert ended.value.code == 2 and "sum to 1" in capsys.readouterr().err


@pytest.mark.parametrize(
    "text, expected",
    [
        ("HMA=1", {"HMA": 1}),
        ("HMA=0.6,CA=0.4", {"HMA": 0.6, "CA": 0.4}),
        (" CA = 0.50 , NZ=.51", {"CA": 0.495, "NZ": 0.505}),
    ],
)
def test_reads_a_vector(text, expected):
    found = dict(zip(REGIONS, parse_region_vector(text)))
    assert {name: share for name, share in found.items() if share} == pytest.approx(expected, abs=1e-3)
    assert sum(found.values()) == pytest.approx(1)


@pytest.mark.parametrize(
    "text",
    ["", "HMA", "HMA=", "HMA=x", "XX=1", "HMA=0.5", "HMA=1.5,CA=-0.5", "HMA=0.5,HMA=0.5", "HMA=nan", "HMA=1;CA=0"],
)
def test_refuses_what_is_no_vector(text):
    with pytest.raises(argparse.ArgumentTypeError):
        parse_region_vector(text)


def test_words_of_a_vector_are_read_back():
    rng = np.random.default_rng(0)
    for _ in range(50):
        vector = rng.dirichlet(np.full(12, 0.2))
        assert np.abs(np.array(parse_region_vector(region_vector_words(vector))) - vector).max() < 5e-3
