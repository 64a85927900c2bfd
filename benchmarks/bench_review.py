"""Speed of the Review tab: `python benchmarks/bench_review.py [N ...]` (default 10000). Needs QGIS, no screen.

N square glaciers in a GeoPackage as a run writes it. One line of JSON for each N: seconds from adding the layer until
the queue is shown and the panel answers (and of processor time, which other jobs disturb less), and the median and
longest of a hundred steps to the next glacier, and of a hundred acceptances (written to the file), each with all that
follows from it in the panel.
"""

from __future__ import annotations

import json
import os
import statistics
import sys
import time
from pathlib import Path
from typing import Any, Callable, List

from in_qgis import measure_in_qgis

os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")
STEPS = 100
PITCH, SIDE = 1000.0, 600.0


def write_outlines(path: str, count: int) -> None:
    """Write `count` squares in rows of 100, each with an uncertain part."""
    from icemargin.inference.outline_schemas import outlines_schema
    from icemargin.inference.vector_io import GeoPackageWriter
    from osgeo import ogr
    from qgis.core import QgsCoordinateReferenceSystem

    def row(number: int) -> Any:
        x, y = 500_000 + PITCH * (number % 100), 3_700_000 - PITCH * (number // 100)
        ring = f"{x} {y}, {x + SIDE} {y}, {x + SIDE} {y - SIDE}, {x} {y - SIDE}, {x} {y}"
        values = {"im_id": f"G-{number}", "area_km2": 0.36, "unc_area_km2": 0.36 * (number % 97) / 97}
        return bytes(ogr.CreateGeometryFromWkt(f"POLYGON (({ring}))").ExportToWkb(ogr.wkbNDR)), values

    with GeoPackageWriter(path) as writer:
        crs = QgsCoordinateReferenceSystem("EPSG:32643")
        wkt = crs.toWkt(QgsCoordinateReferenceSystem.WktVariant.WKT_PREFERRED)
        writer.write(outlines_schema(wkt), (row(number) for number in range(count)))


def timed(work: Callable[[], Any], after: Callable[[], Any]) -> List[float]:
    """Return the seconds that each of many calls takes, with the events that follow."""
    took = []
    for _ in range(STEPS):
        start = time.perf_counter()
        work()
        after()
        took.append(time.perf_counter() - start)
    return took


def measure(count: int, folder: str) -> None:
    """Open a layer of `count` glaciers, walk and decide, and print what it took."""
    from icemargin.ui.review_panel import ReviewPanel
    from icemargin.ui.review_presenter import ReviewPresenter
    from qgis.core import QgsApplication, QgsProject, QgsVectorLayer
    from qgis.gui import QgsMapCanvas, QgsMessageBar
    from qgis.PyQt.QtWidgets import QMainWindow

    path = str(Path(folder) / f"outlines-{count}.gpkg")
    write_outlines(path, count)

    class Interface:
        """As much of QGIS as the tab uses."""

        def __init__(self) -> None:
            self.window = QMainWindow()
            self.canvas, self.bar = QgsMapCanvas(self.window), QgsMessageBar(self.window)
            self.mainWindow, self.mapCanvas, self.messageBar = (
                lambda: self.window, lambda: self.canvas, lambda: self.bar,
            )  # fmt: skip

    interface, panel = Interface(), ReviewPanel()
    presenter = ReviewPresenter(panel, interface)
    panel.resize(360, 700)
    panel.show()
    QgsApplication.processEvents()
    layer = QgsVectorLayer(f"{path}|layername=outlines", "Outlines", "ogr")
    start, worked = time.perf_counter(), time.process_time()
    QgsProject.instance().addMapLayer(layer)
    QgsApplication.processEvents()
    opened, worked = time.perf_counter() - start, time.process_time() - worked
    assert len(presenter.desk) == count
    following = timed(lambda: panel.table.step(1), QgsApplication.processEvents)
    accepting = timed(lambda: presenter.decide("accepted"), QgsApplication.processEvents)
    assert presenter.desk.progress().done == STEPS
    result = {"glaciers": count, "open_s": round(opened, 3), "open_processor_s": round(worked, 3)}
    for name, took in (("next", following), ("accept", accepting)):
        result.update({f"{name}_median_s": round(statistics.median(took), 4), f"{name}_longest_s": round(max(took), 4)})
    print(json.dumps(result))
    presenter.stop()
    QgsProject.instance().clear()
    panel.deleteLater()
    interface.window.deleteLater()
    QgsApplication.processEvents()


if __name__ == "__main__":
    measure_in_qgis(measure, sys.argv[1:])
