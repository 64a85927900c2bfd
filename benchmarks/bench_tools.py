"""Speed of the editing tools: `python benchmarks/bench_tools.py [N ...]` (default 10000). Needs QGIS, no screen.

The outlines are real ones, Switzerland's inventory of 2010 (../shared/data/rgi), put side by side until there are N, in
a GeoPackage as a run writes it. One line of JSON for each N: median and longest seconds of some thirty uses of each
tool (and the longest of the processor's time, as others may use the machine), all in one session of editing: the edit,
its check and what follows in the layer. `preview`: the threshold brush follows one movement of the mouse, on a
probability raster of 10,000 x 10,000 pixels.
"""

from __future__ import annotations

import json
import os
import statistics
import sys
import time
from collections import Counter
from pathlib import Path
from typing import Any, Callable, Dict, Iterator, List, Tuple

from bench_compare import DATA, tiled
from in_qgis import measure_in_qgis

os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")
USES = 30
PIXELS, PIXEL_M = 10_000, 10.0
WEST, NORTH = -110_000.0, 36_000.0
"""Of the raster, in the plane in which the country is centred."""


def write_outlines(path: str, count: int) -> None:
    """Write `count` polygons of real glaciers with the fields of a run."""
    import shapely
    from icemargin.inference.outline_schemas import outlines_schema
    from icemargin.inference.vector_io import GeoPackageWriter
    from qgis.core import QgsCoordinateReferenceSystem

    inventory = tiled(count)
    parts = shapely.get_parts(inventory.geometry)[:count]
    rows = ((shapely.to_wkb(part), {"im_id": f"G-{number}"}) for number, part in enumerate(parts))
    crs = QgsCoordinateReferenceSystem()
    crs.createFromUserInput(inventory.crs)
    wkt = crs.toWkt(QgsCoordinateReferenceSystem.WktVariant.WKT_PREFERRED)
    with GeoPackageWriter(path) as writer:
        writer.write(outlines_schema(wkt), rows)


def write_probability(path: str, outlines: str) -> None:
    """Write 1 where there is ice, 0 elsewhere, tiled and compressed, around the first copy of the country."""
    from osgeo import gdal

    options = ["TILED=YES", "COMPRESS=DEFLATE", "BLOCKXSIZE=512", "BLOCKYSIZE=512"]
    raster = gdal.GetDriverByName("GTiff").Create(path, PIXELS, PIXELS, 1, gdal.GDT_Float32, options)
    raster.SetGeoTransform((WEST, PIXEL_M, 0, NORTH, 0, -PIXEL_M))
    vectors = gdal.OpenEx(outlines, gdal.OF_VECTOR)
    layer = vectors.GetLayerByName("outlines")
    raster.SetProjection(layer.GetSpatialRef().ExportToWkt())
    gdal.RasterizeLayer(raster, [1], layer, burn_values=[1])


Took = Tuple[float, float]
"""Seconds on the clock, and of the processor."""


