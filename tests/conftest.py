"""What all tests share. Run them by `make test`, which tells QGIS that there is no screen."""

from __future__ import annotations

import atexit
import gc
import os
import shutil
import tempfile
from pathlib import Path
from typing import Iterator

import pytest
from hypothesis import settings

# Machines are shared, and no test is a matter of time.
settings.register_profile("icemargin", deadline=None)
settings.load_profile("icemargin")

# Before any Qt starts: the user's own QGIS keeps its settings, and test runs side by side do not share any.
CONFIGURATION = tempfile.mkdtemp(prefix="icemargin-tests-")
os.environ["XDG_CONFIG_HOME"] = os.environ["QGIS_CUSTOM_CONFIG_PATH"] = CONFIGURATION
atexit.register(shutil.rmtree, CONFIGURATION, ignore_errors=True)

SHARED = Path(__file__).parents[2] / "shared"


@pytest.fixture(scope="session")
def shared() -> Path:
    """Real data beside the checkout; tests that need it are skipped, with this reason, where it is absent."""
    if not SHARED.is_dir():
        pytest.skip(f"{SHARED.name}/ with real data does not lie beside the checkout")
    return SHARED


@pytest.fixture(autouse=True)
def home_of_its_own(tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch) -> None:
    """Keep the tests away from the user's own models and runtime."""
    monkeypatch.setenv("ICEMARGIN_HOME", str(tmp_path_factory.mktemp("home")))


@pytest.fixture(autouse=True)
def without_what_ships(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Hide the bundled network, which is the default where it fits, from all tests but those marked `bundled`."""
    if request.node.get_closest_marker("bundled") is None:
        from icemargin.models import store

        monkeypatch.setattr(store, "SHIPPED", tmp_path_factory.getbasetemp() / "nothing ships")


@pytest.fixture(scope="session", autouse=True)
def rasters_are_closed_before_qgis(request: pytest.FixtureRequest) -> Iterator[None]:
    """QGIS unloads GDAL's drivers when it ends; a data set that is collected after that takes the process down."""
    if request.config.pluginmanager.hasplugin("pytest_qgis"):
        request.getfixturevalue("qgis_app")
    yield
    gc.collect()
