"""Runs with several members: the spread raster, resuming, what is left in the folder, all doors the same bytes."""

import json
import sys

import numpy as np
import onnx
import pytest
from builders import request_for, snow_scene, write_raster
from icemargin.cli import main
from icemargin.inference.delineate import delineate
from icemargin.inference.errors import Cancelled, ModelError, OutputError, RuntimeCrashError
from icemargin.inference.grid import Grid
from icemargin.inference.model import ModelDescription
from icemargin.inference.predict import predict_strips
from icemargin.inference.predictors import load_predictor
from icemargin.inference.progress import NoProgress
from icemargin.inference.raster_io import SceneReader
from icemargin.inference.request import OPTICAL_BANDS, Extent
from icemargin.inference.windows import tiling
from icemargin.tasks.runtime import open_predictor
from icemargin.tests.unit.keras_files import random_arrays
from icemargin.weights.architecture import Architecture
from icemargin.weights.features import FEATURES
from icemargin.weights.graph import build_model
from osgeo import gdal, ogr

SIZES = Architecture(
    width=4, depth=1, heads=2, key_size=2, hidden=6, patch=64, token=16, steps=1, features=(("optical", 6),)
)
RASTERS = ["confidence.tif", "probability.tif", "spread.tif"]
ARGUMENTS = ["--flips", "--dropout", "2", "--dropout-rate", "0.3", "--overlap", "0"]


@pytest.fixture(scope="module")
def models(tmp_path_factory):
    folder = tmp_path_factory.mktemp("models")
    for seed in (0, 1):
        described = ModelDescription(f"net{seed}", (FEATURES["optical"],), SIZES.patch, 10.0, overlap=0.5)
        onnx.save(build_model(SIZES, random_arrays(SIZES, seed), described), str(folder / f"{seed}.onnx"))
    return [str(folder / f"{seed}.onnx") for seed in (0, 1)]


@pytest.fixture
def scene(tmp_path):
    bands = snow_scene((150, 120))
    bands[:, :20, :30] = np.nan
    return write_raster(tmp_path / "scene.tif", bands, names=OPTICAL_BANDS, nodata=float("nan"))


def rasters(folder):
    return sorted(path.name for path in folder.iterdir() if path.suffix == ".tif")


def read(path):
    return gdal.Open(str(path)).ReadAsArray()


def test_all_doors_write_the_same_bytes(scene, models, tmp_path, capsys):
    values = {"ensemble": (models[1],), "flips": True, "dropout_passes": 2, "dropout_rate": 0.3, "overlap": 0.0}
    core = delineate(request_for([scene], tmp_path / "core", model=models[0], **values))
    child_request = request_for([scene], tmp_path / "child", model=models[0], **values)
    child = open_predictor(child_request, sys.executable)
    delineate(child_request, NoProgress(), child)
    child.close()
    command = ["map", "--optical", scene, "--model", models[0], "--ensemble", models[1], *ARGUMENTS, "--json"]
    assert main([*command, "--out", str(tmp_path / "cli")]) == 0
    printed = json.loads(capsys.readouterr().out)
    assert printed["paths"]["spread"] == str(tmp_path / "cli" / "spread.tif")
    for folder in ("core", "child", "cli"):
        assert rasters(tmp_path / folder) == RASTERS
        for name in RASTERS:
            assert (tmp_path / folder / name).read_bytes() == (tmp_path / "core" / name).read_bytes(), (folder, name)
    assert core.spread == str(tmp_path / "core" / "spread.tif")


def test_the_spread_lies_on_the_probability_s_grid(scene, models, tmp_path):
    delineate(request_for([scene], tmp_path / "out", model=models[0], ensemble=(models[1],)))
    spread, probability = gdal.Open(str(tmp_path / "out/spread.tif")), gdal.Open(str(tmp_path / "out/probability.tif"))
    assert spread.GetGeoTransform() == probability.GetGeoTransform()
    assert spread.GetProjection() == probability.GetProjection()
    assert np.isnan(spread.GetRasterBand(1).GetNoDataValue())
    assert spread.GetMetadataItem("LAYOUT", "IMAGE_STRUCTURE") == "COG"
    values = spread.ReadAsArray()
    assert values.dtype == np.float32
    np.testing.assert_array_equal(np.isnan(values), np.isnan(probability.ReadAsArray()))
    assert np.nanmin(values) >= 0 and np.nanmax(values) <= 0.5 and np.nanmean(values) > 1e-4


