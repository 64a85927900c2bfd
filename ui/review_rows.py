"""A row of the review's table, and which rows a filter leaves. No Qt."""

from __future__ import annotations

from typing import Dict, List, NamedTuple, Sequence, Tuple

from ..inventory.review import STATUSES, TO_REVIEW, Entry, Glacier

LEFT, QUEUE, ALL, STATUS, CAUSE, REASON = "left", "queue", "all", "status", "cause", "reason"

Filter = Tuple[str, str]
"""What is looked at, and its value ("" for left, queue and all)."""


class ReviewRow(NamedTuple):
    """A glacier, its place in the queue, and whether nothing is left to decide."""

    glacier: Glacier
    entry: Entry
    done: bool


def passes(row: ReviewRow, wanted: Filter, text: str = "") -> bool:
    """Return whether a row is left by a filter, and has `text` in its id or note."""
    kind, value = wanted
    left = {
        LEFT: row.entry.rank > 0 and not row.done,
        QUEUE: row.entry.rank > 0,
        ALL: True,
        STATUS: row.glacier.status == value,
        CAUSE: value in row.entry.causes,
        REASON: value in row.glacier.tags,
    }[kind]
    word = text.strip().lower()
    return left and (not word or word in row.glacier.name.lower() or word in row.glacier.note.lower())


def filters(rows: Sequence[ReviewRow]) -> List[Tuple[Filter, int]]:
    """Return the filters that make sense for these rows, with the number of rows that each leaves."""
    counts: Dict[Filter, int] = {(LEFT, ""): 0, (QUEUE, ""): 0, (ALL, ""): len(rows)}
    more: Dict[Filter, int] = {}
    for row in rows:
        queued = row.entry.rank > 0
        counts[LEFT, ""] += queued and not row.done
        counts[QUEUE, ""] += queued
        found = [(CAUSE, cause) for cause in row.entry.causes] + [(REASON, tag) for tag in row.glacier.tags]
        for one in [(STATUS, row.glacier.status), *found]:
            more[one] = more.get(one, 0) + 1
    statuses = [(STATUS, status) for status in STATUSES if status != TO_REVIEW and (STATUS, status) in more]
    rest = sorted(one for one in more if one[0] != STATUS)
    return [*counts.items(), *((one, more[one]) for one in [*statuses, *rest])]
