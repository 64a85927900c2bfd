"""Which glaciers need an analyst's eyes first, what is left, and what a decision writes into the layer's fields.

What a map is unsure of comes first, by the ground at stake. Errors that it is sure of escape that, so suspected debris
tongues are always in the queue, and a random audit sample is spread evenly over it.
"""

from __future__ import annotations

import hashlib
import math
from dataclasses import dataclass
from typing import Dict, List, Mapping, NamedTuple, Sequence, Tuple

TO_REVIEW, ACCEPTED, EDITED, REJECTED = "to review", "accepted", "edited", "rejected"
STATUSES = (TO_REVIEW, ACCEPTED, EDITED, REJECTED)
STATE_FIELDS = ("status", "reason", "note", "analyst", "checked_by", "edited_at")
"""The fields that hold the review; `checked_by` is whoever has agreed with `analyst`."""
REASONS = ("debris", "shadow", "seasonal snow", "lake", "cloud", "divide", "nunatak", "other")
CONFLICT = "Conflict: "
"""How a note begins where two analysts' files contradict each other."""

UNCERTAIN, DEBRIS, AUDIT, CONFLICTING, UNKNOWN = "uncertain", "debris tongue", "audit", "conflict", "not measured"
UNCERTAIN_SHARE = 0.05
DISAGREED_SHARE = 0.1
"""Shares of a glacier from which on its doubt puts it into the queue: as much as expert outlines of clean ice differ
(Paul et al. 2013), and twice that."""
AUDIT_SHARE, AUDIT_LEAST = 0.05, 3
SEPARATOR = "; "

Values = Mapping[str, str]


class Glacier(NamedTuple):
    """An outline as the queue needs it: areas in km2, `uncertain_km2` NaN where no confidence is known.

    A tuple, like Entry: ten thousand are made while somebody waits.
    """

    key: int
    name: str
    area_km2: float
    uncertain_km2: float = math.nan
    status: str = TO_REVIEW
    reason: str = ""
    note: str = ""
    analyst: str = ""
    checked_by: str = ""

    @property
    def tags(self) -> Tuple[str, ...]:
        """The reasons given, in the order in which they stand there."""
        return split_tags(self.reason)


@dataclass(frozen=True)
class Signs:
    """What rasters and other layers tell of a glacier.

    Attributes:
        disagreed_km2: ground on which it and another outline or method differ, by the other's name.
        debris_km2: ground below the glacier, or on it, that looks like ice under debris.
        tags: reasons that the data suggest, the likeliest first.
    """

    disagreed_km2: Mapping[str, float]
    debris_km2: float = 0.0
    tags: Tuple[str, ...] = ()


class Entry(NamedTuple):
    """A glacier's place in the queue: from 1, 0 where it needs no eyes; the ground at stake, and why it is there."""

    key: int
    rank: int
    at_stake_km2: float
    causes: Tuple[str, ...]


NO_SIGNS = Signs({})


def queue(glaciers: Sequence[Glacier], signs: Mapping[int, Signs], seed: str = "audit") -> Tuple[Entry, ...]:
    """Return an entry for every glacier, in the order of need; those that need no eyes come last, the largest first.

    `signs` are by the glaciers' keys. The audit sample follows from the glaciers' names and `seed`, so that every
    session and every analyst gets the same.
    """
    stake = {one.key: _at_stake(one, signs.get(one.key, NO_SIGNS)) for one in glaciers}
    causes = {one.key: _causes(one, signs.get(one.key, NO_SIGNS)) for one in glaciers}
    sample = audit_sample(glaciers, seed)
    area = {one.key: _number(one.area_km2) for one in glaciers}
    needed = sorted((key for key in causes if causes[key]), key=lambda key: -stake[key])
    audited = [key for key in sample if not causes[key]]
    drawn = set(audited)
    rest = sorted((key for key in causes if not causes[key] and key not in drawn), key=lambda key: -area[key])
    for key in sample:
        causes[key] = (*causes[key], AUDIT)
    ordered = spread_evenly(needed, audited)
    ranks = [*range(1, len(ordered) + 1), *[0] * len(rest)]
    return tuple(Entry(key, rank, stake[key], causes[key]) for key, rank in zip([*ordered, *rest], ranks))


def audit_sample(glaciers: Sequence[Glacier], seed: str = "audit") -> List[int]:
    """Return the keys of one glacier in twenty, three at least, drawn by a checksum of seed and name."""
    count = min(max(math.ceil(AUDIT_SHARE * len(glaciers)), AUDIT_LEAST), len(glaciers))
    drawn = sorted(glaciers, key=lambda one: hashlib.sha256(f"{seed} {one.name or one.key}".encode()).digest())
    return [one.key for one in drawn[:count]]


