"""Ice sampled along lines has the areas of its polygons."""

import numpy as np
import pytest
import shapely
from hypothesis import given
from hypothesis import strategies as st
from icemargin.inventory.scanning import SAMPLES, line_spacing, sampled_ice, sampled_outlines
from outline_builders import star

HOLED = star(0, 0, 900).difference(star(100, 50, 200, lobes=3))
SETS = {
    "one": (np.array([star(0, 0, 1000)]), np.array([star(60, -40, 1000)])),
    "holes": (np.array([HOLED]), np.array([star(0, 0, 900)])),
    "apart": (np.array([star(0, 0, 500), star(3000, 10, 400)]), np.array([star(3000, 0, 500), star(0, 6000, 300)])),
    "touching": (np.array([shapely.box(0, 0, 500, 500), shapely.box(500, 0, 900, 500)]), np.array([star(400, 0, 500)])),
    "none": (np.zeros(0, dtype=object), np.array([star(0, 0, 500)])),
}


@pytest.mark.parametrize("name", SETS)
def test_areas_by_state(name):
    ours, theirs = SETS[name]
    found = sampled_ice(ours, theirs, 5.0)
    whole = shapely.union_all(ours), shapely.union_all(theirs)
    common = shapely.area(shapely.intersection(*whole))
    assert found.weight[found.ours & found.theirs].sum() == pytest.approx(common, rel=5e-3)
    assert found.weight[found.ours].sum() == pytest.approx(shapely.area(whole[0]), rel=2e-3)
    assert found.weight[found.theirs].sum() == pytest.approx(shapely.area(whole[1]), rel=2e-3)
    assert not (~found.ours & ~found.theirs).any()
    for inside, ice in zip((found.ours, found.theirs), whole):
        agreed = shapely.contains_xy(ice.buffer(1e-6), found.xy) == inside
        assert found.weight[~agreed].sum() < 1e-6  # on shared borders, by rounding


@given(shift=st.floats(-1e4, 1e4), turn=st.floats(0, 7), lobes=st.integers(1, 9), spacing=st.floats(3, 30))
def test_samples_lie_inside_and_weigh_the_area(shift, turn, lobes, spacing):
    ice = star(shift, -shift / 3, 1000, lobes=lobes, phase=turn)
    found = sampled_ice(np.array([ice]), np.array([ice]), spacing)
    assert found.weight.sum() == pytest.approx(ice.area, rel=0.02)
    assert found.ours.all() and found.theirs.all() and shapely.contains_xy(ice.buffer(1e-6), found.xy).all()


def test_outlines_may_overlap():
    outlines = np.array([star(0, 0, 500), star(100, 0, 500), shapely.MultiPolygon([star(0, 3000, 90), HOLED])])
    xy, owner = sampled_outlines(outlines, 20.0)
    assert set(owner) == {0, 1, 2}
    for place, ice in enumerate(outlines):
        assert shapely.contains_xy(ice.buffer(1e-6), xy[owner == place]).all()


def test_as_many_samples_however_large_the_ice():
    assert line_spacing(1e6, 5.0) == 5.0
    far = line_spacing(8e10, 5.0)
    assert 8e10 / far**2 == pytest.approx(SAMPLES)
