"""Links, their shares, classes and clusters, by boxes whose overlaps can be read off."""

import numpy as np
import pytest
import shapely
from icemargin.inventory.matching import find_links
from icemargin.inventory.overlap import allotted, counterparts, dissolved, ratios, shared_ice
from outline_builders import layer, square

BIG, SMALL = shapely.box(0, 0, 3000, 1000), square(3000, 0, 200)


@pytest.mark.parametrize(
    ("reference", "candidate", "kinds", "new"),
    [
        ([square(0, 0, 1000)], [square(100, 0, 1000)], ["matched"], 0),
        ([square(0, 0, 1000)], [shapely.box(0, 0, 400, 1000), shapely.box(400, 0, 1000, 1000)], ["split"], 0),
        ([shapely.box(0, 0, 400, 1000), shapely.box(400, 0, 1000, 1000)], [square(0, 0, 1000)], ["merged"] * 2, 0),
        ([BIG, SMALL], [BIG | SMALL], ["merged"] * 2, 0),
        ([BIG, SMALL], [shapely.box(0, 0, 3010, 1000), square(3010, 0, 190)], ["matched"] * 2, 0),
        ([square(0, 0, 1000)], [square(990, 0, 1000)], ["matched"], 0),
        ([square(0, 0, 1000), square(1000, 0, 1000)], [shapely.box(0, 0, 1001, 1000)], ["matched", "missed"], 0),
        ([square(0, 0, 1000)], [square(0, 0, 300), square(500, 500, 300), square(5000, 0, 300)], ["split"], 1),
        ([square(0, 0, 1000)], [square(1000, 0, 1000)], ["missed"], 1),
    ],
)
def test_classes(reference, candidate, kinds, new):
    links = find_links(layer(*candidate), layer(*reference), 200.0)
    assert list(links.kinds()) == kinds and len(links.new()) == new


def test_a_link_knows_its_overlap_and_shares():
    links = find_links(layer(shapely.box(900, 0, 3000, 1000)), layer(square(0, 0, 1000)), 200.0)
    assert links.overlap_m2 == pytest.approx([1e5])
    assert links.of_reference == pytest.approx([0.1]) and links.of_candidate == pytest.approx([1e5 / 2.1e6])


def test_links_go_by_falling_overlap_and_clusters_join_what_is_linked():
    reference = layer(square(0, 0, 1000), square(1000, 0, 1000), square(9000, 0, 1000))
    candidate = layer(shapely.box(0, 0, 300, 1000), shapely.box(300, 0, 1100, 1000), square(9000, 0, 1000))
    links = find_links(candidate, reference, 200.0)
    assert list(zip(links.reference, links.candidate)) == [(0, 1), (0, 0), (1, 1), (2, 2)]
    cluster = links.reference_cluster
    assert cluster[0] == cluster[1] == links.candidate_cluster[0] != cluster[2] == links.candidate_cluster[2]


def test_the_order_of_layers_does_not_matter():
    reference, candidate = layer(BIG, SMALL), layer(shapely.box(0, 0, 3010, 1000), square(3010, 0, 190))
    there, back = find_links(candidate, reference, 200.0), find_links(reference, candidate, 200.0)
    assert sorted(zip(there.reference, there.candidate)) == sorted(zip(back.candidate, back.reference))
    assert there.overlap_m2.sum() == pytest.approx(back.overlap_m2.sum())


def test_a_shared_outline_is_cut_by_the_owners_and_keeps_its_area():
    owners = np.array([square(0, 0, 1000), square(1000, 0, 1000), square(4000, 0, 1000)])
    ice = shapely.box(-200, -100, 5100, 1100)
    parts = allotted(ice, owners, 20.0)
    assert shapely.area(parts).sum() == pytest.approx(shapely.area(ice), rel=1e-6)
    for part, owner in zip(parts, owners):
        assert shapely.area(owner - part) == pytest.approx(0, abs=1e-3)
    # The gap of 2 km between the second and the third is shared in its middle.
    assert parts[2].bounds[0] == pytest.approx(3000, abs=1) and parts[1].bounds[2] == pytest.approx(3000, abs=1)


def test_counterparts_of_split_and_missed():
    reference = layer(square(0, 0, 1000), square(5000, 0, 1000))
    candidate = layer(shapely.box(0, 0, 400, 1000), shapely.box(400, 0, 900, 1000))
    links = find_links(candidate, reference, 200.0)
    found = counterparts(candidate, reference, links, 20.0)
    assert shapely.area(found) == pytest.approx([9e5, 0])


def test_sets_of_ice():
    first = dissolved(np.array([square(0, 0, 100), square(100, 0, 100), square(50, 50, 100), square(500, 0, 100)]))
    assert len(first.geometry) == 2 and list(first.piece[:3]) == [first.piece[0]] * 3
    assert shapely.area(first.geometry).sum() == pytest.approx(2 * 1e4 + 5000 + 1e4)
    assert sorted(first.alone) == [-1, 3]
    second = dissolved(np.array([shapely.box(0, 0, 600, 50)]))
    shared = shared_ice(first, second)
    assert shapely.area(shared.geometry).sum() == pytest.approx(200 * 50 + 100 * 50)


@pytest.mark.parametrize(
    ("areas", "iou", "precision", "recall", "deviation"),
    [
        ((50.0, 100.0, 80.0), 50 / 130, 0.5, 0.625, 25.0),
        ((0.0, 0.0, 80.0), 0.0, np.nan, 0.0, -100.0),
        ((0.0, 10.0, 0.0), 0.0, 0.0, np.nan, np.nan),
        ((80 + 1e-12, 80.0, 80.0), 1.0, 1.0, 1.0, 0.0),
    ],
)
def test_ratios(areas, iou, precision, recall, deviation):
    found = ratios(*areas)
    values = [found[name][0] for name in ("iou", "precision", "recall", "area_deviation_percent")]
    assert values == pytest.approx([iou, precision, recall, deviation], nan_ok=True)


def test_allotting_survives_a_diagram_that_fails(monkeypatch):
    def fail(*_, **__):
        raise shapely.errors.GEOSException("TopologyException")

    monkeypatch.setattr(shapely, "voronoi_polygons", fail)
    owners = np.array([square(0, 0, 1000), square(1000, 0, 1000)])
    parts = allotted(shapely.union_all([*owners, square(-100, 0, 100), square(2000, 0, 50)]), owners, 20.0)
    assert shapely.area(parts) == pytest.approx([1e6 + 1e4, 1e6 + 2500])


@pytest.mark.parametrize("gap", [0.0, 1e-7, 1e-3, 0.3])
def test_allotting_where_divides_nearly_coincide(gap):
    angle = np.radians(17)
    turn = np.array([[np.cos(angle), -np.sin(angle)], [np.sin(angle), np.cos(angle)]])
    owners = shapely.transform(np.array([square(0, 0, 1000), square(1000 + gap, 0, 1000)]), lambda xy: xy @ turn)
    ice = shapely.buffer(shapely.union_all(owners), 30)
    parts = allotted(ice, owners, 20.0)
    assert shapely.area(parts).sum() == pytest.approx(shapely.area(ice), rel=1e-6)
    assert shapely.area(parts) == pytest.approx(shapely.area(ice) / 2, rel=0.01)
