"""From QGIS's layers to plain ones: edits, filters, curves, heights, values, threads."""

from __future__ import annotations

import sys

import pytest
import shapely
from icemargin.inference.errors import Cancelled, CrsError
from icemargin.inference.progress import NoProgress
from icemargin.tasks.background_job import BackgroundJob
from icemargin.tasks.comparison import run_comparison
from icemargin.tasks.comparison_request import ComparisonRequest
from icemargin.tasks.layer_sources import source_of_geometry, source_of_layer, temporary_difference
from icemargin.tests.unit.test_compare_command import LEFT, RIGHT, write
from qgis.core import (
    QgsApplication,
    QgsCoordinateReferenceSystem,
    QgsFeature,
    QgsFeatureRequest,
    QgsGeometry,
    QgsProject,
    QgsRectangle,
    QgsVectorLayer,
)
from qgis.PyQt.QtCore import QDate, QDateTime

BOX = "Polygon((0 0, 100 0, 100 100, 0 100, 0 0))"


@pytest.fixture
def memory_layer(qgis_app):
    def make(*texts, kind="MultiPolygon", crs="EPSG:32632", fields="", rows=()):
        layer = QgsVectorLayer(f"{kind}?crs={crs}{fields}", "drawn", "memory")
        for number, text in enumerate(texts):
            feature = QgsFeature(layer.fields())
            if text:
                feature.setGeometry(QgsGeometry.fromWkt(text))
            if rows:
                feature.setAttributes(list(rows[number]))
            layer.dataProvider().addFeature(feature)
        return layer

    return make


def read(layer, **more):
    return source_of_layer(layer, **more).read(NoProgress())


def shapes_of(layer):
    return [None if one is None else shapely.from_wkb(one) for one in read(layer).wkb]


@pytest.mark.parametrize(
    ("text", "kind", "area"),
    [
        (BOX, "Polygon", 10000),
        ("PolygonZ((0 0 5, 100 0 5, 100 100 5, 0 100 5, 0 0 5))", "PolygonZ", 10000),
        ("MultiPolygonZM(((0 0 5 1, 100 0 5 1, 100 100 5 1, 0 100 5 1, 0 0 5 1)))", "MultiPolygonZM", 10000),
        ("MultiPolygon(((0 0, 1 0, 1 1, 0 1, 0 0)), ((5 5, 6 5, 6 6, 5 6, 5 5)))", "MultiPolygon", 2),
        ("CurvePolygon(CircularString(-10 0, 0 10, 10 0, 0 -10, -10 0))", "CurvePolygon", 314.159),
    ],
)
def test_geometries_become_flat_polygons(memory_layer, text, kind, area):
    (shape,) = shapes_of(memory_layer(text, kind=kind))
    assert shape.area == pytest.approx(area, rel=1e-3) and not shape.has_z and "Polygon" in shape.geom_type


def test_a_feature_without_geometry_is_none(memory_layer):
    assert [one is None for one in shapes_of(memory_layer(BOX, "", "MultiPolygon EMPTY"))] == [False, True, True]


def test_values_are_plain(memory_layer):
    fields = "&field=id:string&field=n:int&field=km2:double&field=day:date&field=at:datetime"
    day, at = QDate(2016, 8, 29), QDateTime(QDate(2016, 8, 29), QDateTime.currentDateTime().time())
    layer = memory_layer(BOX, BOX, fields=fields, rows=[("a", 1, 0.5, day, at), (None,) * 5])
    found = read(layer)
    assert found.fields == ("id", "n", "km2", "day", "at")
    assert list(found.rows[0].values())[:4] == ["a", 1, 0.5, "2016-08-29"] and found.texts("at")[0][:10] == "2016-08-29"
    assert set(found.rows[1].values()) == {None} and found.texts("day")[1] == ""


