"""The target grid: a metric CRS, square pixels, and a lattice that does not depend on the extent."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Optional, Tuple

from osgeo import osr

from .errors import CrsError, ExtentError

Box = Tuple[float, float, float, float]
"""xmin, ymin, xmax, ymax."""

SNAP = 1e-4
"""Share of a pixel by which an extent may miss a pixel's edge and still mean that edge."""


@dataclass(frozen=True)
class Grid:
    """A rectangle of pixels cut from the lattice of all pixels of `crs` (WKT) at `resolution` metres.

    Pixel (col, row) of the lattice has its upper left corner at (anchor_x + col * resolution,
    anchor_y - row * resolution); 0 <= anchor < resolution. The rectangle begins at (`col`, `row`).
    """

    crs: str
    resolution: float
    col: int
    row: int
    width: int
    height: int
    anchor_x: float = 0.0
    anchor_y: float = 0.0

    def __post_init__(self) -> None:
        if self.width < 1 or self.height < 1:
            raise ExtentError("The extent has no area; choose a rectangle that covers some ground.")
        if not self.resolution > 0:
            raise ExtentError("The resolution must be above 0 m.")

    @property
    def left(self) -> float:
        return self.anchor_x + self.col * self.resolution

    @property
    def top(self) -> float:
        return self.anchor_y - self.row * self.resolution

    @property
    def box(self) -> Box:
        """xmin, ymin, xmax, ymax in the CRS."""
        return (
            self.left,
            self.top - self.height * self.resolution,
            self.left + self.width * self.resolution,
            self.top,
        )

    @property
    def geotransform(self) -> Tuple[float, float, float, float, float, float]:
        return (self.left, self.resolution, 0.0, self.top, 0.0, -self.resolution)

    def part(self, col: int, row: int, width: int, height: int) -> Grid:
        """Return another rectangle of the same lattice."""
        return Grid(self.crs, self.resolution, col, row, width, height, self.anchor_x, self.anchor_y)


def snapped_grid(crs: str, resolution: float, box: Box, anchor: Tuple[float, float] = (0.0, 0.0)) -> Grid:
    """Return the smallest rectangle of the lattice that covers `box`."""
    xmin, ymin, xmax, ymax = box
    col = math.floor((xmin - anchor[0]) / resolution + SNAP)
    row = math.floor((anchor[1] - ymax) / resolution + SNAP)
    last_col = math.ceil((xmax - anchor[0]) / resolution - SNAP)
    last_row = math.ceil((anchor[1] - ymin) / resolution - SNAP)
    return Grid(crs, resolution, col, row, last_col - col, last_row - row, *anchor)


def spatial_reference(definition: str, whose: str) -> osr.SpatialReference:
    """Return the CRS, x = east (or longitude) first. Raises CrsError, naming `whose` it is."""
    if not definition:
        raise CrsError(f"{whose} has no coordinate reference system; assign it (QGIS: Layer > Set CRS) and try again.")
    reference = osr.SpatialReference()
    try:
        failed = reference.SetFromUserInput(definition)
    except RuntimeError:
        failed = 1
    if failed:
        raise CrsError(f"{whose}: {definition[:60]!r} is not a coordinate reference system; write it like EPSG:32643.")
    reference.SetAxisMappingStrategy(osr.OAMS_TRADITIONAL_GIS_ORDER)
    return reference


def transform_box(box: Box, source: osr.SpatialReference, target: osr.SpatialReference) -> Box:
    """Return the box around `box` in another CRS, its edges densified. Raises CrsError where it cannot be reached."""
    if source.IsSame(target):
        return box
    try:
        found = osr.CoordinateTransformation(source, target).TransformBounds(*box, 21)
    except RuntimeError as error:
        raise CrsError(f"The extent cannot be expressed in {target.GetName()}: {error}") from error
    if not all(map(math.isfinite, found)):
        raise CrsError(f"The extent lies outside what {target.GetName()} can express; choose another target CRS.")
    return found[0], found[1], found[2], found[3]


def centre_lonlat(box: Box, reference: osr.SpatialReference) -> Tuple[float, float]:
    """Return longitude and latitude (degrees, WGS 84) of the box's centre."""
    wgs84 = spatial_reference("EPSG:4326", "WGS 84")
    x, y = (box[0] + box[2]) / 2, (box[1] + box[3]) / 2
    lon, lat, _ = osr.CoordinateTransformation(reference, wgs84).TransformPoint(x, y)
    if not (math.isfinite(lon) and math.isfinite(lat)):
        raise CrsError("The raster's position on the Earth cannot be found; check its coordinate reference system.")
    return lon, lat


def local_metric_crs(lon: float, lat: float) -> osr.SpatialReference:
    """Return UTM for the place, or polar stereographic beyond 84 N and 80 S."""
    if lat > 84:
        code = 3413
    elif lat < -80:
        code = 3031
    else:
        zone = min(int((lon + 180) // 6) + 1, 60)
        code = (32600 if lat >= 0 else 32700) + zone
    return spatial_reference(f"EPSG:{code}", "The target grid")


def is_metric_at(reference: osr.SpatialReference, box: Box) -> bool:
    """Return whether a metre of the CRS is a metre on the ground (within 1 %) at the box's centre.

    Web Mercator, for one, is not: at 60 degrees of latitude its metre is half a metre.
    """
    if not reference.IsProjected() or abs(reference.GetLinearUnits() - 1) > 1e-6:
        return False
    local = local_metric_crs(*centre_lonlat(box, reference))
    x, y = (box[0] + box[2]) / 2, (box[1] + box[3]) / 2
    to_local = osr.CoordinateTransformation(reference, local)
    (x0, y0, _), (x1, y1, _), (x2, y2, _) = to_local.TransformPoints([(x, y), (x + 100, y), (x, y + 100)])
    return all(abs(math.hypot(a - x0, b - y0) / 100 - 1) < 0.01 for a, b in ((x1, y1), (x2, y2)))


def target_crs(wanted: Optional[str], box: Box, reference: osr.SpatialReference) -> osr.SpatialReference:
    """Return the wanted CRS if it is metric there, else the raster's own if that is, else the local UTM."""
    if wanted is not None:
        chosen = spatial_reference(wanted, "The target grid")
        if not is_metric_at(chosen, transform_box(box, reference, chosen)):
            raise CrsError(f"{chosen.GetName()} is not metric there; choose a UTM or polar stereographic CRS.")
        return chosen
    if is_metric_at(reference, box):
        return reference
    return local_metric_crs(*centre_lonlat(box, reference))
