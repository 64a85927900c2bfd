"""What `icemargin divides` prints: numbers and doubts."""

from __future__ import annotations

from typing import Any, Dict, List


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
