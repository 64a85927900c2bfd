"""Swiping and the linked view: which layers are where, what the pixels show, and that nothing is left behind."""

import pytest
from icemargin.maptools.sides import Sides
from icemargin.maptools.swipe import SwipeTool
from icemargin.maptools.swipe_item import SwipeItem
from icemargin.ui.linked_view import LinkedView
from qgis.core import QgsFeature, QgsFillSymbol, QgsGeometry, QgsProject, QgsRectangle, QgsVectorLayer
from qgis.PyQt.QtCore import QEvent, QPoint, QPointF, Qt
from qgis.PyQt.QtGui import QColor, QMouseEvent
from qgis.PyQt.QtWidgets import QApplication
from qgis_scene import LEFT, PIXEL, SIZE, TOP, UTM43

RED, BLUE, WHITE = "#ff0000", "#0000ff", "#ffffff"
BUTTON = Qt.MouseButton.LeftButton


@pytest.fixture
def add_colour():
    """Return a function that adds a layer that fills the map with a colour, and returns its id."""

    def add(name, colour):
        layer = QgsVectorLayer(f"Polygon?crs={UTM43}", name, "memory")
        feature = QgsFeature()
        box = QgsRectangle(LEFT, TOP - SIZE * PIXEL, LEFT + SIZE * PIXEL, TOP)
        feature.setGeometry(QgsGeometry.fromRect(box.buffered(1e5)))
        layer.dataProvider().addFeatures([feature])
        symbol = QgsFillSymbol.createSimple({"color": colour, "outline_style": "no"})
        layer.renderer().setSymbol(symbol)
        QgsProject.instance().addMapLayer(layer)
        return layer.id()

    return add


@pytest.fixture
def canvas(interface, qtbot):
    """A canvas in a window that is shown."""
    interface.window.setCentralWidget(interface.canvas)
    interface.window.resize(400, 300)
    interface.window.show()
    qtbot.waitExposed(interface.window)
    return interface.canvas


def layer(layer_id):
    return QgsProject.instance().mapLayer(layer_id)


def show(canvas, *ids):
    canvas.setLayers([layer(one) for one in ids])
    canvas.refresh()
    canvas.waitWhileRendering()


def colour_at(canvas, x, y):
    """Return the colour at shares of the width and the height."""
    place = QPoint(round(x * canvas.width()), round(y * canvas.height()))
    return QColor(canvas.grab().toImage().pixel(place)).name()


def shows(qtbot, canvas, x, y, colour):
    qtbot.waitUntil(lambda: colour_at(canvas, x, y) == colour, timeout=5000)


def drag(canvas, start, end):
    """Drag over the map between two places, in shares of the width and the height.

    Events are sent, as QTest.mouseMove() moves the real cursor, and the events of that come late.
    """
    start, end = (QPoint(round(x * canvas.width()), round(y * canvas.height())) for x, y in (start, end))
    send(canvas, QEvent.Type.MouseButtonPress, start)
    for step in range(1, 6):
        send(canvas, QEvent.Type.MouseMove, start + (end - start) * step / 5)
    send(canvas, QEvent.Type.MouseButtonRelease, end)


def send(canvas, kind, place):
    button = Qt.MouseButton.NoButton if kind == QEvent.Type.MouseMove else BUTTON
    event = QMouseEvent(kind, QPointF(place), button, BUTTON, Qt.KeyboardModifier.NoModifier)
    QApplication.sendEvent(canvas.viewport(), event)


def items(canvas):
    return [item for item in canvas.items() if isinstance(item, SwipeItem)]


@pytest.fixture
def tool(canvas):
    tool = SwipeTool(canvas)
    yield tool
    canvas.unsetMapTool(tool)
    tool.deleteLater()


@pytest.mark.parametrize(
    "shown, left, right, on_left, on_right",
    [
        ("ABC", "A", "", "ABC", "BC"),
        ("ABC", "A", "B", "AC", "BC"),
        ("C", "A", "B", "AC", "BC"),
        ("BC", "A", "B", "AC", "BC"),
        ("", "A", "", "A", ""),
        ("ABC", "", "", "ABC", "ABC"),
        ("ABC", "A", "A", "ABC", "ABC"),
        ("C", "AB", "", "ABC", "C"),
    ],
)
def test_each_side_has_its_own_layers_and_all_others(add_colour, shown, left, right, on_left, on_right):
    ids = {name: add_colour(name, RED) for name in "ABC"}
    sides = Sides(tuple(ids[name] for name in left), tuple(ids[name] for name in right))
    layers = [layer(ids[name]) for name in shown]
    assert "".join(one.name() for one in sides.on_left(layers)) == on_left
    assert "".join(one.name() for one in sides.on_right(layers)) == on_right


