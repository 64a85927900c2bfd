from __future__ import annotations

import json

import pytest
from icemargin.inference.errors import WeightsError
from icemargin.weights.architecture import Architecture
from icemargin.weights.features import with_channels
from icemargin.weights.published import TABLES, choose_calibration, model_name, read_table, training_data

BASE = Architecture()
REGION = Architecture(location=12)
COORDINATES = Architecture(location=4)
INSAR = Architecture(features=with_channels(["optical", "dem", "co_pol_sar", "cross_pol_sar", "in_sar"]))


@pytest.mark.parametrize(
    "path, name",
    [("a/b/glavitu_global_weights.h5", "glavitu_global"), ("mine.hdf5", "mine"), ("my_weights_2.h5", "my_weights_2")],
)
def test_a_model_is_called_like_its_file(path, name):
    assert model_name(path) == name


@pytest.mark.parametrize(
    "name, sizes, table, own",
    [
        ("glavitu_global", BASE, "glavitu_global", True),
        ("glavitu_regionencoding", REGION, "glavitu_regionencoding", True),
        ("glavitu_global_insar", INSAR, "glavitu_global_insar", True),
        ("glavitu_finetuning_ALP", BASE, "glavitu_global", False),
        ("glavitu_global", REGION, "glavitu_regionencoding", False),
        ("glavitu_coordinateencoding", COORDINATES, "glavitu_global", False),
        ("glavitu_global_random", BASE, "glavitu_global", False),
        ("mine", INSAR, "glavitu_global_insar", False),
    ],
)
def test_only_the_model_itself_owns_its_table(name, sizes, table, own):
    calibration, note = choose_calibration(name, sizes, None)
    stored = read_table(TABLES / f"{table}.json")
    assert (calibration.raw, calibration.calibrated) == (stored.raw, stored.calibrated)
    assert calibration.source.startswith("borrowed") is not own
    assert ("borrowed" in note) is not own and table in note


def test_no_calibration_or_another_one(tmp_path):
    assert choose_calibration("glavitu_global", BASE, "none")[0] is None
    assert choose_calibration("mine", BASE, "glavitu_regionencoding")[0].source.startswith("glavitu_regionencoding")
    path = tmp_path / "mine.json"
    path.write_text(json.dumps({"raw": [0, 1], "calibrated": [0.5, 0.9]}))
    calibration, note = choose_calibration("glavitu_global", BASE, str(path))
    assert calibration.calibrated == (0.5, 0.9) and "mine.json" in note


@pytest.mark.parametrize(
    "text, words",
    [
        (None, "'none' or one of glavitu_global"),
        ("no JSON", "no calibration table"),
        ("[1, 2]", "no calibration table"),
        ('{"raw": [0, 1]}', "no calibration table"),
        ('{"raw": [0, 1], "calibrated": [0.9, 0.5]}', "never falling"),
        ('{"raw": [0, 1], "calibrated": [0.1, 0.5]}', "between 0.5 and 1"),
    ],
)
def test_a_wrong_table_is_named(tmp_path, text, words):
    path = tmp_path / "t.json"
    if text is not None:
        path.write_text(text)
    with pytest.raises(WeightsError, match=words):
        choose_calibration("glavitu_global", BASE, str(path))


@pytest.mark.parametrize(
    "name, words",
    [
        ("glavitu_global", "all regions$"),
        ("glavitu_finetuning_ALP", "trained on for one, ALP"),
        ("glavitu_global_insar", "insar"),
        ("glavitu_global_random", "^unknown"),
        ("glavitu", "^unknown"),
        ("mine", "^unknown"),
    ],
)
def test_training_data_is_told_only_for_published_names(name, words):
    import re

    assert re.search(words, training_data(name)[0])
