"""Two analysts' files as one: what is taken, what is a conflict, and from file to file."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from icemargin.cli import main
from icemargin.inference.errors import OutlinesError
from icemargin.inference.outline_schemas import outlines_schema
from icemargin.inference.vector_io import GeoPackageWriter
from icemargin.inference.vector_layer import VectorLayer
from icemargin.inference.vector_reading import read_vectors
from icemargin.inventory.review_merge import merge_reviews
from osgeo import ogr, osr

SQUARE = "POLYGON ((0 0, 100 0, 100 100, 0 100, 0 0))"
LARGER = "POLYGON ((0 0, 120 0, 120 100, 0 100, 0 0))"
FIELDS = ("im_id", "status", "reason", "note", "analyst", "edited_at")


def wkb(text):
    return bytes(ogr.CreateGeometryFromWkt(text).ExportToWkb(ogr.wkbNDR))


def layer(path, *rows):
    """Each row: id, status, then analyst, outline, note, reason."""
    full = [(*row, *("", SQUARE, "", "")[len(row) - 2 :]) for row in rows]
    values = tuple(dict(zip(("im_id", "status", "analyst", "note", "reason", "edited_at"),
                            (name, status, who, note, reason, "2026-01-01" if who else "")))
                   for name, status, who, _, note, reason in full)  # fmt: skip
    return VectorLayer(path, "outlines", "", tuple(wkb(row[3]) for row in full), values, FIELDS)


def merged(first, second):
    return merge_reviews(layer("a.gpkg", ("g", *first)), layer("b.gpkg", ("g", *second)))


@pytest.mark.parametrize("first, second, status, conflict, shape", [
    (("to review",), ("accepted", "ben"), "accepted", "", False),
    (("accepted", "anna"), ("to review",), "accepted", "", False),
    (("to review",), ("edited", "ben", LARGER), "edited", "", True),
    (("edited", "anna", LARGER), ("to review",), "edited", "", False),
    (("to review",), ("to review",), "to review", "", False),
    (("accepted", "anna"), ("accepted", "ben"), "accepted", "", False),
    (("accepted", "anna"), ("edited", "ben"), "accepted", "", False),
    (("rejected", "anna", LARGER), ("rejected", "ben"), "rejected", "", False),
    (("accepted", "anna"), ("rejected", "ben"), "to review", "anna accepted, ben rejected", False),
    (("accepted", "anna"), ("edited", "ben", LARGER), "to review", "with different outlines", False),
    (("to review", "", LARGER), ("to review",), "to review", "neither is decided", False),
])  # fmt: skip
def test_what_two_decided_on_one_glacier(first, second, status, conflict, shape):
    found = merged(first, second)
    assert {"status": first[0], **found.values.get(0, {})}["status"] == status
    assert [conflict in one.what for one in found.conflicts] == ([True] if conflict else [])
    assert found.shapes == ({0: wkb(LARGER)} if shape else {})
    if conflict:
        assert found.values[0]["note"].startswith("Conflict: ")


def test_agreement_is_a_check_and_tags_and_notes_are_joined():
    found = merged(("accepted", "anna", SQUARE, "steep", "lake"), ("accepted", "ben", SQUARE, "dark", "debris"))
    assert found.values[0] == {"checked_by": "ben", "note": "steep; dark", "reason": "debris; lake"}
    assert merged(("accepted", "anna"), ("accepted", "anna")).values == {}


def test_glaciers_of_one_file_only_are_kept_and_told():
    first = layer("a.gpkg", ("both", "accepted", "anna"), ("cut", "edited", "anna"))
    second = layer("b.gpkg", ("both", "to review"), ("new", "edited", "ben"))
    found = merge_reviews(first, second)
    assert {one.name: one.what.split(":")[0] for one in found.conflicts} == {
        "cut": "not in b.gpkg", "new": "only in b.gpkg",
    }  # fmt: skip
    assert found.values[1]["status"] == "to review" and found.added[0][1]["note"].startswith("Conflict: only in")


@pytest.mark.parametrize("second, words", [
    (layer("b.gpkg", ("x", "accepted"), ("y", "accepted")), "share 0 glaciers"),
    (layer("b.gpkg", ("g", "accepted"), ("g", "accepted")), "more than once"),
    (VectorLayer("b.gpkg", "outlines", "", (), (), ("status",)), "no ids or no field status"),
])  # fmt: skip
def test_what_is_no_pair_of_reviews_is_refused(second, words):
    with pytest.raises(OutlinesError, match=words):
        merge_reviews(layer("a.gpkg", ("g", "accepted"), ("h", "accepted")), second)


def write(path: Path, *rows) -> str:
    reference = osr.SpatialReference()
    reference.ImportFromEPSG(32643)
    with GeoPackageWriter(str(path)) as writer:
        features = [(wkb(shape), dict(zip(("im_id", "status", "analyst"), values))) for shape, *values in rows]
        writer.write(outlines_schema(reference.ExportToWkt()), features)
    return str(path)


def test_from_files_to_a_file(tmp_path, capsys):
    first = write(tmp_path / "a.gpkg", (SQUARE, "1", "accepted", "anna"), (SQUARE, "2", "to review", ""),
                  (SQUARE, "3", "accepted", "anna"))  # fmt: skip
    second = write(tmp_path / "b.gpkg", (SQUARE, "1", "accepted", "ben"), (LARGER, "2", "edited", "ben"),
                   (SQUARE, "3", "rejected", "ben"), (SQUARE, "4", "edited", "ben"))  # fmt: skip
    before = Path(first).read_bytes()
    out = str(tmp_path / "merged.gpkg")
    assert main(["review", "merge", first, second, "--out", out, "--json"]) == 1
    told = json.loads(capsys.readouterr().out)
    assert told["glaciers_in_both"] == 3 and told["decided"] == 2
    assert [one["glacier"] for one in told["conflicts"]] == ["3", "4"]
    result = read_vectors(out)
    rows = {row["im_id"]: row for row in result.rows}
    assert [rows[name]["status"] for name in "1234"] == ["accepted", "edited", "to review", "to review"]
    assert rows["1"]["checked_by"] == "ben" and rows["4"]["analyst"] == "ben"
    assert result.wkb[1] == wkb(LARGER) and Path(first).read_bytes() == before
    assert main(["review", "merge", out, first, "--out", str(tmp_path / "again.gpkg")]) == 1
    assert "4 glaciers" not in capsys.readouterr().out


def test_files_to_merge_are_left_as_they_are(tmp_path, capsys):
    first = write(tmp_path / "a.gpkg", (SQUARE, "1", "accepted", "anna"))
    second = write(tmp_path / "b.gpkg", (SQUARE, "1", "accepted", "ben"))
    assert main(["review", "merge", first, second, "--out", first]) == 2
    assert "left as it is" in capsys.readouterr().err
    assert main(["review", "merge", first, second, "--out", str(tmp_path / "c.gpkg")]) == 0
    assert "Nothing is contradictory." in capsys.readouterr().out
