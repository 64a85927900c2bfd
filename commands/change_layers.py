"""Layers of several dates as the command line names them: file, day, size of a pixel."""

from __future__ import annotations

from datetime import date
from typing import List, Optional, Sequence, Tuple

from ..inference.errors import InputError
from ..inventory.layer_dates import day_of

LAYER_MARK = "|layername="


def file_and_layer(text: str) -> Tuple[str, str]:
    """Return file and layer of `FILE` or, as QGIS writes it, `FILE|layername=NAME`."""
    path, _, name = text.partition(LAYER_MARK)
    return path, name


def given_days(texts: Sequence[str], count: int) -> List[Optional[date]]:
    """Return the days of --dates, None for each layer where it is not given. Raises InputError."""
    if not texts:
        return [None] * count
    if len(texts) != count:
        raise InputError(f"{count} layers have {len(texts)} dates; give --dates one for each layer, in their order.")
    days = [day_of(text) for text in texts]
    for text, day in zip(texts, days):
        if day is None:
            raise InputError(f"--dates {text} is no day; write it like 2010-08-20.")
    return days


def given_pixels(sizes: Sequence[float], count: int) -> List[float]:
    """Return a pixel for each layer. Raises InputError."""
    if len(sizes) not in (1, count):
        raise InputError(f"{count} layers have {len(sizes)} sizes of pixels; give --pixel one, or one for each layer.")
    return list(sizes) * (count if len(sizes) == 1 else 1)
