"""A small map of IceMargin to review: squares with confidence, in a GeoPackage."""

from __future__ import annotations

from pathlib import Path
from typing import Any, Dict, List, Optional, Tuple

from icemargin.inference.outline_schemas import outlines_schema
from icemargin.inference.vector_io import GeoPackageWriter
from osgeo import ogr
from qgis.core import QgsCoordinateReferenceSystem, QgsProject, QgsVectorLayer
from qgis.PyQt.QtCore import Qt
from qgis.PyQt.QtTest import QTest
from qgis.PyQt.QtWidgets import QWidget
from qgis_scene import LEFT, TOP, UTM43

UNCERTAIN = {"G-1": 0.02, "G-2": 0.3, "G-3": 0.9, "G-4": 0.01, "G-5": 0.02, "G-6": 0.12, "G-7": 0.0, "G-8": 0.03}
"""km2 of each glacier, which has 1 km2."""
NOW_LEFT = ["G-3", "G-2", "G-6"]
"""Those in need, in order; the audit sample is among them and beside them."""


def add_reviewed(folder: Path) -> str:
    """Write eight glaciers as a run does, add them to the project, and return the layer's id."""
    folder.mkdir(exist_ok=True)
    path = str(folder / "outlines.gpkg")
    crs = QgsCoordinateReferenceSystem(UTM43).toWkt(QgsCoordinateReferenceSystem.WktVariant.WKT_PREFERRED)
    with GeoPackageWriter(path) as writer:
        rows = [
            (_square(place), {"im_id": name, "area_km2": 1.0, "unc_area_km2": km2, "analyst": "the map"})
            for place, (name, km2) in enumerate(UNCERTAIN.items())
        ]
        writer.write(outlines_schema(crs), rows)
    layer = QgsVectorLayer(f"{path}|layername=outlines", "Outlines", "ogr")
    layer.setCustomProperty("icemargin/result", "outlines")
    assert layer.isValid()
    QgsProject.instance().addMapLayer(layer)
    return str(layer.id())


def field(layer_id: str, name: str) -> Dict[str, str]:
    """Return what a glacier's fields hold of its review."""
    layer = QgsProject.instance().mapLayer(layer_id)
    (feature,) = layer.getFeatures(f"\"im_id\" = '{name}'")
    return {key: str(feature[key] or "") for key in ("status", "analyst", "note", "reason")}


def press(presenter: Any, keys: str, where: Optional[QWidget] = None) -> None:
    """Press keys one after the other, in the table unless told otherwise."""
    for key in keys:
        QTest.keyClick(where or presenter.panel.table, getattr(Qt.Key, f"Key_{key}"))


def name(presenter: Any) -> str:
    """Return the id of the glacier in question."""
    return presenter.desk.row(presenter.panel.table.key()).glacier.name


def names(presenter: Any) -> List[str]:
    """Return the ids that the table shows."""
    return [presenter.desk.row(key).glacier.name for key in presenter.panel.table.shown_keys()]


def health(presenter: Any) -> Tuple[str, str]:
    """Return what the health line says."""
    return presenter.panel.health.level, presenter.panel.health.textLabel.text()


def _square(place: int) -> bytes:
    x, y = LEFT + 2000 * place, TOP
    ring = f"{x} {y}, {x + 1000} {y}, {x + 1000} {y - 1000}, {x} {y - 1000}, {x} {y}"
    return bytes(ogr.CreateGeometryFromWkt(f"POLYGON (({ring}))").ExportToWkb(ogr.wkbNDR))
