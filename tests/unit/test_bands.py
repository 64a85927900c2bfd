"""Bands guessed from labels, file names, wavelengths and position."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from icemargin.inference.request import OPTICAL_BANDS
from icemargin.scenes.bands import (
    BandLabel,
    guess_bands,
    guess_bands_of_files,
    guess_elevation_bands,
    sensor_of,
)
from icemargin.scenes.presets import ALL_NUMBERS, BAND_NUMBERS, LANDSAT47, LANDSAT89, SCALINGS, SENTINEL2, suggest_scale
from osgeo import gdal

SIX = {name: place for place, name in enumerate(OPTICAL_BANDS, 1)}
DATA = Path(__file__).parents[3] / "shared" / "data"


def labels(*texts):
    return [BandLabel(index, text) for index, text in enumerate(texts, 1)]


@pytest.mark.parametrize(
    ("texts", "file_name", "bands", "preset"),
    [
        (("B02", "B03", "B04", "B08", "B11", "B12"), "", SIX, SENTINEL2),
        (("B2", "B3", "B4", "B5", "B6", "B7"), "", SIX, LANDSAT89),
        (("B1", "B2", "B3", "B4", "B5", "B7"), "", SIX, LANDSAT47),
        (("SR_B2", "SR_B3", "SR_B4", "SR_B5", "SR_B6", "SR_B7"), "", SIX, LANDSAT89),
        (("SR_B1", "SR_B2", "SR_B3", "SR_B4", "SR_B5", "SR_B7", "ST_B6"), "", SIX, LANDSAT47),
        (("blue", "green", "Red", "NIR", "SWIR 1", "swir_2"), "", SIX, ""),
        (("blue", "green", "red", "nir08", "swir16", "swir22"), "", SIX, ""),
        (("B02", "B03", "B04", "B08", "B11"), "", {k: v for k, v in SIX.items() if k != "swir2"}, SENTINEL2),
        (("blue_B02", "green_B03", "red_B04", "nir_B08", "swir1_B11", "thermal_L8_dn", "slope_deg"), "",
         {k: v for k, v in SIX.items() if k != "swir2"}, SENTINEL2),
        (("B2_blue", "B3_green", "B4_red", "B6_swir1", "B10_thermal", "glacier_label"), "",
         {"blue": 1, "green": 2, "red": 3, "swir1": 4}, LANDSAT89),
        (("B4", "B11_swir1"), "", {"red": 1, "swir1": 2}, SENTINEL2),
        (("Coastal", "Blue", "Green", "Red", "Red edge 1", "NIR", "Cirrus", "SWIR1", "SWIR2"), "",
         {"blue": 2, "green": 3, "red": 4, "nir": 6, "swir1": 8, "swir2": 9}, ""),
        (ALL_NUMBERS[SENTINEL2] and tuple(f"B{n}" for n in ALL_NUMBERS[SENTINEL2]), "",
         {"blue": 2, "green": 3, "red": 4, "nir": 8, "swir1": 12, "swir2": 13}, SENTINEL2),
        (tuple(f"B{n}" for n in ALL_NUMBERS[LANDSAT89]), "",
         {"blue": 2, "green": 3, "red": 4, "nir": 5, "swir1": 6, "swir2": 7}, LANDSAT89),
        (tuple(f"B{n}" for n in range(1, 8)), "LT05_L1TP_147036_20100902_stack.tif",
         {"blue": 1, "green": 2, "red": 3, "nir": 4, "swir1": 5, "swir2": 7}, LANDSAT47),
        (("B4, central wavelength 665 nm", "B3, central wavelength 560 nm", "B2, central wavelength 490 nm",
          "B8, central wavelength 842 nm"), "", {"red": 1, "green": 2, "blue": 3, "nir": 4}, SENTINEL2),
        (("B8A", "B8"), "S2A_x.tif", {"nir": 2}, SENTINEL2),
        (("B4", "B8A"), "S2A_x.tif", {"red": 1, "nir": 2}, SENTINEL2),
        (("Band 1: B04", "Band 2: B11"), "", {"red": 1, "swir1": 2}, SENTINEL2),
    ],
)  # fmt: skip
def test_labels_that_tell(texts, file_name, bands, preset):
    guess = guess_bands(labels(*texts), file_name)
    assert guess.bands == bands
    assert guess.preset == preset
    assert guess.sure


@pytest.mark.parametrize(
    ("sensor", "number", "band"),
    [("S2A_MSIL1C_x", "B4", "red"), ("LC08_L1TP_x", "B4", "red"), ("LT05_L1TP_x", "B4", "nir"),
     ("LC09_L2SP_x", "B5", "nir"), ("LE07_L1TP_x", "B5", "swir1"), ("LC08_L1TP_x", "B6", "swir1"),
     ("LT04_L1TP_x", "B6", None), ("LC08_L1TP_x", "B10", None), ("LC08_L1TP_x", "B11", None),
     ("S2B_MSIL1C_x", "B10", None), ("S2B_MSIL1C_x", "B11", "swir1"), ("HLS.L30.T43", "B05", "nir"),
     ("HLS.S30.T43", "B05", None)],
)  # fmt: skip
def test_numbers_mean_what_the_sensor_means(sensor, number, band):
    assert guess_bands(labels(number), f"{sensor}.tif").bands == ({band: 1} if band else {})


def test_numbers_that_two_sensors_share_are_not_sure():
    guess = guess_bands(labels(*(f"B{n}" for n in range(1, 8))))
    assert not guess.sure
    assert LANDSAT89 in guess.text
    assert LANDSAT47 in guess.text
    lone = guess_bands(labels("B4"))
    assert not lone.sure
    assert lone.bands == {}


@pytest.mark.parametrize("factor", [1, 1000])
def test_wavelengths(factor):
    centres = (0.443, 0.4924, 0.5598, 0.6646, 0.7041, 0.7405, 0.7828, 0.8328, 0.8647, 1.3735, 1.6137, 2.2024)
    found = guess_bands([BandLabel(i, "", value * factor) for i, value in enumerate(centres, 1)])
    assert found.bands == {"blue": 2, "green": 3, "red": 4, "nir": 8, "swir1": 11, "swir2": 12}
    assert found.sure


@pytest.mark.parametrize("text", ["", "Band {}", "Band {} (Gray)"])
def test_six_unnamed_bands_go_by_position(text):
    guess = guess_bands([BandLabel(i, text.format(i)) for i in range(1, 7)])
    assert guess.bands == SIX
    assert not guess.sure
    assert "check" in guess.text


@pytest.mark.parametrize(
    ("count", "file_name", "bands"),
    [
        (13, "S2A_MSIL1C_x.tif", {"blue": 2, "green": 3, "red": 4, "nir": 8, "swir1": 12, "swir2": 13}),
        (12, "", {"blue": 2, "green": 3, "red": 4, "nir": 8, "swir1": 11, "swir2": 12}),
        (7, "sentinel2_cloud.tif", SIX),
        (7, "landsat5_cloud.tif", {k: v for k, v in SIX.items() if k != "swir2"}),  # is band 6 thermal or swir2?
        (7, "LC08_195028_20200507_clip.tif", {}),  # coastal first, or a mask last?
        (7, "", {}),
        (5, "", {}),
        (1, "", {}),
    ],
)
def test_unnamed_bands(count, file_name, bands):
    guess = guess_bands([BandLabel(i) for i in range(1, count + 1)], file_name)
    assert guess.bands == bands
    assert not guess.sure
    assert guess.text


@pytest.mark.parametrize(
    ("names", "bands"),
    [
        ([f"T32TPS_20200801T101559_B{n}_10m.jp2" for n in ("02", "03", "04", "08")],
         {"blue": 1, "green": 2, "red": 3, "nir": 4}),
        (["T32TPS_20200801T101559_B02_20m.jp2", "T32TPS_20200801T101559_B02_10m.jp2",
          "T32TPS_20200801T101559_B11_20m.jp2", "T32TPS_20200801T101559_B8A_20m.jp2"],
         {"blue": 2, "swir1": 3, "nir": 4}),
        ([f"LC08_L1TP_195028_20200507_20200820_02_T1_B{n}.TIF" for n in range(1, 12)],
         {"blue": 2, "green": 3, "red": 4, "nir": 5, "swir1": 6, "swir2": 7}),
        ([f"LT05_L1TP_147036_20100902_20200823_02_T1_B{n}.TIF" for n in range(1, 8)],
         {"blue": 1, "green": 2, "red": 3, "nir": 4, "swir1": 5, "swir2": 7}),
        ([f"folder/LE07_L2SP_147036_20000902_20200823_02_T1_SR_B{n}.TIF" for n in (7, 5, 4, 3, 2, 1)]
         + ["folder/LE07_L2SP_147036_20000902_20200823_02_T1_ST_B6.TIF"],
         {"blue": 6, "green": 5, "red": 4, "nir": 3, "swir1": 2, "swir2": 1}),
        (["HLS.L30.T43SET.2020200T052201.v2.0.B05.tif", "HLS.L30.T43SET.2020200T052201.v2.0.B06.tif"],
         {"nir": 1, "swir1": 2}),
        (["scene_red.tif", "scene_swir1.tif", "scene_dem.tif"], {"red": 1, "swir1": 2}),
        (["a.tif", "b.tif", "c.tif", "d.tif", "e.tif", "f.tif"], {}),
        ([], {}),
    ],
)  # fmt: skip
def test_single_band_files(names, bands):
    assert guess_bands_of_files(names) == bands


@given(st.permutations(list(BAND_NUMBERS[SENTINEL2])))
def test_the_order_of_named_bands_does_not_matter(order):
    guess = guess_bands(labels(*(f"B{int(n):02d}" for n in order)))
    assert guess.bands == {BAND_NUMBERS[SENTINEL2][n]: place for place, n in enumerate(order, 1)}


@given(st.lists(st.text(max_size=12), max_size=8), st.text(max_size=20))
def test_any_text_gives_a_guess_of_bands_that_exist(texts, file_name):
    guess = guess_bands(labels(*texts), file_name)
    assert set(guess.bands) <= set(OPTICAL_BANDS)
    assert len(set(guess.bands.values())) == len(guess.bands)
    assert all(1 <= number <= len(texts) for number in guess.bands.values())


def test_elevation_bands():
    assert guess_elevation_bands(labels("blue_B02", "slope_deg", "elevation_m")) == {"slope": 2, "elevation": 3}
    assert guess_elevation_bands(labels("")) == {"elevation": 1}
    assert guess_elevation_bands(labels("", "")) == {}


def test_sensor_names():
    assert sensor_of("sentinel-2 scene") == SENTINEL2
    assert sensor_of("LC81950282020128LGN00") == LANDSAT89
    assert sensor_of("my_scene") == ""


@pytest.mark.parametrize(
    ("minimum", "maximum", "preset", "product"),
    [
        (229, 8673, SENTINEL2, "Sentinel-2 L1C before baseline 04.00"),
        (1050, 14000, SENTINEL2, "Sentinel-2 L1C since baseline 04.00"),
        (7000, 65454, LANDSAT89, "Landsat Collection 2 level 2"),
        (5200, 40000, LANDSAT89, "Landsat Collection 2 level 1"),
        (7300, 60000, "", "Landsat Collection 2 level 2"),
        (300, 9000, "", "Sentinel-2 L1C before baseline 04.00"),
    ],
)
def test_numbers_get_a_suggestion(minimum, maximum, preset, product):
    suggestion = suggest_scale(minimum, maximum, preset)
    assert suggestion is not None
    assert suggestion.scaling in SCALINGS
    assert suggestion.scaling.product == product
    assert f"{suggestion.scaling.scale:g}" in suggestion.text


def test_no_suggestion_where_none_is_needed_or_possible():
    assert suggest_scale(-0.02, 1.3) is None
    raw = suggest_scale(12, 255, LANDSAT47)
    assert raw is not None
    assert raw.scaling is None
    assert "metadata" in raw.text


@pytest.mark.parametrize(
    ("name", "bands", "preset"),
    [
        ("zanskar/optical_toa_dn.tif", "blue=1 green=2 red=3 nir=4 swir1=5", SENTINEL2),
        ("sgd/sgd_100.tif", "blue=1 green=2 red=3 nir=4 swir1=5", SENTINEL2),
        ("landsat_hma/hma_02_07.tif", "blue=1 green=2 red=3 swir1=4", LANDSAT89),
    ],
)
def test_real_files(name, bands, preset):
    path = DATA / name
    if not path.exists():
        pytest.skip(f"{name} is not in ../shared/data")
    raster = gdal.Open(str(path))
    found = [BandLabel(i, raster.GetRasterBand(i).GetDescription()) for i in range(1, raster.RasterCount + 1)]
    guess = guess_bands(found, path.name)
    assert " ".join(f"{key}={value}" for key, value in guess.bands.items()) == bands
    assert (guess.preset, guess.sure) == (preset, True)
