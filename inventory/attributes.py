"""The attributes of the RGI 7.0 that follow from outlines and a DEM, for the outlines that have changed.

Pure Python with numpy, shapely, scipy and pyproj: it runs in the command line and in the runtime's child.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Dict, List, Optional, Sequence, Tuple

import numpy as np
import shapely

from ..inference.arrays import DoubleArray
from ..inference.positions import utm_zone
from ..inference.progress import NoProgress, Progress, stop_if_cancelled
from ..inference.vector_layer import VectorLayer
from .attributes_grid import Elevation, local_grid
from .attributes_regions import Regions
from .attributes_state import CURRENT, KEY, NO_TERRAIN, STALE, STATE, full_key
from .attributes_terrain import Terrain, aspect_sector, terrain_of
from .fields import Pixels
from .outlines import Outlines
from .projection import lonlat
from .rgi_fields import NOT_ASSIGNED, UNKNOWN_INTEGER

REGION_SOURCE = "region_src"
Values = Dict[str, Any]


@dataclass(frozen=True, eq=False)
class Measured:
    """What was measured on one outline.

    Attributes:
        place: of the outline in its layer.
        id: as in `Outlines`.
        bare: whether the DEM does not cover it.
        values: by field; None where the outline and its elevations are as they were.
        terrain: None where it was not measured.
    """

    place: int
    id: str
    bare: bool
    values: Optional[Values] = None
    terrain: Optional[Terrain] = None


def measure_attributes(
    layer: VectorLayer,
    outlines: Outlines,
    dem: Pixels,
    dem_source: str,
    everything: bool = False,
    progress: Progress = NoProgress(),  # noqa: B008
) -> List[Measured]:
    """Return the attributes of the outlines of a layer, region codes left out.

    Args:
        layer: as it was read; its field KEY tells which outlines are as they were.
        outlines: the same, cleaned (`places` filled).
        dem: metres above sea level.
        dem_source: the DEM's name.
        everything: also what is as it was.

    Raises:
        CrsError: the DEM's CRS is missing or unreadable.
        Cancelled.
    """
    elevation = Elevation(dem)
    degrees, centres = in_degrees(outlines)
    keys = ("",) * len(layer.rows) if everything else layer.texts(KEY)
    states = layer.texts(STATE)
    found: List[Measured] = []
    for number, (place, area) in enumerate(zip(outlines.places, outlines.area_km2.tolist())):
        stop_if_cancelled(progress)
        progress.report(number / len(outlines), "Measuring glaciers")
        lon, lat = centres[number].tolist()
        key = full_key(layer.wkb[place], elevation.fingerprint(shapely.get_coordinates(degrees[number])))
        if key == keys[place] and states[place] != STALE:
            found.append(Measured(place, outlines.ids[number], states[place] == NO_TERRAIN))
            continue
        grid = local_grid(degrees[number], lon, lat, area)
        terrain = terrain_of(grid, elevation.of_cells(grid))
        values = {**_shape_values(lon, lat, area), **_terrain_values(terrain, dem_source), KEY: key}
        found.append(Measured(place, outlines.ids[number], terrain is None, values, terrain))
    return found


def in_degrees(outlines: Outlines) -> Tuple[Any, DoubleArray]:
    """Return the outlines with degrees as coordinates (not to be used as shapes), and a point inside each (n x 2)."""
    if not len(outlines):
        return outlines.geometry, np.zeros((0, 2))
    degrees = shapely.transform(outlines.geometry, lambda xy: lonlat(xy, outlines.crs))
    inside = shapely.get_coordinates(shapely.point_on_surface(outlines.geometry))
    return degrees, lonlat(inside, outlines.crs)


def region_values(positions: DoubleArray, regions: Sequence[Regions]) -> List[Values]:
    """Return the region codes of positions (n x 2, degrees), and where the first-order code comes from.

    A layer of second-order regions tells the first order too.
    """
    rows: List[Values] = [{} for _ in range(len(positions))]
    for some in sorted(regions, key=lambda one: one.second_order):
        for row, code, source in zip(rows, some.codes_at(positions), some.sources_at(positions)):
            if code:
                row[REGION_SOURCE] = source
                row["o1region"] = code.split("-")[0]
                if some.second_order:
                    row["o2region"] = code
    return rows


def _shape_values(lon: float, lat: float, area_km2: float) -> Values:
    return {"cenlon": lon, "cenlat": lat, "utm_zone": utm_zone(lon), "area_km2": area_km2}


def _terrain_values(terrain: Optional[Terrain], dem_source: str) -> Values:
    names = ("termlon", "termlat", "zmin_m", "zmax_m", "zmed_m", "zmean_m", "slope_deg", "aspect_deg")
    if terrain is None:
        missing = {"aspect_sec": NOT_ASSIGNED, "dem_source": "", "lmax_m": UNKNOWN_INTEGER, STATE: NO_TERRAIN}
        return {**dict.fromkeys(names), **missing}
    return {
        **{name: getattr(terrain, name) for name in names}, "aspect_sec": aspect_sector(terrain.aspect_deg),
        "dem_source": dem_source, "lmax_m": round(terrain.lmax_m), STATE: CURRENT,
    }  # fmt: skip
