"""The network that ships is the one that its card and its guide tell of."""

from __future__ import annotations

import json
import re

import pytest
from icemargin.inference.onnx_metadata import read_description
from icemargin.models.bundled import BUNDLED, bundled_path, proposed_model
from icemargin.models.checking import check_model
from icemargin.models.files import sha256_of
from icemargin.models.store import CLASSIC, SHIPPED
from icemargin.training.bundled.shipping import is_better, may_lack
from icemargin.training.bundled.tiny import COUNT, tiny_path, tiny_scores

pytestmark = pytest.mark.bundled
MODEL, CARD = (SHIPPED / f"{BUNDLED}.{ending}" for ending in ("onnx", "json"))


@pytest.fixture(scope="module")
def card():
    return json.loads(CARD.read_text(encoding="utf-8"))


def test_the_file_is_the_one_that_was_measured(card, request):
    assert f"sha256:{sha256_of(MODEL)}" == card["sha256"] and MODEL.stat().st_size == card["bytes"] < 8e6
    guide = (request.config.rootpath / "docs" / "bundled-model.md").read_text(encoding="utf-8")
    assert sha256_of(MODEL) in guide
    assert check_model(str(MODEL), "cpu")


@pytest.mark.parametrize("number", range(COUNT))
def test_it_maps_the_tiny_scenes_as_the_card_says(card, request, number):
    found = tiny_scores(str(MODEL), tiny_path(request.path.parents[1] / "bundled", number))
    assert found == pytest.approx(card["tiny"][number], abs=0.005)


def test_it_is_proposed_because_it_was_better(card):
    assert card["default"] is True and is_better(card["mean"])
    description = read_description(str(MODEL))
    assert description.optional == may_lack(card["mean"])
    assert proposed_model(set(description.bands)) == bundled_path() == str(MODEL)
    assert proposed_model(set(description.bands) - {"elevation"}) == CLASSIC


def test_the_guides_figures_are_the_cards(card, request):
    guide = (request.config.rootpath / "docs" / "bundled-model.md").read_text(encoding="utf-8")
    for method in ("network", "band ratio"):
        for region, fold in card["folds"][method].items():
            row = re.search(rf"\| {region}, {method} \| ([\d.]+) \| ([\d.]+) \|", guide)
            assert row is not None, (region, method)
            expected = [f"{fold['all'][key]:.3f}" for key in ("iou", "precision")]
            assert list(row.groups()) == expected
