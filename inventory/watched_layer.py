"""A layer that is checked while it is edited: only what an edit has touched is looked at again."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import Any, List, Mapping, Optional, Sequence, Set, Tuple

import numpy as np
import shapely

from ..inference.layer_edits import LayerEdits
from ..inference.progress import NoProgress, Progress
from ..inference.vector_layer import VectorLayer
from .checked_layer import REJECTED, STATUS, Looked, indexed
from .numbered_faults import FIELD_KINDS, FaultChanges, NumberedFaults
from .outlines import parsed_wkb
from .topology import DEFAULT, as_copy, check_layer
from .topology_edits import repair_edits
from .topology_faults import CheckSettings, LayerFault, in_order
from .topology_fields import Reason, id_faults, missing_fields, row_reasons, value_faults
from .topology_pairs import Pair, pair_faults, pairs_of
from .topology_repair import repair_fault, repair_layer
from .topology_shapes import shape_faults


@dataclass(frozen=True, eq=False)
class Repairs:
    """What repairs would do: edits of the features in `before`, and the faults that they end."""

    before: VectorLayer
    edits: LayerEdits
    done: Tuple[LayerFault, ...]


@dataclass(eq=False)
class _Feature:
    """A feature as it was told last, with what is wrong with its values."""

    key: int
    wkb: Optional[bytes]
    row: Mapping[str, Any]
    reasons: Tuple[Reason, ...] = ()


@dataclass(eq=False)
class _Touched:
    """What an edit has touched: places, those with another geometry, ids, boxes, pairs that were kept apart, and
    whether any of it has wrong values, or had."""

    places: Set[int] = field(default_factory=set)
    moved: Set[int] = field(default_factory=set)
    names: Set[str] = field(default_factory=set)
    boxes: List[Any] = field(default_factory=list)
    parted: Set[Pair] = field(default_factory=set)
    values: bool = False


class WatchedLayer:
    """Outlines by the keys of their features. Rejected outlines are left out, as if they were not there."""

    def __init__(
        self, layer: VectorLayer, settings: CheckSettings = DEFAULT, progress: Progress = NoProgress()  # noqa: B008
    ) -> None:
        """Check a layer that has `keys`. Raises OutlinesError, Cancelled."""
        found = indexed(layer)
        self.index, self.id_field, self.settings = found.index, found.id_field, settings
        self._layer = layer
        self._features = [_Feature(layer.keys[n], layer.wkb[n], layer.rows[n]) for n in found.kept]
        self._places = {feature.key: place for place, feature in enumerate(self._features)}
        self.faults = NumberedFaults(self.key)
        whole = check_layer(self.index, None, found.rows, self.id_field, settings, progress)
        self._read_values(self.index.places)
        self.faults.replace((), in_order([*whole, *self._field_faults()]))

    def __len__(self) -> int:
        return len(self._places)

    @property
    def held(self) -> int:
        """How many places there are, those of outlines that are gone included."""
        return len(self._features)

    def key(self, place: int) -> int:
        """Return the key of the feature at a place."""
        return self._features[place].key

    def put(self, layer: VectorLayer, gone: Sequence[int] = ()) -> FaultChanges:
        """Take features as they are now, and leave out those that are gone; return what that did to the faults."""
        touched = _Touched()
        for key in gone:
            self._leave_out(key, touched)
        status = layer.texts(STATUS)
        for number, (key, wkb, row) in enumerate(zip(layer.keys, layer.wkb, layer.rows)):
            if status[number].lower() == REJECTED:
                self._leave_out(key, touched)
            else:
                self._take(_Feature(key, wkb, row), touched)
        return self._look_again(touched)

    def repairs(
        self, numbers: Sequence[int], uncovered: bool, split: bool, progress: Progress = NoProgress()  # noqa: B008
    ) -> Repairs:
        """Return what would repair faults (those that are gone are passed over); what is held here stays as it is.

        `uncovered`: what a repair brings to light is repaired too, and outlines in several parts are only split with
        `split`. Raises Cancelled.
        """
        known = self.faults.by_number
        faults = in_order([known[number] for number in numbers if number in known and known[number].repair])
        index = self.index.copy()
        if uncovered:
            done = repair_layer(index, faults, self.settings, split, self.id_field, progress)
        else:
            done = tuple(fault for fault in faults if repair_fault(index, fault, self.settings))
        layer = self._as_layer()
        edits = repair_edits(Looked(layer, tuple(range(len(layer.keys))), index, self.id_field), self.index.raw)
        return Repairs(*_concerned(layer, replace(edits, removed=edits.removed - self.index.gone)), done)

    def _take(self, feature: _Feature, touched: _Touched) -> None:
        """Take a feature that is new or edited."""
        name = _text(feature.row.get(self.id_field))
        place = self._places.get(feature.key)
        if place is None:
            place = self._places[feature.key] = self.index.add(_geometry(feature.wkb), name)
            self._features.append(feature)
            touched.moved.add(place)
        elif self._features[place].wkb != feature.wkb:
            self._before_change(place, touched)
            self.index.move(place, _geometry(feature.wkb))
        touched.boxes.append(self.index.sound[place].bounds)
        touched.names.update((self.index.ids[place], name))
        touched.places.add(place)
        touched.values |= bool(self._features[place].reasons)
        self.index.rename(place, name)
        self._features[place] = feature

    def _leave_out(self, key: int, touched: _Touched) -> None:
        """Take a feature out, where it is there."""
        place = self._places.pop(key, None)
        if place is not None:
            self._before_change(place, touched)
            touched.names.add(self.index.ids[place])
            touched.places.add(place)
            touched.values |= bool(self._features[place].reasons)
            self.index.remove(place)

    def _before_change(self, place: int, touched: _Touched) -> None:
        """Note where an outline lies that is to move or go, and its neighbours: it may have filled their gaps."""
        near = set(self.index.near(place, self.settings.sliver_m))
        pairs = pairs_of(self.index, near, self.settings.sliver_m)
        touched.parted.update(pair for pair in pairs if near.issuperset(pair))
        touched.boxes.append(self.index.sound[place].bounds)
        touched.moved.add(place)

    def _look_again(self, touched: _Touched) -> FaultChanges:
        """Look at what was touched, and put what is found in the place of what was known of it."""
        there = touched.places - self.index.gone
        self._read_values(there)
        touched.values |= any(self._features[place].reasons for place in there)
        pairs = self._pairs(touched)
        old = self.faults.where(lambda fault: _is_touched(fault, touched, pairs))
        named = {place for name in touched.names - {""} for place in self.index.places_of(name)}
        rows = [feature.row for feature in self._features]
        left = sorted(pair for pair in pairs if self.index.gone.isdisjoint(pair))
        found = [
            *shape_faults(self.index, sorted(touched.moved & there), self.settings),
            *(as_copy(self.index, fault, rows) for fault in pair_faults(self.index, left, self.settings)),
            *id_faults(self.index, sorted(there | named), self.id_field),
            *(self._field_faults() if touched.values else ()),
        ]
        if self.index.crs_fault:
            found.append(LayerFault("crs", self.index.crs_fault))
        return self.faults.replace(old, in_order(found))

    def _pairs(self, touched: _Touched) -> Set[Pair]:
        """Return the pairs to look at: of what moved, of what nothing lies between now, and of faults in doubt."""
        pairs = touched.parted | set(pairs_of(self.index, touched.moved - self.index.gone, self.settings.sliver_m))
        faults = self.faults.by_number.values()
        doubtful = _meeting([fault for fault in faults if fault.kind == "gap"], touched.boxes)
        doubtful += [
            fault for fault in faults
            if fault.kind == "duplicate_outline" and not touched.places.isdisjoint(fault.places)
        ]  # fmt: skip
        return pairs | {(fault.places[0], fault.places[1]) for fault in doubtful}

    def _read_values(self, places: Any) -> None:
        for place in places:
            feature = self._features[place]
            (area,) = self.index.area_m2([self.index.sound[place]], np.array([place])) / 1e6
            known = 0.0 if self.index.crs_fault else float(area)
            feature.reasons = row_reasons(self._layer.fields, feature.row, known)

    def _field_faults(self) -> List[LayerFault]:
        reasons = ((place, self._features[place].reasons) for place in self.index.places)
        return [*missing_fields(self._layer.fields), *value_faults(self.index, reasons)]

    def _as_layer(self) -> VectorLayer:
        """Return all features that there were; their places are the index's."""
        wkb, rows = ([getattr(feature, name) for feature in self._features] for name in ("wkb", "row"))
        keys = tuple(feature.key for feature in self._features)
        return replace(self._layer, wkb=tuple(wkb), rows=tuple(rows), keys=keys)


