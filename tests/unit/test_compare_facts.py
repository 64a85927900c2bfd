"""`icemargin compare` tells experts, editing, training and calibration; the files hold the same numbers."""

from __future__ import annotations

import csv
import json
import re
from dataclasses import replace

import pytest
import shapely
from icemargin.cli import main
from icemargin.inference.columns import INTEGER, TEXT, Field
from icemargin.inference.errors import InputError
from icemargin.inference.provenance import model_facts
from icemargin.inference.vector_io import NO_GEOMETRY, GeoPackageWriter, LayerSchema
from icemargin.inference.vector_reading import read_vectors
from icemargin.inventory.beside_experts import debris_shares
from icemargin.inventory.candidate_facts import status_classes, status_counts, training_doubts
from icemargin.inventory.strata import Zones
from icemargin.reports.calibration_file import calibration_of
from icemargin.reports.shown import shown
from icemargin.reports.values import last_key, looked_up
from icemargin.tests.outline_builders import layer, square
from osgeo import gdal, osr

ORIGIN = (600_000, 5_180_000)
FIELDS = (Field("im_id", TEXT), Field("status", TEXT), Field("src_date", TEXT), Field("year", INTEGER))
UTM = osr.SpatialReference()
UTM.ImportFromEPSG(32632)


def shape(left, bottom, width, height):
    x, y = ORIGIN[0] + left, ORIGIN[1] + bottom
    return shapely.box(x, y, x + width, y + height)


def write(path, shapes, status=(), date="2021-08-29", model=None):
    """Write outlines a, b, c ... as IceMargin does, with a provenance where a model is given."""
    named = zip("abcdefgh", shapes, status or ["to review"] * len(shapes))
    rows = [(shapely.to_wkb(one), {"im_id": name, "src_date": date, "status": text}) for name, one, text in named]
    with GeoPackageWriter(str(path)) as writer:
        writer.write(LayerSchema("outlines", FIELDS, wkt=UTM.ExportToWkt()), rows)
        if model is not None:
            told = [(None, {"key": "model", "value": model})]
            writer.write(LayerSchema("provenance", (Field("key", TEXT), Field("value", TEXT)), NO_GEOMETRY), told)
    return str(path)


GLACIERS = [shape(0, 0, 1000, 1000), shape(3000, 0, 800, 500), shape(6000, 0, 700, 700)]
MODEL = json.dumps({"name": "GlaViTU 9", "trained_on": "the Alps 2015-2018"})


@pytest.fixture
def files(tmp_path):
    moved = [shape(0, 0, 1000, 1010), shape(3000, 0, 900, 500)]
    return {
        "candidate": write(tmp_path / "map.gpkg", moved, ("edited", "accepted"), model=MODEL),
        "reference": write(tmp_path / "ref.gpkg", GLACIERS, date="2003"),
        "before": write(tmp_path / "first.gpkg", [shape(0, 0, 500, 1010)]),
        **{name: write(tmp_path / f"{name}.gpkg", [shape(0, 0, 1000, 1000 + by), shape(3000, 0, 800 + by, 500)])
           for name, by in (("ann", 0), ("bob", 15), ("cem", 30))},
    }  # fmt: skip


def compared(files, tmp_path, *more):
    out = {kind: tmp_path / f"out.{kind}" for kind in ("json", "csv", "html")}
    arguments = ["compare", files["candidate"], files["reference"], *more]
    code = main([*arguments, "--json", str(out["json"]), "--csv", str(out["csv"]), "--report", str(out["html"])])
    assert code == 0
    return json.loads(out["json"].read_text()), out["csv"].read_text(), out["html"].read_text()


