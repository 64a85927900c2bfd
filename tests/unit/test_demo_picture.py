"""The demo: what it takes from a folder, what it says, and the picture it draws."""

from __future__ import annotations

import sys
from pathlib import Path

import numpy as np
import pytest
from icemargin.inference.errors import InputError, SourceError
from icemargin.training.simulate import simulate_scene, write_scene
from osgeo import gdal, ogr, osr

sys.path.insert(0, str(Path(__file__).parents[2] / "scripts"))

import demo as demo_script
import demo_inputs
import picture

BANDS = ("blue", "green", "red", "nir", "swir1", "swir2")


def make_raster(path, values, names=(), kind=gdal.GDT_Float32, nodata=None, scale=None):
    values = np.atleast_3d(values.T).T
    raster = gdal.GetDriverByName("GTiff").Create(str(path), *values.shape[:0:-1], len(values), kind)
    raster.SetGeoTransform((500_000, 10, 0, 5_000_000, 0, -10))
    crs = osr.SpatialReference()
    crs.ImportFromEPSG(32632)
    raster.SetProjection(crs.ExportToWkt())
    for index in range(len(values)):
        band = raster.GetRasterBand(index + 1)
        if names:
            band.SetDescription(names[index])
        if nodata is not None:
            band.SetNoDataValue(nodata)
        if scale is not None:
            band.SetScale(scale)
    raster.WriteArray(values)
    return path


def make_outlines(path, epsg=32632):
    """One square, from 50 to 150 m east and south of the raster's corner."""
    wanted, utm = osr.SpatialReference(), osr.SpatialReference()
    for crs, number in ((wanted, epsg), (utm, 32632)):
        crs.ImportFromEPSG(number)
        crs.SetAxisMappingStrategy(osr.OAMS_TRADITIONAL_GIS_ORDER)
    corners = [(500_050 + 100 * x, 4_999_950 - 100 * y) for x, y in ((0, 0), (1, 0), (1, 1), (0, 1), (0, 0))]
    square = ogr.CreateGeometryFromWkt("POLYGON((" + ",".join(f"{x} {y}" for x, y in corners) + "))")
    square.Transform(osr.CoordinateTransformation(utm, wanted))
    source = ogr.GetDriverByName("GPKG").CreateDataSource(str(path))
    layer = source.CreateLayer("outlines", wanted, ogr.wkbPolygon)
    feature = ogr.Feature(layer.GetLayerDefn())
    feature.SetGeometry(square)
    layer.CreateFeature(feature)
    return path


@pytest.fixture
def result(tmp_path):
    """A result of 20 x 40 pixels whose west is glacier, and the imagery it came from."""
    probability = np.repeat(np.linspace(1, 0, 40)[None], 20, axis=0)
    probability[:, -1] = np.nan
    optical = np.random.default_rng(0).random((6, 20, 40))
    return {
        "optical": make_raster(tmp_path / "optical.tif", optical, BANDS),
        "probability": make_raster(tmp_path / "probability.tif", probability, nodata=float("nan")),
        "confidence": make_raster(tmp_path / "confidence.tif", np.maximum(probability, 1 - probability)),
        "outlines_gpkg": make_outlines(tmp_path / "outlines.gpkg"),
    }


def panels_of(path):
    pixels = gdal.Open(str(path)).ReadAsArray().transpose(1, 2, 0)
    height, width = (pixels.shape[0] - 3 * picture.GAP) // 2, (pixels.shape[1] - 3 * picture.GAP) // 2
    starts = picture.GAP, 2 * picture.GAP
    tops, lefts = (starts[0], starts[1] + height), (starts[0], starts[1] + width)
    return [pixels[top : top + height, left : left + width] for top in tops for left in lefts]


def is_colour(panel, colour):
    return (panel == np.array(colour)).all(axis=-1)


@pytest.mark.parametrize("epsg", [32632, 4326])
def test_outlines_are_drawn_where_they_lie(result, tmp_path, epsg):
    optical = {"blue": (result.pop("optical"), 1)}
    reference = make_outlines(tmp_path / "reference.gpkg", epsg)
    result["outlines_gpkg"] = make_outlines(tmp_path / "again.gpkg", epsg)
    picture.draw_picture(optical, out_png=tmp_path / "p.png", reference=reference, **result)
    _, infrared, _, _ = panels_of(tmp_path / "p.png")
    rows, columns = np.nonzero(is_colour(infrared, picture.YELLOW))
    # 40 pixels of 10 m are 720 pixels wide: the square goes from 90 to 270
    for places in (rows, columns):
        assert places.min() == pytest.approx(90, abs=2)
        assert places.max() == pytest.approx(270, abs=2)


def test_the_reference_is_magenta_and_low_confidence_dark_red(result, tmp_path):
    optical = {name: (result["optical"], number) for number, name in enumerate(BANDS, 1)}
    empty = tmp_path / "none.gpkg"
    ogr.GetDriverByName("GPKG").CreateDataSource(str(empty)).CreateLayer("outlines", None, ogr.wkbPolygon)
    reference, result["outlines_gpkg"] = result["outlines_gpkg"], empty
    result.pop("optical")
    picture.draw_picture(optical, out_png=tmp_path / "p.png", reference=reference, **result)
    _, infrared, chance, trust = panels_of(tmp_path / "p.png")
    assert is_colour(infrared, picture.MAGENTA).any()
    assert not is_colour(infrared, picture.YELLOW).any()
    middle, west = trust[:, 360].astype(int), trust[:, 5].astype(int)  # probability a half, and 1
    assert (middle[:, 0] < 120).all()
    assert (middle[:, 1] < 30).all()
    assert (west.min(axis=1) > 180).all()
    assert is_colour(chance, picture.NO_DATA)[:, -9:].all()


