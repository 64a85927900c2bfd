"""Translation of what people read: the map tools' own, under the name that panels and dialogs use."""

from __future__ import annotations

from ..maptools.texts import tr

__all__ = ["tr"]