def test_there_is_no_spread_outside_the_area(scene, models, tmp_path):
    """A triangle: half of its box is outside it."""
    dataset = gdal.Open(scene)
    left, pixel, _, top, *_ = dataset.GetGeoTransform()
    right, bottom = left + 100 * pixel, top - 100 * pixel
    triangle = ogr.CreateGeometryFromWkt(f"POLYGON(({left} {bottom},{right} {bottom},{right} {top},{left} {bottom}))")
    extent = Extent(left, bottom, right, top, dataset.GetProjection())
    values = {"ensemble": (models[1],), "extent": extent, "area": (bytes(triangle.ExportToWkb()),)}
    delineate(request_for([scene], tmp_path / "out", model=models[0], **values))
    inside = np.isfinite(read(tmp_path / "out/probability.tif"))
    np.testing.assert_array_equal(np.isfinite(read(tmp_path / "out/spread.tif")), inside)
    assert 0.3 < inside.mean() < 0.6


def test_without_overlap_the_maps_are_those_of_the_members(scene, models, tmp_path):
    """One by one and averaged by numpy; within the rounding to 1/65536."""
    for seed, model in enumerate(models):
        delineate(request_for([scene], tmp_path / str(seed), model=model, overlap=0.0))
    delineate(request_for([scene], tmp_path / "both", model=models[0], ensemble=(models[1],), overlap=0.0))
    one, two = (read(tmp_path / name / "probability.tif") for name in "01")
    np.testing.assert_allclose(read(tmp_path / "both/probability.tif"), (one + two) / 2, atol=2e-5)
    np.testing.assert_allclose(read(tmp_path / "both/spread.tif"), np.abs(one - two) / 2, atol=2e-5)


def test_a_run_without_spread_leaves_none_of_an_earlier_one(scene, models, tmp_path):
    out = tmp_path / "out"
    delineate(request_for([scene], out, model=models[0], dropout_passes=2))
    (out / "spread.tif.aux.xml").write_text("<PAMDataset/>")  # as QGIS writes its statistics
    assert rasters(out) == RASTERS
    result = delineate(request_for([scene], out, model=models[0], flips=True))
    assert rasters(out) == RASTERS[:2] and result.spread is None
    assert not [path for path in out.iterdir() if path.name.startswith("spread")]


def test_a_spread_that_cannot_be_removed_stops_the_run(scene, models, tmp_path):
    out = tmp_path / "out"
    (out / "spread.tif").mkdir(parents=True)
    with pytest.raises(OutputError, match="cannot be removed"):
        delineate(request_for([scene], out, model=models[0]))
    assert not (out / "probability.tif").exists()


class Dying:
    """Passes on to a predictor, and dies after some windows as a child that is killed does."""

    def __init__(self, inner, windows):
        self._inner, self._left = inner, windows
        self.description, self.provider, self.warning, self.batch_size = inner.description, "stub", "", 1

    def predict(self, inputs):
        return self.predict_spread(inputs)[0]

    def predict_spread(self, inputs):
        if self._left == 0:
            raise RuntimeCrashError("killed")
        self._left -= 1
        return self._inner.predict_spread(inputs)

    def close(self):
        self._inner.close()


def test_an_interrupted_run_goes_on_to_the_same_bytes(scene, models, tmp_path):
    values = {"model": models[0], "dropout_passes": 2, "dropout_rate": 0.3}
    whole = delineate(request_for([scene], tmp_path / "whole", **values))
    cut = request_for([scene], tmp_path / "cut", **values)
    with pytest.raises(RuntimeCrashError):
        delineate(cut, NoProgress(), Dying(load_predictor(cut), whole.windows - 3))
    assert rasters(tmp_path / "cut") == []
    resumed = delineate(request_for([scene], tmp_path / "cut", resume=True, **values))
    assert resumed.windows < whole.windows
    for name in RASTERS:
        assert (tmp_path / "cut" / name).read_bytes() == (tmp_path / "whole" / name).read_bytes()


