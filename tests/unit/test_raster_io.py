"""Reading: any grid, type and nodata comes out as NaN-masked physical values; broken files are named."""

import numpy as np
import pytest
from builders import SIX, UTM43, cone, snow_scene, write_raster
from icemargin.inference.errors import BandError, CrsError, SourceError
from icemargin.inference.grid import Grid, snapped_grid, spatial_reference, transform_box
from icemargin.inference.raster_io import SceneReader, SourceReader, horn_slope, raster_facts
from icemargin.inference.request import Source
from osgeo import gdal

WKT = spatial_reference(UTM43, "x").ExportToWkt()
GRID = Grid(WKT, 10.0, 60000, -380000, 40, 30)
RED = {"red": 1}


def red_of(path, grid=GRID, **source):
    return SourceReader(Source((path,), RED, **source), ["red"], grid).read(grid)["red"]


def test_pixels_on_the_grid_come_as_they_are(tmp_path):
    values = np.random.default_rng(0).random((30, 40)).astype(np.float32)
    np.testing.assert_array_equal(red_of(write_raster(tmp_path / "a.tif", values)), values)


@pytest.mark.parametrize("nodata", [-9999.0, -3.4e38, 1e38, np.nan, -32768.0])
@pytest.mark.parametrize("declared", [True, False])
def test_nodata_declared_or_not_is_nan_and_does_not_bleed(tmp_path, nodata, declared):
    values = np.full((30, 40), 0.5, np.float32)
    values[10:14, 20:24] = nodata
    path = write_raster(tmp_path / "a.tif", values, nodata=nodata if declared else None, left=600003.0)
    found = red_of(path)  # shifted by 3 m: bilinear
    inside = np.isfinite(found[:, :39])
    assert not inside[11:13, 20:23].any()
    np.testing.assert_allclose(found[:, :39][inside], 0.5, rtol=1e-6)


def test_zero_in_all_bands_of_integers_is_no_data_but_zero_in_one_is_a_value(tmp_path):
    dn = np.full((2, 30, 40), 5000)
    dn[:, :5] = 0
    dn[0, 20, 20] = 0
    path = write_raster(tmp_path / "a.tif", dn, kind=gdal.GDT_UInt16)
    bands = SourceReader(Source((path,), {"red": 1, "blue": 2}, scale=1e-4), ["red", "blue"], GRID).read(GRID)
    assert np.isnan(bands["red"][:5]).all() and np.isfinite(bands["red"][5:]).all()
    assert bands["red"][20, 20] == 0 and bands["blue"][20, 20] == pytest.approx(0.5)


@pytest.mark.parametrize(
    ("own", "given", "expected"),
    [
        ({}, {}, 3000.0),
        ({"scale": 1e-4, "offset": -0.1}, {}, 0.2),
        ({"scale": 1e-4, "offset": -0.1}, {"scale": 2e-4}, 0.6),
        ({"scale": 1e-4}, {"offset": -0.2}, 0.1),
    ],
)
def test_scale_and_offset_are_the_files_unless_given(tmp_path, own, given, expected):
    path = write_raster(tmp_path / "a.tif", np.full((30, 40), 3000), kind=gdal.GDT_UInt16, **own)
    np.testing.assert_allclose(red_of(path, **given), expected, rtol=1e-5)


def test_alpha_band_masks(tmp_path):
    stack = np.full((2, 30, 40), 200)
    stack[1, :, :10] = 0
    path = write_raster(tmp_path / "a.tif", stack, kind=gdal.GDT_Byte)
    dataset = gdal.Open(path, gdal.GA_Update)
    dataset.GetRasterBand(2).SetColorInterpretation(gdal.GCI_AlphaBand)
    del dataset
    found = red_of(path)
    assert np.isnan(found[:, :10]).all() and np.isfinite(found[:, 10:]).all()


def test_window_beyond_the_raster_is_nan(tmp_path):
    path = write_raster(tmp_path / "a.tif", np.ones((30, 40), np.float32))
    around = GRID.part(GRID.col - 10, GRID.row - 10, 60, 50)
    found = SourceReader(Source((path,), RED), ["red"], around).read(around)["red"]
    assert np.isfinite(found).sum() == 30 * 40 and np.isfinite(found[10:40, 10:50]).all()


def test_mosaic_of_tiles_in_two_crs(tmp_path):
    west = write_raster(tmp_path / "w.tif", np.full((30, 20), 0.25, np.float32))
    gdal.Warp(str(tmp_path / "e.tif"), write_raster(tmp_path / "e0.tif", np.full((34, 24), 0.75, np.float32),
              left=600190.0, top=3800020.0), dstSRS="EPSG:4326", dstNodata=-1)  # fmt: skip
    found = SourceReader(Source((west, str(tmp_path / "e.tif")), RED), ["red"], GRID).read(GRID)["red"]
    np.testing.assert_allclose(found[:, :18], 0.25)
    np.testing.assert_allclose(found[:, 22:], 0.75)


