"""Pooling by tile, subregion and region; what does not count; the band ratio's thresholds."""

from __future__ import annotations

import math
from dataclasses import replace

import h5py
import numpy as np
import pytest
from icemargin.inference.classic import ClassicPredictor
from icemargin.inference.errors import Cancelled, DatasetError, ModelError
from icemargin.inference.progress import NoProgress
from icemargin.inference.request import ClassicSettings
from icemargin.tests.training.made_tiles import OPTICAL, Bright, files, made
from icemargin.tests.training.small_data import write_simulated
from icemargin.training.data.tiles import find_tiles
from icemargin.training.evaluation.baselines import BLUES, NDSIS, RATIOS, ConstantPredictor, tune_classic
from icemargin.training.evaluation.evaluate import evaluate
from icemargin.training.evaluation.scores import Confusion, Found, expected_calibration_error, shown_levels
from icemargin.weights.features import FEATURES


@pytest.fixture
def four(tmp_path):
    """Three tiles in ALP (two subregions), one in HMA; 40 x 30 pixels, the left ten columns glacier."""
    glacier = np.zeros((40, 30), np.int8)
    glacier[:, :10] = 1
    bright = glacier == 1
    too_wide, half = bright.copy(), bright.copy()
    too_wide[:, :15] = True
    half[:20] = False
    debris = np.zeros((40, 30), bool)
    debris[10:30, :5] = True
    unknown = glacier.copy()
    unknown[:, 10:] = -1
    return files(
        tmp_path,
        made("a", "ALP", "ALP-1", glacier, bright),
        made("b", "ALP", "ALP-2", glacier, too_wide, invalid=[(0, 0), (39, 29)]),
        made("c", "ALP", "ALP-2", unknown, too_wide),
        made("d", "HMA", "HMA-1", glacier, half, debris),
    )


def test_pooling_by_hand(four):
    found = evaluate(Bright(), four)
    a, b, c, d = (score.confusion for score in found.tiles)
    assert a == Confusion(tp=400, tn=800)
    assert b == Confusion(tp=399, fp=200, tn=599)  # two pixels have no imagery
    assert c == Confusion(tp=400)  # the rest has no label
    assert d == Confusion(tp=200, fn=200, tn=800)
    assert found.confusion("ALP", "ALP-2") == b + c and found.confusion("ALP") == a + b + c
    assert found.confusion() == a + b + c + d
    alps, asia = 1199 / 1399, 0.5
    assert found.headline_iou == pytest.approx((alps + asia) / 2)
    assert found.confusion().iou == pytest.approx(1399 / 1799)  # not the headline
    assert found.debris("HMA") == Found(50, 100) == found.debris() and found.debris("ALP") == Found()
    assert [score.unmapped for score in found.tiles] == [0, 2, 0, 0]
    assert any("0.05%" in doubt and "no imagery" in doubt for doubt in found.doubts)
    assert found.regions == ("ALP", "HMA")
    assert found.subregions == (("ALP", "ALP-1"), ("ALP", "ALP-2"), ("HMA", "HMA-1"))


def test_pixels_by_probability_are_pooled_too(four):
    found = evaluate(Bright(), four)
    assert found.pooled().confusion == found.confusion() and found.pooled("ALP").confusion == found.confusion("ALP")
    right = (200 + 800) / 1200
    assert expected_calibration_error(found.pooled("HMA"), shown_levels(None)) == pytest.approx(right - 0.75)


def test_padding_does_not_count(four):
    with h5py.File(four[0].path, "a") as file:
        file["a"].attrs["original_width"] = 12
        file["a"].attrs["original_height"] = 30
    tile = find_tiles([four[0].path], names=["a"])
    assert evaluate(Bright(), tile).confusion() == Confusion(tp=300, tn=60)


def test_debris_counts_only_where_it_is_ice(tmp_path):
    glacier = np.zeros((8, 8), np.int8)
    glacier[:4] = 1
    glacier[0] = -1
    tiles = files(tmp_path, made("a", "ALP", "", glacier, np.zeros((8, 8), bool), np.ones((8, 8), bool)))
    assert evaluate(Bright(), tiles).debris() == Found(0, 24)


