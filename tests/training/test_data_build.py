"""From rasters and outlines to a data set: what is written is what mapping would feed to the network."""

from __future__ import annotations

import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import h5py
import numpy as np
import pytest
from builders import write_raster
from icemargin.inference.errors import BandError, Cancelled, DatasetError, OutputError, SettingsError, UnitError
from icemargin.inference.grid import spatial_reference
from icemargin.inference.preprocess import normalise
from icemargin.inference.progress import NoProgress
from icemargin.inference.raster_io import horn_slope
from icemargin.inference.request import OPTICAL_BANDS, Extent, Source
from icemargin.scenes.sources import elevation_source, optical_sources
from icemargin.tests.training.small_data import scene_of
from icemargin.tests.training.test_data_labels import write_polygons
from icemargin.training.data.build import BuildRequest, build_dataset
from icemargin.training.data.check import check_dataset
from icemargin.training.data.labels import LabelFiles
from icemargin.training.data.scene import SceneInput
from icemargin.training.data.tiles import DEBRIS, OUTLINES, find_tiles
from icemargin.training.simulate import write_scene
from icemargin.weights.features import FEATURES
from osgeo import gdal

SIZE = 160


@pytest.fixture(scope="module")
def files(tmp_path_factory):
    return write_scene(scene_of(1, SIZE), tmp_path_factory.mktemp("scene"))


@pytest.fixture
def request_(files, tmp_path) -> BuildRequest:
    """3 x 3 blocks, none a sliver; the scene's own resolution, so that nothing is resampled."""
    sources = (*optical_sources([str(files["optical"])]), elevation_source(str(files["dem"])))
    scene = SceneInput(sources, resolution=30.0)
    return BuildRequest(scene, LabelFiles(str(files["outlines"])), str(tmp_path / "out"), block_m=2130, gap_m=0)


def build(request: BuildRequest):
    return build_dataset(request, NoProgress())


def assembled(paths, name: str, channels: int) -> np.ndarray:
    """Put the tiles together again by the corners that they tell: H x W x C, NaN where there is none."""
    image = np.full((SIZE, SIZE, channels), np.nan, np.float32)
    for path in paths:
        with h5py.File(path) as file:
            for group in file.values():
                row = round((5190000 - group.attrs["top"]) / 30)
                column = round((group.attrs["left"] - 640000) / 30)
                height, width = group[name].shape[:2]
                image[row : row + height, column : column + width] = group[name][:]
    return image


def test_values_and_labels_are_the_rasters(request_):
    summary = build(request_)
    paths = [one.path for one in summary.sets.values()]
    assert sorted(map(Path, paths)) == sorted(Path(request_.out_dir).iterdir())
    scene = scene_of(1, SIZE)
    stored = np.clip(np.rint((scene.optical + 0.1) / 1e-4), 1, 65535) * 1e-4 - 0.1
    expected = normalise(dict(zip(OPTICAL_BANDS, stored)), FEATURES["optical"])
    optical = np.moveaxis(assembled(paths, "optical", 6), -1, 0)
    assert np.isfinite(optical).all() and np.allclose(optical, expected, atol=1e-6)
    labels = assembled(paths, OUTLINES, 2)
    assert np.array_equal(labels[..., 1] == 1, scene.glacier) and np.array_equal(labels[..., 0] == 1, ~scene.glacier)
    dem = np.moveaxis(assembled(paths, "dem", 2), -1, 0)[:, 1:-1, 1:-1]
    bands = {"elevation": scene.elevation[1:-1, 1:-1], "slope": horn_slope(scene.elevation, 30.0)}
    assert np.allclose(dem, normalise(bands, FEATURES["dem"]), atol=1e-5)
    assert check_dataset(paths) == ()


