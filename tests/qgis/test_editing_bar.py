"""The tool bar of the editing tools by mouse and keys: one undo step each, words where something cannot be done."""

import pytest
import shapely
from canvas_mouse import RIGHT_BUTTON, click, drag, press_key, send
from edited_outlines import LEFT, PAIR, TOP, areas, assert_sound, shapes, square
from icemargin.ui.editing_bar import EditingBar
from qgis.core import QgsProject, QgsRectangle
from qgis.gui import QgsMapToolPan
from qgis.PyQt.QtCore import QEvent, QPoint, Qt
from qgis.PyQt.QtGui import QKeyEvent, QWheelEvent
from qgis.PyQt.QtWidgets import QApplication, QToolBar


def layer(layer_id):
    return QgsProject.instance().mapLayer(layer_id)


def words(bar):
    item = bar._iface.messageBar().currentItem()
    return item.text() if item is not None else ""


def undo_and_redo(layer_id, before):
    """One undo gives what was, one redo what came."""
    found = layer(layer_id)
    after = shapes(found)
    assert found.undoStack().count() == 1
    found.undoStack().undo()
    assert shapes(found) == before
    found.undoStack().redo()
    assert sorted(one.wkb for one in shapes(found).values()) == sorted(one.wkb for one in after.values())


@pytest.mark.parametrize(
    ("name", "polygons", "places", "expected"),
    [
        ("cut", PAIR, [(50, 300), (600, 300)], [8, 8, 16]),
        ("merge", PAIR, [(300, 300), (700, 300)], [32]),
        ("nunatak", PAIR, [(200, 200), (300, 200), (300, 300), (200, 300)], [15, 16]),
        ("border", PAIR, [(500, 200), (400, 200), (400, 400), (500, 400)], [14, 18]),
        ("debris", PAIR, [(50, 400), (300, 400), (480, 520)], None),
    ],
)
def test_a_drag_is_one_undo_step(bar, editing, name, polygons, places, expected):
    one = editing(polygons)
    before = shapes(layer(one))
    bar.actions[name].trigger()
    drag(bar._canvas, *places)
    assert expected is None or areas(layer(one)) == pytest.approx(expected, abs=0.2)
    assert layer(one).undoStack().undoText() == bar.actions[name].text()
    assert_sound(layer(one))
    undo_and_redo(one, before)


def test_a_line_is_clicked_and_ended_by_a_right_click(bar, editing):
    one = editing()
    bar.actions["cut"].trigger()
    for place in ((50, 300), (300, 350), (700, 900)):
        click(bar._canvas, place)
    press_key(bar._canvas, Qt.Key.Key_Backspace)
    click(bar._canvas, (600, 300))
    assert areas(layer(one)) == [16, 16]
    click(bar._canvas, (600, 300), RIGHT_BUTTON)
    assert areas(layer(one)) == pytest.approx([6.733333, 9.266667, 16], abs=0.1)


@pytest.mark.parametrize("end", ["mouse", "key"])
def test_shift_at_the_end_moves_the_other_side_of_a_shared_border(bar, editing, end):
    one, shift = editing(), Qt.KeyboardModifier.ShiftModifier
    bar.actions["border"].trigger()
    for place in ((500, 200), (400, 200), (400, 400), (500, 400)):
        click(bar._canvas, place)
    if end == "key":
        QApplication.sendEvent(bar._canvas, QKeyEvent(QEvent.Type.KeyPress, Qt.Key.Key_Return, shift))
    else:
        send(bar._canvas, QEvent.Type.MouseButtonRelease, (500, 400), RIGHT_BUTTON, shift)
    assert areas(layer(one)) == pytest.approx([2, 30], abs=0.2)


@pytest.mark.parametrize("end", ["escape", "other tool", "session"])
def test_a_line_that_is_dropped_changes_nothing(bar, editing, end):
    one = editing()
    bar.actions["cut"].trigger()
    click(bar._canvas, (50, 300))
    if end == "escape":
        press_key(bar._canvas, Qt.Key.Key_Escape)
    elif end == "other tool":
        bar.actions["merge"].trigger()
        bar.actions["cut"].trigger()
    else:
        bar.actions["toggle"].trigger()
    click(bar._canvas, (600, 300), RIGHT_BUTTON)
    assert areas(layer(one)) == [16, 16] and layer(one).undoStack().count() == 0


def test_a_click_fills_a_nunatak(bar, editing):
    one = editing((square(100, 100, 400, (250, 250, 100)),))
    before = shapes(layer(one))
    bar.actions["nunatak"].trigger()
    click(bar._canvas, (300, 300))
    assert areas(layer(one)) == [16]
    undo_and_redo(one, before)


