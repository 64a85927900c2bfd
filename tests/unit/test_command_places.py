"""No command writes over what it reads, or one file over another; all is told before anything is read."""

from __future__ import annotations

from pathlib import Path

import pytest
import shapely
from icemargin.cli import main
from icemargin.tests.unit.test_compare_command import write

ICE = [shapely.box(5e5, 5e6, 5.01e5, 5.001e6), shapely.box(5.01e5, 5e6, 5.02e5, 5.001e6)]


@pytest.fixture
def files(tmp_path):
    """Paths by name."""
    found = {
        name: write(tmp_path / f"{name}.gpkg", ICE, im_id=["a", "b"], status=["accepted", ""])
        for name in ("one", "two")
    }
    Path(tmp_path, "link.gpkg").symlink_to(found["one"])
    return {**found, "link": str(tmp_path / "link.gpkg"), "new": str(tmp_path / "new.gpkg"),
            "shp": str(tmp_path / "new.shp"), "gone": str(tmp_path / "gone.tif")}  # fmt: skip


@pytest.mark.parametrize(
    "words",
    [
        "attributes {one} --dem {gone} --out {one}",
        "attributes {one}|layername=outlines --dem {gone} --out {link}",
        "attributes {one} --dem {gone} {two} --out {two}",
        "attributes {one} --dem {gone} --out {new} --hypsometry {one}",
        "attributes {one} --dem {gone} --debris {two} --out {new} --json {two}",
        "divides {one} --inherit {two} --out {one}",
        "divides {one} --inherit {two} --out {two}",
        "check {one} --repair --out {one}",
        "review merge {one} {two} --out {two}",
        "log {one} --csv {one}",
        "log {one} --log {two} --before {two}",
        "compare {one} {two} --difference {one}",
        "compare {one} {two} --difference {link}",
        "compare {one} {gone} --zones debris={two} --csv {two}",
        "compare {one} {gone} --experts {two} {gone} --json {two}",
        "change {one} {two} --report {two}",
        "change {one} {gone} --extent {two}|layername=outlines --json {two}",
    ],
)
def test_what_is_read_is_not_written(words, files, capsys):
    before = {name: Path(files[name]).read_bytes() for name in ("one", "two")}
    assert main(words.format(**files).split()) == 2
    told = capsys.readouterr().err
    assert "is a file that is read" in told and told.count("\n") == 1
    assert {name: Path(files[name]).read_bytes() for name in before} == before


@pytest.mark.parametrize(
    ("words", "message"),
    [
        ("attributes {one} --dem {gone} --out {new} --hypsometry {new}", "named twice"),
        ("compare {one} {two} --csv {new} --json {new}", "named twice"),
        ("attributes {one} --dem {gone} --out {shp}", "ends in .gpkg"),
        ("divides {one} --inherit {two} --out {shp}", "ends in .gpkg"),
        ("check {one} --repair --out {shp}", "ends in .gpkg"),
        ("review merge {one} {two} --out {shp}", "ends in .gpkg"),
        ("compare {one} {two} --difference {shp}", "ends in .gpkg"),
    ],
)
def test_names_that_cannot_be_meant(words, message, files, capsys):
    assert main(words.format(**files).split()) == 2
    assert message in capsys.readouterr().err
    assert not Path(files["new"]).exists() and not Path(files["shp"]).exists()


def test_printing_needs_no_place(files, capsys):
    assert main(["compare", files["one"], files["two"], "--json", "-"]) == 0
    assert capsys.readouterr().out.startswith("{")