def test_right_of_the_line_the_layer_is_gone(canvas, tool, add_colour, qtbot):
    top, below = add_colour("top", RED), add_colour("below", BLUE)
    show(canvas, top, below)
    canvas.setMapTool(tool)
    tool.set_layers([layer(top)])
    shows(qtbot, canvas, 0.75, 0.75, BLUE)
    assert colour_at(canvas, 0.25, 0.75) == RED


def test_two_layers_are_swiped_though_the_map_shows_neither(canvas, tool, add_colour, qtbot):
    one, other = add_colour("one", RED), add_colour("other", BLUE)
    show(canvas)
    canvas.setMapTool(tool)
    tool.set_layers([layer(one)], [layer(other)])
    shows(qtbot, canvas, 0.25, 0.75, RED)
    shows(qtbot, canvas, 0.75, 0.75, BLUE)


def test_a_drag_moves_the_line_and_turns_it(canvas, tool, add_colour, qtbot):
    one, other = add_colour("one", RED), add_colour("other", BLUE)
    show(canvas)
    canvas.setMapTool(tool)
    tool.set_layers([layer(one)], [layer(other)])
    shows(qtbot, canvas, 0.75, 0.75, BLUE)
    drag(canvas, (0.5, 0.6), (0.9, 0.62))
    assert colour_at(canvas, 0.75, 0.75) == RED and colour_at(canvas, 0.97, 0.75) == BLUE
    drag(canvas, (0.5, 0.3), (0.52, 0.6))
    assert colour_at(canvas, 0.8, 0.4) == RED and colour_at(canvas, 0.2, 0.8) == BLUE
    drag(canvas, (0.3, 0.5), (-0.5, 0.5))
    assert colour_at(canvas, 0.1, 0.8) == BLUE


def test_a_layer_that_is_switched_on_is_on_both_sides(canvas, tool, add_colour, qtbot):
    top, below = add_colour("top", RED), add_colour("below", BLUE)
    show(canvas, top)
    canvas.setMapTool(tool)
    tool.set_layers([layer(top)])
    shows(qtbot, canvas, 0.75, 0.75, WHITE)
    show(canvas, top, below)
    shows(qtbot, canvas, 0.75, 0.75, BLUE)


