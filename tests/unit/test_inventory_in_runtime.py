"""Attributes and divides through the runtime's child: what the command line writes, and nothing is left."""

from __future__ import annotations

import math
import os
import signal
import subprocess
import sys

import numpy as np
import pytest
import shapely
from builders import write_raster
from icemargin.cli import main
from icemargin.inference import errors
from icemargin.inference.vector_reading import read_vectors
from icemargin.tasks.inventory_request import AttributesRequest, DividesRequest
from icemargin.tasks.inventory_work import find_attributes, find_divides
from icemargin.tests.unit.processes import bare_python, is_alive
from icemargin.tests.unit.test_compare_command import write
from icemargin.tests.unit.test_comparison_in_runtime import Recorder, source
from icemargin.tests.unit.test_divides_command import EAST, ICE, NEW, WEST, write_dem
from relief_builders import relief_of, roof

pytest_plugins = ["icemargin.tests.unit.child_fixtures"]
X, Y = 6e5, 3.8e6
LEFT, RIGHT = shapely.box(X + 500, Y - 2500, X + 1500, Y - 500), shapely.box(X + 1500, Y - 2500, X + 2500, Y - 500)


@pytest.fixture
def hills(tmp_path):
    """Paths by name: outlines on a slope, its DEM and the map's confidence, debris and regions."""
    place = tmp_path / "hills"
    place.mkdir()
    south = np.repeat(3000 - 2.0 * np.arange(300)[:, None], 300, axis=1)
    return {
        "outlines": write(place / "in.gpkg", [LEFT, RIGHT, LEFT.buffer(-300)], 32643, im_id=["A", "", "R"],
                          status=["accepted", "", "rejected"]),
        "dem": write_raster(place / "hills.tif", south.astype(np.float32)),
        "confidence": write_raster(place / "confidence.tif", np.full((300, 300), 0.8, np.float32)),
        "debris": write(place / "debris.gpkg", [LEFT], 32643),
        "regions": write(place / "regions.gpkg", [shapely.box(75, 33, 78, 36)], 4326, o1region=["14"]),
    }  # fmt: skip


@pytest.fixture
def roofs(tmp_path):
    """Paths by name: ice under a roof, an earlier inventory, a DEM."""
    place = tmp_path / "roofs"
    place.mkdir()
    return {
        "outlines": write(place / "ice.gpkg", [ICE, NEW], im_id=["I1", "I2"], src_date=["2020-08-01", "2021-08-01"]),
        "earlier": write(place / "old.gpkg", [WEST, EAST], rgi_id=["R1", "R2"]),
        "nameless": write(place / "nameless.gpkg", [WEST, EAST]),
        "dem": write_dem(place / "dem.tif", relief_of(roof).elevation),
    }  # fmt: skip


def everything(hills):
    return AttributesRequest(
        source(hills["outlines"]), hills["dem"], "hills", hills["confidence"], source(hills["debris"]),
        (source(hills["regions"]),), 20.0, 400.0,
    )  # fmt: skip


def written(command, paths, tmp_path, *words):
    out = str(tmp_path / "out.gpkg")
    assert main([command, paths["outlines"], "--out", out, *words]) == 0
    return read_vectors(out)


def same(one, other):
    both_missing = all(value is None or (isinstance(value, float) and math.isnan(value)) for value in (one, other))
    return both_missing or one == other


def test_attributes_are_those_of_the_command_line(hills, tmp_path, room, children):
    progress = Recorder()
    answer = find_attributes(everything(hills), sys.executable, progress)
    words = ("--dem", hills["dem"], "--confidence", hills["confidence"], "--debris", hills["debris"],
             "--regions", hills["regions"], "--pixel", "20", "--block", "400")  # fmt: skip
    layer = written("attributes", hills, tmp_path, *words)
    assert len(answer.edits.values) == len(layer.rows) == 3 and answer.values["measured"] == 2
    for place, values in answer.edits.values.items():
        assert all(same(value, layer.rows[place][name]) for name, value in values.items())
    assert {field.name for field in answer.edits.fields} <= set(layer.fields)
    assert "bootstrap of calibrated confidence, blocks of 400 m" in answer.values["total"]["method"]
    assert answer.edits.values[0]["area_lo_km2"] < 2 < answer.edits.values[0]["area_hi_km2"]
    assert progress.told == sorted(progress.told) and progress.told[-1] <= 1
    assert list(room.iterdir()) == [] and not any(is_alive(child.pid) for child in children)


