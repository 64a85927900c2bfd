"""`icemargin check --format glims FOLDER`: the files of a hand-in against each other, each spoilt in turn."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import numpy as np
import pytest
import shapely
from icemargin.tests.unit.test_check_command import GLACIER, run, write
from osgeo import ogr
from shapely import box

OTHER = shapely.Polygon(box(5.02e5, 5e6, 5.04e5, 5.01e6).exterior, [box(5.025e5, 5.001e6, 5.03e5, 5.002e6).exterior])


def north(xy):
    return xy + np.array([0, 0.01])


def east(xy):
    return xy + np.array([1, 0])


@pytest.fixture(scope="module")
def sound(tmp_path_factory):
    """A hand-in of two neighbours with a nunatak each, and a line."""
    from icemargin.cli import main

    folder = tmp_path_factory.mktemp("hand-in")
    path = write(folder / "in.gpkg", [GLACIER, OTHER])
    line = write(folder / "lines.gpkg", [shapely.LineString([(5.01e5, 5.001e6), (5.01e5, 5.009e6)])])
    words = ["export", path, "--format", "glims", "--out", folder / "out", "--lines", f"centerline={line}",
             "--local-uncertainty", 5, "--global-uncertainty", 10]  # fmt: skip
    assert main([str(word) for word in words]) == 0
    return folder / "out"


@pytest.fixture
def folder(sound, tmp_path):
    return Path(shutil.copytree(sound, tmp_path / "hand-in"))


def faults(capsys, folder):
    code, out, _ = run(capsys, "check", folder, "--format", "glims", "--json")
    found = json.loads(out)["faults"]
    assert code == int(bool(found))
    return found


def test_a_sound_hand_in(folder, capsys):
    assert faults(capsys, folder) == []


def changed_feature(folder, name, number=0, geometry=None, **values):
    dataset = ogr.Open(str(folder / f"{name}.shp"), 1)
    layer = dataset.GetLayer(0)
    feature = layer.GetFeature(number)
    if geometry:
        moved = shapely.transform(shapely.from_wkb(bytes(feature.GetGeometryRef().ExportToWkb())), geometry)
        feature.SetGeometry(ogr.CreateGeometryFromWkb(shapely.to_wkb(moved)))
    for field, value in values.items():
        feature.SetField(field, value)
    layer.SetFeature(feature)


def without_feature(folder, name, number):
    dataset = ogr.Open(str(folder / f"{name}.shp"), 1)
    dataset.GetLayer(0).DeleteFeature(number)
    dataset.ExecuteSQL(f"REPACK {name}")


def edited(folder, name, old, new):
    path = folder / name
    text = path.read_text("utf-8")
    assert old in text
    path.write_text(text.replace(old, new), "utf-8")


@pytest.mark.parametrize(
    ("spoil", "wanted"),
    [
        (lambda f: (f / "internal_rock.shp").unlink(), ["internal_rock.shp is missing"]),
        (lambda f: (f / "images.csv").unlink(), ["images.csv is missing"]),
        (lambda f: (f / "session.csv").unlink(), ["session.csv is missing"]),
        (lambda f: (f / "centerline.prj").unlink(), ["centerline.shp is not in EPSG:4326"]),
        (lambda f: changed_feature(f, "centerline", local_id="nobody"), ["the local_id nobody, which no outline"]),
        (lambda f: changed_feature(f, "centerline", line_type="lake"), ["whose line_type is not centerline"]),
        (lambda f: changed_feature(f, "internal_rock", local_id="g1"),
         ["does not lie in a hole", "1 holes, and 0 polygons", "1 holes, and 2 polygons"]),
        (lambda f: changed_feature(f, "internal_rock", geometry=north), ["does not lie in a hole"]),
        (lambda f: changed_feature(f, "internal_rock", geometry=east), ["does not lie in a hole"]),
        (lambda f: without_feature(f, "internal_rock", 1),
         ["1 holes, and 0 polygons", "session.csv says n_internal_rock = 2; the layers have 1"]),
        (lambda f: changed_feature(f, "outlines", image_id="S2B_2"),
         ["has not the row S2A_1, S2, 2020-08-01, 1", "has not the row S2B_2", "has the row S2A_1, S2, 2020-08-01, 2"]),
        (lambda f: edited(f, "images.csv", "S2A_1", "other"), ["has not the row S2A_1", "has the row other"]),
        (lambda f: edited(f, "images.csv", "S2,", "L8,"), ["has not the row S2A_1, S2", "has the row S2A_1, L8"]),
        (lambda f: edited(f, "session.csv", "outlines,2", "outlines,3"), ["says outlines = 3; the layers have 2"]),
        (lambda f: edited(f, "session.csv", "area_total_km2", "area"), ["says area_total_km2 = (nothing)"]),
    ],
)  # fmt: skip
def test_what_does_not_fit(folder, capsys, spoil, wanted):
    spoil(folder)
    found = faults(capsys, folder)
    assert {fault["kind"] for fault in found} == {"hand_in"} and len(found) == len(wanted)
    for words in wanted:
        assert any(words in fault["what"] for fault in found), (words, found)


def test_where_a_rock_is_wrong(folder, capsys):
    changed_feature(folder, "internal_rock", number=1, geometry=north)
    [fault] = faults(capsys, folder)
    assert fault["ids"] == ["g1"] and fault["places"] == [1]
    assert (fault["lon"], fault["lat"]) == pytest.approx((9.035, 45.177), abs=2e-3)


def test_what_cannot_be_checked(folder, tmp_path, capsys):
    assert run(capsys, "check", folder, "--format", "glims", "--repair", "--out", tmp_path / "a.gpkg")[0] == 2
    with open(folder / "session.csv", "wb") as stream:
        stream.write(b"\xff\xfe\x00")
    code, _, err = run(capsys, "check", folder, "--format", "glims")
    assert code == 2 and "A table in" in err and err.count("\n") == 1
    (folder / "outlines.shp").unlink()
    assert run(capsys, "check", folder, "--format", "glims")[0] == 2
