"""Repairs: what is wrong is right afterwards; no ice and no id is lost; neighbours share their border's points."""

import numpy as np
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st
from icemargin.inventory.topology import check_layer
from icemargin.inventory.topology_faults import CheckSettings, counted
from icemargin.inventory.topology_index import LayerIndex
from icemargin.inventory.topology_repair import repair_fault, repair_layer

UTM, WGS84 = "EPSG:32632", "EPSG:4326"
CORNER = np.array([5e5, 5e6])


def at(*corners):
    return shapely.Polygon(np.array(corners, float) + CORNER)


def rectangle(west, south, east, north, holes=()):
    return shapely.Polygon(at((west, south), (east, south), (east, north), (west, north)).exterior,
                           [np.array(hole, float) + CORNER for hole in holes])  # fmt: skip


def index_of(*geometry, ids=None, crs=UTM):
    return LayerIndex(geometry, ids or [f"g{n}" for n in range(len(geometry))], crs)


def ice(index):
    return shapely.union_all([index.sound[place] for place in index.places])


def repaired(index, **more):
    return repair_layer(index, check_layer(index), **more)


HOLE = [(100, 100), (100, 200), (200, 200), (200, 100)]
BESIDE = [(200, 100), (200, 200), (300, 200), (300, 100)]


@pytest.mark.parametrize(
    ("geometry", "km2", "parts"),
    [
        (at((0, 0), (1000, 1000), (1000, 0), (0, 1000)), 0.5, 2),
        (at((0, 0), (1000, 0), (1000, 1000), (500, 1000), (800, 500), (200, 500), (500, 1000), (0, 1000)), 0.85, 1),
        (rectangle(0, 0, 1000, 1000, [HOLE, BESIDE]), 0.98, 1),
        (rectangle(0, 0, 1000, 1000, [[(-50, 100), (-50, 200), (200, 200), (200, 100)]]), 0.98, 1),
        (shapely.MultiPolygon([rectangle(0, 0, 1000, 1000), rectangle(500, 0, 1500, 1000)]), 1.5, 1),
    ],
)
def test_an_invalid_outline(geometry, km2, parts):
    index = index_of(geometry)
    (done,) = repaired(index)
    assert done.ids == ("g0",) and shapely.is_valid(index.raw[0])
    assert index.raw[0].area / 1e6 == pytest.approx(km2, rel=1e-9)
    assert shapely.get_num_geometries(index.raw[0]) == parts


def test_parts_get_ids_of_their_own():
    apart = shapely.MultiPolygon([rectangle(0, 0, 200, 200), rectangle(1000, 0, 2000, 1000)])
    index = index_of(apart, ids=["a"])
    assert repaired(index) == () and index.raw[0] is apart  # only when asked for
    assert counted(repaired(index, split=True)) == {"multipart": 1, "missing_id": 1}
    assert index.ids[0] == "a" and index.ids[1].startswith("IM") and index.origin == [0, 0]
    assert [index.raw[n].area for n in (0, 1)] == [1e6, 4e4]
    assert check_layer(index) == ()


def test_official_ids_are_not_made():
    index = index_of(rectangle(0, 0, 1000, 1000), ids=[""])
    faults = check_layer(index, id_field="rgi_id")
    assert counted(faults) == {"missing_id": 1} and repair_layer(index, faults, id_field="rgi_id") == ()


def test_ids_at_one_position():
    index = index_of(rectangle(0, 0, 1000, 1000), rectangle(0, 0, 1000, 1000), ids=["", ""])
    repaired(index)
    assert index.ids[1] == f"{index.ids[0]}-2"


def test_a_copy_goes_only_where_it_is_one_in_everything():
    square = rectangle(0, 0, 1000, 1000)
    for ids, rows, gone in ((["a", "a"], [{"n": 1}, {"n": 1}], {1}), (["a", "a"], [{"n": 1}, {"n": 2}], set()),
                            (["a", "b"], [{"n": 1}, {"n": 1}], set())):  # fmt: skip
        index = index_of(square, square.reverse(), ids=ids)
        repair_layer(index, check_layer(index, ("n",), rows))
        assert index.gone == gone


def shares_every_point(first, second):
    """Whether all points on the common border of two polygons are points of both."""
    border = shapely.get_coordinates(shapely.line_merge(shapely.intersection(first.boundary, second.boundary)))
    corners = [{tuple(xy) for xy in shapely.get_coordinates(one)} for one in (first, second)]
    return len(border) > 1 and all(tuple(xy) in corners[0] & corners[1] for xy in border)


JAGGED = [(1000.0, 0), (1003.0, 250), (996.0, 500), (1001.0, 750), (1000.0, 1000)]


