"""The search for the region vector, with stubs whose entropy is known and with a real network of random weights."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from builders import request_for, snow_scene, write_raster
from icemargin.inference.errors import Cancelled, ExtentError, InputError, ModelError, UnitError
from icemargin.inference.model import REGIONS, Feature, ModelDescription
from icemargin.inference.plan import plan_tiling
from icemargin.inference.progress import NoProgress
from icemargin.inference.region_descent import RegionSettings, Sample, entropy, gradient, softmax
from icemargin.inference.region_sample import SampleWindow, sample_windows
from icemargin.inference.region_search import search_for_request, search_region, single, vector_text
from icemargin.inference.request import Extent

PATCH = 32
RED = Feature("optical", ("red",), (0.0,), (1.0,))


def describe(location: str = "region", patch: int = PATCH) -> ModelDescription:
    return ModelDescription("stub", (RED,), patch, None, location, overlap=0.5)


class Bowl:
    """A stub whose logit at every pixel is 4 - |v - target|^2: surest exactly at `target`; counts and keeps calls."""

    provider, warning = "stub", ""

    def __init__(self, target, description=None, batch_size: int = 1) -> None:
        self.description = description or describe()
        self.target = np.asarray(target, np.float64)
        self.batch_size = batch_size
        self.told = []

    def predict(self, inputs):
        batch, location = inputs["optical"], inputs["location"].astype(np.float64)
        assert batch.shape[0] == location.shape[0] <= self.batch_size and batch.dtype == np.float32
        self.told.append(location[0])
        logit = 2 - 1.5 * ((location - self.target) ** 2).sum(1)
        return np.broadcast_to((1 / (1 + np.exp(-logit)))[:, None, None], (len(batch), PATCH, PATCH))

    def close(self):
        pass


def windows(count: int = 2, counted: bool = True):
    inputs = {"optical": np.zeros((1, PATCH, PATCH), np.float32)}
    picture = np.zeros((PATCH, PATCH, 3), np.uint8)
    return [SampleWindow(None, inputs, np.full((PATCH, PATCH), counted), picture) for _ in range(count)]


def one_hot(name: str) -> np.ndarray:
    return np.eye(12)[REGIONS.index(name)]


@pytest.mark.parametrize(
    "target",
    [one_hot("HMA"), one_hot("unknown"), 0.6 * one_hot("HMA") + 0.4 * one_hot("CA")],
)
def test_finds_the_bottom_of_a_bowl(target):
    settings = RegionSettings(windows=2, epochs=40, tolerance=1e-7)
    found = search_region(Bowl(target), windows(), settings, NoProgress())
    assert np.abs(np.asarray(found.found.vector) - target).max() < 0.06
    assert found.found.entropy == min(step.entropy for step in found.trajectory) < found.start.entropy
    assert sum(found.found.vector) == pytest.approx(1) and min(found.found.vector) >= 0
    assert found.start.vector == pytest.approx([1 / 12] * 12)


def test_regions_that_the_model_never_saw_are_left_out():
    """The bottom lies in New Zealand, which is not allowed: nothing of it is asked or found."""
    bowl, known = Bowl(0.7 * one_hot("NZ") + 0.3 * one_hot("CA")), ("CA", "HMA", "unknown")
    settings = RegionSettings(epochs=20)
    found = search_region(bowl, windows(1), settings, NoProgress(), one_hot("NZ"), known)
    assert set(found.entropies) == set(known) and min(found.entropies, key=found.entropies.get) == "CA"
    shares = dict(zip(REGIONS, found.found.vector))
    assert {name for name, share in shares.items() if share} == set(known) and shares["CA"] > 0.5
    assert sum(shares.values()) == pytest.approx(1)
    assert len(bowl.told) <= settings.evaluations_of(3)
    assert sum(1 for told in bowl.told if told[REGIONS.index("NZ")]) == 1
    assert found.start.vector == pytest.approx([1 / 3 if name in known else 0 for name in REGIONS])


def test_the_table_holds_each_region_alone():
    bowl = Bowl(one_hot("NZ"))
    found = search_region(bowl, windows(1), RegionSettings(), NoProgress())
    p_own, p_other = 1 / (1 + np.exp(-2)), 1 / (1 + np.exp(1))
    bits = {p: -(p * np.log2(p) + (1 - p) * np.log2(1 - p)) for p in (p_own, p_other)}
    assert list(found.entropies) == list(REGIONS) and min(found.entropies, key=found.entropies.get) == "NZ"
    assert found.entropies["NZ"] == pytest.approx(bits[p_own], abs=1e-6)
    assert found.entropies["unknown"] == pytest.approx(bits[p_other], abs=1e-6)
    assert found.before.entropy == found.entropies["unknown"], "compared with what a model is told by default"
    assert found.changed == 1 and found.pixels == PATCH**2, "0.27 became 0.88: every class changed"
    assert len(bowl.told) == found.evaluations <= RegionSettings().evaluations_of(12)
    assert not found.maps[0].before.any() and found.maps[0].after.all()


def test_compares_with_a_soft_vector_where_that_is_what_the_model_was_told():
    soft = 0.5 * one_hot("ALP") + 0.5 * one_hot("CA")
    found = search_region(Bowl(one_hot("NZ")), windows(1), RegionSettings(epochs=1), NoProgress(), soft)
    assert found.before.vector == pytest.approx(soft)
    assert found.evaluations == 12 + 1 + 1 + 12


def test_stops_once_nothing_moves():
    found = search_region(Bowl(one_hot("NZ")), windows(1), RegionSettings(epochs=50), NoProgress())
    assert found.converged and len(found.trajectory) < 30
    assert not search_region(Bowl(one_hot("NZ")), windows(1), RegionSettings(epochs=2), NoProgress()).converged


@pytest.mark.parametrize("batch_size", [1, 2, 4])
def test_batches_change_nothing(batch_size):
    bowl = Bowl(one_hot("SA"), batch_size=batch_size)
    found = search_region(bowl, windows(3), RegionSettings(epochs=2), NoProgress())
    plain = search_region(Bowl(one_hot("SA")), windows(3), RegionSettings(epochs=2), NoProgress())
    assert found.found == plain.found and len(bowl.told) == found.evaluations * -(-3 // batch_size)


def test_pixels_that_do_not_count_do_not_count():
    class Striped(Bowl):
        def predict(self, inputs):
            answer = np.array(super().predict(inputs))
            answer[:, :, PATCH // 2 :] = 0.5
            return answer

    half = windows(1)
    half[0].counted[:, PATCH // 2 :] = False
    whole = search_region(Bowl(one_hot("LL")), windows(1), RegionSettings(epochs=1), NoProgress())
    part = search_region(Striped(one_hot("LL")), half, RegionSettings(epochs=1), NoProgress())
    assert part.entropies == pytest.approx(whole.entropies) and part.pixels == PATCH**2 // 2


def test_cancelling_ends_it_between_two_windows():
    class Impatient(NoProgress):
        def __init__(self):
            self.reports = []

        def report(self, fraction, text):
            self.reports.append((fraction, text))

        def is_cancelled(self):
            return len(self.reports) >= 15

    impatient, bowl = Impatient(), Bowl(one_hot("LL"))
    with pytest.raises(Cancelled):
        search_region(bowl, windows(1), RegionSettings(), impatient)
    assert len(bowl.told) == 15
    fractions = [fraction for fraction, _ in impatient.reports]
    assert fractions == sorted(fractions) and fractions[-1] < 0.3
    assert impatient.reports[0][1].startswith("Region ALP: entropy 0.") and "Step 1 of" in impatient.reports[-1][1]


@pytest.mark.parametrize("p, bits", [(0.5, 1.0), (0.11, 0.4999), (0.0, 2.1e-5), (1.0, 2.1e-5)])
def test_entropy_in_bits(p, bits):
    assert entropy(np.array([p], np.float32))[0] == pytest.approx(bits, rel=0.02)


def test_softmax_of_huge_logits():
    assert softmax(np.array([1000.0, 0.0])).tolist() == [1.0, 0.0]


def test_the_slope_of_a_bowl_is_the_derivative():
    logits = np.linspace(-1, 2, 12)
    target = one_hot("GR")

    def exact(values):
        v = softmax(values)
        p = 1 / (1 + np.exp(-(2 - 1.5 * ((v - target) ** 2).sum())))
        return -(p * np.log2(p) + (1 - p) * np.log2(1 - p))

    sample = Sample(Bowl(target), windows(1), 100, NoProgress())
    found = gradient(sample, softmax(logits), exact(logits), 0.005, "", np.ones(12, bool))
    nudges = 1e-6 * np.eye(12)
    expected = [(exact(logits + nudge) - exact(logits - nudge)) / 2e-6 for nudge in nudges]
    assert np.abs(found - expected).max() < 0.03 * np.abs(expected).max()
    assert sample.evaluations == 11


@pytest.mark.parametrize(
    "wrong", [{"windows": 0}, {"epochs": 0}, {"rate": 0}, {"rate": -1}, {"mixture": 0}, {"mixture": 1}, {"patience": 0}]
)
def test_settings_that_make_no_sense(wrong):
    with pytest.raises(InputError):
        RegionSettings(**wrong)


def test_text_of_a_vector():
    assert vector_text(0.62 * one_hot("HMA") + 0.378 * one_hot("CA") + 0.002 * one_hot("NZ")) == "HMA 0.62, CA 0.38"


@pytest.fixture
def scene(tmp_path):
    """240 x 200 pixels of which the western third has no data."""
    bands = snow_scene((200, 240))
    bands[:, :, :80] = -9999
    return write_raster(tmp_path / "scene.tif", bands, nodata=-9999)


def sampled(request, count):
    description = describe()
    return sample_windows(request, description, plan_tiling(request, description), count, NoProgress())


def test_the_sample_is_the_same_each_time_spread_and_valid(scene, tmp_path):
    request = request_for([scene], tmp_path)
    first, second = sampled(request, 6), sampled(request, 6)
    assert [window.grid for window in first] == [window.grid for window in second]
    assert len({(window.grid.row, window.grid.col) for window in first}) == 6
    assert all(window.counted.mean() >= 0.1 for window in first)
    rows = [window.grid.row for window in first]
    assert max(rows) - min(rows) > 90, "spread over the scene's 200 rows"
    assert all(not np.isnan(window.inputs["optical"]).any() for window in first)
    assert [w.grid for w in sampled(request, 3)] == [w.grid for w in first[:3]], "more windows are added to the same"


def test_windows_lie_where_mapping_puts_them(scene, tmp_path):
    request = request_for([scene], tmp_path)
    assert all(w.grid.row % 16 == 0 and w.grid.col % 16 == 0 for w in sampled(request, 5))


def test_only_the_extent_counts(scene, tmp_path):
    extent = Extent(601000, 3799000, 601100, 3799100)
    found = sampled(request_for([scene], tmp_path, extent=extent), 50)
    assert 1 <= len(found) <= 9, "there are no more windows that reach a square of 10 x 10 pixels"
    assert all(window.counted.sum() <= 100 for window in found)
    assert max(window.counted.sum() for window in found) == 100


def test_an_area_narrows_what_counts(scene, tmp_path):
    from osgeo import ogr

    box = "POLYGON((601500 3798500,601700 3798500,601700 3798700,601500 3798700,601500 3798500))"
    wkb = bytes(ogr.CreateGeometryFromWkt(box).ExportToWkb())
    found = sampled(request_for([scene], tmp_path, area=(wkb,)), 4)
    assert 0 < max(window.counted.sum() for window in found) <= 400


def test_nothing_valid_is_told(tmp_path):
    path = write_raster(tmp_path / "empty.tif", np.full((6, 100, 100), -1, np.float32), nodata=-1)
    with pytest.raises(ExtentError, match="valid"):
        sampled(request_for([path], tmp_path), 3)


def test_for_a_request(scene, tmp_path):
    request = request_for([scene], tmp_path, region="CA")
    bowl = Bowl(one_hot("HMA"))
    found = search_for_request(request, predictor=bowl, settings=RegionSettings(windows=2, epochs=3))
    assert found.before.vector == tuple(one_hot("CA")) and len(found.maps) == 2
    assert found.found.entropy < found.before.entropy
    assert found.maps[0].picture.dtype == np.uint8 and found.maps[0].picture.any()
    assert found.evaluations * 2 == len(bowl.told)


def test_a_model_that_names_its_regions_mixes_only_these(scene, tmp_path):
    described = replace(describe(), regions=("ALP", "CA"))
    found = search_for_request(
        request_for([scene], tmp_path, region="HMA"), predictor=Bowl(one_hot("HMA"), described),
        settings=RegionSettings(windows=1, epochs=1),
    )  # fmt: skip
    assert set(found.entropies) == {"ALP", "CA", "unknown"}
    assert any("trained on ALP, CA; other regions are left out" in warning for warning in found.warnings)


@pytest.mark.parametrize("location", ["", "coordinates"])
def test_a_model_without_region_has_none_to_find(scene, tmp_path, location):
    with pytest.raises(ModelError, match="not told its region"):
        search_for_request(request_for([scene], tmp_path), predictor=Bowl(one_hot("CA"), describe(location)))


def test_digital_numbers_are_refused_before_anything_is_predicted(tmp_path):
    path = write_raster(tmp_path / "dn.tif", snow_scene((100, 100)) * 1e4)
    bowl = Bowl(one_hot("CA"))
    with pytest.raises(UnitError):
        search_for_request(request_for([path], tmp_path), predictor=bowl)
    assert not bowl.told


def test_averages_are_left_out(scene, tmp_path):
    request = request_for([scene], tmp_path, model="a.onnx", ensemble=("b.onnx",), flips=True, dropout_passes=5)
    assert (single(request).ensemble, single(request).flips, single(request).dropout_passes) == ((), False, 0)
