"""Which GlaViTU a weights file holds, read from the shapes of its arrays."""

from __future__ import annotations

from math import isqrt
from typing import List, Mapping, Optional, Sequence, Tuple

from ..inference.errors import WeightsError
from .architecture import Architecture
from .features import FEATURES, with_channels
from .layout import Shape

Listing = List[Tuple[str, Shape]]
"""The arrays of one group, in order: name in the file, shape."""

ARRAYS_PER_BRANCH = 16
ARRAYS_PER_TRANSFORMER_BLOCK = 16


def recognise(
    groups: Mapping[str, Listing], input_names: Sequence[str], features: Optional[Sequence[str]]
) -> Architecture:
    """Return the sizes of the network whose arrays are listed in `groups`.

    `input_names` are the layers of the file that carry a feature's name, `features` what the user says (None: the
    file tells). Raises WeightsError where the shapes are no GlaViTU's, or do not tell the features.
    """
    for name in ("fusion_block", "SETR", "ResUNet", "output"):
        if not groups.get(name):
            raise WeightsError(f"Group '{name}' is missing; this is not a GlaViTU weights file.")
    channels, width = _branches(groups["fusion_block"])
    setr = groups["SETR"]
    embedding = _shape(setr, "SETR", 0, "(token * token * width, width)", 2)
    tokens = _shape(setr, "SETR", 2, "(tokens, width)", 2)[0]
    query = _shape(setr, "SETR", 5, "(width, heads, key size)", 3)
    token = isqrt(embedding[0] // width)
    location = groups.get("location_encoding_block")
    return Architecture(
        features=_named(channels, input_names, features),
        location=_shape(location, "location_encoding_block", 0, "(12 or 4, width)", 2)[0] if location else 0,
        width=width,
        # Rounded: where arrays lack or are too many, the comparison with the layout finds the first that is wrong.
        depth=max(1, round((len(setr) - 5 - 6 * (token.bit_length() - 1)) / ARRAYS_PER_TRANSFORMER_BLOCK)),
        heads=query[1],
        key_size=query[2],
        hidden=_shape(setr, "SETR", 15, "(width, hidden)", 2)[1],
        patch=token * isqrt(tokens),
        token=token,
        steps=max(1, round((len(groups["ResUNet"]) - 15) / 31)),
        auxiliary="deepsupervision" in groups,
    )


def _branches(fusion: Listing) -> Tuple[List[int], int]:
    """Return the channels of each feature's branch, and the network's width."""
    wanted = "(3, 3, channels, width)"
    width = _shape(fusion, "fusion_block", 0, wanted, 4)[3]
    count = max(1, round(len(fusion) / ARRAYS_PER_BRANCH))
    return [_shape(fusion, "fusion_block", 8 * i, wanted, 4)[2] for i in range(count)], width


def _shape(listing: Listing, group: str, index: int, wanted: str, ndim: int) -> Shape:
    if index >= len(listing):
        raise WeightsError(f"Group '{group}' has {len(listing)} arrays; array {index}, of shape {wanted}, is missing.")
    name, shape = listing[index]
    if len(shape) != ndim or min(shape) < 1:
        raise WeightsError(f"Group '{group}', array {index} '{name}': its shape is {shape}, expected {wanted}.")
    return shape


def _named(
    channels: Sequence[int], input_names: Sequence[str], features: Optional[Sequence[str]]
) -> Tuple[Tuple[str, int], ...]:
    """Return (name, channels) of the branches: the file's names, else the user's, else what the channels tell."""
    if features is not None:
        features = tuple(name for name, _ in with_channels(features))
    if input_names and features is not None and sorted(input_names) != sorted(features):
        raise WeightsError(f"The file's inputs are {', '.join(input_names)}, not {', '.join(features)}.")
    named = with_channels(tuple(input_names) or features or _guessed(channels))
    if [count for _, count in named] != list(channels):
        said = ", ".join(f"{name} ({count})" for name, count in named)
        raise WeightsError(f"Group 'fusion_block' has branches of {list(channels)} channels, which do not fit {said}.")
    return named


def _guessed(channels: Sequence[int]) -> Tuple[str, ...]:
    fitting = [[name for name, item in FEATURES.items() if len(item.bands) == count] for count in channels]
    if any(len(names) != 1 for names in fitting):
        raise WeightsError(
            f"The file does not name its inputs, and branches of {list(channels)} channels fit several features; "
            f"say which with --features ({', '.join(FEATURES)})."
        )
    return tuple(names[0] for names in fitting)
