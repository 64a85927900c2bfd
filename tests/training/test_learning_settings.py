from __future__ import annotations

from dataclasses import replace

import pytest
import torch
from icemargin.inference.errors import ModelError, SettingsError
from icemargin.tests.training.quick_tiles import TINY
from icemargin.training.learning.building import build_network
from icemargin.training.learning.description import description_of
from icemargin.training.learning.plain import merged
from icemargin.training.learning.run_folder import load_network
from icemargin.training.learning.settings import SMALL, TrainSettings, from_mapping
from icemargin.weights.features import FEATURES

OTHER = {
    "strategy": "region", "features": {"optical": ["green", "swir1"], "thermal": []}, "resolution": 30,
    "trained_on": "6 tiles (ALP) of straße.hdf5", "optimiser": {"rate": 1e-7, "schedule": "cosine", "warm_up": 0.05},
    "data": {"train": ["a.hdf5", "b.hdf5"], "val": ["c.hdf5"], "regions": ["ALP"]},
    "run": {"log": ["csv", "tensorboard"]},
}  # fmt: skip


@pytest.mark.parametrize("layers", [(), (OTHER,), (SMALL, OTHER), ({"network": "deeplabv3plus"},)])
def test_settings_survive_the_file(tmp_path, layers):
    settings = from_mapping(*layers)
    settings.to_yaml(tmp_path / "settings.yaml")
    again = TrainSettings.from_yaml(tmp_path / "settings.yaml")
    assert again == settings and list(again.features) == list(settings.features)


def test_the_defaults_are_the_papers():
    settings = TrainSettings()
    assert settings.optimiser.rate == 5e-4 and settings.run.batch == 8 and settings.run.epochs == 150
    assert (settings.loss.gamma, settings.loss.auxiliary, settings.loss.smoothing) == (2, 0.5, 0.1)
    assert settings.patch == 384 and dict(settings.channels) == {"optical": 6, "dem": 2} and settings.location == ""


@pytest.mark.parametrize(
    "strategy, location, rate, epochs",
    [("global", "", 5e-4, 150), ("region", "region", 5e-4, 150), ("coordinates", "coordinates", 5e-4, 150),
     ("finetuning", "", 5e-5, 80)],
)  # fmt: skip
def test_what_follows_from_the_strategy(strategy, location, rate, epochs):
    settings = from_mapping({"strategy": strategy})
    assert (settings.location, settings.optimiser.rate, settings.run.epochs) == (location, rate, epochs)
    assert from_mapping({"strategy": strategy, "run": {"epochs": 7}}).run.epochs == 7


def test_layers_go_over_each_other():
    settings = from_mapping(SMALL, {"sizes": {"depth": 2}}, {"features": {"dem": ["slope"]}})
    assert (settings.sizes.width, settings.sizes.depth, settings.sizes.heads) == (16, 2, 4)
    assert settings.features == {"dem": ("slope",)}


@pytest.mark.parametrize(
    "given, chosen",
    [
        (["dem", "optical"], {"dem": FEATURES["dem"].bands, "optical": FEATURES["optical"].bands}),
        ({"optical": ["swir1", "green"]}, {"optical": ("green", "swir1")}),
        ({"optical": None}, {"optical": FEATURES["optical"].bands}),
    ],
)
def test_features_by_name_or_by_band(given, chosen):
    settings = from_mapping({"features": given})
    assert settings.features == chosen and list(settings.features) == list(chosen)


