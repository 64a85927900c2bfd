"""Reliability diagrams: does the confidence told hold? Colours by Okabe and Ito, for every eye."""

from __future__ import annotations

from typing import Any, Dict, List

from matplotlib.figure import Figure

from .drawing import INK, as_svg, page_ink

CURVES = {"shown": ("#0072B2", "o", "shown (calibrated)"), "plain": ("#E69F00", "s", "plain probability"),
          "entropy": ("#CC79A7", "^", "raw (entropy)")}  # fmt: skip


def reliability_svg(tables: Dict[str, List[Dict[str, Any]]], title: str) -> str:
    """Return the reliability diagram of the confidences (evaluation's `reliability`) as an SVG element."""
    with page_ink(title):
        figure = Figure(figsize=(5.6, 5.4), layout="constrained")
        above, below = figure.subplots(2, 1, sharex=True, height_ratios=(3, 1))
        above.plot([0, 1], [0, 1], color=INK, linestyle=":", linewidth=1, label="told = true")
        for name, (colour, marker, label) in CURVES.items():
            rows = [row for row in tables[name] if row["pixels"]]
            told, true = [row["confidence"] for row in rows], [row["accuracy"] for row in rows]
            above.plot(told, true, color=colour, marker=marker, label=label)
        above.set(ylabel="share that is right", ylim=(0, 1.02), xlim=(0, 1))
        above.legend(frameon=False, loc="lower right")
        rows = tables["shown"]
        total = max(sum(row["pixels"] for row in rows), 1)
        below.bar([row["low"] for row in rows], [row["pixels"] / total for row in rows], rows[0]["high"],
                  align="edge", color=CURVES["shown"][0])  # fmt: skip
        below.set(xlabel="confidence", ylabel="pixels (share)")
        return as_svg(figure)
