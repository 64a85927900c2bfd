"""Two analysts' reviews of one map as one, with what they contradict each other in marked and told."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from typing import Any, Dict, List, Mapping, Sequence, Tuple

from ..inference.errors import OutlinesError
from ..inference.vector_layer import VectorLayer
from .id_fields import id_field_of
from .review import CONFLICT, REJECTED, SEPARATOR, STATE_FIELDS, TO_REVIEW, joined_tags, known_status, split_tags

SHARED = 0.5
"""Of the smaller file's glaciers: with fewer in both, these are no reviews of one map."""

State = Dict[str, str]


@dataclass(frozen=True)
class Conflict:
    """A glacier on which the two disagree, and in what."""

    name: str
    what: str


@dataclass
class MergedReview:
    """What becomes of the first file's features, by their place, so that it holds both reviews.

    Attributes:
        values: new values of the state's fields.
        shapes: geometries (WKB) that the second analyst alone has changed.
        added: features of the second file that the first has not.
        conflicts: what is left to settle; those glaciers are to review, and their note begins with "Conflict: ".
        both: glaciers of both files; decided: those that have a decision afterwards.
    """

    values: Dict[int, State] = field(default_factory=dict)
    shapes: Dict[int, bytes] = field(default_factory=dict)
    added: List[Tuple[bytes, Mapping[str, Any]]] = field(default_factory=list)
    conflicts: List[Conflict] = field(default_factory=list)
    both: int = 0
    decided: int = 0


def merge_reviews(first: VectorLayer, second: VectorLayer) -> MergedReview:
    """Return how the second analyst's review goes into the first one's file. Raises OutlinesError."""
    places = [_places(layer) for layer in (first, second)]
    shared = [name for name in places[0] if name in places[1]]
    if len(shared) < SHARED * min(len(ids) for ids in places):
        raise OutlinesError(
            f"{first.path} and {second.path} share {len(shared)} glaciers: they are no reviews of one map. Give two "
            "copies of the same outlines."
        )
    merged = MergedReview(both=len(shared))
    for name in shared:
        _merge_one(merged, name, places[0][name], (first, second), places[1][name])
    for name, place in places[0].items():
        if name not in places[1]:
            _only_here(merged, name, place, first, second.path)
    for name, place in places[1].items():
        if name not in places[0]:
            _only_there(merged, name, place, second)
    return merged


def _places(layer: VectorLayer) -> Dict[str, int]:
    id_field = id_field_of(layer.fields)
    if not id_field or "status" not in layer.fields:
        raise OutlinesError(f"{layer.path} has no ids or no field status; give outlines that were reviewed.")
    names = layer.texts(id_field)
    twice = [name for name, count in Counter(names).items() if count > 1]
    if twice:
        raise OutlinesError(f"{layer.path} has the id {twice[0]!r} more than once; give each glacier an id of its own.")
    return {name: place for place, name in enumerate(names)}


def _state(row: Mapping[str, Any]) -> State:
    """Return a feature's state as text; the analyst counts where something was decided."""
    texts = {name: "" if row.get(name) is None else str(row[name]).strip() for name in STATE_FIELDS}
    return {**texts, "status": known_status(texts["status"])}


def _merge_one(
    merged: MergedReview, name: str, place: int, layers: Tuple[VectorLayer, VectorLayer], other: int
) -> None:
    mine, theirs = _state(layers[0].rows[place]), _state(layers[1].rows[other])
    new_shape = layers[1].wkb[other]
    differ = layers[0].wkb[place] != new_shape
    result, conflict, take_shape = _settled(mine, theirs, differ)
    if conflict:
        merged.conflicts.append(Conflict(name, conflict))
    if result["status"] != TO_REVIEW:
        merged.decided += 1
    if take_shape and new_shape is not None:
        merged.shapes[place] = new_shape
    changed = {key: value for key, value in result.items() if value != mine[key]}
    if changed:
        merged.values[place] = changed


def _settled(mine: State, theirs: State, differ: bool) -> Tuple[State, str, bool]:
    """Return the state of both, what they contradict each other in, and whether the second outline is taken."""
    tags = joined_tags([*split_tags(mine["reason"]), *split_tags(theirs["reason"])])
    note = SEPARATOR.join(dict.fromkeys(filter(None, (mine["note"], theirs["note"]))))
    open_ones = [state["status"] == TO_REVIEW for state in (mine, theirs)]
    if all(open_ones) and differ:
        return _conflicting(mine, tags, note, "the outlines differ, and neither is decided")
    if any(open_ones):
        chosen = theirs if open_ones[0] and not open_ones[1] else mine
        return {**chosen, "reason": tags, "note": note}, "", chosen is theirs and differ
    rejected = mine["status"] == REJECTED
    if rejected != (theirs["status"] == REJECTED):
        return _conflicting(mine, tags, note, f"{_said(mine)}, {_said(theirs)}")
    if differ and not rejected:
        return _conflicting(mine, tags, note, f"{_said(mine)} and {_said(theirs)}, with different outlines")
    return {**mine, **_agreed(mine, theirs), "reason": tags, "note": note}, "", False


def _conflicting(mine: State, tags: str, note: str, what: str) -> Tuple[State, str, bool]:
    told = CONFLICT + what + (f" ({note})" if note else "")
    return {**mine, "status": TO_REVIEW, "reason": tags, "note": told, "checked_by": ""}, what, False


def _agreed(mine: State, theirs: State) -> State:
    """Two analysts who decided the same have checked each other."""
    if theirs["analyst"] in ("", mine["analyst"]):
        return {}
    later = max(mine["edited_at"], theirs["edited_at"])
    return {"checked_by": mine["checked_by"] or theirs["analyst"], "edited_at": later}


def _said(state: State) -> str:
    return f"{state['analyst'] or 'somebody'} {state['status']}"


def _only_here(merged: MergedReview, name: str, place: int, layer: VectorLayer, other: str) -> None:
    state = _state(layer.rows[place])
    what = f"not in {other}: new here, or removed there"
    merged.conflicts.append(Conflict(name, what))
    note = CONFLICT + what + (f" ({state['note']})" if state["note"] else "")
    merged.values[place] = {"status": TO_REVIEW, "note": note}


def _only_there(merged: MergedReview, name: str, place: int, layer: VectorLayer) -> None:
    row, wkb = layer.rows[place], layer.wkb[place]
    if wkb is None:
        return
    what = f"only in {layer.path}: new there, or removed here"
    merged.conflicts.append(Conflict(name, what))
    merged.added.append((wkb, {**row, "status": TO_REVIEW, "note": CONFLICT + what}))


def conflict_lines(conflicts: Sequence[Conflict], shown: int) -> List[str]:
    """Return the first conflicts as lines."""
    lines = [f"  {one.name}: {one.what}" for one in conflicts[:shown]]
    return [*lines, f"  ... and {len(conflicts) - shown} more"] if len(conflicts) > shown else lines
