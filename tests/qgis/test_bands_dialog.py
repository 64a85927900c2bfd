import numpy as np
import pytest
from icemargin.tasks.value_ranges import BandRange, band_ranges
from icemargin.ui.band_guess import guess_optical, preset_bands
from icemargin.ui.bands_dialog import BandsDialog
from icemargin.ui.optical_bands import (
    OpticalBands,
    bands_from_dict,
    highest_reflectance,
    needs_units,
    units_text,
)
from qgis.core import QgsProject
from qgis_scene import BAND_NAMES, glacier_scene

S2 = "Sentinel-2 L1C before baseline 04.00"


@pytest.fixture
def scene_id(add_layer, scene_path) -> str:
    return add_layer(scene_path, "scene")


def test_dialog_gives_back_what_it_was_given(scene_id):
    bands = OpticalBands({"blue": (scene_id, 1), "swir1": (scene_id, 5)}, 1e-4, -0.1, "Sentinel-2")
    assert BandsDialog(bands, {}).bands() == bands


def test_corrected_band_and_scale_are_given_back(scene_id):
    dialog = BandsDialog(OpticalBands({"blue": (scene_id, 1)}, sure=False), {})
    green = next(row for row in dialog._rows if row.name == "green")
    green.set_place(QgsProject.instance().mapLayer(scene_id), 2)
    dialog.scaleEdit.setText("0.001")
    dialog._scale_typed()
    bands = dialog.bands()
    assert bands.places == {"blue": (scene_id, 1), "green": (scene_id, 2)}
    assert (bands.scale, bands.offset, bands.sure) == (0.001, None, True)
    assert dialog.unitsCombo.currentData() == "own"


def test_units_fill_scale_and_offset_and_the_brightest_value_is_told(scene_id):
    ranges = {(scene_id, 1): BandRange(484, 8488, 1.0, 0.0)}
    dialog = BandsDialog(OpticalBands({"blue": (scene_id, 1)}), ranges)
    assert "say what the values are" in dialog.valuesLabel.text()
    dialog.unitsCombo.setCurrentIndex(dialog.unitsCombo.findData(S2))
    assert (dialog.bands().scale, dialog.bands().offset) == (1e-4, 0.0)
    assert dialog.valuesLabel.text() == "The brightest value becomes 0.849."
    assert dialog._rows[0].range.text() == "484 - 8,488"


def test_emptied_layer_takes_the_band_away(scene_id):
    dialog = BandsDialog(OpticalBands({"blue": (scene_id, 1), "red": (scene_id, 3)}), {})
    dialog._rows[0].set_place(None, 0)
    assert dialog.bands().places == {"red": (scene_id, 3)}


@pytest.mark.parametrize(
    ("sensor", "count", "expected"),
    [
        ("Sentinel-2", 5, {"blue": 1, "green": 2, "red": 3, "nir": 4, "swir1": 5}),
        ("Sentinel-2", 13, {"blue": 2, "green": 3, "red": 4, "nir": 8, "swir1": 12, "swir2": 13}),
        ("Landsat 8/9", 11, {"blue": 2, "green": 3, "red": 4, "nir": 5, "swir1": 6, "swir2": 7}),
        ("Landsat 4-7", 8, {"blue": 1, "green": 2, "red": 3, "nir": 4, "swir1": 5, "swir2": 7}),
    ],
)
def test_presets_know_the_order_of_the_product(sensor, count, expected):
    assert {name: number for name, (_, number) in preset_bands(sensor, "id", count).items()} == expected


def test_guess_reads_the_descriptions(scene_id):
    layer = QgsProject.instance().mapLayer(scene_id)
    guess = guess_optical(layer, [])
    assert guess.places == {name: (scene_id, number) for number, name in enumerate(BAND_NAMES, start=1)}


def test_bands_survive_the_project_file():
    bands = OpticalBands({"blue": ("id", 3)}, 1e-4, None, "Sentinel-2")
    assert bands_from_dict(bands.to_dict()) == bands


@pytest.mark.parametrize("broken", [{}, {"places": 3, "scale": None, "offset": None, "preset": ""}])
def test_broken_project_entries_are_refused(broken):
    with pytest.raises((KeyError, TypeError, ValueError)):
        bands_from_dict(broken)


def test_own_scale_of_the_file_counts_until_another_is_given():
    ranges = {("id", 1): BandRange(0, 8000, 1e-4, 0.0)}
    bands = OpticalBands({"blue": ("id", 1)})
    assert highest_reflectance(bands, ranges) == pytest.approx(0.8) and not needs_units(bands, ranges)
    given = OpticalBands({"blue": ("id", 1)}, scale=1.0)
    assert highest_reflectance(given, ranges) == 8000 and needs_units(given, ranges)


@pytest.mark.parametrize(
    ("scale", "offset", "text"),
    [(None, None, ""), (1e-4, 0.0, "\u00d7\u00a00.0001"), (2.75e-5, -0.2, "\u00d7\u00a02.75e-05\u00a0\u2212\u00a00.2")],
)
def test_units_in_short(scale, offset, text):
    assert units_text(OpticalBands(scale=scale, offset=offset)) == text


def test_ranges_leave_nan_out_and_files_that_cannot_be_read(make_raster, tmp_path):
    bands = glacier_scene()[:1]
    bands[0, :10] = np.nan
    path = make_raster("holes", bands)
    found = band_ranges(path)[(path, 1)]
    assert np.nanmin(bands) - 0.01 < found.low < found.high < np.nanmax(bands) + 0.01
    (tmp_path / "text.tif").write_text("no raster")
    assert band_ranges(str(tmp_path / "text.tif")) == {}
