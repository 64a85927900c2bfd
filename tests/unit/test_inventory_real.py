"""Switzerland's inventory of 2010 against copies of itself whose deviations are known."""

from dataclasses import asdict
from pathlib import Path

import numpy as np
import pytest
import shapely
from icemargin.inference.vector_reading import read_vectors
from icemargin.inventory.outlines import Outlines, outlines_from_wkb
from icemargin.inventory.overlap import dissolved
from outline_builders import quick

SGI = Path(__file__).parents[3] / "shared" / "data" / "rgi" / "switzerland_sgi2010.gpkg"
RGI = SGI.with_name("oetztal_rgi50.gpkg")
pytestmark = pytest.mark.skipif(not SGI.exists(), reason="real inventories are not in ../shared/data/rgi")
SOME = 150


@pytest.fixture(scope="module")
def swiss():
    layer = read_vectors(str(SGI))
    whole = outlines_from_wkb(layer.wkb, layer.texts("inventory_"), layer.crs)
    return Outlines(whole.geometry[:SOME], whole.ids[:SOME], whole.crs)


def changed(layer, geometry):
    return Outlines(geometry, layer.ids, layer.crs)


def test_moved_by_five_metres(swiss):
    candidate = changed(swiss, shapely.transform(swiss.geometry, lambda xy: xy + np.array([3.0, 4.0])))
    found = quick(candidate, swiss)
    assert found.classes["matched"] == SOME and not found.new
    assert found.total.area_deviation_percent == pytest.approx(0, abs=1e-6)
    assert found.total.hausdorff_m <= 5 + 1e-3 and 2 < found.total.polis_m < 5
    assert abs(found.total.distance_signed_median_m) < 0.5
    # Dissolved as one geometry each, by shapely alone.
    ours, theirs = (shapely.union_all(layer.geometry) for layer in (candidate, swiss))
    common = shapely.area(shapely.intersection(ours, theirs))
    assert found.total.iou == pytest.approx(common / shapely.area(shapely.union(ours, theirs)), rel=1e-9)
    bands = [shapely.difference(ice, shapely.buffer(ice, -20)) for ice in (ours, theirs)]
    iou = shapely.area(shapely.intersection(*bands)) / shapely.area(shapely.union(*bands))
    assert found.total.boundary_iou_2px == pytest.approx(iou, abs=1e-3)
    for glacier, one, other in list(zip(found.glaciers, candidate.geometry, swiss.geometry))[:40]:
        common = shapely.area(shapely.intersection(one, other))
        assert glacier.metrics.iou == pytest.approx(common / shapely.area(shapely.union(one, other)), rel=1e-9)


def test_simplified_by_fifteen_metres(swiss):
    """Douglas-Peucker keeps every vertex within 15 m of the new line; nothing else is promised."""
    candidate = changed(swiss, shapely.simplify(swiss.geometry, 15.0))
    found = quick(candidate, swiss)
    assert found.classes["missed"] == 0 and abs(found.total.area_deviation_percent) < 1
    assert 0.5 < found.total.polis_m < 7.5 and found.total.hd95_m < 15


def test_without_divides_only_the_divides_are_lost(swiss):
    ice = dissolved(swiss.geometry).geometry
    candidate = Outlines(ice, tuple(str(n) for n in range(len(ice))), swiss.crs)
    found = quick(candidate, swiss)
    assert found.classes["merged"] > 0 and found.classes["missed"] == 0
    # Where a divide ends between two vertices, the margin's last stretch is known to a pixel.
    assert found.total.iou == pytest.approx(1) and found.total.hausdorff_m < 10 and found.total.hd95_m == 0
    assert min(glacier.metrics.iou for glacier in found.glaciers) > 0.999


def test_areas_are_those_of_the_inventory():
    """The RGI's own areas, from the same polygons, rounded to 0.01 km2 and partly of another version."""
    layer = read_vectors(str(RGI))
    found = outlines_from_wkb(layer.wkb, layer.texts("RGIId"), layer.crs)
    told = np.array([float(row["Area"]) for row in layer.rows])
    assert found.area_km2 == pytest.approx(told, rel=0.01, abs=0.02)


@pytest.mark.slow
def test_the_whole_country_against_itself():
    layer = read_vectors(str(SGI))
    swiss = outlines_from_wkb(layer.wkb, layer.texts("inventory_"), layer.crs)
    found = quick(swiss, swiss)
    assert found.classes["matched"] == len(swiss) == 1420
    total = asdict(found.total)
    assert total["hausdorff_m"] == 0 and total["iou"] == pytest.approx(1)
    told = [float(row["area"]) for row in layer.rows]
    assert found.total.area_ref_km2 == pytest.approx(sum(told), rel=0.002)
