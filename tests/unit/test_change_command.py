"""`icemargin change`: from files to what is printed and written, and what happens to wrong input."""

from __future__ import annotations

import csv
import io
import json
from datetime import date
from pathlib import Path

import pytest
import shapely
from icemargin.cli import main
from icemargin.commands.change_layers import file_and_layer
from icemargin.inference.vector_reading import read_vectors
from icemargin.inventory.layer_dates import day_of
from icemargin.reports.change_report import change_page, change_shown
from icemargin.reports.values import last_key, looked_up
from icemargin.tests.unit.test_compare_command import LEFT, NEEDS_RGI, RGI, RIGHT, write
from icemargin.tests.unit.test_comparison_report import Parsed

X, Y = 5e5, 5e6
SHRUNK = shapely.box(X, Y + 400, X + 2000, Y + 1000)
LINE = shapely.LineString([(X + 500, Y + 990), (X + 500, Y - 300)])


@pytest.fixture
def first(tmp_path):
    return write(tmp_path / "2000.gpkg", [LEFT, RIGHT], rgi_id=["R1", "R2"], name=["Left", "Right"],
                 src_date=["2000-08-10T00:00:00", "2000-08-20"])  # fmt: skip


@pytest.fixture
def later(tmp_path):
    far = shapely.box(X + 2400, Y + 500, X + 2500, Y + 600)
    return write(tmp_path / "2010.gpkg", [SHRUNK, far], im_id=["IM1", "IM2"], src_date=["2010-08-10", "2010-08-10"])


def changed(capsys, *words):
    assert main(["change", *words, "--json", "-"]) == 0
    return json.loads(capsys.readouterr().out)


def test_json(first, later, capsys):
    found = changed(capsys, first, later)
    assert found["dates"] == ["2000-08-10", "2010-08-10"] and found["pixels_m"] == [10, 10]
    assert [row["id"] for row in found["glaciers"]] == ["R1", "R2"]
    assert found["total"]["area_km2"] == pytest.approx([2.0, 1.2], rel=1e-3)  # UTM's scale is not 1
    for row in [found["total"], *found["glaciers"]]:
        assert row["changes"][0]["change_percent"] == pytest.approx(-40, abs=0.01)
    assert found["new"][0]["ids"] == ["IM2"] and found["states"]["kept"] == 2
    assert [source["file"] for source in found["sources"]] == ["2000.gpkg", "2010.gpkg"]
    assert any("2000-08-10 to 2000-08-20" in text for text in found["warnings"])


def test_order_of_the_layers_is_told_and_does_not_matter(first, later, capsys):
    straight, turned = changed(capsys, first, later), changed(capsys, later, first)
    assert "sorted: 2000-08-10, 2010-08-10" in turned["warnings"][0]
    assert {**turned, "warnings": turned["warnings"][1:]} == straight


def test_pixels_and_dates_go_with_their_layers(first, later, capsys):
    found = changed(capsys, later, first, "--dates", "2011-07-20", "2001-07-20", "--pixel", "10", "30")
    assert found["dates"] == ["2001-07-20", "2011-07-20"] and found["pixels_m"] == [30, 10]
    assert not any("differ" in text for text in found["warnings"])


def test_options(first, later, tmp_path, capsys):
    lines = write(tmp_path / "lines.gpkg", [LINE], layer="lines", id=["Left"])
    debris = write(tmp_path / "debris.gpkg", [LEFT])
    extent = write(tmp_path / "extent.gpkg", [shapely.box(X - 100, Y - 100, X + 1500, Y + 1100)])
    words = ["--centrelines", lines, "--extent", extent, "--id-field", "name"]
    clean = changed(capsys, first, later, *words)
    assert [row["id"] for row in clean["glaciers"]] == ["Left", "Right"] and not clean["new"]
    assert clean["total"]["area_km2"] == pytest.approx([1.5, 0.9], rel=1e-3)
    assert clean["glaciers"][0]["changes"][0]["retreat_m"] == pytest.approx(400, rel=1e-3)
    assert clean["glaciers"][1]["changes"][0]["retreat_m"] is None
    dirty = changed(capsys, first, later, *words, "--debris", debris)
    sigma = [found["glaciers"][0]["area_uncertainty_km2"][0] for found in (clean, dirty)]
    assert sigma[1] == pytest.approx(2 * sigma[0], rel=0.01)


def test_layers_of_one_file(first, tmp_path, capsys):
    path = str(tmp_path / "both.gpkg")
    write(tmp_path / "both.gpkg", [LEFT], layer="old")
    write(tmp_path / "both.gpkg", [SHRUNK], layer="young")
    words = [f"{path}|layername=old", f"{path}|layername=young", "--dates", "2000-08-01", "2020-08-01"]
    assert changed(capsys, *words)["sources"][1]["layer"] == "young"
    assert file_and_layer("a.gpkg") == ("a.gpkg", "")