def test_what_the_tiles_say_of_themselves(request_):
    scene = replace(request_.scene, subregion="Inn", sensor="S2", date="2023-08-17", name="first/scene")
    summary = build(replace(request_, scene=scene))
    tiles = find_tiles([one.path for one in summary.sets.values()])
    facts = {(tile.region, tile.subregion, tile.sensor, tile.date) for tile in tiles}
    assert facts == {("ALP", "Inn", "S2", "2023-08-17")}
    assert {(tile.epsg, tile.resolution, tile.features) for tile in tiles} == {(32632, 30.0, ("optical", "dem"))}
    assert all(tile.name.startswith("Inn-first_scene-") for tile in tiles)
    assert all(10.8 < tile.lon < 10.95 and 46.7 < tile.lat < 46.9 for tile in tiles)
    assert sum(one.tiles for one in summary.sets.values()) == len(tiles)
    assert sum(one.labelled for one in summary.sets.values()) == SIZE**2
    assert sum(one.glacier for one in summary.sets.values()) == scene_of(1, SIZE).glacier.sum()
    assert "random would leak" in summary.split


def test_a_block_goes_to_the_same_set_whatever_the_extent(request_, tmp_path):
    """The extent ends inside blocks, so that tiles begin where they did (their names say so) and are smaller."""
    compared = 0
    scene = replace(request_.scene, extent=Extent(640000, 5186000, 643300, 5190000))
    for seed in range(6):
        both = replace(request_, shares=(0.5, 0.5, 0.0), seed=seed, overwrite=True)
        sets = []
        for request in (both, replace(both, scene=scene, out_dir=str(tmp_path / "some"))):
            summary = build(request)
            if not any("few blocks" in note for note in summary.notes):
                sets.append({t.name: name for name, one in summary.sets.items() for t in find_tiles([one.path])})
        if len(sets) == 2:
            compared += len(set(sets[0]) & set(sets[1]))
            assert all(sets[0][name] == sets[1][name] for name in set(sets[0]) & set(sets[1]))
    assert compared >= 8


def test_the_gap_has_no_labels(request_):
    paths = [one.path for one in build(replace(request_, gap_m=240)).sets.values()]
    sets = {}
    for path in paths:
        for row, column in np.argwhere(assembled([path], OUTLINES, 2).sum(axis=2) > 0):
            sets[row, column] = path
    assert 0.3 * SIZE**2 < len(sets) < 0.95 * SIZE**2
    # Pixels of two sets are at least 2 x 4 pixels of 30 m apart.
    for (row, column), path in sets.items():
        for step in (1, 8):
            assert sets.get((row + step, column), path) == path and sets.get((row, column + step), path) == path


def test_clouds_and_borders_have_no_label(request_, files, tmp_path):
    """A hole in one optical band unlabels; a hole in the DEM does not."""
    holed = {}
    for name, place in (("optical", (slice(20, 30), slice(40, 60))), ("dem", (slice(70, 80), slice(70, 80)))):
        holed[name] = str(tmp_path / f"{name}.tif")
        dataset = gdal.GetDriverByName("GTiff").CreateCopy(holed[name], gdal.Open(str(files[name])))
        values = dataset.GetRasterBand(1).ReadAsArray()
        values[place] = dataset.GetRasterBand(1).GetNoDataValue()
        dataset.GetRasterBand(1).WriteArray(values)
        dataset = None
    sources = (*optical_sources([holed["optical"]]), elevation_source(holed["dem"]))
    paths = [one.path for one in build(replace(request_, scene=replace(request_.scene, sources=sources))).sets.values()]
    labelled = assembled(paths, OUTLINES, 2).sum(axis=2) == 1
    assert not labelled[20:30, 40:60].any() and labelled.sum() == SIZE**2 - 200
    assert (assembled(paths, "optical", 6)[20:30, 40:60] == 0).all()
    assert (assembled(paths, "dem", 2)[70:80, 70:80] == 0).all() and labelled[70:80, 70:80].all()


def test_missing_and_empty_bands_are_absent(request_, tmp_path):
    optical = Source(request_.scene.sources[0].paths, {"green": 2, "red": 3, "nir": 4, "swir1": 5})
    place = {"crs": "EPSG:32632", "left": 640000, "top": 5190000, "pixel": 30, "nodata": -9999}
    warm = np.full((SIZE, SIZE), 280.0, np.float32)
    warm[:, 80:] = -9999
    thermal = Source((write_raster(tmp_path / "t.tif", warm, **place),), {"thermal": 1})
    coherent = write_raster(tmp_path / "c.tif", np.where(warm > 0, 0.7, warm), **place)
    coherence = Source((coherent,), {"coherence_ascending": 1})
    scene = replace(request_.scene, sources=(optical, thermal, coherence))
    tiles = find_tiles([one.path for one in build(replace(request_, scene=scene)).sets.values()])
    west = [tile for tile in tiles if tile.lon < 10.85]
    assert {tile.features for tile in west} == {("optical", "in_sar", "thermal")}
    assert {tile.absent for tile in west} == {("blue", "swir2", "coherence_descending")}
    assert all("thermal" not in tile.features for tile in tiles if tile.lon > 10.87)


