"""The checker: one fault at a time, told with its place; a sound data set has none."""

from __future__ import annotations

import dataclasses
from pathlib import Path

import h5py
import numpy as np
import pytest
from icemargin.inference.errors import Cancelled
from icemargin.training.data import check
from icemargin.training.data.check import ERROR, WARNING, check_dataset
from icemargin.training.data.overlaps import role_of
from icemargin.training.data.writing import DatasetWriter, NewTile

BANDS = ("blue", "green", "red", "nir", "swir1", "swir2", "elevation", "slope")


def tile(name: str = "ALP-1", left: float = 640000.0, **more: object) -> NewTile:
    """Return a tile of 40 x 50 pixels, of which one column has no label."""
    rng = np.random.default_rng(3)
    bands = {band: rng.uniform(0.1, 0.9, (40, 50)).astype(np.float32) for band in BANDS}
    labels = rng.integers(0, 2, (40, 50)).astype(np.int8)
    labels[:, 7] = -1
    lon = 9 + (left - 640000) / 75000
    facts = {
        "bands": bands, "glacier": labels, "box": (lon, 46.0, lon + 0.0066, 46.0036), "epsg": 32632,
        "debris": labels == 1, "attributes": {"left": left, "top": 5190000.0}, **more,
    }  # fmt: skip
    return NewTile(name, "ALP", "", **facts)


def write(path: Path, *tiles: NewTile) -> str:
    with DatasetWriter(str(path)) as writer:
        for one in tiles or (tile(),):
            writer.add(one)
    return str(path)


def told(faults) -> list[str]:
    return [str(fault) for fault in faults]


def test_a_sound_data_set_has_no_fault(tmp_path):
    assert check_dataset([write(tmp_path / "a.hdf5", tile("a"), tile("b", 641000))]) == ()


def replace(group: h5py.Group, name: str, values: np.ndarray) -> None:
    del group[name]
    group[name] = values


def put(group: h5py.Group, name: str, place: tuple, value: float) -> None:
    values = group[name][:]
    values[place] = value
    replace(group, name, values)


FAULTS = [
    (lambda g: put(g, "optical", (12, 5, 2), np.nan), ERROR, "optical", "NaN or infinite",
     "first at row 12, column 5, channel 2, 0.05% of the tile"),
    (lambda g: put(g, "dem", (39, 49, 1), -np.inf), ERROR, "dem", "NaN or infinite", "row 39, column 49, channel 1"),
    (lambda g: put(g, "dem", (0, 3, 0), 4123.0), ERROR, "dem", "outside -0.5 to 1.5", "row 0, column 3, channel 0"),
    (lambda g: put(g, "optical", (slice(20, 30), slice(None), 1), -0.6), ERROR, "optical", "outside -0.5 to 1.5",
     "row 20, column 0, channel 1, 25.00% of the tile"),
    (lambda g: replace(g, "dem", np.zeros((40, 50, 2))), WARNING, "dem", "all values are 0", ""),
    (lambda g: put(g, "outlines", (4, 6), 1), ERROR, "outlines", "glacier and not glacier at once", "row 4, column 6"),
    (lambda g: put(g, "outlines", (4, 6), 7), ERROR, "outlines", "not 0 or 1", "row 4, column 6"),
    (lambda g: put(g, "debris", (4, 6), 2), ERROR, "debris", "not 0 or 1", "row 4, column 6"),
    (lambda g: replace(g, "outlines", np.zeros((40, 50, 2))), WARNING, "outlines", "no pixel has a label", ""),
    (lambda g: replace(g, "optical", np.full((40, 50, 5), 0.5)), ERROR, "optical", "5 channels, not 6", ""),
    (lambda g: replace(g, "dem", np.full((30, 50, 2), 0.5)), ERROR, "dem", "30 x 50, but the labels are 40 x 50", ""),
    (lambda g: replace(g, "dem", np.full((40, 50), 0.5)), ERROR, "dem", "not height x width x 2", ""),
    (lambda g: replace(g, "dem", np.full((40, 50, 2), b"x")), ERROR, "dem", "not numbers", ""),
    (lambda g: g.create_dataset("lidar", data=np.ones((40, 50, 1))), WARNING, "lidar", "no input that is known", ""),
    (lambda g: g.__delitem__("outlines"), ERROR, "outlines", "no labels", ""),
    (lambda g: g.attrs.__delitem__("epsg"), ERROR, "", "epsg is missing", ""),
    (lambda g: g.attrs.__delitem__("subregion"), ERROR, "", "subregion is missing", ""),
    (lambda g: g.attrs.__setitem__("xmin", "west"), ERROR, "", "xmin is 'west', not a number", ""),
    (lambda g: g.attrs.__setitem__("xmin", 640000.0), ERROR, "", "no box in degrees", ""),
    (lambda g: g.attrs.__setitem__("subregion", 3), ERROR, "", "not a text", ""),
    (lambda g: g.attrs.__setitem__("region", "CAU"), ERROR, "", "'CAU' is none of ALP, AN", ""),
    (lambda g: g.attrs.__setitem__("height", 41), WARNING, "", "height is 41, but the labels have 40", ""),
    (lambda g: g.attrs.__setitem__("original_width", 0), ERROR, "", "original_width is 0, outside 1 to 50", ""),
]  # fmt: skip