@pytest.mark.parametrize(
    "given, words",
    [
        ({"strateg": "global"}, r"strateg is no setting \(did you mean strategy\?\)"),
        ({"sizes": {"widht": 8}}, r"sizes.widht is no setting \(did you mean width\?\)"),
        ({"strategy": "reginal"}, "did you mean regional"),
        ({"sizes": {"width": "wide"}}, "sizes.width: 'wide' must be a whole number"),
        ({"sizes": {"width": 8.5}}, "whole number"),
        ({"sizes": {"width": True}}, "whole number"),
        ({"sizes": {"width": 0}}, "at least 1"),
        ({"run": {"seed": 10**20}}, "run.seed"),
        ({"run": {"minutes": float("nan")}}, "run.minutes"),
        ({"run": {"epochs": float("inf")}}, "whole number"),
        ({"run": 3}, "group of settings"),
        ({"run": {"log": ["paper"]}}, "run.log"),
        ({"optimiser": {"rate": -1}}, "optimiser.rate"),
        ({"optimiser": {"rate": "fast"}}, "must be a number"),
        ({"optimiser": {"warm_up": 0.1}}, "schedule: cosine"),
        ({"augmentation": {"flip": 1.5}}, "between 0 and 1"),
        ({"loss": {"smoothing": 1}}, "loss.smoothing"),
        ({"features": []}, "none is chosen"),
        ({"features": ["optic"]}, "did you mean optical"),
        ({"features": {"dem": ["slop"]}}, "did you mean slope"),
        ({"features": 3}, "features"),
        ({"data": {"train": 5}}, "list of names"),
        ({"data": {"train": [1]}}, "list of names"),
        ({"data": {"train": ["a", "b"], "shares": [1]}}, "1 for 2 files"),
        ({"data": {"train": ["a"], "shares": [0]}}, "above 0"),
        ({"data": {"shares": 1}}, "list of numbers"),
        ({"data": {"shares": ["much"]}}, "must be a number"),
        ({"augmentation": {"light_range": 1}}, "between 0 and 0.9"),
        ({"optimiser": {"decay": -1}}, "optimiser.decay"),
        ({"patch": 100}, "does not fit tokens"),
        ({"location": "region"}, "does not go with strategy"),
        ({"strategy": "region", "location": "coordinates"}, "does not go with strategy"),
        ({"strategy": "region", "run": {"batch": 1}}, "location_norms: batch"),
        ({"strategy": "region", "network": "deeplabv3plus"}, "no location input"),
        ({"strategy": "finetuning", "network": "deeplabv3plus"}, "Only GlaViTU"),
        ({"network": "deeplabv3plus", "sizes": {"backbone": "resnest"}}, "did you mean resnet"),
    ],
)
def test_what_cannot_be_meant_is_named(given, words):
    with pytest.raises(SettingsError, match=words):
        from_mapping(given)


@pytest.mark.parametrize("text, words", [("a: [", "no YAML"), ("- one", "lines like"), (None, "cannot be read")])
def test_a_file_that_is_no_settings(tmp_path, text, words):
    path = tmp_path / "settings.yaml"
    if text is not None:
        path.write_text(text)
    with pytest.raises(SettingsError, match=words):
        TrainSettings.from_yaml(path)


@pytest.mark.parametrize("text", ["optimiser: {rate: 1e-3}", "optimiser: {rate: 0.001}", "optimiser: {rate: '1e-3'}"])
def test_numbers_as_people_write_them(tmp_path, text):
    (tmp_path / "s.yaml").write_text(text)
    assert TrainSettings.from_yaml(tmp_path / "s.yaml").optimiser.rate == 1e-3


def test_merged_leaves_its_layers_alone():
    below = {"a": {"b": 1}}
    assert merged(below, {"a": {"c": 2}}) == {"a": {"b": 1, "c": 2}} and below == {"a": {"b": 1}}


def test_the_description_has_the_chosen_bands_and_their_scaling():
    settings = replace(from_mapping(OTHER), resolution=30.0)
    description = description_of(settings, "mine")
    optical, thermal = description.features
    assert optical.bands == ("green", "swir1")
    assert optical.minimum == (-0.01996775, -0.0254627) and optical.maximum == (2.1253, 2.1246)
    assert thermal == FEATURES["thermal"]
    assert (description.name, description.patch, description.resolution) == ("mine", 384, 30.0)
    assert description.location == "region" and description.trained_on == "6 tiles (ALP) of straße.hdf5"


def test_a_folder_without_a_training(tmp_path):
    with pytest.raises(ModelError, match=r"settings\.yaml is missing"):
        load_network(tmp_path)
    from_mapping(TINY).to_yaml(tmp_path / "settings.yaml")
    with pytest.raises(ModelError, match="has not got so far"):
        load_network(tmp_path)
    (tmp_path / "best.ckpt").write_bytes(b"nonsense")
    with pytest.raises(ModelError, match="damaged"):
        load_network(tmp_path)


@pytest.mark.parametrize("keep", ["best", "last"])
def test_the_result_is_the_checkpoint_that_the_settings_keep(tmp_path, keep):
    settings = from_mapping(TINY, {"run": {"keep": keep}})
    settings.to_yaml(tmp_path / "settings.yaml")
    state = {f"network.{name}": value for name, value in build_network(settings).state_dict().items()}
    for bias, which in ((1.0, "best"), (2.0, "last")):
        changed = {**state, "network.output.bias": torch.full((2,), bias)}
        torch.save({"state_dict": changed}, tmp_path / f"{which}.ckpt")
    expected = {"best": 1.0, "last": 2.0}[keep]
    assert load_network(tmp_path)[1].state_dict()["output.bias"].tolist() == [expected] * 2
