"""Speed and memory of comparing inventories: `python benchmarks/bench_compare.py [N ...]` (default 1000 3000 10000).

The outlines are real ones, Switzerland's inventory of 2010 (../shared/data/rgi), put side by side until there are N;
the candidate is the same with every outline moved by some metres. All metrics, pixels of 10 m. Prints one line of JSON
for each N; the peak memory is that of the whole process, which does nothing else.
"""

from __future__ import annotations

import json
import resource
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

DATA = Path(__file__).parents[2] / "shared" / "data" / "rgi" / "switzerland_sgi2010.gpkg"
COUNTS = ("1000", "3000", "10000")
APART_M = 400_000.0
SHIFT_M = 7.0


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


def measure(count: int) -> None:
    """Compare `count` outlines with as many in this process and print what it took."""
    import shapely
    from icemargin.inventory.comparison import compare

    reference = tiled(count)
    candidate = moved(reference)
    start, cpu = time.perf_counter(), time.process_time()
    found = compare(candidate, reference).to_json()
    seconds, cpu = time.perf_counter() - start, time.process_time() - cpu
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    print(json.dumps({
        "glaciers": count, "vertices": int(shapely.get_num_coordinates(reference.geometry).sum()),
        "seconds": round(seconds, 1), "cpu_seconds": round(cpu, 1), "peak_memory_mib": round(peak),
        "iou": round(found["total"]["iou"], 4), "polis_m": round(found["total"]["polis_m"], 2),
        "classes": found["classes"],
    }))  # fmt: skip


def main(arguments: list[str]) -> None:
    if not DATA.exists():
        print(f"Skipped: {DATA.name} is not there.")
    elif arguments[:1] == ["--measure"]:
        measure(int(arguments[1]))
    else:
        for count in arguments or COUNTS:
            subprocess.run([sys.executable, __file__, "--measure", count], check=True)


if __name__ == "__main__":
    main(sys.argv[1:])
