"""The command line: what it prints, what it writes, and its exit codes."""

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import pytest
from builders import cone, read, request_for, snow_scene, write_raster
from icemargin import __version__
from icemargin.cli import main
from icemargin.inference.delineate import delineate
from icemargin.inference.request import OPTICAL_BANDS, Source
from osgeo import gdal

OUTPUTS = ["confidence.tif", "outlines.gpkg", "probability.tif"]
KEYS = {
    "paths", "n_outlines", "glacier_area_km2", "valid_fraction", "windows", "provider", "seconds", "peak_memory_mib",
}  # fmt: skip


@pytest.fixture
def scene(tmp_path):
    return write_raster(tmp_path / "scene.tif", snow_scene((150, 160)), names=OPTICAL_BANDS)


def test_json_is_one_object_and_the_files_are_there(scene, tmp_path, capsys):
    assert main(["map", "--optical", scene, "--out", str(tmp_path / "out"), "--json"]) == 0
    found = json.loads(capsys.readouterr().out)
    assert set(found) >= KEYS
    assert sorted(path.name for path in (tmp_path / "out").iterdir()) == OUTPUTS
    assert all(Path(path).exists() for path in found["paths"].values())
    assert found["provider"] == "numpy" and found["valid_fraction"] == 1 and found["n_outlines"] > 0


def test_rasters_are_those_of_the_core(scene, tmp_path, capsys):
    bands = {name: number for number, name in enumerate(OPTICAL_BANDS, start=1)}
    result = delineate(request_for([scene], tmp_path / "core", bands))
    assert main(["map", "--optical", scene, "--out", str(tmp_path / "cli")]) == 0
    for name in OUTPUTS[::2]:
        assert (tmp_path / "cli" / name).read_bytes() == (tmp_path / "core" / name).read_bytes()
    assert f"{result.n_outlines} outlines" in capsys.readouterr().out


def test_one_file_a_band_in_any_order(scene, tmp_path):
    stack = gdal.Open(scene).ReadAsArray()
    names = ["B04", "B02", "B11", "B03", "B08", "B12"]
    order = [2, 0, 4, 1, 3, 5]
    files = [
        write_raster(tmp_path / f"T43SET_20230817T053651_{name}.tif", stack[place]) for name, place in zip(names, order)
    ]
    assert main(["map", "--optical", *files, "--out", str(tmp_path / "files")]) == 0
    assert main(["map", "--optical", scene, "--out", str(tmp_path / "stack")]) == 0
    np.testing.assert_array_equal(
        read(str(tmp_path / "files" / "probability.tif")), read(str(tmp_path / "stack" / "probability.tif"))
    )


def test_tiles_are_a_mosaic(scene, tmp_path):
    stack = gdal.Open(scene).ReadAsArray()
    west = write_raster(tmp_path / "w.tif", stack[:, :, :100], names=OPTICAL_BANDS)
    east = write_raster(tmp_path / "e.tif", stack[:, :, 80:], names=OPTICAL_BANDS, left=600800.0)
    assert main(["map", "--optical", west, east, "--out", str(tmp_path / "tiles")]) == 0
    assert main(["map", "--optical", scene, "--out", str(tmp_path / "whole")]) == 0
    np.testing.assert_array_equal(
        read(str(tmp_path / "tiles" / "probability.tif")), read(str(tmp_path / "whole" / "probability.tif"))
    )


def test_bands_scale_and_extent(tmp_path):
    dn = (snow_scene((150, 160)) * 1e4 + 1000).clip(1, 65535)
    path = write_raster(tmp_path / "dn.tif", dn, kind=gdal.GDT_UInt16)
    words = ["map", "--optical", path, "--bands", "blue=1,green=2,red=3,swir1=5", "--scale", "1e-4", "--offset", "-0.1"]
    extent = "600500,3799000,601000,3799500,EPSG:32643"
    assert main([*words, "--extent", extent, "--out", str(tmp_path / "out")]) == 0
    raster = gdal.Open(str(tmp_path / "out" / "probability.tif"))
    assert (raster.RasterXSize, raster.RasterYSize) == (50, 50)


