"""Speed and memory of comparing inventories: `bench_compare.py [--dem] [N ...]` (default 1000 3000 10000).

The outlines are real ones, Switzerland's inventory of 2010 (../shared/data/rgi), put side by side until there are N;
the candidate is the same with every outline moved by some metres. All metrics, pixels of 10 m. With --dem also by
ground: elevation (25 m) is made up for the country, and repeated; reading it near the outlines counts. Prints one line
of JSON for each N; the peak memory is that of the whole process, which does nothing else.
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
COUNTS = ("1000", "3000", "10000")
APART_M = 400_000.0
SHIFT_M = 7.0
COUNTRY, SIDE, DEM_M = 1420, 3, 25.0
"""Outlines of the inventory, how many copies lie side by side, pixel of the DEM."""


def tiled(count: int) -> Any:
    """Return `count` real outlines as a layer, copies of the country side by side."""
    import numpy as np
    import shapely
    from icemargin.inference.vector_reading import read_vectors
    from icemargin.inventory.outlines import Outlines, outlines_from_wkb

    layer = read_vectors(str(DATA))
    country = outlines_from_wkb(layer.wkb, [""] * len(layer.wkb), layer.crs)
    copies = -(-count // len(country))
    side = int(np.ceil(np.sqrt(copies)))
    parts = []
    for copy in range(copies):
        east, north = (copy % side) * APART_M, (copy // side) * APART_M
        parts.append(shapely.transform(country.geometry, lambda xy, e=east, n=north: xy + np.array([e, n])))
    geometry = np.concatenate(parts)[:count]
    return Outlines(geometry, tuple(f"g{place}" for place in range(count)), country.crs)


def moved(layer: Any, seed: int = 1) -> Any:
    """Return the layer with every outline moved by about SHIFT_M in a direction of its own."""
    import numpy as np
    import shapely
    from icemargin.inventory.outlines import Outlines

    xy, owner = shapely.get_coordinates(layer.geometry, return_index=True)
    shift = np.random.default_rng(seed).normal(0, SHIFT_M, (len(layer), 2))
    return Outlines(shapely.set_coordinates(layer.geometry.copy(), xy + shift[owner]), layer.ids, layer.crs)


def write_dem(folder: str) -> str:
    """Write an elevation of the country and a VRT that repeats it; return the VRT's path."""
    import shapely
    from bench_attributes import write_waves
    from osgeo import gdal

    country = tiled(COUNTRY)
    west, south, east, north = (round(float(end) / DEM_M) * DEM_M for end in shapely.total_bounds(country.geometry))
    one = str(Path(folder, "one.tif"))
    box = (west - 40 * DEM_M, south - 40 * DEM_M, east + 40 * DEM_M, north + 40 * DEM_M)
    write_waves(one, box, country.crs, DEM_M, 1500.0, 4500.0)
    copies = []
    for number in range(SIDE**2):
        east, north = (number % SIDE) * APART_M, (number // SIDE) * APART_M
        copies.append(str(Path(folder, f"{number}.vrt")))
        ends = [box[0] + east, box[3] + north, box[2] + east, box[1] + north]
        gdal.Translate(copies[-1], one, format="VRT", outputBounds=ends)
    gdal.BuildVRT(str(Path(folder, "dem.vrt")), copies, VRTNodata=-9999)
    return str(Path(folder, "dem.vrt"))


def grounds(dem: str, layers: Sequence[Any], folder: str) -> Any:
    """Return what `compare` asks of a DEM: its pixels near the layers, stored in `folder`."""
    import shapely
    from icemargin.inference.progress import NoProgress
    from icemargin.inference.vector_layer import VectorLayer
    from icemargin.inventory.ground import grounds_of
    from icemargin.scenes.ground_rasters import store_ground

    plain = [VectorLayer("made", "made", layer.crs, tuple(shapely.to_wkb(layer.geometry).tolist()),
                         ({},) * len(layer), ()) for layer in layers]  # fmt: skip
    stored = store_ground(dem, "", plain, folder, NoProgress())
    return grounds_of(stored["elevation"], None, layers[1], 5.0)


def measure(count: int, dem: str = "") -> None:
    """Compare `count` outlines with as many in this process and print what it took."""
    import shapely
    from icemargin.inventory.comparison import compare

    reference = tiled(count)
    candidate = moved(reference)
    start, cpu = time.perf_counter(), time.process_time()
    with tempfile.TemporaryDirectory() as folder:
        ground = grounds(dem, (candidate, reference), folder) if dem else ()
        found = compare(candidate, reference, grounds=ground).to_json()
        kept = sum(path.stat().st_size for path in Path(folder).rglob("*") if path.is_file())
    seconds, cpu = time.perf_counter() - start, time.process_time() - cpu
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    print(json.dumps({
        "glaciers": count, "vertices": int(shapely.get_num_coordinates(reference.geometry).sum()),
        "seconds": round(seconds, 1), "cpu_seconds": round(cpu, 1), "peak_memory_mib": round(peak),
        "iou": round(found["total"]["iou"], 4), "polis_m": round(found["total"]["polis_m"], 2),
        "classes": found["classes"], "dem_kept_mib": round(kept / 2**20),
    }))  # fmt: skip


def main(arguments: list[str]) -> None:
    if not DATA.exists():
        print(f"Skipped: {DATA.name} is not there.")
    elif arguments[:1] == ["--write"]:
        write_dem(arguments[1])
    elif arguments[:1] == ["--measure"]:
        measure(int(arguments[1]), *arguments[2:])
    else:
        with tempfile.TemporaryDirectory() as folder:
            dem = []
            if "--dem" in arguments:
                subprocess.run([sys.executable, __file__, "--write", folder], check=True)
                dem = [str(Path(folder, "dem.vrt"))]
            for count in [text for text in arguments if text != "--dem"] or COUNTS:
                subprocess.run([sys.executable, __file__, "--measure", count, *dem], check=True)


if __name__ == "__main__":
    main(sys.argv[1:])