@pytest.mark.parametrize("crs", [UTM, WGS84])
@pytest.mark.parametrize("off", [-0.6, 0.6])
def test_neighbours_share_a_repaired_border(off, crs):
    """A jagged divide that the second outline follows 0.6 m off, with other points on it, as a strip or a gap."""
    line = shapely.segmentize(shapely.LineString(JAGGED), 90)
    left = at((0, 0), *JAGGED, (0, 1000))
    right = at((2200, 0), (2200, 1000), *(shapely.get_coordinates(line) + np.array([off, 0]))[::-1])
    if crs == WGS84:
        to_degrees = lambda xy: (xy - CORNER) / [71_700, 111_200] + [10, 50]  # noqa: E731
        left, right = shapely.transform(left, to_degrees), shapely.transform(right, to_degrees)
    index = index_of(left, right, crs=crs)
    before = ice(index)
    (fault,) = check_layer(index)
    assert fault.kind == ("overlap" if off < 0 else "gap") and fault.size == pytest.approx(600, rel=0.02)
    assert repair_fault(index, fault) and check_layer(index) == ()
    assert shares_every_point(*index.raw)
    assert shapely.difference(before, ice(index)).area <= 1e-9 * before.area
    assert repair_fault(index, fault) == ()  # nothing is left to do


def test_a_strip_that_became_wide_since_is_left_alone():
    index = index_of(rectangle(0, 0, 1000, 1000), rectangle(999.5, 0, 1500, 1000))
    (fault,) = check_layer(index)
    wide = rectangle(950, 0, 1500, 1000)
    index.put(1, wide)
    assert repair_fault(index, fault) == () and index.raw[1] is wide


def test_a_gap_is_not_filled_over_a_third_glacier():
    """Two outlines 0.8 m apart, and a third that reaches into the gap between them."""
    third = at((300, 1000), (300, 1300), (1500, 1300), (1500, 1000), (1000.6, 1000), (1000.6, 600), (1000.2, 600),
               (1000.2, 1000))  # fmt: skip
    index = index_of(rectangle(0, 0, 1000, 1000), rectangle(1000.8, 0, 2000, 1000), third)
    repaired(index)
    assert not [fault for fault in check_layer(index) if fault.kind in ("overlap", "self_intersection", "multipart")]
    assert shapely.equals_exact(shapely.normalize(index.raw[2]), shapely.normalize(third), 1e-6)


def test_longitudes_go_on_beyond_the_antimeridian():
    jump = shapely.Polygon([(179.9, 65), (-179.9, 65), (-179.9, 65.1), (179.9, 65.1)],
                           [[(179.95, 65.02), (-179.95, 65.02), (-179.95, 65.05), (179.95, 65.05)]])  # fmt: skip
    index = index_of(jump, crs=WGS84)
    assert counted(repaired(index)) == {"jumps_antimeridian": 1, "winding": 1}
    assert index.raw[0].bounds == pytest.approx((179.9, 65, 180.1, 65.1))
    assert index.raw[0].is_valid and check_layer(index) == ()


def test_rings_are_turned_as_the_others_are():
    ring = rectangle(0, 0, 1000, 1000)
    index = index_of(ring.reverse(), rectangle(3000, 0, 4000, 1000), rectangle(5000, 0, 6000, 1000))
    assert counted(repaired(index)) == {"winding": 1} and index.raw[0].exterior.is_ccw
    index = index_of(ring, *(rectangle(x, 0, x + 500, 500).reverse() for x in (3000, 5000)))
    assert counted(repaired(index)) == {"winding": 1} and not index.raw[0].exterior.is_ccw


@settings(max_examples=15)
@given(st.lists(st.sampled_from([-40.0, -0.7, -0.2, 0.0, 0.3, 0.8, 30.0]), min_size=8, max_size=8),
       st.lists(st.booleans(), min_size=9, max_size=9), st.integers(0, 99))  # fmt: skip
def test_no_ice_and_no_id_is_ever_lost(shifts, notched, seed):
    """Nine glaciers side by side whose divides were drawn twice, some of them crossing themselves."""
    random = np.random.default_rng(seed)
    glaciers = []
    west = random.uniform(-3, 3, 6)
    for number in range(9):
        east = random.uniform(-3, 3, 6)
        rows = np.linspace(0, 1000, 6)
        x = 400.0 * number
        left = np.column_stack([x + west + (shifts[number - 1] if number else 0), rows])
        right = np.column_stack([x + 400 + east, rows])
        corners = [*left[::-1], *right] if not notched[number] else [*left[::-1], *right[[1, 0, 2, 3, 4, 5]]]
        glaciers.append(at(*corners))
        west = east
    index = index_of(*glaciers)
    before = ice(index)
    done = repaired(index, settings=CheckSettings(sliver_m=1.0))
    after = ice(index)
    assert shapely.difference(before, after).area <= 0.01 * (1 + len(done))  # crumbs that are rounding
    assert sorted(index.ids[place] for place in index.places) == [f"g{n}" for n in range(9)]
    left = counted([fault for fault in check_layer(index) if fault.repair])
    assert not left.keys() & {"overlap", "self_intersection", "winding"}
