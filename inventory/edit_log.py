"""The edit log read: layers as they were before it, the way back for a glacier, and tables for people."""

from __future__ import annotations

import csv
import io
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any, Dict, Iterable, List, Mapping, Optional, Sequence, Tuple

from ..inference.columns import FieldValue
from ..inference.edit_steps import SAVED, Change, State, Step
from ..inference.errors import OutlinesError
from ..inference.layer_edits import LayerEdits
from ..inference.vector_layer import VectorLayer
from .id_fields import id_field_of

PAUSE_S = 300.0
"""A longer gap between two actions was a pause: none of it counts as work."""
COLUMNS = (
    "step", "state", "began", "ended", "analyst", "tool", "what", "glacier", "feature", "reason", "note", "km2_before",
    "km2_after", "seconds",
)  # fmt: skip
"""Of the table, one row for each glacier of each step."""


class WorkingTime:
    """Adds up the gaps between actions that are no longer than PAUSE_S. Times are seconds of any one clock."""

    def __init__(self, now: float) -> None:
        self._last = self._began = now
        self._seconds = 0.0

    def act(self, now: float) -> None:
        """Something was done."""
        gap = now - self._last
        if 0 <= gap <= PAUSE_S:
            self._seconds += gap
        elif self._seconds == 0:
            self._began = now
        self._last = now

    def take(self, now: float) -> Tuple[float, float]:
        """A step is over: return when the work for it began and how many seconds it took, and begin anew."""
        self.act(now)
        taken = self._began, self._seconds
        self._began, self._seconds = now, 0.0
        return taken


@dataclass(frozen=True)
class GlacierEdit:
    """What one step did to one glacier: a row of the table."""

    step: Step
    change: Change

    def values(self) -> Tuple[Any, ...]:
        """Return the values of COLUMNS."""
        step, change = self.step, self.change
        return (
            step.id, step.state, step.began, step.ended, step.analyst, step.tool, step.name, change.glacier, change.fid,
            change.reason, change.note, change.km2_before, change.km2_after, change.seconds,
        )  # fmt: skip


def glacier_edits(steps: Iterable[Step]) -> List[GlacierEdit]:
    """Return the rows of the table in the order of the steps."""
    return [GlacierEdit(step, change) for step in steps for change in step.changes]


def edits_csv(edits: Iterable[GlacierEdit]) -> str:
    """Return the table as CSV, areas to the square metre."""
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(COLUMNS)
    for edit in edits:
        *values, before, after, seconds = edit.values()
        writer.writerow([*values, f"{before:.6f}", f"{after:.6f}", f"{seconds:.0f}"])
    return text.getvalue()


def local_time(moment: str) -> str:
    """Return a moment (UTC, ISO 8601) as the clock here shows it."""
    return datetime.fromisoformat(moment.replace("Z", "+00:00")).astimezone().strftime("%Y-%m-%d %H:%M")


def rewound(features: Mapping[int, State], steps: Sequence[Step]) -> Dict[int, State]:
    """Return the features (whole states by number) as they were before steps in effect, the first one first.

    Raises OutlinesError where a number is another glacier's now than in the log.
    """
    found = dict(features)
    for step in reversed(steps):
        for change in reversed(step.changes):
            _require_same(change, found.get(change.fid))
            if change.before is None:
                found.pop(change.fid, None)
            elif change.after is None:
                found[change.fid] = change.before
            elif change.fid in found:
                found[change.fid] = overlaid(found[change.fid], change.before)
    return found


def _require_same(change: Change, found: Optional[State]) -> None:
    """Files like shapefiles number their outlines anew when some are removed."""
    field = id_field_of(list(found.values)) if found is not None else ""
    if found is not None and field and change.glacier and str(found.values[field]) != change.glacier:
        raise OutlinesError(
            f"Outline {change.fid} is {found.values[field]} by now and was {change.glacier} when it was edited: the "
            "file was changed outside of the log, or numbers its outlines anew, as shapefiles do; use a GeoPackage."
        )


