"""What pictures of a page ask of imagery; nothing but numpy, so that QGIS reads crops and the runtime draws them."""

from __future__ import annotations

from typing import Optional, Protocol, Tuple

from ..inference.arrays import FloatArray

Bounds = Tuple[float, float, float, float]
"""Left, bottom, right, top."""
PIXELS = 420
"""Of a picture's side."""


class Crops(Protocol):
    """Imagery that crops are taken from."""

    def crop(self, bounds: Bounds, crs: str, size: int) -> Optional[FloatArray]:
        """Return size x size x 3 colours (0..1, NaN where there is no image); None where it has nothing there."""
