"""Cost of the edit log: `python benchmarks/bench_edit_log.py [N ...]` (default 10000). Needs QGIS, no screen.

N square glaciers in a GeoPackage, as a run writes it. One line of JSON for each N: median and longest seconds of a
hundred reshapes of one glacier with all that follows, without and with the log; of a hundred undos; of one step that
changes a field of all glaciers; of reading the log, and of the way back for one glacier.
"""

from __future__ import annotations

import json
import os
import statistics
import sys
import time
from pathlib import Path
from typing import Any, Callable, Dict

from bench_review import write_outlines
from in_qgis import measure_in_qgis

os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")
STEPS = 100


def timed(work: Callable[[int], Any], count: int = STEPS) -> Dict[str, float]:
    """Return median and longest seconds of many calls."""
    took = []
    for number in range(count):
        start = time.perf_counter()
        work(number)
        took.append(time.perf_counter() - start)
    return {"median_s": round(statistics.median(took), 5), "longest_s": round(max(took), 5)}


def measure(count: int, folder: str) -> None:
    """Edit a layer of `count` glaciers, and print what it took."""
    from icemargin.maptools.edit_history import history, undoing
    from icemargin.maptools.edit_recorder import EditRecorder, Worker
    from icemargin.maptools.outline_edit import OutlineEdit, apply_edit
    from qgis.core import QgsGeometry, QgsVectorLayer

    path = str(Path(folder) / f"outlines-{count}.gpkg")
    write_outlines(path, count)
    layer = QgsVectorLayer(f"{path}|layername=outlines", "Outlines", "ogr")
    layer.startEditing()
    fids = [feature.id() for feature in layer.getFeatures()]

    def reshape(number: int) -> None:
        fid = fids[number * (count // STEPS)]
        geometry: QgsGeometry = layer.getGeometry(fid).buffer(-5, 64)
        apply_edit(layer, OutlineEdit({fid: geometry}), "Reshape")

    def set_all(_: int) -> None:
        place = layer.fields().indexOf("src_id")
        layer.beginEditCommand("All")
        for fid in fids:
            layer.changeAttributeValue(fid, place, "scene")
        layer.endEditCommand()

    result: Dict[str, Any] = {"glaciers": count, "without_log": timed(reshape), "all_without_log": timed(set_all, 1)}
    layer.rollBack()
    layer.startEditing()
    recorder = EditRecorder(layer, Worker(str, str, lambda: "sign"))
    result.update(with_log=timed(reshape), undo=timed(lambda _: layer.undoStack().undo()), all=timed(set_all, 1))
    layer.commitChanges()
    result.update(read=timed(lambda _: history(layer), 1), way_back=timed(lambda _: undoing(layer, fids[0], 0), 1))
    recorder.stop()
    print(json.dumps(result))


if __name__ == "__main__":
    measure_in_qgis(measure, sys.argv[1:])
