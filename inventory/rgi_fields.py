"""The attributes of RGI 7.0 in their order, what each may hold, and which values stand for unknown.

Source: RGI 7.0 user guide, glacier product.
"""

from __future__ import annotations

import math
import re
from dataclasses import dataclass
from typing import Any, Dict, Mapping, Optional, Tuple

from ..inference.columns import INTEGER, REAL, TEXT
from ..inference.positions import utm_zone

UNKNOWN_INTEGER, NOT_ASSIGNED = -999, 9
DATE = r"\d{4}([-/])(0[1-9]|1[0-2])\1(0[1-9]|[12]\d|3[01])([T ]\d\d:\d\d(:\d\d(\.\d+)?)?(Z|[+-]\d\d(:?\d\d)?)?)?"
"""ISO 8601, and with slashes as OGR tells what a file has as dates."""


@dataclass(frozen=True)
class RgiField:
    """A field.

    Attributes:
        name: as RGI writes it.
        kind: TEXT, INTEGER or REAL.
        missing: what stands for unknown; "" for texts, None (NaN, written as null) for reals.
        codes: the numbers allowed; () for all.
        low, high: the range of numbers.
        pattern: what a text looks like; "" for any.
    """

    name: str
    kind: str
    missing: Any = None
    codes: Tuple[int, ...] = ()
    low: float = -math.inf
    high: float = math.inf
    pattern: str = ""

    def is_missing(self, value: Any) -> bool:
        """Tell whether a value stands for unknown."""
        if value is None or value == "" or (isinstance(value, float) and math.isnan(value)):
            return True
        return self.kind == INTEGER and value == self.missing

    def fault_of(self, value: Any) -> str:
        """Return what is wrong with a value, "" where it may stand."""
        if self.is_missing(value):
            return ""
        if self.kind == TEXT:
            fits = not self.pattern or re.fullmatch(self.pattern, str(value))
            return "" if fits else f"{value!r} is not written as RGI does"
        number = number_of(value)
        if number is None or (self.kind == INTEGER and number % 1):
            return f"{value!r} is no {'whole ' if self.kind == INTEGER else ''}number"
        if self.codes and number not in self.codes:
            return f"{number:g} is none of {', '.join(map(str, self.codes))}"
        return "" if self.low <= number <= self.high else f"{number:g} is not from {self.low:g} to {self.high:g}"

    def as_kept(self, value: Any) -> Any:
        """Return a value without a fault as RGI writes it."""
        if self.kind == TEXT:
            text = str(value).strip()
            return text.replace("/", "-").replace(" ", "T") if self.pattern == DATE else text
        number = number_of(value)
        return int(number or 0) if self.kind == INTEGER else number


def number_of(value: Any) -> Optional[float]:
    """Return a finite number, also of a text; None for anything else."""
    try:
        number = float(value)
    except (TypeError, ValueError):
        return None
    return number if math.isfinite(number) else None


def _text(name: str, pattern: str = "") -> RgiField:
    return RgiField(name, TEXT, "", pattern=pattern)


def _code(name: str, codes: Tuple[int, ...], missing: int = UNKNOWN_INTEGER) -> RgiField:
    return RgiField(name, INTEGER, missing, codes)


def _whole(name: str, low: float = 0, high: float = math.inf) -> RgiField:
    return RgiField(name, INTEGER, UNKNOWN_INTEGER, low=low, high=high)


def _real(name: str, low: float = -math.inf, high: float = math.inf) -> RgiField:
    return RgiField(name, REAL, low=low, high=high)


RGI_FIELDS = (
    _text("rgi_id", r"RGI2000-v7\.0-[GC]-\d\d-\d{5}"), _text("o1region", r"0[1-9]|1\d|20"),
    _text("o2region", r"(0[1-9]|1\d|20)-\d\d"), _text("glims_id", r"G\d{6}E\d{5}[NS]"), _whole("anlys_id"),
    _whole("subm_id"), _text("src_date", DATE), _real("cenlon", -180, 180), _real("cenlat", -90, 90),
    _whole("utm_zone", 1, 60), _real("area_km2", 0), _code("primeclass", tuple(range(10))), _code("conn_lvl", (0, 1)),
    _code("surge_type", (0, 1, 2, 3, 9), NOT_ASSIGNED), _code("term_type", (0, 1, 2, 3, 9), NOT_ASSIGNED),
    _text("glac_name"), _code("is_rgi6", (0, 1)), _real("termlon", -180, 180), _real("termlat", -90, 90),
    _real("zmin_m", -500, 9000), _real("zmax_m", -500, 9000), _real("zmed_m", -500, 9000),
    _real("zmean_m", -500, 9000), _real("slope_deg", 0, 90), _real("aspect_deg", 0, 360),
    _code("aspect_sec", tuple(range(1, 10)), NOT_ASSIGNED), _text("dem_source"), _whole("lmax_m"),
)  # fmt: skip
BY_NAME: Dict[str, RgiField] = {field.name: field for field in RGI_FIELDS}
OFFICIAL = ("rgi_id", "glims_id", "anlys_id", "subm_id", "is_rgi6")
"""Given by the inventories; never made here."""


def contradictions(row: Mapping[str, Any]) -> Tuple[Tuple[str, str], ...]:
    """Return what of a glacier's values cannot be true together: (field, what)."""
    found = []
    heights = [number_of(row.get(name)) for name in ("zmin_m", "zmed_m", "zmax_m")]
    known = [height for height in heights if height is not None]
    if known != sorted(known):
        found.append(("zmed_m", "zmin_m, zmed_m and zmax_m do not rise"))
    sector, degrees = number_of(row.get("aspect_sec")), number_of(row.get("aspect_deg"))
    if sector is not None and degrees is not None and sector != NOT_ASSIGNED and sector != sector_of(degrees):
        found.append(("aspect_sec", f"{sector:g} is not the sector of {degrees:g} degrees"))
    zone, lon = number_of(row.get("utm_zone")), number_of(row.get("cenlon"))
    if zone is not None and lon is not None and zone != UNKNOWN_INTEGER and zone != utm_zone(lon):
        found.append(("utm_zone", f"{zone:g} is not the zone of {lon:g} degrees"))
    region, subregion = str(row.get("o1region") or ""), str(row.get("o2region") or "")
    if region and subregion and not subregion.startswith(region):
        found.append(("o2region", f"{subregion} is not in region {region}"))
    return tuple(found)


def sector_of(degrees: float) -> int:
    """Return RGI's sector of an aspect: 1 is north (337.5 to 22.5 degrees), clockwise to 8, north-west."""
    return math.floor((degrees + 22.5) % 360 / 45) + 1
