"""The published features: bands, and the minima and maxima that scale them (facts: GlaViTU, Inputs)."""

from __future__ import annotations

from typing import Dict, Sequence, Tuple

from ..inference.errors import WeightsError
from ..inference.model import Feature
from ..inference.request import BACKSCATTER_BANDS, COHERENCE_BANDS, DEM_BANDS, OPTICAL_BANDS

FEATURES: Dict[str, Feature] = {
    feature.name: feature
    for feature in (
        Feature(
            "optical",
            OPTICAL_BANDS,
            (-0.00373555, -0.01996775, -0.01857444, -0.02698885, -0.0254627, -0.02451179),
            (2.0468, 2.1253, 2.2303, 2.6781, 2.1246, 2.1602),
        ),
        Feature("dem", DEM_BANDS, (-103.29675627, 0.0), (8349.42706884, 88.97835244)),
        # Backscatter is scaled after log10(sigma0 + 1e-6); the bands themselves are linear sigma0.
        Feature("co_pol_sar", BACKSCATTER_BANDS[:2], (-6.0, -6.0), (1.75761249, 15.63508564)),
        Feature("cross_pol_sar", BACKSCATTER_BANDS[2:], (-6.0, -6.0), (1.38859078, 15.9050037)),
        Feature("in_sar", COHERENCE_BANDS, (0.0, 0.0), (0.99999938, 0.99999963)),
        Feature("thermal", ("thermal",), (0.0,), (322.08056641,)),
    )
}


def with_channels(names: Sequence[str]) -> Tuple[Tuple[str, int], ...]:
    """Return (name, channels) of each feature. Raises WeightsError for a name that is not a feature's."""
    unknown = [name for name in names if name not in FEATURES]
    if unknown:
        raise WeightsError(f"Unknown feature {unknown[0]!r}; the features are {', '.join(FEATURES)}.")
    if len(set(names)) != len(names):
        raise WeightsError("A feature is named twice; name each branch of the network once.")
    return tuple((name, len(FEATURES[name].bands)) for name in names)
