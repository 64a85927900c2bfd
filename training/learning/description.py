"""What a trained network says of itself, from its settings."""

from __future__ import annotations

from ...inference.model import Feature, ModelDescription
from ...weights.features import FEATURES
from ...weights.published import CITATION
from .settings import TrainSettings

OVERLAP = 0.25
"""Default share of a window that its neighbours see too (docs/overlap.md)."""


def feature_of(name: str, bands: tuple[str, ...]) -> Feature:
    """Return a feature with some of its bands and the published minima and maxima of them."""
    whole = FEATURES[name]
    places = [whole.bands.index(band) for band in bands]
    low, high = (tuple(values[place] for place in places) for values in (whole.minimum, whole.maximum))
    return Feature(name, bands, low, high)


def description_of(settings: TrainSettings, name: str) -> ModelDescription:
    """Return the description of a network trained by these settings, without calibration and scores."""
    return ModelDescription(
        name=name,
        features=tuple(feature_of(feature, bands) for feature, bands in settings.features.items()),
        patch=settings.patch,
        resolution=settings.resolution,
        location=settings.location,
        overlap=OVERLAP,
        citation=CITATION if settings.network == "glavitu" else "",
        trained_on=settings.trained_on,
        note=f"{settings.network}, strategy: {settings.strategy}",
    )
