"""Map glaciers as a Processing algorithm: the same rasters as the command line, and errors that are told."""

import sys
from pathlib import Path

import pytest
from builders import SIX, cone, snow_scene, write_raster
from icemargin.algorithms.map_glaciers import MapGlaciers
from icemargin.algorithms.provider import IceMarginProvider
from icemargin.cli import main
from icemargin.tasks.runtime_setting import set_runtime_python
from icemargin.tests.unit.tiny_onnx import description, save_model
from osgeo import gdal
from qgis.core import (
    QgsApplication,
    QgsCoordinateReferenceSystem,
    QgsProcessingContext,
    QgsProcessingFeedback,
    QgsProject,
    QgsRasterLayer,
    QgsVectorLayer,
)

BANDS = ",".join(f"{name}={number}" for name, number in SIX.items())


@pytest.fixture
def scene(tmp_path):
    optical = write_raster(tmp_path / "o.tif", snow_scene((150, 160)))
    return optical, write_raster(tmp_path / "d.tif", cone((150, 160)))


def run(parameters, feedback=None):
    """Run the algorithm as Processing does; return its results and what it said."""
    context, feedback = QgsProcessingContext(), feedback or QgsProcessingFeedback()
    context.setProject(QgsProject.instance())
    results, good = MapGlaciers().create().run(parameters, context, feedback)
    return (results if good else None), feedback.textLog()


@pytest.mark.parametrize("model", ["classic", "tiny"])
def test_rasters_are_those_of_the_command_line(qgis_app, scene, tmp_path, model):
    set_runtime_python(sys.executable)
    if model == "tiny":
        model = str(save_model(tmp_path / "m.onnx", description(patch=64, overlap=0.25), repeat=2))
    optical, dem = scene
    extent = "600300,601200,3798900,3799700 [EPSG:32643]"
    parameters = {"OPTICAL": [optical], "BANDS": BANDS, "DEM": dem, "MODEL": model, "EXTENT": extent}
    results, log = run({**parameters, "FOLDER": str(tmp_path / "processing")})
    assert results is not None, log
    words = ["map", "--optical", optical, "--bands", BANDS, "--dem", dem, "--model", model]
    wanted = "600300,3798900,601200,3799700,EPSG:32643"
    assert main([*words, "--extent", wanted, "--out", str(tmp_path / "cli")]) == 0
    for name, key in (("probability.tif", "PROBABILITY"), ("confidence.tif", "CONFIDENCE")):
        assert Path(results[key]).read_bytes() == (tmp_path / "cli" / name).read_bytes()
    outlines = QgsVectorLayer(results["OUTLINES"], "outlines")
    assert outlines.isValid() and outlines.featureCount() == results["N_OUTLINES"] > 0
    del outlines


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"BANDS": "blue"}, "is not like"),
        ({"BANDS": "blue=1,red=3"}, "blue, red and SWIR1"),
        ({"MODEL": "unheard of"}, "no model"),
        ({"SCALE": 10000.0}, "digital numbers"),
        ({"EXTENT": "0,1,0,1 [EPSG:32643]"}, "outside the imagery"),
    ],
)
def test_errors_are_told_and_leave_nothing(qgis_app, scene, tmp_path, changes, message):
    parameters = {"OPTICAL": [scene[0]], "BANDS": BANDS, "FOLDER": str(tmp_path / "out"), **changes}
    results, log = run(parameters)
    assert results is None and message in log
    assert not (tmp_path / "out" / "probability.tif").exists()


def test_a_crs_assigned_in_qgis_counts(qgis_app, tmp_path, scene):
    bare = write_raster(tmp_path / "bare.tif", snow_scene((60, 60)), crs=None)
    dataset = gdal.Open(bare, gdal.GA_Update)
    dataset.SetGeoTransform((600000, 10, 0, 3800000, 0, -10))
    del dataset
    layer = QgsRasterLayer(bare, "bare")
    layer.setCrs(QgsCoordinateReferenceSystem("EPSG:32643"))
    QgsProject.instance().addMapLayer(layer)
    parameters = {"OPTICAL": [layer.id()], "BANDS": BANDS, "FOLDER": str(tmp_path / "out")}
    del layer
    results, log = run(parameters)
    QgsProject.instance().clear()
    assert results is not None, log


def test_cancel_is_heard(qgis_app, scene, tmp_path):
    feedback = QgsProcessingFeedback()
    feedback.cancel()
    results, log = run({"OPTICAL": [scene[0]], "BANDS": BANDS, "FOLDER": str(tmp_path / "out")}, feedback)
    assert results is None and "Cancelled" in log


def test_the_provider_offers_it(qgis_app):
    provider = IceMarginProvider()
    registry = QgsApplication.processingRegistry()
    assert registry.addProvider(provider)
    try:
        algorithm = registry.algorithmById("icemargin:mapglaciers")
        assert algorithm is not None and algorithm.shortHelpString()
    finally:
        registry.removeProvider(provider)


def test_averages_and_region_reach_the_core(qgis_app, scene, tmp_path):
    """Two models, flips, and the region of the place (76 E, 34 N): the same bytes as the command line's."""
    set_runtime_python(sys.executable)
    described = description(patch=64, location="region", overlap=0.0)
    models = [str(save_model(tmp_path / f"{name}.onnx", described, bias=bias)) for name, bias in (("a", 0.1), ("b", 2))]
    optical, dem = scene
    parameters = {
        "OPTICAL": [optical], "BANDS": BANDS, "DEM": dem, "MODEL": models[0], "ENSEMBLE": f" {models[1]} ; ",
        "FLIPS": True,
    }  # fmt: skip
    results, log = run({**parameters, "FOLDER": str(tmp_path / "processing")})
    assert results is not None and "The model was told: region HMA" in log
    words = ["map", "--optical", optical, "--bands", BANDS, "--dem", dem, "--model", models[0]]
    assert main([*words, "--ensemble", models[1], "--flips", "--out", str(tmp_path / "cli")]) == 0
    for name, key in (("probability.tif", "PROBABILITY"), ("spread.tif", "SPREAD")):
        assert Path(results[key]).read_bytes() == (tmp_path / "cli" / name).read_bytes()
    results, log = run({**parameters, "REGION": 1, "FOLDER": str(tmp_path / "alps")})
    assert "The model was told: region ALP" in log
    assert Path(results["PROBABILITY"]).read_bytes() != (tmp_path / "cli" / "probability.tif").read_bytes()


def test_wrong_averages_are_told(qgis_app, scene, tmp_path):
    optical, _ = scene
    given = {"OPTICAL": [optical], "BANDS": BANDS, "FOLDER": str(tmp_path / "out")}
    results, log = run({**given, "FLIPS": True})
    assert results is None and "network models" in log
