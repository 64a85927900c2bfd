"""The page and the CSV of a comparison show the numbers of the JSON, and need nothing from outside."""

from __future__ import annotations

import base64
import csv
import io
import json
import re

import numpy as np
import pytest
import shapely
from icemargin.inference.errors import SourceError
from icemargin.inventory.experts import expert_spread
from icemargin.inventory.outlines import Outlines
from icemargin.inventory.placement import place_among_experts
from icemargin.inventory.published_range import place_in_published_range
from icemargin.inventory.results import METRIC_NAMES
from icemargin.reports.comparison_csv import COLUMNS, METRICS, comparison_csv
from icemargin.reports.comparison_report import HEADS, ROW_COLUMNS, STRATA_COLUMNS, comparison_page
from icemargin.reports.imagery import Imagery
from icemargin.reports.shown import shown
from icemargin.reports.values import as_key, last_key, looked_up
from icemargin.reports.worst import worst_places
from icemargin.tests.page_parser import Parsed
from osgeo import gdal, osr

LOCAL = osr.SpatialReference()
LOCAL.ImportFromProj4("+proj=laea +lat_0=46.8 +lon_0=10.8 +datum=WGS84")
PLANE = LOCAL.ExportToWkt()


def layer(shapes, crs=PLANE):
    return Outlines(np.array([None, *shapes.values()], dtype=object)[1:], tuple(shapes), crs)


def metrics(seed, missed=False):
    random = np.random.default_rng(seed)
    found = {name: float(random.random()) for name in METRIC_NAMES}
    found |= {name: float(random.normal(0, 40)) for name in METRIC_NAMES if "signed" in name or "deviation_p" in name}
    return {name: (0.0 if name in ("iou", "area_km2") else None) if missed else value for name, value in found.items()}


def glacier(name, seed, links, missed=False):
    kind = "missed" if missed else "matched"
    found = [{"id": one, "overlap_km2": 0.5, "share_of_reference": 0.9, "share_of_candidate": 0.8} for one in links]
    row = {"id": name, "class": kind, "cluster": seed, "links": found, **metrics(seed, missed), "size_class": "0.1-1"}
    return {**row, "area_ref_km2": 0.3 + seed / 10}


SHAPES_REF = {
    "r<1>": shapely.box(0, 0, 1000, 800).difference(shapely.box(300, 300, 400, 400)),
    "r&2": shapely.box(1000, 0, 1600, 500),
    "r3": shapely.box(3000, 0, 3300, 300),
}
SHAPES = {
    "c1": shapely.box(30, 10, 1000, 850),
    "c2": shapely.box(1000, 20, 1650, 500),
    "=new": shapely.box(5000, 0, 5600, 500),
}


def made_values():
    """Values of the shape that inventory's Comparison.to_json() has."""
    strata = {"n": 3.0, "n_missed": 1.0, **{name: float(n) / 7 for n, name in enumerate(STRATA_COLUMNS)}}
    names = [name for name in METRIC_NAMES if not name.startswith(("area_k", "area_ref"))]
    return {
        "icemargin": "9.9",
        "total": metrics(1),
        "intervals": {"iou": [0.123456, 0.654321], "area_deviation_percent": [-3.21, 4.56]},
        "classes": {"matched": 2, "split": 0, "merged": 0, "missed": 1, "new": 1},
        "glaciers": [glacier("r<1>", 2, ["c1"]), glacier("r&2", 3, ["c2"]), glacier("r3", 4, [], missed=True)],
        "new": [{"id": "=new", "area_km2": 0.3}],
        "strata": {
            "size": {"0.1-1": strata, "> 10": {**strata, "polis_m": None}},
            "margin": {"terminus/flank": {"iou": 0.25}},
        },
        "summary": {kind: {name: 0.1 * n + 0.01 for n, name in enumerate(names)}
                    for kind in ("medians", "area_weighted_means")},
        "holes": {"n": 0, "n_ref": 1, "found": 0, "area_km2": 0.0, "area_ref_km2": 0.01, "iou": 0.0},
        "experts": None,
        "settings": {"pixel_m": 10.0, "overlap_m2": 200.0, "bootstraps": 1000, "level": 0.95, "seed": 1},
        "faults": [{"layer": "reference", "id": "r&2", "what": "was invalid (self-intersection); repaired"}],
        "sources": {"candidate": {"file": "a <map>.gpkg", "n": 3, "dates": ["2021-08-29"], "sensors": ["Sentinel-2"],
                                  "trained_on": "the Alps", "status": {"accepted": 2, "to review": 1}},
                    "reference": {"file": "ref.gpkg", "n": 3, "dates": [], "sensors": [], "crs": None}},
        "warnings": ["The candidate and the reference are 18 years apart."],
    }  # fmt: skip


def repeats():
    wider = {name: shapely.buffer(shape, 9, join_style="mitre") for name, shape in SHAPES_REF.items()}
    return expert_spread([layer(SHAPES_REF), layer(SHAPES_REF), layer(wider)], ("Ann", "Bob", "<Cem>"), 5.0)