@pytest.mark.parametrize("rotation", [0, 30])
def test_the_picture_lies_where_the_map_is(canvas, tool, add_colour, qtbot, rotation):
    """A layer of the swipe is drawn where the map itself draws it; after a pan, too, before it is rendered anew."""
    mark, ground = add_colour("mark", RED), add_colour("ground", BLUE)
    box = QgsRectangle(canvas.extent())
    box.scale(0.5)
    layer(mark).dataProvider().changeGeometryValues({1: QgsGeometry.fromRect(box)})
    canvas.setRotation(rotation)
    places = [(x / 10, y / 10) for x in range(1, 10) for y in range(2, 10)]
    show(canvas, mark, ground)
    expected = [colour_at(canvas, *place) for place in places]
    show(canvas, ground)
    canvas.setMapTool(tool)
    tool.set_layers([], [layer(mark)])
    drag(canvas, (0.5, 0.5), (-0.2, 0.5))
    qtbot.waitUntil(lambda: RED in [colour_at(canvas, *place) for place in places])
    assert [colour_at(canvas, *place) for place in places] == expected
    moved = canvas.mapSettings().mapToPixel().toMapCoordinates(canvas.width() // 2 - 40, canvas.height() // 2)
    canvas.setCenter(moved)
    further = [colour_at(canvas, x + 40 / canvas.width(), y) for x, y in places if x < 0.9]
    others = [colour for (x, _), colour in zip(places, expected) if x < 0.9]
    assert sum(one != other for one, other in zip(further, others)) <= 2  # smooth edges


def test_nothing_is_left_when_another_tool_is_taken(canvas, tool, add_colour, qtbot):
    top, below = add_colour("top", RED), add_colour("below", BLUE)
    show(canvas, top, below)
    canvas.setMapTool(tool)
    tool.set_layers([layer(top)])
    shows(qtbot, canvas, 0.75, 0.75, BLUE)
    canvas.unsetMapTool(tool)
    assert not items(canvas) and colour_at(canvas, 0.75, 0.75) == RED
    canvas.setMapTool(tool)
    shows(qtbot, canvas, 0.75, 0.75, BLUE)


@pytest.mark.parametrize("clear", [False, True])
def test_a_layer_may_leave_while_it_is_swiped(canvas, tool, add_colour, qtbot, clear):
    top, below = add_colour("top", RED), add_colour("below", BLUE)
    show(canvas, below)
    canvas.setMapTool(tool)
    tool.set_layers([layer(top)])
    shows(qtbot, canvas, 0.25, 0.75, RED)
    if clear:
        QgsProject.instance().clear()
    else:
        QgsProject.instance().removeMapLayer(top)
    shows(qtbot, canvas, 0.25, 0.75, WHITE if clear else BLUE)
    drag(canvas, (0.5, 0.6), (0.9, 0.62))
    assert len(items(canvas)) == 1


@pytest.fixture
def view(canvas, interface):
    view = LinkedView(canvas, interface.window)
    interface.addDockWidget(Qt.DockWidgetArea.RightDockWidgetArea, view)
    view.show()
    QApplication.processEvents()
    yield view
    view.stop()
    interface.removeDockWidget(view)
    view.deleteLater()


def same_place(one, other):
    near = one.center().distance(other.center()) < 2 * one.mapUnitsPerPixel()
    return near and one.scale() == pytest.approx(other.scale(), rel=1e-6) and one.rotation() == other.rotation()


def test_both_maps_move_together(canvas, view, add_colour):
    show(canvas, add_colour("one", RED))
    for leader in (canvas, view.canvas):
        box = QgsRectangle(leader.extent())
        box.scale(0.4)
        box.setXMinimum(box.xMinimum() - box.width() / 3)
        leader.setExtent(box)
        assert same_place(canvas, view.canvas)
        assert leader.extent().contains(box.buffered(-1))
        leader.setRotation(leader.rotation() + 15)
        assert same_place(canvas, view.canvas)
        leader.zoomByFactor(0.5)
        assert same_place(canvas, view.canvas)
    assert canvas.rotation() == 30


def test_another_size_of_the_view_leaves_the_map_where_it_is(canvas, view, add_colour, qtbot):
    show(canvas, add_colour("one", RED))
    view.setFloating(True)
    QApplication.processEvents()
    scale = canvas.scale()
    for width, height in ((500, 300), (250, 400)):
        view.resize(width, height)
        qtbot.waitUntil(lambda width=width: abs(view.canvas.width() - width) < 20)
        QApplication.processEvents()
        assert canvas.scale() == scale and same_place(canvas, view.canvas)


def test_the_view_has_its_own_layers_and_follows_the_maps(canvas, view, add_colour):
    one, other, ground = add_colour("one", RED), add_colour("other", BLUE), add_colour("ground", WHITE)
    show(canvas, one, ground)
    view.set_layers([layer(other)], [layer(one)])
    assert [layer.name() for layer in view.canvas.layers()] == ["other", "ground"]
    assert "other" in view.windowTitle()
    show(canvas, one)
    assert [layer.name() for layer in view.canvas.layers()] == ["other"]


@pytest.mark.parametrize("clear", [False, True])
def test_the_view_survives_layers_that_leave(canvas, view, add_colour, clear):
    one, other = add_colour("one", RED), add_colour("other", BLUE)
    show(canvas, one)
    view.set_layers([layer(other)], [layer(one)])
    if clear:
        QgsProject.instance().clear()
        canvas.setLayers([])
    else:
        QgsProject.instance().removeMapLayer(other)
    assert view.canvas.layers() == []
    canvas.zoomByFactor(0.5)
    assert same_place(canvas, view.canvas)


def test_a_closed_view_lets_the_map_go(canvas, view, qtbot):
    with qtbot.waitSignal(view.closed):
        view.close()
    before = view.canvas.center()
    canvas.setCenter(canvas.center() + (canvas.extent().center() - canvas.center()))
    canvas.zoomByFactor(0.5)
    assert view.canvas.center() == before and not same_place(canvas, view.canvas)
    view.stop()


def test_the_view_takes_over_another_crs(canvas, view, add_colour):
    from qgis.core import QgsCoordinateReferenceSystem

    show(canvas, add_colour("one", RED))
    canvas.setDestinationCrs(QgsCoordinateReferenceSystem("EPSG:4326"))
    assert view.canvas.mapSettings().destinationCrs().authid() == "EPSG:4326"
    canvas.zoomByFactor(0.5)
    assert same_place(canvas, view.canvas)
