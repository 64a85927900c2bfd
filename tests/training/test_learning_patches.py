from __future__ import annotations

import os
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from icemargin.inference.errors import DatasetError, SettingsError
from icemargin.inference.model import REGIONS
from icemargin.tests.training.quick_tiles import quick_data, quick_tile, tiny_settings, write_quick
from icemargin.training.data.tiles import Tile, find_tiles
from icemargin.training.data.writing import stored_feature
from icemargin.training.learning.patches import (
    Stream,
    TrainingPatches,
    ValidationPatches,
    chances_of,
    grid_of,
    steps_of,
)
from icemargin.training.learning.reading import PatchReader
from icemargin.training.learning.tilesets import find_tile_sets
from torch.utils.data import DataLoader

PLAIN = {"augmentation": dict.fromkeys(("flip", "turn", "crop", "gamma", "occlude", "shift", "noise"), 0.0)}


@pytest.fixture(scope="module")
def data(tmp_path_factory):
    return quick_data(tmp_path_factory.mktemp("quick"))


def tile_of(height, width, **more):
    names = {"path": "x", "name": "x", "region": "ALP", "subregion": "", "lon": 0.0, "lat": 0.0, "features": ()}
    return Tile(height=height, width=width, **{**names, **more})


@pytest.mark.parametrize("cache_mib", [0, 100])
def test_a_patch_is_what_the_tile_holds_there(data, cache_mib):
    bands = {"optical": ["green", "swir1"], "dem": []}
    settings = tiny_settings(data, {"features": bands, "data": {"cache_mib": cache_mib}})
    tiles = find_tiles(data["train"])
    sample = PatchReader(tiles, settings).sample(tiles[1], 10, 5)
    written = quick_tile("train-1", seed=1, region="HMA")
    optical = stored_feature(written.bands, "optical")[10:42, 5:37]
    np.testing.assert_allclose(sample.inputs["optical"], np.moveaxis(optical, -1, 0)[[1, 4]])
    assert sample.inputs["dem"].shape == (2, 32, 32) and list(sample.inputs) == ["optical", "dem"]
    np.testing.assert_array_equal(sample.label, written.glacier[10:42, 5:37])


def test_beyond_a_small_tile_all_is_absent_and_unlabelled(tmp_path):
    path = write_quick(tmp_path / "a.hdf5", quick_tile("a", 20, 24))
    settings = tiny_settings({"train": [path], "val": [path]}, PLAIN)
    patch = TrainingPatches(find_tiles([path]), settings).sample(0)
    assert patch.label.shape == (32, 32) and patch.inputs["optical"].shape == (6, 32, 32)
    for values in (*patch.inputs.values(), patch.label[None] + 1):
        assert (values[:, 20:] == 0).all() and (values[:, :, 24:] == 0).all() and (values[:, :20, :24] != 0).any()


def test_pixels_without_label_stay_so(tmp_path):
    labels = np.full((48, 40), -1, np.int8)
    labels[:6, :6] = 1
    labels[6:9, :6] = 0
    path = write_quick(tmp_path / "a.hdf5", quick_tile("a", glacier=labels))
    settings = tiny_settings({"train": [path], "val": [path]}, PLAIN)
    tiles = find_tiles([path])
    np.testing.assert_array_equal(PatchReader(tiles, settings).label(tiles[0], 0, 0), labels[:32, :32])
    patches = TrainingPatches(tiles, settings)
    labelled = np.mean([(patches.sample(number).label >= 0).any() for number in range(60)])
    assert labelled > 0.9  # 54 of 153 places see a label: without drawing again it would be 0.35


def test_every_patch_follows_from_seed_and_number(data):
    settings = tiny_settings(data)
    tiles = find_tiles(data["train"])
    first, second = TrainingPatches(tiles, settings), TrainingPatches(tiles, settings)
    for number in (7, 0, 7, 123456789):
        one, other = first[number], second[number]
        assert one.keys() == other.keys() and all((one[key] == other[key]).all() for key in one)
    other = TrainingPatches(tiles, tiny_settings(data, {"run": {"seed": 1}}))
    assert not (first[7]["optical"] == other[7]["optical"]).all()
    assert not (first[7]["optical"] == first[8]["optical"]).all()


