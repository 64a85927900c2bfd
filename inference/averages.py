"""What is averaged: flips of one prediction, passes with dropout, several models. A value of the request."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Tuple

from .errors import InputError

CLASSIC = "classic"
MOST_PASSES = 100
SYMMETRIES = 8
"""Of the square: four rotations, each with its mirror image."""


@dataclass(frozen=True)
class Averages:
    """`ensemble` are further model files; `flips` averages the symmetries of the square; `passes` networks thinned at
    `rate` are averaged. Raises InputError for what cannot be meant.
    """

    ensemble: Tuple[str, ...] = ()
    flips: bool = False
    passes: int = 0
    rate: float = 0.1

    def __post_init__(self) -> None:
        if not all(self.ensemble) or CLASSIC in self.ensemble:
            raise InputError("An ensemble is of network models; give the file of each.")
        if self.passes == 1 or not 0 <= self.passes <= MOST_PASSES:
            raise InputError(f"Monte-Carlo dropout takes 2 to {MOST_PASSES} passes, or 0 for none; 5 to 20 are usual.")
        if not 0 <= self.rate < 1:
            raise InputError("The dropout rate is the share left out, from 0 to below 1 (0.1 is the reference's).")

    @property
    def any(self) -> bool:
        """Return True if anything is averaged at all."""
        return bool(self.ensemble or self.flips or self.passes)

    @property
    def has_spread(self) -> bool:
        """Return True if there are several members, so that they can differ; flips belong to one member."""
        return bool(self.ensemble or self.passes)

    @property
    def runs(self) -> int:
        """How often a network runs for each window."""
        return (1 + len(self.ensemble)) * (SYMMETRIES if self.flips else 1) * max(self.passes, 1)


NOTHING_AVERAGED = Averages()
