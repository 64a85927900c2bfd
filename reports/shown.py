"""How a comparison's values are written for people: by the unit at the end of their name."""

from __future__ import annotations

from typing import Any

COUNTS = ("n", "n_missed", "n_ref", "found", "rank", "of", "repeats", "judged", "within", "missed", "common", "pixels",
          "matched", "split", "merged", "new", "debris_unknown", "within_if_debris", "bootstraps", "seed")  # fmt: skip
NOT_KNOWN = "–"


def shown(value: Any, name: str) -> str:
    """Return a value as people read it: a dash for what is not known, signs before deviations, units' own decimals."""
    if value is None:
        return NOT_KNOWN
    if isinstance(value, bool):
        return "yes" if value else "no"
    return _number(value, name) if isinstance(value, (int, float)) else str(value)


def _number(value: float, name: str) -> str:
    if isinstance(value, int) or (name in COUNTS and value == int(value)):
        return f"{int(value):,}"
    if name == "level":
        return f"{value:g}"
    if name.endswith("deviation_percent") or "signed" in name:
        return _signed(value)
    if name.endswith(("_percent", "_m")):
        return f"{value:,.1f}"
    return f"{value:.4f}" if name.startswith("ece") else f"{value:,.3f}"


def _signed(value: float) -> str:
    text = f"{value:+,.1f}"
    return text[1:] if text in ("+0.0", "-0.0") else text.replace("-", "−")