def with_repeats():
    placement = place_among_experts(layer(SHAPES), repeats(), layer(SHAPES_REF))
    return {**made_values(), "experts": placement.to_json()}


def with_published():
    values = made_values()
    rows = values["glaciers"]
    deviations = [row["area_deviation_percent"] if row["area_km2"] else float("nan") for row in rows]
    placed = place_in_published_range([r["id"] for r in rows], deviations, [r["area_ref_km2"] for r in rows], (), 4.4)
    return {**values, "experts": placed.to_json()}


def with_more():
    bins = [{"low": n / 10, "high": (n + 1) / 10, "pixels": n, "confidence": n / 10 + 0.05, "accuracy": n / 10}
            for n in range(10)]  # fmt: skip
    calibration = {"file": "scores.json", "method": "GlaViTU", "ece_shown": 0.01234,
                   "reliability": dict.fromkeys(("shown", "plain", "entropy"), bins)}  # fmt: skip
    return {**made_values(), "before": {"file": "first.gpkg", "total": metrics(9)}, "calibration": calibration}


ALL = {"plain": made_values, "repeats": with_repeats, "published": with_published, "more": with_more}


@pytest.fixture(scope="module", params=list(ALL))
def values(request):
    return json.loads(json.dumps(ALL[request.param](), allow_nan=False))


@pytest.fixture(scope="module")
def written(values):
    return comparison_page(values, layer(SHAPES), layer(SHAPES_REF))


def test_no_number_of_the_page_differs_from_the_json(values, written):
    parsed = Parsed(written)
    assert len(parsed.numbers) > 100
    for place, text in parsed.numbers:
        value = looked_up(values, place)
        assert text == shown(value, last_key(place)), place
        if isinstance(value, (int, float)) and not isinstance(value, bool):
            number = float(text.replace(",", "").replace("−", "-").lstrip("+"))
            assert number == pytest.approx(value, abs=0.0501), place  # no decimal is lost but by rounding
    assert not [cell for cell in parsed.cells if re.search(r"\d", cell)]  # no number in a table but from the JSON


def test_every_number_of_the_json_that_a_reviewer_wants_is_on_the_page(values, written):
    places = {place for place, _ in Parsed(written).numbers}
    assert {f"total/{name}" for name in HEADS} <= places and set(HEADS) == set(METRIC_NAMES)
    assert {f"classes/{name}" for name in values["classes"]} <= places
    for kind, rows in values["strata"].items():
        for name, row in rows.items():
            assert {f"strata/{kind}/{as_key(name)}/{part}" for part in row if part in STRATA_COLUMNS} <= places
    for number in range(3):
        assert {f"glaciers/{number}/{name}" for name in ROW_COLUMNS} <= places
    assert {"intervals/iou/0", "intervals/iou/1", "summary/medians/iou"} <= places
    assert "summary/area_weighted_means/polis_m" in places
    if values["experts"]:
        assert "experts/total/within" in places
    if values.get("before"):
        assert {f"before/total/{name}" for name in HEADS} <= places


def test_the_page_needs_nothing_from_outside(written):
    sources = Parsed(written).sources
    assert sources and all(source.startswith(("data:", "#")) for source in sources)
    assert "http" not in re.sub(r'xmlns(:\w+)?="[^"]*"|<!DOCTYPE svg[^>]*>', "", written)
    assert "prefers-color-scheme: dark" in written and "@media print" in written and "@import" not in written


def test_the_worst_have_pictures(written):
    pictures = [source for source in Parsed(written).sources if source.startswith("data:image/png")]
    crops = [picture for picture in pictures if base64.b64decode(picture.split(",")[1])[:8] == b"\x89PNG\r\n\x1a\n"]
    assert len(crops) == 4  # three glaciers and a new one


def test_what_a_reviewer_asks_is_told(values, written):
    text = re.sub(r"\s+", " ", Parsed(written).text)
    for told in ("a <map>.gpkg", "2021-08-29", "Sentinel-2", "the Alps", "18 years apart", "not told", "r<1>", "r&2",
                 "self-intersection", "IceMargin 9.9", "accepted: 2"):  # fmt: skip
        assert told in text, told
    experts = values["experts"]
    if experts and experts["basis"] == "repeats":
        assert "<Cem>" in text and experts["total"]["verdict"] in text and experts["glaciers"][0]["verdict"] in text
    if experts and experts["basis"] == "published":
        assert "Paul et al. 2013" in text and "not measured here" in text


def test_the_page_works_without_geometry_and_without_candidates():
    values = made_values()
    values.update(glaciers=[glacier("r3", 4, [], missed=True)], new=[], intervals={}, faults=[], sources={})
    text = Parsed(comparison_page(values)).text
    assert "nothing to draw" in text and "r3" in text


def test_what_no_field_tells_is_said_to_be_not_told():
    text = re.sub(r"\s+", " ", Parsed(comparison_page({**made_values(), "sources": {"candidate": {"file": "c"}}})).text)
    assert text.count("Datesnot told") == text.count("Sensorsnot told") == 2 and "Trained onnot told" in text


