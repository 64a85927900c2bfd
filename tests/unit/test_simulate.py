"""The simulated scene: repeatable, plausible, and what a glaciologist would expect of it."""

from __future__ import annotations

import numpy as np
import pytest
from icemargin.training import terrain
from icemargin.training.simulate import GLACIER_CLASSES, Surface, simulate_scene, write_scene
from icemargin.training.spectra import read_spectra
from osgeo import gdal, ogr


@pytest.fixture(scope="module")
def scene():
    return simulate_scene(3, size=128, resolution=40)


def test_same_seed_same_bytes(scene, tmp_path):
    again = simulate_scene(3, size=128, resolution=40)
    first, second = write_scene(scene, tmp_path / "a"), write_scene(again, tmp_path / "b")
    assert set(first) == {"optical", "dem", "truth", "outlines"}
    for name, path in first.items():
        assert path.read_bytes() == second[name].read_bytes(), name


def test_another_seed_is_another_scene(scene):
    other = simulate_scene(4, size=128, resolution=40)
    assert np.mean(other.truth == scene.truth) < 0.95
    assert other.sun_azimuth != scene.sun_azimuth


def test_every_surface_is_there(scene):
    shares = {kind: np.mean(scene.truth == kind) for kind in Surface}
    assert all(share > 0 for share in shares.values()), shares
    assert 0.1 < scene.glacier.mean() < 0.6
    assert 0.01 < scene.shadow.mean() < 0.4
    np.testing.assert_array_equal(scene.glacier, np.isin(scene.truth, GLACIER_CLASSES))


def test_ice_lies_where_it_should(scene):
    def height(kind):
        return np.median(scene.elevation[scene.truth == kind])

    assert height(Surface.SNOW_ON_ICE) > height(Surface.CLEAN_ICE) > height(Surface.ROCK)
    assert height(Surface.CLEAN_ICE) > height(Surface.DEBRIS_COVERED_ICE)
    assert np.ptp(scene.elevation[scene.truth == Surface.LAKE]) == 0


def test_the_band_ratio_sees_clean_ice_and_misses_debris(scene):
    ratio = scene.optical[2] / np.maximum(scene.optical[4], 1e-3)
    lit = ~scene.shadow
    assert np.mean(ratio[(scene.truth == Surface.CLEAN_ICE) & lit] > 2) > 0.8
    assert np.mean(ratio[(scene.truth == Surface.DEBRIS_COVERED_ICE) & lit] > 2) < 0.2
    assert np.mean(ratio[(scene.truth == Surface.ROCK) & lit] > 2) < 0.05


def test_reflectance_keeps_the_statistics(scene):
    spectra = read_spectra()
    flat = (scene.truth == Surface.ROCK) & ~scene.shadow
    mean = scene.optical[:, flat].mean(axis=1)
    np.testing.assert_allclose(mean, spectra["rock"].mean, rtol=0.35)
    assert scene.optical.min() > -0.05
    assert scene.optical.max() < 1.8


def test_shadow_darkens(scene):
    rock = scene.truth == Surface.ROCK
    assert scene.optical[3][rock & scene.shadow].mean() < 0.6 * scene.optical[3][rock & ~scene.shadow].mean()


def test_snow_in_shadow_is_as_dark_as_it_was_seen_to_be(scene):
    seen = read_spectra()["shadowed_snow"]
    shaded = np.isin(scene.truth, (Surface.SNOW, Surface.SNOW_ON_ICE)) & scene.shadow
    mean = scene.optical[:4, shaded].mean(axis=1)
    deviation = np.sqrt((seen.factor**2).sum(axis=1))[:4]
    assert (np.abs(mean - seen.mean[:4]) < 1.2 * deviation).all(), (mean, seen.mean)


def test_written_files_read_back(scene, tmp_path):
    paths = write_scene(scene, tmp_path)
    optical = gdal.Open(str(paths["optical"]))
    names = [optical.GetRasterBand(i).GetDescription() for i in range(1, 7)]
    assert names == ["blue", "green", "red", "nir", "swir1", "swir2"]
    band = optical.GetRasterBand(3)
    read = band.ReadAsArray() * band.GetScale() + band.GetOffset()
    np.testing.assert_allclose(read, scene.optical[2], atol=6e-5)
    assert optical.GetSpatialRef().GetAuthorityCode(None) == "32632"
    outlines = ogr.Open(str(paths["outlines"]))
    area = sum(feature.GetGeometryRef().GetArea() for feature in outlines.GetLayer(0))
    assert area == pytest.approx(scene.glacier.sum() * 40**2)


@pytest.mark.parametrize("azimuth", [0, 30, 90, 135, 180, 247.5, 270])
def test_a_wall_casts_a_shadow_of_the_right_length(azimuth):
    elevation = np.zeros((61, 61))
    elevation[30, 30] = 100
    shadow = terrain.cast_shadow(elevation, 10, 45, azimuth)
    rows, columns = np.nonzero(shadow)
    away = np.radians(azimuth + 180)
    along = (columns - 30) * np.sin(away) - (rows - 30) * np.cos(away)
    across = (columns - 30) * np.cos(away) + (rows - 30) * np.sin(away)
    assert not shadow[30, 30]
    assert 7.5 <= along.max() <= 10.01
    assert np.abs(across).max() <= 1.5


def test_basins_are_filled_and_all_water_leaves():
    bumpy = 10 * np.random.default_rng(0).random((20, 24))
    filled = terrain.fill_basins(bumpy)
    assert (filled >= bumpy).all()
    drained = terrain.accumulate(filled, np.ones_like(filled))
    assert drained[[0, -1]].sum() == pytest.approx(bumpy.size)


def test_aspect_and_light():
    south_facing = np.repeat(np.arange(20.0)[::-1, None] * 10, 20, axis=1)  # rows run south: it falls to the south
    slope, aspect = terrain.slope_and_aspect(south_facing, 10)
    np.testing.assert_allclose(np.degrees(slope), 45)
    np.testing.assert_allclose(np.degrees(aspect), 180)
    np.testing.assert_allclose(terrain.illumination(south_facing, 10, 45, 180), 1)
