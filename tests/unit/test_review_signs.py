"""Signs from rasters, on small scenes whose answer is known."""

from __future__ import annotations

import math
from datetime import date

import numpy as np
import pytest
from icemargin.inventory.review_signs import Ground, grown, shadow, signs_of, sun_at

SIZE, PIXEL = 60, 30.0
KM2 = PIXEL**2 / 1e6


def scene(**changes):
    """A glacier of 20 x 20 pixels, number 1, on bare ground that falls to the south at 10 degrees."""
    labels = np.zeros((SIZE, SIZE), np.int32)
    labels[20:40, 20:40] = 1
    ice = labels > 0
    rows = np.arange(SIZE, dtype=np.float32)[:, None].repeat(SIZE, 1)
    bands = {
        "green": np.where(ice, 0.7, 0.15), "red": np.where(ice, 0.7, 0.16), "nir": np.where(ice, 0.6, 0.18),
        "swir1": np.where(ice, 0.05, 0.2), "elevation": 5000 - rows * PIXEL * 0.176,
        "slope": np.full((SIZE, SIZE), 10.0),
    }  # fmt: skip
    bands = {name: values.astype(np.float32) for name, values in {**bands, **changes.pop("bands", {})}.items()}
    sure = np.full((SIZE, SIZE), 0.99, np.float32)
    return Ground(**{"labels": labels, "pixel_m": PIXEL, "confidence": sure, "bands": bands, **changes})


def sign(ground, key=7):
    return signs_of(ground, [key])[key]


def test_another_outline_differs_by_what_one_has_and_the_other_not():
    other = np.zeros((SIZE, SIZE), bool)
    other[20:40, 30:45] = True  # 200 pixels less, 100 more
    found = sign(scene(others={"RGI": other, "same": scene().labels > 0})).disagreed_km2
    assert found["RGI"] == pytest.approx(300 * KM2, rel=0.1) and found["same"] == 0
    assert found["RGI"] < 300 * KM2  # corners, a pixel wide, are not counted


def test_ice_of_others_far_away_is_not_this_glaciers():
    other = scene().labels > 0
    other[:5, :5] = True
    assert sign(scene(others={"RGI": other})).disagreed_km2["RGI"] == 0


def test_flat_bare_ground_below_a_glacier_may_be_its_tongue():
    ground = scene()
    lowest = ground.bands["elevation"][20:40, 20:40]
    below = (
        (grown(ground.labels, 7) > 0) & (ground.labels == 0) & (ground.bands["elevation"] < np.percentile(lowest, 25))
    )
    assert sign(ground).debris_km2 == pytest.approx(below.sum() * KM2, rel=1e-6)


@pytest.mark.parametrize("bands", [
    {"slope": np.full((SIZE, SIZE), 30.0)},  # too steep for debris to lie on ice
    {"nir": np.full((SIZE, SIZE), 0.4)},  # plants
    {"green": np.full((SIZE, SIZE), 0.7), "nir": np.full((SIZE, SIZE), 0.1)},  # water
    {"swir1": np.full((SIZE, SIZE), 0.01)},  # snow
    {"elevation": np.full((SIZE, SIZE), np.nan)},
])  # fmt: skip
def test_what_is_no_debris(bands):
    assert sign(scene(bands=bands)).debris_km2 == 0


def test_ice_cools_the_debris_on_it():
    warm = np.full((SIZE, SIZE), 295.0)
    warm[20:40, 20:40] = 273.0
    assert sign(scene(bands={"thermal": warm})).debris_km2 == 0
    warm[40:46, 20:40] = 280.0
    assert sign(scene(bands={"thermal": warm})).debris_km2 == pytest.approx(6 * 20 * KM2, rel=1e-6)
    warm[40:46, 20:30] = np.nan  # not known to be warm
    assert sign(scene(bands={"thermal": warm})).debris_km2 == pytest.approx(6 * 20 * KM2, rel=1e-6)


def test_without_bands_there_are_no_signs():
    labels = scene().labels
    found = sign(Ground(labels, PIXEL))
    assert (found.disagreed_km2, found.debris_km2, found.tags) == ({}, 0, ())


def doubtful(rows, columns):
    sure = np.full((SIZE, SIZE), 0.99, np.float32)
    sure[rows, columns] = 0.6
    return sure


