"""Isotonic tables: never more than was observed, and measured on pixels that were not used to fit."""

from __future__ import annotations

import json
from dataclasses import replace

import numpy as np
import pytest
from icemargin.inference.confidence import calibrated_confidence, raw_confidence
from icemargin.inference.errors import DatasetError, ModelError, OutputError
from icemargin.inference.model import Calibration
from icemargin.inference.predict import STEPS
from icemargin.tests.training.made_tiles import OPTICAL, Bright, files, made
from icemargin.training.calibration import (
    FILE,
    ONE_TILE,
    calibrate,
    read_calibration,
    split_halves,
    store_calibration,
)
from icemargin.training.calibration_table import empty_sample, fit_table, sample_of
from icemargin.training.data.tiles import Tile
from icemargin.training.evaluation.scores import count, expected_calibration_error, shown_levels
from sklearn.isotonic import IsotonicRegression


def sample(probability, truth, tile=0):
    everywhere = np.ones(len(probability), bool)
    return sample_of(count(np.asarray(probability, np.float32), np.asarray(truth, bool), everywhere), tile)


def crossing(accuracy, seed=0, size=60_000, low=0.2, high=0.8):
    """Two tiles of pixels whose class is right with the chance `accuracy(raw)`."""
    rng = np.random.default_rng(seed)
    probability = np.round(rng.uniform(low, high, size) * STEPS) / STEPS
    right = rng.random(size) < accuracy(raw_confidence(probability))
    truth = np.where(right, probability >= 0.5, probability < 0.5)
    half = size // 2
    return sample(probability[:half], truth[:half], 0) + sample(probability[half:], truth[half:], 1)


def test_the_table_follows_what_was_observed():
    """A model that is far too unsure, as label smoothing makes it: right in 60 % at raw 0, in 96 % at raw 0.25."""
    made_up = crossing(lambda raw: 0.6 + 1.44 * raw)
    table, support = fit_table(made_up)
    assert support == pytest.approx((0, float(raw_confidence(np.array(0.8)))), abs=0.005)
    for raw in (0.02, 0.1, 0.2):
        assert np.interp(raw, table.raw, table.calibrated) == pytest.approx(0.6 + 1.44 * raw, abs=0.03)
    assert len(table.raw) < 150 and table.of == "entropy"
    before = expected_calibration_error(made_up.counts, shown_levels(None))
    after = expected_calibration_error(crossing(lambda raw: 0.6 + 1.44 * raw, 1).counts, shown_levels(table))
    assert after < 0.015 and before > 0.05


def test_it_is_scikit_learns_regression_on_groups():
    levels = np.array([0.55, 0.6, 0.65, 0.7], np.float32)
    probability, right = np.repeat(levels, 300), np.concatenate([np.arange(300) < n for n in (180, 240, 210, 285)])
    both = sample(probability, right, 0) + sample(probability, right, 1)
    table, support = fit_table(both, minimum_pixels=300)
    raw = raw_confidence((np.rint(levels.astype(float) * STEPS) / STEPS).astype(np.float32))
    expected = IsotonicRegression().fit_transform(raw, np.array([180, 240, 210, 285]) / 300)
    np.testing.assert_allclose(expected, [0.6, 0.75, 0.75, 0.95])
    np.testing.assert_allclose(np.interp(raw, table.raw, table.calibrated), expected, atol=1e-3)
    assert support == pytest.approx((raw[0], raw[-1]))


def test_it_never_falls_and_is_never_below_one_half():
    table, _ = fit_table(crossing(lambda raw: np.clip(0.9 - 2 * raw, 0.1, 1)))
    assert min(table.calibrated) >= 0.5 and list(table.calibrated) == sorted(table.calibrated)
    mostly_wrong, _ = fit_table(crossing(lambda raw: 0.2 + 0 * raw))
    assert set(mostly_wrong.calibrated) == {0.5} and len(mostly_wrong.raw) >= 2


@pytest.mark.parametrize("of, level", [("entropy", 0.95), ("probability", 0.95)])
def test_beyond_the_support_it_is_constant(of, level):
    """Where only one tile has pixels, or too few, the table does not follow, however right they are."""
    usual = crossing(lambda raw: 0.7 + 0 * raw)
    one_tile = sample(np.full(5000, level), np.ones(5000), 1)
    few = sample(np.full(50, 0.99), np.ones(50), 0) + sample(np.full(50, 0.99), np.ones(50), 1)
    with_them, support = fit_table(usual + one_tile + few, of)
    without, same = fit_table(usual, of)
    end = float(raw_confidence(np.array(0.8))) if of == "entropy" else 0.8
    assert support == pytest.approx(same, abs=2e-3) and support[1] <= end
    for value in (0.95, 0.99):
        told = [calibrated_confidence(np.array([value], np.float32), table)[0] for table in (with_them, without)]
        assert told[0] == pytest.approx(told[1], abs=0.02) and told[0] < 0.75


def test_two_tiles_extend_the_table():
    usual = crossing(lambda raw: 0.7 + 0 * raw)
    both = sample(np.full(500, 0.95), np.ones(500), 0) + sample(np.full(500, 0.95), np.ones(500), 1)
    table, support = fit_table(usual + both)
    assert support[1] == pytest.approx(float(raw_confidence(np.array(0.95))), abs=1e-4)
    assert calibrated_confidence(np.array([0.95], np.float32), table)[0] == pytest.approx(1, abs=0.01)