def spread_evenly(needed: Sequence[int], audited: Sequence[int]) -> List[int]:
    """Return both in one list, the second ones evenly between the first: whoever stops half-way has audited half."""
    places = [((place + 0.5) / max(len(needed), 1), 0, key) for place, key in enumerate(needed)]
    places += [((place + 0.5) / max(len(audited), 1), 1, key) for place, key in enumerate(audited)]
    return [key for _, _, key in sorted(places, key=lambda one: one[:2])]


def is_done(glacier: Glacier, analyst: str, second_look: bool) -> bool:
    """Return whether nothing is left to decide; in a second look what `analyst` alone has not seen is left."""
    if glacier.status == TO_REVIEW:
        return False
    return not second_look or analyst in (glacier.analyst, glacier.checked_by)


@dataclass(frozen=True)
class ReviewProgress:
    """How far a review is: glaciers and km2 decided, of all in the queue."""

    done: int
    total: int
    done_km2: float
    total_km2: float

    @property
    def left(self) -> int:
        return self.total - self.done


def progress(glaciers: Sequence[Glacier], analyst: str, second_look: bool) -> ReviewProgress:
    """Return how far the review of these glaciers is."""
    done = [one for one in glaciers if is_done(one, analyst, second_look)]
    areas = [sum(_number(one.area_km2) for one in some) for some in (done, glaciers)]
    return ReviewProgress(len(done), len(glaciers), *areas)


def decided(glacier: Glacier, status: str, analyst: str, now: str, second_look: bool) -> Dict[str, str]:
    """Return the fields that a decision changes, with their new values.

    In a second look, whoever agrees is noted beside the first analyst. Whoever does not overrules: the note keeps what
    was decided before, and the glacier is left for the first one to agree with.
    """
    was = glacier.status
    other = second_look and was != TO_REVIEW and glacier.analyst not in ("", analyst)
    if other and _kind(status) == _kind(was):
        return {"checked_by": analyst, "edited_at": now}
    values = {"status": status, "analyst": analyst, "checked_by": "", "edited_at": now}
    if status == TO_REVIEW:
        return {**values, "edited_at": ""}
    if other:
        values["note"] = SEPARATOR.join(filter(None, (glacier.note, f"{glacier.analyst}: {was}")))
    elif glacier.note.startswith(CONFLICT):
        values["note"] = glacier.note[len(CONFLICT) :]
    return values


def split_tags(text: str) -> Tuple[str, ...]:
    """Return the reasons of a field, each once."""
    return tuple(dict.fromkeys(tag.strip() for tag in text.split(SEPARATOR.strip()) if tag.strip())) if text else ()


def joined_tags(tags: Sequence[str]) -> str:
    """Return reasons as they stand in a field: in their usual order, each once, others behind."""
    return SEPARATOR.join(sorted(dict.fromkeys(tags), key=lambda tag: (tag not in REASONS, *_place(tag))))


def known_status(text: str) -> str:
    """Return the status that a field means; what is empty or unknown is still to review."""
    word = text.strip().lower()
    return word if word in STATUSES else TO_REVIEW


def _place(tag: str) -> Tuple[int, str]:
    return (REASONS.index(tag), tag) if tag in REASONS else (0, tag)


def _kind(status: str) -> str:
    """Accepted and edited both say that the outline, as it is, is right."""
    return ACCEPTED if status == EDITED else status


def _number(value: float) -> float:
    return value if math.isfinite(value) else 0.0


def _at_stake(glacier: Glacier, signs: Signs) -> float:
    """The largest of the areas in doubt; all of a glacier whose confidence is unknown."""
    unknown = math.isnan(glacier.uncertain_km2)
    uncertain = _number(glacier.area_km2 if unknown else glacier.uncertain_km2)
    return max(uncertain, signs.debris_km2, *signs.disagreed_km2.values(), 0.0)


def _causes(glacier: Glacier, signs: Signs) -> Tuple[str, ...]:
    area = _number(glacier.area_km2)
    found = []
    if glacier.note.startswith(CONFLICT):
        found.append(CONFLICTING)
    if math.isnan(glacier.uncertain_km2):
        found.append(UNKNOWN)
    elif glacier.uncertain_km2 > UNCERTAIN_SHARE * area:
        found.append(UNCERTAIN)
    if signs.debris_km2 > 0:
        found.append(DEBRIS)
    return (*found, *(name for name, km2 in signs.disagreed_km2.items() if km2 > DISAGREED_SHARE * area))
