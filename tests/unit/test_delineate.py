"""The whole way: what is written, what is left behind, what is resumed."""

import json
import os
import subprocess
import sys
import time
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from builders import BlurPredictor, cone, read, request_for, snow_scene, write_raster
from icemargin.inference import strips
from icemargin.inference.checks import inspect_request
from icemargin.inference.delineate import delineate
from icemargin.inference.errors import (
    Cancelled,
    CrsError,
    ExtentError,
    InputError,
    ModelError,
    OutputError,
    RuntimeCrashError,
    SourceError,
    UnitError,
)
from icemargin.inference.request import ClassicSettings, Extent, Source
from osgeo import gdal, ogr

OUTPUTS = ["confidence.tif", "outlines.gpkg", "probability.tif"]


@pytest.fixture
def scene(tmp_path):
    bands = snow_scene((300, 280))
    bands[:, 100:120, 50:90] = np.nan
    return write_raster(tmp_path / "scene.tif", bands)


def contents(folder: Path):
    return sorted(path.name for path in folder.iterdir()) if folder.exists() else None


def test_result_is_complete_and_georeferenced(scene, tmp_path):
    result = delineate(request_for([scene], tmp_path / "out"))
    assert contents(tmp_path / "out") == OUTPUTS
    source = gdal.Open(scene)
    for path in (result.probability, result.confidence):
        raster = gdal.Open(path)
        assert raster.GetGeoTransform() == source.GetGeoTransform()
        assert raster.GetSpatialRef().IsSame(source.GetSpatialRef())
        assert raster.GetMetadataItem("LAYOUT", "IMAGE_STRUCTURE") == "COG"
        band = raster.GetRasterBand(1)
        assert np.isnan(band.GetNoDataValue()) and band.GetOverviewCount() == 0  # 300 pixels need none
        values = band.ReadAsArray()
        assert np.isnan(values[100:120, 50:90]).all() and np.isnan(values).sum() == 800
        assert np.nanmin(values) >= 0 and np.nanmax(values) <= 1
    assert np.nanmin(read(result.confidence)) >= 0.5
    assert result.valid_fraction == pytest.approx(1 - 800 / 84000)
    assert result.n_outlines > 0 and result.area_lo_km2 < result.glacier_area_km2 < result.area_hi_km2
    glacier = np.nansum(read(result.probability) >= 0.5) * 1e-4
    assert result.glacier_area_km2 == pytest.approx(glacier, rel=0.05)


def test_provenance_tells_what_ran(scene, tmp_path):
    result = delineate(request_for([scene], tmp_path / "out"))
    dataset = ogr.Open(result.outlines)  # a layer does not keep its data set alive
    layer = dataset.GetLayerByName("provenance")
    rows = {feature.GetField("key"): feature.GetField("value") for feature in layer}
    assert rows["provider"] == "numpy" and json.loads(rows["request"])["classic"]["ratio_threshold"] == 2.0
    assert len(json.loads(rows["sha256"])[scene]) == 64


@pytest.mark.parametrize("box", [(600300, 3797500, 601700, 3799000), (600005, 3797003, 602799, 3799994)])
def test_rasters_do_not_depend_on_the_extent(scene, tmp_path, box):
    whole = delineate(request_for([scene], tmp_path / "a"), predictor=BlurPredictor())
    part = delineate(request_for([scene], tmp_path / "b", extent=Extent(*box)), predictor=BlurPredictor())
    offset = gdal.Open(part.probability).GetGeoTransform()
    row, column = round((3800000 - offset[3]) / 10), round((offset[0] - 600000) / 10)
    values = read(part.probability)
    expected = read(whole.probability)[row : row + values.shape[0], column : column + values.shape[1]]
    np.testing.assert_array_equal(values, expected)


def test_extent_in_degrees_larger_than_the_scene_is_the_scene(scene, tmp_path):
    result = delineate(request_for([scene], tmp_path / "out", extent=Extent(-179, -89, 179, 89, "EPSG:4326")))
    assert gdal.Open(result.probability).RasterXSize == 280


