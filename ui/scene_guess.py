"""What a layer's name tells of the scene: date, sensor, scene id."""

from __future__ import annotations

import re
from datetime import date

from ..inference.request import SceneFacts

_DATE = re.compile(r"(?<!\d)((?:19|20)\d\d)[-_.]?([01]\d)[-_.]?([0-3]\d)(?!\d)")
_SENSORS = (
    (r"^S2[A-D]?_|SENTINEL[-_ ]?2|(?<![A-Z0-9])S2(?![0-9])", "Sentinel-2"),
    (r"(?<![A-Z0-9])L[COT]0?9|LANDSAT[-_ ]?9", "Landsat 9"),
    (r"(?<![A-Z0-9])L[COT]0?8|LANDSAT[-_ ]?8", "Landsat 8"),
    (r"(?<![A-Z0-9])LE0?7|LANDSAT[-_ ]?7", "Landsat 7"),
    (r"(?<![A-Z0-9])LT0?5|LANDSAT[-_ ]?5", "Landsat 5"),
    (r"(?<![A-Z0-9])LT0?4|LANDSAT[-_ ]?4", "Landsat 4"),
)
_PRODUCT = re.compile(r"(S2[A-D]_MSIL\d[A-C]_\w+|L[COTEM]\d\d_L\d\w\w_\w+)", re.IGNORECASE)


def guess_date(name: str) -> str:
    """Return the first date in `name` as YYYY-MM-DD, "" where there is none."""
    for match in _DATE.finditer(name):
        try:
            return date(*(int(part) for part in match.groups())).isoformat()
        except ValueError:
            continue
    return ""


def guess_facts(name: str) -> SceneFacts:
    """Return what `name` (a layer's or a file's) tells; empty where it tells nothing."""
    sensor = next((text for pattern, text in _SENSORS if re.search(pattern, name.upper())), "")
    product = _PRODUCT.search(name)
    return SceneFacts(src_id=product.group(1) if product else "", src_date=guess_date(name), sensor=sensor)