def test_the_same_values_give_the_same_page():
    pages = [comparison_page(with_more(), layer(SHAPES), layer(SHAPES_REF)) for _ in range(2)]
    assert pages[0] == pages[1]


def test_many_glaciers_are_cut_and_told():
    values = made_values()
    values["glaciers"] = [glacier(f"g{n}", n, []) for n in range(1600)]
    written = comparison_page(values)
    assert "the first 500 of 1600" in Parsed(written).text
    assert '"glaciers/1599/iou"' in written and '"glaciers/0/iou"' not in written  # the largest stay
    assert len(written) < 2_000_000


# --- the worst


def test_the_worst_have_the_most_ground_wrong():
    values = made_values()
    rows = values["glaciers"]
    rows[0].update(area_km2=1.0, area_ref_km2=1.0, iou=1.0)  # nothing wrong
    rows[1].update(area_km2=2.0, area_ref_km2=2.0, iou=3 / 5)  # 1.5 in common: 1.0 wrong
    rows[2].update(area_km2=0.0, area_ref_km2=0.4, iou=0.0)
    assert worst_places(values) == ["glaciers/1", "glaciers/2", "new/0"]
    assert worst_places(values, 1) == ["glaciers/1"]


# --- over imagery


@pytest.fixture
def raster(tmp_path):
    path = str(tmp_path / "scene.tif")
    dataset = gdal.GetDriverByName("GTiff").Create(path, 220, 120, 4, gdal.GDT_UInt16)
    dataset.SetProjection(PLANE)
    dataset.SetGeoTransform((-200, 10, 0, 1000, 0, -10))
    pixels = np.random.default_rng(1).integers(100, 3000, (4, 120, 220))
    for number, name in enumerate(("blue", "green", "red", "nir"), 1):
        band = dataset.GetRasterBand(number)
        band.WriteArray(pixels[number - 1])
        band.SetDescription(name)
    dataset = None
    return path


def test_the_pictures_lie_over_imagery(raster):
    with_image = comparison_page(made_values(), layer(SHAPES), layer(SHAPES_REF), Imagery(raster))
    plain = comparison_page(made_values(), layer(SHAPES), layer(SHAPES_REF))
    longest = [max(map(len, Parsed(page).sources)) for page in (with_image, plain)]
    assert longest[0] > 3 * longest[1] and "yellow reference" in with_image and "yellow reference" not in plain


def test_imagery_shows_the_right_bands_in_the_right_place(raster):
    colours = Imagery(raster).crop((-200, -200, 1000, 1000), PLANE, 120)
    red = gdal.Open(raster).ReadAsArray()[2, :, :120].astype(float)
    low, high = np.percentile(red, (2, 98))
    assert colours[..., 0] == pytest.approx(np.clip((red - low) / (high - low), 0, 1), abs=1e-3)
    half = Imagery(raster).crop((-1400, -200, 1000, 1000), PLANE, 100)
    assert np.isnan(half[:, :45]).all() and np.isfinite(half[5:95, 55:]).all()
    assert Imagery(raster).crop((9000, 9000, 9900, 9900), PLANE, 10) is None


def test_what_is_no_imagery_is_told(tmp_path):
    with pytest.raises(SourceError):
        Imagery(str(tmp_path / "nothing.tif"))


# --- CSV


def test_the_csv_has_the_numbers_of_the_json(values):
    rows = list(csv.DictReader(io.StringIO(comparison_csv(values))))
    assert [row["id"] for row in rows] == ["r<1>", "r&2", "r3", "=new"] and tuple(rows[0]) == COLUMNS
    assert METRICS == METRIC_NAMES
    for row, source in zip(rows, [*values["glaciers"], {**values["new"][0], "class": "new"}]):
        assert row["class"] == source["class"]
        for name in METRICS:
            value = source.get(name)
            assert row[name] == "" if value is None else float(row[name]) == value
    assert [row["candidates"] for row in rows] == ["c1", "c2", "", "=new"]
    if values["experts"]:
        told = [glacier["verdict"] for glacier in values["experts"]["glaciers"]]
        assert [row["experts_verdict"] for row in rows] == [*told, ""]


# --- how values are shown


@pytest.mark.parametrize(
    ("value", "name", "text"),
    [
        (None, "iou", "–"), (0.98765, "iou", "0.988"), (1234.5678, "area_km2", "1,234.568"), (12.34, "polis_m", "12.3"),
        (3.14159, "area_deviation_percent", "+3.1"), (-3.14159, "area_deviation_percent", "−3.1"),
        (-0.001, "area_deviation_percent", "0.0"), (3.14159, "area_deviation_absolute_percent", "3.1"),
        (-2.5, "distance_signed_median_m", "−2.5"), (12.0, "n", "12"), (1234, "n", "1,234"), (True, "x", "yes"),
        (0.0123456, "ece_shown", "0.0123"), ("a", "b", "a"),
    ],
)  # fmt: skip
def test_values_are_shown_by_their_unit(value, name, text):
    assert shown(value, name) == text


def test_keys_with_slashes_are_found():
    assert looked_up({"a/b": {"~c": [7, 8]}}, f"{as_key('a/b')}/{as_key('~c')}/1") == 8