def test_area_of_interest_masks(scene, tmp_path):
    ring = "POLYGON ((600500 3797500, 602000 3797500, 602000 3799500, 600500 3797500))"
    area = (bytes(ogr.CreateGeometryFromWkt(ring).ExportToWkb()),)
    extent = Extent(600500, 3797500, 602000, 3799500)
    masked = read(delineate(request_for([scene], tmp_path / "a", extent=extent, area=area)).probability)
    plain = read(delineate(request_for([scene], tmp_path / "b", extent=extent)).probability)
    inside = np.isfinite(masked)
    assert 0.4 < inside.mean() < 0.52
    np.testing.assert_array_equal(masked[inside], plain[inside])


@pytest.mark.parametrize("index", ["ratio", "ndsi"])
def test_degrees_are_mapped_on_utm(tmp_path, index):
    path = write_raster(tmp_path / "a.tif", snow_scene((200, 200)), crs="EPSG:4326", left=76.5, top=34.0, pixel=1e-4)
    result = delineate(request_for([path], tmp_path / "out", classic=ClassicSettings(index=index)))
    raster = gdal.Open(result.probability)
    assert raster.GetSpatialRef().GetAuthorityCode(None) == "32643"
    assert 9 < raster.GetGeoTransform()[1] < 11


class InterruptedPredictor(BlurPredictor):
    """Dies (resumably) at a given call, like a killed child process."""

    def __init__(self, at: int) -> None:
        super().__init__(overlap=0.4)
        self.at = at

    def predict(self, inputs):
        if self.calls == self.at:
            raise RuntimeCrashError("killed")
        return super().predict(inputs)


@pytest.mark.parametrize("at", [0, 9, 25, 50])
def test_resume_gives_the_identical_result(scene, tmp_path, at):
    expected = delineate(request_for([scene], tmp_path / "a"), predictor=BlurPredictor(overlap=0.4))
    request = request_for([scene], tmp_path / "b")
    with pytest.raises(RuntimeCrashError):
        delineate(request, predictor=InterruptedPredictor(at))
    assert contents(tmp_path / "b") == [".icemargin-work"]
    again = BlurPredictor(overlap=0.4)
    result = delineate(replace(request, resume=True), predictor=again)
    for path, other in ((result.probability, expected.probability), (result.confidence, expected.confidence)):
        assert Path(path).read_bytes() == Path(other).read_bytes()
    assert contents(tmp_path / "b") == OUTPUTS
    if at == 50:
        fresh = BlurPredictor(overlap=0.4)
        delineate(request_for([scene], tmp_path / "c"), predictor=fresh)
        assert again.calls < fresh.calls


def test_strips_of_another_request_are_not_resumed(scene, tmp_path):
    request = request_for([scene], tmp_path / "b")
    with pytest.raises(RuntimeCrashError):
        delineate(request, predictor=InterruptedPredictor(25))
    other = replace(request, extent=Extent(600000, 3797500, 602000, 3800000), resume=True)
    expected = delineate(replace(other, out_dir=str(tmp_path / "a")), predictor=BlurPredictor(overlap=0.4))
    found = delineate(other, predictor=BlurPredictor(overlap=0.4))
    assert Path(found.probability).read_bytes() == Path(expected.probability).read_bytes()


class CancelAt:
    """Cancelled from a given fraction on."""

    def __init__(self, fraction: float) -> None:
        self.fraction, self.reached = fraction, False

    def report(self, fraction, text):
        self.reached = self.reached or fraction >= self.fraction

    def is_cancelled(self):
        return self.reached


@pytest.mark.parametrize("fraction", [0.0, 0.1, 0.5, 0.81, 0.86, 0.91, 0.95])
@pytest.mark.parametrize("existing", [True, False])
def test_cancel_leaves_nothing(scene, tmp_path, fraction, existing):
    out = tmp_path / "out"
    if existing:
        out.mkdir()
        (out / "probability.tif").write_text("the result of before")
    with pytest.raises(Cancelled):
        delineate(request_for([scene], out), CancelAt(fraction), BlurPredictor())
    assert contents(out) == (["probability.tif"] if existing else None)
    assert not existing or (out / "probability.tif").read_text() == "the result of before"


