"""A hand-in for GLIMS as it stands in its folder: its files' names, and what was read from them. No libraries."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Mapping, Sequence

from ..inference.vector_layer import VectorLayer
from .export_order import LINE_TYPES

FORM = "glims"
GLACIER, ROCK = "glac_bound", "intrnl_rock"
OUTLINES, INTERNAL_ROCK, IMAGES, SESSION = "outlines", "internal_rock", "images", "session"
NEEDED_LAYERS, NEEDED_TABLES = (INTERNAL_ROCK,), (IMAGES, SESSION)
LAYERS = {INTERNAL_ROCK: ROCK, **{kind: kind for kind in LINE_TYPES}}
"""The layers beside the outlines, and the `line_type` of their features."""


@dataclass(frozen=True, eq=False)
class Beside:
    """What lies beside the outlines: layers by name, and tables by name (rows of texts, their headings first)."""

    layers: Mapping[str, VectorLayer]
    tables: Mapping[str, Sequence[Sequence[str]]]