@pytest.mark.parametrize("crs", ["EPSG:4326", "EPSG:3857", "EPSG:32644"])
def test_values_do_not_depend_on_the_window_or_extent(tmp_path, crs):
    utm, other = spatial_reference(UTM43, "x"), spatial_reference(crs, "x")
    x0, _, x1, y1 = transform_box((600000, 3797000, 603000, 3800000), utm, other)
    values = np.random.default_rng(2).random((300, 300)).astype(np.float32)
    path = write_raster(tmp_path / "a.tif", values, crs=crs, left=x0, top=y1, pixel=(x1 - x0) / 300)
    large = snapped_grid(WKT, 10.0, (600400, 3797500, 602500, 3799500))
    small = large.part(large.col + 37, large.row + 61, 51, 43)
    source = Source((path,), RED)
    whole = SourceReader(source, ["red"], large).read(large)["red"]
    alone = SourceReader(source, ["red"], small).read(small)["red"]
    np.testing.assert_array_equal(whole[61:104, 37:88], alone)


def test_downsampling_does_not_depend_on_the_window(tmp_path):
    values = np.random.default_rng(3).random((900, 900)).astype(np.float32)
    path = write_raster(tmp_path / "a.tif", values, pixel=3.3, left=600001.0)
    large = GRID.part(GRID.col + 5, GRID.row + 5, 200, 200)
    small = large.part(large.col + 90, large.row + 77, 40, 30)
    source = Source((path,), RED)
    whole = SourceReader(source, ["red"], large).read(large)["red"]
    np.testing.assert_array_equal(
        whole[77:107, 90:130], SourceReader(source, ["red"], small).read(small)["red"]
    )
    assert whole.std() < values.std() * 0.6  # averaged, not picked


def test_slope_is_derived_with_real_neighbours(tmp_path):
    optical = write_raster(tmp_path / "o.tif", snow_scene((120, 120)))
    dem = write_raster(tmp_path / "d.tif", cone((120, 120)))
    sources = (Source((optical,), SIX), Source((dem,), {"elevation": 1}))
    grid = GRID.part(GRID.col, GRID.row, 120, 120)
    whole = SceneReader(sources, ["red", "elevation", "slope"], grid).read(grid)["slope"]
    part = grid.part(grid.col + 20, grid.row + 30, 25, 25)
    alone = SceneReader(sources, ["red", "elevation", "slope"], part).read(part)["slope"]
    np.testing.assert_array_equal(alone, whole[30:55, 20:45])
    assert np.nanmedian(whole) == pytest.approx(45, abs=0.1)


def test_a_void_in_the_dem_does_not_poison_the_window(tmp_path):
    elevation = cone((60, 60))
    elevation[30, 30] = -9999
    optical = write_raster(tmp_path / "o.tif", snow_scene((60, 60)))
    sources = (Source((optical,), SIX), Source((write_raster(tmp_path / "d.tif", elevation),), {"elevation": 1}))
    grid = GRID.part(GRID.col, GRID.row, 60, 60)
    bands = SceneReader(sources, ["elevation", "slope"], grid).read(grid)
    assert np.isnan(bands["elevation"]).sum() == 1 and np.isnan(bands["slope"][1:-1, 1:-1]).sum() == 9


def test_horn_slope_of_a_plane():
    rows, columns = np.indices((5, 6))
    plane = (3.0 * rows + 4.0 * columns).astype(np.float32)
    np.testing.assert_allclose(horn_slope(plane, 10.0), np.degrees(np.arctan(0.5)), rtol=1e-6)


def test_truncated_file_is_named(tmp_path):
    path = write_raster(tmp_path / "a.tif", np.random.default_rng(0).random((600, 600)).astype(np.float32))
    data = (tmp_path / "a.tif").read_bytes()
    (tmp_path / "a.tif").write_bytes(data[: len(data) // 2])
    with pytest.raises(SourceError, match="complete"):
        red_of(path)


@pytest.mark.parametrize("content", [b"", b"not a raster"])
def test_what_is_no_raster_is_named(tmp_path, content):
    (tmp_path / "a.tif").write_bytes(content)
    with pytest.raises(SourceError, match=r"Cannot open .*a\.tif"):
        red_of(str(tmp_path / "a.tif"))


def test_a_crs_that_is_given_counts(tmp_path):
    values = np.random.default_rng(0).random((30, 40)).astype(np.float32)
    path = write_raster(tmp_path / "a.tif", values, crs="EPSG:32644")
    np.testing.assert_array_equal(red_of(path, crs=UTM43), gdal.Open(path).ReadAsArray())
    with pytest.raises(CrsError):
        red_of(path, crs="nonsense")


def test_missing_file_crs_or_band_is_named(tmp_path):
    with pytest.raises(SourceError, match="nothing"):
        raster_facts(str(tmp_path / "nothing.tif"))
    with pytest.raises(CrsError, match="no coordinate reference"):
        raster_facts(write_raster(tmp_path / "a.tif", np.ones((3, 3)), crs=None))
    path = write_raster(tmp_path / "b.tif", np.ones((3, 3)))
    with pytest.raises(BandError, match="has 1 bands"):
        SourceReader(Source((path,), {"red": 2}), ["red"], GRID)
    with pytest.raises(BandError, match="swir1"):
        SceneReader((Source((path,), RED),), ["red", "swir1"], GRID)


@pytest.mark.parametrize("exceptions", [True, False])
def test_failures_are_named_whatever_the_state_of_gdals_exceptions(tmp_path, exceptions):
    before = gdal.GetUseExceptions()
    (gdal.UseExceptions if exceptions else gdal.DontUseExceptions)()
    try:
        with pytest.raises(SourceError):
            raster_facts(str(tmp_path / "nothing.tif"))
        assert gdal.GetUseExceptions() == exceptions
    finally:
        (gdal.UseExceptions if before else gdal.DontUseExceptions)()
