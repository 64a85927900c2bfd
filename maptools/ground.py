"""Sizes on the ground, whatever the layer's CRS: degrees are no measure of a glacier."""

from __future__ import annotations

from qgis.core import QgsCoordinateReferenceSystem, QgsDistanceArea, QgsGeometry, QgsProject, QgsUnitTypes

MINIMUM_KM2 = 0.01
"""The smallest glacier of an inventory (Paul et al. 2009, RGI)."""


def area_km2(geometry: QgsGeometry, crs: QgsCoordinateReferenceSystem) -> float:
    """Return the area of polygons on the CRS's ellipsoid; in the plane where that is not known."""
    measure = QgsDistanceArea()
    measure.setSourceCrs(crs, QgsProject.instance().transformContext())
    measure.setEllipsoid(crs.ellipsoidAcronym())
    area = measure.measureArea(geometry)
    return float(measure.convertAreaMeasurement(area, QgsUnitTypes.AreaUnit.AreaSquareKilometers))


def units_of(metres: float, crs: QgsCoordinateReferenceSystem) -> float:
    """Return about how many of the CRS's units a distance is (degrees: as on the equator)."""
    metre = QgsUnitTypes.DistanceUnit.DistanceMeters
    return metres * float(QgsUnitTypes.fromUnitToUnitFactor(metre, crs.mapUnits()))
