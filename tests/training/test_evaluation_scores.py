"""Scores against values worked out by hand, scikit-learn and torchmetrics."""

from __future__ import annotations

import math

import numpy as np
import pytest
import torch
from icemargin.inference.model import Calibration
from icemargin.inference.predict import STEPS
from icemargin.training.evaluation.scores import (
    LEVELS,
    Confusion,
    Found,
    count,
    entropy_levels,
    expected_calibration_error,
    mean_defined,
    no_counts,
    reliability,
    shown_levels,
)
from sklearn.metrics import accuracy_score, confusion_matrix, f1_score, jaccard_score, precision_score, recall_score
from torchmetrics.functional.classification import multiclass_calibration_error

NAN = math.nan


def rounded(values):
    return (np.round(values * STEPS) / STEPS).astype(np.float32)


def random_map(seed=0, size=2000):
    rng = np.random.default_rng(seed)
    probability = rounded(rng.random(size))
    return probability, rng.random(size) < probability**2


@pytest.mark.parametrize(
    "confusion, iou, precision, recall, f1, accuracy",
    [
        (Confusion(6, 2, 1, 11), 6 / 9, 6 / 8, 6 / 7, 12 / 15, 17 / 20),
        (Confusion(5, 0, 0, 5), 1, 1, 1, 1, 1),
        (Confusion(0, 3, 4, 0), 0, 0, 0, 0, 0),
        (Confusion(0, 0, 4, 6), 0, NAN, 0, 0, 0.6),  # nothing was mapped
        (Confusion(0, 4, 0, 6), 0, 0, NAN, 0, 0.6),  # nothing was there
        (Confusion(0, 0, 0, 9), NAN, NAN, NAN, NAN, 1),
        (Confusion(), NAN, NAN, NAN, NAN, NAN),
    ],
)
def test_rates_by_hand(confusion, iou, precision, recall, f1, accuracy):
    found = [confusion.iou, confusion.precision, confusion.recall, confusion.f1, confusion.accuracy]
    np.testing.assert_allclose(found, [iou, precision, recall, f1, accuracy], equal_nan=True)
    assert math.isnan(f1) or confusion.iou == pytest.approx(f1 / (2 - f1))


def test_sums():
    assert Confusion(1, 2, 3, 4) + Confusion(10, 20, 30, 40) == Confusion(11, 22, 33, 44)
    assert (Found(1, 4) + Found(2, 2)).recall == 0.5 and math.isnan(Found().recall)
    assert mean_defined([0.5, NAN, 1.0]) == 0.75 and math.isnan(mean_defined([NAN])) and math.isnan(mean_defined([]))


def test_counts_agree_with_scikit_learn():
    probability, truth = random_map()
    where = np.random.default_rng(1).random(truth.size) < 0.7
    found = count(probability, truth, where).confusion
    mapped = probability[where] >= 0.5
    assert ((found.tn, found.fp), (found.fn, found.tp)) == tuple(map(tuple, confusion_matrix(truth[where], mapped)))
    for score, value in ((jaccard_score, found.iou), (f1_score, found.f1), (precision_score, found.precision),
                         (recall_score, found.recall), (accuracy_score, found.accuracy)):  # fmt: skip
        assert value == pytest.approx(score(truth[where], mapped))


def test_exactly_one_half_is_glacier():
    half = np.array([0.5, 0.5 - 1 / STEPS], np.float32)
    assert count(half, np.array([True, True]), np.array([True, True])).confusion == Confusion(tp=1, fn=1)


def test_counts_of_parts_are_the_counts_of_all():
    probability, truth = random_map()
    left = np.arange(truth.size) < 700
    total = no_counts() + count(probability, truth, left) + count(probability, truth, ~left)
    whole = count(probability, truth, np.ones_like(left))
    np.testing.assert_array_equal(total.glacier, whole.glacier)
    np.testing.assert_array_equal(total.other, whole.other)
    assert total.pixels.sum() == truth.size and len(total.pixels) == LEVELS


@pytest.mark.parametrize("bins", [10, 100])
@pytest.mark.parametrize("seed", [0, 1])
def test_calibration_error_agrees_with_torchmetrics(seed, bins):
    probability, truth = random_map(seed)
    both = torch.from_numpy(np.stack([1 - probability, probability], axis=1).astype(np.float64))
    expected = multiclass_calibration_error(both, torch.from_numpy(truth.astype(int)), 2, n_bins=bins, norm="l1")
    counts = count(probability, truth, np.ones_like(truth))
    assert expected_calibration_error(counts, shown_levels(None), bins) == pytest.approx(float(expected), abs=1e-6)


def test_calibration_error_by_hand():
    """Four pixels told 0.75 of which three are right, six told 1 of which three are: |0| * 0.4 + |0.5| * 0.6."""
    probability = np.array([0.75] * 4 + [0.0] * 6, np.float32)
    truth = np.array([True, True, True, False] + [True, False] * 3)
    counts = count(probability, truth, np.ones_like(truth))
    assert expected_calibration_error(counts, shown_levels(None)) == pytest.approx(0.3, abs=1e-6)
    rows = [row for row in reliability(counts, shown_levels(None)) if row.pixels]
    assert [(row.low, row.pixels, row.confidence, row.accuracy) for row in rows] == [(0.7, 4, 0.75, 0.75),
                                                                                    (0.9, 6, 1.0, 0.5)]  # fmt: skip
    assert math.isnan(expected_calibration_error(no_counts(), shown_levels(None)))
    assert all(math.isnan(row.accuracy) for row in reliability(no_counts(), shown_levels(None)))


def test_a_table_is_what_is_shown():
    table = Calibration((0.0, 1.0), (0.6, 0.9))
    levels = shown_levels(table)
    assert levels[STEPS // 2] == pytest.approx(0.6) and levels[0] == levels[-1] == pytest.approx(0.9, abs=1e-4)
    raw = entropy_levels()
    assert raw[STEPS // 2] == 0 and raw[0] == raw[-1] == pytest.approx(1, abs=1e-4)
    assert raw[STEPS // 4] == pytest.approx(1 - (2 - 0.75 * math.log2(3)), abs=1e-6)
