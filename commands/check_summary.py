"""What `icemargin check` prints: how many faults of each kind, and some of each with id and place."""

from __future__ import annotations

from collections import Counter
from typing import Any, Dict, Iterator, List, Mapping, Sequence

SHOWN = 5
"""Faults of one kind that are printed; --json tells all."""

Fault = Mapping[str, Any]


def check_lines(values: Dict[str, Any], out: str) -> List[str]:
    """Return the lines for people; `out` is the repaired copy, "" where there is none."""
    head = f"{values['file']}, layer {values['layer']}: {values['outlines']:,} outlines, "
    if not values["faults"]:
        return [head + "no faults", *_copied(out)]
    lines = [f"{head}{len(values['faults']):,} faults"]
    if not out:
        lines += fault_lines(values["faults"])
        return [*lines, *_offers([fault for fault in values["faults"] if fault["repair"]])]
    lines += [f"Repaired: {len(values['repaired']):,}", *fault_lines(values["repaired"])]
    lines += [f"Left: {len(values['left']):,}", *fault_lines(values["left"])]
    return [*lines, *_copied(out)]


def _copied(out: str) -> List[str]:
    return [f"Repaired copy: {out}"] if out else []


def _offers(repairable: Sequence[Fault]) -> Iterator[str]:
    parts = sum(fault["kind"] == "multipart" for fault in repairable)
    if len(repairable) > parts:
        yield f"{len(repairable) - parts:,} of them can be repaired: --repair --out FILE.gpkg"
    if parts:
        yield f"{parts:,} can be split into outlines of one part: --repair --split --out FILE.gpkg"


def fault_lines(faults: Sequence[Fault]) -> Iterator[str]:
    """Yield how many faults of each kind there are, and some of them."""
    from ..inventory.topology_faults import KINDS

    count = Counter(fault["kind"] for fault in faults)
    for kind, words in KINDS.items():
        if not count[kind]:
            continue
        yield f"  {count[kind]:,} {kind}: {words}"
        for fault in [fault for fault in faults if fault["kind"] == kind][:SHOWN]:
            yield f"      {_line(fault)}"
        if count[kind] > SHOWN:
            yield f"      ... and {count[kind] - SHOWN:,} more"


def _line(fault: Fault) -> str:
    names = [name or "(no id)" for name in dict.fromkeys(fault["ids"])]
    more = f" and {len(names) - 2} more" if len(names) > 2 else ""
    who = f"{', '.join(names[:2])}{more}: " if names else ""
    where = f" ({fault['lon']:.4f}, {fault['lat']:.4f})" if "lon" in fault else ""
    repair = f"; repair: {fault['repair']}" if fault["repair"] else ""
    return f"{who}{fault['what']}{where}{repair}"
