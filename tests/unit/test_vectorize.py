"""Rasters to the outlines' GeoPackage, end to end on small rasters, and one large for its memory."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
from pathlib import Path

import numpy as np
import pytest
import shapely
from hypothesis import given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st
from icemargin.inference import class_raster, shapes
from icemargin.inference.class_raster import classify
from icemargin.inference.errors import Cancelled, OutputError, SourceError
from icemargin.inference.outline_fields import OUTLINE_FIELDS, UNCERTAIN_FIELDS
from icemargin.inference.progress import NoProgress
from icemargin.inference.request import OutlineSettings
from icemargin.inference.rings import Rings
from icemargin.inference.vector_io import read_layer
from icemargin.inference.vectorize import OutlineFacts, VectorSummary, vectorize
from osgeo import gdal, osr
from scipy.ndimage import gaussian_filter, label

FACTS = OutlineFacts("band ratio", "classic", "S2A_X", "2020-08-01", "MSI", "A. Analyst")
PLAIN = OutlineSettings(median=False, smooth=False, minimum_area_km2=0.0)
PIXEL = 30.0
LEFT, TOP = 500_000.0, 3_900_000.0
NAN = np.nan


def write_raster(path: Path, values: np.ndarray) -> str:
    height, width = values.shape
    dataset = gdal.GetDriverByName("GTiff").Create(str(path), width, height, 1, gdal.GDT_Float32)
    reference = osr.SpatialReference()
    reference.ImportFromEPSG(32643)
    dataset.SetProjection(reference.ExportToWkt())
    dataset.SetGeoTransform((LEFT, PIXEL, 0.0, TOP, 0.0, -PIXEL))
    dataset.GetRasterBand(1).SetNoDataValue(NAN)
    dataset.GetRasterBand(1).WriteArray(values.astype(np.float32))
    return str(path)


class Result:
    """What vectorize() made of two arrays."""

    def __init__(self, folder: Path, probability, confidence=None, settings=PLAIN, progress=None) -> None:
        probability = np.asarray(probability, dtype=float)
        confidence = np.ones_like(probability) if confidence is None else np.asarray(confidence, dtype=float)
        self.path = str(folder / "outlines.gpkg")
        work = folder / "work"
        work.mkdir(exist_ok=True)
        self.summary = vectorize(
            write_raster(folder / "p.tif", probability), write_raster(folder / "c.tif", confidence), settings, FACTS,
            {"request": "test"}, self.path, str(work), progress or NoProgress(),
        )  # fmt: skip
        assert os.listdir(work) == []

    def layer(self, name="outlines"):
        return [(shapely.from_wkb(wkb) if wkb else None, values) for wkb, values in read_layer(self.path, name)]

    def shapes(self, name="outlines"):
        return [shape for shape, _ in self.layer(name)]


def scene(seed: int, size: int = 60, sigma: float = 2.0) -> tuple[np.ndarray, np.ndarray]:
    rng = np.random.default_rng(seed)
    waves = gaussian_filter(rng.normal(size=(size, size)), sigma)
    probability = 1 / (1 + np.exp(-waves / waves.std() * 2 + rng.normal(0, 0.4, waves.shape)))
    probability[rng.random(waves.shape) < 0.01] = NAN
    return probability, np.maximum(probability, 1 - probability)


def test_one_square_has_all_its_values(tmp_path):
    probability = np.zeros((10, 10))
    probability[2:6, 3:7] = 0.9
    confidence = np.ones((10, 10))
    confidence[2, 3:7] = 0.5
    result = Result(tmp_path, probability, confidence)
    ((shape, values),) = result.layer()
    assert shape.equals(shapely.box(LEFT + 90, TOP - 180, LEFT + 210, TOP - 60))
    assert shape.exterior.is_ccw
    # UTM's scale is 0.9996 on the central meridian.
    area = 16 * PIXEL**2 / 0.9996**2 / 1e6
    border = 480 * 15 / 0.9996**2 / 1e6
    assert values["area_km2"] == pytest.approx(area, rel=1e-5)
    assert values["area_hi_km2"] - area == pytest.approx(border, rel=1e-4)
    assert area - values["area_lo_km2"] == pytest.approx(border, rel=1e-4)
    assert values["conf_mean"] == pytest.approx((4 * 0.5 + 12) / 16)
    assert values["unc_area_km2"] == pytest.approx(area / 4, rel=1e-5)
    assert (values["src_id"], values["src_date"], values["sensor"]) == ("S2A_X", "2020-08-01", "MSI")
    assert (values["analyst"], values["method"], values["model"]) == ("A. Analyst", "band ratio", "classic")
    assert (values["status"], values["reason"], values["utm_zone"]) == ("to review", "", 43)
    assert (values["term_type"], values["primeclass"], values["zmin_m"]) == (9, -999, None)
    assert values["im_id"].startswith("IM075001")
    expected = (1, values["area_km2"], values["area_lo_km2"], values["area_hi_km2"])
    assert result.summary == VectorSummary(*map(pytest.approx, expected))


def test_fields_are_the_design_s_and_no_official_ids(tmp_path):
    result = Result(tmp_path, np.ones((5, 5)), np.full((5, 5), 0.5))
    names = [one.name for one in OUTLINE_FIELDS]
    assert list(result.layer()[0][1]) == names
    assert list(result.layer("uncertain")[0][1]) == [one.name for one in UNCERTAIN_FIELDS]
    assert not {"rgi_id", "glims_id", "anlys_id", "subm_id", "is_rgi6"} & set(names)


def test_nothing_found_is_a_valid_result(tmp_path):
    result = Result(tmp_path, np.zeros((8, 8)), settings=OutlineSettings())
    assert result.summary == VectorSummary(0, 0, 0, 0)
    assert result.layer() == result.layer("uncertain") == []
    provenance = {values["key"]: values["value"] for _, values in result.layer("provenance")}
    assert provenance["request"] == "test"
    assert "half a pixel" in provenance["area_interval_method"]


@pytest.mark.parametrize("median", [True, False])
def test_nodata_is_never_glacier_and_does_not_eat_into_it(tmp_path, median):
    probability = np.ones((20, 20))
    probability[8:10, 5] = NAN
    probability[:, 15:] = NAN
    ((shape, _),) = Result(tmp_path, probability, settings=OutlineSettings(median=median, smooth=False)).layer()
    assert shape.area == pytest.approx((20 * 15 - 2) * PIXEL**2)


def test_the_median_takes_specks_and_lets_edges_stand():
    values = np.pad(np.zeros((8, 8)), 1, constant_values=NAN)
    values[1:5, 1:9] = 1.0
    values[3, 3], values[7, 5] = 0.0, 1.0
    expected = np.zeros((8, 8), dtype=bool)
    expected[:4] = True
    assert np.array_equal(classify(values.astype(np.float32), lambda v: v >= 0.5, True), expected)


def test_corner_contact_makes_two_outlines_apart(tmp_path):
    probability = np.zeros((12, 12))
    probability[1:5, 1:5] = probability[5:9, 5:9] = 1
    first, second = Result(tmp_path, probability, settings=OutlineSettings(median=False, minimum_area_km2=0)).shapes()
    assert not first.intersects(second)


def test_minimum_area_counts_true_ground(tmp_path):
    probability = np.zeros((20, 40))
    probability[2:13, 2] = 1  # 11 pixels are 0.0099 km2 on the map
    probability[2:14, 10] = 1  # 12 pixels are 0.0108 km2
    result = Result(tmp_path, probability, settings=OutlineSettings(median=False))
    assert [round(values["area_km2"], 4) for _, values in result.layer()] == [0.0108]


def test_nunataks_stay_holes(tmp_path):
    probability = np.ones((20, 20))
    probability[5:9, 5:9] = 0
    probability[14, 14] = 0
    ((shape, _),) = Result(tmp_path, probability, settings=OutlineSettings(median=False)).layer()
    assert len(shape.interiors) == 2
    assert not any(ring.is_ccw for ring in shape.interiors)
    assert shape.area == pytest.approx((400 - 17) * PIXEL**2)


@pytest.mark.parametrize("at_once", [1, 1000])
def test_an_invalid_smoothing_falls_back_to_pixel_borders(tmp_path, monkeypatch, at_once):
    def bow_ties(rings: Rings) -> Rings:
        broken = rings.xy.copy()
        broken[[10, 50]] = broken[[50, 10]]  # both on the exterior
        return Rings(broken, rings.starts)

    probability = np.ones((20, 20))
    probability[5:9, 5:9] = 0
    monkeypatch.setattr(shapes, "MOST_RINGS_AT_ONCE", at_once)
    monkeypatch.setattr(shapes, "smooth", bow_ties)
    ((shape, _),) = Result(tmp_path, probability, settings=OutlineSettings(median=False)).layer()
    left, bottom, right, top = shape.bounds
    assert shape.is_valid
    assert (left, bottom, right, top) == (LEFT, TOP - 600, LEFT + 600, TOP)
    assert len(shape.exterior.coords) == len(shape.interiors[0].coords) == 5


@given(st.integers(0, 10_000), st.booleans(), st.booleans())
@hypothesis_settings(max_examples=12, deadline=None)
def test_outlines_are_valid_apart_and_keep_their_area(seed, median, noisy):
    probability, confidence = scene(seed, sigma=0.6 if noisy else 2.0)
    with tempfile.TemporaryDirectory() as folder:
        smoothed, raw = (
            Result(Path(folder), probability, confidence, OutlineSettings(median=median, smooth=flag)).layer()
            for flag in (True, False)
        )
    assert len(smoothed) == len(raw)
    for (shape, values), (_, before) in zip(smoothed, raw):
        assert shape.is_valid
        assert shape.geom_type == "Polygon"
        assert values["area_km2"] == pytest.approx(before["area_km2"], rel=0.001)
        assert values["area_lo_km2"] >= 0
    union = shapely.union_all([shape for shape, _ in smoothed])
    assert union.area == pytest.approx(sum(shape.area for shape, _ in smoothed), rel=1e-9)
    areas = [values["area_km2"] for _, values in smoothed]
    assert areas == sorted(areas, reverse=True)
    assert len({values["im_id"] for _, values in smoothed}) == len(smoothed)


@pytest.mark.parametrize("rows", [1, 7])
def test_strips_of_any_height_give_the_same(tmp_path, monkeypatch, rows):
    probability, confidence = scene(3)
    whole = Result(tmp_path, probability, confidence, OutlineSettings())
    before = [whole.layer(name) for name in ("outlines", "uncertain")]
    monkeypatch.setattr(class_raster, "STRIP_PIXELS", rows * 60)
    again = Result(tmp_path, probability, confidence, OutlineSettings())
    assert before == [again.layer(name) for name in ("outlines", "uncertain")]


def test_confidence_is_summed_up_as_by_brute_force(tmp_path):
    probability, confidence = scene(5)
    confidence[np.random.default_rng(0).random(confidence.shape) < 0.05] = NAN
    result = Result(tmp_path, probability, confidence)
    labels, count = label(probability.astype(np.float32) >= np.float32(0.5))
    expected = []
    for number in range(1, count + 1):
        inside = confidence[labels == number].astype(np.float32)
        known = inside[~np.isnan(inside)].astype(float)
        mean, share = (known.mean(), (known < 0.95).mean()) if len(known) else (None, None)
        expected.append((int((labels == number).sum()), mean, share))
    found = [(round(shape.area / PIXEL**2), values["conf_mean"], values["unc_area_km2"], values["area_km2"])
             for shape, values in result.layer()]  # fmt: skip

    def key(row):
        return row[0], row[1] if row[1] is not None else -1

    assert len(found) == count
    for (pixels, mean, share), (size, conf, uncertain, area) in zip(sorted(expected, key=key), sorted(found, key=key)):
        assert size == pixels
        assert (conf is None) == (mean is None)
        if mean is not None:
            assert conf == pytest.approx(mean, rel=1e-6)
            assert uncertain == pytest.approx(share * area, rel=1e-9)


def test_uncertain_areas_are_where_confidence_is_low(tmp_path):
    confidence = np.ones((20, 20))
    confidence[3:9, 4:10] = 0.7
    confidence[15, 15] = NAN
    ((shape, values),) = Result(tmp_path, np.zeros((20, 20)), confidence).layer("uncertain")
    assert shape.area == 36 * PIXEL**2
    assert values["conf_mean"] == pytest.approx(0.7)


class CancelAfter:
    """Cancelled from the `calls`-th question on; remembers what was going on last."""

    def __init__(self, calls: int) -> None:
        self._calls = calls
        self.asked = 0
        self.text = ""

    def report(self, fraction: float, text: str) -> None:
        assert 0 <= fraction <= 1
        self.text = text

    def is_cancelled(self) -> bool:
        self.asked += 1
        return self.asked > self._calls


@pytest.mark.parametrize("exceptions", [False, True])
def test_cancel_at_any_moment_leaves_nothing_new(tmp_path, exceptions):
    probability, confidence = scene(2)
    result = Result(tmp_path, probability, confidence)
    before = Path(result.path).read_bytes()
    settings, stages = OutlineSettings(minimum_area_km2=0.003), set()
    counter = CancelAfter(1_000_000)
    (tmp_path / "whole").mkdir()
    Result(tmp_path / "whole", probability, confidence, settings, counter)
    was = gdal.GetUseExceptions()
    (gdal.UseExceptions if exceptions else gdal.DontUseExceptions)()
    try:
        for calls in {0, *np.linspace(1, counter.asked - 1, 40, dtype=int)}:
            progress = CancelAfter(calls)
            with pytest.raises(Cancelled):
                Result(tmp_path, probability, confidence, settings, progress)
            stages.add(progress.text)
            assert os.listdir(tmp_path / "work") == []
    finally:
        (gdal.UseExceptions if was else gdal.DontUseExceptions)()
    assert {"Dropping specks", "Tracing outlines", "Smoothing and measuring outlines"} <= stages
    assert Path(result.path).read_bytes() == before


def test_a_cut_off_raster_is_named_and_leaves_nothing(tmp_path):
    probability, confidence = scene(2)
    Result(tmp_path, probability, confidence)
    source = tmp_path / "p.tif"
    source.write_bytes(source.read_bytes()[: source.stat().st_size // 2])
    with pytest.raises(SourceError, match="map again"):
        vectorize(str(source), str(tmp_path / "c.tif"), PLAIN, FACTS, {}, str(tmp_path / "new.gpkg"),
                  str(tmp_path / "work"), NoProgress())  # fmt: skip
    assert not (tmp_path / "new.gpkg").exists()
    assert os.listdir(tmp_path / "work") == []


def test_a_work_folder_that_is_not_there_is_named(tmp_path):
    raster = write_raster(tmp_path / "p.tif", np.ones((3, 3)))
    with pytest.raises(OutputError, match="cannot be written"):
        vectorize(raster, raster, PLAIN, FACTS, {}, str(tmp_path / "o.gpkg"), str(tmp_path / "none"), NoProgress())


FULL_DISK = """
import resource, sys
from icemargin.inference.errors import OutputError
from icemargin.inference.progress import NoProgress
from icemargin.inference.request import OutlineSettings
from icemargin.inference.vectorize import OutlineFacts, vectorize
resource.setrlimit(resource.RLIMIT_FSIZE, (int(sys.argv[5]), int(sys.argv[5])))
try:
    vectorize(*sys.argv[1:3], OutlineSettings(), OutlineFacts(*"abcdef"), {}, *sys.argv[3:5], NoProgress())
