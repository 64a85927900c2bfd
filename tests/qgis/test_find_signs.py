"""Signs from files: rasters of a run or of a scene, layers of QGIS; on ground whose answer is known."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from builders import UTM43, write_raster
from icemargin.inference.delineate import delineate
from icemargin.inference.errors import ExtentError, ModelError
from icemargin.inference.progress import NoProgress
from icemargin.inference.request import OPTICAL_BANDS, DelineationRequest, SceneFacts, Source
from icemargin.tasks.review_signs import Outlined, SignsRequest, find_signs
from qgis.core import QgsCoordinateTransform, QgsFeature, QgsGeometry, QgsProject, QgsRectangle, QgsVectorLayer

LEFT, TOP, PIXEL = 600000.0, 3800000.0, 30.0
HEIGHT, WIDTH = 80, 160
TILT = 0.0875
"""Five degrees, towards the south."""
KM2 = PIXEL**2 / 1e6
PLANTS, ROCK = (0.04, 0.08, 0.05, 0.4, 0.2, 0.1), (0.12, 0.14, 0.16, 0.18, 0.22, 0.2)
ICE, WATER = (0.7, 0.7, 0.7, 0.6, 0.05, 0.04), (0.12, 0.12, 0.08, 0.03, 0.01, 0.01)
CLOUD = (0.5, 0.5, 0.5, 0.5, 0.4, 0.3)
ROWS, BELOW = slice(20, 40), slice(40, 46)
"""Of the glaciers, and of the ground in doubt below them."""
NAMES = ("debris", "lake", "seasonal snow", "cloud", "nunatak", "sure", "shadow")


def columns(name: str) -> slice:
    place = 20 * NAMES.index(name) + 10
    return slice(place, place + 10)


def paint(bands, rows, cols, spectrum) -> None:
    bands[:, rows, cols] = np.reshape(spectrum, (6, 1, 1))


def optical() -> np.ndarray:
    """Seven glaciers on green ground, with what explains the doubt below them, or on one of them."""
    bands = np.empty((6, HEIGHT, WIDTH), np.float32)
    paint(bands, slice(None), slice(None), PLANTS)
    for name in NAMES:
        paint(bands, ROWS, columns(name), ICE)
    for name, spectrum in (("debris", ROCK), ("lake", WATER), ("seasonal snow", ICE), ("cloud", CLOUD)):
        paint(bands, BELOW, columns(name), spectrum)
    paint(bands, slice(26, 33), columns("nunatak"), ROCK)
    return bands


def elevation() -> np.ndarray:
    """A plane; a cone of 45 degrees where the nunatak is, and a wall of 400 m in the south of the last glacier."""
    rows, cols = np.indices((HEIGHT, WIDTH))
    plane = 5000 - rows * PIXEL * TILT
    centre = columns("nunatak").start + 5
    cone = 200 - PIXEL * np.hypot(rows - 29, cols - centre)
    plane[50:53, columns("shadow").start - 2 :] += 400
    return (plane + np.maximum(cone, 0)).astype(np.float32)


def confidence() -> np.ndarray:
    sure = np.full((HEIGHT, WIDTH), 0.99, np.float32)
    for name in NAMES:
        if name not in ("sure", "nunatak"):
            sure[BELOW, columns(name)] = 0.6
    sure[26:33, columns("nunatak")] = 0.6
    return sure


@pytest.fixture
def ground(tmp_path) -> DelineationRequest:
    """What the Map tab has chosen: imagery of the northern winter, when the sun is low, and a DEM."""
    scene = write_raster(tmp_path / "scene.tif", optical(), pixel=PIXEL, names=OPTICAL_BANDS)
    dem = write_raster(tmp_path / "dem.tif", elevation(), pixel=PIXEL)
    sources = (Source((scene,), {name: n for n, name in enumerate(OPTICAL_BANDS, start=1)}),
               Source((dem,), {"elevation": 1}))  # fmt: skip
    return DelineationRequest(sources, str(tmp_path / "run"), scene=SceneFacts(src_date="2023-12-21"))


@pytest.fixture
def run(ground) -> str:
    """The folder of a real run, whose confidence is made lower where that is wanted."""
    delineate(ground)
    Path(ground.out_dir, "confidence.tif").unlink()
    write_raster(Path(ground.out_dir, "confidence.tif"), confidence(), pixel=PIXEL)
    return ground.out_dir


def outlined(boxes=None, crs: str = UTM43) -> Outlined:
    """Glaciers as rectangles of pixels (top, bottom, left, right); those of the scene unless told otherwise."""
    if boxes is None:
        boxes = [(20, 40, columns(name).start, columns(name).stop) for name in NAMES]
    layer = QgsVectorLayer(f"Polygon?crs={crs}", "Outlines", "memory")
    to = QgsCoordinateTransform(QgsProject.instance().crs().fromEpsgId(32643), layer.crs(), QgsProject.instance())
    features = []
    for top, bottom, left, right in boxes:
        box = QgsRectangle(LEFT + left * PIXEL, TOP - bottom * PIXEL, LEFT + right * PIXEL, TOP - top * PIXEL)
        geometry = QgsGeometry.fromRect(box)
        geometry.transform(to)
        feature = QgsFeature()
        feature.setGeometry(geometry)
        features.append(feature)
    layer.dataProvider().addFeatures(features)
    layer.updateExtents()
    return Outlined.of(layer)


def signs(request: SignsRequest) -> list:
    found = find_signs(request, "", NoProgress())
    return [found[key] for key in sorted(found)]


@pytest.mark.parametrize("crs", [UTM43, "EPSG:4326"])
def test_a_run_explains_the_doubt_of_each_glacier(run, crs):
    found = dict(zip(NAMES, signs(SignsRequest(outlined(crs=crs), run))))
    assert {name: one.tags[:1] for name, one in found.items()} == {
        **{name: (name,) for name in NAMES}, "sure": (),
    }  # fmt: skip
    assert found["debris"].debris_km2 == pytest.approx(6 * 10 * KM2, rel=0.05)
    assert {name for name, one in found.items() if one.debris_km2} == {"debris"}
    assert all(one.disagreed_km2 == {} for one in found.values())  # the classic method has made them itself


def test_without_a_day_no_shadow_is_suggested(ground):
    run = replace(ground, scene=SceneFacts())
    assert all("shadow" not in one.tags for one in signs(SignsRequest(outlined(), scene=run)))


def test_rasters_that_are_gone_leave_what_is_there(run, ground, tmp_path):
    for name in ("scene.tif", "dem.tif"):
        (tmp_path / name).unlink()
    assert {(one.tags, one.debris_km2) for one in signs(SignsRequest(outlined(), run))} == {((), 0.0)}


def test_outlines_of_no_run_are_looked_at_in_the_scene_of_the_map_tab(ground):
    """Twice as long as the ice: the classic method differs, and what lies there is the reason."""
    boxes = [(20, 60, columns(name).start, columns(name).stop) for name in ("debris", "sure")]
    first, second = signs(SignsRequest(outlined(boxes), scene=ground))
    assert first.disagreed_km2["classic"] == pytest.approx(20 * 10 * KM2, rel=0.1)
    assert second.disagreed_km2["classic"] == pytest.approx(20 * 10 * KM2, rel=0.1)
    assert first.tags[0] == "debris" and "debris" not in second.tags


def test_beyond_the_scene_nothing_is_in_doubt(ground):
    (half,) = signs(SignsRequest(outlined([(20, 40, -10, columns("debris").stop)]), scene=ground))
    assert half.disagreed_km2["classic"] == pytest.approx(20 * 10 * KM2, rel=0.1)  # columns 0 to 10 are no ice


def test_without_any_raster_the_layer_beside_tells(ground):
    theirs = outlined([(20, 40, 10, 15)])
    (only,) = signs(SignsRequest(outlined([(20, 40, 10, 20)]), against=replace(theirs, name="RGI")))
    assert only.disagreed_km2 == {"RGI": pytest.approx(20 * 5 * KM2, rel=0.1)} and only.debris_km2 == 0


@pytest.mark.parametrize("scene, boxes, error, words", [
    ({}, [(900, 940, 10, 20)], ExtentError, "outside the imagery"),
    ({"bands": {"nir": 4}}, [(20, 40, 10, 20)], ModelError, "classic method needs"),
    (None, [(20, 40, 10, 20), (20, 40, 60000, 60010)], ExtentError, "spread too far"),
])  # fmt: skip
def test_what_tells_nothing_is_named(ground, scene, boxes, error, words):
    chosen = None
    if scene is not None:
        source = replace(ground.sources[0], **scene)
        chosen = replace(ground, sources=(source,))
    with pytest.raises(error, match=words):
        find_signs(SignsRequest(outlined(boxes), scene=chosen), "", NoProgress())


def test_an_empty_layer_has_nothing_to_look_at(qgis_app):
    with pytest.raises(ExtentError):
        outlined([])
