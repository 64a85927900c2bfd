"""Normalisation against hand-computed values; what is absent is 0; validity follows the imagery."""

import numpy as np
import pytest
from icemargin.inference.model import Feature
from icemargin.inference.preprocess import normalise, prepare

DEM = Feature("dem", ("elevation", "slope"), (-100.0, 0.0), (8300.0, 90.0))
OPTICAL = Feature("optical", ("red", "nir"), (0.0, 0.0), (2.0, 4.0))
SAR = Feature("co_pol_sar", ("co_pol_ascending", "co_pol_descending"), (-6.0, -6.0), (2.0, 14.0))


def test_minimum_and_maximum_become_0_and_1():
    bands = {"elevation": np.float32([[-100, 8300, 4100]]), "slope": np.float32([[0, 90, 45]])}
    np.testing.assert_allclose(normalise(bands, DEM), [[[0, 1, 0.5]], [[0, 1, 0.5]]], atol=1e-6)


def test_values_beyond_are_not_clipped():
    bands = {"elevation": np.float32([[16700]]), "slope": np.float32([[0]])}
    assert normalise(bands, DEM)[0, 0, 0] == pytest.approx(2)


def test_backscatter_is_the_logarithm_of_linear_sigma0():
    bands = {"co_pol_ascending": np.float32([[1.0, 0.0, -1.0]]), "co_pol_descending": np.float32([[0.01, 0.0, 0.5]])}
    found = normalise(bands, SAR)
    assert found[0, 0, 0] == pytest.approx(6 / 8, abs=1e-6) and found[0, 0, 1] == pytest.approx(0, abs=1e-6)
    assert found[1, 0, 0] == pytest.approx(4 / 20, abs=1e-5)
    assert found[:, 0, 2].tolist() == [0, 0]  # no backscatter is negative: absent


def test_what_is_invalid_is_absent_in_its_feature_only():
    nan = np.nan
    bands = {
        "red": np.float32([[1, nan, 1, 1]]), "nir": np.float32([[1, 1, nan, 1]]),
        "elevation": np.float32([[100, 100, 100, nan]]), "slope": np.float32([[9, 9, 9, 9]]),
    }  # fmt: skip
    inputs, valid = prepare(bands, (OPTICAL, DEM))
    assert valid.tolist() == [[True, False, False, True]]
    assert inputs["optical"][:, 0].tolist() == [[0.5, 0, 0, 0.5], [0.25, 0, 0, 0.25]]
    assert inputs["dem"][0, 0, 3] == 0 and inputs["dem"][1, 0, 3] == 0 and inputs["dem"][1, 0, 1] > 0
    assert all(np.isfinite(array).all() and array.dtype == np.float32 for array in inputs.values())


def test_a_band_that_is_not_given_is_absent_and_spoils_nothing():
    bands = {"red": np.float32([[1, np.nan]]), "elevation": np.float32([[100, 100]])}
    inputs, valid = prepare(bands, (OPTICAL, DEM))
    assert valid.tolist() == [[True, False]]
    assert inputs["optical"][:, 0].tolist() == [[0.5, 0], [0, 0]]
    assert inputs["dem"][0].all() and not inputs["dem"][1].any()