except OutputError as error:
    print(error)
"""


@pytest.mark.parametrize("room", [100, 5_000, 90_000, 110_000])
def test_a_full_disk_is_named_and_leaves_nothing(tmp_path, room):
    probability, confidence = scene(2, size=200)
    paths = [write_raster(tmp_path / "p.tif", probability), write_raster(tmp_path / "c.tif", confidence)]
    (tmp_path / "work").mkdir()
    arguments = [*paths, str(tmp_path / "o.gpkg"), str(tmp_path / "work"), str(room)]
    # A limit on the size of files stands for the full disk: writing fails in the same way.
    done = subprocess.run([sys.executable, "-c", FULL_DISK, *arguments], check=True, capture_output=True, text=True)
    assert "disk has room" in done.stdout
    assert not (tmp_path / "o.gpkg").exists()
    assert os.listdir(tmp_path / "work") == []


@pytest.mark.slow
def test_memory_is_bounded_for_100_million_pixels(tmp_path):
    script = Path(__file__).parents[2] / "benchmarks" / "bench_vectorize.py"
    answer = subprocess.run([sys.executable, str(script), "10000"], check=True, capture_output=True, text=True,
                            env={**os.environ, "TMPDIR": str(tmp_path)}).stdout  # fmt: skip
    found = json.loads(answer)
    assert found["n_outlines"] > 100
    assert found["peak_memory_mib"] < 1024