def test_each_class_has_its_own_say_by_probability():
    """A ratio that is always right where it says glacier, and misses half of it elsewhere."""
    rng = np.random.default_rng(0)
    sure, unsure = np.full(4000, 0.9), np.full(4000, 0.1)
    truth = np.concatenate([np.ones(4000), rng.random(4000) < 0.4])
    parts = [sample(np.concatenate([sure, unsure]), truth, tile) for tile in (0, 1)]
    by_class, _ = fit_table(parts[0] + parts[1], "probability")
    glacier, other = calibrated_confidence(np.array([0.9, 0.1], np.float32), by_class)
    assert glacier == pytest.approx(1, abs=1e-3) and other == pytest.approx(0.6, abs=0.03)
    of_both, _ = fit_table(parts[0] + parts[1], "entropy")
    assert calibrated_confidence(np.array([0.9, 0.1], np.float32), of_both) == pytest.approx([0.8, 0.8], abs=0.02)


def test_too_few_pixels():
    with pytest.raises(DatasetError, match="Too few labelled pixels"):
        fit_table(empty_sample())
    with pytest.raises(DatasetError, match="Too few"):
        fit_table(sample([0.6] * 100, [1] * 100))
    apart = sample([0.6] * 900, [1] * 900, 0) + sample([0.9] * 900, [1] * 900, 1)
    with pytest.raises(DatasetError, match="two tiles"):
        fit_table(apart)


def place(region, lon, name="a"):
    return Tile("f", name, region, "", 8, 8, lon, 46.0, ("optical",))


@pytest.mark.parametrize(
    "tiles, sides",
    [
        ([place("ALP", lon) for lon in (9, 7, 8, 10)], (1, 0, 0, 1)),
        ([place("ALP", 7), place("HMA", 80)], (1, 0)),
        ([place("ALP", 9), place("ALP", 8), place("ALP", 7), place("HMA", 80), place("HMA", 81), place("HMA", 82)],
         (1, 1, 0, 0, 0, 1)),
        ([place("ALP", float("nan"), "b"), place("ALP", float("nan"), "a")], (1, 0)),
        ([place("ALP", 7)], (1,)),
    ],
)  # fmt: skip
def test_halves_are_apart(tiles, sides):
    assert split_halves(tiles) == sides


class Unsure(Bright):
    """Right in nine pixels of ten, and says 0.6."""

    description = replace(OPTICAL, name="unsure")

    def predict(self, inputs):
        return np.where(super().predict(inputs) > 0.5, 0.6, 0.4).astype(np.float32)


def noisy(number, size=60, accuracy=0.9):
    rng = np.random.default_rng(number)
    glacier = (rng.random((size, size)) < 0.5).astype(np.int8)
    bright = np.where(rng.random((size, size)) < accuracy, glacier == 1, glacier == 0)
    return made(f"t{number}", "ALP", "", glacier, bright)


def test_from_tiles_to_a_table(tmp_path):
    tiles = files(tmp_path, *(noisy(number) for number in range(4)))
    fit = calibrate(Unsure(), tiles)
    assert fit.table.calibrated == pytest.approx([0.9, 0.9], abs=0.01)
    assert fit.plain == pytest.approx(0.3, abs=0.01) and fit.raw == pytest.approx(0.9 - 0.029, abs=0.01)
    assert fit.after < 0.01 and fit.pixels == 4 * 3600 and fit.tiles == 4 and not fit.doubts
    assert "14,400 labelled pixels of 4 tiles" in fit.table.source and f"{fit.after:.4f}" in fit.table.source


def test_the_error_after_is_of_pixels_that_were_not_used(tmp_path):
    """The western half is right in 90 %, the eastern in 60 %: each table is wrong on the other half, by 0.3."""
    west, east = files(tmp_path, noisy(0), noisy(1, accuracy=0.6))
    fit = calibrate(Unsure(), [replace(west, lon=7.0), replace(east, lon=8.0)])
    assert fit.after == pytest.approx(0.3, abs=0.03)
    assert fit.table.calibrated == pytest.approx([0.75, 0.75], abs=0.02)


def test_one_tile_is_held_out_by_halves_and_told(tmp_path):
    fit = calibrate(Unsure(), files(tmp_path, noisy(0)))
    assert fit.doubts == (ONE_TILE,) and fit.after < 0.02


def test_halves_that_are_too_small_are_told(tmp_path):
    fit = calibrate(Unsure(), files(tmp_path, noisy(0, 16), noisy(1, 16)), minimum_pixels=400)
    assert np.isnan(fit.after) and "nothing was held out" in fit.doubts[0]
    assert "ECE not measured" in fit.table.source


def test_unknown_kind(tmp_path):
    with pytest.raises(ModelError, match="entropy or probability, not 'temperature'"):
        calibrate(Unsure(), files(tmp_path, noisy(0)), "temperature")


def test_a_training_folder_keeps_its_table(tmp_path):
    fit = calibrate(Unsure(), files(tmp_path, noisy(0)))
    assert read_calibration(str(tmp_path)) is None
    path = store_calibration(str(tmp_path), fit)
    assert path.endswith(FILE) and read_calibration(str(tmp_path)) == fit.table
    assert json.loads((tmp_path / FILE).read_text())["after"] == fit.after
    assert sorted(file.name for file in tmp_path.iterdir()) == [FILE, "made.hdf5"]
    (tmp_path / FILE).write_text('{"table": {"raw": [1, 0]}}')
    with pytest.raises(ModelError, match="is no calibration table"):
        read_calibration(str(tmp_path))
    with pytest.raises(OutputError, match="cannot be written"):
        store_calibration(str(tmp_path / "nowhere"), fit)


def test_a_table_of_the_wrong_order_is_not_taken(tmp_path):
    (tmp_path / FILE).write_text(json.dumps({"table": {"raw": [1, 0], "calibrated": [0.5, 0.6], "source": "",
                                                       "of": "entropy"}}))  # fmt: skip
    with pytest.raises(ModelError):
        read_calibration(str(tmp_path))
    assert Calibration((0.0, 1.0), (0.5, 0.6)).of == "entropy"