def bad_requests(tmp_path):
    def raster(name, bands, **more):
        return write_raster(tmp_path / name, bands, **more)

    def scene_of(change, **more):
        return request_for([raster("bad.tif", change(snow_scene((60, 60))), **more)], tmp_path / "out")

    good = raster("good.tif", snow_scene((60, 60)))
    far = raster("far.tif", snow_scene((60, 60))[:2], left=700000.0)
    request = request_for([good], tmp_path / "out")
    flat = Source((raster("z.tif", np.zeros((60, 60))),), {"elevation": 1})
    away = Source((raster("w.tif", cone((60, 60)), left=700000.0),), {"elevation": 1})
    steep = Source((raster("p.tif", np.full((60, 60), 130.0)),), {"slope": 1})
    apart = (Source((good,), {"blue": 1, "red": 3}), Source((far,), {"swir1": 2}))
    return {
        "no crs": (lambda: scene_of(lambda bands: bands, crs=None), CrsError, "no coord"),
        "dn": (lambda: scene_of(lambda bands: bands * 1e4), UnitError, "digital numbers"),
        "8 bit": (lambda: scene_of(lambda bands: bands * 255), UnitError, "8-bit"),
        "twice": (lambda: scene_of(lambda bands: bands * 1e-4), UnitError, "twice"),
        "db": (lambda: scene_of(lambda bands: bands - 12), UnitError, "no reflectance"),
        "all nodata": (lambda: scene_of(lambda bands: np.full_like(bands, -9999)), ExtentError, "valid"),
        "truncated": (lambda: request_for([truncated(tmp_path)], tmp_path / "out"), SourceError, "complete"),
        "no overlap": (lambda: replace(request, sources=apart), ExtentError, "do not overlap"),
        "outside": (lambda: replace(request, extent=Extent(0, 0, 10, 10)), ExtentError, "outside the imagery"),
        "degrees": (lambda: replace(request, extent=Extent(1, 1, 2, 2, "EPSG:4326")), ExtentError, "outside"),
        "bands missing": (lambda: replace(request, sources=apart[:1]), ModelError, "swir1"),
        "no model": (lambda: replace(request, model=str(tmp_path / "no.onnx")), ModelError, "no model file"),
        "not a model": (lambda: replace(request, model=good), ModelError, "ONNX"),
        "degree target": (lambda: replace(request, crs="EPSG:4326"), CrsError, "not metric"),
        "flat dem": (lambda: replace(request, sources=(*request.sources, flat)), UnitError, "0 everywhere"),
        "far dem": (lambda: replace(request, sources=(*request.sources, away)), ExtentError, "does not overlap"),
        "percent": (lambda: replace(request, sources=(*request.sources, steep)), UnitError, "percent"),
    }


