"""What a run is said to take covers what it took, and grows with it."""

import pytest
from builders import request_for, snow_scene, write_raster
from icemargin.inference.averages import Averages
from icemargin.inference.classic import classic_description
from icemargin.inference.delineate import delineate
from icemargin.inference.estimate import estimate, estimate_tiling
from icemargin.inference.grid import Grid
from icemargin.inference.model import ModelDescription
from icemargin.inference.request import ClassicSettings
from icemargin.inference.windows import tiling
from icemargin.weights.features import FEATURES

CLASSIC = classic_description(ClassicSettings())


def test_windows_size_and_time_are_those_of_the_run(tmp_path):
    path = write_raster(tmp_path / "a.tif", snow_scene((300, 240)))
    request = request_for([path], tmp_path / "out")
    told = estimate(request, CLASSIC, 0.5)
    assert (told.width_km, told.height_km) == (2.4, 3.0)
    assert told.windows == delineate(request).windows and told.seconds == told.windows * 0.5
    written = sum(file.stat().st_size for file in (tmp_path / "out").iterdir())
    assert told.disk_mib * 2**20 > 0.9 * written


def test_memory_covers_what_was_measured():
    """The peaks of docs/developer-guide.md, "Measured", in MiB by the side of a square scene in pixels."""
    for side, measured in ((500, 140), (4000, 428), (10000, 740)):
        tiles = tiling(Grid("", 10.0, 0, 0, side, side), CLASSIC.patch, 0.0)
        assert measured < estimate_tiling(tiles, CLASSIC, 0).memory_mib < 3 * measured


@pytest.mark.parametrize(
    ("averages", "runs"),
    [
        (Averages(flips=True), 8),
        (Averages(passes=5), 5),
        (Averages(("b", "c")), 3),
        (Averages(("b",), flips=True, passes=2), 32),
    ],
)
def test_averages_multiply_the_time_not_the_memory(averages, runs):
    network = ModelDescription("net", (FEATURES["optical"],), 384, 10.0)
    tiles = tiling(Grid("", 10.0, 0, 0, 2000, 2000), 384, 0.25)
    single, told = estimate_tiling(tiles, network, 2.0), estimate_tiling(tiles, network, 2.0, averages)
    assert told.windows == single.windows and told.seconds == runs * single.seconds
    assert single.memory_mib <= told.memory_mib < 1.6 * single.memory_mib
    assert (told.disk_mib > single.disk_mib) == averages.has_spread


def test_memory_covers_what_averages_took():
    """GlaViTU's peaks of docs/user-guide.md, "Averages", in MiB: one window, without the raster side."""
    network = ModelDescription("net", (FEATURES["optical"], FEATURES["dem"]), 384, 10.0)
    tiles = tiling(Grid("", 10.0, 0, 0, 384, 384), 384, 0.0)
    for averages, measured in ((Averages(passes=5), 855), (Averages(("b",)), 561)):
        assert measured < estimate_tiling(tiles, network, 0, averages).memory_mib < 2 * measured


def test_the_place_is_told_before_the_run(tmp_path):
    path = write_raster(tmp_path / "a.tif", snow_scene((300, 240)))
    features = (FEATURES["optical"],)
    request = request_for([path], tmp_path / "out", model="m.onnx", region="HMA")
    coordinates = ModelDescription("net", features, 64, 10.0, "coordinates")
    assert estimate(request, coordinates, 1).location.startswith("coordinates 34.3")
    assert " N, 76." in estimate(request, coordinates, 1).location
    assert estimate(request, ModelDescription("net", features, 64, 10.0, "region"), 1).location == "region HMA"
    assert estimate(request, ModelDescription("net", features, 64, 10.0), 1).location == ""