class Strokes:
    """What an analyst might draw on glaciers chosen at random, in the layer's CRS."""

    def __init__(self, layer: Any) -> None:
        import numpy as np

        self.layer = layer
        self._random = np.random.default_rng(1)
        self._fids = sorted(layer.allFeatureIds())

    def outline(self, wanted: Callable[[Any], bool] = bool) -> Any:
        """Return an outline that is `wanted`."""
        while True:
            geometry = self.layer.getGeometry(int(self._random.choice(self._fids)))
            if not geometry.isEmpty() and wanted(geometry):
                return geometry

    def across(self) -> Any:
        """Return a line from north to south through a glacier."""
        outline = self.outline()
        middle, box = outline.pointOnSurface().asPoint(), outline.boundingBox().buffered(1)
        return _line((middle.x(), box.yMinimum()), (middle.x(), box.yMaximum()))

    def at_margin(self) -> Any:
        """Return a disc of 100 m around a point of a margin."""
        from qgis.core import QgsGeometry, QgsPointXY

        return QgsGeometry.fromPointXY(QgsPointXY(self.outline().vertexAt(0))).buffer(100, 8)

    def hole(self) -> Any:
        """Return a point in a nunatak."""
        from qgis.core import QgsGeometry

        outline = self.outline(lambda one: len(one.asPolygon()) > 1)
        return QgsGeometry.fromPolygonXY([outline.asPolygon()[1]]).pointOnSurface()

    def between(self) -> Any:
        """Return a line from a glacier into its neighbour."""
        pair = [outline.pointOnSurface().asPoint() for outline in self._pair()[:2]]
        return _line(*((point.x(), point.y()) for point in pair))

    def divide(self) -> Any:
        """Return a line from a divide towards the middle of a glacier and back."""
        one, _, shared = self._pair()
        ends = [shared.interpolate(shared.length() * share).asPoint() for share in (0.2, 0.8)]
        middle = one.pointOnSurface().asPoint()
        aside = [sum((ends[0][n], ends[1][n], middle[n])) / 3 for n in (0, 1)]
        return _line(ends[0], aside, ends[1])

    def along_margin(self) -> Any:
        """Return a line of some 300 m along the margin of a glacier within the raster."""
        from icemargin.maptools.faces import border_of

        outline = self.outline(_in_raster)
        border = border_of(outline).asGeometryCollection()[0]
        places = [border.interpolate(border.length() * part / 40).asPoint() for part in range(5)]
        return _line(*((point.x(), point.y()) for point in places))

    def _pair(self) -> Tuple[Any, Any, Any]:
        """Return two outlines that share a border, and its longest stretch, more than 50 m."""
        from icemargin.maptools.faces import border_of
        from icemargin.maptools.lookup import outlines_at
        from qgis.core import QgsWkbTypes

        while True:
            one = self.outline()
            for other in outlines_at(self.layer, one).values():
                shared = border_of(one).intersection(border_of(other))
                shared.convertGeometryCollectionToSubclass(QgsWkbTypes.GeometryType.LineGeometry)
                lines = sorted(shared.mergeLines().asGeometryCollection(), key=lambda line: line.length())
                if not other.equals(one) and lines and lines[-1].length() > 50:
                    return one, other, lines[-1]


def _line(*points: Any) -> Any:
    from qgis.core import QgsGeometry, QgsPointXY

    return QgsGeometry.fromPolylineXY([QgsPointXY(x, y) for x, y in points])


def _in_raster(outline: Any) -> bool:
    box, far = outline.boundingBox(), PIXELS * PIXEL_M
    west_east = box.xMinimum() > WEST and box.xMaximum() < WEST + far
    return bool(west_east and NORTH - far < box.yMinimum() and box.yMaximum() < NORTH)


def edits(layer: Any, raster: Any) -> Dict[str, Tuple[Callable[[Strokes], Any], Callable[[Any], Any]]]:
    """Return by name what is drawn for a tool and how the edit is made of it."""
    from icemargin.maptools import area_edits, border_edits, cutting_edits, smooth_edits, snap_edit

    return {
        "cut": (Strokes.across, lambda line: cutting_edits.cut_by(layer, line)),
        "merge": (Strokes.between, lambda line: cutting_edits.merge_along(layer, line)),
        "divide": (Strokes.divide, lambda line: border_edits.reshape_shared(layer, line)),
        "fill": (Strokes.hole, lambda point: area_edits.fill_at(layer, point)),
        "take_out": (Strokes.at_margin, lambda area: area_edits.take_out(layer, area)),
        "smooth": (Strokes.at_margin, lambda area: smooth_edits.smooth_within(layer, area)),
        "snap": (Strokes.along_margin, lambda line: snap_edit.snap_to_edge(layer, line, [raster])),
    }


def use(layer: Any, title: str, drawn: Iterator[Any], make: Callable[[Any], Any]) -> Tuple[List[Took], Counter[str]]:
    """Return the seconds of USES edits that were done, and what was said of those that were not."""
    from icemargin.inference.errors import IceMarginError
    from icemargin.maptools.outline_edit import apply_edit

    took: List[Took] = []
    said: Counter[str] = Counter()
    for stroke in drawn:
        since = now()
        try:
            apply_edit(layer, make(stroke), title)
            took.append(passed(since))
        except IceMarginError as error:
            said[str(error)] += 1
        if len(took) == USES or sum(said.values()) > 5 * USES:
            return took, said
    return took, said


