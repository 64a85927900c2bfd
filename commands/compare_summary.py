"""A comparison's headline and doubts, as lines for people."""

from __future__ import annotations

from typing import Any, Dict, List, Optional

SHOWN_FAULTS = 5
LINES = (
    ("iou", "IoU", "{:.4f}"), ("precision", "precision", "{:.4f}"), ("recall", "recall", "{:.4f}"),
    ("f1", "F1", "{:.4f}"), ("area_deviation_percent", "area deviation", "{:+.2f} %"), ("polis_m", "PoLiS", "{:.2f} m"),
    ("distance_mean_m", "mean distance", "{:.2f} m"), ("distance_median_m", "median distance", "{:.2f} m"),
    ("distance_signed_median_m", "median, + outside", "{:+.2f} m"), ("hd95_m", "95 % within (HD95)", "{:.2f} m"),
    ("hausdorff_m", "farthest (Hausdorff)", "{:.1f} m"), ("boundary_iou_1px", "boundary IoU, 1 pixel", "{:.4f}"),
    ("boundary_iou_2px", "boundary IoU, 2 pixels", "{:.4f}"),
)  # fmt: skip


def summary_lines(values: Dict[str, Any]) -> List[str]:
    """Return the headline of a comparison's values, for people."""
    total, sources = values["total"], values["sources"]
    counts = ", ".join(f"{count} {kind}" for kind, count in values["classes"].items())
    told = [
        f"{sources[name]['file']}: {sources[name]['n']} outlines, {_shown(total[area], '{:.3f} km2')}"
        + (f", {sources[name]['dates']}" if "dates" in sources[name] else "")
        for name, area in (("candidate", "area_km2"), ("reference", "area_ref_km2"))
    ]
    lines = [f"Candidate  {told[0]}", f"Reference  {told[1]}", f"Glaciers   {counts}", ""]
    lines.append(f"{'':24}{'all ice':>12}   {'95 % interval':^22} {'median glacier':>14}")
    medians, intervals = values["summary"]["medians"], values["intervals"]
    for name, title, form in LINES:
        between = " to ".join(_shown(end, form) for end in intervals[name]) if name in intervals else ""
        lines.append(f"{title:24}{_shown(total[name], form):>12}   {between:^22} {_shown(medians[name], form):>14}")
    lines.append("")
    for name, row in values["strata"]["size"].items():
        missed = f", {row['n_missed']:.0f} missed" if row["n_missed"] else ""
        iou, deviation = _shown(row["iou"], "{:.4f}"), _shown(row["area_deviation_percent"], "{:+.2f} %")
        lines.append(f"{name + ' km2':12}{row['n']:>7.0f} glaciers   IoU {iou}   {deviation}{missed}")
    lines += _expert_lines(values["experts"])
    return lines + [f"Mind: {doubt}" for doubt in _doubts(values)]


def _expert_lines(experts: Optional[Dict[str, Any]]) -> List[str]:
    if not experts:
        return []
    total = experts["total"]
    deviation = _shown(total["area_deviation_percent"], "{:+.2f} %")
    if experts["basis"] == "repeats":
        what = f"experts ({len(experts['layers'])} digitisations): in total {deviation} from their consensus"
        spread = f"{total['within']} of {total['judged']} glaciers within their spread"
    else:
        limit = _shown(total["limit_percent"], "{:.3g} %")
        what = f"published range of experts (Paul et al. 2013): in total {deviation}, limit {limit}"
        spread = f"{total['within']} of {total['judged']} glaciers within it"
    return ["", f"Beside {what}, {total['verdict']};", f"       {spread}, {total['missed']} missed"]


def _doubts(values: Dict[str, Any]) -> List[str]:
    doubts = list(values["warnings"]) + list((values["experts"] or {}).get("warnings", ()))
    faults = values["faults"]
    shown = [f"{fault['layer']}, {fault['id']}: {fault['what']}" for fault in faults[:SHOWN_FAULTS]]
    if len(faults) > SHOWN_FAULTS:
        shown.append(f"{len(faults) - SHOWN_FAULTS} more faults of the layers (--json has them all)")
    return doubts + shown


def _shown(value: Optional[float], form: str) -> str:
    return "-" if value is None else form.format(value)