@pytest.mark.parametrize("bands, tag", [
    ({}, "debris"),
    ({"green": np.full((SIZE, SIZE), 0.12), "nir": np.full((SIZE, SIZE), 0.03),
      "swir1": np.full((SIZE, SIZE), 0.01), "slope": np.full((SIZE, SIZE), 1.0)}, "lake"),
    ({"green": np.full((SIZE, SIZE), 0.7), "nir": np.full((SIZE, SIZE), 0.6),
      "swir1": np.full((SIZE, SIZE), 0.05)}, "seasonal snow"),
    ({"green": np.full((SIZE, SIZE), 0.5), "nir": np.full((SIZE, SIZE), 0.5),
      "swir1": np.full((SIZE, SIZE), 0.4)}, "cloud"),
])  # fmt: skip
def test_reasons_follow_from_the_ground_in_doubt(bands, tag):
    found = sign(scene(bands=bands, confidence=doubtful(slice(40, 45), slice(20, 40))))
    assert found.tags[0] == tag


def test_without_confidence_the_doubt_is_where_others_differ():
    other = scene().labels > 0
    other[40:45, 20:40] = True
    found = sign(scene(confidence=None, others={"RGI": other}))
    assert found.tags == ("debris",)
    assert sign(scene(confidence=None)).tags == ()


def test_steep_rock_in_an_outline_is_a_nunatak():
    rock = {"green": np.full((SIZE, SIZE), 0.15), "swir1": np.full((SIZE, SIZE), 0.2),
            "slope": np.full((SIZE, SIZE), 50.0)}  # fmt: skip
    assert sign(scene(bands=rock, confidence=doubtful(slice(25, 30), slice(25, 30)))).tags == ("nunatak",)


def test_glaciers_that_touch_may_be_a_matter_of_the_divide():
    labels = scene().labels.copy()
    labels[20:40, 30:40] = 2
    found = signs_of(scene(labels=labels), [3, 9])
    assert found[3].tags == found[9].tags == ("divide",)


def test_a_wall_throws_its_shadow_away_from_the_sun():
    flat = np.zeros((40, 40), np.float32)
    flat[:, 20] = 100.0  # 100 m high; the sun stands 45 degrees high in the east
    dark = shadow(flat, 10.0, (45.0, 90.0))
    assert dark[5, 11:20].all() and not dark[5, :10].any() and not dark[:, 20:].any()
    assert not shadow(np.zeros((5, 5), np.float32), 10.0, (45.0, 90.0)).any()


@pytest.mark.parametrize("day, lat, high, azimuth", [
    (date(2023, 6, 21), 46.5, 60.7, 134.15),  # by hand: the azimuth by the law of sines in the spherical triangle
    (date(2023, 12, 21), 46.5, 17.15, 158.4),
    (date(2023, 3, 21), 0.0, 67.5, 89.4),  # the sun is 0.25 degrees north of the equator since yesterday
])  # fmt: skip
def test_where_the_sun_stands(day, lat, high, azimuth):
    found = sun_at(day, lat)
    assert found == pytest.approx((high, azimuth), abs=0.1)


@pytest.mark.parametrize("day, declination", [
    (date(2000, 3, 20), 0.1), (date(2014, 11, 4), -15.4), (date(2020, 2, 29), -7.8), (date(2023, 5, 1), 15.1),
    (date(2024, 8, 15), 13.9), (date(2026, 12, 31), -23.1),
])  # fmt: skip
def test_the_sun_stands_as_high_as_almanacs_say(day, declination):
    """Declinations by Spencer (1971), which agree with the almanac's to a quarter of a degree in any year."""
    turn = 2 * math.pi * (day.timetuple().tm_yday - 1) / 365
    terms = ((-0.399912, 0.070257), (-0.006758, 0.000907), (-0.002697, 0.00148))
    spencer = 0.006918 + sum(a * math.cos(n * turn) + b * math.sin(n * turn) for n, (a, b) in enumerate(terms, start=1))
    assert math.degrees(spencer) == pytest.approx(declination, abs=0.3)
    high, azimuth = (math.radians(angle) for angle in sun_at(day, 90.0))
    assert math.degrees(high) == pytest.approx(math.degrees(spencer), abs=0.3)  # at the pole: the declination itself
    assert math.degrees(azimuth) == pytest.approx(180 - 22.5)  # an hour and a half before noon


def test_labels_grow_into_nothing_only():
    labels = np.array([[1, 0, 0, 0, 2]], np.int32)
    assert grown(labels, 1).tolist() == [[1, 1, 0, 2, 2]] and grown(labels, 5).tolist() == [[1, 1, 2, 2, 2]]
    assert grown(labels, 0).tolist() == labels.tolist()