@pytest.mark.parametrize(("spoil", "severity", "dataset", "what", "where"), FAULTS)
def test_one_fault_at_a_time(tmp_path, monkeypatch, spoil, severity, dataset, what, where):
    monkeypatch.setattr(check, "ROWS", 16)  # strips meet inside the tile
    path = write(tmp_path / "a.hdf5", tile("good", 641000), tile("bad"))
    with h5py.File(path, "r+") as file:
        spoil(file["bad"])
    (fault,) = check_dataset([path])
    assert (fault.path, fault.tile, fault.dataset, fault.severity) == (path, "bad", dataset, severity)
    assert what in fault.what and where in fault.where


def test_a_tile_without_inputs(tmp_path):
    path = write(tmp_path / "a.hdf5")
    with h5py.File(path, "r+") as file:
        del file["ALP-1"]["optical"], file["ALP-1"]["dem"]
    assert "no usable input" in told(check_dataset([path]))[0]


@pytest.mark.parametrize("cut", [100, 0.5, 0.9])
def test_a_file_that_is_cut_off(tmp_path, cut):
    path = Path(write(tmp_path / "a.hdf5"))
    data = path.read_bytes()
    path.write_bytes(data[: cut if cut > 1 else int(len(data) * cut)])
    (fault,) = check_dataset([str(path)])
    assert fault.severity == ERROR and "cut off" in fault.what


def test_a_damaged_chunk_is_told_and_the_rest_is_checked(tmp_path):
    path = write(tmp_path / "a.hdf5", tile("bad"), tile("good", 641000))
    with h5py.File(path) as file:
        chunk = file["bad"]["optical"].id.get_chunk_info(0)
    data = bytearray(Path(path).read_bytes())
    data[chunk.byte_offset : chunk.byte_offset + chunk.size] = b"\xff" * chunk.size
    Path(path).write_bytes(data)
    (fault,) = check_dataset([path])
    assert fault.tile == "bad" and fault.dataset == "optical" and "damaged" in fault.what


@pytest.mark.parametrize(("content", "words"), [(b"text", "no HDF5 file"), (None, "There is no data set")])
def test_what_is_no_data_set(tmp_path, content, words):
    path = tmp_path / "a.hdf5"
    if content:
        path.write_bytes(content)
    assert words in told(check_dataset([str(path), write(tmp_path / "b.hdf5")]))[0]


def test_an_empty_file_and_a_stray_dataset(tmp_path):
    with h5py.File(tmp_path / "a.hdf5", "w"), h5py.File(tmp_path / "b.hdf5", "w") as file:
        file["optical"] = np.zeros(3)
    faults = check_dataset([str(tmp_path / "a.hdf5"), str(tmp_path / "b.hdf5")])
    assert ["holds no tile" in told(faults)[0], "outside a tile" in told(faults)[1]] == [True, True]


