"""Change between dates: hand-computed squares that shrink, split, vanish, advance; divides, debris, termini, doubts."""

from __future__ import annotations

import json
import math
from datetime import date

import numpy as np
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st
from icemargin.inference.errors import OutlinesError, SettingsError
from icemargin.inventory.change import DatedOutlines, measure_change
from icemargin.inventory.change_doubts import date_doubts, season_days_apart
from icemargin.inventory.change_terminus import Centrelines, centrelines_from_wkb, lines_of_units, terminus_positions
from icemargin.inventory.change_uncertainty import BELOW, QUARTER, SIGNIFICANT, band_sigma, significance
from icemargin.inventory.clipping import Extent
from icemargin.inventory.outlines import Outlines, common_crs

FIRST, LAST = date(2000, 8, 15), date(2010, 8, 20)
A, B = shapely.box(0, 0, 1000, 1000), shapely.box(1000, 0, 2000, 1000)
box = shapely.box


def layer(*shapes, day=FIRST, pixel=10.0, crs="plane"):
    names = tuple("ABCDEFGH"[: len(shapes)])
    return DatedOutlines(Outlines(np.array([None, *shapes], dtype=object)[1:], names, crs), day, pixel)


def changed(first, later, **more):
    return measure_change([layer(*first), layer(*later, day=LAST)], **more)


def areas(change, place=1):
    return [glacier.series.area_km2[place] for glacier in change.glaciers]


CASES = [
    # what, first, later, areas of the first's glaciers, status, pieces of new ice
    ("shrinks", [A], [box(0, 0, 1000, 600)], [0.6], ["kept"], 0),
    ("stays", [A], [A], [1.0], ["kept"], 0),
    ("grows", [A], [box(0, 0, 1000, 1500)], [1.5], ["kept"], 0),
    ("splits", [A], [box(0, 0, 1000, 300), box(0, 600, 1000, 1000)], [0.7], ["split"], 0),
    ("vanishes", [A, B], [A], [1.0, 0.0], ["kept", "gone"], 0),
    ("all vanish", [A, B], [], [0.0, 0.0], ["gone", "gone"], 0),
    ("keeps its divide though it is not drawn", [A, B], [box(200, 0, 1700, 1000)], [0.8, 0.7], ["kept", "kept"], 0),
    ("keeps its divide though it is drawn elsewhere", [A, B], [box(0, 0, 1300, 1000), box(1300, 0, 2000, 1000)],
     [1.0, 1.0], ["kept", "kept"], 0),
    ("counts ice beyond for the nearest", [A, B], [box(0, 0, 2000, 1200)], [1.2, 1.2], ["kept", "kept"], 0),
    ("counts overlaps once", [A], [box(0, 0, 1000, 600), box(0, 400, 1000, 800)], [0.8], ["kept"], 0),
    ("touches at its border", [A], [box(1000, 0, 1500, 1000)], [0.5], ["kept"], 0),
    ("is new", [A], [A, box(3000, 0, 3500, 1000)], [1.0], ["kept"], 1),
    ("loses a hole", [A], [A.difference(box(400, 400, 600, 600))], [0.96], ["kept"], 0),
]  # fmt: skip


@pytest.mark.parametrize("first, later, want, status, new", [case[1:] for case in CASES], ids=[c[0] for c in CASES])
def test_areas_by_hand(first, later, want, status, new):
    found = changed(first, later)
    assert areas(found) == pytest.approx(want, abs=2e-3)  # what is nearest is told by sampled margins
    assert [glacier.status for glacier in found.glaciers] == status and len(found.new) == new
    assert found.total.area_km2[1] == pytest.approx(sum(want), abs=1e-9)  # new ice is not in it
    assert sum(areas(found)) == pytest.approx(found.total.area_km2[1], abs=1e-9)


