"""The whole way with the real packages: a wheelhouse from PyPI, the runtime from it, a model and a comparison in it."""

from __future__ import annotations

import subprocess
import sys
from datetime import date
from pathlib import Path

import numpy as np
import pytest
from icemargin.inference.onnx_predictor import OnnxPredictor
from icemargin.inference.progress import NoProgress
from icemargin.inference.stored_raster import StoredRaster
from icemargin.inference.vector_reading import read_vectors
from icemargin.inventory.comparison_values import ComparisonInputs, compared
from icemargin.inventory.divides_layer import divide_layer
from icemargin.scenes.ground_rasters import store_near
from icemargin.scenes.sources import elevation_source
from icemargin.tasks.change import run_change, write_change_report
from icemargin.tasks.child_predictor import ChildPredictor
from icemargin.tasks.comparison import run_comparison, write_report
from icemargin.tasks.comparison_request import ChangeRequest, ComparisonRequest, DatedSource, LayerSource
from icemargin.tasks.environment import RuntimeManager, State
from icemargin.tasks.environment_locks import own_python_version, platform_name, read_locks
from icemargin.tasks.inventory_request import AttributesRequest, DividesRequest
from icemargin.tasks.inventory_work import find_attributes, find_divides
from icemargin.tests.unit.test_compare_command import LEFT, RIGHT, write
from icemargin.tests.unit.test_divides_command import ICE, NEW, write_dem
from icemargin.tests.unit.tiny_onnx import description, inputs_for, save_model
from relief_builders import relief_of, roof

WHEELHOUSE = Path(__file__).parents[2] / "scripts" / "wheelhouse.py"


@pytest.fixture(scope="module")
def wheelhouse(tmp_path_factory) -> Path:
    """Download the locked wheels; without network there is nothing to test."""
    folder = tmp_path_factory.mktemp("wheels")
    run = subprocess.run(
        [sys.executable, str(WHEELHOUSE), "--out", str(folder)], capture_output=True, text=True, check=False
    )
    if run.returncode and "connection" in run.stderr.lower():
        pytest.skip("PyPI cannot be reached")
    assert run.returncode == 0, run.stderr
    return folder


@pytest.fixture(scope="module")
def python(tmp_path_factory, wheelhouse) -> str:
    """The interpreter of a runtime made from the wheelhouse: it has the locked packages and no GDAL."""
    manager = RuntimeManager(tmp_path_factory.mktemp("runtime") / "Gletscher über 80 %")
    found = manager.set_up("cpu", str(wheelhouse))
    assert manager.state() is State.READY
    return found


@pytest.mark.slow
def test_the_runtime_is_what_was_offered(python):
    assert subprocess.run([python, "-m", "pip", "check"], capture_output=True, check=False).returncode == 0
    lock = read_locks(name=platform_name())["cpu"][own_python_version()]
    taken = sum(path.lstat().st_size for path in Path(python).parents[1].rglob("*"))
    assert 0.5 * lock.installed_bytes < taken < lock.installed_bytes


@pytest.mark.slow
def test_a_model_runs_in_it(tmp_path, python):
    model, inputs = save_model(tmp_path / "tiny.onnx"), inputs_for(description())
    there, here = ChildPredictor(python, str(model), "cpu", 1), OnnxPredictor(str(model), "cpu", 1)
    try:
        np.testing.assert_allclose(there.predict(inputs), here.predict(inputs), atol=1e-6)
    finally:
        there.close()
        here.close()


@pytest.mark.slow
def test_outlines_are_compared_in_it(tmp_path, python):
    assert subprocess.run([python, "-c", "import osgeo"], capture_output=True, check=False).returncode == 1
    layers = [read_vectors(write(tmp_path / f"{name}.gpkg", [LEFT, RIGHT], rgi_id=["R1", "R2"])) for name in "ab"]
    sources = [LayerSource(layer.name, lambda _progress, layer=layer: layer) for layer in layers]
    difference = str(tmp_path / "difference.gpkg")
    answer = run_comparison(ComparisonRequest(*sources, difference=difference), python, NoProgress())
    here = compared(ComparisonInputs(*layers), NoProgress())
    assert answer.values["total"] == pytest.approx(here.values["total"], rel=1e-6, abs=1e-6)
    write_report(answer, str(tmp_path / "page.html"), "", python, NoProgress())
    assert "<svg" in (tmp_path / "page.html").read_text(encoding="utf-8")
    days = (date(2000, 8, 1), date(2010, 8, 1))
    dated = tuple(DatedSource(source, day) for source, day in zip(sources, days))
    values = run_change(ChangeRequest(dated), python, NoProgress())
    assert values["total"]["changes"][0]["change_km2"] == pytest.approx(0, abs=1e-9)
    write_change_report(values, str(tmp_path / "change.html"), python, NoProgress())


@pytest.mark.slow
def test_ice_is_divided_and_measured_in_it(tmp_path, python):
    layer = read_vectors(write(tmp_path / "ice.gpkg", [ICE, NEW], im_id=["I1", "I2"]))
    source = LayerSource(layer.name, lambda _progress: layer)
    dem = write_dem(tmp_path / "dem.tif", relief_of(roof).elevation)
    divided = find_divides(DividesRequest(source, dem=dem), python, NoProgress())
    here = divide_layer(layer, StoredRaster.open(stored(dem, layer, tmp_path)))[0]
    assert divided.values["by_divides"] == here.to_json()["by_divides"] and divided.values["glaciers"] == len(here) > 2
    measured = find_attributes(AttributesRequest(source, dem, "dem"), python, NoProgress())
    assert measured.values["measured"] == 2
    assert measured.values["total"]["area_km2"] == pytest.approx((ICE.area + NEW.area) / 1e6, rel=2e-3)


def stored(dem, layer, folder) -> str:
    """Store a DEM round outlines, and return the folder."""
    store_near(elevation_source(dem), "elevation", [layer], str(folder), NoProgress(), 40)
    return str(folder / "elevation")
