"""Layers of simple outlines in one equal-area plane."""

import numpy as np
import shapely
from icemargin.inventory.comparison import ComparisonSettings, compare
from icemargin.inventory.outlines import Outlines
from icemargin.inventory.projection import centred_crs
from shapely.affinity import rotate

PLANE = centred_crs(np.array([[10.0, 46.0]]))
QUICK = ComparisonSettings(bootstraps=0)
FINE = ComparisonSettings(bootstraps=0, pixel_m=1.0)


def layer(*geometries, ids=None):
    """Outlines a, b, c ... in the plane."""
    names = tuple(ids or "abcdefghijklmnopqrstuvwxyz"[: len(geometries)])
    return Outlines(np.array([None, *geometries], dtype=object)[1:], names, PLANE)


def square(x, y, size):
    """A square whose lower left corner is at x, y."""
    return shapely.box(x, y, x + size, y + size)


def star(x, y, size, points=40, lobes=5, phase=0.0):
    """A glacier-like blob round x, y."""
    angle = np.linspace(0, 2 * np.pi, points, endpoint=False)
    radius = size * (0.7 + 0.3 * np.cos(lobes * angle + phase))
    return shapely.Polygon(np.column_stack([x + radius * np.cos(angle), y + radius * np.sin(angle)]))


def turned(geometry, degrees):
    """The geometry turned round the plane's centre."""
    return rotate(geometry, degrees, origin=(0, 0))


def quick(candidate, reference, settings=QUICK, **more):
    """A comparison without intervals."""
    return compare(candidate, reference, settings, **more)
