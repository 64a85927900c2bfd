"""Charts of a comparison, as SVG in the page's ink. Blue and orange by Okabe and Ito, for every eye."""

from __future__ import annotations

from typing import Any, Dict, Mapping, Sequence

import numpy as np
from matplotlib.figure import Figure
from matplotlib.ticker import FuncFormatter, MaxNLocator

from .drawing import INK, as_svg, page_ink

BLUE, ORANGE = "#2B8CC4", "#E08A00"
CLEAN, DEBRIS = 5.0, 30.0
"""Percent: the published spread of experts (Paul et al. 2013)."""
FARTHEST = 100.0
"""Percent; deviations beyond are drawn at the edge."""
PLAIN = FuncFormatter(lambda value, _: f"{value:g}")
DRAWN_AS_PICTURE = 1500
"""More points than this are drawn as a picture inside the SVG, which would grow large."""


def charts(values: Mapping[str, Any]) -> Dict[str, str]:
    """Return the charts that the glaciers allow: "histogram", "areas", "sizes"."""
    here = [row for row in values["glaciers"] if row["area_km2"] and row["area_ref_km2"]]
    if not here:
        return {}
    area, reference = (np.array([row[name] for row in here]) for name in ("area_km2", "area_ref_km2"))
    deviation = np.array([row["area_deviation_percent"] for row in here])
    return {
        "histogram": _histogram(deviation),
        "areas": _areas(area, reference),
        "sizes": _sizes(reference, deviation, [row["size_class"] for row in here]),
    }


def _histogram(deviation: Any) -> str:
    with page_ink("histogram"):
        figure = Figure(figsize=(5.4, 3.4), layout="constrained")
        axes = figure.subplots()
        widest = min(max(10.0, float(np.max(np.abs(deviation)))), FARTHEST)
        bars = int(np.clip(2 * np.sqrt(len(deviation)), 10, 40)) // 2 * 2  # even: zero is an edge
        axes.hist(np.clip(deviation, -widest, widest), bins=np.linspace(-widest, widest, bars + 1), color=BLUE)
        axes.yaxis.set_major_locator(MaxNLocator(integer=True))
        axes.axvline(0, color=INK, linewidth=1)
        axes.axvline(float(np.median(deviation)), color=ORANGE, linestyle="--", label="median")
        axes.set(xlabel="deviation of the area (%)", ylabel="glaciers")
        axes.legend(frameon=False)
        return as_svg(figure)


def _areas(area: Any, reference: Any) -> str:
    with page_ink("areas"):
        figure = Figure(figsize=(4.6, 4.4), layout="constrained")
        axes = figure.subplots()
        ends = [min(area.min(), reference.min()) * 0.8, max(area.max(), reference.max()) * 1.25]
        axes.plot(ends, ends, color=INK, linewidth=1, linestyle=":")
        _points(axes, reference, area)
        axes.set(xscale="log", yscale="log", xlim=ends, ylim=ends, xlabel="area of the reference (km²)",
                 ylabel="area of the candidate (km²)", aspect="equal")  # fmt: skip
        axes.xaxis.set_major_formatter(PLAIN)
        axes.yaxis.set_major_formatter(PLAIN)
        return as_svg(figure)


def _sizes(reference: Any, deviation: Any, classes: Sequence[str]) -> str:
    with page_ink("sizes"):
        figure = Figure(figsize=(5.4, 3.8), layout="constrained")
        axes = figure.subplots()
        for limit, style in ((CLEAN, "--"), (DEBRIS, ":")):
            for sign in (1, -1):
                label = f"±{limit:g} % (published)" if sign > 0 else None
                axes.axhline(sign * limit, color=INK, linewidth=0.8, linestyle=style, label=label)
        _points(axes, reference, np.clip(deviation, -FARTHEST, FARTHEST))
        for name in dict.fromkeys(classes):
            inside = np.array([one == name for one in classes])
            ends = [reference[inside].min(), reference[inside].max()]
            axes.plot(ends, [float(np.median(deviation[inside]))] * 2, color=ORANGE, linewidth=2.5)
        axes.plot([], [], color=ORANGE, linewidth=2.5, label="median of a size class")
        axes.set(xscale="log", xlabel="area of the reference (km²)", ylabel="deviation of the area (%)")
        axes.xaxis.set_major_formatter(PLAIN)
        axes.legend(frameon=False, fontsize=8, loc="lower center", bbox_to_anchor=(0.5, 1.0), ncols=3)
        return as_svg(figure)


def _points(axes: Any, x: Any, y: Any) -> None:
    axes.plot(x, y, ".", color=BLUE, markersize=5, alpha=0.75, rasterized=len(x) > DRAWN_AS_PICTURE)