def test_scaled_rasters_are_read_in_their_units(tmp_path):
    path = make_raster(tmp_path / "p.tif", np.full((4, 4), 9000), kind=gdal.GDT_UInt16, nodata=65535, scale=1e-4)
    np.testing.assert_allclose(picture.read_band(path, 1, picture.frame_of(path)), 0.9, atol=1e-6)


def test_a_missing_file_is_named(tmp_path):
    with pytest.raises(SourceError, match=r"none\.tif"):
        picture.frame_of(tmp_path / "none.tif")


def test_stack_of_numbers_with_dem(tmp_path):
    make_raster(tmp_path / "scene.tif", np.full((6, 5, 5), 3000), ("B02", "B03", "B04", "B08", "B11", "B12"),
                gdal.GDT_UInt16)  # fmt: skip
    make_raster(tmp_path / "elevation.tif", np.full((5, 5), 3000.0))
    make_raster(tmp_path / "other.tif", np.full((5, 5), 1.0))
    found = demo_inputs.found_in(tmp_path)
    assert [path.name for path in found.optical] == ["scene.tif"]
    assert found.dem == tmp_path / "elevation.tif"
    assert found.scale == (1e-4, -0.1)
    said = " ".join(found.notes)
    assert "Not used: other.tif" in said
    assert "APPLIES THIS GUESS" in said
    assert "--offset=-0.1" in found.arguments()


def test_single_band_files_are_taken_by_their_names(tmp_path):
    for name in ("B4", "B2", "B6", "B10"):
        make_raster(tmp_path / f"LC08_L1TP_195028_20200507_02_T1_{name}.TIF", np.full((5, 5), 0.3))
    found = demo_inputs.found_in(tmp_path)
    assert {name: path.name[-6:] for name, (path, _) in found.places().items()} == {
        "blue": "B2.TIF", "red": "B4.TIF", "swir1": "B6.TIF",
    }  # fmt: skip
    assert found.scale is None
    assert found.bands == {name: place for place, name in enumerate(found.bands, 1)}


def test_a_folder_without_imagery_says_so(tmp_path, capsys):
    with pytest.raises(SourceError, match="not a folder"):
        demo_inputs.found_in(tmp_path / "nowhere")
    with pytest.raises(InputError, match="no raster"):
        demo_inputs.found_in(tmp_path)
    assert demo_script.main(["--data", str(tmp_path), "--out", str(tmp_path)]) == 2
    assert "No imagery" in capsys.readouterr().err


def test_eight_bit_numbers_are_refused(tmp_path):
    make_raster(tmp_path / "LT05_stack.tif", np.full((6, 5, 5), 90), ("B1", "B2", "B3", "B4", "B5", "B7"))
    with pytest.raises(InputError, match="8-bit"):
        demo_inputs.found_in(tmp_path)


def test_agreement_counts():
    mapped, truth = np.array([1, 1, 0, 0], bool), np.array([1, 0, 1, 0], bool)
    assert demo_script.agreement(mapped, truth) == {
        "iou": pytest.approx(1 / 3), "recall": pytest.approx(0.5), "precision": pytest.approx(0.5),
    }  # fmt: skip
    assert np.isnan(demo_script.agreement(mapped, np.zeros(4, bool))["recall"])


def test_the_demo_maps_and_says_what_the_band_ratio_misses(tmp_path, capsys):
    paths = write_scene(simulate_scene(3, size=128, resolution=40), tmp_path / "scene")
    bands = {name: number for number, name in enumerate(BANDS, 1)}
    scene = demo_inputs.DemoInput((paths["optical"],), bands, paths["dem"], None, paths["truth"], paths["outlines"])
    demo_script.demo(scene, "classic", tmp_path / "out")
    said = capsys.readouterr().out
    assert "misses debris-covered ice" in said
    truth = gdal.Open(str(paths["truth"]))
    mapped = demo_script.mapped_glacier(tmp_path / "out" / "probability.tif", truth)
    surface = truth.GetRasterBand(1).ReadAsArray()
    assert mapped[surface == demo_script.Surface.CLEAN_ICE].mean() > 0.85
    assert mapped[surface == demo_script.Surface.DEBRIS_COVERED_ICE].mean() < 0.3
    assert "IoU" in demo_script.compare_with_outlines(tmp_path / "out" / "probability.tif", paths["outlines"])[0]
    drawn = gdal.Open(str(tmp_path / "out" / "picture.png"))
    assert (drawn.RasterXSize, drawn.RasterYSize) == (2 * picture.PANEL + 3 * picture.GAP,) * 2


def test_a_run_that_fails_hands_its_code_on(tmp_path):
    scene = demo_inputs.DemoInput((tmp_path / "none.tif",), {"red": 1, "swir1": 2})
    with pytest.raises(SystemExit) as stopped:
        demo_script.run_map(scene, "classic", tmp_path / "out")
    assert stopped.value.code == 2