def test_change_and_rates():
    found = changed([A], [box(0, 0, 1000, 600)]).glaciers[0].series.changes[0]
    years = (LAST - FIRST).days / 365.25
    assert found.change_km2 == pytest.approx(-0.4) and found.change_percent == pytest.approx(-40)
    assert found.change_percent_per_year == pytest.approx(-40 / years) and years == pytest.approx(10.0, abs=0.02)
    assert found.verdict == SIGNIFICANT and math.isnan(found.retreat_m)


def test_new_ice_is_named():
    new = changed([A], [box(3000, 0, 3500, 1000), A]).new[0]
    assert (new.date, new.ids) == (LAST, ("A",)) and new.area_km2 == pytest.approx(0.5)


def test_three_dates_have_steps_and_the_whole():
    middle = date(2005, 8, 1)
    found = measure_change([layer(A), layer(box(0, 0, 1000, 800), day=middle), layer(box(0, 0, 1000, 500), day=LAST)])
    assert [(step.first, step.last) for step in found.periods] == [(0, 1), (1, 2), (0, 2)]
    changes = [one.change_percent for one in found.total.changes]
    assert changes == pytest.approx([-20, -37.5, -50])


def test_order_does_not_matter():
    series = [layer(A), layer(box(0, 0, 1000, 500), day=LAST)]
    assert measure_change(series).to_json() == measure_change(series[::-1]).to_json()


@pytest.mark.parametrize(
    ("layers", "message"),
    [
        ([], "two layers"),
        ([layer(A)], "two layers"),
        ([layer(A), layer(B)], "Two layers are of 2000-08-15"),
        ([layer(), layer(A, day=LAST)], "no outline of 2000-08-15"),
        ([layer(A), layer(A, day=LAST, crs="other")], "different planes"),
    ],
)
def test_wrong_layers(layers, message):
    with pytest.raises(OutlinesError, match=message):
        measure_change(layers)


@pytest.mark.parametrize("pixel", [0, -10, math.nan, math.inf])
def test_wrong_pixel(pixel):
    with pytest.raises(SettingsError, match="pixel"):
        layer(A, pixel=pixel)


def test_uncertainty_of_a_square():
    # Outside 4 x 1000 x 5 and the corners, inside 1000^2 - 990^2.
    want = (20000 + math.pi * 25 + 1000**2 - 990**2) / 2
    assert band_sigma(np.array([A]), np.array([A]), 10.0)[0] == pytest.approx(want, abs=1)


def test_uncertainty_counts_no_divide():
    found = changed([A, B], [A, B])
    together = shapely.box(0, 0, 2000, 1000)
    want = (shapely.buffer(together, 5).area - shapely.buffer(together, -5).area) / 2e6
    assert found.total.area_uncertainty_km2[0] == pytest.approx(want, rel=1e-4)
    each = [glacier.series.area_uncertainty_km2[0] for glacier in found.glaciers]
    assert each[0] == pytest.approx(each[1]) and sum(each) == pytest.approx(want, rel=2e-3)
    alone = changed([A], [A]).glaciers[0].series.area_uncertainty_km2[0]
    assert each[0] == pytest.approx(0.75 * alone, rel=5e-3)  # three of four sides


def test_uncertainty_counts_holes_and_small_gaps_once():
    holed = A.difference(box(400, 400, 600, 600))
    more = band_sigma(np.array([holed]), np.array([holed]), 10.0)[0] - band_sigma(np.array([A]), np.array([A]), 10.0)[0]
    assert more == pytest.approx(200 * 4 * 5, rel=0.02)
    near = changed([A, box(1004, 0, 2004, 1000)], [A])
    sides = 2 * (2004 + 1000) * 10 + 4 * 1000 + 2 * 5 * 1000  # outside, the gap between, and inside beside the gap
    assert near.total.area_uncertainty_km2[0] * 2e6 == pytest.approx(sides, rel=5e-3)