def test_debris_is_kept_on_the_glacier(request_, files):
    debris = replace(request_, labels=replace(request_.labels, debris=str(files["outlines"])))
    paths = [one.path for one in build(debris).sets.values()]
    assert np.array_equal(assembled(paths, DEBRIS, 1)[..., 0] == 1, scene_of(1, SIZE).glacier)


def test_tiles_are_cut_and_resampled_as_asked(request_):
    coarse = replace(request_, scene=replace(request_.scene, resolution=60.0, tile=40), block_m=4800)
    tiles = find_tiles([one.path for one in build(coarse).sets.values()])
    assert {tile.resolution for tile in tiles} == {60.0} and max(tile.height for tile in tiles) == 40


@pytest.mark.parametrize(
    ("block_m", "note", "sets"),
    [
        (50000, "One block has glacier", 1), (1500, "narrower than 32 pixels", 3), (4000, "There are few blocks", 2),
        (2130, "free of glaciers", 3),
    ],
)
def test_few_blocks_are_told(request_, block_m, note, sets):
    summary = build(replace(request_, block_m=block_m))
    assert len(summary.sets) >= sets > 1 or len(summary.sets) == sets
    assert any(note in text for text in summary.notes)
    assert all(one.glacier > 0 for one in summary.sets.values())


def test_one_file_only_where_one_is_wanted(request_):
    summary = build(replace(request_, shares=(0.0, 0.0, 1.0)))
    assert list(summary.sets) == ["test"] and not any("glacier, fewer" in text for text in summary.notes)


def test_an_older_data_set_is_not_mixed_with_a_new_one(request_):
    build(request_)
    with pytest.raises(OutputError, match=r"holds train\.hdf5, val\.hdf5, test\.hdf5 already"):
        build(request_)
    assert len(build(replace(request_, shares=(1.0, 0.0, 0.0), overwrite=True)).sets) == 1
    assert [path.name for path in Path(request_.out_dir).iterdir()] == ["train.hdf5"]


class Cancelling(NoProgress):
    """Cancels once writing has begun."""

    def __init__(self, at: float) -> None:
        self.at, self.done = at, False

    def report(self, fraction, text):
        self.done = self.done or fraction > self.at

    def is_cancelled(self):
        return self.done


@pytest.mark.parametrize("at", [-1.0, 0.2, 0.7])
def test_cancelled_leaves_nothing(request_, at):
    with pytest.raises(Cancelled):
        build_dataset(request_, Cancelling(at))
    assert not list(Path(request_.out_dir).glob("*")) and not list(Path(request_.out_dir).glob(".*"))


@pytest.mark.parametrize(
    ("change", "error", "words"),
    [
        ({"block_m": 0}, SettingsError, "block's side"),
        ({"block_m": float("nan")}, SettingsError, "block's side"),
        ({"gap_m": 2130}, SettingsError, "gap between sets"),
        ({"gap_m": -1}, SettingsError, "gap between sets"),
        ({"shares": (1, 1, 1)}, SettingsError, "sum to 1"),
    ],
)
def test_settings_that_cannot_be_meant(request_, change, error, words):
    with pytest.raises(error, match=words):
        replace(request_, **change)


@pytest.mark.parametrize(
    ("change", "words"), [({"region": "Alps"}, "There is no region 'Alps'"), ({"tile": 8}, "at least 32 pixels")]
)
def test_scenes_that_cannot_be_meant(request_, change, words):
    with pytest.raises(SettingsError, match=words):
        replace(request_.scene, **change)


def test_digital_numbers_are_refused(request_):
    raw = replace(request_.scene.sources[0], scale=1.0, offset=0.0)
    with pytest.raises(UnitError, match="digital numbers"):
        build(replace(request_, scene=replace(request_.scene, sources=(raw,))))
    assert not list(Path(request_.out_dir).glob("*"))


