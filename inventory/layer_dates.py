"""What a layer's fields tell of the time that it shows. The standard library only, so QGIS may ask too."""

from __future__ import annotations

import re
from datetime import date
from typing import List, Optional, Tuple

from ..inference.errors import InputError
from ..inference.vector_layer import VectorLayer

DATE_FIELDS = ("src_date", "bgndate", "enddate", "date", "acq_date")
"""Where a date is looked for, in this order, without regard to capitals."""
APART_YEARS = 1
EARLIEST, LATEST = 1850, 2200


def years_of(layer: VectorLayer) -> List[int]:
    """Return the years that the layer's dates tell, sorted; 9999 and the like are unknown."""
    found = set()
    for field in layer.fields:
        if field.lower() in DATE_FIELDS:
            for text in layer.texts(field):
                year = re.match(r"\d{4}", text)
                if year and EARLIEST <= int(year.group()) <= LATEST:
                    found.add(int(year.group()))
    return sorted(found)


def date_doubts(candidate: VectorLayer, reference: VectorLayer) -> List[str]:
    """Return a warning where the layers' years are apart, or where one does not tell them."""
    ours, theirs = years_of(candidate), years_of(reference)
    if not ours or not theirs:
        names = [name for name, years in (("candidate", ours), ("reference", theirs)) if not years]
        return [f"The date of the {' and of the '.join(names)} is not known; ice may have changed between the two."]
    apart = max(theirs[0] - ours[-1], ours[0] - theirs[-1], 0)
    if apart <= APART_YEARS:
        return []
    return [f"Candidate and reference are {apart} years or more apart: part of what differs is change of the ice."]


def day_of(text: str) -> Optional[date]:
    """Return the day that a text begins with (2010-08-20, 2010/08/20, 20100820); None where it tells none."""
    found = re.match(r"(\d{4})([-/]?)(\d{2})\2(\d{2})(?!\d)", text.strip())
    if not found:
        return None
    try:
        return date(int(found.group(1)), int(found.group(3)), int(found.group(4)))
    except ValueError:  # 20030799: RGI's way to say that the day is not known
        return None


def told_day(layer: VectorLayer) -> Tuple[date, List[str]]:
    """Return the day that a layer's fields tell (the median of its outlines'), and doubts. Raises InputError."""
    field = next((name for want in DATE_FIELDS for name in layer.fields if name.lower() == want), "")
    texts = layer.texts(field) if field else ()
    days = sorted(day for day in map(day_of, texts) if day)
    if not days:
        raise InputError(f"{layer.path} does not tell the day that it shows; give one for each layer (--dates).")
    middle, doubts = days[(len(days) - 1) // 2], []
    if days[-1] > days[0]:
        doubts.append(f"Dates within {layer.path} differ ({days[0]} to {days[-1]}); {middle} is taken for all.")
    if len(days) < len(texts):
        doubts.append(f"{len(texts) - len(days)} outlines of {layer.path} tell no day; {middle} is taken for all.")
    return middle, doubts
