"""Faults of layers of outlines: each kind is found where it is, and nowhere else."""

import subprocess
import sys

import numpy as np
import pytest
import shapely
from icemargin.inference.errors import Cancelled, InputError, OutlinesError
from icemargin.inference.progress import NoProgress
from icemargin.inventory.topology import check_layer, check_places
from icemargin.inventory.topology_faults import KINDS, CheckSettings, LayerFault, counted
from icemargin.inventory.topology_index import LayerIndex
from shapely import box

UTM, WGS84 = "EPSG:32632", "EPSG:4326"
X, Y = 5e5, 5e6
CORNER = np.array([X, Y])
SIZE = 1000.0


def at(*corners):
    """A polygon of corners in metres from the layer's corner."""
    return shapely.Polygon(np.array(corners, float) + CORNER)


def square(x=0.0, y=0.0, size=SIZE, holes=()):
    """A square; `holes` are lists of corners."""
    shell = box(X + x, Y + y, X + x + size, Y + y + size)
    return shapely.Polygon(shell.exterior.coords, [np.array(hole, float) + CORNER for hole in holes])


def index_of(*geometry, ids=None, crs=UTM):
    return LayerIndex(geometry, ids or [f"g{n}" for n in range(len(geometry))], crs)


def check_touched(index, ids):
    """The faults of what an edit has touched."""
    return check_places(index, [place for name in ids for place in index.places_of(name)])


def kinds(*geometry, settings=CheckSettings(), **more):  # noqa: B008
    return counted(check_layer(index_of(*geometry, **more), settings=settings))


HOLE = [(100, 100), (100, 200), (200, 200), (200, 100)]
BESIDE = [(200, 100), (200, 200), (300, 200), (300, 100)]
BOW = at((0, 0), (1000, 1000), (1000, 0), (0, 1000))
TOUCHING = at((0, 0), (1000, 0), (1000, 1000), (500, 1000), (800, 500), (200, 500), (500, 1000), (0, 1000))
LOOP = at((0, 0), (1000, 0), (1000, 500), (400, 500), (400, -300), (600, -300), (600, 800), (0, 800))
NESTED = [(110, 110), (110, 120), (120, 120), (120, 110)]


@pytest.mark.parametrize(
    ("geometry", "expected", "repairable"),
    [
        (square(), {}, True),
        (square(holes=[HOLE]), {}, True),
        (None, {"empty": 1}, False),
        (shapely.Polygon(), {"empty": 1}, False),
        (shapely.Point(X, Y), {"not_polygon": 1}, False),
        (shapely.LineString([(X, Y), (X + 1, Y)]), {"not_polygon": 1}, False),
        (shapely.Polygon([(X, Y), (np.nan, Y), (X + 9, Y + 9), (X, Y)]), {"bad_coordinates": 1}, False),
        (BOW, {"self_intersection": 1}, True),
        (LOOP, {"self_intersection": 1}, False),  # is what it covers twice ice, or not?
        (shapely.MultiPolygon([BOW]), {"self_intersection": 1}, True),
        (shapely.MultiPolygon([LOOP]), {"self_intersection": 1}, False),
        (TOUCHING, {"ring_touches_itself": 1}, True),
        (square(holes=[HOLE, BESIDE]), {"holes": 1}, True),
        (square(holes=[[(0, 100), (0, 200), (200, 200), (200, 100)]]), {"holes": 1}, True),
        (square(holes=[[(5000, 0), (5000, 9), (5009, 9)]]), {"holes": 1}, False),
        (square(holes=[HOLE, NESTED]), {"holes": 1}, True),
        (shapely.MultiPolygon([square(), square(500, 500)]), {"parts_overlap": 1}, True),
        (shapely.MultiPolygon([square(), square(2000)]), {"multipart": 1}, True),
        (shapely.MultiPolygon([square()]), {}, True),
        (square(size=99.9), {"below_minimum": 1}, False),
        (square(size=100.1), {}, True),
        (square(holes=[HOLE[::-1]]), {"winding": 1}, True),
    ],
)
def test_one_outline(geometry, expected, repairable):
    found = check_layer(index_of(geometry, square(5000)))
    assert counted(found) == expected
    assert all(fault.ids == ("g0",) and fault.places == (0,) for fault in found)
    assert all(bool(fault.repair) for fault in found) == repairable


def test_a_touching_hole_is_no_fault():
    """Valid, and what tracing pixels gives where two of them meet at a corner."""
    assert kinds(square(holes=[HOLE, [(200, 200), (200, 300), (300, 300), (300, 200)]])) == {}


