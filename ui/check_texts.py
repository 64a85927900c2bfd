"""Faults of a layer in words."""

from __future__ import annotations

from typing import Dict, Sequence

from ..inventory.numbered_faults import FIELD_KINDS
from ..tasks.topology_session import KnownFault
from .texts import tr

QUIET_KINDS = (*FIELD_KINDS, "winding")
"""Kinds that an edit makes by the way: they stand in the list, and nobody is told."""
SHOWN = 3
M2_IN_KM2, SMALLEST_KM2 = 1e6, 1e5


def kind_text(kind: str) -> str:
    """Return one of topology_faults.KINDS in a word or two."""
    texts: Dict[str, str] = {
        "crs": tr("CRS"), "empty": tr("no geometry"), "not_polygon": tr("no polygon"),
        "bad_coordinates": tr("bad coordinates"), "jumps_antimeridian": tr("runs round the world"),
        "self_intersection": tr("crosses itself"), "ring_touches_itself": tr("touches itself"),
        "holes": tr("wrong hole"), "parts_overlap": tr("parts overlap"), "multipart": tr("several parts"),
        "winding": tr("ring direction"), "below_minimum": tr("too small"), "duplicate_outline": tr("drawn twice"),
        "overlap": tr("overlap"), "gap": tr("gap"), "duplicate_id": tr("id given twice"), "missing_id": tr("no id"),
        "missing_field": tr("field missing"), "missing_value": tr("value missing"), "wrong_value": tr("wrong value"),
    }  # fmt: skip
    return texts[kind]


def glaciers_text(fault: KnownFault) -> str:
    """Return which glaciers a fault concerns, the first of many."""
    names = [name or tr("feature {}").format(key) for name, key in zip(fault.ids, fault.keys)]
    more = len(names) - SHOWN
    return ", ".join(names[:SHOWN]) + (tr(" and {} more").format(more) if more > 0 else "")


def fault_text(fault: KnownFault) -> str:
    """Return a fault's name: "gap between A and B"."""
    kind, names = kind_text(fault.kind), glaciers_text(fault)
    if fault.kind in ("gap", "overlap"):
        return tr("{} between {}").format(kind, names.replace(", ", tr(" and ")))
    return f"{kind}, {names}" if names else kind


def size_text(m2: float) -> str:
    """Return an area for people: "12 m2", "0.25 km2"."""
    if m2 >= SMALLEST_KM2:
        return f"{m2 / M2_IN_KM2:.2f} km\u00b2"
    return f"{m2:.0f} m\u00b2" if m2 >= 10 else f"{m2:.1g} m\u00b2"


def detail_text(fault: KnownFault) -> str:
    """Return all that is known of a fault: what it is, and what a repair does."""
    names = glaciers_text(fault)
    what = f"{names}: {fault.what}" if names else fault.what
    repair = tr("Repair: {}.").format(fault.repair) if fault.repair else tr("Only you can tell what is meant.")
    return f"{what}. {repair}"


def count_text(faults: int, repairable: int) -> str:
    """Return "3 faults, 2 can be repaired"."""
    counted = tr("1 fault") if faults == 1 else tr("{} faults").format(faults)
    return tr("{}, {} can be repaired").format(counted, repairable or tr("none"))


def news_text(faults: Sequence[KnownFault]) -> str:
    """Return the first of faults that an edit has made, and how many more there are."""
    more = tr(" and {} more").format(len(faults) - 1) if len(faults) > 1 else ""
    return tr("New: {}{}.").format(fault_text(faults[0]), more)


def repair_title(done: Sequence[KnownFault]) -> str:
    """Return the name of the undo step of repairs."""
    if len(done) == 1:
        return tr("Repair: {}").format(fault_text(done[0]))
    return tr("Repair: {} faults").format(len(done))
