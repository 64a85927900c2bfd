"""Entropy against hand-computed values, and the calibration table."""

import numpy as np
import pytest
from icemargin.inference.confidence import calibrated_confidence, raw_confidence
from icemargin.inference.errors import ModelError
from icemargin.inference.model import Calibration


@pytest.mark.parametrize(
    ("p", "expected"), [(0.5, 0.0), (1.0, 1.0), (0.0, 1.0), (0.25, 0.1887219), (0.9, 0.5310044)]
)  # 1 - H(p) in bits
def test_raw_confidence(p, expected):
    assert raw_confidence(np.float32([p]))[0] == pytest.approx(expected, abs=3e-5)


def test_table_is_interpolated_and_clamped_and_nan_stays():
    table = Calibration((0.1, 0.2), (0.6, 0.9))
    found = calibrated_confidence(np.float32([0.5, 0.75, 1.0, np.nan]), table)
    assert found[0] == pytest.approx(0.6) and found[2] == pytest.approx(0.9)
    assert found[1] == pytest.approx(0.6 + 0.3 * (0.1887219 - 0.1) / 0.1, abs=1e-5)
    assert np.isnan(found[3])


def test_without_a_table_it_is_the_probability_of_the_class():
    np.testing.assert_allclose(calibrated_confidence(np.float32([0.2, 0.7]), None), [0.8, 0.7], rtol=1e-6)


@pytest.mark.parametrize(
    ("raw", "calibrated"),
    [
        ((0.0,), (0.5,)),
        ((0.0, 0.0), (0.5, 0.6)),
        ((0.0, 1.0), (0.9, 0.6)),
        ((0.0, 1.0), (0.4, 0.6)),
        ((0.0, 1.0), (0.5, 1.1)),
    ],
)
def test_tables_that_are_not_isotonic_are_refused(raw, calibrated):
    with pytest.raises(ModelError):
        Calibration(raw, calibrated)


@pytest.mark.parametrize(("p", "expected"), [(0.1, 0.9), (0.3, 0.7), (0.49, 0.51), (0.6, 0.5), (0.8, 0.6), (1.0, 0.8)])
def test_a_table_of_probability_trusts_each_class_by_itself(p, expected):
    # A model that says 1.0 is right in 80 % of the cases only; below 0.5 it says what is observed.
    table = Calibration((0.1, 0.5, 0.6, 0.8, 1.0), (0.1, 0.5, 0.5, 0.6, 0.8), "", "probability")
    assert calibrated_confidence(np.float32([p]), table)[0] == pytest.approx(expected, abs=1e-6)


def test_a_table_of_probability_may_begin_at_zero():
    assert Calibration((0.0, 1.0), (0.0, 1.0), "", "probability").of == "probability"
    with pytest.raises(ModelError, match="not 'rank'"):
        Calibration((0.0, 1.0), (0.5, 1.0), "", "rank")