def wheel(canvas, place, up):
    pixel = canvas.getCoordinateTransform().transform(LEFT + place[0], TOP - place[1]).toQPointF()
    no = Qt.MouseButton.NoButton
    event = QWheelEvent(pixel, canvas.mapToGlobal(pixel.toPoint()), QPoint(), QPoint(0, 120 if up else -120), no,
                        Qt.KeyboardModifier.NoModifier, Qt.ScrollPhase.NoScrollPhase, False)  # fmt: skip
    QApplication.sendEvent(canvas.viewport(), event)


DISC = shapely.Point(LEFT + 600, TOP - 600).buffer(300, 32)


@pytest.mark.parametrize(
    ("turns", "shift", "threshold"), [(0, 0, 0.5), (5, 0, 0.4), (-5, 0, 0.6), (0, -20, 0.4), (-1, 8, 0.56)]
)
def test_the_brush_follows_another_contour(bar, editing, cone, turns, shift, threshold):
    """The margin is the circle of 0.5; painted over in the east, it is there the circle of the new threshold."""
    one = editing((DISC.wkt,))
    before = shapes(layer(one))
    canvas = bar._canvas
    bar.actions["threshold"].trigger()
    send(canvas, QEvent.Type.MouseButtonPress, (900, 600))
    scale = canvas.extent()
    for _ in range(abs(turns)):
        wheel(canvas, (900, 600), up=turns > 0)
    down = canvas.mapUnitsPerPixel() * shift
    for way in (0, down):
        send(canvas, QEvent.Type.MouseMove, (900, 600 + way), keys=Qt.KeyboardModifier.ShiftModifier)
    assert layer(one).undoStack().count() == 0 and canvas.extent() == scale
    send(canvas, QEvent.Type.MouseButtonRelease, (900, 600 + down))
    (found,) = shapes(layer(one)).values()
    middle = shapely.Point(LEFT + 600, TOP - 600)
    east = found.exterior.intersection(shapely.LineString([middle, (LEFT + 1190, TOP - 600)]))
    assert middle.distance(east) == pytest.approx(600 * (1 - threshold), abs=8)
    far = [shapely.Point(xy) for xy in found.exterior.coords if xy[0] < LEFT + 700]
    assert all(middle.distance(point) == pytest.approx(300, abs=1e-3) for point in far)
    assert_sound(layer(one))
    undo_and_redo(one, before)
    bar._tools[0].threshold = 0.5


def test_a_rough_stroke_is_pulled_to_the_edge(bar, editing, step):
    """A margin that is a straight line cuts the disc; from its ends around the east it then is the disc's edge."""
    shown = DISC.intersection(shapely.box(LEFT, TOP - 1200, LEFT + 750, TOP))
    one = editing((shown.wkt,))
    before = shapes(layer(one))
    bar.actions["snap"].trigger()
    drag(bar._canvas, (752, 345), (870, 430), (925, 600), (860, 780), (752, 855))
    (found,) = shapes(layer(one)).values()
    assert found.area == pytest.approx(DISC.area, rel=0.02) and found.area > 1.15 * shown.area
    assert found.exterior.hausdorff_distance(DISC.exterior) < 15
    assert_sound(layer(one))
    undo_and_redo(one, before)


@pytest.mark.parametrize(
    ("polygon", "start", "end", "said"),
    [
        (DISC.wkt, (550, 600), (650, 600), "at the glacier's margin"),
        (square(600, 600, 900), (1380, 600), (1480, 600), "does not reach there"),
        (square(600, 600, 755), (1355, 800), (1355, 900), "does not reach there"),  # one column of pixels is read
    ],
)
def test_a_stroke_that_can_be_pulled_nowhere_is_told(bar, editing, step, polygon, start, end, said):
    one = editing((polygon,))
    bar._canvas.setExtent(QgsRectangle(LEFT, TOP - 1600, LEFT + 1600, TOP))
    bar.actions["snap"].trigger()
    drag(bar._canvas, start, end)
    assert said in words(bar) and layer(one).undoStack().count() == 0


def test_a_stroke_whose_ends_are_pulled_together_is_told(bar, editing, step):
    one = editing()
    bar.actions["snap"].trigger()
    for place in ((96, 96), (94, 94)):
        click(bar._canvas, place)
    click(bar._canvas, (94, 94), RIGHT_BUTTON)
    assert "no length" in words(bar) and layer(one).undoStack().count() == 0


