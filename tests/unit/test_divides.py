"""Ice divided: inherited divides and ids, flowsheds, ice caps, voids; all ice stays, and borders are shared."""

from dataclasses import replace

import numpy as np
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st
from icemargin.inference.errors import OutlinesError
from icemargin.inventory.borders import shared_edges
from icemargin.inventory.divide_parts import FLOWSHEDS, INHERITED, WHOLE
from icemargin.inventory.divide_plans import DivideSettings
from icemargin.inventory.divides import divide
from icemargin.inventory.planes import Planes, spans_antimeridian
from outline_builders import PLANE, layer, square, star
from relief_builders import dome, relief_of, roof, terrain

HERE = Planes(PLANE, PLANE)
ROOF = terrain(relief_of(roof))
QUICK = DivideSettings(flow=replace(DivideSettings().flow, smooth=30.0))
ICE = shapely.box(-2000, -700, 2000, 700)
WEST, EAST = shapely.box(-2000, -700, 0, 700), shapely.box(0, -700, 2000, 700)


def divided(ice, earlier=None, ground=None, **more):
    """The ice divided, after what must always hold: no ice lost or twice, shared points, valid single polygons."""
    outlines = layer(*ice)
    found = divide(outlines, HERE, ground, earlier, more.pop("settings", QUICK), **more)
    whole = shapely.union_all(outlines.geometry)
    assert shapely.area(found.geometry).sum() == pytest.approx(whole.area, rel=1e-9)
    assert shapely.area(shapely.union_all(found.geometry)) == pytest.approx(whole.area, rel=1e-9)
    assert shapely.symmetric_difference(shapely.union_all(found.geometry), whole).area < 1e-9 * whole.area
    assert shapely.coverage_is_valid(found.geometry) and shapely.is_valid(found.geometry).all()
    assert {one.geom_type for one in found.geometry} == {"Polygon"}
    named = [name for name in found.ids if name]
    assert len(named) == len(set(named))
    return found


@pytest.mark.parametrize(
    ("ice", "ids", "parents", "gone"),
    [
        ([ICE], ["a", "b"], ["", ""], ()),  # the same ice
        ([WEST, EAST], ["a", "b"], ["", ""], ()),  # already divided
        ([shapely.box(-1500, -500, 1500, 500)], ["a", "b"], ["", ""], ()),  # retreat
        ([shapely.box(-2500, -900, 2500, 900)], ["a", "b"], ["", ""], ()),  # advance
        ([ICE, square(5000, 0, 1000)], ["", "a", "b"], ["", "", ""], ()),  # new ice
        ([shapely.box(-2000, -700, -1500, 700), shapely.box(-1000, -700, -300, 700)], ["", "a"], ["a", ""], ()),
        ([WEST], ["a"], [""], ()),
        ([shapely.box(-2000, -700, 5, 700)], ["a"], [""], ("b",)),  # less than the minimum area is left
        ([shapely.box(-2000, -700, 50, 700)], ["a", "b"], ["", ""], ()),  # a narrow glacier is no sliver
        ([ICE - square(-500, -100, 200)], ["a", "b"], ["", ""], ()),  # a nunatak
        ([ICE - square(-100, -100, 200)], ["a", "b"], ["", ""], ()),  # a nunatak on the divide
        ([shapely.union(WEST, square(-6000, 0, 1500))], ["", "a"], ["", ""], ()),  # several parts
    ],
)
def test_inherited(ice, ids, parents, gone):
    found = divided(ice, layer(WEST, EAST))
    order = np.argsort(found.ids)
    assert [found.ids[n] for n in order] == ids and [found.parents[n] for n in order] == parents
    assert found.gone == gone and bool(gone) == any("no ice any more" in doubt for doubt in found.doubts)


def test_divides_are_extended_to_the_new_margin():
    found = divided([shapely.box(-2500, -900, 2500, 900)], layer(WEST, EAST))
    edges = shared_edges(found.geometry)
    assert edges.length.sum() == pytest.approx(1800, rel=0.01)
    assert np.abs(np.concatenate([edges.start, edges.stop])[:, 0]).max() < QUICK.spacing_m
    assert shapely.area(found.geometry) == pytest.approx([2500 * 1800] * 2, rel=2e-3)


def test_glaciers_that_have_grown_together_are_divided_half_way():
    apart = layer(square(-2000, -500, 1000), square(1000, -500, 1000))
    found = divided([shapely.box(-2000, -500, 2000, 500)], apart)
    assert sorted(found.ids) == ["a", "b"] and shapely.area(found.geometry) == pytest.approx([2e6] * 2, rel=0.01)


def test_the_same_outlines_come_back_point_by_point():
    points = [(-2000, -700), (-900, -820), (13.7, -700.123), (40.1, 11.3), (-25.5, 690.77), (-1800, 800)]
    first = shapely.Polygon(points)
    second = shapely.Polygon([*points[2:5], (1700, 600), (2100, -300)])
    found = divided([shapely.union(first, second)], layer(first, second))
    for name, polygon in (("a", first), ("b", second)):
        mine = found.geometry[found.ids.index(name)]
        assert set(map(tuple, shapely.get_coordinates(polygon))) <= set(map(tuple, shapely.get_coordinates(mine)))
        assert shapely.symmetric_difference(mine, polygon).area < 1


