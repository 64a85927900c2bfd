"""Edits of outlines without a canvas: what comes out, one undo step each, and what holds after any sequence of them."""

import contextlib
import itertools

import numpy as np
import pytest
import shapely
import shapely.affinity
from edited_outlines import LEFT, TOP, areas, assert_sound, line, outlines_layer, shapes, square
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st
from icemargin.inference.errors import OutlinesError
from icemargin.maptools.area_edits import fill_at, replace_within, take_out
from icemargin.maptools.border_edits import redraw_margin, reshape_shared
from icemargin.maptools.cutting_edits import cut_by, merge_along, split_off_debris
from icemargin.maptools.outline_edit import apply_edit
from icemargin.maptools.planned_edit import OutlineEdit
from qgis.core import QgsField, QgsGeometry, QgsPointXY
from qgis.PyQt.QtCore import QVariant

PAIR = (square(0, 0, 1000), square(1000, 0, 1000))
HOLED = square(0, 0, 1000, (400, 400, 200))
BAY = (
    shapely.difference(shapely.from_wkt(square(0, 0, 1000)), shapely.from_wkt(square(300, 300, 400)))
    .difference(shapely.from_wkt(square(600, 300, 400)))
    .wkt
)
NESTED = (HOLED, square(400, 400, 200))
HEALTHY = [HealthCheck.function_scoped_fixture, HealthCheck.too_slow]


def point(x, y):
    return QgsGeometry.fromPointXY(QgsPointXY(LEFT + x, TOP - y))


def box(x, y, side):
    return QgsGeometry.fromWkt(square(x, y, side))


def same_after_undo(layer, before):
    """Undo one step gives what was, redo what came."""
    after = shapes(layer)
    layer.undoStack().undo()
    assert {fid: one.wkb for fid, one in shapes(layer).items()} == {fid: one.wkb for fid, one in before.items()}
    layer.undoStack().redo()
    assert sorted(one.wkb for one in shapes(layer).values()) == sorted(one.wkb for one in after.values())


@pytest.mark.parametrize("kind", ["Polygon", "MultiPolygon", "GeoPackage"])
@pytest.mark.parametrize(
    ("polygons", "edit", "expected"),
    [
        ([PAIR[0]], lambda layer: cut_by(layer, line((300, -10), (300, 1010))), [30, 70]),
        (PAIR, lambda layer: cut_by(layer, line((-10, 500), (1500, 500))), [50, 50, 100]),
        (PAIR, lambda layer: cut_by(layer, line((-10, 500), (2010, 500))), [50, 50, 50, 50]),
        ([HOLED], lambda layer: cut_by(layer, line((-10, 500), (1010, 500))), [48, 48]),
        (PAIR, lambda layer: merge_along(layer, line((500, 500), (1500, 500))), [200]),
        ([HOLED], lambda layer: fill_at(layer, point(500, 500)), [100]),
        ([HOLED, square(400, 400, 100)], lambda layer: fill_at(layer, point(550, 550)), [1, 99]),
        ([PAIR[0]], lambda layer: take_out(layer, box(400, 400, 200)), [96]),
        (PAIR, lambda layer: take_out(layer, box(900, 400, 200)), [98, 98]),
        ([PAIR[0]], lambda layer: take_out(layer, box(-10, -10, 2000)), []),
        (PAIR, lambda layer: reshape_shared(layer, line((1000, 200), (800, 200), (800, 700), (1000, 700))), [90, 110]),
        (PAIR, lambda layer: reshape_shared(layer, line((990, 200), (1300, 200), (1300, 700), (990, 700))), [85, 115]),
        # More than half of the west is between the line and the divide: it changes sides all the same.
        (PAIR, lambda layer: reshape_shared(layer, line((1000, 100), (100, 100), (100, 900), (1000, 900))), [28, 172]),
        (
            PAIR,
            lambda layer: reshape_shared(layer, line((1000, 200), (800, 200), (800, 700), (1000, 700)), True),
            [10, 190],
        ),
        (NESTED, lambda layer: reshape_shared(layer, line((400, 500), (600, 500))), [2, 98]),
        (NESTED, lambda layer: reshape_shared(layer, line((400, 490), (600, 490)), True), [1.8, 98.2]),
        (PAIR, lambda layer: redraw_margin(layer, line((0, 200), (100, 200), (100, 700), (0, 700))), [95, 100]),
        (PAIR, lambda layer: redraw_margin(layer, line((0, 200), (-100, 200), (-100, 700), (0, 700))), [100, 105]),
        # The line closes a bay, in which another glacier lies that neither the line nor the first one touches.
        (
            [BAY, square(500, 400, 100)],
            lambda layer: redraw_margin(layer, line((1000, 290), (1010, 500), (1000, 710))),
            [1, 99.21],
        ),
        ([HOLED], lambda layer: redraw_margin(layer, line((400, 450), (420, 450), (420, 550), (400, 550))), [96.2]),
        ([HOLED], lambda layer: redraw_margin(layer, line((400, 450), (380, 450), (380, 550), (400, 550))), [95.8]),
        (PAIR, lambda layer: split_off_debris(layer, line((1700, -10), (1700, 1010))), [30, 70, 100]),
    ],
)
def test_what_an_edit_makes_of_areas(qgis_app, polygons, edit, expected, kind, tmp_path):
    """A file is read by GDAL, which asks for what meets a box exactly: a click into a hole meets nothing."""
    if kind == "GeoPackage":
        layer = outlines_layer(polygons, path=str(tmp_path / "outlines.gpkg"))
    else:
        layer = outlines_layer(polygons, kind)
    before = shapes(layer)
    apply_edit(layer, edit(layer), "edit")
    assert areas(layer) == expected
    assert_sound(layer)
    assert layer.undoStack().count() == 1
    same_after_undo(layer, before)


