"""The least-cost path: held to scipy's Dijkstra; edges draw it."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from icemargin.inference.errors import OutlinesError
from icemargin.maptools.least_cost import corridor, edge_cost, least_cost_path, softened
from scipy.sparse import lil_matrix
from scipy.sparse.csgraph import dijkstra


def price(cost, path):
    steps = zip(path, path[1:])
    return sum(np.hypot(a[0] - b[0], a[1] - b[1]) * (cost[a] + cost[b]) / 2 for a, b in steps)


def scipy_price(cost):
    """From the first pixel to the last."""
    height, width = cost.shape
    graph = lil_matrix((cost.size, cost.size))
    for row, column in np.ndindex(height, width):
        for other_row in range(max(row - 1, 0), min(row + 2, height)):
            for other in range(max(column - 1, 0), min(column + 2, width)):
                if (other_row, other) != (row, column):
                    pair = [(row, column), (other_row, other)]
                    graph[row * width + column, other_row * width + other] = price(cost, pair)
    return dijkstra(graph.tocsr(), indices=0)[-1]


@settings(max_examples=25, deadline=None)
@given(arrays(float, (5, 6), elements=st.floats(0.5, 20)))
def test_no_path_is_cheaper(cost):
    path = least_cost_path(cost, np.ones(cost.shape, bool), (0, 0), (4, 5))
    assert path[0] == (0, 0) and path[-1] == (4, 5)
    assert price(cost, path) == pytest.approx(scipy_price(cost))


def test_the_path_follows_an_edge():
    image = np.zeros((30, 40), np.float32)
    image[12:] = 1
    path = least_cost_path(edge_cost([image]), np.ones(image.shape, bool), (15, 0), (15, 39))
    assert {row for row, column in path if 6 < column < 33} <= {11, 12}


def test_no_data_is_no_edge_and_flat_ground_costs_the_same():
    image = np.full((9, 9), 3, np.float32)
    image[4, 4] = np.nan
    assert np.ptp(edge_cost([image])) == 0


def test_a_way_that_is_not_allowed_is_told():
    allowed = np.ones((5, 5), bool)
    allowed[:, 2] = False
    with pytest.raises(OutlinesError, match="leaves the raster"):
        least_cost_path(np.ones((5, 5)), allowed, (2, 0), (2, 4))


def test_the_corridor_is_as_wide_as_it_reaches():
    near = corridor((9, 20), np.array([[3.5, 4.5], [17.5, 4.5]]), 2)
    assert near[2:7, 3:17].all() and not near[[1, 7]].any() and not near[:, 0].any()


def test_softening_keeps_ends_and_straight_lines():
    line = np.array([[n, 2 * n] for n in range(6)])
    assert softened(line) == pytest.approx(line)
    stairs = np.array([[0, 0], [1, 0], [1, 1], [2, 1], [2, 2]])
    assert softened(stairs)[[0, -1]].tolist() == [[0, 0], [2, 2]]