def test_the_three_files_hold_the_same_numbers(files, tmp_path, capsys):
    repeats = [files[name] for name in ("ann", "bob", "cem")]
    values, table, page = compared(files, tmp_path, "--experts", *repeats, "--before", files["before"])
    spans = re.findall(r'<span data-of="([^"]*)">([^<]*)</span>', page)
    assert len(spans) > 150
    for place, text in spans:
        assert text == shown(looked_up(values, place.replace("&lt;", "<").replace("&gt;", ">")), last_key(place)), place
    rows = list(csv.DictReader(table.splitlines()))
    assert [float(row["iou"]) for row in rows] == [glacier["iou"] for glacier in values["glaciers"]]
    assert [row["experts_verdict"] for row in rows] == ["within the expert spread", "above the expert spread", ""]
    assert "1 of 2 glaciers within their spread" in capsys.readouterr().out


def test_experts_by_hand(files, tmp_path):
    repeats = [files[name] for name in ("ann", "bob", "cem")]
    values, _, _ = compared(files, tmp_path, "--experts", *repeats)
    first, second = values["experts"]["glaciers"]
    assert values["experts"]["layers"] == ["ann.gpkg", "bob.gpkg", "cem.gpkg"]
    # Consensus: bob's outline. UTM's scale falls out of the deviations.
    assert first["area_deviation_percent"] == pytest.approx(100 * (1010 - 1015) / 1015, abs=1e-3) and first["rank"] == 2
    assert second["area_deviation_percent"] == pytest.approx(100 * (900 - 815) / 815, abs=1e-2) and second["rank"] == 4
    assert first["area_cv_percent"] == pytest.approx(100 * 15 / 1015, rel=1e-3)
    assert (first["references"], second["references"]) == (["a"], ["b"])


def test_without_repeats_the_published_ranges_stand_in(files, tmp_path, capsys):
    values, _, _ = compared(files, tmp_path)
    experts = values["experts"]
    assert experts["basis"] == "published" and experts["total"]["debris_unknown"] == 3
    told = ["within the published range", "above the published range", "missed"]  # 1 %, 12.5 %, nothing
    assert [row["verdict"] for row in experts["glaciers"]] == told
    assert "Paul et al. 2013" in capsys.readouterr().out


def test_zones_of_debris_weigh_the_limit(files, tmp_path):
    zone = write(tmp_path / "debris.gpkg", [shape(3000, 0, 400, 500), shape(3400, 0, 400, 400)])
    values, _, _ = compared(files, tmp_path, "--zones", f"debris={zone}")
    limits = [row["limit_percent"] for row in values["experts"]["glaciers"]]
    assert limits == pytest.approx([5, 5 + 0.9 * 25, 5], rel=1e-3)
    assert values["experts"]["glaciers"][1]["verdict"] == "within the published range"
    assert values["experts"]["warnings"] == []


def test_shares_of_debris():
    reference = layer(square(0, 0, 100), square(200, 0, 100))
    ground = layer(shapely.box(50, 0, 250, 100), square(0, 0, 50)).geometry
    zones = Zones("Debris", ground, ("debris", "clean"), "other")
    assert debris_shares(reference, [zones]) == pytest.approx([0.5, 0.5])
    assert debris_shares(reference, []) == []


def test_status_training_and_quality_are_told(files, tmp_path):
    values, _, page = compared(files, tmp_path, "--reference-quality", "by hand, +-10 m")
    told = values["sources"]["candidate"]
    assert told["status"] == {"accepted": 1, "edited": 1} and told["trained_on"] == "the Alps 2015-2018"
    assert values["sources"]["reference"]["quality"] == "by hand, +-10 m" and "by hand, +-10 m" in page
    assert any("no independent test" in text for text in values["warnings"])
    assert any("18 years" in text for text in values["warnings"])
    rows = values["strata"]["status of the candidate"]
    assert rows["edited"]["n"] == 1 and rows["edited"]["area_deviation_percent"] == pytest.approx(1, abs=1e-2)
    assert rows["no candidate"]["n_missed"] == 1


def test_before_and_after_editing(files, tmp_path):
    values, _, page = compared(files, tmp_path, "--before", files["before"])
    assert values["before"]["file"] == "first.gpkg"
    assert values["before"]["total"]["recall"] < values["total"]["recall"] and "Before and after editing" in page


