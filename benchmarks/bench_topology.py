"""Speed of checking outlines: `python benchmarks/bench_topology.py [N ...]` (default 10000).

The outlines are real ones, Switzerland's inventory of 2010 (../shared/data/rgi), put side by side until there are N.
One line of JSON for each N: seconds to build the index, to check the whole layer, and the median and longest of a
hundred edits (`put` and `check_places` of one glacier that grows by 5 m), at least half of them beside a neighbour.
The same edits then go the whole way that they go from QGIS: written, told to a child that holds the layer, checked
there, the changes to the faults read again (`through_child_...`); the load is that of the machine meanwhile.
"""

from __future__ import annotations

import json
import os
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
        "faults": len(faults), **edits(index, places), **through_child(layer, places),
        "load": round(os.getloadavg()[0], 1),
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
    from icemargin.inventory.topology import check_places

    took, cpu = [], []
    for place in places:
        edited = shapely.buffer(index.raw[place], 5.0, quad_segs=1)
        start, cpu_start = time.perf_counter(), time.process_time()
        index.put(place, edited)
        check_places(index, [place])
        took.append(time.perf_counter() - start)
        cpu.append(time.process_time() - cpu_start)
    return {
        "edit_median_s": round(float(np.median(took)), 4), "edit_longest_s": round(max(took), 4),
        "edit_longest_cpu_s": round(max(cpu), 4),
    }  # fmt: skip


def through_child(layer: Any, places: List[int]) -> dict[str, float]:
    """Return how long a check of the layer and of each edit take from here to a child and back."""
    import numpy as np
    import shapely
    from icemargin.inference.progress import NoProgress
    from icemargin.inference.vector_layer import VectorLayer
    from icemargin.inventory.topology_faults import CheckSettings
    from icemargin.tasks.comparison_request import LayerSource
    from icemargin.tasks.topology_session import CheckOrder, TopologySession, Touched

    fields = ("im_id", "src_date")

    def source(geometry: Any, keys: List[int]) -> LayerSource:
        rows = tuple({"im_id": layer.ids[key], "src_date": "2010-09-01"} for key in keys)
        wkb = tuple(shapely.to_wkb(geometry).tolist())
        return LayerSource("", lambda _: VectorLayer("", "", layer.crs, wkb, rows, fields, tuple(keys)))

    session, took = TopologySession(), []
    start = time.perf_counter()
    order = CheckOrder(source(layer.geometry, list(range(len(layer)))), CheckSettings())
    session.check(order, sys.executable, NoProgress())
    whole = time.perf_counter() - start
    for place in places:
        edited = source(np.array([shapely.buffer(layer.geometry[place], 5.0, quad_segs=1)]), [int(place)])
        start = time.perf_counter()
        session.follow(Touched(edited, frozenset({int(place)})), NoProgress())
        took.append(time.perf_counter() - start)
    session.close()
    return {
        "through_child_whole_layer_s": round(whole, 2), "through_child_edit_median_s": round(float(np.median(took)), 4),
        "through_child_edit_longest_s": round(max(took), 4),
    }  # fmt: skip


def main(arguments: list[str]) -> None:
    if not DATA.exists():
        print(f"Skipped: {DATA.name} is not there.")
        return
    for count in arguments or ("10000",):
        measure(int(count))


if __name__ == "__main__":
    main(sys.argv[1:])
