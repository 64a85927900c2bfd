"""A region vector as words on the command line: HMA=0.6,CA=0.4."""

from __future__ import annotations

import argparse
from typing import Dict, Sequence, Tuple

from ..inference.model import REGIONS

FORM = "HMA=0.6,CA=0.4"
_ROUNDING = 0.02


def parse_region_vector(text: str) -> Tuple[float, ...]:
    """Return the 12 shares in the order of REGIONS, sum 1. Raises argparse.ArgumentTypeError."""
    shares: Dict[str, float] = {}
    for part in text.split(","):
        name, _, share = (word.strip() for word in part.partition("="))
        if name not in REGIONS:
            raise argparse.ArgumentTypeError(f"unknown region {name!r} (the names are {', '.join(REGIONS)})")
        if name in shares:
            raise argparse.ArgumentTypeError(f"region {name} is given twice")
        try:
            shares[name] = float(share)
        except ValueError as error:
            raise argparse.ArgumentTypeError(f"{part!r} is not like {FORM}") from error
    total = sum(shares.values())
    if not all(share >= 0 for share in shares.values()) or not abs(total - 1) <= _ROUNDING:
        raise argparse.ArgumentTypeError(f"shares are not below 0 and sum to 1 (here {total:g}), like {FORM}")
    return tuple(shares.get(name, 0.0) / total for name in REGIONS)


def region_vector_words(vector: Sequence[float]) -> str:
    """Return what `parse_region_vector` reads: shares to four digits, those of less than 0.0005 left out."""
    parts = sorted(zip(vector, REGIONS), key=lambda part: -part[0])
    return ",".join(f"{name}={share:.4f}" for share, name in parts if share >= 5e-4)