def edits_before(layer: VectorLayer, steps: Sequence[Step]) -> LayerEdits:
    """Return the edits that make a layer of a file (its `keys` filled) what it was before saved steps.

    Raises OutlinesError where outlines that were removed cannot be added, as the layer has none left, and where the
    file's numbers are not those of the log.
    """
    places = {key: place for place, key in enumerate(layer.keys)}
    now = {key: State(layer.wkb[place], layer.rows[place]) for key, place in places.items()}
    then = rewound(now, [step for step in steps if step.state == SAVED])
    gone = {key: state for key, state in then.items() if key not in places}
    if gone and not places:
        raise OutlinesError(f"{layer.path}: no outline is left of {layer.name}; undo the edits in QGIS instead.")
    stay = {places[key]: state for key, state in then.items() if key in places}
    unknown = dict.fromkeys(layer.fields)
    return LayerEdits(
        {place: state.wkb for place, state in stay.items() if state.wkb and state.wkb != layer.wkb[place]},
        {place: new for place, state in stay.items() if (new := _differing(layer, place, state))},
        frozenset(place for key, place in places.items() if key not in then),
        tuple((0, state.wkb, {**unknown, **_known(layer, state)}) for state in gone.values() if state.wkb),
    )


def _known(layer: VectorLayer, state: State) -> Dict[str, FieldValue]:
    """Return a state's values, without fields that the layer no longer has."""
    return {name: value for name, value in state.values.items() if name in layer.fields}


def _differing(layer: VectorLayer, place: int, state: State) -> Dict[str, FieldValue]:
    return {name: value for name, value in _known(layer, state).items() if value != layer.rows[place].get(name)}


def overlaid(state: State, upper: State) -> State:
    """Return a state with what another one tells put over it."""
    return State(state.wkb if upper.wkb is None else upper.wkb, {**state.values, **upper.values})


def way_back(steps: Sequence[Step], fid: int, first: int) -> Tuple[Change, ...]:
    """Return the changes that take a glacier back to before the step numbered `first`, given the steps in effect.

    Glaciers whose outlines changed in the same step go along, from that step on: a border that two share moves back for
    both. What later steps did to those is taken back too.
    """
    members = {fid}
    changes: Dict[int, List[Change]] = {}
    for step in steps:
        if step.id < first:
            continue
        if any(change.fid in members and change.moves_outline for change in step.changes):
            members.update(change.fid for change in step.changes if change.moves_outline)
        for change in step.changes:
            if change.fid in members:
                changes.setdefault(change.fid, []).append(change)
    return tuple(_backwards(one) for one in map(_joined, changes.values()) if one is not None)


def all_together(steps: Iterable[Step]) -> Tuple[Change, ...]:
    """Return what steps did together, one change for each glacier."""
    changes: Dict[int, List[Change]] = {}
    for step in steps:
        for change in step.changes:
            changes.setdefault(change.fid, []).append(change)
    return tuple(one for one in map(_joined, changes.values()) if one is not None)


def _joined(done: Sequence[Change]) -> Optional[Change]:
    """Return what changes of one glacier did together; None where it came and went."""
    first, last = done[0], done[-1]
    before = None if first.before is None else _merged([one.before for one in reversed(done)])
    after = None if last.after is None else _merged([one.after for one in done])
    if before is None and after is None:
        return None
    return replace(last, before=before, after=after, km2_before=first.km2_before)


def _backwards(change: Change) -> Change:
    return replace(change, before=change.after, after=change.before, km2_before=change.km2_after,
                   km2_after=change.km2_before)  # fmt: skip


def _merged(states: Iterable[Optional[State]]) -> State:
    """Return what states tell together, the later ones over the earlier."""
    merged = State()
    for state in states:
        if state is not None:
            merged = overlaid(merged, state)
    return merged
