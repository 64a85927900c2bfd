from __future__ import annotations

import numpy as np
import pytest
from icemargin.training.data.ice_labels import GLACIER, NO_LABEL, NOT_GLACIER, IceRule, whole_glacier

SIZE = 60
INSIDE = (slice(10, 40), slice(10, 40))
# green, nir, swir1, slope
ROCK, ICE, LAKE = (0.15, 0.18, 0.22, 20.0), (0.6, 0.5, 0.08, 20.0), (0.12, 0.05, 0.02, 1.0)
SHADOWED_ROCK, DIRTY_ICE = (0.09, 0.05, 0.03, 20.0), (0.20, 0.20, 0.10, 20.0)


def scene(surface, where=INSIDE):
    bands = np.empty((4, SIZE, SIZE), np.float32)
    bands[:] = np.array(ROCK)[:, None, None]
    bands[(slice(None), *where)] = np.array(surface)[:, None, None]
    return dict(zip(("green", "nir", "swir1", "slope"), bands))


def nothing():
    return np.zeros((SIZE, SIZE), bool)


@pytest.mark.parametrize(
    "surface, label",
    [(ICE, GLACIER), (LAKE, NOT_GLACIER), (SHADOWED_ROCK, NO_LABEL), (DIRTY_ICE, NO_LABEL), (ROCK, NOT_GLACIER)],
)
def test_what_a_surface_becomes(surface, label):
    labels = whole_glacier(scene(surface), nothing())
    assert labels[25, 25] == label
    assert labels[2, 2] == NOT_GLACIER and labels.dtype == np.int8


def test_debris_mapped_by_hand_is_glacier_whatever_it_looks_like():
    debris = nothing()
    debris[INSIDE] = True
    labels = whole_glacier(scene(ROCK), debris)
    assert (labels[INSIDE] == GLACIER).all() and (labels == GLACIER).sum() == 900


def test_a_patch_of_snow_is_no_glacier():
    assert whole_glacier(scene(ICE, (slice(10, 18), slice(10, 18))), nothing())[14, 14] == NOT_GLACIER


def test_a_gap_between_ice_and_debris_is_not_known():
    debris = nothing()
    debris[10:40, 50:58] = True
    labels = whole_glacier(scene(ICE), debris)
    assert (labels[15:35, 41:49] == NO_LABEL).all()
    assert (whole_glacier(scene(ICE), debris, IceRule(gap=2))[15:35, 43:47] == NOT_GLACIER).all()


def test_what_has_no_data_has_no_label():
    bands = scene(ICE)
    bands["nir"][0:5] = np.nan
    labels = whole_glacier(bands, nothing())
    assert (labels[0:5] == NO_LABEL).all() and labels[25, 25] == GLACIER
