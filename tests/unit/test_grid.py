"""The lattice, the choice of a metric CRS, and extents that cannot be."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from icemargin.inference.errors import CrsError, ExtentError
from icemargin.inference.grid import (
    Grid,
    is_metric_at,
    local_metric_crs,
    snapped_grid,
    spatial_reference,
    target_crs,
    transform_box,
)

near = st.floats(-1e6, 1e6)
size = st.floats(0.5, 5e4)


@given(near, near, size, size, st.sampled_from([10.0, 30.0, 15.0]), st.floats(0, 9.9), st.floats(0, 9.9))
def test_snapped_grid_covers_the_box_and_lies_on_the_lattice(x, y, width, height, resolution, ax, ay):
    grid = snapped_grid("", resolution, (x, y, x + width, y + height), (ax, ay))
    xmin, ymin, xmax, ymax = grid.box
    slack = resolution * 2e-4
    assert xmin <= x + slack and ymin <= y + slack and xmax >= x + width - slack and ymax >= y + height - slack
    assert xmax - xmin < width + 2.001 * resolution
    assert (grid.left - ax) / resolution == pytest.approx(grid.col)


def test_a_box_on_pixel_edges_stays_as_it_is():
    assert snapped_grid("", 10.0, (100.0, 200.0, 300.0, 250.0)) == Grid("", 10.0, 10, -25, 20, 5)


def test_grid_without_area_is_refused():
    with pytest.raises(ExtentError, match="no area"):
        Grid("", 10.0, 0, 0, 0, 5)


@pytest.mark.parametrize(
    ("crs", "box", "metric"),
    [
        ("EPSG:32643", (600000, 3750000, 610000, 3760000), True),
        ("EPSG:4326", (76, 33, 77, 34), False),
        ("EPSG:3857", (8500000, 4000000, 8510000, 4010000), False),
        ("EPSG:2056", (2600000, 1100000, 2610000, 1110000), True),
        ("EPSG:2263", (900000, 100000, 910000, 110000), False),  # US survey feet
    ],
)
def test_metric_crs_is_recognised(crs, box, metric):
    assert is_metric_at(spatial_reference(crs, "x"), box) is metric


@pytest.mark.parametrize(
    ("lon", "lat", "code"),
    [(76.5, 33.9, "32643"), (-73.2, -46.6, "32718"), (20, 85, "3413"), (20, -85, "3031"), (180, 1, "32660")],
)
def test_local_crs(lon, lat, code):
    assert local_metric_crs(lon, lat).GetAuthorityCode(None) == code


def test_degrees_become_utm_and_a_wanted_crs_must_be_metric():
    wgs84 = spatial_reference("EPSG:4326", "x")
    assert target_crs(None, (76, 33, 77, 34), wgs84).GetAuthorityCode(None) == "32643"
    with pytest.raises(CrsError, match="not metric"):
        target_crs("EPSG:3857", (76, 33, 77, 34), wgs84)


@pytest.mark.parametrize(("text", "message"), [("", "no coordinate reference"), ("EPSG:no", "is not a coordinate")])
def test_bad_crs_is_named(text, message):
    with pytest.raises(CrsError, match=message):
        spatial_reference(text, "The raster")


def test_transform_box_bends_edges():
    utm, wgs84 = spatial_reference("EPSG:32643", "x"), spatial_reference("EPSG:4326", "x")
    box = (600000, 3750000, 700000, 3800000)
    lon0, lat0, lon1, lat1 = transform_box(box, utm, wgs84)
    assert 76 < lon0 < lon1 < 78 and 33.8 < lat0 < lat1 < 34.4