@pytest.mark.parametrize(
    "other",
    [{"dropout_passes": 3}, {"dropout_rate": 0.2}, {"flips": True}, {"dropout_passes": 0}, {"ensemble": True}],
)
def test_a_run_with_other_averages_does_not_go_on(scene, models, tmp_path, other):
    values = {"model": models[0], "dropout_passes": 2, "dropout_rate": 0.3}
    cut = request_for([scene], tmp_path / "cut", **values)
    windows = delineate(request_for([scene], tmp_path / "whole", **values)).windows
    with pytest.raises(RuntimeCrashError):
        delineate(cut, NoProgress(), Dying(load_predictor(cut), windows - 3))
    changed = {**values, **other}
    if "ensemble" in other:
        changed["ensemble"] = (models[1],)
    assert delineate(request_for([scene], tmp_path / "cut", resume=True, **changed)).windows == windows


def test_the_predictor_must_be_the_request_s(scene, models, tmp_path):
    plain, several = request_for([scene], tmp_path, model=models[0]), {"model": models[0], "dropout_passes": 2}
    averaged = request_for([scene], tmp_path, **several)
    for request, other in ((plain, averaged), (averaged, plain)):
        with pytest.raises(ModelError, match="open it for the same request"):
            delineate(request, NoProgress(), load_predictor(other))


def test_a_cancel_leaves_nothing(scene, models, tmp_path):
    class Cancel(NoProgress):
        looks = 0

        def is_cancelled(self):
            self.looks += 1
            return self.looks > 12

    with pytest.raises(Cancelled):
        delineate(request_for([scene], tmp_path / "out", model=models[0], dropout_passes=5), Cancel())
    assert not (tmp_path / "out").exists()


def test_the_blend_of_spreads_is_the_weighted_mean(scene):
    """Members that differ by a constant: the spread is that constant wherever windows overlap."""

    class Two:
        description = ModelDescription("two", (FEATURES["optical"],), 32, 10.0, overlap=0.5)
        provider, warning, batch_size = "stub", "", 1

        def predict_spread(self, inputs):
            shape = inputs["optical"].shape
            return np.full((shape[0], 32, 32), 0.5, np.float32), np.full((shape[0], 32, 32), 0.125, np.float32)

        def predict(self, inputs):
            return self.predict_spread(inputs)[0]

        def close(self):
            pass

    request = request_for([scene], scene + ".out")
    crs = gdal.Open(scene).GetProjection()
    tiles = tiling(Grid(crs, 10.0, 60000, -380000, 120, 150), 32, 0.5)
    with SceneReader(request.sources, Two.description.bands, tiles.around) as reader:
        strips = list(predict_strips(tiles, reader, Two(), "unknown", NoProgress(), tiles.strips[0]))
    spread = np.concatenate([strip.spread for strip in strips])
    probability = np.concatenate([strip.probability for strip in strips])
    assert set(np.unique(spread[np.isfinite(spread)])) == {0.125} and np.isnan(spread[:20, :30]).all()
    np.testing.assert_array_equal(np.isnan(spread), np.isnan(probability))


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["--flips"], "for network models"),
        (["--dropout", "5"], "for network models"),
        (["--model", "0", "--dropout", "1"], "2 to 100"),
        (["--model", "0", "--ensemble", "classic"], "network models; give the file"),
        (["--model", "0", "--ensemble", "0"], "twice"),
        (["--model", "0", "--ensemble", "nothing"], "nothing"),
        (["--model", "0", "--dropout", "5", "--dropout-rate", "1"], "below 1"),
    ],
)
def test_the_command_line_refuses(scene, models, tmp_path, capsys, arguments, message):
    given = [models[int(word)] if word == "0" else word for word in arguments]
    assert main(["map", "--optical", scene, "--out", str(tmp_path / "out"), *given]) == 2
    assert message in capsys.readouterr().err and not (tmp_path / "out").exists()