def moved(labels: np.ndarray, **more: object) -> NewTile:
    return tile("other", glacier=labels, **more)


def of(**facts: str) -> NewTile:
    return tile("other", attributes={"left": 640000.0, "top": 5190000.0, **facts})


BESIDE = tile().box[2]
LABELS = np.asarray(tile().glacier)


@pytest.mark.parametrize(
    ("names", "other", "severity"),
    [
        (("train", "val"), tile("other"), ERROR),
        (("my-train-2023", "test"), tile("other"), ERROR),
        (("train", "val"), tile("other", 640490), ERROR),  # one column is shared
        (("train", "val"), tile("other", 640500), None),  # beside it
        (("train", "train_2"), tile("other"), None),
        (("alps", "andes"), tile("other"), WARNING),
        (("train", "val"), tile("other", attributes={}), ERROR),  # by degrees alone
        (("train", "val"), tile("other", attributes={}, box=(BESIDE - 1e-5, 46.0, BESIDE + 1, 46.0036)), None),
        (("train", "val"), tile("other", epsg=32633), ERROR),  # another CRS: by degrees
        (("train", "test"), of(date="2001-08-01"), ERROR),  # of the other the date is not known
        (("train", "val"), moved(np.where(LABELS == -1, 0, -1)), None),  # what has a label in one has none in the other
        (("train", "val"), moved(np.where(LABELS == 1, 0, -1)), ERROR),
    ],
)
def test_leaks_between_sets(tmp_path, names, other, severity):
    paths = [write(tmp_path / f"{names[0]}.hdf5"), write(tmp_path / f"{names[1]}.hdf5", other)]
    faults = check_dataset(paths)
    assert [fault.severity for fault in faults] == ([severity] if severity else [])
    for fault in faults:
        assert fault.path == paths[1] and fault.tile == "other" and f"{paths[0]}, tile ALP-1" in fault.what


def test_the_pixels_that_leak_are_counted(tmp_path):
    paths = [write(tmp_path / "train.hdf5"), write(tmp_path / "val.hdf5", moved(np.where(LABELS == 1, 0, -1)))]
    assert check_dataset(paths)[0].what.startswith(f"{(LABELS == 1).sum()} of its pixels")


@pytest.mark.parametrize(
    ("ours", "theirs", "word"),
    [
        ({"date": "1999-08-01"}, {"date": "2019-08-01"}, "another date"),
        ({"date": "2019-08-01", "sensor": "OLI"}, {"date": "2019-08-01", "sensor": "MSI"}, "another sensor"),
        ({"date": "2019-08-01", "sensor": "OLI"}, {"date": "2019-08-01", "sensor": "OLI"}, ""),
    ],
)
def test_the_same_place_by_another_sensor_or_at_another_date_is_a_test_of_that(tmp_path, ours, theirs, word):
    first = replaced_name(of(**ours), "first")
    paths = [write(tmp_path / "train.hdf5", first), write(tmp_path / "test.hdf5", of(**theirs))]
    (fault,) = check_dataset(paths)
    assert (fault.severity == WARNING) == bool(word) and word in fault.what


def replaced_name(one: NewTile, name: str) -> NewTile:
    return dataclasses.replace(one, name=name)


def test_names_that_two_files_share(tmp_path):
    paths = [write(tmp_path / "a.hdf5"), write(tmp_path / "b.hdf5", tile("ALP-1", 645000))]
    (fault,) = check_dataset(paths)
    assert fault.path == paths[1] and "has a tile of this name too" in fault.what


def test_it_can_be_cancelled(tmp_path):
    class Cancelling:
        def report(self, fraction, text):
            pass

        def is_cancelled(self):
            return True

    with pytest.raises(Cancelled):
        check_dataset([write(tmp_path / "a.hdf5")], Cancelling())


@pytest.mark.parametrize(
    ("name", "role"),
    [("train", "train"), ("20230905_val_global_ps384", "val"), ("training", ""), ("Test-2", "test"), ("a", "")],
)
def test_the_role_is_a_word_of_the_name(name, role):
    assert role_of(f"/train/{name}.hdf5") == role
