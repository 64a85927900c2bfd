"""`icemargin dataset`: what it prints, what it leaves, and its exit codes."""

from __future__ import annotations

from pathlib import Path

import h5py
import numpy as np
import pytest
from builders import cone, snow_scene, write_raster
from icemargin.cli import main
from icemargin.inference.request import OPTICAL_BANDS
from osgeo import ogr

SHAPE = (200, 240)


@pytest.fixture
def scene(tmp_path) -> list[str]:
    """The words of a build from a scene whose upper half is glacier: blocks of 0.8 km, 7 or more of them."""
    optical = write_raster(tmp_path / "optical.tif", snow_scene(SHAPE), names=OPTICAL_BANDS)
    dem = write_raster(tmp_path / "dem.tif", cone(SHAPE), names=("elevation",))
    dataset = ogr.GetDriverByName("GeoJSON").CreateDataSource(str(tmp_path / "outlines.geojson"))
    layer = dataset.CreateLayer("glaciers", None, ogr.wkbPolygon)
    feature = ogr.Feature(layer.GetLayerDefn())
    # The scene is UTM 43N, x 600000 to 602400, y 3798000 to 3800000; GeoJSON is in degrees.
    feature.SetGeometryDirectly(
        ogr.CreateGeometryFromWkt("POLYGON ((76.0 34.326, 76.2 34.326, 76.2 34.4, 76.0 34.4, 76.0 34.326))")
    )
    layer.CreateFeature(feature)
    dataset = layer = None
    words = ["dataset", "build", "--optical", optical, "--dem", dem, "--outlines", str(tmp_path / "outlines.geojson")]
    return [*words, "--block-km", "0.8", "--gap", "100", "--out", str(tmp_path / "out")]


def test_from_build_to_show(scene, tmp_path, capsys):
    assert main([*scene, "--subregion", "Ladakh", "--debris", scene[7]]) == 0
    out, err = capsys.readouterr()
    files = [str(tmp_path / "out" / f"{name}.hdf5") for name in ("train", "val", "test")]
    lines = out.splitlines()
    assert [line.split(":")[0] for line in lines[:3]] == files and "labelled pixels" in lines[0]
    assert "random would leak" in lines[3]
    assert "Mind: Everything outside the outlines counts as free of" in err and "Mind: No tile holds 384" in err
    assert main(["dataset", "check", *files]) == 0
    assert capsys.readouterr().out.strip() == "No fault found."
    assert main(["dataset", "show", *files]) == 0
    table = capsys.readouterr().out
    assert "HMA     Ladakh" in table and "optical dem" in table and "Mind" not in table
    totals = [line.split() for line in table.splitlines() if line[0].isdigit()]
    assert len(totals) == 3 and {words[-1] for words in totals} == {"100.0%"}  # debris = the outlines themselves


def test_show_counts_by_hand(tmp_path, capsys):
    from icemargin.training.data.writing import DatasetWriter, NewTile

    labels = np.full((10, 20), -1)
    labels[:5] = 0
    labels[:2] = 1
    bands = {"blue": np.full((10, 20), 0.3, np.float32), "thermal": np.full((10, 20), 270, np.float32)}
    debris = np.zeros((10, 20), bool)
    debris[0] = True
    with DatasetWriter(str(tmp_path / "a.hdf5")) as writer:
        writer.add(NewTile("one", "ALP", "", bands, labels, (9, 46, 9.1, 46.1), debris=debris))
        writer.add(NewTile("two", "SC", "Jan", bands, np.zeros((10, 20)), (9, 60, 9.1, 60.1)))
    assert main(["dataset", "show", str(tmp_path / "a.hdf5")]) == 0
    _, _, one, two, total = (line.split() for line in capsys.readouterr().out.splitlines())
    assert one[:2] == ["one", "ALP"] and one[-3:] == ["50.0%", "40.0%", "50.0%"]
    assert two[-3:] == ["100.0%", "0.0%", "-"] and total[-3:] == ["75.0%", "13.3%", "50.0%"]
    assert "thermal (without green, red," in " ".join(one)


def test_check_tells_and_fails(scene, tmp_path, capsys):
    assert main(scene) == 0
    path = str(tmp_path / "out" / "train.hdf5")
    with h5py.File(path, "r+") as file:
        name, tile = next(iter(file.items()))
        tile["optical"][3, 4, 5] = np.nan
        del tile.attrs["subregion"]
    capsys.readouterr()
    assert main(["dataset", "check", path]) == 2
    out = capsys.readouterr().out
    assert f"error: {path}, {name}, optical, first at row 3, column 4, channel 5" in out
    assert "the attribute subregion is missing" in out and out.strip().endswith("2 errors, 0 warnings")