def test_workers_read_the_same(data):
    settings = tiny_settings(data)
    patches = TrainingPatches(find_tiles(data["train"]), settings)
    alone, helped = (
        [batch["optical"] for batch in DataLoader(patches, batch_sampler=Stream(2, 4), num_workers=workers)]
        for workers in (0, 2)
    )
    assert len(alone) == 4 and all((a == b).all() for a, b in zip(alone, helped))


def test_tiles_and_places_are_all_as_likely(data):
    patches = TrainingPatches(find_tiles(data["train"]), tiny_settings(data))
    rng = np.random.default_rng(0)
    places = [patches._place(rng) for _ in range(2000)]
    first = np.mean([tile.name == "train-0" for tile, _, _ in places])
    assert abs(first - 0.5) < 0.05
    rows, columns = (np.bincount([place[axis] for place in places]) for axis in (1, 2))
    assert len(rows) == 48 - 32 + 1 and len(columns) == 40 - 32 + 1
    assert rows.min() > 0.6 * rows.mean() and columns.min() > 0.6 * columns.mean()


@given(st.integers(1, 100), st.integers(1, 100), st.integers(16, 64))
def test_validation_counts_every_pixel_once(height, width, patch):
    seen = np.zeros((height, width), int)
    for place in grid_of(tile_of(height, width), patch):
        assert place.row >= 0 and place.column >= 0
        assert place.row + patch <= max(height, patch) and place.column + patch <= max(width, patch)
        rows = slice(place.row + place.top, min(place.row + patch, height))
        seen[rows, place.column + place.left : min(place.column + patch, width)] += 1
    assert (seen == 1).all()


@pytest.mark.parametrize("parts", [1, 2, 3])
def test_validation_patches_add_up_to_the_tiles_whatever_the_number_of_processes(data, parts):
    tiles = find_tiles(data["val"])
    patches = ValidationPatches(tiles, tiny_settings(data), parts)
    assert len(patches) % parts == 0 and len(patches) - 8 < parts
    labels = [patches[number]["label"].numpy() for number in range(len(patches))]
    assert sum((label >= 0).sum() for label in labels) == 2 * 48 * 40
    assert sum((label == 1).sum() for label in labels) == 2 * int(quick_tile("x").glacier.sum())
    with pytest.raises(IndexError):
        patches[len(patches)]