def test_western_longitudes_are_no_options(tmp_path):
    path = write_raster(tmp_path / "a.tif", snow_scene((150, 160)), crs="EPSG:32718", left=640000, top=4830000)
    assert main(["map", "--optical", path, "--extent", "-76,-48,-70,-45,EPSG:4326", "--out", str(tmp_path / "o")]) == 0


def test_a_guess_by_position_is_told(tmp_path, capsys):
    path = write_raster(tmp_path / "a.tif", snow_scene((60, 60)))
    assert main(["map", "--optical", path, "--out", str(tmp_path / "out")]) == 0
    assert "by their position only" in capsys.readouterr().err


def test_green_and_swir1_are_enough(tmp_path):
    path = write_raster(tmp_path / "a.tif", snow_scene((60, 60))[[1, 4]], names=("green", "swir1"))
    assert main(["map", "--optical", path, "--out", str(tmp_path / "out")]) == 0


@pytest.mark.parametrize(
    ("words", "code", "message"),
    [
        ([], 2, "required"),
        (["map", "--out", "x"], 2, "--optical"),
        (["map", "--optical", "no.tif", "--out", "{out}"], 2, "Cannot open no.tif"),
        (["map", "--optical", "{scene}", "--out", "{out}", "--bands", "blue"], 2, "is not like"),
        (["map", "--optical", "{scene}", "--out", "{out}", "--bands", "violet=1"], 2, "bands are named"),
        (["map", "--optical", "{scene}", "--out", "{out}", "--bands", "blue=1,red=9,swir1=5"], 2, "does not exist"),
        (["map", "--optical", "{scene}", "--out", "{out}", "--bands", "blue=1,red=3"], 2, "blue, red and SWIR1"),
        (["map", "--optical", "{scene}", "--out", "{out}", "--extent", "1,1,1,1"], 2, "no area"),
        (["map", "--optical", "{scene}", "--out", "{out}", "--extent", "here"], 2, "is not like"),
        (["map", "--optical", "{scene}", "--out", "{out}", "--overlap", "1"], 2, "overlap"),
        (["map", "--optical", "{scene}", "--out", "{out}", "--model", "no.onnx"], 2, "no model file"),
        (["map", "--optical", "{dem}", "--out", "{out}"], 2, "choose the bands"),
        (["map", "--optical", "{scene}", "--out", "{scene}/x"], 1, "choose another output folder"),
        (["model", "import", "{scene}", "--out", "{out}.onnx"], 2, "scene.tif"),
        (["model", "show", "{scene}"], 2, "ONNX"),
    ],
)
def test_errors_are_one_line_and_a_code(scene, tmp_path, capfd, words, code, message):
    dem = write_raster(tmp_path / "dem.tif", cone((20, 20)), names=("elevation",))
    places = {"scene": scene, "out": str(tmp_path / "out"), "dem": dem}
    try:
        found = main([word.format(**places) for word in words])
    except SystemExit as exit_:
        found = exit_.code
    told = capfd.readouterr()
    assert found == code, told.err
    assert told.out == "" and len(told.err.strip().splitlines()) == 1 and message in told.err
    assert not (tmp_path / "out").exists()


def test_debug_shows_the_traceback(tmp_path, capfd):
    assert main(["map", "--optical", "no.tif", "--out", str(tmp_path / "out"), "--debug"]) == 2
    assert "Traceback" in capfd.readouterr().err


def test_version(capsys):
    with pytest.raises(SystemExit):
        main(["--version"])
    assert __version__ in capsys.readouterr().out


@pytest.mark.parametrize("words", [["--help"], ["model", "list"]])
@pytest.mark.parametrize("unbuffered", ["", "1"])
def test_a_reader_that_has_gone_is_no_bug(tmp_path, words, unbuffered):
    """As in `icemargin model list | head -1`."""
    there, here = os.pipe()
    os.close(there)
    environment = {**os.environ, "XDG_DATA_HOME": str(tmp_path), "PYTHONUNBUFFERED": unbuffered}
    command = [sys.executable, "-m", "icemargin.cli", *words]
    done = subprocess.run(command, stdout=here, stderr=subprocess.PIPE, env=environment, check=False)
    os.close(here)
    assert (done.returncode, done.stderr) == (141, b"")