def test_warnings_alone_do_not_fail(scene, tmp_path, capsys):
    assert main(scene) == 0
    path = str(tmp_path / "out" / "train.hdf5")
    with h5py.File(path, "r+") as file:
        next(iter(file.values()))["lidar"] = np.ones((3, 3))
    assert main(["dataset", "check", path]) == 0 and "0 errors, 1 warnings" in capsys.readouterr().out


def test_more_bands(scene, tmp_path):
    warm = np.stack([np.full(SHAPE, 0.5), np.full(SHAPE, 270.0)]).astype(np.float32)
    path = write_raster(tmp_path / "more.tif", warm)
    assert main([*scene, "--band", f"thermal={path}:2", "--band", f"coherence_ascending={path}:1:0.5"]) == 0
    with h5py.File(tmp_path / "out" / "train.hdf5") as file:
        tile = next(iter(file.values()))
        assert tile["thermal"][0, 0, 0] == pytest.approx(270 / 322.08056641)
        assert tile["in_sar"][0, 0].tolist() == pytest.approx([0.25, 0], abs=1e-6)


def test_from_a_corrected_map(tmp_path, capsys):
    optical = write_raster(tmp_path / "optical.tif", snow_scene((220, 260), 4), names=OPTICAL_BANDS)
    assert main(["map", "--optical", optical, "--out", str(tmp_path / "map")]) == 0
    outlines = str(tmp_path / "map" / "outlines.gpkg")
    words = ["dataset", "build", "--corrections", outlines, "--out", str(tmp_path / "out")]
    assert main(words) == 2 and "has no corrected glacier, and two or more are needed" in capsys.readouterr().err
    dataset = ogr.Open(outlines, 1)
    layer = dataset.GetLayerByName("outlines")
    for feature in list(layer)[:3]:
        feature["status"] = "accepted"
        layer.SetFeature(feature)
    dataset = layer = None
    words[3] = str(tmp_path / "map")  # the folder will do
    assert main(words) == 0
    out, err = capsys.readouterr()
    assert "Split by glaciers" in out and "Held back of 3 corrected glaciers" in err
    Path(optical).rename(tmp_path / "moved.tif")
    assert main([*words, "--overwrite"]) == 2 and "give the rasters by --optical" in capsys.readouterr().err
    assert main([*words, "--overwrite", "--optical", str(tmp_path / "moved.tif")]) == 0
    assert main([*words, "--overwrite", "--debris", optical]) == 2
    assert "--debris goes with --outlines" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (["--overwrite", "--shares", "0.5,0.5"], "is not like 0.7,0.15,0.15"),
        (["--shares", "0.5,0.5,0.5"], "sum to 1"),
        (["--block-km", "0"], "block's side"),
        (["--gap", "900"], "gap between sets"),
        (["--region", "Alps"], "There is no region 'Alps'"),
        (["--band", "thermal"], "is not like thermal=FILE"),
        (["--band", "heat=a.tif"], "Unknown band 'heat'"),
        (["--band", "thermal=a.tif:0"], "counted from 1"),
        (["--band", "thermal=a.tif:1:e"], "no number for a scale"),
        (["--band", "thermal=none.tif"], "none.tif"),
        (["--band", "elevation=none.tif"], "given twice"),
        (["--bands", "blue=1,green=x"], "is not like blue=1"),
        (["--outside", "rock"], "invalid choice"),
        (["--corrections", "a.gpkg"], "not allowed with argument"),
        (["--layer", "lakes"], "its layers are glaciers"),
        (["--status", "accepted"], "status there: none"),
        (["--debris", "none.gpkg"], "none.gpkg cannot be read"),
        (["--resolution", "-10"], "in metres and above 0"),
        (["--tile", "3"], "at least 32 pixels"),
        (["--extent", "0,0,1,1"], "outside the imagery"),
    ],
)
def test_wrong_input_is_told_in_one_line(scene, tmp_path, capsys, words, message):
    try:
        code = main([*scene, *words])
    except SystemExit as error:  # argparse's own
        code = error.code
    err = capsys.readouterr().err.strip().splitlines()
    assert code == 2 and len(err) == 1 and message in err[0]
    assert not list((tmp_path / "out").glob("*"))


def test_what_is_needed_is_told(capsys, scene):
    for words in (["dataset"], ["dataset", "build", "--out", "x"], ["dataset", "check"]):
        with pytest.raises(SystemExit) as error:
            main(words)
        assert error.value.code == 2
    assert main(["dataset", "build", "--outlines", scene[7], "--out", "x"]) == 2
    assert "No optical band is given" in capsys.readouterr().err


@pytest.mark.parametrize("action", ["check", "show"])
def test_files_that_are_none(tmp_path, capsys, action):
    (tmp_path / "a.hdf5").write_text("no")
    assert main(["dataset", action, str(tmp_path / "a.hdf5")]) == 2
    out, err = capsys.readouterr()
    assert "no HDF5 file" in out + err
