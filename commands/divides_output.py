"""What `icemargin divides` prints: numbers and doubts."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Dict, List

if TYPE_CHECKING:
    from ..inventory.divide_parts import Divided


def divide_numbers(found: Divided) -> Dict[str, Any]:
    """Return the numbers of all and the doubts as plain values."""
    return {
        "glaciers": len(found), "complexes": len(set(found.complex.tolist())),
        "area_km2": float(found.area_km2.sum()), "inherited_ids": sum(map(bool, found.ids)),
        "new_ids": sum(not name for name in found.ids), "gone": list(found.gone),
        "by_divides": {name: found.divides.count(name) for name in sorted(set(found.divides))},
        "ice_caps": len(set(found.complex[found.ice_cap].tolist())), "doubts": list(found.doubts),
    }  # fmt: skip


def divide_lines(numbers: Dict[str, Any], out: str) -> List[str]:
    """Return the lines for people."""
    kinds = ", ".join(f"{count:,} {name}" for name, count in numbers["by_divides"].items())
    return [
        f"{numbers['complexes']:,} complexes, {numbers['area_km2']:.3f} km2",
        f"{numbers['glaciers']:,} glaciers: {kinds}",
        f"Ids: {numbers['inherited_ids']:,} inherited, {numbers['new_ids']:,} without an earlier glacier",
        *(f"Mind: {doubt}" for doubt in numbers["doubts"]),
        f"Written: {out}",
    ]
