"""Speed of checking outlines: `python benchmarks/bench_topology.py [N ...]` (default 10000).

The outlines are real ones, Switzerland's inventory of 2010 (../shared/data/rgi), put side by side until there are N.
One line of JSON for each N: seconds to build the index, to check the whole layer, and the median and longest of a
hundred edits (`put` and `check_touched` of one glacier that grows by 5 m), at least half of them beside a neighbour.
"""

from __future__ import annotations

import json
import sys
import time
from typing import Any, List

from bench_compare import DATA, tiled

EDITS = 100


def measure(count: int) -> None:
    """Check `count` outlines as a whole, then edit some, and print what it took."""
    import numpy as np
    import shapely
    from icemargin.inventory.topology import check_layer
    from icemargin.inventory.topology_index import LayerIndex

    layer = tiled(count)
    start = time.perf_counter()
    index = LayerIndex(layer.geometry, layer.ids, layer.crs)
    built = time.perf_counter() - start
    start, cpu = time.perf_counter(), time.process_time()
    faults = check_layer(index)
    whole, cpu = time.perf_counter() - start, time.process_time() - cpu
    first, _ = index_pairs(layer.geometry)
    random = np.random.default_rng(1)
    places = [*random.choice(first, EDITS // 2), *random.choice(count, EDITS // 2)]
    print(json.dumps({
        "glaciers": count, "vertices": int(shapely.get_num_coordinates(layer.geometry).sum()),
        "index_s": round(built, 2), "whole_layer_s": round(whole, 2), "whole_layer_cpu_s": round(cpu, 2),
        "faults": len(faults), **edits(index, places),
    }))  # fmt: skip


def index_pairs(geometry: Any) -> Any:
    """Return the places of outlines that touch another, twice."""
    import shapely

    first, second = shapely.STRtree(geometry).query(geometry, predicate="intersects")
    return first[first != second], second[first != second]


def edits(index: Any, places: List[int]) -> dict[str, float]:
    """Return how long an edit and its check take."""
    import numpy as np
    import shapely
    from icemargin.inventory.topology import check_touched

    took, cpu = [], []
    for place in places:
        edited = shapely.buffer(index.raw[place], 5.0, quad_segs=1)
        start, cpu_start = time.perf_counter(), time.process_time()
        index.put(place, edited)
        check_touched(index, [index.ids[place]])
        took.append(time.perf_counter() - start)
        cpu.append(time.process_time() - cpu_start)
    return {
        "edit_median_s": round(float(np.median(took)), 4), "edit_longest_s": round(max(took), 4),
        "edit_longest_cpu_s": round(max(cpu), 4),
    }  # fmt: skip


def main(arguments: list[str]) -> None:
    if not DATA.exists():
        print(f"Skipped: {DATA.name} is not there.")
        return
    for count in arguments or ("10000",):
        measure(int(count))


if __name__ == "__main__":
    main(sys.argv[1:])