@pytest.mark.parametrize("crs", [UTM, WGS84])
@pytest.mark.parametrize(
    ("other", "expected", "size"),
    [
        ((1000, 0, 2000, 1000), {}, 0),  # a shared border
        ((1000, 500, 2000, 2000), {}, 0),  # half of one
        ((1000, 1000, 2000, 2000), {}, 0),  # a corner
        ((999.5, 0, 2000, 1000), {"overlap": 1}, 500),
        ((900, 0, 2000, 1000), {"overlap": 1}, 100_000),
        ((999.9999, 0, 2000, 1000), {}, 0),  # a tenth of a millimetre
        ((1000.5, 0, 2000, 1000), {"gap": 1}, 500),
        ((1000.5, 995, 2000, 1200), {}, 0),  # they only pass each other
        ((1001.5, 0, 2000, 1000), {}, 0),  # wider than a sliver
        ((1000.0001, 0, 2000, 1000), {}, 0),
        ((0, 0, 1000, 1000), {"duplicate_outline": 1}, 1e6),
        ((0, 0, 1000, 1001), {"duplicate_outline": 1}, 1e6),
        ((200, 200, 400, 400), {"overlap": 1}, 40_000),
    ],
)
def test_two_outlines(other, expected, size, crs):
    """The same in metres and in degrees; sizes in m2 within a percent."""
    pair = [box(0, 0, 1000, 1000), box(*other)]
    if crs == WGS84:  # at 60 N a degree of longitude is 55.8 km
        pair = [shapely.transform(one, lambda xy: xy / [55_800, 111_412] + [10, 60]) for one in pair]
    else:
        pair = [shapely.transform(one, lambda xy: xy + CORNER) for one in pair]
    found = check_layer(index_of(*pair, crs=crs))
    assert counted(found) == expected
    assert sum(fault.size for fault in found) == pytest.approx(size, rel=0.01)
    assert all(fault.ids == ("g0", "g1") for fault in found)


def test_a_gap_that_a_third_glacier_fills_is_none():
    strip = box(X + 1000, Y, X + 1000.5, Y + 1000)
    assert kinds(square(), square(1000.5), strip) == {"below_minimum": 1}


def test_an_enclosed_gap_counts_however_short():
    left = at((0, 0), (1000, 0), (1000, 495), (999.4, 500), (1000, 505), (1000, 1000), (0, 1000))
    found = check_layer(index_of(left, square(1000)))
    assert counted(found) == {"gap": 1} and found[0].size == pytest.approx(3.0, rel=0.01)


def test_the_width_of_slivers_is_a_setting():
    wide = CheckSettings(sliver_m=3)
    assert kinds(square(), square(1002), settings=wide) == {"gap": 1}
    narrow = check_layer(index_of(square(), square(998)), settings=wide)[0]
    assert narrow.repair and not check_layer(index_of(square(), square(998)))[0].repair


@pytest.mark.parametrize(("minimum", "sliver"), [(-1, 1), (0.01, 0), (0.01, float("nan"))])
def test_settings_refuse_nonsense(minimum, sliver):
    with pytest.raises(InputError):
        CheckSettings(minimum, sliver)


def test_a_fault_has_a_known_kind():
    with pytest.raises(InputError, match="kinds are crs"):
        LayerFault("nonsense", "")
    assert len(KINDS) == 21


@pytest.mark.parametrize(
    ("ids", "expected"),
    [
        (["a", "b"], {}),
        (["a", "a"], {"duplicate_id": 1}),
        (["", "b"], {"missing_id": 1}),
        (["", ""], {"missing_id": 2}),
    ],
)
def test_ids(ids, expected):
    assert kinds(square(), square(5000), ids=ids) == expected


def test_as_many_ids_as_outlines():
    with pytest.raises(OutlinesError, match="2 ids"):
        index_of(square(), ids=["a", "b"])


@pytest.mark.parametrize(
    ("crs", "words"), [("", "no CRS"), ("nonsense", "cannot be read"), (WGS84, "which its CRS has not")]
)
def test_a_layer_without_a_fitting_crs(crs, words):
    """The rest of the layer is looked at all the same."""
    found = check_layer(index_of(square(), BOW, crs=crs))
    assert found[0].kind == "crs" and words in found[0].what
    assert counted(found)["self_intersection"] == 1


def test_longitudes_that_jump():
    jump = shapely.Polygon([(179.9, 65), (-179.9, 65), (-179.9, 65.1), (179.9, 65.1)])
    cut = shapely.MultiPolygon([box(179.9, 67, 180, 67.1), box(-180, 67, -179.9, 67.1)])
    assert kinds(jump, cut, box(0, 65, 0.1, 65.1), crs=WGS84) == {"jumps_antimeridian": 1}


def test_all_clockwise_is_a_way_too():
    """Shapefiles run clockwise."""
    assert kinds(square().reverse(), square(5000).reverse()) == {}
    found = check_layer(index_of(square().reverse(), square(5000).reverse(), square(9000)))
    assert [(fault.kind, fault.ids) for fault in found] == [("winding", ("g2",))]


GOOD = {"im_id": "a", "src_date": "2020-08-01", "analyst": "me", "method": "m", "term_type": 0, "area_km2": 1.0}


