"""Rings to and from OGR geometries by way of WKB: whole arrays cross at once, not point by point."""

from __future__ import annotations

import struct
from typing import Any, List

import numpy as np
from osgeo import ogr

from .arrays import DoubleArray
from .rings import Rings


def polygon_rings(wkb: bytes) -> Rings:
    """Return the rings of a little-endian WKB Polygon, without their closing points."""
    (count,) = struct.unpack_from("<I", wkb, 5)
    parts: List[DoubleArray] = []
    offset = 9
    for _ in range(count):
        (points,) = struct.unpack_from("<I", wkb, offset)
        parts.append(np.frombuffer(wkb, dtype="<f8", count=2 * points, offset=offset + 4).reshape(-1, 2)[:-1])
        offset += 4 + 16 * points
    counts = np.array([len(part) for part in parts], dtype=np.int64)
    return Rings(np.concatenate(parts), np.cumsum(counts) - counts)


def polygon_wkb(rings: Rings) -> bytes:
    """Return the rings as a WKB Polygon, closed."""
    xy = np.ascontiguousarray(rings.xy, dtype="<f8")
    pieces = [struct.pack("<BII", 1, 3, len(rings.starts))]
    for start, count in zip(rings.starts.tolist(), rings.counts.tolist()):
        pieces += [struct.pack("<I", count + 1), xy[start : start + count].tobytes(), xy[start].tobytes()]
    return b"".join(pieces)


def line_wkb(xy: DoubleArray) -> Any:
    """Return an OGR line through the points `xy` (n x 2)."""
    # A line of one point is no line for some readers: the first point stands twice.
    points = np.concatenate([np.asarray(xy[:1], dtype="<f8"), np.asarray(xy, dtype="<f8")])
    return ogr.CreateGeometryFromWkb(struct.pack("<BII", 1, 2, len(points)) + points.tobytes())


def line_points(line: Any) -> DoubleArray:
    """Return the points (n x 2) of a line made by line_wkb."""
    wkb = bytes(line.ExportToWkb(ogr.wkbNDR))
    return np.frombuffer(wkb, dtype="<f8", offset=9).reshape(-1, 2)[1:]
