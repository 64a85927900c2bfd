"""Comparison and change through the runtime's child: the same values as here, and nothing left whatever happens."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from datetime import date
from pathlib import Path

import numpy as np
import pytest
import shapely
from icemargin.inference import errors
from icemargin.inference.progress import NoProgress
from icemargin.inference.vector_io import read_layer
from icemargin.inference.vector_reading import read_vectors
from icemargin.inventory.change_values import ChangeInputs, DatedLayer, change_values
from icemargin.inventory.comparison_values import ComparisonInputs, compared
from icemargin.tasks import outline_exchange
from icemargin.tasks.change import run_change, write_change_csv, write_change_report
from icemargin.tasks.comparison import run_comparison, write_csv, write_json, write_report
from icemargin.tasks.comparison_request import ChangeRequest, ComparisonRequest, DatedSource, LayerSource
from icemargin.tasks.layer_files import write_layer
from icemargin.tests.page_parser import Parsed
from icemargin.tests.unit.processes import Recorder, bare_python, is_alive, script_named, until
from icemargin.tests.unit.test_compare_command import LEFT, RIGHT, write
from osgeo import gdal, osr

pytest_plugins = ["icemargin.tests.unit.child_fixtures"]
WIDER = shapely.buffer(shapely.union_all([LEFT, RIGHT]), 10, join_style="mitre")


@pytest.fixture
def files(tmp_path):
    folder = tmp_path / "files"
    folder.mkdir()
    shapes = {
        "candidate": [WIDER], "reference": [LEFT, RIGHT], "before": [LEFT], "extent": [shapely.buffer(WIDER, -5)],
        "debris": [shapely.box(5e5, 5e6, 5.002e5, 5.001e6)],
        "ann": [shapely.buffer(LEFT, 4), RIGHT], "bob": [LEFT, shapely.buffer(RIGHT, -3)],
    }  # fmt: skip
    return {
        name: write(folder / f"{name}.gpkg", found, rgi_id=[f"{name}{n}" for n in range(len(found))],
                    term_type=["land", "lake"][: len(found)])
        for name, found in shapes.items()
    }  # fmt: skip


def source(path, name=""):
    return LayerSource(name or Path(path).name, lambda _progress: read_vectors(path), path=path)


def request(files, **more):
    return ComparisonRequest(source(files["candidate"]), source(files["reference"]), **more)


def everything(files, tmp_path):
    experts = tuple(source(files[name], name) for name in ("ann", "bob"))
    return request(
        files, pixel_m=20.0, experts=experts, extent=source(files["extent"]), strata=("term_type",), quality="good",
        zones=(("debris", source(files["debris"])),), before=source(files["before"]),
        difference=str(tmp_path / "out" / "difference.gpkg"),
    )  # fmt: skip


def raster(path, value):
    dataset = gdal.GetDriverByName("GTiff").Create(str(path), 300, 200, 1, gdal.GDT_Float32)
    plane = osr.SpatialReference()
    plane.ImportFromEPSG(32632)
    dataset.SetProjection(plane.ExportToWkt())
    dataset.SetGeoTransform((499500, 10, 0, 5001500, 0, -10))
    dataset.GetRasterBand(1).WriteArray(value * np.ones((200, 1), np.float32) + np.arange(300, dtype=np.float32))
    dataset = None
    return str(path)


def test_the_child_finds_what_is_found_here(files, tmp_path, room, children):
    progress = Recorder()
    answer = run_comparison(everything(files, tmp_path), sys.executable, progress)
    read = {name: read_vectors(path) for name, path in files.items()}
    inputs = ComparisonInputs(
        read["candidate"], read["reference"], pixel_m=20.0, extent=read["extent"], zones=(("debris", read["debris"]),),
        strata=("term_type",), experts=(("ann", read["ann"]), ("bob", read["bob"])), before=read["before"],
        quality="good",
    )  # fmt: skip
    here = compared(inputs, NoProgress())
    assert answer.values == json.loads(json.dumps(here.values))
    rows = [(row["kind"], row["glacier"]) for _, row in read_layer(answer.difference, "difference")]
    assert rows == list(zip(here.difference(NoProgress()).kind, ["reference0", "reference1"] * 2))
    assert progress.told == sorted(progress.told) and progress.told[-1] <= 1
    assert list(room.iterdir()) == [] and not any(is_alive(child.pid) for child in children)


def test_the_page_and_files_have_these_numbers(files, tmp_path, room):
    answer = run_comparison(request(files), sys.executable, Recorder())
    paths = [str(tmp_path / "new" / name) for name in ("a.html", "b.html", "c.csv", "d.json")]
    write_report(answer, paths[0], "", sys.executable, Recorder())
    write_report(answer, paths[1], raster(tmp_path / "scene.tif", 5.0), sys.executable, Recorder())
    write_csv(answer.values, paths[2])
    write_json(answer.values, paths[3])
    plain, over = (Parsed(Path(path).read_text(encoding="utf-8")) for path in paths[:2])
    assert dict(plain.numbers)["total/iou"] == dict(over.numbers)["total/iou"] == f"{answer.values['total']['iou']:.3f}"
    assert len(over.sources) == len(plain.sources) > 0 and "yellow reference" in Path(paths[1]).read_text()
    assert json.loads(Path(paths[3]).read_text()) == answer.values
    assert Path(paths[2]).read_text().count("\n") == 3 and list(room.iterdir()) == []


def test_imagery_elsewhere_and_rasters_of_the_ground(files, tmp_path, room):
    dem = raster(tmp_path / "dem.tif", 3000.0)
    answer = run_comparison(request(files, dem=dem), sys.executable, Recorder())
    assert "elevation" in str(sorted(answer.values["strata"])) and list(room.iterdir()) == []
    elsewhere = gdal.Open(raster(tmp_path / "far.tif", 1.0), gdal.GA_Update)
    elsewhere.SetGeoTransform((700000, 10, 0, 5001500, 0, -10))
    elsewhere = None
    write_report(answer, str(tmp_path / "far.html"), str(tmp_path / "far.tif"), sys.executable, Recorder())
    assert "Resume" not in (tmp_path / "far.html").read_text()


def test_a_change(files, tmp_path, room):
    days = (date(2010, 8, 20), date(2000, 8, 15))
    sources = [DatedSource(source(files[name]), day, 15.0) for name, day in zip(("reference", "candidate"), days)]
    values = run_change(ChangeRequest(tuple(sources), "rgi_id"), sys.executable, Recorder())
    layers = [
        DatedLayer(read_vectors(files[name]), day, 15.0) for name, day in zip(("reference", "candidate"), days)
    ]
    assert values == json.loads(json.dumps(change_values(ChangeInputs(tuple(layers), "rgi_id"), NoProgress())))
    write_change_report(values, str(tmp_path / "change.html"), sys.executable, Recorder())
    write_change_csv(values, str(tmp_path / "change.csv"))
    assert "2000-08-15" in (tmp_path / "change.html").read_text() and list(room.iterdir()) == []
    with pytest.raises(errors.InputError, match="does not tell the day"):
        run_change(ChangeRequest(tuple(map(DatedSource, (source(files["ann"]), source(files["bob"]))))),
                   sys.executable, Recorder())  # fmt: skip
    with pytest.raises(errors.InputError, match="two dates or more"):
        ChangeRequest((sources[0],))


@pytest.mark.parametrize(
    ("change", "kind", "message"),
    [
        ({"strata": ("nothing",)}, errors.OutlinesError, "has no field nothing"),
        ({"pixel_m": 0.0}, errors.SettingsError, "cannot be meant"),
        ({"calibration": "missing.json"}, errors.InputError, "has no reliability"),
        ({"dem": "missing.tif"}, errors.SourceError, "missing.tif"),
        ({"difference": "/proc/nowhere/x.gpkg"}, errors.OutputError, "cannot be written"),
        ({"extent": "far"}, errors.OutlinesError, "holds no reference outline"),
        ({"candidate": "lines"}, errors.OutlinesError, "is a linestring; outlines are polygons"),
        ({"candidate": "unplaced"}, errors.CrsError, "has no CRS"),
        ({"reference": "empty"}, errors.OutlinesError, "reference has no outlines"),
        ({"candidate": "gone"}, errors.OutlinesError, "cannot be read"),
    ],
)
def test_what_is_wrong_comes_back_by_name(files, tmp_path, room, change, kind, message):
    shapes = {"far": [shapely.box(0, 0, 9, 9)], "lines": [shapely.LineString([(5e5, 5e6), (5.1e5, 5e6)])], "empty": []}
    made = {name: write(tmp_path / f"{name}.gpkg", found) for name, found in shapes.items()}
    made["unplaced"] = write(tmp_path / "unplaced.gpkg", [LEFT], epsg=0)
    made["gone"] = str(tmp_path / "gone.gpkg")
    more = {name: source(made[value]) if value in made else value for name, value in change.items()}
    with pytest.raises(kind, match=message):
        run_comparison(ComparisonRequest(**{**request(files).__dict__, **more}), sys.executable, Recorder())
    assert list(room.iterdir()) == []


def test_one_expert_has_no_spread(files):
    with pytest.raises(errors.InputError, match="two layers of experts"):
        request(files, experts=(source(files["ann"]),))


@pytest.mark.parametrize("text", ["Reading", "Measuring"])
def test_cancel_leaves_nothing(files, tmp_path, room, children, text):
    progress = Recorder(text)
    progress.act = lambda: setattr(progress, "stopped", True)
    with pytest.raises(errors.Cancelled):
        run_comparison(everything(files, tmp_path), sys.executable, progress)
    assert list(room.iterdir()) == [] and not any(is_alive(child.pid) for child in children)
    assert not (tmp_path / "out" / "difference.gpkg").exists()


@pytest.mark.parametrize(("number", "message"), [(signal.SIGKILL, "memory ran out"), (signal.SIGSEGV, "SIGSEGV")])
def test_a_crash_is_told_without_talk_of_resuming(files, tmp_path, room, children, number, message):
    kill = Recorder("Measuring", lambda: os.kill(children[-1].pid, number))
    with pytest.raises(errors.RuntimeCrashError, match=message) as caught:
        run_comparison(everything(files, tmp_path), sys.executable, kill)
    assert "run again" in str(caught.value) and "Resume" not in str(caught.value) and list(room.iterdir()) == []


def test_a_parent_that_is_killed_leaves_nothing(files, room):
    """The child removes the folder."""
    code = f"""
