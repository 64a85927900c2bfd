"""Margins without divides, and the way from points to them, against shapely."""

import numpy as np
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st
from icemargin.inventory.boundaries import Margins
from icemargin.inventory.distances import nearest
from icemargin.inventory.overlap import dissolved
from outline_builders import layer, square, star


def margins(outlines, spacing=5.0, cut=None):
    return Margins(outlines, dissolved(outlines.geometry), spacing, 0.5, cut).sample(np.arange(len(outlines)))


@pytest.mark.parametrize(
    ("geometries", "length"),
    [
        ([square(0, 0, 100)], 400),
        ([star(0, 0, 500)], star(0, 0, 500).length),
        ([square(0, 0, 100) - shapely.box(40, 40, 60, 60)], 400),
        ([square(0, 0, 100), square(100, 0, 100)], 600),
        ([square(0, 0, 100), square(100, 0, 100), square(0, 100, 100), square(100, 100, 100)], 800),
        ([square(0, 0, 100), square(50, 10, 100)], 520),  # what lies in the other is no margin
        ([square(0, 0, 100), square(100.2, 0, 100)], 600),  # a gap too small to be seen
        ([shapely.MultiPolygon([square(0, 0, 100), square(500, 0, 50)])], 600),
        ([shapely.box(0, 0, 300, 300) - shapely.box(100, 100, 200, 200), shapely.box(100, 100, 200, 200)], 1200),
    ],
)
def test_how_much_is_margin(geometries, length):
    found = margins(layer(*geometries))
    assert found.weight.sum() == pytest.approx(length, abs=6.0)
    for neighbour in (found.before, found.after):
        assert np.hypot(*(found.xy[neighbour] - found.xy).T).max() <= 5.0 + 1e-9


def test_some_outlines_alone_know_their_neighbours():
    outlines = layer(square(0, 0, 100), square(100, 0, 100), square(900, 0, 100))
    whole = Margins(outlines, dissolved(outlines.geometry), 5.0, 0.5)
    found = whole.sample(np.array([1]))
    assert set(found.owner) == {1} and found.weight.sum() == pytest.approx(300, abs=6)
    assert len(whole.sample(np.zeros(0, int))) == 0


def test_the_cut_of_an_extent_is_no_margin():
    edge = shapely.buffer(shapely.LineString([(0, -10), (0, 200)]), 0.5)
    assert margins(layer(square(0, 0, 100)), cut=edge).weight.sum() == pytest.approx(300, abs=6)


@settings(max_examples=40)
@given(st.integers(0, 10_000), st.integers(2, 8), st.booleans())
def test_distance_and_side_against_shapely(seed, lobes, backwards):
    blob = star(0, 0, 300, lobes=lobes)
    blob = blob.reverse() if backwards else blob
    xy = np.random.default_rng(seed).uniform(-400, 400, (200, 2))
    points = shapely.points(xy)
    found = nearest(xy, margins(layer(blob)))
    expected = shapely.distance(points, blob.exterior)
    assert found.distance == pytest.approx(expected, abs=0.1)
    clear = expected > 1.0
    assert ((found.signed < 0) == shapely.contains(blob, points))[clear].all()


def test_the_side_beyond_a_sharp_corner():
    """Beyond a corner the nearest stretch alone may tell the wrong side."""
    spike = shapely.Polygon([(0, 0), (1000, 10), (1000, -10)])
    found = nearest(np.array([[-5.0, 3.0], [-5.0, -3.0], [500.0, 0.0]]), margins(layer(spike)))
    assert list(np.sign(found.signed)) == [1, 1, -1]


def test_nothing_to_go_to():
    empty = margins(layer())
    found = nearest(np.array([[0.0, 0.0]]), empty)
    assert np.isinf(found.signed).all() and found.owner[0] == -1
