"""The band ratio changes class exactly at its thresholds."""

import numpy as np
import pytest
from icemargin.inference.classic import ClassicPredictor, classic_index
from icemargin.inference.errors import ModelError
from icemargin.inference.request import ClassicSettings


def probability(settings, *bands):
    optical = np.float32(bands)[None, :, None, None]
    return ClassicPredictor(settings).predict({"optical": optical})[0, 0, 0]


@pytest.mark.parametrize(
    ("blue", "red", "swir1", "glacier"),
    [
        (0.8, 0.8, 0.1, True),
        (0.8, 0.8, 0.41, False),  # ratio just below 2
        (0.8, 0.8, 0.39, True),
        (0.079, 0.5, 0.01, False),  # shadow: blue just below 0.08
        (0.081, 0.5, 0.01, True),
        (0.5, 0.5, -0.01, True),  # negative SWIR is dark, not a negative ratio
    ],
)
def test_ratio_and_blue_threshold(blue, red, swir1, glacier):
    assert (probability(ClassicSettings(), blue, red, swir1) > 0.5) == glacier


@pytest.mark.parametrize(("green", "swir1", "glacier"), [(0.7, 0.29, True), (0.7, 0.31, False)])
def test_ndsi(green, swir1, glacier):
    assert (probability(ClassicSettings(index="ndsi"), green, swir1) > 0.5) == glacier


def test_probability_grows_with_the_distance_to_the_threshold():
    values = [probability(ClassicSettings(), 0.8, ratio * 0.1, 0.1) for ratio in (1.0, 2.0, 4.0, 8.0)]
    assert values[1] == pytest.approx(0.5, abs=1e-4) and values[2] == pytest.approx(0.95, abs=0.002)
    assert values == sorted(values)


def test_index_follows_the_bands():
    assert classic_index(["blue", "red", "swir1", "green"]) == "ratio"
    assert classic_index(["green", "swir1"]) == "ndsi"
    with pytest.raises(ModelError, match="blue, red and SWIR1"):
        classic_index(["blue", "green", "red", "nir"])