import sys, tempfile, time
tempfile.tempdir = {str(room)!r}
from icemargin.tests.unit.test_comparison_in_runtime import *
class Hang:
    def report(self, fraction, text):
        if text.startswith("Measuring"):
            print("now", flush=True)
            time.sleep(60)
    def is_cancelled(self):
        return False
run_comparison(request({files!r}), sys.executable, Hang())
"""
    with subprocess.Popen([sys.executable, "-c", code], stdout=subprocess.PIPE, stderr=subprocess.DEVNULL) as parent:
        assert parent.stdout.readline() == b"now\n" and len(list(room.iterdir())) == 1
        parent.kill()
    assert until(lambda: not list(room.iterdir()), 10)


def test_a_folder_without_room_is_told(files, tmp_path, monkeypatch):
    monkeypatch.setattr(outline_exchange, "TemporaryDirectory", lambda **_: (_ for _ in ()).throw(OSError(28, "full")))
    with pytest.raises(errors.OutputError, match="free some space"):
        run_comparison(request(files), sys.executable, Recorder())


def test_a_runtime_that_lacks_the_packages_says_what_to_press(files, tmp_path, room):
    python = bare_python(tmp_path / "bare", numpy=True)
    with pytest.raises(errors.RuntimeMissingError, match="lacks shapely, scipy, pyproj: press Update"):
        run_comparison(request(files), python, Recorder())
    with pytest.raises(errors.RuntimeMissingError, match="none is set up: press Set up"):
        run_comparison(request(files), "", Recorder())
    with pytest.raises(errors.RuntimeCrashError):
        run_comparison(request(files), script_named(tmp_path / "python3", "echo nonsense"), Recorder())
    assert list(room.iterdir()) == []


def test_the_child_needs_no_gdal(files, tmp_path):
    """All that the child does with outlines, in a process in which GDAL and QGIS cannot be imported."""
    code = f"""
import sys
for name in ("osgeo", "qgis", "gdal"):
    sys.modules[name] = None
from icemargin.tasks.child_server import ChildServer
server = ChildServer()
folder = {str(tmp_path / "exchange")!r}
order = {{"options": {{}}, "strata": [], "zones": [], "experts": [], "difference": True}}
server.compare(folder, order)
server.comparison_page(folder, None)
layers = [{{"day": day, "pixel_m": 10.0}} for day in ("2000-01-01", "2010-01-01")]
server.change(folder, {{"layers": layers, "id_field": ""}})
server.change_page(folder)
"""
    folder = tmp_path / "exchange"
    folder.mkdir()
    for name, path in (("candidate", "candidate"), ("reference", "reference"), ("layer-0", "ann"), ("layer-1", "bob")):
        write_layer(folder / name, read_vectors(files[path]))
    run = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert run.returncode == 0, run.stderr
    assert (folder / "page.html").exists() and (folder / "difference").exists()
