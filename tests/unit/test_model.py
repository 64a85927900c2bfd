"""A description travels as JSON and refuses what cannot be."""

import json
from dataclasses import replace

import pytest
from icemargin.inference.errors import ModelError
from icemargin.inference.model import Calibration, Feature, ModelDescription, description_from_json

OPTICAL = Feature("optical", ("red",), (0.0,), (1.0,))
DESCRIPTION = ModelDescription(
    "x", (OPTICAL,), 384, 10.0, "region", overlap=0.25, calibration=Calibration((0.0, 1.0), (0.5, 0.9), "measured")
)


@pytest.mark.parametrize("location", ["", "region", "coordinates"])
def test_json_and_back(location):
    description = replace(DESCRIPTION, location=location)
    assert description_from_json(description.to_json()) == description


def test_what_is_known_of_a_training_travels_along():
    metrics = (("validation IoU", 0.8125), ("test IoU", 0.75))
    told = {"strategy": "regional", "regions": ("ALP", "CA"), "metrics": metrics}
    description = replace(DESCRIPTION, **told)
    assert description_from_json(description.to_json()) == description
    assert not set(told) & set(json.loads(DESCRIPTION.to_json())), "files without them stay as older versions know them"


def test_bands_that_may_be_absent():
    every = DESCRIPTION.bands
    description = replace(DESCRIPTION, optional=every[:1])
    assert description_from_json(description.to_json()) == description
    assert description.bands_of(set(every)) == every
    assert description.bands_of(set()) == every[1:], "what is not optional is asked for, given or not"


@pytest.mark.parametrize("change", [
    lambda values: values.pop("features"), lambda values: values.pop("version"),
    lambda values: values.update(version=2), lambda values: values.update(unheard_of=1),
    lambda values: values.update(location="town"), lambda values: values.update(patch=0),
    lambda values: values["features"][0].update(bands=["violet"]),
    lambda values: values["features"][0].update(minimum=[2.0]),
    lambda values: values["calibration"].update(raw=[1.0, 0.0]),
    lambda values: values.update(optional=["swir2"] * 2 + ["violet"]),
    lambda values: values.update(metrics=[["IoU"]]), lambda values: values.update(metrics=[["IoU", "good"]]),
])  # fmt: skip
def test_what_does_not_fit_is_named(change):
    values = json.loads(DESCRIPTION.to_json())
    change(values)
    with pytest.raises(ModelError):
        description_from_json(json.dumps(values))


@pytest.mark.parametrize("text", ["", "[]", "{", "null"])
def test_what_is_no_description(text):
    with pytest.raises(ModelError, match="import the model again"):
        description_from_json(text)
