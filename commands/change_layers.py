"""Layers of several dates: which day each shows, by the command line or by their fields."""

from __future__ import annotations

import re
from datetime import date
from typing import Any, List, Optional, Sequence, Tuple

from ..inference.errors import InputError
from ..inference.vector_layer import VectorLayer
from ..inference.vector_reading import read_vectors
from .compared_layers import DATE_FIELDS, ID_FIELDS

LAYER_MARK = "|layername="


def file_and_layer(text: str) -> Tuple[str, str]:
    """Return file and layer of `FILE` or, as QGIS writes it, `FILE|layername=NAME`."""
    path, _, name = text.partition(LAYER_MARK)
    return path, name


def day_of(text: str) -> Optional[date]:
    """Return the day that a text begins with (2010-08-20, 2010/08/20, 20100820); None where it tells none."""
    found = re.match(r"(\d{4})([-/]?)(\d{2})\2(\d{2})(?!\d)", text.strip())
    if not found:
        return None
    try:
        return date(int(found.group(1)), int(found.group(3)), int(found.group(4)))
    except ValueError:  # 20030799: RGI's way to say that the day is not known
        return None


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


def told_day(layer: VectorLayer) -> Tuple[date, List[str]]:
    """Return the day that a layer's fields tell (the median of its outlines'), and doubts. Raises InputError."""
    field = next((name for want in DATE_FIELDS for name in layer.fields if name.lower() == want), "")
    texts = layer.texts(field) if field else ()
    days = sorted(day for day in map(day_of, texts) if day)
    if not days:
        raise InputError(f"{layer.path} does not tell the day that it shows; give --dates, one for each layer.")
    middle, doubts = days[(len(days) - 1) // 2], []
    if days[-1] > days[0]:
        doubts.append(f"Dates within {layer.path} differ ({days[0]} to {days[-1]}); {middle} is taken for all.")
    if len(days) < len(texts):
        doubts.append(f"{len(texts) - len(days)} outlines of {layer.path} tell no day; {middle} is taken for all.")
    return middle, doubts


def centrelines_of(path: str, plane: str) -> Any:
    """Return the centrelines of a file in the plane. Raises OutlinesError or CrsError."""
    from ..inventory.change_terminus import centrelines_from_wkb

    layer = read_vectors(*file_and_layer(path))
    by_name = {field.lower(): field for field in layer.fields}
    field = next((by_name[name] for name in ID_FIELDS if name in by_name), "")
    ids = layer.texts(field) if field else ("",) * len(layer.wkb)
    return centrelines_from_wkb(layer.wkb, ids, layer.crs, plane)