@settings(max_examples=30)
@given(st.lists(st.floats(20, 400), min_size=2, max_size=6), st.floats(-80, 80), st.floats(1, 60))
def test_uncertainty_of_parts_is_that_beside_the_whole_complex(widths, lean, pixel):
    """Parts are measured beside what is near of their complex; here the whole complex is taken."""
    ends = np.cumsum([0, *widths])
    parts = np.array([
        shapely.Polygon([(west, 0), (east, 0), (east + lean, 300), (west + lean, 300)])
        for west, east in zip(ends[:-1], ends[1:])
    ])  # fmt: skip
    whole = shapely.union_all(parts)
    core, half = shapely.buffer(whole, -pixel / 2, quad_segs=QUARTER), pixel / 2
    beyond = shapely.difference(shapely.buffer(parts, half, quad_segs=QUARTER), whole)
    want = (shapely.area(shapely.difference(parts, core)) + shapely.area(beyond)) / 2
    found = band_sigma(parts, np.array([whole] * len(parts)), pixel)
    assert found == pytest.approx(want, rel=1e-6)


def test_pixel_of_each_date():
    found = measure_change([layer(A, pixel=30), layer(A, day=LAST, pixel=10)]).total
    assert found.area_uncertainty_km2[0] == pytest.approx(3 * found.area_uncertainty_km2[1], rel=5e-3)
    assert found.changes[0].uncertainty_km2 == pytest.approx(math.hypot(*found.area_uncertainty_km2))


@pytest.mark.parametrize(("ground", "share"), [(None, 1.0), (A, 2.0), (box(0, -50, 1000, 500), 1.5),
                                               (box(400, 400, 600, 600), 1.0), (box(5000, 0, 6000, 9), 1)])  # fmt: skip
def test_debris_is_known_to_a_pixel(ground, share):
    found = changed([A], [A], debris=ground).total.area_uncertainty_km2[0]
    assert found == pytest.approx(share * 0.02, rel=0.01)


@pytest.mark.parametrize(("change", "sigma", "want"), [(-2, 1, SIGNIFICANT), (1, 1, SIGNIFICANT), (-0.9, 1, BELOW),
                                                       (0, 0, BELOW), (0, 1, BELOW)])  # fmt: skip
def test_significance(change, sigma, want):
    assert significance(change, sigma) == want


def test_small_change_is_below_its_uncertainty():
    assert changed([A], [box(0, 0, 1000, 990)]).total.changes[0].verdict == BELOW


def test_extent_cuts_ice_but_makes_no_margin():
    found = changed([A, B], [box(0, 0, 1600, 1000)], extent=Extent(box(500, -100, 1500, 1100)))
    assert areas(found, 0) == pytest.approx([0.5, 0.5]) and areas(found) == pytest.approx([0.5, 0.5])
    assert found.total.area_km2 == pytest.approx((1.0, 1.0))
    assert found.total.area_uncertainty_km2[0] == pytest.approx(0.01, rel=1e-6)  # two sides of 1 km, 5 m each way
    assert [one.id for one in changed([A, B], [A], extent=Extent(box(0, 0, 500, 500))).glaciers] == ["A"]
    with pytest.raises(OutlinesError, match="no outline"):
        changed([A], [A], extent=Extent(box(5000, 0, 6000, 10)))


def test_overlapping_glaciers_are_told():
    found = changed([A, box(900, 0, 2000, 1000)], [A])
    assert any("overlap each other" in text for text in found.warnings)
    assert found.total.area_km2[0] == pytest.approx(2.0)


LINE = shapely.LineString([(500, 1000), (500, -500)])  # from the head down


@pytest.mark.parametrize(
    ("line", "later", "retreat"),
    [
        (LINE, box(0, 300, 1000, 1000), 300),
        (shapely.reverse(LINE), box(0, 300, 1000, 1000), 300),
        (LINE, box(0, -200, 1000, 1000), -200),
        (LINE, A, 0),
        (LINE, shapely.union_all([box(0, 500, 1000, 1000), box(0, 100, 1000, 200)]), 100),  # the outermost crossing
        (LINE, box(700, 0, 1000, 1000), math.nan),
        (shapely.LineString([(500, 900), (500, 400)]), A, math.nan),  # ends in the ice
    ],
)
def test_retreat_along_the_centreline(line, later, retreat):
    lines = Centrelines(np.array([None, line], dtype=object)[1:], ("",))
    found = changed([A, B], [later], lines=lines)
    assert found.glaciers[0].series.changes[0].retreat_m == pytest.approx(retreat, abs=1e-6, nan_ok=True)
    assert math.isnan(found.glaciers[1].series.changes[0].retreat_m)


