"""How an inventory is, in one line, and what to do next."""

from __future__ import annotations

from typing import Optional, Tuple

from qgis.core import QgsVectorLayer

from ..tasks.inventory_health import InventoryHealth
from ..tasks.runtime_setting import runtime_python
from .layer_work import wrong_with_outlines
from .texts import tr


def inventory_state(
    layer: Optional[QgsVectorLayer], health: Optional[InventoryHealth], faults: Optional[int], left: Optional[int]
) -> Tuple[str, str]:
    """Return the health line's level and text.

    `faults` of the layer and glaciers `left` to review: None where nobody has counted.
    """
    if layer is None:
        return "none", tr("Map glaciers first, or choose outlines that are to become an inventory.")
    problem = wrong_with_outlines(layer)
    if problem:
        return "red", problem
    if health is None:
        return "none", tr("Looking at {} ...").format(layer.name())
    level, advice = _advice(health, faults, left)
    return level, f"{_numbers(health, faults, left)} {advice}"


def _numbers(health: InventoryHealth, faults: Optional[int], left: Optional[int]) -> str:
    parts = [tr("1 outline") if health.outlines == 1 else tr("{:,} outlines").format(health.outlines)]
    parts += [tr("{:,} stale").format(len(health.stale))] if health.stale else []
    if 0 < health.not_measured < health.outlines:
        parts.append(tr("{:,} not measured").format(health.not_measured))
    parts += [tr("{:,} without terrain").format(health.no_terrain)] if health.no_terrain else []
    parts += [tr("1 fault") if faults == 1 else tr("{:,} faults").format(faults)] if faults else []
    parts += [tr("{:,} left to review").format(left)] if left else []
    return ", ".join(parts) + "."


def _advice(health: InventoryHealth, faults: Optional[int], left: Optional[int]) -> Tuple[str, str]:
    """Return the level, and what to do next."""
    if not runtime_python():
        return "amber", tr("Checking, divides and attributes need the runtime: a Python of its own, set up once.")
    if health.not_measured == health.outlines:
        return "amber", tr("Nothing is measured yet: divide the ice if glaciers touch, then update the attributes.")
    if health.stale or health.not_measured:
        return "amber", tr("Update the attributes.")
    if faults:
        return "amber", tr("Repair the faults below.")
    if left:
        return "green", tr("All is measured; what is left is in the tab Review.")
    return "green", tr("All is measured: check, then hand in.") if faults is None else tr("Ready to be handed in.")
