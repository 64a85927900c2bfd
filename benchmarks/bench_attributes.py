"""Speed and memory of the attributes: `python benchmarks/bench_attributes.py [N ...]` (default 1000 and all, 1420).

The outlines are real ones, Switzerland's inventory of 2010 (../shared/data/rgi); elevation (25 m) and confidence (20 m)
are made up, in the outlines' CRS. Prints one line of JSON for each N: seconds for reading the rasters near the
outlines, for the attributes with buffers, for those with intervals too, and for a run in which nothing has changed; the
peak memory is that of the whole process, which does nothing else.
"""

from __future__ import annotations

import json
import resource
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any, Sequence

DATA = Path(__file__).parents[2] / "shared" / "data" / "rgi" / "switzerland_sgi2010.gpkg"
COUNTS = ("1000", "1420")
BOX = (550_000.0, 77_000.0, 829_000.0, 237_000.0)
RASTERS = {"elevation": (25.0, 1500.0, 4500.0), "confidence": (20.0, 0.5, 1.0)}
"""Pixel in metres, lowest and highest value."""


def write_raster(folder: str, name: str) -> None:
    """Write a raster round the inventory in its own CRS."""
    from icemargin.inference.vector_reading import read_vectors

    write_waves(str(Path(folder, f"{name}.tif")), BOX, read_vectors(str(DATA)).crs, *RASTERS[name])


def write_waves(path: str, box: Sequence[float], crs: str, pixel: float, low: float, high: float) -> None:
    """Write a raster of waves of several lengths in a box, strip by strip."""
    import numpy as np
    from osgeo import gdal

    west, south, east, north = box
    width, height = int((east - west) / pixel), int((north - south) / pixel)
    options = ["TILED=YES", "COMPRESS=DEFLATE", "ZLEVEL=1"]
    raster = gdal.GetDriverByName("GTiff").Create(path, width, height, 1, gdal.GDT_Float32, options)
    raster.SetGeoTransform((west, pixel, 0, north, 0, -pixel))
    raster.SetProjection(crs)
    x = (np.arange(width) * pixel).astype(np.float32)
    for top in range(0, height, 512):
        y = (np.arange(top, min(top + 512, height)) * pixel).astype(np.float32)[:, None]
        waves = sum(np.sin(x / length + y / (1.3 * length)) * np.cos(y / length) for length in (9000.0, 1700.0, 400.0))
        raster.GetRasterBand(1).WriteArray(low + (high - low) * (waves / 6 + 0.5), 0, top)
    raster.FlushCache()


def measure(count: int, folder: str) -> None:
    """Measure `count` outlines in this process, with the rasters in `folder`, and print what it took."""
    from icemargin.inference.progress import NoProgress
    from icemargin.inference.raster_storing import store_raster
    from icemargin.inference.request import Source
    from icemargin.inference.stored_raster import StoredRaster
    from icemargin.inference.vector_layer import VectorLayer
    from icemargin.inference.vector_reading import read_vectors
    from icemargin.inventory.attributes_edits import attribute_edits
    from icemargin.inventory.attributes_layer import AttributeInputs, layer_attributes

    whole = read_vectors(str(DATA))
    layer = VectorLayer(whole.path, whole.name, whole.crs, whole.wkb[:count], whole.rows[:count], whole.fields)
    with tempfile.TemporaryDirectory() as stored:
        rasters: dict[str, Any] = {}
        seconds = {}
        for name in RASTERS:
            path, place = str(Path(folder, f"{name}.tif")), Path(stored, name)
            place.mkdir()
            start = time.perf_counter()
            store_raster(Source((path,), {name: 1}), name, [layer], str(place), NoProgress(), 10)
            seconds[f"{name}_read_s"] = round(time.perf_counter() - start, 1)
            rasters[name] = StoredRaster.open(str(place))
        inputs = AttributeInputs(rasters["elevation"], "made up")
        start, cpu = time.perf_counter(), time.process_time()
        found = layer_attributes(layer, inputs)
        seconds["attributes_s"] = round(time.perf_counter() - start, 1)
        seconds["attributes_cpu_s"] = round(time.process_time() - cpu, 1)
        start, cpu = time.perf_counter(), time.process_time()
        layer_attributes(layer, AttributeInputs(rasters["elevation"], "made up", confidence=rasters["confidence"]))
        seconds["with_intervals_s"] = round(time.perf_counter() - start, 1)
        seconds["with_intervals_cpu_s"] = round(time.process_time() - cpu, 1)
        values = attribute_edits(layer, found).values
        rows = tuple({**row, **values[place]} for place, row in enumerate(layer.rows))
        fields = (*layer.fields, "attr_key", "o1region")
        again = VectorLayer(layer.path, layer.name, layer.crs, layer.wkb, rows, fields)
        start = time.perf_counter()
        unchanged = layer_attributes(again, inputs).unchanged
        seconds["unchanged_s"] = round(time.perf_counter() - start, 1)
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    print(json.dumps({
        "glaciers": count, "area_km2": round(found.total.area_km2, 1), "measured": found.measured,
        "unchanged": unchanged, **seconds, "peak_memory_mib": round(peak),
    }))  # fmt: skip


def main(arguments: list[str]) -> None:
    if not DATA.exists():
        print(f"Skipped: {DATA.name} is not there.")
    elif arguments[:1] == ["--measure"]:
        measure(int(arguments[1]), arguments[2])
    elif arguments[:1] == ["--raster"]:
        write_raster(arguments[1], arguments[2])
    else:
        with tempfile.TemporaryDirectory() as folder:
            for name in RASTERS:
                subprocess.run([sys.executable, __file__, "--raster", folder, name], check=True)
            for count in arguments or COUNTS:
                subprocess.run([sys.executable, __file__, "--measure", count, folder], check=True)


if __name__ == "__main__":
    main(sys.argv[1:])
