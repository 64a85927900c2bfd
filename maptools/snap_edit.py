"""Snap to edge: the margin between the ends of a rough stroke goes where image or probability change most."""

from __future__ import annotations

from typing import List, Sequence

import numpy as np
from qgis.core import QgsCoordinateTransform, QgsGeometry, QgsPointXY, QgsProject, QgsRasterLayer, QgsVectorLayer

from ..inference.arrays import FloatArray
from ..inference.errors import OutlinesError, SourceError
from .border_edits import redraw_margin
from .faces import border_of, line_through
from .least_cost import corridor, edge_cost, least_cost_path, softened
from .lookup import outlines_at
from .planned_edit import OutlineEdit
from .raster_window import RasterWindow, read_window
from .texts import tr

REACH = 8
"""Pixels to both sides of the stroke in which an edge is looked for, and the stroke's ends may be off the margin."""
BANDS = 3


def snap_to_edge(layer: QgsVectorLayer, stroke: QgsGeometry, rasters: Sequence[QgsRasterLayer]) -> OutlineEdit:
    """Return the edit that replaces the margin between a stroke's ends by the strongest edge near the stroke.

    Args:
        rasters: probability and imagery, at least one; the first one's pixels are the grid.

    Raises:
        OutlinesError: there is no raster, or an end of the stroke is not at a margin.
        SourceError: the raster does not reach there.
    """
    if not rasters:
        raise OutlinesError(tr("There is neither a probability nor imagery in the map to find an edge in."))
    first = rasters[0]
    transform = QgsCoordinateTransform(layer.crs(), first.crs(), QgsProject.instance())
    drawn = QgsGeometry(stroke)
    drawn.transform(transform)
    reach = REACH * first.rasterUnitsPerPixelX()
    window = read_window(first, drawn.boundingBox().buffered(2 * reach))
    if min(window.values.shape) < 2:  # no edge in a single row of pixels
        raise SourceError(tr("{} does not reach there.").format(first.name()))
    path = QgsGeometry.fromPolylineXY(_along_edge(window, drawn, _images(rasters, window)))
    path.transform(QgsCoordinateTransform(first.crs(), layer.crs(), QgsProject.instance()))
    width = reach * stroke.length() / drawn.length()
    return redraw_margin(layer, _from_margin_to_margin(layer, path, stroke, width))


def _along_edge(window: RasterWindow, drawn: QgsGeometry, images: List[FloatArray]) -> List[QgsPointXY]:
    """Return the path in the raster's CRS."""
    points = window.to_pixels(drawn.asPolyline())
    height, width = window.values.shape
    ends = [(int(np.clip(y, 0, height - 1)), int(np.clip(x, 0, width - 1))) for x, y in points[[0, -1]]]
    allowed = corridor((height, width), points, REACH)
    pixels = np.array(least_cost_path(edge_cost(images), allowed, ends[0], ends[1]), dtype=np.float64)
    return window.to_map(softened(pixels[:, ::-1] + 0.5))


def _images(rasters: Sequence[QgsRasterLayer], window: RasterWindow) -> List[FloatArray]:
    """Return the probability and some bands of imagery on the window's grid; imagery in another CRS is left out."""
    images = [window.values]
    for raster in rasters[1:]:
        if raster.crs() == rasters[0].crs():
            images += [window.read_same(raster, band) for band in range(1, min(raster.bandCount(), BANDS) + 1)]
    return images


def _from_margin_to_margin(layer: QgsVectorLayer, path: QgsGeometry, stroke: QgsGeometry, reach: float) -> QgsGeometry:
    """Return the path with ends on the margin, at the places that are nearest to the stroke's ends."""
    drawn = stroke.asPolyline()
    ends = [_on_margin(layer, point, reach) for point in (drawn[0], drawn[-1])]
    points = path.asPolyline()
    return line_through([ends[0], *points[1:-1], ends[1]])


def _on_margin(layer: QgsVectorLayer, point: QgsPointXY, reach: float) -> QgsPointXY:
    place = QgsGeometry.fromPointXY(point)
    near = outlines_at(layer, place.buffer(reach, 4)).values()
    found = [border_of(one).nearestPoint(place) for one in near]
    margin = min(found, key=place.distance, default=None)
    if margin is None or place.distance(margin) > reach:
        raise OutlinesError(tr("Begin and end the stroke at the glacier's margin."))
    return margin.asPoint()
