"""Corrected maps become data sets: only what somebody looked at is a label, and whole glaciers are held back."""

from __future__ import annotations

import json
import os
from dataclasses import replace
from pathlib import Path

import h5py
import numpy as np
import pytest
import shapely
from builders import cone, snow_scene, write_raster
from icemargin.inference.delineate import delineate
from icemargin.inference.errors import DatasetError, OutputError, SettingsError
from icemargin.inference.grid import Grid, spatial_reference
from icemargin.inference.progress import NoProgress
from icemargin.inference.request import OPTICAL_BANDS, DelineationRequest, Extent, SceneFacts, Source
from icemargin.scenes.sources import elevation_source, optical_sources
from icemargin.tests.training.test_data_labels import box
from icemargin.training.data.blocks import draw
from icemargin.training.data.check import check_dataset
from icemargin.training.data.corrections import (
    CorrectionLabels,
    CorrectionRequest,
    build_from_corrections,
    hold_back,
    mapped_scene,
)
from icemargin.training.data.labels import Outline
from icemargin.training.data.scene import SceneInput
from icemargin.training.data.tiles import find_tiles
from osgeo import ogr
from scipy.ndimage import binary_dilation

GRID = Grid(spatial_reference("EPSG:32632", "test").ExportToWkt(), 10.0, 64000, -519000, 60, 50)
SCENE = SceneInput((Source(("a.tif",), {"blue": 1}),))


def labels_of(*rows: tuple[str, str, tuple[float, float, float, float]], **settings: object) -> dict[str, np.ndarray]:
    """Return the labels of rectangles in metres from the grid's corner: (key, status, rectangle)."""
    outlines = [Outline(key, status, ogr.CreateGeometryFromWkt(box(*at)).ExportToWkb()) for key, status, at in rows]
    return CorrectionLabels(outlines, GRID, CorrectionRequest(SCENE, "a.gpkg", "out", **settings)).of(GRID)


def two_keys() -> tuple[str, str]:
    """Return a key that goes to train and one that goes to val, by their hashes alone."""
    keys = [f"IM{number}" for number in range(40)]
    return next(key for key in keys if draw(key, 0) < 0.75), next(key for key in keys if draw(key, 0) >= 0.75)


ONE, OTHER = two_keys()
LEFT, RIGHT = (50, -150, 150, -50), (400, -150, 500, -50)
"""Rectangles of 10 x 10 pixels: rows 5 to 14, columns 5 to 14 and 40 to 49."""


def test_glaciers_and_their_rings_by_hand():
    labels = labels_of((ONE, "accepted", LEFT), (OTHER, "edited", RIGHT), ring=3)
    inside = np.zeros((50, 60), bool)
    inside[5:15, 5:15] = True
    disk = np.hypot(*np.mgrid[-3:4, -3:4]) <= 3
    assert np.array_equal(labels["train"] == 1, inside)
    assert np.array_equal(labels["train"] == 0, binary_dilation(inside, disk) & ~inside)
    assert np.array_equal(labels["val"] == 1, np.roll(inside, 35, axis=1))


def test_a_ring_of_nothing():
    labels = labels_of((ONE, "accepted", LEFT), (OTHER, "edited", RIGHT), ring=0)
    assert (labels["train"] >= 0).sum() == (labels["val"] >= 0).sum() == 100


@pytest.mark.parametrize(("status", "label"), [("to review", -1), ("", -1), ("rejected", 0), ("Accepted", -1)])
def test_other_outlines_in_the_ring(status, label):
    """An outline beside the accepted one: unknown, or refused, never of the ring."""
    labels = labels_of((ONE, "accepted", LEFT), (OTHER, "edited", RIGHT), (f"x{status}", status, (160, -150, 200, -50)))
    beside = {name: of_set[5:15, 16:20] for name, of_set in labels.items()}
    assert set(np.unique(np.maximum(beside["train"], beside["val"]))) == {label}
    assert labels["train"][10, 15] == 0 and labels["train"][10, 21] == 0


