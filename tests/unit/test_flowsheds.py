"""Flowsheds, their lines, ice caps, slivers: on made reliefs whose answers can be read off."""

import numpy as np
import pytest
import shapely
from icemargin.inference.vector_layer import VectorLayer
from icemargin.inventory.flowsheds import FlowshedSettings, _basins, _filled, flowsheds
from icemargin.inventory.ice_caps import looks_like_ice_cap, said_to_be_ice_caps
from icemargin.inventory.label_lines import LabelRaster
from icemargin.inventory.lattice import Lattice
from icemargin.inventory.slivers import SliverRule, without_slivers
from outline_builders import square
from relief_builders import CELL, dome, peak_beside, relief_of, roof, slope
from scipy import ndimage

ICE = shapely.box(-2000, -700, 2000, 700)
NARROW = FlowshedSettings(smooth=30.0)


def sheds(height, ice=ICE, settings=NARROW):
    relief = relief_of(height)
    return flowsheds(relief.elevation, relief.inside(ice), CELL, settings), relief.inside(ice)


def test_a_roof_has_two_flowsheds():
    found, ice = sheds(roof)
    west, east = found[:, : found.shape[1] // 2][ice[:, : found.shape[1] // 2]], found[:, 100:][ice[:, 100:]]
    assert len(np.unique(west)) == len(np.unique(east)) == 1 and west[0] != east[0]
    assert (found[~ice & (found >= 0)].size > 0) and (found[:50] == -1).all()


@pytest.mark.parametrize("hole", [shapely.box(-1500, -200, -1200, 200), shapely.box(-200, -200, 200, 200)])
def test_nunataks_have_no_gutter(hole):
    found, ice = sheds(roof, ICE - hole)
    assert len(np.unique(found[ice])) == 2


def test_one_valley_is_one_flowshed():
    found, ice = sheds(slope, shapely.box(-900, -2000, 900, 2000))
    assert len(np.unique(found[ice])) == 1


def test_a_larger_reach_joins_and_none_splits():
    two_tongues = lambda x, y: 3000 - 0.3 * y + 0.2 * np.abs(np.abs(x) - 800)  # noqa: E731
    ice = shapely.box(-1600, -1500, 1600, 1500)
    count = [
        len(np.unique(found[inside]))
        for found, inside in (
            sheds(two_tongues, ice, FlowshedSettings(smooth=30.0, reach=reach, reach_most=most))
            for reach, most in ((0.0, 1400.0), (0.1, 1400.0), (2.0, 1400.0), (2.0, 100.0))
        )
    ]
    assert count[0] >= count[1] >= 2 == count[3] and count[2] == 1


def test_catchments_are_those_that_following_the_steepest_way_gives():
    rng = np.random.default_rng(5)
    surface = _filled(ndimage.gaussian_filter(rng.normal(size=(60, 70)), 4) * 1000, CELL)
    active = np.zeros(surface.shape, bool)
    active[5:-5, 5:-5] = True
    edge = active & ~ndimage.binary_erosion(active)
    surface[edge] -= 100
    basin, pits = _basins(surface, active, CELL)
    for row, column in rng.integers(5, 55, size=(200, 2)):
        at = (row, column)
        while True:
            around = [(at[0] + i, at[1] + j) for i in (-1, 0, 1) for j in (-1, 0, 1) if i or j]
            drop = {
                to: (surface[at] - surface[to]) / np.hypot(to[0] - at[0], to[1] - at[1]) for to in around if active[to]
            }
            best = max(drop, key=drop.get)
            if drop[best] <= 0:
                break
            at = best
        assert pits[basin[row, column]] == np.ravel_multi_index(at, surface.shape)


@pytest.mark.parametrize(
    ("height", "ice", "cap"),
    [
        (dome, shapely.Point(0, 0).buffer(2000), True),
        (dome, shapely.Point(0, 0).buffer(2000) - shapely.Point(1000, 0).buffer(200), True),
        (dome, shapely.Point(0, 0).buffer(500), False),  # below 1 km2
        (dome, shapely.box(0, -1000, 1900, 1000), False),  # one side of the dome only
        (roof, ICE, False),
        (peak_beside, shapely.Point(0, 0).buffer(1300), False),
    ],
)  # fmt: skip
def test_ice_caps_are_domes_that_nothing_overtops(height, ice, cap):
    relief = relief_of(height)
    assert looks_like_ice_cap(relief.elevation, relief.inside(ice), CELL) is cap


@pytest.mark.parametrize(
    ("field", "values", "caps"),
    [("primeclass", (3, 4), (True, False)), ("Form", ("1", "0"), (True, False)), ("Form", (3, None), (False, False)),
     ("name", ("3", "1"), (False, False))],
)  # fmt: skip
def test_fields_tell_of_ice_caps(field, values, caps):
    layer = VectorLayer("f", "l", "", (None, None), tuple({field: value} for value in values), (field,))
    assert said_to_be_ice_caps(layer) == caps


def test_lines_of_labels():
    labels = np.full((10, 12), -1)
    labels[1:9, 1:11] = 0
    labels[1:9, 6:11] = 1
    raster = LabelRaster(labels, Lattice(1000.0, 5000.0, 10.0))
    assert shapely.equals(raster.lines()[0], shapely.LineString([(1060, 4990), (1060, 4910)]))
    assert raster.at(np.array([[1055.0, 4950.0], [1065.0, 4950.0], [1001.0, 4999.0]])).tolist() == [0, 1, -1]
    assert not len(LabelRaster(np.zeros((4, 4), int), Lattice(0.0, 0.0, 1.0)).lines())


def test_lines_of_a_slanted_border_have_no_staircase():
    row, column = np.mgrid[:40, :40]
    lines = LabelRaster((column > row).astype(int), Lattice(0.0, 40.0, 1.0)).lines()
    assert shapely.length(lines).sum() == pytest.approx(39 * np.sqrt(2), rel=0.05)


STRIP = shapely.box(0, 0, 100, 1500)  # 0.15 km2, compactness 0.43


@pytest.mark.parametrize(
    ("polygons", "kept", "group"),
    [
        ([square(0, 0, 1000), square(1000, 0, 100)], [0, 0], [0, 0]),
        ([square(0, 0, 1000), square(1000, 0, 100)], [0, 1], [0, 1]),
        ([square(0, 0, 1000), square(5000, 0, 100)], [0, 0], [0, 1]),
        ([square(0, 0, 1000), square(1000, 0, 400)], [0, 0], [0, 1]),
        ([shapely.box(-1000, 0, 0, 1500), STRIP], [0, 0], [0, 0]),
        ([shapely.box(-1000, 0, 0, 1500), STRIP], [0, 1], [0, 1]),
        # the longer border wins, not the larger neighbour
        ([shapely.Polygon([(0, 0), (0, 100), (-9000, 100), (-9000, 0)]), shapely.box(0, 0, 300, 100),
          shapely.Polygon([(0, 0), (300, 0), (300, -900), (0, -900)])], [0, 0, 0], [0, 1, 1]),
        # slivers in a row
        ([square(0, 0, 1000), shapely.box(1000, 0, 1050, 1000), shapely.box(1050, 0, 1100, 1000)], [0] * 3, [0] * 3),
    ],
)  # fmt: skip
def test_slivers(polygons, kept, group):
    coverage = shapely.get_parts(shapely.polygonize(shapely.get_parts(shapely.union_all(shapely.boundary(polygons)))))
    order = shapely.STRtree(coverage).nearest(shapely.point_on_surface(polygons))
    assert without_slivers(coverage[order], SliverRule(), np.array(kept, bool)).tolist() == group
