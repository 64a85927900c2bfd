"""What a run is said to take covers what it took, and grows with it."""

from builders import request_for, snow_scene, write_raster
from icemargin.inference.classic import classic_description
from icemargin.inference.delineate import delineate
from icemargin.inference.estimate import estimate, estimate_tiling
from icemargin.inference.grid import Grid
from icemargin.inference.request import ClassicSettings
from icemargin.inference.windows import tiling

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
