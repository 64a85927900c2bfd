"""Each editing tool by the mouse on layers in degrees and on maps in another CRS than the layer's."""

import pyproj
import pytest
import shapely
from canvas_mouse import RIGHT_BUTTON, click, drag, press_key, send
from edited_outlines import LEFT, PAIR, TOP, assert_sound, shapes, square
from qgis.core import QgsCoordinateReferenceSystem, QgsCoordinateTransform, QgsProject, QgsRectangle
from qgis.PyQt.QtCore import QEvent, Qt
from qgis_scene import UTM43

DEGREES, WEB = "EPSG:4326", "EPSG:3857"
DISC = shapely.Point(LEFT + 600, TOP - 600).buffer(300, 32)
HOLED = square(100, 100, 400, (250, 250, 100))


@pytest.fixture(params=[(DEGREES, UTM43), (DEGREES, DEGREES), (DEGREES, WEB), (UTM43, WEB), (UTM43, DEGREES)], ids=str)
def begin(request, bar, editing):
    """Return a function that makes a layer in a CRS, on a map in another, and begins to edit it."""
    layer_crs, map_crs = (QgsCoordinateReferenceSystem(name) for name in request.param)
    to_map = QgsCoordinateTransform(QgsCoordinateReferenceSystem(UTM43), map_crs, QgsProject.instance())

    def make(polygons):
        bar._canvas.setDestinationCrs(map_crs)
        extent = to_map.transformBoundingBox(QgsRectangle(LEFT, TOP - 1200, LEFT + 1200, TOP))
        bar._canvas.setExtent(extent)
        return editing(polygons, crs=layer_crs.authid())

    return make


def metric(layer_id):
    """The outlines in UTM, the smallest first; they are sound in the layer's own CRS."""
    layer = QgsProject.instance().mapLayer(layer_id)
    assert_sound(layer)
    assert layer.undoStack().count() == 1
    to_utm = pyproj.Transformer.from_crs(layer.crs().authid(), UTM43, always_xy=True).transform
    found = (shapely.transform(one, to_utm, interleaved=False) for one in shapes(layer).values())
    return sorted(found, key=lambda one: one.area)


@pytest.mark.parametrize(
    ("name", "polygons", "places", "expected"),
    [
        ("cut", PAIR, [(50, 300), (600, 300)], [8, 8, 16]),
        ("merge", PAIR, [(300, 300), (700, 300)], [32]),
        ("nunatak", PAIR, [(200, 200), (300, 200), (300, 300), (200, 300)], [15, 16]),
        ("nunatak", (HOLED,), [(300, 300)], [16]),
        ("border", PAIR, [(520, 200), (400, 200), (400, 400), (520, 400)], [14, 18]),
        ("debris", PAIR, [(300, 50), (300, 550)], [8, 8, 16]),
        # 60 m x 60 m at a corner are below the minimum area also where areas are in square degrees.
        ("cut", PAIR, [(300, 50), (300, 550), (440, 550), (440, 440), (560, 440), (560, 550)], [8, 8, 16]),
    ],
)
def test_lines(bar, begin, name, polygons, places, expected):
    one = begin(polygons)
    bar.actions[name].trigger()
    for place in places:
        click(bar._canvas, place)
    if len(places) > 1:
        press_key(bar._canvas, Qt.Key.Key_Return)
    assert [shape.area / 1e4 for shape in metric(one)] == pytest.approx(expected, abs=0.25)


def test_the_brush(bar, begin, cone):
    one = begin((DISC.wkt,))
    bar.actions["threshold"].trigger()
    bar._canvas.mapTool().threshold = 0.4
    click(bar._canvas, (930, 600))
    (found,) = metric(one)
    middle = shapely.Point(LEFT + 600, TOP - 600)
    east = found.exterior.intersection(shapely.LineString([middle, (LEFT + 1190, TOP - 600)]))
    assert middle.distance(east) == pytest.approx(360, abs=8)


def test_new_ice_by_the_brush(bar, begin, cone):
    one = begin((square(100, 100, 100),))
    bar.actions["threshold"].trigger()
    drag(bar._canvas, (540, 600), (660, 600))
    small, new = metric(one)
    assert small.area == pytest.approx(1e4, rel=0.01)
    brush = 25 * 1200 / 400  # pixels of the screen, about, in metres
    assert new.area == pytest.approx(120 * 2 * brush + 3.14 * brush**2, rel=0.5) and new.centroid.x > LEFT + 500


def test_snapping(bar, begin, step):
    shown = DISC.intersection(shapely.box(LEFT, TOP - 1200, LEFT + 750, TOP))
    one = begin((shown.wkt,))
    bar.actions["snap"].trigger()
    drag(bar._canvas, (752, 345), (870, 430), (925, 600), (860, 780), (752, 855))
    (found,) = metric(one)
    assert found.exterior.hausdorff_distance(DISC.exterior) < 15


@pytest.mark.parametrize("keys", [Qt.KeyboardModifier.NoModifier, Qt.KeyboardModifier.ShiftModifier])
def test_smoothing(bar, begin, keys):
    teeth = [(500 + (2 if n % 2 else -2), 100 + n * 10) for n in range(1, 40)]
    divide = [(500, 100), *teeth, (500, 500)]
    west, east = ([(LEFT + x, TOP - y) for x, y in [*divide, (far, 500), (far, 100)]] for far in (100, 900))
    one = begin((shapely.Polygon(west).wkt, shapely.Polygon(east).wkt))
    bar.actions["smooth"].trigger()
    send(bar._canvas, QEvent.Type.MouseButtonPress, (500, 130))
    send(bar._canvas, QEvent.Type.MouseMove, (500, 300))
    send(bar._canvas, QEvent.Type.MouseButtonRelease, (500, 300), keys=keys)
    shared = shapely.length(shapely.intersection(*metric(one)))
    assert shared < shapely.LineString(divide).length - 5


def test_a_right_click_drops_the_brush(bar, begin, cone):
    one = begin((DISC.wkt,))
    bar.actions["threshold"].trigger()
    send(bar._canvas, QEvent.Type.MouseButtonPress, (930, 600))
    click(bar._canvas, (930, 600), RIGHT_BUTTON)
    assert QgsProject.instance().mapLayer(one).undoStack().count() == 0
