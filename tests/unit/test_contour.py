"""Masks to polygons: held to what shapely makes of the same pixels."""

import numpy as np
import pytest
import shapely
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from icemargin.maptools.contour import polygons_of_mask


def as_shapely(polygons):
    return shapely.MultiPolygon([(rings[0], rings[1:]) for rings in polygons])


@given(arrays(bool, st.tuples(st.integers(1, 10), st.integers(1, 10))))
def test_the_middles_of_the_pixels_are_inside_and_outside_as_the_mask_says(mask):
    found = as_shapely(polygons_of_mask(mask))
    assert found.is_valid
    y, x = np.indices(mask.shape)
    assert (shapely.contains_xy(found, x.ravel() + 0.5, y.ravel() + 0.5) == mask.ravel()).all()


@pytest.mark.parametrize(("rows", "area"), [(20, 400), (1, 20)])
def test_smoothing_keeps_the_area(rows, area):
    mask = np.ones((rows, 20), bool)
    assert as_shapely(polygons_of_mask(mask)).area == pytest.approx(area)


def test_an_island_in_a_hole_is_its_own_polygon():
    mask = np.ones((9, 9), bool)
    mask[2:7, 2:7] = False
    mask[4, 4] = True
    sizes = sorted(len(rings) for rings in polygons_of_mask(mask))
    assert sizes == [1, 2]
