"""The page shows the numbers of the JSON, all of them from there, and needs nothing from outside."""

from __future__ import annotations

import base64
import json
import re
from dataclasses import replace

import numpy as np
import pytest
from icemargin.inference.errors import OutputError
from icemargin.inference.model import Calibration
from icemargin.reports.reliability import reliability_svg
from icemargin.reports.values import as_json, looked_up
from icemargin.reports.writing import write_text
from icemargin.tests.page_parser import Parsed
from icemargin.tests.training.made_tiles import OPTICAL, Bright, files, made
from icemargin.training.evaluation.baselines import ConstantPredictor
from icemargin.training.evaluation.evaluate import evaluate
from icemargin.training.evaluation.labels import Labels
from icemargin.training.evaluation.pictures import chosen_tiles, outcome, tile_pictures
from icemargin.training.evaluation.report import (
    Comparison,
    as_lines,
    page,
    shown,
    values_of,
)
from icemargin.training.evaluation.sets import NamedSet


@pytest.fixture(scope="module")
def comparisons(tmp_path_factory):
    rng = np.random.default_rng(0)
    tiles = []
    for number in range(8):
        glacier = rng.integers(-1, 2, (20, 24)).astype(np.int8)
        bright = np.where(rng.random((20, 24)) < number / 8, glacier == 1, rng.random((20, 24)) < 0.5)
        debris = rng.random((20, 24)) < 0.3 if number == 1 else None
        tiles.append(made(f"t<{number}>", "ALP" if number < 5 else "HMA", f"s{number // 2}", glacier, bright, debris))
    found = files(tmp_path_factory.mktemp("data"), *tiles)
    table = Calibration((0.0, 0.19), (0.5, 0.8), "a table, for 7 tests")
    model = type("Model", (Bright,), {"description": replace(OPTICAL, name="Model & Co", calibration=table)})()
    methods = (model, ConstantPredictor(OPTICAL, True), ConstantPredictor(OPTICAL, False))
    sets = NamedSet("spatial", found[:5]), NamedSet("temporal", found[5:])
    told = [Comparison(s, tuple(evaluate(m, s.tiles) for m in methods), ("Leak: 1 of 5.",)) for s in sets]
    return model, told


@pytest.fixture(scope="module")
def values(comparisons):
    return values_of(comparisons[1], ["train.hdf5"], "9.9")


@pytest.fixture(scope="module")
def written(comparisons, values):
    model, told = comparisons
    pictures = {}
    for number, comparison in enumerate(told):
        tables = values["sets"][number]["methods"][0]["reliability"]
        svg = reliability_svg(tables, comparison.test.name)
        pictures[comparison.test.name] = {"reliability": svg, "tiles": tile_pictures(model, comparison.evaluations[0])}
    return page(values, pictures)


def test_no_number_of_the_page_differs_from_the_json(values, written):
    parsed, stored = Parsed(written), json.loads(as_json(values))
    assert len(parsed.numbers) > 300
    for place, text in parsed.numbers:
        assert text == shown(looked_up(stored, place), place.rsplit("/", maxsplit=1)[-1]), place
    assert not [cell for cell in parsed.cells if re.search(r"\d", cell)]  # no number in a table but from the JSON


def test_every_score_of_the_json_is_on_the_page(values, written):
    places = {place for place, _ in Parsed(written).numbers}
    for s, found in enumerate(values["sets"]):
        for m, method in enumerate(found["methods"]):
            for name in method["headline"]:
                assert f"sets/{s}/methods/{m}/headline/{name}" in places
            for part in ("regions", "subregions"):
                for k in range(len(method[part])):
                    assert f"sets/{s}/methods/{m}/{part}/{k}/iou" in places
            for k in range(len(method["tiles"])):
                assert f"sets/{s}/methods/{m}/tiles/{k}/iou" in places


def test_the_page_needs_nothing_from_outside(written):
    parsed = Parsed(written)
    pictures = [source for source in parsed.sources if source.startswith("data:image/png;base64,")]
    assert len(pictures) == 5 + 3
    assert all(source.startswith(("data:", "#")) for source in parsed.sources)
    for source in pictures:
        assert base64.b64decode(source.split(",", 1)[1]).startswith(b"\x89PNG")
    assert not re.search(r"<script|@import|url\(\s*['\"]?http", written)
    assert "prefers-color-scheme: dark" in written and "@media print" in written and written.count("<svg") == 2


def test_names_from_files_are_escaped(written):
    assert "t&lt;1&gt;" in written and "t<1>" not in written and "Model &amp; Co" in written


def test_doubts_and_card_are_told(values, written):
    text = Parsed(written).text
    for part in ("Leak: 1 of 5.", "a table, for 7 tests", "train.hdf5", "IceMargin 9.9"):
        assert part in text
    assert values["model"]["Confidence"] == "a table, for 7 tests"
    assert not values["sets"][0]["methods"][0]["doubts"]


def test_values_are_those_of_the_evaluation(comparisons, values):
    evaluation = comparisons[1][0].evaluations[0]
    method = values["sets"][0]["methods"][0]
    assert method["headline"]["iou"] == evaluation.headline_iou
    assert method["pooled"]["tp"] == evaluation.confusion().tp
    assert method["pooled"]["debris_recall"] == evaluation.debris().recall
    assert values["sets"][1]["methods"][0]["headline"]["debris_recall"] is None  # nobody knows, which is not 0
    assert method["pooled"]["ece_shown"] < method["pooled"]["ece_entropy"]
    assert sum(row["pixels"] for row in method["reliability"]["shown"]) == method["pooled"]["pixels"]


def test_lines_for_the_terminal(values):
    lines = as_lines(values)
    assert len(lines) == 2 + 2 * 3
    assert shown(values["sets"][0]["methods"][0]["headline"]["iou"], "iou") in lines[2] and "spatial" in lines[2]


@pytest.mark.parametrize("value, name, text", [(0.12345, "iou", "0.123"), (0.12345, "ece_shown", "0.1235"),
                                               (12345, "pixels", "12,345"), (None, "iou", "–"), ("a", "x", "a"),
                                               (1.0, "iou", "1.000")])  # fmt: skip
def test_how_values_are_shown(value, name, text):
    assert shown(value, name) == text


def test_the_worst_and_the_best(comparisons):
    evaluation = comparisons[1][0].evaluations[0]
    order = chosen_tiles(evaluation, each=1)
    ious = [score.confusion.iou for score in evaluation.tiles]
    assert order == (int(np.argmin(ious)), int(np.argmax(ious)))
    assert chosen_tiles(evaluation) == tuple(np.argsort(ious))


def test_outcome_by_hand():
    labels = Labels(np.array([[True, True, True, True, False, True]]), np.array([[0, 0, 1, 1, 1, 1]], bool), None)
    probability = np.array([[0.1, 0.9, 0.1, 0.9, 0.9, np.nan]], np.float32)
    np.testing.assert_array_equal(outcome(labels, probability), [[1, 2, 3, 4, 0, 0]])


def test_the_json_has_no_nan(values):
    text = as_json(values)
    assert "NaN" not in text and json.loads(text) == values


def test_a_page_that_cannot_be_written(tmp_path):
    (tmp_path / "file").write_text("")
    with pytest.raises(OutputError, match="cannot be written"):
        write_text(str(tmp_path / "file" / "page.html"), "x")