def test_an_extent_cuts_the_experts_and_the_pictures_too(files, tmp_path):
    extent = write(tmp_path / "extent.gpkg", [shape(-100, -100, 2000, 2000)])
    repeats = [files[name] for name in ("ann", "bob", "cem")]
    values, _, page = compared(files, tmp_path, "--extent", extent, "--experts", *repeats)
    assert [row["id"] for row in values["glaciers"]] == ["a"] and len(values["experts"]["glaciers"]) == 1
    assert page.count("data:image/png") == 1


def test_the_status_is_that_of_the_largest_overlap(tmp_path):
    path = write(tmp_path / "map.gpkg", [shape(0, 0, 300, 100), shape(300, 0, 700, 100)], ("edited", ""))
    found = read_vectors(path)
    candidate = replace(layer(shapely.box(0, 0, 30, 10), shapely.box(30, 0, 100, 10)), places=(0, 1))
    reference = layer(shapely.box(0, 0, 100, 10), shapely.box(0, 0, 20, 10), shapely.box(500, 0, 600, 10))
    told = status_classes(found, candidate, reference)
    assert told == {"status of the candidate": ["not told", "edited", "no candidate"]}
    assert status_counts(found) == {"status": {"edited": 1, "not told": 1}}


@pytest.mark.parametrize("model", [None, "no JSON", "[]", "{}"])
def test_files_without_a_model_tell_nothing(tmp_path, model):
    assert model_facts(write(tmp_path / "map.gpkg", GLACIERS, model=model)) == {}
    assert training_doubts({}) == []


def scores(**changes):
    row = {"low": 0.0, "high": 0.1, "pixels": 5, "confidence": 0.05, "accuracy": 0.2}
    method = {"method": "M", "pooled": {"ece_shown": 0.0123},
              "reliability": {name: [row] for name in ("shown", "plain", "entropy")}, **changes}  # fmt: skip
    return {"sets": [{"name": "test", "methods": [method]}]}


def test_calibration_is_read_and_shown(files, tmp_path):
    path = tmp_path / "scores.json"
    path.write_text(json.dumps(scores()))
    values, _, page = compared(files, tmp_path, "--calibration", str(path))
    assert values["calibration"]["ece_shown"] == 0.0123 and "Reliability of M" in page and ">0.0123<" in page


@pytest.mark.parametrize("text", ["", "[]", "{}", json.dumps(scores(reliability={})), json.dumps(scores(pooled=3))])
def test_what_is_no_calibration_is_told(tmp_path, text):
    path = tmp_path / "scores.json"
    path.write_text(text)
    with pytest.raises(InputError, match="evaluate --json"):
        calibration_of(str(path))


@pytest.mark.parametrize(
    ("more", "words"),
    [
        (("--experts", "ann"), "two files or more"),
        (("--experts", "ann", "nothing"), "cannot be read"),
        (("--imagery", "nothing"), "nothing"),
        (("--before", "nothing"), "cannot be read"),
        (("--calibration", "nothing"), "evaluate --json"),
    ],
)
def test_wrong_input_is_told_in_a_line(files, tmp_path, capsys, more, words):
    given = [files.get(word, str(tmp_path / word) if word == "nothing" else word) for word in more]
    report = ["--report", str(tmp_path / "page.html")]
    assert main(["compare", files["candidate"], files["reference"], *given, *report]) == 2
    error = capsys.readouterr().err
    assert words in error and "Traceback" not in error and not (tmp_path / "page.html").exists()


def test_imagery_lies_under_the_pictures(files, tmp_path):
    path = str(tmp_path / "scene.tif")
    dataset = gdal.GetDriverByName("GTiff").Create(path, 100, 50, 1, gdal.GDT_Byte)
    dataset.SetProjection(UTM.ExportToWkt())
    dataset.SetGeoTransform((ORIGIN[0] - 500, 100, 0, ORIGIN[1] + 2500, 0, -100))
    dataset.GetRasterBand(1).Fill(7)
    dataset = None
    _, _, page = compared(files, tmp_path, "--imagery", path)
    assert "Over imagery" in page
