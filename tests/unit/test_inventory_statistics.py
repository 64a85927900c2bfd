"""Weighted means and quantiles against numpy, intervals against scipy."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from icemargin.inventory.statistics import (
    bootstrap,
    group_maxima,
    group_means,
    group_quantiles,
    median,
    quantile,
    weighted_mean,
)
from scipy import stats


@settings(max_examples=40)
@given(st.integers(0, 1000), st.floats(0, 1), st.integers(1, 6))
def test_quantiles_of_equal_weights_are_numpys(seed, share, count):
    random = np.random.default_rng(seed)
    values, group = random.normal(0, 100, 200), random.integers(0, count, 200)
    found = group_quantiles(values, np.ones(200), group, count, share)
    expected = [np.quantile(values[group == n], share, method="hazen") for n in range(count)]
    assert found == pytest.approx(expected, abs=1e-6)


@pytest.mark.parametrize("share", [0.1, 0.5, 0.95])
def test_a_weight_is_a_repetition(share):
    values, weights = np.array([1.0, 4.0, 2.0, 9.0]), np.array([1, 5, 2, 3])
    repeated = np.repeat(values, weights * 400)
    found = group_quantiles(values, weights.astype(float), np.zeros(4, int), 1, share)[0]
    low, high = np.quantile(repeated, share, method="lower"), np.quantile(repeated, share, method="higher")
    neighbours = np.sort(values)
    place = np.searchsorted(neighbours, low)
    assert neighbours[max(place - 1, 0)] <= found <= neighbours[min(np.searchsorted(neighbours, high) + 1, 3)]


def test_float32_weights_do_not_lose_their_sum():
    values = np.linspace(0, 1, 3_000_000, dtype=np.float32)
    weights = np.full(len(values), 5.1, np.float32)
    assert quantile([(values, weights)], 0.5) == pytest.approx(0.5, abs=1e-5)
    found = group_quantiles(values, weights, np.zeros(len(values), np.int8), 1, 0.5)
    assert found[0] == pytest.approx(0.5, abs=1e-5)


@pytest.mark.parametrize("share", [0.0, 0.3, 0.5, 0.95, 1.0])
@pytest.mark.parametrize("kind", ["lognormal", "ties", "gap", "one value"])
def test_a_quantile_of_many_chunks_is_that_of_all(share, kind):
    random = np.random.default_rng(3)
    values = random.lognormal(0, 3, 400_000)
    if kind == "ties":
        values = np.round(values)
    if kind == "gap":
        values = np.where(values > 1, values + 1e5, values)
    if kind == "one value":
        values = np.ones(400_000)
    weights = random.uniform(0.1, 5, 400_000)
    found = quantile(list(zip(np.split(values, 8), np.split(weights, 8))), share)
    expected = group_quantiles(values, weights, np.zeros(400_000, int), 1, share)[0]
    assert found == pytest.approx(expected, rel=1e-9)
    assert np.isnan(quantile([(np.zeros(0), np.zeros(0))], share))


def test_groups_without_values_are_nan():
    values, weights, group = np.array([3.0, 5.0]), np.array([1.0, 3.0]), np.array([1, 1])
    assert group_means(values, weights, group, 3) == pytest.approx([np.nan, 4.5, np.nan], nan_ok=True)
    assert group_maxima(values, group, 3) == pytest.approx([np.nan, 5, np.nan], nan_ok=True)
    assert np.isnan(group_quantiles(values, weights, group, 3, 0.5)[[0, 2]]).all()
    assert np.isnan(group_quantiles(np.zeros(0), np.zeros(0), np.zeros(0, int), 2, 0.5)).all()


def test_what_is_not_known_does_not_count():
    values = np.array([1.0, np.nan, 4.0])
    assert median(values) == 2.5 and weighted_mean(values, np.array([1.0, 9.0, 2.0])) == 3.0
    assert np.isnan(median(np.array([np.nan]))) and np.isnan(weighted_mean(values, np.zeros(3)))


def test_intervals_are_scipys():
    random = np.random.default_rng(2)
    area = random.lognormal(0, 1, 150)
    part = area * random.uniform(0.8, 1, 150)
    ratio = {"part": part, "area": area}
    low, high = bootstrap(ratio, lambda sums: {"share": sums["part"] / sums["area"]}, 2000, 0.95, 1)["share"]
    expected = stats.bootstrap((part, area), lambda p, a, axis: p.sum(axis) / a.sum(axis), paired=True,
                               method="percentile", random_state=3).confidence_interval  # fmt: skip
    assert (low, high) == pytest.approx(expected, abs=0.1 * (expected[1] - expected[0]))


@pytest.mark.parametrize(("n", "draws"), [(0, 100), (1, 100), (20, 0)])
def test_no_interval_of_nothing(n, draws):
    assert bootstrap({"a": np.ones(n)}, lambda sums: sums, draws, 0.95, 1) == {}
