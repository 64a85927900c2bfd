"""Swipe and Side by side: switched on and off by their buttons, by other tools, and by what leaves the project."""

from __future__ import annotations

import pytest
from icemargin.ui.linked_view import LinkedView
from icemargin.ui.two_views import TwoViews
from qgis.core import QgsProject
from qgis.gui import QgsMapToolPan
from qgis.PyQt.QtCore import QCoreApplication, QEvent
from qgis_outlines import CANDIDATE, REFERENCE, add_squares


def make(interface) -> TwoViews:
    interface.window.resize(900, 600)
    interface.window.setCentralWidget(interface.canvas)
    made = TwoViews(interface)
    made.set_layers(add_squares("Map", CANDIDATE, "im_id"), add_squares("RGI", REFERENCE, "rgi_id"))
    return made


@pytest.fixture
def views(interface):
    made = make(interface)
    yield made
    made.stop()


def second_maps(interface) -> list:
    QCoreApplication.sendPostedEvents(None, QEvent.Type.DeferredDelete)
    return interface.window.findChildren(LinkedView)


def test_swipe_is_a_tool_like_others(views, interface):
    heard = []
    views.changed.connect(lambda: heard.append(views.swiping))
    views.swipe(True)
    assert views.swiping and heard[-1] is True
    pan = QgsMapToolPan(interface.canvas)
    interface.canvas.setMapTool(pan)  # the user takes up another tool
    assert not views.swiping and heard[-1] is False
    views.swipe(True)
    views.swipe(False)
    assert interface.canvas.mapTool() is pan


def test_the_second_map_is_left_of_the_first_and_closed_by_its_button(views, interface, qtbot):
    interface.window.show()
    qtbot.wait(100)
    views.show_beside(True)
    (view,) = second_maps(interface)
    assert views.beside and view.windowTitle() == "RGI"
    qtbot.waitUntil(lambda: view.width() > interface.window.width() / 3, timeout=5000)
    assert view.geometry().right() < interface.canvas.mapTo(interface.window, interface.canvas.rect().topLeft()).x()
    view.close()
    assert not views.beside and second_maps(interface) == []


def test_pressed_twice_opens_one_map(views, interface):
    views.show_beside(True)
    views.show_beside(True)
    assert len(second_maps(interface)) == 1
    views.show_beside(False)
    assert second_maps(interface) == []


def test_a_layer_that_leaves_puts_the_swipe_down(views):
    views.swipe(True)
    candidate, reference = views._ids
    QgsProject.instance().removeMapLayer(candidate)
    views.set_layers("", reference)
    assert not views.swiping


def test_stop_leaves_nothing_behind(interface):
    views = make(interface)
    canvas = interface.canvas
    before = canvas.receivers(canvas.mapToolSet) - 1
    views.swipe(True)
    views.show_beside(True)
    views.stop()
    assert canvas.mapTool() is None and second_maps(interface) == []
    assert canvas.receivers(canvas.mapToolSet) == before