def test_ctrl_c_cancels_within_two_seconds_and_leaves_nothing(tmp_path):
    path = write_raster(tmp_path / "a.tif", snow_scene((4000, 4000)))
    words = ["map", "--optical", path, "--bands", "blue=1,red=3,swir1=5", "--out", str(tmp_path / "out")]
    child = subprocess.Popen([sys.executable, "-m", "icemargin.cli", *words], stderr=subprocess.PIPE, text=True)
    work = tmp_path / "out" / ".icemargin-work"
    while not work.exists():
        assert child.poll() is None, child.communicate()
        time.sleep(0.02)
    child.send_signal(signal.SIGINT)
    began = time.monotonic()
    _, told = child.communicate(timeout=60)
    assert time.monotonic() - began < 2
    assert child.returncode == 130 and "Cancelled" in told
    assert not (tmp_path / "out").exists()


def test_a_killed_run_is_resumed_with_the_identical_result(tmp_path):
    path = write_raster(tmp_path / "a.tif", snow_scene((3000, 1500)))
    words = ["map", "--optical", path, "--bands", "blue=1,red=3,swir1=5"]
    command = [sys.executable, "-m", "icemargin.cli", *words, "--out", str(tmp_path / "b")]
    child = subprocess.Popen(command)
    work = tmp_path / "b" / ".icemargin-work"
    while not (work.exists() and list(work.glob("strip_[+-]*"))):
        assert child.poll() is None
        time.sleep(0.01)
    os.kill(child.pid, signal.SIGKILL)
    child.wait()
    assert main([*words, "--out", str(tmp_path / "b"), "--resume"]) == 0
    assert main([*words, "--out", str(tmp_path / "a")]) == 0
    for name in OUTPUTS[::2]:
        assert (tmp_path / "a" / name).read_bytes() == (tmp_path / "b" / name).read_bytes()
    assert sorted(path.name for path in (tmp_path / "b").iterdir()) == OUTPUTS


def test_zanskar_agrees_with_the_landsat_outline(shared, tmp_path, capsys):
    """The real scene: five bands (no SWIR2) as DN."""
    folder = shared / "data" / "zanskar"
    words = ["map", "--optical", str(folder / "optical_toa_dn.tif"), "--dem", str(folder / "elevation.tif")]
    assert main([*words, "--scale", "0.0001", "--out", str(tmp_path / "out"), "--json"]) == 0
    found = json.loads(capsys.readouterr().out)
    assert found["n_outlines"] == 15 and found["glacier_area_km2"] == pytest.approx(6.58, abs=0.01)
    debris, glacier, known = gdal.Open(str(folder / "labels.tif")).ReadAsArray().astype(bool)
    mapped = read(found["paths"]["probability"]) >= 0.5
    both = (mapped & glacier & known).sum()
    assert both / ((mapped | glacier) & known).sum() == pytest.approx(0.753, abs=0.002)
    assert both / (mapped & known).sum() == pytest.approx(0.891, abs=0.002)
    assert both / (glacier & known).sum() == pytest.approx(0.830, abs=0.002)
    assert mapped[debris].mean() == pytest.approx(0.169, abs=0.005)  # the band ratio misses debris-covered ice
    raster = gdal.Open(found["paths"]["probability"])
    assert raster.GetGeoTransform() == pytest.approx(gdal.Open(str(folder / "labels.tif")).GetGeoTransform(), abs=1e-5)


def test_sources_of_elevation(tmp_path):
    from icemargin.inference.errors import BandError
    from icemargin.scenes.sources import elevation_source

    path = write_raster(tmp_path / "a.tif", np.zeros((2, 5, 5)), names=("slope_deg", "elevation_m"))
    assert elevation_source(path) == Source((path,), {"elevation": 2})
    other = write_raster(tmp_path / "b.tif", np.zeros((2, 5, 5)), names=("elevation_m", "slope_deg"))
    assert elevation_source(path, path) == Source((path, path), {"elevation": 2})
    with pytest.raises(BandError, match=r"a.tif and .*b.tif have elevation in different bands"):
        elevation_source(path, path, other)
