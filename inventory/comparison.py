"""Two layers of outlines compared: areas, overlaps, boundary distances, glacier by glacier and as two sets of ice."""

from __future__ import annotations

from .results import Comparison, ComparisonSettings, GlacierComparison, LayerFault, Link, Metrics, NewGlacier

__all__ = ["Comparison", "ComparisonSettings", "GlacierComparison", "LayerFault", "Link", "Metrics", "NewGlacier"]