@pytest.mark.parametrize("keys", [Qt.KeyboardModifier.NoModifier, Qt.KeyboardModifier.ShiftModifier])
def test_painted_borders_are_smoothed_or_simplified_for_both(bar, editing, keys):
    """A divide with teeth between two glaciers; painted in its northern half."""
    teeth = [(500 + (3 if n % 2 else -3), 100 + n * 10) for n in range(1, 40)]
    divide = [(500, 100), *teeth, (500, 500)]
    west, east = ([(LEFT + x, TOP - y) for x, y in [*divide, (far, 500), (far, 100)]] for far in (100, 900))
    one = editing((shapely.Polygon(west).wkt, shapely.Polygon(east).wkt))
    before = shapes(layer(one))
    length = shapely.length(before[1].intersection(before[2]))
    bar.actions["smooth"].trigger()
    send(bar._canvas, QEvent.Type.MouseButtonPress, (500, 130))
    send(bar._canvas, QEvent.Type.MouseMove, (500, 260))
    send(bar._canvas, QEvent.Type.MouseButtonRelease, (500, 260), keys=keys)
    after = shapes(layer(one))
    assert shapely.length(after[1].intersection(after[2])) < length - 5
    south = {point for point in west if point[1] < TOP - 360}
    assert south <= set(after[1].exterior.coords) and south - {(LEFT + 100, TOP - 500)} <= set(after[2].exterior.coords)
    assert_sound(layer(one))
    undo_and_redo(one, before)


def test_what_has_no_probability_stays(bar, editing, cone):
    one = editing((square(50, 500, 200),))
    bar.actions["threshold"].trigger()
    drag(bar._canvas, (50, 600), (260, 600))
    (found,) = shapes(layer(one)).values()
    assert found.area == pytest.approx(150 * 200 + 50 * 200 - 50 * 100, rel=0.15) and found.bounds[0] == LEFT + 50


def test_a_dropped_stroke_and_one_without_probability_change_nothing(bar, editing):
    one = editing()
    bar.actions["threshold"].trigger()
    drag(bar._canvas, (300, 300), (400, 300))
    assert "no probability.tif" in words(bar) and layer(one).undoStack().count() == 0


def test_a_right_click_drops_a_painted_area(bar, editing, cone):
    one = editing()
    bar.actions["threshold"].trigger()
    send(bar._canvas, QEvent.Type.MouseButtonPress, (300, 300))
    click(bar._canvas, (300, 300), RIGHT_BUTTON)
    send(bar._canvas, QEvent.Type.MouseButtonRelease, (300, 300))
    assert layer(one).undoStack().count() == 0


def test_brackets_change_the_brush(bar, editing, cone):
    editing((DISC.wkt,))
    tool = bar._tools[0]
    bar.actions["threshold"].trigger()
    sizes = []
    for key in (None, Qt.Key.Key_BracketRight, Qt.Key.Key_BracketLeft, Qt.Key.Key_BracketLeft):
        if key is not None:
            press_key(bar._canvas, key)
        send(bar._canvas, QEvent.Type.MouseButtonPress, (600, 600))
        sizes.append(tool.area().area())
        click(bar._canvas, (600, 600), RIGHT_BUTTON)
        send(bar._canvas, QEvent.Type.MouseButtonRelease, (600, 600))
    assert sizes[1] > sizes[0] == sizes[2] > sizes[3]


def test_what_cannot_be_done_is_told(bar, editing):
    one = editing()
    bar.actions["cut"].trigger()
    drag(bar._canvas, (50, 300), (300, 300))
    assert "cuts nothing" in words(bar) and areas(layer(one)) == [16, 16]


def test_the_status_bar_says_how_a_tool_is_used(bar, editing):
    editing()
    bar.actions["merge"].trigger()
    assert "into its neighbours" in bar._iface.statusBarIface().currentMessage()
    bar._canvas.unsetMapTool(bar._canvas.mapTool())
    assert bar._iface.statusBarIface().currentMessage() == ""


def test_every_tool_has_an_icon_a_hint_and_its_own_key(bar):
    tools = [action for name, action in bar.actions.items() if name != "toggle"]
    assert all(not action.icon().isNull() and action.statusTip() for action in tools)
    assert len({action.shortcut().toString() for action in tools}) == len(tools)
    assert not any(action.isEnabled() for action in tools)


def test_nothing_is_left_of_the_tool_bar(interface, qtbot):
    bar = EditingBar(interface)
    bar._canvas.setMapTool(QgsMapToolPan(bar._canvas))
    bar.stop()
    QApplication.sendPostedEvents(None, QEvent.Type.DeferredDelete)
    assert interface.window.findChildren(QToolBar) == [] and interface.canvas.actions() == []
