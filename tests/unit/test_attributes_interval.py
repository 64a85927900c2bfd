"""Intervals of areas from confidence: by hand where the answer is known, and what must hold for any."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st
from icemargin.inference.errors import SettingsError
from icemargin.inference.progress import NoProgress
from icemargin.inventory.attributes_interval import BAND, IntervalSettings, area_intervals
from icemargin.inventory.attributes_uncertainty import UncertaintySettings, area_doubts
from made_ground import X, Y, layer_of, outlines_of, raster

SQUARE = shapely.box(X, Y, X + 2000, Y + 2000)
RIGHT = shapely.box(X + 2000, Y, X + 4000, Y + 2000)
PIXEL_KM2 = 1e-4
ONE_BLOCK = IntervalSettings(block_m=3e5)


def sure(value, **more):
    """A raster of 10 m in which confidence is `value(x, y)`."""
    return raster(value, left=X - 3000, top=Y + 5000, resolution=10.0, size=(1000, 1000), **more)


def around(inside, outside):
    """Confidence within the square, and outside."""
    return lambda x, y: np.where((x > X) & (x < X + 2000) & (y > Y) & (y < Y + 2000), inside, outside)


def intervals(confidence, *geometries, how=ONE_BLOCK):
    return area_intervals(outlines_of(layer_of(*(geometries or (SQUARE,)))), confidence, how)


def test_where_all_is_sure_there_is_no_doubt():
    found = intervals(sure(around(1.0, 1.0)))
    area = outlines_of(layer_of(SQUARE)).area_km2
    assert found.low_km2 == pytest.approx(area) and found.high_km2 == pytest.approx(area) and found.covered == [1.0]
    assert found.total == pytest.approx((area[0], area[0]))


@pytest.mark.parametrize(
    ("inside", "outside", "low", "high"),
    [
        (0.96, 1.0, 0.0, 4.0),  # 4 % of the draws lose all ice: more than the 2.5 % below the interval
        (0.98, 1.0, 4.0, 4.0),
        (1.0, 0.96, 4.0, 4.0 + (4 * 200 * BAND + 4 * 69) * PIXEL_KM2),  # gained: the band and its rounded corners
        (1.0, 0.98, 4.0, 4.0),
        (0.9, 0.9, 0.0, 4.0 + (4 * 200 * BAND + 4 * 69) * PIXEL_KM2),
    ],
)
def test_one_block_by_hand(inside, outside, low, high):
    found = intervals(sure(around(inside, outside)))
    scale = 0.9996**-2
    assert found.low_km2[0] == pytest.approx(low * scale, abs=1e-3)
    assert found.high_km2[0] == pytest.approx(high * scale, rel=3e-3)


def test_a_probability_of_ice_says_the_same_as_its_confidence():
    ice = sure(around(0.9, 0.2))
    trust = sure(around(0.9, 0.8))
    for blocks in (ONE_BLOCK, IntervalSettings(block_m=500)):
        one, other = intervals(ice, how=blocks), intervals(trust, how=blocks)
        assert one.total == other.total and one.low_km2 == other.low_km2


def test_many_blocks_are_a_binomial():
    """100 blocks, each lost with the probability 0.2: mean 80, standard deviation 4."""
    found = intervals(sure(around(0.8, 1.0)), how=IntervalSettings(block_m=200, draws=2000))
    scale = 0.9996**-2 * 0.04
    assert found.low_km2[0] / scale == pytest.approx(80 - 1.96 * 4, abs=1.1)
    assert found.high_km2[0] / scale == pytest.approx(80 + 1.96 * 4, abs=1.1)


def test_more_blocks_are_a_narrower_interval():
    doubt = sure(around(0.8, 0.9))
    widths = [np.ptp(intervals(doubt, how=IntervalSettings(block_m=m)).total) for m in (2000, 500, 100)]
    assert widths[0] > widths[1] > widths[2] > 0


def test_neighbours_share_a_block_s_fate_and_no_pixel_counts_twice():
    half = sure(lambda x, y: 0 * x + 0.9)
    both = intervals(half, SQUARE, RIGHT)
    alone, whole = intervals(half), intervals(half, shapely.union_all([SQUARE, RIGHT]))
    assert both.total == pytest.approx(whole.total, rel=1e-3)
    assert both.low_km2 == pytest.approx([0, 0], abs=1e-6)
    assert (both.high_km2 < alone.high_km2).all()  # there is less around each
    assert both.high_km2.sum() == pytest.approx(both.total[1], rel=1e-6)  # in one block all go together


def test_an_interval_does_not_depend_on_what_else_is_in_the_layer():
    doubt = sure(lambda x, y: 0.75 + 0.25 * np.sin(x / 300) * np.cos(y / 170))
    blocks = IntervalSettings(block_m=300)
    far = shapely.box(X + 5000, Y - 2000, X + 5500, Y - 1500)
    alone, both = intervals(doubt, how=blocks), intervals(doubt, far, SQUARE, how=blocks)
    assert both.low_km2[1] == pytest.approx(alone.low_km2[0]) and both.high_km2[1] == pytest.approx(alone.high_km2[0])
    part = replace(doubt, header=replace(doubt.header, left=X - 2000, top=Y + 4500), height=900, width=900)
    cut = intervals(part, how=blocks)
    assert cut.low_km2 == pytest.approx(alone.low_km2) and cut.total == pytest.approx(alone.total)
    assert intervals(doubt, how=replace(blocks, seed=2)).total != alone.total


def test_without_enough_confidence_there_is_no_interval():
    half = sure(lambda x, y: np.where(x > X + 1000, 0.9, np.nan))
    found = intervals(half, SQUARE, RIGHT)
    assert found.covered == pytest.approx([0.5, 1.0], abs=0.01)
    assert np.isnan(found.low_km2).tolist() == [True, False] and np.isnan(found.high_km2).tolist() == [True, False]
    assert found.total[0] == pytest.approx(4 * 0.9996**-2, rel=1e-3)  # the first counts as sure
    outlines = outlines_of(layer_of(SQUARE, RIGHT))
    rows, total = area_doubts(outlines, half, None, UncertaintySettings(), NoProgress())
    assert rows[0]["area_unc"] == "buffer of half a pixel of 10 m" and "bootstrap" in rows[1]["area_unc"]
    assert rows[0]["area_lo_km2"] == pytest.approx(outlines.area_km2[0] - rows[0]["area_sigma_km2"])
    assert "blocks of 3200 m" in total.method and total.area_km2 == pytest.approx(outlines.area_km2.sum())


def test_the_buffer_method_by_hand():
    """Half a pixel along 8 km of margin; of two neighbours' 16 km the divide's 2 x 2 km do not count."""
    outlines = outlines_of(layer_of(SQUARE, RIGHT))
    debris = shapely.transform(outlines.geometry[0], lambda xy: xy)
    for ground, sigma in ((None, [0.03, 0.03]), (debris, [0.06, 0.03])):
        rows, total = area_doubts(outlines, None, ground, UncertaintySettings(), NoProgress())
        found = [row["area_sigma_km2"] for row in rows]
        assert found == pytest.approx(sigma, rel=0.02) and total.sigma_km2 == pytest.approx(sum(sigma), rel=0.02)
        assert total.low_km2 == pytest.approx(total.area_km2 - total.sigma_km2)
        assert total.method.endswith("debris") == (ground is not None)


def test_a_plain_probability_is_told_as_such():
    outlines = outlines_of(layer_of(SQUARE))
    rows, _ = area_doubts(outlines, sure(around(0.9, 0.1)), None, UncertaintySettings(calibrated=False), NoProgress())
    assert rows[0]["area_unc"] == "95% by bootstrap of probability that is not calibrated, blocks of 3200 m"


@settings(max_examples=10)
@given(st.integers(0, 10**6), st.sampled_from([150.0, 700.0, 30_000.0]))
def test_the_interval_holds_the_area_in_what_can_be(seed, block):
    random = np.random.default_rng(seed)
    noise = random.uniform(0.5, 1.0, (1000, 1000)).astype(np.float32)
    confidence = sure(lambda x, y: noise[((Y + 5000 - y) / 10).astype(int), ((x - X + 3000) / 10).astype(int)])
    blob = shapely.Point(X + 900, Y + 900).buffer(random.uniform(20, 900))
    found = intervals(replace(confidence, height=1000), blob, how=IntervalSettings(block_m=block, draws=200))
    widest = outlines_of(layer_of(blob.buffer(10 * BAND + 10))).area_km2[0]
    assert 0 <= found.low_km2[0] <= found.high_km2[0] <= widest
    assert found.total == pytest.approx((found.low_km2[0], found.high_km2[0]), abs=1e-9)


def test_outlines_that_hold_no_pixel_have_no_interval():
    found = intervals(sure(around(0.9, 0.9)), shapely.box(X + 1, Y + 1, X + 4, Y + 4))
    assert np.isnan(found.low_km2).all() and found.covered == [0] and np.ptp(found.total) == 0


def test_no_outlines():
    assert area_intervals(outlines_of(layer_of()), sure(around(1, 1)), ONE_BLOCK).total == (0.0, 0.0)


@pytest.mark.parametrize("wrong", [{"block_m": 0}, {"block_m": float("nan")}, {"draws": 0}, {"level": 1.0}])
def test_wrong_settings_are_refused(wrong):
    with pytest.raises(SettingsError):
        IntervalSettings(**wrong)