def test_what_is_edited_counts_and_what_is_filtered_does_not(tmp_path, qgis_app):
    path = write(tmp_path / "reference.gpkg", [LEFT, RIGHT], rgi_id=["R1", "R2"])
    layer = QgsVectorLayer(f"{path}|layername=outlines", "RGI", "ogr")
    assert read(layer).texts("rgi_id") == ("R1", "R2") and read(layer).path == path and read(layer).name == "RGI"
    assert source_of_layer(layer, "rgi_id").id_field == "rgi_id" and source_of_layer(layer).path == path
    assert layer.setSubsetString("rgi_id = 'R2'")
    assert read(layer).texts("rgi_id") == ("R2",)
    layer.setSubsetString("")
    layer.startEditing()
    first = next(layer.getFeatures(QgsFeatureRequest()))
    layer.changeAttributeValue(first.id(), layer.fields().indexOf("rgi_id"), "edited")
    layer.changeGeometry(first.id(), QgsGeometry.fromWkt("Polygon((5e5 5e6, 5.01e5 5e6, 5.01e5 5.002e6, 5e5 5e6))"))
    source = source_of_layer(layer)
    layer.rollBack()
    assert source.read(NoProgress()).texts("rgi_id") == ("edited", "R2")
    assert shapely.from_wkb(source.read(NoProgress()).wkb[0]).area == pytest.approx(1e6)


def test_a_layer_that_is_gone_is_still_read(memory_layer):
    layer = memory_layer(BOX)
    source = source_of_layer(layer)
    del layer
    assert source.path == "" and len(source.read(NoProgress()).wkb) == 1


def test_a_layer_without_crs(memory_layer):
    layer = memory_layer(BOX)
    layer.setCrs(QgsCoordinateReferenceSystem())
    assert read(layer).crs == ""
    source = source_of_layer(layer)
    with pytest.raises(CrsError, match="drawn has no CRS"):
        run_comparison(ComparisonRequest(source, source), sys.executable, NoProgress())


def test_reading_can_be_stopped(memory_layer):
    class Stopped(NoProgress):
        def is_cancelled(self):
            return True

    with pytest.raises(Cancelled):
        source_of_layer(memory_layer(BOX)).read(Stopped())


def test_compared_as_a_task_with_the_view_as_extent(tmp_path, qgis_app, qtbot):
    """As the panel does it: sources on the main thread, all else in the background; layers are deleted meanwhile."""
    paths = [write(tmp_path / f"{name}.gpkg", [LEFT, RIGHT], rgi_id=["R1", "R2"]) for name in ("a", "b")]
    layers = [QgsVectorLayer(path, name, "ogr") for path, name in zip(paths, ("mine", "RGI"))]
    for layer in layers:
        QgsProject.instance().addMapLayer(layer)
    crs = QgsCoordinateReferenceSystem("EPSG:32632").toWkt()
    view = source_of_geometry(QgsGeometry.fromRect(QgsRectangle(499000, 4999000, 501000, 5002000)), crs)
    path = temporary_difference()
    request = ComparisonRequest(*map(source_of_layer, layers), extent=view, difference=path)
    job = BackgroundJob("Compare", lambda progress: run_comparison(request, sys.executable, progress))
    with qtbot.waitSignal(job.ended, timeout=300000):
        QgsApplication.taskManager().addTask(job)
        del layer, layers
        QgsProject.instance().clear()
    assert job.error is None
    values = job.answer.values
    assert values["total"]["iou"] == pytest.approx(1) and [row["id"] for row in values["glaciers"]] == ["R1"]
    assert values["sources"]["candidate"]["file"] == "a.gpkg" and values["sources"]["candidate"]["layer"] == "mine"
    shown = QgsVectorLayer(f"{job.answer.difference}|layername=difference", "difference", "ogr")
    assert shown.isValid() and shown.crs().isValid() and shown.featureCount() == 1
    assert shown.fields().names()[1:] == ["kind", "area_km2", "glacier"]
    assert temporary_difference() != path
