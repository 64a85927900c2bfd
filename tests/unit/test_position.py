"""What a model is told of the place: found by position, said by the user, or a soft vector; and shown."""

import json
import sqlite3
from contextlib import closing

import numpy as np
import pytest
from builders import cone, read, request_for, snow_scene, write_raster
from icemargin.cli import main
from icemargin.inference.delineate import delineate
from icemargin.inference.errors import ModelError
from icemargin.inference.model import REGIONS
from icemargin.inference.request import OPTICAL_BANDS, DelineationRequest, Extent, Source
from icemargin.scenes.position import region_text, resolve_region
from icemargin.tests.unit.tiny_onnx import description, save_model

DESCRIBED = description(patch=32, location="region", overlap=0.0)


@pytest.fixture
def scene(tmp_path):
    """Imagery and elevation at 34.3 N, 76.1 E."""
    optical = write_raster(tmp_path / "o.tif", snow_scene((60, 70)), names=OPTICAL_BANDS)
    return optical, write_raster(tmp_path / "d.tif", cone((60, 70)))


def full_request(scene, out, **values):
    six = {name: number for number, name in enumerate(OPTICAL_BANDS, start=1)}
    return DelineationRequest((Source((scene[0],), six), Source((scene[1],), {"elevation": 1})), str(out), **values)


def told(folder):
    with closing(sqlite3.connect(folder / "outlines.gpkg")) as database:
        return dict(database.execute("select key, value from provenance")).get("location")


@pytest.mark.parametrize(
    ("crs", "left", "top", "region", "text"),
    [
        ("EPSG:32643", 600000, 3800000, "HMA", "Region: High-Mountain Asia (HMA), by position"),
        ("EPSG:32632", 650000, 5190000, "ALP", "Region: European Alps (ALP), by position"),
        ("EPSG:32628", 400000, 7150000, "unknown", "Region: not told (unknown), by position"),  # Iceland
    ],
)
def test_the_region_is_that_of_the_map_s_centre(tmp_path, crs, left, top, region, text):
    place = {"crs": crs, "left": float(left), "top": float(top)}
    optical = write_raster(tmp_path / "o.tif", snow_scene((60, 70)), **place)
    dem = write_raster(tmp_path / "d.tif", cone((60, 70)), **place)
    request = full_request((optical, dem), tmp_path / "out", model="m.onnx", region="auto")
    found, said = resolve_region(request, DESCRIBED)
    assert (found.region, said) == (region, text)


def test_the_extent_decides_not_the_imagery(tmp_path):
    """One image over two regions: its centre lies in High-Mountain Asia, the extent does not."""
    place = {"crs": "EPSG:4326", "left": 60.0, "top": 50.0, "pixel": 0.1}
    optical = write_raster(tmp_path / "o.tif", snow_scene((100, 100)), **place)
    dem = write_raster(tmp_path / "d.tif", cone((100, 100)), **place)
    request = full_request((optical, dem), tmp_path / "out", model="m.onnx", region="auto", resolution=5000.0)
    assert resolve_region(request, DESCRIBED)[0].region == "HMA"
    west = DelineationRequest(**{**vars(request), "extent": Extent(60.2, 45, 61, 46, "EPSG:4326")})
    assert resolve_region(west, DESCRIBED)[0].region == "unknown"


def test_what_is_said_stays(scene, tmp_path):
    request = full_request(scene, tmp_path / "out", model="m.onnx", region="ALP")
    assert resolve_region(request, DESCRIBED) == (request, "Region: European Alps (ALP)")
    assert resolve_region(request, description())[1] == ""
    vector = (1.0, *(0.0,) * 11)
    soft = full_request(scene, tmp_path / "out", model="m.onnx", region="auto", region_vector=vector)
    assert resolve_region(soft, DESCRIBED)[0].region_vector == vector


def test_every_region_has_words():
    assert len({region_text(region) for region in REGIONS}) == len(REGIONS)


def test_a_soft_vector_reaches_network_and_provenance(scene, tmp_path):
    """All weight on one region is that region, another vector is not."""
    model = str(save_model(tmp_path / "m.onnx", DESCRIBED))
    one_hot = tuple(float(name == "HMA") for name in REGIONS)
    mixed = (0.5, *(0.0,) * 4, 0.5, *(0.0,) * 6)
    delineate(full_request(scene, tmp_path / "name", model=model, region="HMA"))
    delineate(full_request(scene, tmp_path / "hot", model=model, region_vector=one_hot))
    result = delineate(full_request(scene, tmp_path / "mixed", model=model, region_vector=mixed))
    name, hot, soft = (read(str(tmp_path / folder / "probability.tif")) for folder in ("name", "hot", "mixed"))
    np.testing.assert_array_equal(name, hot)
    assert (soft != hot).any()
    assert told(tmp_path / "name") == "region HMA"
    assert told(tmp_path / "mixed") == result.location == "region vector ALP 0.5, HMA 0.5"


def test_coordinates_are_told_and_written(scene, tmp_path):
    model = str(save_model(tmp_path / "m.onnx", description(patch=32, location="coordinates")))
    result = delineate(full_request(scene, tmp_path / "out", model=model))
    assert result.location == told(tmp_path / "out")
    assert result.location.startswith("coordinates 34.3") and " N, 76.0" in result.location


def test_the_core_takes_no_region_to_be_found(scene, tmp_path):
    model = str(save_model(tmp_path / "m.onnx", DESCRIBED))
    with pytest.raises(ModelError, match="does not know region 'auto'"):
        delineate(full_request(scene, tmp_path / "out", model=model, region="auto"))


@pytest.mark.parametrize(
    ("words", "location", "text"),
    [
        ([], "region HMA", "Region: High-Mountain Asia (HMA), by position\n"),
        (["--region", "ALP"], "region ALP", "Region: European Alps (ALP)\n"),
        (["--region", "unknown"], "region unknown", "Region: not told (unknown)\n"),
    ],
)
def test_the_command_line_says_it(scene, tmp_path, capsys, words, location, text):
    model = str(save_model(tmp_path / "m.onnx", DESCRIBED))
    command = ["map", "--optical", scene[0], "--dem", scene[1], "--model", model, *words]
    assert main([*command, "--out", str(tmp_path / "text")]) == 0
    assert text in capsys.readouterr().out
    assert main([*command, "--out", str(tmp_path / "json"), "--json"]) == 0
    found = json.loads(capsys.readouterr().out)
    assert found["location"] == location and "spread" not in found["paths"]
    assert main([*command, "--region", "Alps", "--out", str(tmp_path / "no")]) == 2
    assert "does not know region 'Alps'" in capsys.readouterr().err


def test_the_classic_method_is_told_nothing(scene, tmp_path, capsys):
    assert main(["map", "--optical", scene[0], "--out", str(tmp_path / "out")]) == 0
    assert "egion" not in capsys.readouterr().out
    result = delineate(request_for([scene[0]], tmp_path / "core"))
    assert result.location == "" and result.spread is None