def _is_touched(fault: LayerFault, touched: _Touched, pairs: Set[Pair]) -> bool:
    """Tell whether a fault is looked for again."""
    if fault.kind == "duplicate_id":
        return fault.ids[0] in touched.names
    if fault.kind == "missing_id":
        return fault.places[0] in touched.places
    if fault.kind in FIELD_KINDS:
        return touched.values
    return fault.kind == "crs" or fault.places in pairs or not touched.moved.isdisjoint(fault.places)


def _text(value: Any) -> str:
    return "" if value is None else str(value).strip()


def _geometry(wkb: Optional[bytes]) -> Any:
    return shapely.force_2d(parsed_wkb([wkb]))[0]


def _meeting(faults: Sequence[LayerFault], boxes: Sequence[Any]) -> List[LayerFault]:
    """Return the faults whose boxes meet one of `boxes`; () is no box."""
    known = [shapely.box(*box) for box in boxes if box]
    if not (faults and known):
        return []
    places = shapely.box(*np.array([fault.box for fault in faults]).T)
    return [faults[number] for number in sorted(set(shapely.STRtree(known).query(places)[0].tolist()))]


def _concerned(layer: VectorLayer, edits: LayerEdits) -> Tuple[VectorLayer, LayerEdits]:
    """Return only those features that edits concern, and the edits by their places."""
    kept = sorted({*edits.shapes, *edits.values, *edits.removed, *(place for place, _, _ in edits.added)})
    new = {place: number for number, place in enumerate(kept)}
    part = replace(
        layer, wkb=tuple(layer.wkb[n] for n in kept), rows=tuple(layer.rows[n] for n in kept),
        keys=tuple(layer.keys[n] for n in kept),
    )  # fmt: skip
    return part, LayerEdits(
        {new[place]: wkb for place, wkb in edits.shapes.items()},
        {new[place]: row for place, row in edits.values.items()},
        frozenset(new[place] for place in edits.removed),
        tuple((new[place], wkb, row) for place, wkb, row in edits.added), edits.fields,
    )  # fmt: skip
