"""What several models need together: the description of an ensemble."""

from __future__ import annotations

from dataclasses import replace
from typing import Any, Dict, Sequence

from .errors import ModelError
from .model import Feature, ModelDescription

_TOLD = ("trained_on", "licence", "citation", "note")
_ALIKE = {"patch": "window (pixels)", "resolution": "resolution (m)", "classes": "classes"}


def composed_description(members: Sequence[ModelDescription]) -> ModelDescription:
    """Return what the members need together, called "a + b"; a single member's is its own.

    Features are the union in order, the overlap is the largest. The calibration is that of the first member which has
    one: it was fitted to single predictions, and a run with it says so. Scores are left out. Raises ModelError where
    members do not go together: another window, resolution or classes, or one feature with different bands or scaling.
    """
    first = members[0]
    if len(members) == 1:
        return first
    features: Dict[str, Feature] = {}
    for member in members:
        for name, what in _ALIKE.items():
            _same(first, member, what, getattr(first, name), getattr(member, name))
        for feature in member.features:
            known = features.setdefault(feature.name, feature)
            _same(first, member, f"bands and scaling of {feature.name!r}", known, feature)
    located = [member for member in members if member.location]
    for member in located:
        _same(located[0], member, "location encoding", located[0].location, member.location)
    told: Dict[str, Any] = {name: _joined(members, name) for name in _TOLD}
    told.update({name: _shared(members, name) for name in ("strategy", "regions")})
    return replace(
        first,
        name=" + ".join(member.name for member in members),
        features=tuple(features.values()),
        location=located[0].location if located else "",
        pixelwise=all(member.pixelwise for member in members),
        overlap=max(member.overlap for member in members),
        calibration=next((member.calibration for member in members if member.calibration), None),
        golden=None,
        **told,
        tested_on="",  # scores are those of single models
        metrics=(),
        optional=tuple(band for band in first.optional if all(_does_without(member, band) for member in members)),
    )


def _does_without(member: ModelDescription, band: str) -> bool:
    return band in member.optional or band not in member.bands


def _joined(members: Sequence[ModelDescription], name: str) -> str:
    """Return what the members say, each thing once."""
    return "; ".join(dict.fromkeys(text for text in (getattr(member, name) for member in members) if text))


def _shared(members: Sequence[ModelDescription], name: str) -> Any:
    """Return what all members say, else nothing."""
    values = [getattr(member, name) for member in members]
    return values[0] if all(value == values[0] for value in values) else type(values[0])()


def _same(first: ModelDescription, other: ModelDescription, what: str, one: Any, two: Any) -> None:
    if one == two:
        return
    differ = "" if isinstance(one, Feature) else f" ({one}, {two})"
    raise ModelError(
        f"{first.name} and {other.name} differ in their {what}{differ}, so they cannot be averaged; leave one out."
    )