@pytest.mark.parametrize(
    ("edit", "words"),
    [
        (lambda layer: cut_by(layer, line((300, -10), (300, 500))), "cuts nothing"),
        (lambda layer: cut_by(layer, line((3000, 0), (4000, 0))), "cuts nothing"),
        (lambda layer: merge_along(layer, line((500, 500), (600, 500))), "into the neighbour"),
        (lambda layer: merge_along(layer, line((500, -500), (500, 500))), "into the neighbour"),
        (lambda layer: merge_along(layer, line((500, 500), (2500, 500))), "share no border"),
        (lambda layer: fill_at(layer, point(500, 500)), "No nunatak"),
        (lambda layer: take_out(layer, box(5000, 5000, 10)), "No glacier"),
        (lambda layer: split_off_debris(layer, line((-10, 500), (3010, 500))), "several glaciers"),
        (lambda layer: reshape_shared(layer, line((0, 200), (100, 200), (100, 700), (0, 700))), "that two glac"),
        (lambda layer: redraw_margin(layer, line((100, 200), (100, 700))), "at the glacier's margin"),
        (lambda layer: OutlineEdit({}), "Nothing would change"),
        (lambda layer: OutlineEdit({1: box(500, 0, 2000)}), "lie over its neighbour"),
        (lambda layer: OutlineEdit({1: QgsGeometry.fromWkt("Polygon((0 0, 9 9, 9 0, 0 9, 0 0))")}), "cross itself"),
    ],
)
def test_what_cannot_be_done_is_told_and_changes_nothing(qgis_app, edit, words):
    layer = outlines_layer((PAIR[0], square(2000, 0, 1000)))
    before = shapes(layer)
    with pytest.raises(OutlinesError, match=words):
        apply_edit(layer, edit(layer), "edit")
    assert shapes(layer) == before and layer.undoStack().count() == 0


def test_outlines_that_overlap_are_refused(qgis_app):
    layer = outlines_layer((PAIR[0], square(900, 0, 1000)))
    with pytest.raises(OutlinesError, match="overlap"):
        cut_by(layer, line((300, -10), (300, 1010)))