def test_flowsheds_divide_what_no_inventory_has():
    found = divided([ICE], ground=ROOF)
    assert len(found) == 2 and set(found.divides) == {FLOWSHEDS} and found.ids == ("", "")
    assert shapely.area(found.geometry) == pytest.approx([ICE.area / 2] * 2, rel=0.03)
    new = divided([ICE, square(5000, 0, 1000)], layer(square(5000, 0, 1000)), ROOF)
    assert sorted(new.divides) == [FLOWSHEDS, FLOWSHEDS, INHERITED] and sorted(new.ids) == ["", "", "a"]


@pytest.mark.parametrize(
    ("ice", "count"),
    [
        ([ICE - square(-1500, -100, 300)], 2),
        ([ICE - square(-150, -150, 300)], 2),
        ([square(-150, -150, 300)], 1),  # too small for two glaciers
        ([ICE, shapely.box(-50, 900, 50, 1000)], 3),
        ([shapely.union(ICE, square(-2300, 1500, 1000))], 3),  # several parts
        ([shapely.box(-2000, -700, -100, 700)], 1),  # one side of the ridge
    ],
)
def test_flowsheds_of_other_shapes(ice, count):
    found = divided(ice, ground=ROOF)
    assert len(found) == count
    if count == 1:
        assert found.divides == (WHOLE,) and shapely.equals_exact(found.geometry[0], ice[0])


def test_the_crs_of_the_outlines_is_kept_exactly():
    from icemargin.inventory.projection import crs_of

    degrees = shapely.transform(ICE, lambda xy: xy / (7.7e4, 1.11e5) + (10.0, 46.0))
    outlines = replace(layer(degrees), crs=crs_of("EPSG:4326").to_wkt())
    found = divide(outlines, Planes(outlines.crs, PLANE), ROOF, None, QUICK)
    assert len(found) == 2 and shapely.coverage_is_valid(found.geometry)
    assert shapely.area(found.geometry).sum() == pytest.approx(degrees.area, rel=1e-9)
    corners = {tuple(xy) for xy in shapely.get_coordinates(degrees)}
    assert corners <= {tuple(xy) for xy in shapely.get_coordinates(found.geometry)}


@pytest.mark.parametrize("named", [True, False])
@pytest.mark.parametrize("split", [True, False])
def test_ice_caps_are_never_split_silently(named, split):
    ground, ice = (ROOF, ICE) if named else (terrain(relief_of(dome)), shapely.Point(0, 0).buffer(2000))
    chosen = replace(QUICK, split_ice_caps=split, flow=replace(QUICK.flow, reach=0.1))
    found = divided([ice], ground=ground, settings=chosen, ice_caps=[named])
    assert found.ice_cap.all() and (len(found) > 1) == split
    assert any("is an ice cap or looks like one" in doubt for doubt in found.doubts)


def test_an_ice_cap_that_an_inventory_divides_is_told():
    found = divided([ICE], layer(WEST, EAST), earlier_ice_caps=[True, False])
    assert len(found) == 2 and found.ice_cap.all() and "its divides were kept" in found.doubts[0]


def test_void_and_small_dems():
    half = relief_of(roof)
    half.elevation[:, half.elevation.shape[1] // 2 :] = np.nan
    found = divided([ICE], ground=terrain(half))
    assert found.divides == (WHOLE,) and "the DEM has no values on 5" in found.doubts[0]
    spots = relief_of(roof)
    spots.elevation[::7, ::5] = np.nan
    assert len(divided([ICE], ground=terrain(spots))) == 2


def test_an_inventory_elsewhere_is_refused():
    with pytest.raises(OutlinesError, match="does not lie on the ice"):
        divided([ICE], layer(square(9000, 0, 100)))


@pytest.mark.parametrize(
    ("boxes", "spans"),
    [([(179, 0, 180, 1)], True), ([(-179, 0, -178, 1), (178, 0, 179, 1)], True), ([(10, 0, 11, 1)], False)],
)
def test_the_antimeridian(boxes, spans):
    assert spans_antimeridian(np.array([shapely.box(*box) for box in boxes])) is spans


@settings(max_examples=30)
@given(
    seeds=st.lists(st.tuples(st.integers(-1500, 1500), st.integers(-1500, 1500)), min_size=2, max_size=6, unique=True),
    now=st.floats(0.5, 1.4), phase=st.floats(0, 6), shift=st.integers(-300, 300),
)  # fmt: skip
def test_any_inventory_on_any_ice(seeds, now, phase, shift):
    """Glaciers by the nearest of some points; later the ice is smaller, larger, of another shape and elsewhere."""
    before = star(0, 0, 2000)
    cells = shapely.get_parts(shapely.voronoi_polygons(shapely.multipoints(seeds), extend_to=before.buffer(100)))
    parts = [part for part in shapely.get_parts(shapely.intersection(cells, before)) if part.area > 1000]
    found = divided([star(shift, 0, 2000 * now, phase=phase), square(6000, 0, 300)], layer(*parts))
    assert "" in found.ids and any(found.ids)


@settings(max_examples=15)
@given(phase=st.floats(0, 6), lobes=st.integers(2, 7), size=st.floats(600, 2000), turn=st.floats(0, 3))
def test_flowsheds_of_any_ice(phase, lobes, size, turn):
    def height(x, y):
        return roof(x * np.cos(turn) - y * np.sin(turn), x * np.sin(turn) + y * np.cos(turn))

    divided([star(0, 0, size, lobes=lobes, phase=phase)], ground=terrain(relief_of(height)))
