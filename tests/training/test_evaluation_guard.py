from __future__ import annotations

import numpy as np
import pytest
from icemargin.inference.classic import ClassicPredictor
from icemargin.inference.request import ClassicSettings
from icemargin.tests.training.small_data import write_simulated
from icemargin.training.data.tiles import find_tiles
from icemargin.training.evaluation.evaluate import evaluate
from icemargin.training.evaluation.guard import (
    BETTER,
    BLOCK,
    EQUAL,
    UNKNOWN,
    WORSE,
    block_counts,
    compare_models,
    judge,
)
from icemargin.training.evaluation.labels import Labels


def map_of(rows, columns, shape=(2 * BLOCK, 2 * BLOCK)):
    probability = np.zeros(shape, np.float32)
    probability[rows, columns] = 0.9
    return probability


def test_counts_by_block_by_hand():
    glacier = np.zeros((2 * BLOCK, 2 * BLOCK), bool)
    glacier[:10, :10] = True
    known = np.ones_like(glacier)
    known[0, 0] = False
    half = map_of(slice(0, 10), slice(0, 5))
    counts = block_counts([half, map_of(slice(0, 10), slice(0, 10))], Labels(known, glacier, None))
    assert counts.tolist() == [[[49, 99], [99, 99]]]


def test_pixels_without_a_result_in_one_map_count_in_neither():
    glacier = np.ones((BLOCK, BLOCK), bool)
    gap = map_of(slice(None), slice(None), glacier.shape)
    gap[:, 0] = np.nan
    counts = block_counts([gap, np.ones_like(gap)], Labels(np.ones_like(glacier), glacier, None))
    assert counts.tolist() == [[[BLOCK * (BLOCK - 1)] * 2] * 2]


@pytest.mark.parametrize(
    "old, new, blocks, answer",
    [
        (50, 80, 40, BETTER),
        (80, 50, 40, WORSE),
        (60, 60, 40, EQUAL),
        (50, 80, 5, UNKNOWN),
    ],
)
def test_the_answer(old, new, blocks, answer):
    rng = np.random.default_rng(1)
    counts = np.empty((blocks, 2, 2))
    counts[..., 1] = 100
    counts[..., 0] = np.array([old, new]) + rng.integers(-9, 10, (blocks, 2))
    verdict = judge(counts)
    assert verdict.answer == answer and verdict.low <= verdict.new_iou - verdict.old_iou <= verdict.high


def test_the_interval_is_that_of_a_plain_bootstrap():
    rng = np.random.default_rng(2)
    counts = np.stack([rng.integers(0, 60, (30, 2)), np.full((30, 2), 100)], axis=-1).astype(float)
    verdict = judge(counts)
    differences = []
    for _ in range(4000):
        drawn = counts[rng.integers(0, 30, 30)].sum(axis=0)
        differences.append(drawn[1, 0] / drawn[1, 1] - drawn[0, 0] / drawn[0, 1])
    np.testing.assert_allclose([verdict.low, verdict.high], np.percentile(differences, [2.5, 97.5]), atol=0.01)


def test_no_glacier_anywhere_is_no_verdict():
    assert judge(np.zeros((0, 2, 2))).answer == UNKNOWN


def test_models_are_compared_as_they_would_map(tmp_path):
    tiles = find_tiles([write_simulated(tmp_path / "d.hdf5", [300])])
    strict, usual = (ClassicPredictor(ClassicSettings(ratio_threshold=value)) for value in (60.0, 2.0))
    verdict = compare_models(strict, usual, tiles)
    assert verdict.old_iou == pytest.approx(evaluate(strict, tiles).confusion().iou)
    assert verdict.new_iou == pytest.approx(evaluate(usual, tiles).confusion().iou)
    assert verdict.answer == BETTER