def test_a_layer_that_is_not_edited_refuses_and_stays(qgis_app):
    layer = outlines_layer(PAIR)
    layer.rollBack()
    with pytest.raises(OutlinesError, match="refuses"):
        apply_edit(layer, cut_by(layer, line((300, -10), (300, 1010))), "edit")
    assert areas(layer) == [100, 100]


def test_a_piece_has_its_own_id_and_the_values_of_its_parent(qgis_app):
    layer = outlines_layer(PAIR)
    apply_edit(layer, split_off_debris(layer, line((1700, -10), (1700, 1010))), "edit")
    rows = {round(one.geometry().area()): one.attributes() for one in layer.getFeatures()}
    assert rows[1000000][:3] == ["a", "to review", ""] and rows[700000][:3] == ["b", "edited", ""]
    assert rows[300000][0].startswith("IM") and rows[300000][1:3] == ["to review", "debris"]


def test_new_ice_goes_to_its_neighbour_or_is_a_new_outline(qgis_app):
    layer = outlines_layer(PAIR)
    ice = QgsGeometry.unaryUnion([box(1500, 700, 450), box(2500, 900, 200), box(2800, 900, 90), box(2000, 2000, 90)])
    words = apply_edit(layer, replace_within(layer, box(1400, 800, 2000), ice), "edit")
    assert areas(layer) == [4, 100, 100 - 12 + 9 + 6.75]
    assert "2 (0.0162 km2)" in words
    assert_sound(layer)
    (new,) = [one.attributes() for one in layer.getFeatures() if one.geometry().area() < 1e5]
    assert new[0].startswith("IM") and new[1:3] == ["edited", ""] and new[3] > "2020"


def test_new_ice_below_the_minimum_is_told_and_changes_nothing(qgis_app):
    layer = outlines_layer(PAIR)
    ice = box(2500, 900, 90)
    with pytest.raises(OutlinesError, match=r"smaller than 0\.01 km2 that touches no outline"):
        apply_edit(layer, replace_within(layer, box(2400, 800, 400), ice), "edit")
    assert layer.undoStack().count() == 0


@pytest.mark.parametrize("kind", ["Polygon", "MultiPolygon"])
@pytest.mark.parametrize(
    ("polygons", "edit", "expected", "words"),
    [
        # The line goes over the margin again: of the piece between there are 80 m x 80 m.
        (PAIR[:1], lambda layer: cut_by(layer, line((300, -10), (300, 1010), (380, 1010), (380, 920), (460, 920),
                                                    (460, 1010))), [30, 70], "neighbour: 1"),
        # What is painted away leaves a corner of 80 m, which no outline touches; then one that the neighbour touches.
        (PAIR[:1], lambda layer: take_out(layer, box(80, 0, 120).combine(box(0, 80, 200))), [94.4], "out: 1 (0.0064"),
        (PAIR, lambda layer: take_out(layer, box(920, -10, 50).combine(box(920, 35, 50)).combine(box(920, 80, 80))),
         [98.72, 100.24], "neighbour: 1"),
    ],
)  # fmt: skip
def test_small_pieces_do_not_stay_by_themselves(qgis_app, polygons, edit, expected, words, kind):
    layer = outlines_layer(polygons, kind)
    before = shapes(layer)
    told = apply_edit(layer, edit(layer), "edit")
    assert words in told and areas(layer) == pytest.approx(expected)
    assert all(part.area >= 1e4 for shape in shapes(layer).values() for part in shapely.get_parts(shape))
    assert_sound(layer)
    same_after_undo(layer, before)


def test_a_cut_that_leaves_only_a_small_piece_is_told(qgis_app):
    layer = outlines_layer(PAIR)
    with pytest.raises(OutlinesError, match=r"smaller than 0\.01 km2 stayed with their glacier"):
        apply_edit(layer, cut_by(layer, line((-10, 50), (50, -10))), "cut")
    assert areas(layer) == [100, 100] and layer.undoStack().count() == 0


def test_a_small_outline_may_be_edited(qgis_app):
    layer = outlines_layer([square(0, 0, 90)])
    apply_edit(layer, take_out(layer, box(-10, -10, 20)), "edit")
    assert areas(layer) == [0.8]


