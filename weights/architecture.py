"""How large a GlaViTU is: the sizes that fix every array of it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Tuple

from ..inference.errors import WeightsError

LOCATION_SIZES = {0: "", 12: "region", 4: "coordinates"}
"""Length of the location vector -> ModelDescription.location."""


@dataclass(frozen=True)
class Architecture:
    """Sizes of a GlaViTU; the defaults are the published ones (doi 10.1038/s41467-024-54956-x).

    `features` are (name, channels) in the order of the branches; `location` is the length of the location vector
    (0, 4 or 12); `patch` and `token` are pixels; `key_size` is per attention head; `steps` counts the ResU-Net's
    poolings; `auxiliary` says whether the deep-supervision head is there.
    """

    features: Tuple[Tuple[str, int], ...] = (("optical", 6), ("dem", 2))
    location: int = 0
    width: int = 64
    depth: int = 12
    heads: int = 4
    key_size: int = 16
    hidden: int = 256
    patch: int = 384
    token: int = 16
    steps: int = 3
    auxiliary: bool = True

    def __post_init__(self) -> None:
        sizes = (self.width, self.depth, self.heads, self.key_size, self.hidden, self.patch, self.steps)
        if not self.features or min(sizes) < 1 or min(channels for _, channels in self.features) < 1:
            raise WeightsError("A network needs features, and every size of it must be at least 1.")
        if self.location not in LOCATION_SIZES:
            raise WeightsError(f"A location vector has 12 values (region) or 4 (coordinates), not {self.location}.")
        if self.token < 2 or self.token & (self.token - 1):
            raise WeightsError(f"Tokens are 2, 4, 8, 16 ... pixels wide (the decoder doubles), not {self.token}.")
        if self.patch % self.token or self.patch % 2**self.steps:
            raise WeightsError(f"Patch {self.patch} does not fit tokens of {self.token} and {self.steps} poolings.")

    @property
    def grid(self) -> int:
        """Tokens along one side of a patch."""
        return self.patch // self.token

    @property
    def upsamplings(self) -> int:
        """How often the decoder doubles the tokens' grid to be back at the patch."""
        return self.token.bit_length() - 1

    @property
    def channels(self) -> Tuple[int, ...]:
        """Channels of the ResU-Net's levels, the bottom last."""
        return tuple(self.width * 2**level for level in range(self.steps + 1))
