"""A change's headline and doubts, as lines for people."""

from __future__ import annotations

from typing import Any, Dict, List, Optional

SHOWN = 10
SHOWN_FAULTS = 5


def change_lines(values: Dict[str, Any]) -> List[str]:
    """Return the headline of a change's values, for people: the total, and the glaciers that changed most."""
    total = values["total"]
    lines = []
    for day, source, area, sigma in zip(
        values["dates"], values["sources"], total["area_km2"], total["area_uncertainty_km2"]
    ):
        lines.append(f"{day}  {area:10.3f} +- {sigma:.3f} km2   {source['file']}: {source['n']} outlines")
    lines.append("")
    for period, change in zip(values["periods"], total["changes"]):
        lines.append(f"{period['from']} to {period['to']} ({period['years']:.1f} years)")
        lines.append(f"  all ice     {_told(change)}")
    states = ", ".join(f"{count} {name}" for name, count in values["states"].items() if count)
    lines += ["", f"Glaciers: {states}; {len(values['new'])} pieces of new ice, not in the total"]
    # The last period is the whole one.
    most = sorted(values["glaciers"], key=lambda row: -abs(row["changes"][-1]["change_km2"]))[:SHOWN]
    lines += [f"  {row['id']:22} {_told(row['changes'][-1])}" for row in most]
    if len(values["glaciers"]) > SHOWN:
        lines.append(f"  and {len(values['glaciers']) - SHOWN} that changed less (--csv and --json have them all)")
    faults = [f"{fault['layer']}, {fault['id']}: {fault['what']}" for fault in values["faults"][:SHOWN_FAULTS]]
    if len(values["faults"]) > SHOWN_FAULTS:
        faults.append(f"{len(values['faults']) - SHOWN_FAULTS} more faults of the layers (--json has them all)")
    return lines + [f"Mind: {doubt}" for doubt in (*values["warnings"], *faults)]


def _told(change: Dict[str, Any]) -> str:
    km2 = f"{change['change_km2']:+.3f} +- {change['uncertainty_km2']:.3f} km2"
    percent, yearly = _shown(change["change_percent"], "{:+.1f}"), _shown(change["change_percent_per_year"], "{:+.2f}")
    retreat = "" if change["retreat_m"] is None else f", retreat {change['retreat_m']:.0f} m"
    return f"{km2} ({percent} %, {yearly} %/a), {change['verdict']}{retreat}"


def _shown(value: Optional[float], form: str) -> str:
    return "-" if value is None else form.format(value)