@pytest.mark.parametrize("processes, rank", [(1, 0), (2, 0), (2, 1)])
def test_the_stream_is_shared_out(processes, rank):
    whole = [number for batch in Stream(4, 6) for number in batch]
    mine = list(Stream(4 // processes, 6, rank, processes))
    assert len(mine) == 6 and all(len(batch) == 4 // processes for batch in mine)
    for step, batch in enumerate(mine):
        assert set(batch) < set(whole[4 * step : 4 * step + 4]) or processes == 1


def test_the_stream_goes_on_where_it_was():
    assert list(Stream(2, 5, start=lambda: 3)) == list(Stream(2, 5))[3:]


@pytest.mark.parametrize(
    "tiles, run, processes, steps",
    [
        ([(64, 64)], {}, 1, 8),  # 4 passes of 4 patches of 32, in batches of 2
        ([(64, 64)], {}, 2, 4),
        ([(64, 64), (32, 96)], {}, 1, 14),
        ([(10, 10)], {}, 1, 1),
        ([(64, 64)], {"passes": 1}, 1, 2),
        ([(64, 64)], {"steps_per_epoch": 5}, 2, 5),
    ],
)
def test_steps_of_an_epoch(tiles, run, processes, steps):
    settings = tiny_settings({}, {"run": {"steps_per_epoch": 0, **run}})
    assert steps_of([tile_of(*size) for size in tiles], settings, processes) == steps


def test_region_vectors(data):
    settings = tiny_settings(data, {"strategy": "region"})
    patches = TrainingPatches(find_tiles(data["train"]), settings)
    found = [REGIONS[int(patches.sample(number).location.argmax())] for number in range(300)]
    assert set(found) == {"ALP", "HMA", "unknown"}
    assert abs(found.count("unknown") / 300 - 0.1) < 0.07
    always = TrainingPatches(find_tiles(data["train"]), tiny_settings(
        data, {"strategy": "region", "augmentation": {"hide_region": 0}}))  # fmt: skip
    assert {REGIONS[int(always.sample(n).location.argmax())] for n in range(100)} == {"ALP", "HMA"}


def test_coordinates_are_of_the_patch_in_radians(data):
    settings = tiny_settings(data, {"strategy": "coordinates"})
    tiles = find_tiles(data["train"])
    location = PatchReader(tiles, settings).location(tiles[0], 8, 4)
    # The box is 7.0..7.4 E over 40 columns, 46.0..46.8 N over 48 rows; the centre is row 24, column 20.
    lat, lon = np.radians([46.4, 7.2])
    np.testing.assert_allclose(location, [np.sin(lat), np.cos(lat), np.sin(lon), np.cos(lon)], rtol=1e-6)
    lower = PatchReader(tiles, settings).location(tiles[0], 16, 4)
    assert np.degrees(np.arcsin(lower[0])) == pytest.approx(46.4 - 0.8 * 8 / 48, abs=1e-4)


@pytest.mark.parametrize(
    "strategy, tile, words",
    [("region", {"region": "Mordor"}, "no place in the region vector"), ("coordinates", {}, "xmin, ymin")],
)
def test_tiles_without_a_place_are_refused(strategy, tile, words):
    settings = tiny_settings({}, {"strategy": strategy})
    with pytest.raises(DatasetError, match=words):
        PatchReader([tile_of(40, 40, **tile)], settings)


@pytest.mark.parametrize(
    "more, error, words",
    [
        ({"data": {"train": []}}, SettingsError, "--train"),
        ({"data": {"regions": ["NZ"]}}, DatasetError, "No tile"),
        ({"strategy": "regional"}, SettingsError, "--regions"),
        ({"features": ["optical", "thermal"]}, DatasetError, "inputs asked for: optical, thermal"),
    ],
)
def test_what_is_found_out_before_the_training(data, more, error, words):
    with pytest.raises(error, match=words):
        find_tile_sets(tiny_settings(data, more))


def test_the_same_tile_in_both_sets_and_sets_without_glaciers(data, tmp_path):
    with pytest.raises(SettingsError, match="train-0 is also learnt from"):
        find_tile_sets(tiny_settings({"train": data["train"], "val": [os.path.relpath(data["train"][0])]}))
    bare = write_quick(tmp_path / "bare.hdf5", quick_tile("bare", glacier=np.zeros((48, 40), np.int8)))
    with pytest.raises(DatasetError, match=r"data\.val: no tile has a glacier pixel"):
        find_tile_sets(tiny_settings({"train": data["train"], "val": [bare]}))


def test_the_tiles_tell_resolution_and_origin(data):
    settings = tiny_settings(data)
    told = find_tile_sets(settings).told_to(settings)
    assert told.resolution == 10.0 and told.trained_on == "2 tiles (ALP, HMA) of train.hdf5"


def test_files_with_shares_give_so_many_patches(data):
    settings = tiny_settings(data, PLAIN)
    tiles = find_tiles(data["train"])
    twice = (tiles[0], *(replace(tile, path="elsewhere") for tile in tiles))
    chosen = replace(settings.data, train=(tiles[0].path, "elsewhere"), shares=(3.0, 1.0))
    np.testing.assert_allclose(chances_of(twice, chosen), [0.75] + [0.25 / len(tiles)] * len(tiles))
    drawn = TrainingPatches(tiles, replace(settings, data=replace(settings.data, shares=(2.0,) * len(data["train"]))))
    assert (drawn.sample(3).label == drawn.sample(3).label).all()