def test_what_has_not_changed_is_not_measured(hills, tmp_path, room):
    layer = written("attributes", hills, tmp_path, "--dem", hills["dem"])
    request = AttributesRequest(source(layer.path), hills["dem"], "hills")
    answer = find_attributes(request, sys.executable, Recorder())
    assert (answer.values["measured"], answer.values["unchanged"]) == (0, 2)
    again = AttributesRequest(source(layer.path), hills["dem"], "hills", everything=True)
    assert find_attributes(again, sys.executable, Recorder()).values["measured"] == 2


@pytest.mark.parametrize(
    ("earlier", "dem"), [(True, True), (True, False), (False, True)], ids=["both", "inherited", "flowsheds"]
)
def test_divides_are_those_of_the_command_line(roofs, tmp_path, room, earlier, dem):
    request = DividesRequest(
        source(roofs["outlines"]), source(roofs["earlier"]) if earlier else None, roofs["dem"] if dem else ""
    )
    answer = find_divides(request, sys.executable, Recorder())
    words = [*(["--inherit", roofs["earlier"]] if earlier else []), *(["--dem", roofs["dem"]] if dem else [])]
    layer = written("divides", roofs, tmp_path, *words)
    edits = answer.edits
    kept = {place: answer.before.wkb[place] for place in edits.values}
    made = [*{**kept, **edits.shapes}.values(), *(wkb for _, wkb, _ in edits.added)]
    here, there = (shapely.normalize(shapely.get_parts(shapely.from_wkb(list(some)))) for some in (made, layer.wkb))
    assert sorted(shapely.to_wkt(here)) == sorted(shapely.to_wkt(there))
    ids = [*(row["im_id"] for row in edits.values.values()), *(row["im_id"] for _, _, row in edits.added)]
    assert sorted(ids) == sorted(layer.texts("im_id"))
    assert answer.values["glaciers"] == len(layer.rows) and list(room.iterdir()) == []


def test_pieces_run_round_like_the_outline_they_were_cut_from(roofs, tmp_path, room):
    for name, clockwise in (("left", False), ("right", True)):
        ring = shapely.Polygon(ICE.exterior.coords[:: -1 if ICE.exterior.is_ccw == clockwise else 1])
        path = write(tmp_path / f"{name}.gpkg", [ring], im_id=["I1"])
        request = DividesRequest(source(path), source(roofs["earlier"]))
        pieces = shapely.from_wkb([wkb for _, wkb, _ in find_divides(request, sys.executable, Recorder()).edits.added])
        assert len(pieces) == 2 and (shapely.is_ccw(shapely.get_exterior_ring(pieces)) != clockwise).all()


