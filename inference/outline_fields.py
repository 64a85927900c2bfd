"""The columns of the layers `outlines`, `uncertain` and `provenance`, and the values of one outline. No GDAL.

The columns of RGI 7.0 keep the inventory's names, order and missing values. Official identifiers (rgi_id, glims_id
and what belongs to them) are left out: they are given by the inventories, never made here.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Dict, Tuple

from .columns import INTEGER, REAL, TEXT, Field, FieldValue
from .positions import position_id, utm_zone

UNKNOWN_INTEGER = -999
NOT_ASSIGNED = 9
FIRST_STATUS = "to review"

RGI_FIELDS = (
    Field("o1region", TEXT, ""), Field("o2region", TEXT, ""), Field("src_date", TEXT, ""),
    Field("cenlon", REAL), Field("cenlat", REAL), Field("utm_zone", INTEGER, UNKNOWN_INTEGER),
    Field("area_km2", REAL), Field("primeclass", INTEGER, UNKNOWN_INTEGER),
    Field("conn_lvl", INTEGER, UNKNOWN_INTEGER), Field("surge_type", INTEGER, NOT_ASSIGNED),
    Field("term_type", INTEGER, NOT_ASSIGNED), Field("glac_name", TEXT, ""),
    Field("termlon", REAL), Field("termlat", REAL), Field("zmin_m", REAL), Field("zmax_m", REAL),
    Field("zmed_m", REAL), Field("zmean_m", REAL), Field("slope_deg", REAL), Field("aspect_deg", REAL),
    Field("aspect_sec", INTEGER, NOT_ASSIGNED), Field("dem_source", TEXT, ""),
    Field("lmax_m", INTEGER, UNKNOWN_INTEGER),
)  # fmt: skip
OUTLINE_FIELDS = (
    Field("im_id", TEXT, ""), *RGI_FIELDS,
    Field("src_id", TEXT, ""), Field("sensor", TEXT, ""), Field("analyst", TEXT, ""), Field("method", TEXT, ""),
    Field("model", TEXT, ""), Field("conf_mean", REAL), Field("unc_area_km2", REAL), Field("area_lo_km2", REAL),
    Field("area_hi_km2", REAL), Field("status", TEXT, FIRST_STATUS), Field("reason", TEXT, ""),
    Field("note", TEXT, ""), Field("edited_at", TEXT, ""),
)  # fmt: skip
UNCERTAIN_FIELDS = (Field("area_km2", REAL), Field("conf_mean", REAL))
PROVENANCE_FIELDS = (Field("key", TEXT), Field("value", TEXT))


@dataclass(frozen=True)
class OutlineFacts:
    """What every outline of a run has in common; it goes into the fields as it is."""

    method: str
    model: str
    src_id: str
    src_date: str
    sensor: str
    analyst: str


@dataclass(frozen=True)
class ShapeFacts:
    """What was measured on one polygon: areas in km2 (geodesic), its interior point in degrees.

    `border_km2` is half a pixel along the whole border, holes included. `unc_area_km2` and `conf_mean` are NaN where no
    confidence is valid.
    """

    area_km2: float
    border_km2: float
    lon: float
    lat: float
    conf_mean: float = math.nan
    unc_area_km2: float = math.nan

    @property
    def area_lo_km2(self) -> float:
        return max(self.area_km2 - self.border_km2, 0.0)

    @property
    def area_hi_km2(self) -> float:
        return self.area_km2 + self.border_km2


def outline_values(shape: ShapeFacts, facts: OutlineFacts, im_id: str) -> Dict[str, FieldValue]:
    """Return the values of one outline that are known; the schema fills in the missing ones."""
    return {
        "im_id": im_id, "src_date": facts.src_date, "cenlon": shape.lon, "cenlat": shape.lat,
        "utm_zone": utm_zone(shape.lon), "area_km2": shape.area_km2, "src_id": facts.src_id,
        "sensor": facts.sensor, "analyst": facts.analyst, "method": facts.method, "model": facts.model,
        "conf_mean": shape.conf_mean, "unc_area_km2": shape.unc_area_km2,
        "area_lo_km2": shape.area_lo_km2, "area_hi_km2": shape.area_hi_km2,
    }  # fmt: skip


class IdGiver:
    """Gives each outline of a layer its own id; of two at one position the later gets -2, -3 and so on."""

    def __init__(self) -> None:
        self._given: Dict[str, int] = {}

    def give(self, position: Tuple[float, float]) -> str:
        """Return the id of the outline whose interior point is `position` (longitude, latitude)."""
        base = position_id(*position)
        count = self._given.get(base, 0) + 1
        self._given[base] = count
        return base if count == 1 else f"{base}-{count}"
