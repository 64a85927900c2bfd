"""Classes of size and zones of ground."""

import numpy as np
import pytest
import shapely
from icemargin.inference.errors import OutlinesError
from icemargin.inventory.strata import Zones, size_classes
from outline_builders import layer, quick


@pytest.mark.parametrize(
    ("km2", "name"),
    [(0.05, "< 0.1"), (0.1, "0.1-1"), (0.999, "0.1-1"), (1.0, "1-5"), (5.0, "5-10"), (10.0, "> 10"), (551.9, "> 10")],
)
def test_size_classes(km2, name):
    assert size_classes(np.array([km2])) == (name,)


def test_zones_refuse_nonsense():
    ground = np.array([shapely.box(0, 0, 1, 1)])
    with pytest.raises(OutlinesError, match="give each one"):
        Zones("debris", ground, ("a", "b"))
    with pytest.raises(OutlinesError, match="both called"):
        Zones("debris", ground, ("clean",), "clean")


def test_zones_of_several_classes_without_elsewhere():
    """Terminus and flank each have their own distances; what is in neither does not count."""
    reference, candidate = layer(shapely.box(0, 0, 3000, 1000)), layer(shapely.box(-30, -10, 3000, 1010))
    boxes = (-100, 200, 200, 800), (500, -200, 1500, 300), (1500, -200, 2500, 300)
    ground = np.array([shapely.box(*box) for box in boxes])
    found = quick(candidate, reference, zones=[Zones("place", ground, ("terminus", "flank", "flank"))]).strata["place"]
    assert set(found) == {"terminus", "flank"}
    assert found["terminus"]["distance_signed_median_m"] == pytest.approx(30, abs=1e-3)
    assert found["flank"]["distance_median_m"] == pytest.approx(10, abs=1e-3)
    assert found["flank"]["area_ref_km2"] == pytest.approx(2000 * 300 / 1e6)
    assert found["flank"]["area_km2"] == pytest.approx(2000 * 310 / 1e6)


def test_zones_where_there_is_no_ice():
    ice = layer(shapely.box(0, 0, 1000, 1000))
    found = quick(ice, ice, zones=[Zones("debris", np.array([shapely.box(5000, 0, 5100, 100)]), ("debris",), "clean")])
    row = found.to_json()["strata"]["debris"]["debris"]
    assert row["area_km2"] == 0 and row["iou"] is None and row["polis_m"] is None
    assert found.strata["debris"]["clean"]["iou"] == pytest.approx(1)