@pytest.mark.parametrize(
    ("change", "kind", "message"),
    [
        ({"dem": "missing.tif"}, errors.SourceError, "missing.tif"),
        ({"dem": "far"}, errors.ExtentError, "does not lie where the outlines are"),
        ({"confidence": "far"}, errors.ExtentError, "does not lie where the outlines are"),
        ({"outlines": "unplaced"}, errors.CrsError, "CRS"),
        ({"outlines": "gone"}, errors.OutlinesError, "cannot be read"),
        ({"regions": "outlines"}, errors.OutlinesError, "region"),
        ({"pixel_m": 0.0}, errors.SettingsError, "size in metres"),
        ({"block_m": math.nan}, errors.SettingsError, "size in metres"),
    ],
)
def test_what_is_wrong_with_attributes_comes_back_by_name(hills, tmp_path, room, change, kind, message):
    made = {**hills, "unplaced": write(tmp_path / "unplaced.gpkg", [LEFT], epsg=0), "gone": str(tmp_path / "gone.gpkg"),
            "far": write_raster(tmp_path / "far.tif", np.ones((30, 30), np.float32), left=X + 9e4)}  # fmt: skip
    asked = {"outlines": "outlines", "dem": "dem", **change}
    sources = {name: source(made.get(value, value)) for name, value in asked.items() if name in ("outlines", "regions")}
    rasters = {name: made.get(value, value) for name, value in asked.items() if name not in sources}
    with pytest.raises(kind, match=message):
        request = AttributesRequest(
            **rasters, outlines=sources["outlines"], dem_source="",
            regions=tuple(one for name, one in sources.items() if name == "regions"),
        )  # fmt: skip
        find_attributes(request, sys.executable, Recorder())
    assert list(room.iterdir()) == []


def test_what_is_wrong_with_divides_comes_back_by_name(roofs, room):
    with pytest.raises(errors.InputError, match="Nothing tells where the divides are"):
        DividesRequest(source(roofs["outlines"]))
    with pytest.raises(errors.OutlinesError, match="has no ids to inherit"):
        find_divides(DividesRequest(source(roofs["outlines"]), source(roofs["nameless"])), sys.executable, Recorder())
    assert list(room.iterdir()) == []


def test_cancel_and_crash_leave_nothing(hills, roofs, room, children):
    stopped = Recorder("Measuring")
    stopped.act = lambda: setattr(stopped, "stopped", True)
    with pytest.raises(errors.Cancelled):
        find_attributes(everything(hills), sys.executable, stopped)
    killed = Recorder("Dividing", lambda: os.kill(children[-1].pid, signal.SIGKILL))
    with pytest.raises(errors.RuntimeCrashError, match="run again"):
        find_divides(DividesRequest(source(roofs["outlines"]), None, roofs["dem"]), sys.executable, killed)
    assert list(room.iterdir()) == [] and not any(is_alive(child.pid) for child in children)


def test_a_runtime_that_lacks_the_packages_says_what_to_press(hills, roofs, tmp_path, room):
    python = bare_python(tmp_path / "bare", numpy=True)
    with pytest.raises(errors.RuntimeMissingError, match="lacks shapely, scipy, pyproj: press Update"):
        find_attributes(everything(hills), python, Recorder())
    with pytest.raises(errors.RuntimeMissingError, match="pyproj, fastscapelib: press Update"):
        find_divides(DividesRequest(source(roofs["outlines"]), None, roofs["dem"]), python, Recorder())
    with pytest.raises(errors.RuntimeMissingError, match="none is set up"):
        find_attributes(everything(hills), "", Recorder())


def test_the_child_needs_no_gdal(hills, tmp_path):
    """Attributes and divides in a process in which GDAL and QGIS cannot be imported."""
    from icemargin.inference.progress import NoProgress
    from icemargin.scenes.ground_rasters import store_near
    from icemargin.scenes.sources import elevation_source
    from icemargin.tasks.layer_files import write_layer

    folder = tmp_path / "exchange"
    folder.mkdir()
    layer = read_vectors(hills["outlines"])
    write_layer(folder / "outlines", layer)
    store_near(elevation_source(hills["dem"]), "elevation", [layer], str(folder), NoProgress(), 20)
    code = f"""
import sys
for name in ("osgeo", "qgis", "gdal"):
    sys.modules[name] = None
from icemargin.tasks.child_server import ChildServer
server = ChildServer()
order = {{"dem_source": "x", "pixel_m": 10.0, "block_m": 3200.0, "regions": 0, "everything": False}}
server.attributes({str(folder)!r}, order)
server.divides({str(folder)!r}, {{"minimum_km2": 0.01, "split_ice_caps": False, "id_field": ""}})
"""
    run = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert run.returncode == 0, run.stderr
    assert (folder / "edits").exists()