@pytest.mark.parametrize(
    ("band", "value", "words"),
    [
        ("coherence_ascending", 128.0, "from 0 to 1"),
        ("co_pol_ascending", -12.0, "from decibels"),
        ("cross_pol_descending", 2000.0, "linear sigma0"),
        ("thermal", 12.0, "in K"),
    ],
)
def test_wrong_units_are_refused(request_, tmp_path, band, value, words):
    place = {"crs": "EPSG:32632", "left": 640000, "top": 5190000, "pixel": 30}
    path = write_raster(tmp_path / "more.tif", np.full((SIZE, SIZE), value, np.float32), **place)
    more = Source((path,), {band: 1})
    with pytest.raises(UnitError, match=f"{band} goes from.*{words}"):
        build(replace(request_, scene=replace(request_.scene, sources=(*request_.scene.sources, more))))


def test_a_few_odd_values_are_no_unit(request_, tmp_path):
    values = np.full((SIZE, SIZE), 0.4, np.float32)
    values[:1] = 1.2
    place = {"crs": "EPSG:32632", "left": 640000, "top": 5190000, "pixel": 30}
    more = Source((write_raster(tmp_path / "more.tif", values, **place),), {"coherence_ascending": 1})
    assert build(replace(request_, scene=replace(request_.scene, sources=(*request_.scene.sources, more)))).sets


def test_rasters_without_optical_bands_are_refused(request_):
    with pytest.raises(BandError, match="No optical band"):
        build(replace(request_, scene=replace(request_.scene, sources=request_.scene.sources[1:])))


def test_labels_beside_valid_imagery_are_refused(request_, tmp_path):
    black = np.zeros((6, SIZE, SIZE), np.float32)
    black[:, :80] = 0.3
    place = {"crs": "EPSG:32632", "left": 640000, "top": 5190000, "pixel": 30, "nodata": 0}
    path = write_raster(tmp_path / "half.tif", black, names=OPTICAL_BANDS, **place)
    below = "POLYGON ((640000 5185200, 644000 5185200, 644000 5187000, 640000 5187000, 640000 5185200))"
    labels = LabelFiles(write_polygons(tmp_path / "below.gpkg", [(below, "")]), outside="unlabelled")
    scene = replace(request_.scene, sources=optical_sources([path]))
    with pytest.raises(DatasetError, match="No pixel has both a label and valid imagery"):
        build(replace(request_, scene=scene, labels=labels))
    assert not list(Path(request_.out_dir).glob("*"))


@pytest.mark.slow
def test_memory_does_not_grow_with_the_scene(tmp_path):
    """A scene of 6,000 x 6,000 pixels with six bands (824 MiB as float32) goes through in less than that."""
    path = str(tmp_path / "large.tif")
    options = ["TILED=YES", "COMPRESS=DEFLATE"]
    dataset = gdal.GetDriverByName("GTiff").Create(path, 6000, 6000, 6, gdal.GDT_Byte, options)
    dataset.SetProjection(spatial_reference("EPSG:32632", "test").ExportToWkt())
    dataset.SetGeoTransform((600000, 10, 0, 5200000, 0, -10))
    for number in range(6):
        dataset.GetRasterBand(number + 1).Fill(30 + number)
        dataset.GetRasterBand(number + 1).SetDescription(OPTICAL_BANDS[number])
    dataset = None
    square = "POLYGON ((601000 5141000, 659000 5141000, 659000 5199000, 601000 5199000, 601000 5141000))"
    labels = LabelFiles(write_polygons(tmp_path / "a.gpkg", [(square, "")]))
    code = (
        "import sys; from icemargin.cli import main; from icemargin.inference.memory import peak_memory_mib\n"
        "code = main(sys.argv[1:]); print('MiB', peak_memory_mib()); sys.exit(code)"
    )
    words = ["dataset", "build", "--optical", path, "--scale", "0.01", "--outlines", labels.outlines]
    command = [sys.executable, "-c", code, *words, "--block-km", "10", "--out", str(tmp_path / "out")]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    assert float(done.stdout.split()[-1]) < 824, done.stdout