def test_what_has_a_label_in_one_set_has_none_in_the_other():
    """Glaciers of two sets side by side and across each other, and a rejected one over both."""
    rows = [
        (ONE, "accepted", (50, -150, 150, -50)), (OTHER, "accepted", (140, -150, 250, -50)),
        ("refused", "rejected", (100, -300, 200, -100)), ("open", "to review", (200, -200, 300, -100)),
    ]  # fmt: skip
    labels = labels_of(*rows)
    assert not ((labels["train"] >= 0) & (labels["val"] >= 0)).any()
    assert labels["train"][10, 8] == 1 and labels["val"][10, 18] == 1
    assert labels["train"][10, 14] == labels["val"][10, 14] == -1  # both outlines cover it
    assert max(labels["train"][25, 12], labels["val"][25, 12]) == 0  # rejected, and nothing else
    assert labels["val"][12, 22] == 1  # accepted under one that is to review
    assert not any((of_set[16:20, 26:30] >= 0).any() for of_set in labels.values())


def test_pieces_have_the_same_labels_as_the_whole():
    rows = [(ONE, "accepted", LEFT), (OTHER, "edited", RIGHT)]
    outlines = [Outline(key, status, ogr.CreateGeometryFromWkt(box(*at)).ExportToWkb()) for key, status, at in rows]
    labels = CorrectionLabels(outlines, GRID, CorrectionRequest(SCENE, "a.gpkg", "out"))
    whole = labels.of(GRID)
    pieces = [labels.of(GRID.part(GRID.col + start, GRID.row, 20, 50)) for start in (0, 20, 40)]
    for name in ("train", "val"):
        assert np.array_equal(np.hstack([piece[name] for piece in pieces]), whole[name])


def test_the_same_glaciers_stay_held_back():
    keys = [f"IM{number:03d}" for number in range(60)]
    before, after = hold_back(keys[:40], 0.25, 0), hold_back(keys[::-1], 0.25, 0)
    assert all(before[key] == after[key] for key in keys[:40])
    assert 5 <= list(after.values()).count("val") <= 25 and set(after.values()) == {"train", "val"}
    assert hold_back(keys, 0.25, 1) != after


@pytest.mark.parametrize("seed", range(8))
def test_two_glaciers_are_one_each(seed):
    assert sorted(hold_back(["a", "b", "a"], 0.25, seed).values()) == ["train", "val"]


@pytest.mark.parametrize(("keys", "words"), [([], "no corrected glacier"), (["a", "a"], "1 corrected glacier")])
def test_fewer_than_two_are_refused(keys, words):
    with pytest.raises(DatasetError, match=f"{words}.*Set the status of more outlines"):
        hold_back(keys, 0.25, 0)


@pytest.mark.parametrize(("change", "words"), [({"ring": -1}, "ring"), ({"hold_back": 0}, "held back")])
def test_settings_that_cannot_be_meant(change, words):
    with pytest.raises(SettingsError, match=words):
        CorrectionRequest(SCENE, "a.gpkg", "out", **change)


@pytest.fixture(scope="module")
def mapped(tmp_path_factory) -> Path:
    """A map by the classic method, of which some outlines are corrected."""
    folder = tmp_path_factory.mktemp("mapped")
    optical = write_raster(folder / "optical.tif", snow_scene((220, 260), 4), names=OPTICAL_BANDS)
    dem = write_raster(folder / "dem.tif", cone((220, 260)), names=("elevation",))
    sources = (*optical_sources([optical]), elevation_source(dem))
    facts = SceneFacts("id", "2023-08-17", "Sentinel-2", "me")
    delineate(DelineationRequest(sources, str(folder / "map"), scene=facts))
    return folder


def correct(mapped: Path, *statuses: str) -> str:
    """Set the first outlines' status, and "to review" for the others; return the file."""
    path = str(mapped / "map" / "outlines.gpkg")
    dataset = ogr.Open(path, 1)
    layer = dataset.GetLayerByName("outlines")
    assert layer.GetFeatureCount() >= 4
    for number, feature in enumerate(layer):
        feature["status"] = statuses[number] if number < len(statuses) else "to review"
        layer.SetFeature(feature)
    return path


def build(outlines: str, out: Path, **more: object):
    changes = {key: more.pop(key) for key in ("sources", "resolution") if key in more}
    request = CorrectionRequest(mapped_scene(outlines, changes), outlines, str(out), **more)
    return build_from_corrections(request, NoProgress())