def test_a_nunatak_of_several_glaciers_is_filled_and_open_ground_is_not(qgis_app, tmp_path):
    """Four squares around a hole; no bounding box of any holds the click, and one does not touch the first."""
    ring = [square(0, 0, 1000), square(2000, 0, 1000), square(0, 2000, 1000), square(2000, 2000, 1000),
            square(1000, 0, 1000), square(0, 1000, 1000), square(2000, 1000, 1000)]  # fmt: skip
    layer = outlines_layer([*ring, square(1000, 2000, 1000)], path=str(tmp_path / "closed.gpkg"), add=False)
    apply_edit(layer, fill_at(layer, point(1500, 1500)), "fill")
    assert sum(areas(layer)) == 900
    layer = outlines_layer(ring, path=str(tmp_path / "open.gpkg"), add=False)
    with pytest.raises(OutlinesError, match="No nunatak"):
        fill_at(layer, point(1500, 1500))


@settings(max_examples=60, deadline=None, suppress_health_check=HEALTHY)
@given(
    st.sampled_from([0, 17.3]), st.lists(st.tuples(st.floats(50, 950), st.floats(-400, 400)), min_size=1, max_size=3)
)
@example(0, [(50.0, -312.0), (255.0, 400.0)])  # a small piece has its longest border with the glacier in the east
def test_cut_then_merge_restores_the_area(qgis_app, degrees, cuts):
    layer = outlines_layer([turned(one, degrees) for one in (square(0, 0, 1000, (300, 300, 100)), PAIR[1])], add=False)
    before = sorted(shape.area for shape in shapes(layer).values())
    for level, bend in cuts:
        drawn = line((-10, level), (500, 500 + bend), (1010, 1000 - level)).asWkt()
        with contextlib.suppress(OutlinesError):  # only pieces below the minimum area
            apply_edit(layer, cut_by(layer, QgsGeometry.fromWkt(turned(drawn, degrees))), "cut")
    while layer.featureCount() > 2:
        apply_edit(layer, merge_along(layer, over_a_cut(layer)), "merge")
    assert_sound(layer)
    assert sorted(shape.area for shape in shapes(layer).values()) == pytest.approx(before, rel=1e-9)


def turned(wkt, degrees):
    return shapely.affinity.rotate(shapely.from_wkt(wkt), degrees, origin=(LEFT, TOP)).wkt


def over_a_cut(layer):
    """A short line over the border of two pieces of the western glacier; the eastern one, b, is never cut."""
    east = {one.id() for one in layer.getFeatures() if one["im_id"] == "b"}
    pieces = [shape for fid, shape in shapes(layer).items() if fid not in east]
    borders = [one.boundary.intersection(other.boundary) for one, other in itertools.combinations(pieces, 2)]
    edges = [edge for border in borders for edge in shapely.get_parts(border) if edge.length > 0]
    (x, y), (to_x, to_y) = max(edges, key=shapely.length).coords[:2]
    middle, step = ((x + to_x) / 2, (y + to_y) / 2), 1e-3 / np.hypot(to_x - x, to_y - y)
    ends = [(middle[0] + side * (to_y - y), middle[1] - side * (to_x - x)) for side in (step, -step)]
    return QgsGeometry.fromWkt(shapely.LineString(ends).wkt)


def test_a_piece_has_none_of_the_ids_that_inventories_gave(qgis_new_project):
    layer = outlines_layer(PAIR)
    layer.addAttribute(QgsField("glims_id", QVariant.String))
    place = layer.fields().indexOf("glims_id")
    for feature in layer.getFeatures():
        layer.changeAttributeValue(feature.id(), place, f"G-{feature['im_id']}")
    apply_edit(layer, cut_by(layer, line((300, -10), (300, 1010))), "Cut")
    found = {one["im_id"]: one["glims_id"] for one in layer.getFeatures()}
    assert len(found) == 3 and sorted(str(name) for name in found.values()) == ["G-a", "G-b", "NULL"]
