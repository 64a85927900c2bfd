"""The network that comes with IceMargin, and where it is proposed before anybody chose.

It beat the band ratio on regions it never saw, with imagery and elevation (docs/bundled-model.md); so there, and there
only, it is the default.
"""

from __future__ import annotations

from typing import AbstractSet

from .store import CLASSIC, ModelStore

BUNDLED = "glavitu-small"


def bundled_path() -> str:
    """Return the path of the network that ships, "" where there is none or it is damaged."""
    found = (model.path for model in ModelStore().offered() if model.name == BUNDLED)
    return next(found, "")


def proposed_model(given: AbstractSet[str]) -> str:
    """Return what maps where nobody chose, as a request's `model`: the network where all its bands are given."""
    for model in ModelStore().offered():
        if model.name == BUNDLED and model.description is not None and given >= set(model.description.bands):
            return model.path
    return CLASSIC