def test_a_corrected_map_becomes_a_data_set(mapped, tmp_path):
    summary = build(correct(mapped, "accepted", "edited", "rejected"), tmp_path / "out")
    assert list(summary.sets) == ["train", "val"]
    paths = [one.path for one in summary.sets.values()]
    assert check_dataset(paths) == ()
    tiles = find_tiles(paths)
    assert {(t.sensor, t.date, t.resolution, t.height, t.width) for t in tiles} == {
        ("Sentinel-2", "2023-08-17", 10.0, 220, 260)
    }
    assert [tile.features for tile in tiles] == [("optical", "dem")] * 2
    labels = []
    for path in paths:
        with h5py.File(path) as file:
            (group,) = file.values()
            labels.append(group["outlines"][:])
    assert not (labels[0].any(axis=2) & labels[1].any(axis=2)).any()
    assert all(one[..., 1].any() and one[..., 0].any() for one in labels)
    assert any("Held back of 2 corrected glaciers: IM" in note for note in summary.notes)


def test_rasters_that_moved(mapped, tmp_path, monkeypatch):
    """Beside the outlines, relative; gone, with advice; given anew."""
    path = correct(mapped, "accepted", "accepted")
    scene = mapped_scene(path, {})
    dataset = ogr.Open(path, 1)
    layer = dataset.GetLayerByName("provenance")
    row = next(feature for feature in layer if feature["key"] == "request")
    original = row["value"]
    try:
        for folder, gone in (("..", False), ("elsewhere", True)):
            request = json.loads(original)
            for source in request["sources"]:
                source["paths"] = [f"{folder}/{os.path.basename(place)}" for place in source["paths"]]
            row["value"] = json.dumps(request)
            layer.SetFeature(row)
            dataset.FlushCache()
            monkeypatch.chdir(tmp_path)
            if gone:
                with pytest.raises(DatasetError, match=r"elsewhere/optical\.tif, which is gone; give the rasters"):
                    mapped_scene(path, {})
                assert mapped_scene(path, {"sources": scene.sources}).sources == scene.sources
            else:
                found = mapped_scene(path, {}).sources[0].paths[0]
                assert os.path.samefile(found, mapped / "optical.tif")
    finally:
        row["value"] = original
        layer.SetFeature(row)


def test_the_map_facts_are_used_unless_given(mapped):
    scene = mapped_scene(correct(mapped), {"resolution": 20.0, "region": "CA"})
    assert (scene.resolution, scene.region, scene.date) == (20.0, "CA", "2023-08-17")
    assert mapped_scene(correct(mapped), {}).resolution == 10.0


def test_outside_the_mapped_area_nothing_is_labelled(mapped, tmp_path):
    """A glacier at the edge of the area that was mapped goes on beyond it: its ring there is not "not glacier"."""
    outlines = correct(mapped, "accepted", "accepted", "accepted")
    scene = mapped_scene(outlines, {})
    area = ogr.CreateGeometryFromWkt(shapely.box(600000, 3797800, 601300, 3800000).wkt)
    extent = Extent(600000, 3797800, 602600, 3800000)
    inside = replace(scene, extent=extent, area=(bytes(area.ExportToWkb()),))
    found = {}
    for name, one in (("whole", scene), ("half", inside)):
        request = CorrectionRequest(one, outlines, str(tmp_path / name), ring=60)
        summary = build_from_corrections(request, NoProgress())
        found[name] = np.zeros((220, 260), bool)
        for of_set in summary.sets.values():
            with h5py.File(of_set.path) as file:
                for group in file.values():
                    found[name] |= group["outlines"][:].any(axis=2)
    assert found["whole"][:, 130:].any() and not found["half"][:, 130:].any()
    assert np.array_equal(found["half"][:, :130], found["whole"][:, :130])


def test_what_is_no_map_of_ours(mapped, tmp_path):
    for path in (str(mapped / "optical.tif"), str(tmp_path / "none.gpkg")):
        with pytest.raises(DatasetError, match="does not tell what it was mapped from"):
            mapped_scene(path, {})


def test_nothing_is_left_of_a_build_that_fails(mapped, tmp_path):
    with pytest.raises(DatasetError, match="no corrected glacier"):
        build(correct(mapped), tmp_path / "out")
    assert not list((tmp_path / "out").glob("*"))
    build(correct(mapped, "accepted", "accepted"), tmp_path / "out")
    with pytest.raises(OutputError, match="already"):
        build(correct(mapped, "accepted", "accepted"), tmp_path / "out")
