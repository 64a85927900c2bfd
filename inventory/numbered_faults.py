"""Faults of a layer that is edited: a fault keeps its number for as long as it is there."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any, Callable, Dict, FrozenSet, Iterable, List, Mapping, Sequence, Tuple

from .topology_faults import LayerFault

FIELD_KINDS = ("missing_field", "missing_value", "wrong_value")
_COUNT = re.compile(r" \(\d+ outlines\)$")


@dataclass(frozen=True)
class FaultChanges:
    """What an edit did to the faults: the numbers of those that went, of those that came, and all that differ now."""

    gone: FrozenSet[int]
    new: FrozenSet[int]
    changed: Mapping[int, LayerFault]


class NumberedFaults:
    """Holds faults by number. `key_of` names the outline at a place for as long as it is the same one."""

    def __init__(self, key_of: Callable[[int], int]) -> None:
        self.by_number: Dict[int, LayerFault] = {}
        self._key_of = key_of
        self._next = 0

    def where(self, is_meant: Callable[[LayerFault], bool]) -> List[int]:
        """Return the numbers of those faults that are meant."""
        return [number for number, fault in self.by_number.items() if is_meant(fault)]

    def replace(self, numbers: Iterable[int], found: Sequence[LayerFault]) -> FaultChanges:
        """Put what was found in the place of known faults; those that are the same as before keep their number."""
        before = {number: self.by_number.pop(number) for number in set(numbers)}
        waiting: Dict[Any, List[int]] = {}
        for number, fault in before.items():
            waiting.setdefault(self._name(fault), []).append(number)
        changed: Dict[int, LayerFault] = {}
        new = set()
        for fault in found:
            number = _same(waiting.get(self._name(fault), []), before, fault)
            if number < 0:
                number, self._next = self._next, self._next + 1
                new.add(number)
            if before.pop(number, None) != fault:
                changed[number] = fault
            self.by_number[number] = fault
        return FaultChanges(frozenset(before), frozenset(new), changed)

    def _name(self, fault: LayerFault) -> Tuple[Any, ...]:
        """Return what stays of a fault while its outlines change."""
        if fault.kind in FIELD_KINDS:
            return fault.kind, _COUNT.sub("", fault.what)
        return fault.kind, *map(self._key_of, fault.places)


def _same(candidates: Sequence[int], known: Mapping[int, LayerFault], fault: LayerFault) -> int:
    """Return which of the candidates that are still known a fault is: the one at its place; -1 for none."""
    left = [number for number in candidates if number in known]
    exact = (number for number in left if known[number] == fault)
    near = (number for number in left if fault.kind in FIELD_KINDS or _meet(known[number].box, fault.box))
    return next(exact, next(near, -1))


def _meet(one: Any, other: Any) -> bool:
    if one is None or other is None:
        return one is other
    return bool(one[0] <= other[2] and other[0] <= one[2] and one[1] <= other[3] and other[1] <= one[3])