def now() -> Took:
    return time.perf_counter(), time.process_time()


def passed(since: Took) -> Took:
    clock, cpu = now()
    return clock - since[0], cpu - since[1]


def paint(layer: Any, strokes: Strokes) -> Dict[str, List[Took]]:
    """Return the seconds of each movement of the threshold brush, and of each release, by the mouse on a map."""
    from icemargin.maptools.editing_session import EditingSession
    from icemargin.maptools.threshold_brush import ThresholdBrush
    from qgis.core import QgsProject, QgsRectangle
    from qgis.gui import QgsMapCanvas
    from qgis.PyQt.QtCore import QEvent, QPointF, Qt
    from qgis.PyQt.QtGui import QMouseEvent
    from qgis.PyQt.QtWidgets import QApplication

    canvas = QgsMapCanvas()
    canvas.resize(1000, 800)
    canvas.setDestinationCrs(layer.crs())
    session = EditingSession(QgsProject.instance())
    session.start(layer)
    brush = ThresholdBrush(canvas, session, "Threshold brush")
    canvas.setMapTool(brush)
    brush.told.connect(lambda words: print("brush", words, file=sys.stderr))
    took: Dict[str, List[Took]] = {"preview": [], "brush": []}

    def send(kind: Any, right: int, name: str = "") -> None:
        button = Qt.MouseButton.NoButton if kind == QEvent.Type.MouseMove else Qt.MouseButton.LeftButton
        middle = canvas.getCoordinateTransform().transform(canvas.center()).toQPointF()
        event = QMouseEvent(kind, middle + QPointF(right, 0), button, button, Qt.KeyboardModifier.NoModifier)
        since = now()
        QApplication.sendEvent(canvas.viewport(), event)
        if name:
            took[name].append(passed(since))

    for _ in range(USES):
        place = strokes.outline(_in_raster).vertexAt(0)
        canvas.setExtent(QgsRectangle(place.x() - 5000, place.y() - 4000, place.x() + 5000, place.y() + 4000))
        send(QEvent.Type.MouseButtonPress, 0)
        for right in range(5, 55, 5):
            send(QEvent.Type.MouseMove, right, "preview")
        send(QEvent.Type.MouseButtonRelease, 50, "brush")
    canvas.unsetMapTool(brush)
    session.stop()
    return took


def measure(count: int, folder: str) -> None:
    """Use each tool on a layer of `count` glaciers and print what it took."""
    from qgis.core import QgsProject, QgsRasterLayer, QgsVectorLayer

    path, raster_path = str(Path(folder) / "outlines.gpkg"), str(Path(folder) / "probability.tif")
    write_outlines(path, count)
    write_probability(raster_path, path)
    layer = QgsVectorLayer(f"{path}|layername=outlines", "Outlines", "ogr")
    QgsProject.instance().addMapLayer(layer)
    layer.startEditing()
    strokes = Strokes(layer)
    took = paint(layer, strokes)
    for name, (draw, make) in edits(layer, QgsRasterLayer(raster_path)).items():
        took[name], said = use(layer, name, iter(lambda draw=draw: draw(strokes), None), make)
        print(name, dict(said), file=sys.stderr)
    print(json.dumps({"glaciers": count, **{name: summary(seconds) for name, seconds in took.items()}}))
    layer.rollBack()
    QgsProject.instance().clear()


def summary(took: List[Took]) -> Dict[str, float]:
    """Return how many there were, the median and the longest."""
    clock, cpu = zip(*took) if took else ((0.0,), (0.0,))
    median, longest, longest_cpu = (round(seconds, 4) for seconds in (statistics.median(clock), max(clock), max(cpu)))
    return {"n": len(took), "median_s": median, "longest_s": longest, "longest_cpu_s": longest_cpu}


def main(arguments: List[str]) -> None:
    if not DATA.exists():
        print(f"Skipped: {DATA.name} is not there.")
        return
    measure_in_qgis(measure, arguments)


if __name__ == "__main__":
    main(sys.argv[1:])
