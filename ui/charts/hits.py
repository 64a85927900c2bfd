"""Which marks the mouse means. Boxes are n x 4: left, top, right, bottom in pixels. No Qt."""

from __future__ import annotations

from typing import Any, List, Tuple

import numpy as np


def nearest(boxes: Any, x: float, y: float, reach: float) -> int:
    """Return the box nearest to a place, the last of equally near ones (drawn on top); -1 beyond `reach` pixels."""
    if not len(boxes):
        return -1
    left, top, right, bottom = boxes.T
    aside = np.maximum(np.maximum(left - x, x - right), 0)
    off = np.hypot(aside, np.maximum(np.maximum(top - y, y - bottom), 0))
    found = len(off) - 1 - int(np.argmin(off[::-1]))
    return found if off[found] <= reach else -1


def touched(boxes: Any, area: Tuple[float, float, float, float]) -> List[int]:
    """Return the boxes that an area (left, top, right, bottom) touches."""
    left, top, right, bottom = np.reshape(boxes, (-1, 4)).T
    inside = (left <= area[2]) & (right >= area[0]) & (top <= area[3]) & (bottom >= area[1])
    return [int(box) for box in np.flatnonzero(inside)]