def test_printed_table_and_page_have_the_numbers_of_the_json(first, later, tmp_path, capsys):
    third = write(tmp_path / "2020.gpkg", [LEFT], im_id=["IM9"], src_date=["2020-08-01"])
    paths = {name: str(tmp_path / "new" / f"out.{name}") for name in ("json", "csv", "html")}
    words = ["--json", paths["json"], "--csv", paths["csv"], "--report", paths["html"]]
    assert main(["change", first, later, third, *words]) == 0
    printed = capsys.readouterr().out
    found = json.loads(Path(paths["json"]).read_text())
    assert f"{found['total']['area_km2'][0]:.3f}" in printed and "1 gone" in printed and "Mind:" in printed
    rows = list(csv.DictReader(io.StringIO(Path(paths["csv"]).read_text())))
    assert [row["kind"] for row in rows] == ["total"] * 3 + ["glacier"] * 6 + ["new"]
    for row, change in zip(rows[3:6], found["glaciers"][0]["changes"]):
        assert float(row["change_km2"]) == change["change_km2"] and row["verdict"] == change["verdict"]
    assert float(rows[5]["area_km2_to"]) == found["glaciers"][0]["area_km2"][2]
    page = Parsed(Path(paths["html"]).read_text())
    places = [place for place, _ in page.numbers]
    for place, text in page.numbers:
        assert text == change_shown(looked_up(found, place), last_key(place)), place
    for n in range(2):
        for place in ("area_km2/2", "area_uncertainty_km2/0", "changes/2/change_percent", "changes/0/retreat_m"):
            assert f"glaciers/{n}/{place}" in places
    assert not [source for source in page.sources if not source.startswith(("#", "data:"))]
    assert not "".join(page.cells).strip().translate({ord(sign): None for sign in ".-% \n"}).isdigit()


def test_signs_of_changes():
    assert change_shown(-0.12345, "change_km2") == "−0.123" and change_shown(1.26, "change_percent") == "+1.3"
    assert change_shown(None, "change_percent") == "–" and change_shown(2.0, "retreat_m") == "2.0"


def test_names_on_the_page_are_escaped(first, later, capsys):
    found = changed(capsys, first, later)
    found["glaciers"][0]["id"] = "<b>x"
    assert "&lt;b&gt;x" in change_page(found)


@pytest.mark.parametrize(
    ("text", "day"),
    [("2010-08-20", date(2010, 8, 20)), ("2010/08/20", date(2010, 8, 20)), ("20100820", date(2010, 8, 20)),
     ("2010-08-20T10:11:12", date(2010, 8, 20)), (" 2010-08-20 ", date(2010, 8, 20)), ("20030799", None),
     ("2010", None), ("", None), ("2010-13-01", None), ("2010-02-30", None), ("20.08.2010", None), ("2010-0820", None)],
)  # fmt: skip
def test_days(text, day):
    assert day_of(text) == day


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (["{first}"], "two dates or more"),
        (["{first}", "{later}", "--dates", "2000-08-01"], "2 layers have 1 dates"),
        (["{first}", "{later}", "--dates", "2000-08-01", "yesterday"], "yesterday is no day"),
        (["{first}", "{later}", "--dates", "2000-08-01", "2000-08-01"], "Two layers are of 2000-08-01"),
        (["{first}", "{undated}"], "does not tell the day"),
        (["{first}", "{later}", "--pixel", "10", "10", "10"], "2 layers have 3 sizes"),
        (["{first}", "{later}", "--pixel", "0"], "cannot be meant"),
        (["{first}", "{later}", "--id-field", "none"], "has no field none"),
        (["{first}", "{later}", "--centrelines", "{later}"], "give a layer of lines"),
        (["{first}", "{later}", "--extent", "{away}"], "no outline of 2000-08-10"),
        (["{first}", "missing.gpkg"], "missing.gpkg cannot be read"),
        (["{first}|layername=none", "{later}"], "there is no layer none"),
    ],
)
def test_wrong_input_is_told_in_one_line(words, message, first, later, tmp_path, capsys):
    names = {"first": first, "later": later, "undated": write(tmp_path / "undated.gpkg", [LEFT])}
    names["away"] = write(tmp_path / "away.gpkg", [shapely.box(X + 9e4, Y, X + 9.1e4, Y + 1000)])
    assert main(["change", *(word.format(**names) for word in words)]) == 2
    told = capsys.readouterr()
    assert message in told.err and told.err.count("\n") == 1 and not told.out


@NEEDS_RGI
def test_real_outlines_against_a_shrunken_copy(tmp_path, capsys):
    """What is expected follows from shapely alone, in the layer's own plane."""
    path = RGI / "oetztal_rgi50.gpkg"
    flat = shapely.from_wkb(read_vectors(str(path)).wkb)
    whole = shapely.union_all(shapely.make_valid(flat))
    west, south, east, north = whole.bounds
    ground = shapely.box(west - 1, south - 1, east + 1, (south + north) / 2)
    cut = [part for part in shapely.get_parts(shapely.intersection(whole, ground)) if part.geom_type == "Polygon"]
    later = write(tmp_path / "later.gpkg", cut, epsg=4326)
    found = changed(capsys, str(path), later, "--dates", "2003-08-01", "2013-08-01")
    assert len(found["glaciers"]) == len(flat) and not found["new"]
    for row, outline in zip(found["glaciers"], flat):
        # Shares of areas in degrees are not quite those on the ground: the north's degrees are shorter.
        share = shapely.intersection(outline, ground).area / outline.area
        assert row["area_km2"][1] / row["area_km2"][0] == pytest.approx(share, abs=2e-3)
    assert found["total"]["changes"][0]["verdict"] == "significant"
