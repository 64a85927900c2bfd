"""What the bundled network learns from, and how it is judged."""

from __future__ import annotations

from types import SimpleNamespace

import numpy as np
import pytest
from icemargin.inference.model import Feature, ModelDescription
from icemargin.training.bundled import judge as judging
from icemargin.training.bundled.building import LAND, SIMULATED
from icemargin.training.bundled.himalaya import corrected, himalayan_tiles, without_margin_of_debris
from icemargin.training.bundled.learning import NETWORKS, SHIPPED, settings_without, shares_without
from icemargin.training.bundled.shipping import is_better, may_lack, means
from icemargin.training.bundled.without_dem import ice_free_tiles
from icemargin.training.calibration_table import sample_of
from icemargin.training.data.writing import NewTile
from icemargin.training.evaluation.scores import Confusion, Found, count

ALARMS = {name: Found() for name in judging.GROUNDS}


@pytest.mark.parametrize("network", NETWORKS)
def test_no_network_learns_from_the_region_that_judges_it(network, tmp_path):
    shares = shares_without(network)
    held_out = {"A": {"A_train.hdf5"}, "B": {"B_train.hdf5"}, "C": {"C_train.hdf5"}, SHIPPED: set()}[network]
    assert set(shares) == {"A_train.hdf5", "B_train.hdf5", "C_train.hdf5", LAND, SIMULATED} - held_out
    assert sum(shares.values()) == pytest.approx(0.95)
    settings = settings_without(network, tmp_path)
    assert [path.rpartition("/")[2] for path in settings.data.train] == list(shares)
    assert settings.run.keep == "last", "validation is on simulated scenes and must not choose"


@pytest.mark.parametrize("label, expected", [(-1, [[1, -1], [-1, 0]]), (0, [[0, 0], [1, 0]])])
def test_doubts(label, expected):
    labels = np.array([[1, 0], [0, 0]], np.int8) if label else np.array([[1, 0], [1, 0]], np.int8)
    debris = np.array([[0, 0], [1, 0]], bool)
    corner = {"label": label, "polygon": [[0, 0], [1.6, 0], [1.6, 0.9], [0.9, 0.9], [0.9, 2], [0, 2]]}
    np.testing.assert_array_equal(corrected(labels, debris, [corner]), expected)


def test_the_margin_of_debris_is_not_learnt_from_but_clean_ice_and_the_inside_are():
    debris = np.zeros((9, 9), bool)
    debris[2:7, 2:7] = True
    labels = debris.astype(np.int8)
    labels[0, 0] = 1  # clean ice
    learnt = without_margin_of_debris(NewTile("x", "", "", {}, labels, (0, 0, 1, 1), debris=debris), 1)
    assert learnt[4, 4] == 1 and learnt[0, 0] == 1 and learnt[8, 8] == 0
    assert (learnt[1:8, 1] == -1).all() and (learnt[2:7, 2] == -1).all() and (learnt == -1).sum() == 49 - 9


def test_a_blinded_predictor_sees_nothing_of_a_band():
    seen = {}
    features = (Feature("optical", ("red", "nir"), (0, 0), (1, 1)), Feature("dem", ("elevation",), (0,), (1,)))
    predictor = SimpleNamespace(
        description=ModelDescription("x", features, 4), provider="", warning="", batch_size=1,
        predict=seen.update,
    )  # fmt: skip
    inputs = {"optical": np.ones((1, 2, 4, 4), np.float32), "dem": np.ones((1, 1, 4, 4), np.float32)}
    judging.Blinded(predictor, ["nir"]).predict(inputs)
    assert seen["optical"][0].max((1, 2)).tolist() == [1, 0] and seen["dem"].all() and inputs["optical"].all()


def tile(name, has_debris, *pixels):
    return judging.TileJudged(name, has_debris, Confusion(*pixels), Found(1, 4), ALARMS)


def test_scores_are_pooled_by_group():
    sample = sample_of(count(np.float32([0.75]), np.array([True]), np.array([True])), 0)
    tiles = (tile("a", True, 1, 1, 2, 0), tile("b", True, 3, 1, 0, 0), tile("c", False, 1, 0, 1, 0))
    judged = judging.Judged(tiles, sample)
    found = judging.by_group(judged)
    assert found["with debris"]["iou"] == 0.5 and found["clean ice"]["iou"] == 0.5 and found["all"]["debris"] == 0.25
    assert found["all"]["iou"] == round(5 / 10, 4) and found["all"]["lake"] is None
    assert set(found["tiles"]) == {"a", "b", "c"}


def test_a_region_is_calibrated_by_the_others_only():
    rng = np.random.default_rng(0)

    def sample(share, number):
        probability = np.full(1000, np.float32(0.75))
        counts = count(probability, rng.permutation(np.arange(1000) < 1000 * share), np.ones(1000, bool))
        return sample_of(counts, number) + sample_of(counts, number + 1)

    tables = judging.crossed_tables({"A": sample(0.9, 0), "B": sample(0.6, 2), "C": sample(0.6, 4)})
    assert tables["A"].calibrated[-1] == pytest.approx(0.6) and tables["B"].calibrated[-1] == pytest.approx(0.75)


def fold(debris, clean, blind):
    one = {"iou": debris, "debris": None}
    groups = {"all": one, "with debris": one, "clean ice": {"iou": clean, "debris": None}}
    return {name: {"A": {group: {**values, "iou": values["iou"] - less} for group, values in groups.items()}}
            for name, less in (("network", 0.0), *((f"network without {what}", blind) for what in
                               ("elevation", "near infrared", "blue")))}  # fmt: skip


@pytest.mark.parametrize(
    "clean, blind, better, lacking", [(0.8, 0.05, True, 4), (0.8, 0.2, True, 0), (0.7, 0.05, False, 4)]
)
def test_the_network_is_proposed_only_where_it_is_better(clean, blind, better, lacking):
    ratio = {"A": {group: {"iou": iou, "debris": None} for group, iou in
                   (("all", 0.5), ("with debris", 0.5), ("clean ice", 0.8))}}  # fmt: skip
    mean = means({**fold(0.61, clean, blind), "band ratio": ratio, "band ratio, default thresholds": ratio})
    assert is_better(mean) is better and len(may_lack(mean)) == lacking


def test_the_frozen_lake_is_no_glacier_and_the_tiles_are_whole(shared):
    tiles = {tile.name: tile for tile in himalayan_tiles(shared / "data", "C")}
    assert set(tiles) == {"HMA-C-155", "HMA-C-157", "HMA-C-170"}
    lake = tiles["HMA-C-157"].glacier[60:100, 20:200]
    assert lake.shape == (40, 180) and not lake.any()
    assert all((found.glacier[found.debris] != 0).all() for found in tiles.values())


def test_land_without_ice_has_no_height_model_and_says_so(shared):
    tiles = list(ice_free_tiles(shared / "data"))
    assert len(tiles) == 4
    for land in tiles:
        assert np.isnan(land.bands["elevation"]).all() and not (land.glacier == 1).any()
        assert np.nanmax(land.bands["red"]) < 1.5