@pytest.mark.parametrize("glacier, expected", [(True, Confusion(tp=400, fp=800)), (False, Confusion(fn=400, tn=800))])
def test_constants(four, glacier, expected):
    found = evaluate(ConstantPredictor(OPTICAL, glacier), four[:1])
    assert found.confusion() == expected and found.description.name in ("everything", "nothing")
    assert not found.doubts


def test_what_is_doubtful_is_told(four):
    coarse = replace(four[0], resolution=30.0)

    class Wants(Bright):
        warning = "CUDA is not there."
        description = replace(OPTICAL, features=(FEATURES["optical"], FEATURES["in_sar"]))

    first, second, third = evaluate(Wants(), [coarse]).doubts
    assert first == "CUDA is not there."
    assert second == "No coherence_ascending, coherence_descending (seen as absent) in a."
    assert third == "Not at the 10 m of optical, and mapped as they are: a."


def test_nothing_to_score(four, tmp_path):
    unlabelled = files(tmp_path, made("a", "ALP", "", np.full((8, 8), -1), np.zeros((8, 8), bool)))
    with pytest.raises(DatasetError, match="No labelled pixel"):
        evaluate(Bright(), unlabelled)


def test_wrong_input_is_found_before_anything_is_mapped(four):
    class Never(Bright):
        def predict(self, inputs):
            raise AssertionError("mapped")

    with pytest.raises(DatasetError, match="tile b has no swir2"):
        evaluate(Never(), [four[0], replace(four[1], absent=("swir2",))])
    with pytest.raises(ModelError, match="no region"):
        evaluate(Never(), four, "Mars")


def test_cancelling_stops_it(four):
    class Impatient(NoProgress):
        def is_cancelled(self):
            return True

    with pytest.raises(Cancelled):
        evaluate(Bright(), four, progress=Impatient())


@pytest.fixture(scope="module")
def simulated(tmp_path_factory):
    return find_tiles([write_simulated(tmp_path_factory.mktemp("data") / "sim.hdf5", [1, 2], 64)])


def iou_of(settings, tiles):
    return evaluate(ClassicPredictor(settings), tiles).confusion().iou


def test_tuned_thresholds_are_the_best_of_those_tried(simulated):
    tuned = tune_classic(simulated)
    best = iou_of(tuned, simulated)
    assert tuned.index == "ratio" and tuned.ratio_threshold in RATIOS and tuned.blue_threshold in BLUES
    assert best > iou_of(ClassicSettings(), simulated)
    for ratio in (-0.1, 0, 0.1):
        for blue in (-0.01, 0, 0.01):
            near = ClassicSettings("ratio", tuned.ratio_threshold + ratio, tuned.blue_threshold + blue)
            assert iou_of(near, simulated) <= best + 1e-12
    ndsi = tune_classic(simulated, "ndsi")
    assert ndsi.index == "ndsi" and ndsi.ndsi_threshold in NDSIS
    for step in (-0.02, 0.02):
        near = replace(ndsi, ndsi_threshold=ndsi.ndsi_threshold + step)
        assert iou_of(near, simulated) <= iou_of(ndsi, simulated)


def test_tuning_takes_the_index_that_all_tiles_allow(simulated):
    assert tune_classic([simulated[0], replace(simulated[1], absent=("red",))]).index == "ndsi"
    with pytest.raises(ModelError, match="needs blue, red and SWIR1"):
        tune_classic([replace(simulated[0], absent=("swir1",))])


def test_tuning_without_glacier(tmp_path):
    tiles = files(tmp_path, made("a", "ALP", "", np.zeros((8, 8), np.int8), np.zeros((8, 8), bool)))
    with pytest.raises(DatasetError, match="no labelled glacier"):
        tune_classic(tiles)
    assert math.isnan(evaluate(ConstantPredictor(OPTICAL, False), tiles).headline_iou)