def test_bent_line_is_measured_along_itself():
    line = shapely.LineString([(100, 900), (100, 100), (900, 100), (900, -300)])
    ends, doubt = terminus_positions(line, [A, box(0, 0, 500, 1000)], 10)
    assert ends == pytest.approx([800 + 800 + 100, 800 + 400]) and doubt == ""


def test_lines_find_their_glacier():
    across = shapely.LineString([(900, 500), (1900, 500)])
    short, long = shapely.LineString([(500, 500), (500, 400)]), LINE
    apart = shapely.LineString([(5000, 0), (6000, 0)])
    lines = Centrelines(np.array([across, short, long, apart]), ("", "", "", "no such"))
    found = lines_of_units(lines, np.array([A, B]), ("A", "B"))
    assert found[0].equals(long) and found[1].equals(across) and len(found) == 2
    named = lines_of_units(Centrelines(np.array([across]), ("A",)), np.array([A, B]), ("A", "B"))
    assert list(named) == [0]


def test_lines_from_a_file():
    wkb = shapely.to_wkb([shapely.MultiLineString([[(8, 46.5), (8.01, 46.5)], [(8.1, 46.5), (8.101, 46.5)]])])
    plane = common_crs((wkb, "EPSG:4326"))
    found = centrelines_from_wkb([*wkb, None], ["one", "none"], "EPSG:4326", plane)
    assert found.ids == ("one",) and found.geometry[0].length == pytest.approx(767.6, abs=2)  # 0.01 degree at 46.5 N
    with pytest.raises(OutlinesError, match="is a Point"):
        centrelines_from_wkb([shapely.to_wkb(shapely.Point(8, 46))], [""], "EPSG:4326", plane)


@pytest.mark.parametrize(
    ("days", "told"),
    [
        ([date(2000, 8, 15), date(2010, 8, 20)], []),
        ([date(2000, 8, 15), date(2010, 6, 1)], ["different seasons"]),
        ([date(2000, 12, 20), date(2010, 1, 10)], []),  # over the turn of the year
        ([date(2000, 8, 15), date(2003, 8, 20)], ["only 3.0 years"]),
        ([date(2000, 8, 15), date(2003, 2, 20), date(2012, 8, 1)], ["only 2.5", "different", "different seasons"]),
    ],
)
def test_doubts_of_dates(days, told):
    found = date_doubts(days)
    assert len(found) == len(told) and all(word in text for word, text in zip(told, found))


def test_season_days():
    assert season_days_apart(date(2001, 8, 1), date(2010, 9, 30)) == 60
    assert season_days_apart(date(2001, 1, 1), date(2010, 12, 31)) == 2


def test_ground_that_a_layer_does_not_show_is_told():
    far = box(9000, 0, 9500, 1000)
    gone = changed([A, far], [A]).warnings
    assert len(gone) == 1 and "Outlines of 2000-08-15 (1, 0.5 km2)" in gone[0] and "gone" in gone[0]
    new = changed([A], [A, far]).warnings
    assert len(new) == 1 and "Outlines of 2010-08-20" in new[0] and "new" in new[0]
    assert not changed([A, far], [A], extent=Extent(box(-10, -10, 2000, 2000))).warnings


def test_json_has_no_nan():
    found = changed([A, B], [A]).to_json()
    json.dumps(found, allow_nan=False)
    assert found["glaciers"][1]["changes"][0]["change_percent"] == -100 and found["states"]["gone"] == 1
    assert found["glaciers"][0]["changes"][0]["retreat_m"] is None