def truncated(tmp_path):
    path = write_raster(tmp_path / "cut.tif", np.random.default_rng(0).random((6, 400, 400)).astype(np.float32))
    data = Path(path).read_bytes()
    Path(path).write_bytes(data[: len(data) // 3])
    return path


@pytest.mark.parametrize("case", [
    "no crs", "dn", "8 bit", "twice", "db", "all nodata", "truncated", "no overlap", "outside", "degrees",
    "bands missing", "no model", "not a model", "degree target", "flat dem", "far dem", "percent",
])  # fmt: skip
def test_bad_input_is_named_and_leaves_nothing(tmp_path, case):
    make, error, message = bad_requests(tmp_path)[case]
    with pytest.raises(error, match=message) as caught:
        delineate(make())
    assert isinstance(caught.value, InputError)
    assert not (tmp_path / "out").exists()


def test_mixed_up_bands_are_noticed(tmp_path):
    reverse = {name: 7 - number for name, number in request_for(["x"], tmp_path).sources[0].bands.items()}
    path = write_raster(tmp_path / "a.tif", snow_scene((60, 60)))
    with pytest.raises(InputError, match="order of the bands"):
        delineate(request_for([path], tmp_path / "out", reverse))


def test_a_file_where_the_folder_should_be(scene, tmp_path):
    (tmp_path / "out").write_text("a file")
    with pytest.raises(OutputError, match="choose another output folder"):
        delineate(request_for([scene], tmp_path / "out"))


def test_disk_full_is_named_and_the_previous_result_stands(scene, tmp_path):
    """A limit on the size of files stands for the full disk."""
    out = tmp_path / "out"
    delineate(request_for([scene], out))
    before = {path.name: path.read_bytes() for path in out.iterdir()}
    code = (
        "import resource, sys; sys.path[:0] = [sys.argv[1]]\n"
        "from icemargin.cli import main\n"
        "resource.setrlimit(resource.RLIMIT_FSIZE, (60_000, 60_000))\n"
        "sys.exit(main(['map', '--optical', sys.argv[2], '--ratio-threshold', '3', '--out', sys.argv[3]]))"
    )
    run = subprocess.run(
        [sys.executable, "-c", code, str(Path(__file__).parent), scene, str(out)],
        capture_output=True, text=True, check=False,
    )  # fmt: skip
    # The libtiff of newer systems says its own word past GDAL's error handler.
    told = [line for line in run.stderr.splitlines() if not line.startswith("_tiff")]
    assert run.returncode == 1 and len(told) == 1 and "disk full" in told[0], run.stderr
    assert {path.name: path.read_bytes() for path in out.iterdir()} == before


def test_too_little_space_is_known_before(scene, tmp_path, monkeypatch):
    monkeypatch.setattr("shutil.disk_usage", lambda _: os.terminal_size((0, 0)) and type("U", (), {"free": 1})())
    with pytest.raises(OutputError, match="may need"):
        delineate(request_for([scene], tmp_path / "out"))
    assert not (tmp_path / "out").exists()


def test_two_runs_do_not_share_a_folder(scene, tmp_path):
    seen = []

    class Nested(BlurPredictor):
        def predict(self, inputs):
            if not seen:
                with pytest.raises(OutputError, match="Another run") as caught:
                    delineate(request_for([scene], tmp_path / "out"))
                seen.append(str(caught.value))
            return super().predict(inputs)

    delineate(request_for([scene], tmp_path / "out"), predictor=Nested())
    assert seen and contents(tmp_path / "out") == OUTPUTS


def test_edited_outlines_are_set_aside_and_untouched_ones_replaced(scene, tmp_path):
    request = request_for([scene], tmp_path / "out")
    first = delineate(request)
    delineate(request)
    assert contents(tmp_path / "out") == OUTPUTS
    dataset = ogr.Open(first.outlines, update=1)
    layer = dataset.GetLayerByName("outlines")
    feature = layer.GetNextFeature()
    feature.SetGeometry(feature.GetGeometryRef().Buffer(-15))
    layer.SetFeature(feature)
    del feature, layer, dataset
    result = delineate(request)
    kept = [name for name in contents(tmp_path / "out") if name.startswith("outlines-edited-")]
    assert len(kept) == 1 and kept[0] in result.warnings[0]
    dataset = ogr.Open(str(tmp_path / "out" / kept[0]))
    assert dataset.GetLayerByName("outlines").GetFeatureCount() == result.n_outlines


def test_outlines_with_an_edit_log_are_set_aside_with_it(scene, tmp_path):
    request = request_for([scene], tmp_path / "out")
    log = tmp_path / "out" / "outlines.gpkg.edits.sqlite"
    delineate(request)
    log.write_bytes(b"log")
    result = delineate(request)
    names = [name for name in contents(tmp_path / "out") if name.startswith("outlines-edited-")]
    assert len(names) == 2 and f"{names[0]}.edits.sqlite" == names[1] and names[0] in result.warnings[0]
    assert not log.exists() and (tmp_path / "out" / names[1]).read_bytes() == b"log"


def test_nothing_found_is_a_result(tmp_path):
    path = write_raster(tmp_path / "a.tif", np.full((6, 60, 60), 0.15, np.float32))
    result = delineate(request_for([path], tmp_path / "out"))
    assert (result.n_outlines, result.glacier_area_km2) == (0, 0)
    assert contents(tmp_path / "out") == OUTPUTS


def test_gdals_cache_is_what_it_was(scene, tmp_path):
    before = gdal.GetCacheMax()
    delineate(request_for([scene], tmp_path / "out"))
    assert gdal.GetCacheMax() == before


def test_dem_goes_to_models_that_ask_for_it(tmp_path):
    from icemargin.inference.model import Feature, ModelDescription

    seen = []

    class Dem(BlurPredictor):
        def predict(self, inputs):
            seen.append(inputs["dem"])
            return super().predict(inputs)

    predictor = Dem(overlap=0.0)
    features = (*predictor.description.features, Feature("dem", ("elevation", "slope"), (0.0, 0.0), (10000.0, 90.0)))
    predictor.description = ModelDescription("x", features, 64)
    elevation = cone((60, 60))
    elevation[:10] = -9999
    dem = write_raster(tmp_path / "d.tif", elevation)
    request = request_for([write_raster(tmp_path / "o.tif", snow_scene((60, 60)))], tmp_path / "out")
    result = delineate(replace(request, sources=(*request.sources, Source((dem,), {"elevation": 1}))), None, predictor)
    tile = np.concatenate(seen)
    assert result.valid_fraction == 1  # a void in the DEM is an absent feature, not an absent pixel
    assert np.isfinite(tile).all() and 0.4 < np.median(tile[:, 0][tile[:, 0] > 0]) < 0.5
    assert np.median(tile[:, 1][tile[:, 1] > 0]) == pytest.approx(0.5, abs=0.01)
    seen.clear()
    with pytest.raises(ModelError, match="elevation, slope"):
        delineate(replace(request, out_dir=str(tmp_path / "none")), None, predictor)
    predictor.description = replace(predictor.description, optional=("elevation", "slope"))
    assert inspect_request(request, predictor.description).level == "amber"
    without = delineate(replace(request, out_dir=str(tmp_path / "none")), None, predictor)
    assert without.valid_fraction == 1 and not np.concatenate(seen).any()


@pytest.mark.slow
def test_memory_is_bounded_on_a_hundred_million_pixels(tmp_path):
    script = Path(__file__).parents[2] / "benchmarks" / "bench_map.py"
    began = time.monotonic()
    run = subprocess.run(
        [sys.executable, str(script), "--size", "10000", "--stub", "--json"], capture_output=True, text=True, check=True
    )
    found = json.loads(run.stdout.splitlines()[-1])
    assert found["pixels"] == 10_000**2 and found["n_outlines"] > 0
    assert found["peak_memory_mib"] < 1024, found
    assert time.monotonic() - began < 1800


def test_strip_files_are_whole_or_not_there(scene, tmp_path, monkeypatch):
    """A run that dies inside a strip's writing leaves no strip of that name."""
    real = strips._write_bands

    def fail(path, *rest):
        real(path, *rest)
        raise RuntimeCrashError("power cut")

    monkeypatch.setattr(strips, "_write_bands", fail)
    with pytest.raises(RuntimeCrashError):
        delineate(request_for([scene], tmp_path / "out"), predictor=BlurPredictor())
    assert not list((tmp_path / "out" / ".icemargin-work").glob("strip_[+-]*"))


def test_a_journal_left_by_a_crash_is_not_applied_to_the_new_outlines(scene, tmp_path):
    request = request_for([scene], tmp_path / "out")
    first = delineate(request)
    for ending in ("-wal", "-shm"):
        (tmp_path / "out" / f"outlines.gpkg{ending}").write_bytes(b"")
    delineate(request)
    assert contents(tmp_path / "out") == OUTPUTS and Path(first.outlines).exists()