@pytest.mark.parametrize(
    ("change", "kind", "words"),
    [
        ({}, "", ""),
        ({"term_type": 7}, "wrong_value", "term_type: 7 is none of 0, 1, 2, 3, 9"),
        ({"term_type": "lake"}, "wrong_value", "no whole number"),
        ({"term_type": -999}, "wrong_value", "none of"),
        ({"term_type": None}, "", ""),
        ({"primeclass": -999}, "", ""),
        ({"o1region": "11", "o2region": "11-01"}, "", ""),
        ({"o1region": "21"}, "wrong_value", "not written"),
        ({"o2region": "1"}, "wrong_value", "not written"),
        ({"o1region": "11", "o2region": "12-01"}, "wrong_value", "not in region 11"),
        ({"src_date": "20030799"}, "wrong_value", "src_date"),
        ({"src_date": "2003-07-30T10:00:00Z"}, "", ""),
        ({"src_date": ""}, "missing_value", "src_date is empty"),
        ({"analyst": None}, "missing_value", "analyst is empty"),
        ({"area_km2": 1.01}, "", ""),
        ({"area_km2": 1.1}, "wrong_value", "not the area"),
        ({"area_km2": float("nan")}, "", ""),
        ({"zmin_m": 3000.0, "zmax_m": 2000.0}, "wrong_value", "do not rise"),
        ({"zmin_m": 2000.0, "zmed_m": 2500.0, "zmax_m": 3000.0}, "", ""),
        ({"aspect_deg": 350.0, "aspect_sec": 1}, "", ""),
        ({"aspect_deg": 22.5, "aspect_sec": 1}, "wrong_value", "sector"),
        ({"aspect_deg": 361.0}, "wrong_value", "0 to 360"),
        ({"cenlon": 9.0, "utm_zone": 33}, "wrong_value", "zone"),
        ({"rgi_id": "RGI60-11.1"}, "wrong_value", "rgi_id"),
        ({"rgi_id": "RGI2000-v7.0-G-02-00003"}, "", ""),
    ],
)
def test_values(change, kind, words):
    row = {**GOOD, **change}
    found = check_layer(index_of(square(), ids=["a"]), tuple(row), [row])
    assert [fault.kind for fault in found] == [kind] * bool(kind)
    assert not kind or words in found[0].what


def test_fields_that_every_inventory_needs():
    found = check_layer(index_of(square()), ("colour",), [{"colour": "white"}])
    assert [fault.kind for fault in found] == ["missing_field"] * 2
    assert "ids" in found[0].what and "date" in found[1].what


def test_values_are_told_together():
    rows = [{**GOOD, "term_type": 7}, {**GOOD, "term_type": 7}]
    (fault,) = check_layer(index_of(square(), square(5000)), tuple(GOOD), rows)
    assert fault.ids == ("g0", "g1") and "(2 outlines)" in fault.what


def test_only_what_was_touched_is_looked_at():
    index = index_of(BOW, square(2000), square(3000), square(9000))
    assert check_touched(index, ["g1"]) == ()
    index.put(1, square(2000, size=1000.5))
    (fault,) = check_touched(index, ["g1"])
    assert fault.kind == "overlap" and fault.ids == ("g1", "g2")
    assert check_touched(index, ["g2"]) == (fault,)  # from the neighbour's side
    assert check_touched(index, ["g3"]) == check_touched(index, []) == ()


def test_an_edited_layer_is_a_layer_as_it_would_be_read():
    """The index after many edits finds what an index built anew finds."""
    random = np.random.default_rng(3)
    grid = [square(1000 * (n % 20), 1000 * (n // 20)) for n in range(400)]
    index = index_of(*grid)
    for place in random.choice(400, 250, replace=False).tolist():
        grid[place] = square(1000 * (place % 20), 1000 * (place // 20), size=1000 + random.choice([-0.7, 0.3, -20.0]))
        index.put(place, grid[place])
    found, anew = ({(fault.kind, fault.what, fault.places) for fault in check_layer(one)}
                   for one in (index, index_of(*grid)))  # fmt: skip
    assert found == anew and len(found) > 100


def test_added_and_removed_outlines():
    index = index_of(square(), square(1000))
    place = index.add(square(500, 500), "new", 0)
    assert [fault.ids for fault in check_touched(index, ["new"])] == [("g0", "new"), ("g1", "new")]
    index.remove(place)
    assert check_layer(index) == () and index.places_of("new") == []


def test_checking_can_be_stopped():
    class Stop(NoProgress):
        def is_cancelled(self):
            return True

    with pytest.raises(Cancelled):
        check_layer(index_of(square(), square(1000)), progress=Stop())


def test_the_runtime_can_check_and_export_without_gdal():
    """The child process has no GDAL."""
    names = "topology_repair, export_glims, export_check"
    code = f"import sys; sys.modules['osgeo'] = None; from icemargin.inventory import {names}"
    assert subprocess.run([sys.executable, "-c", code], check=False, capture_output=True).returncode == 0
