"""Whatever is done one after the other, the layer stays sound, and all is undone and redone byte by byte."""

import contextlib
import itertools

import numpy as np
import pytest
import shapely
import shapely.affinity
from edited_outlines import LEFT, TOP, assert_sound, line, outlines_layer, shapes, square
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from icemargin.inference.errors import IceMarginError
from icemargin.maptools.area_edits import fill_at, replace_within, take_out
from icemargin.maptools.border_edits import redraw_margin, reshape_shared
from icemargin.maptools.contour import polygons_of_mask
from icemargin.maptools.cutting_edits import cut_by, merge_along, split_off_debris
from icemargin.maptools.outline_edit import apply_edit
from icemargin.maptools.raster_window import RasterWindow
from icemargin.maptools.smooth_edits import simplify_within, smooth_within
from icemargin.maptools.snap_edit import snap_to_edge
from qgis.core import QgsGeometry, QgsLineString, QgsRasterLayer

GLACIERS = (
    square(0, 0, 1000), square(1000, 0, 1000), square(2000, 0, 1000, (2400, 400, 200)), square(1000, 1000, 1000),
)  # fmt: skip
KINDS = ["cut", "merge", "take out", "fill", "ice", "brush", "border", "margin", "snap", "smooth", "simplify", "debris"]
ON_BORDERS = (0, 400, 500, 600, 1000, 1500, 2000, 2400, 2600, 3000)
"""Places east and south of the corner where borders run, their corners and middles among them."""


@st.composite
def strokes(draw):
    """A line over the four glaciers, with some bends; many of its points lie exactly on a border."""
    number = st.one_of(st.floats(-200, 3200).map(lambda value: round(value, 4)), st.sampled_from(ON_BORDERS))
    return line(*draw(st.lists(st.tuples(number, number), min_size=2, max_size=5, unique=True)))


def turned(wkt, degrees):
    """All turned around one point: no border is parallel to an axis, no point of a line exactly on one."""
    around = shapely.affinity.rotate(shapely.from_wkt(wkt), degrees, origin=(LEFT + 900, TOP - 900))
    return around.wkt if degrees else wkt


def hills(seed):
    """Smooth noise (H x W) of 20 m a pixel, as if it were a probability."""
    rows, columns = np.mgrid[:180, :180] / 180
    phases = np.random.default_rng(seed).uniform(0, 2 * np.pi, 8)
    waves = (np.sin(4 * n * rows + phase) * np.cos(3 * n * columns - phase) for n, phase in enumerate(phases, start=1))
    return (np.tanh(sum(waves)) + 1) / 2


@pytest.fixture
def raster_path(make_raster):
    """The noise as a file, 10 m a pixel from the scene's corner: the first two glaciers lie in it."""
    return make_raster("hills", hills(1)[None].astype(np.float32))


def made(layer, name, stroke, raster):
    disc = stroke.buffer(70, 4)
    if name in ("ice", "brush"):
        return replace_within(layer, disc, stroke.buffer(50, 3) if name == "ice" else brushed(stroke))
    on_areas = {"take out": take_out, "smooth": smooth_within, "simplify": lambda *one: simplify_within(*one, 5.0)}
    if name in on_areas:
        return on_areas[name](layer, disc)
    if name == "fill":
        return fill_at(layer, QgsGeometry.fromPointXY(stroke.asPolyline()[0]))
    if name == "snap":
        return snap_to_edge(layer, stroke, [raster])
    return {"border": reshape_shared, "margin": redraw_margin, "cut": cut_by, "merge": merge_along,
            "debris": split_off_debris}[name](layer, stroke)  # fmt: skip


def brushed(stroke):
    """The ice that the threshold brush would see: contours of pixels, smoothed."""
    values = hills(int(stroke.length()))
    return RasterWindow(values, LEFT - 200, TOP + 200, 20.0, 20.0).geometry(polygons_of_mask(values >= 0.4))


def state(layer):
    """All features as they are, byte by byte."""
    return {one.id(): (bytes(one.geometry().asWkb()), *one.attributes()) for one in layer.getFeatures()}


@pytest.mark.slow
@settings(
    max_examples=60, deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow, HealthCheck.data_too_large],
)  # fmt: skip
@given(
    st.sampled_from(["Polygon", "MultiPolygon"]),
    st.sampled_from([0, 17.3]),
    st.lists(st.tuples(st.sampled_from(KINDS), strokes()), max_size=8),
)
def test_no_sequence_of_edits_breaks_the_layer(qgis_app, raster_path, kind, degrees, steps):
    layer = outlines_layer([turned(glacier, degrees) for glacier in GLACIERS], kind, add=False)
    raster = QgsRasterLayer(raster_path)
    states = [state(layer)]
    for name, straight in steps:
        stroke = QgsGeometry.fromWkt(turned(straight.asWkt(), degrees))
        with contextlib.suppress(IceMarginError):
            apply_edit(layer, made(layer, name, stroke, raster), name)
            states.append(state(layer))
        assert_sound(layer)
    ids = [row[1] for row in states[-1].values()]
    assert len(set(ids)) == len(ids) and layer.undoStack().count() == len(states) - 1
    for before in states[-2::-1]:
        layer.undoStack().undo()
        assert state(layer) == before
    for after in states[1:]:
        layer.undoStack().redo()
        assert state(layer) == after


@pytest.mark.slow
@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(
    st.sampled_from([0, 17.3]),
    strokes(),
    st.lists(st.tuples(st.sampled_from([*KINDS[:6], "border"]), strokes()), max_size=3),
)
def test_our_tools_go_on_where_qgis_has_split(qgis_app, degrees, first, steps):
    """QGIS's split tool does this, in a session with topological editing; its points may be off by some rounding."""
    layer = outlines_layer([turned(glacier, degrees) for glacier in GLACIERS], add=False)
    before = state(layer)
    layer.beginEditCommand("QGIS's split")
    along = QgsGeometry.fromWkt(turned(first.asWkt(), degrees)).asPolyline()
    layer.splitFeatures(QgsLineString(along), False, True)
    layer.endEditCommand()
    for name, straight in steps:
        with contextlib.suppress(IceMarginError):
            apply_edit(layer, made(layer, name, QgsGeometry.fromWkt(turned(straight.asWkt(), degrees)), None), name)
        found = list(shapes(layer).values())
        assert all(shape.is_valid for shape in found)
        assert max(one.intersection(other).area for one, other in itertools.combinations(found, 2)) < 1e-6
    while layer.undoStack().canUndo():
        layer.undoStack().undo()
    assert state(layer) == before
