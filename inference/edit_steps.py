"""Edits of outlines as plain values: what a step changed, by whom, when and why."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Mapping, Optional, Tuple

from .columns import FieldValue

OPEN, SAVED, UNDONE, DISCARDED = "open", "saved", "undone", "discarded"
"""Of a step: in the edit buffer and not saved; in the file; taken back; thrown away with its edit session."""


@dataclass(frozen=True)
class State:
    """What of a feature changed, on one side of a change.

    Attributes:
        wkb: its geometry; None where that did not change, or where it has none.
        values: values by field: those that changed, or all of a feature that was added or removed.
    """

    wkb: Optional[bytes] = None
    values: Mapping[str, FieldValue] = field(default_factory=dict)


@dataclass(frozen=True)
class Change:
    """What a step did to one feature.

    Attributes:
        fid: the feature's number; negative until it is saved for the first time.
        glacier: its id in the layer's field of ids, "" where there is none.
        before, after: None where the feature was added, or removed.
        km2_before, km2_after: geodesic areas (WGS84), 0 where there was no outline.
        seconds: of work spent on it.
        reason, note: why, by the layer's fields.
    """

    fid: int
    glacier: str
    before: Optional[State]
    after: Optional[State]
    km2_before: float = 0.0
    km2_after: float = 0.0
    seconds: float = 0.0
    reason: str = ""
    note: str = ""

    @property
    def moves_outline(self) -> bool:
        """Whether a geometry changed, came or went."""
        return any(side is not None and side.wkb is not None for side in (self.before, self.after))


@dataclass(frozen=True)
class Step:
    """One undo step. `began` and `ended` are UTC, ISO 8601; `id` and `session` are given by the store."""

    name: str
    tool: str
    analyst: str
    began: str
    ended: str
    changes: Tuple[Change, ...]
    state: str = OPEN
    id: int = 0
    session: int = 0


@dataclass(frozen=True)
class Session:
    """One layer followed by one QGIS. `lock` is the file that this QGIS holds locked for as long as it lives."""

    layer: str
    crs: str
    lock: str
    host: str
    began: str
