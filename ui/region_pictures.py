"""Pictures of the sample: the class drawn over the imagery, the windows side by side."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Sequence

import numpy as np
from qgis.PyQt.QtGui import QImage, QPixmap

if TYPE_CHECKING:
    from ..inference.region_search import SampleMap

SIDE = 192
"""Pixels of a window in a picture, at most; small windows are enlarged by a whole number."""
_GAP = 6
_ICE = (255, 170, 0)
_TINT = 0.3
_ASIDE = 0.35
"""What does not count (outside the extent, no data) is darkened to this share."""


def drawn(picture: Any, glacier: Any, counted: Any) -> Any:
    """Return H x W x 3 bytes: glaciers tinted with their edge in orange, what does not count darkened."""
    step = -(-picture.shape[0] // SIDE)
    picture, glacier, counted = picture[::step, ::step], glacier[::step, ::step], counted[::step, ::step]
    ice = glacier & counted
    colours = picture.astype(np.float32)
    colours[ice] = (1 - _TINT) * colours[ice] + _TINT * np.array(_ICE, np.float32)
    colours[_edge(ice)] = _ICE
    colours[~counted] *= _ASIDE
    enlarged = max(1, SIDE // colours.shape[0])
    return colours.astype(np.uint8).repeat(enlarged, axis=0).repeat(enlarged, axis=1)


def _edge(mask: Any) -> Any:
    """Return the pixels of the mask that have a neighbour outside it; the picture's border is no edge."""
    padded = np.pad(mask, 1, mode="edge")
    inner = padded[:-2, 1:-1] & padded[2:, 1:-1] & padded[1:-1, :-2] & padded[1:-1, 2:]
    return mask & ~inner


def side_by_side(maps: Sequence[SampleMap], after: bool) -> QPixmap:
    """Return the windows in a row, with the classes before or after."""
    pictures = [drawn(one.picture, one.after if after else one.before, one.counted) for one in maps]
    height = pictures[0].shape[0]
    gap = np.full((height, _GAP, 3), 255, np.uint8)
    row = np.hstack([part for picture in pictures for part in (picture, gap)][:-1])
    row = np.ascontiguousarray(row)
    image = QImage(row.tobytes(), row.shape[1], height, 3 * row.shape[1], QImage.Format.Format_RGB888)
    return QPixmap.fromImage(image.copy())  # the copy does not hold on to the bytes
