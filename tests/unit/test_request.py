"""Requests refuse what cannot be meant, and say what to do."""

import pytest
from builders import SIX, request_for
from icemargin.inference.errors import InputError
from icemargin.inference.model import REGIONS
from icemargin.inference.request import REGION_VALUES

NETWORK = {"model": "a.onnx"}


@pytest.mark.parametrize(
    ("values", "message"),
    [
        ({"ensemble": ("b.onnx",)}, "network models"),
        ({"flips": True}, "network models"),
        ({"dropout_passes": 5}, "network models"),
        ({**NETWORK, "ensemble": ("",)}, "the file of each"),
        ({**NETWORK, "ensemble": ("classic",)}, "the file of each"),
        ({**NETWORK, "ensemble": ("b.onnx", "b.onnx")}, "twice"),
        ({**NETWORK, "ensemble": ("a.onnx",)}, "twice"),
        ({**NETWORK, "dropout_passes": 1}, "2 to 100"),
        ({**NETWORK, "dropout_passes": -2}, "2 to 100"),
        ({**NETWORK, "dropout_passes": 101}, "2 to 100"),
        ({**NETWORK, "dropout_passes": 5, "dropout_rate": 1.0}, "below 1"),
        ({**NETWORK, "dropout_passes": 5, "dropout_rate": -0.1}, "below 1"),
        ({**NETWORK, "dropout_passes": 5, "dropout_rate": float("nan")}, "below 1"),
        ({"region_vector": (1.0,)}, "12 values"),
        ({"region_vector": (0.5,) * 12}, "sum to 1"),
        ({"region_vector": (2.0, -1.0, *(0.0,) * 10)}, "none below 0"),
        ({"region_vector": (float("nan"),) * 12}, "12 values"),
    ],
)
def test_what_cannot_be_meant_is_refused(values, message, tmp_path):
    with pytest.raises(InputError, match=message):
        request_for(["scene.tif"], tmp_path, SIX, **values)


def test_what_can_be_meant_is_taken(tmp_path):
    vector = (0.25, 0.75, *(0.0,) * 10)
    request = request_for(
        ["scene.tif"], tmp_path, SIX, model="a.onnx", ensemble=("b.onnx",), flips=True, dropout_passes=2,
        dropout_rate=0.0, region_vector=vector, region="ALP",
    )  # fmt: skip
    assert request.place == vector
    assert request_for(["scene.tif"], tmp_path, SIX, region="ALP").place == "ALP"
    assert len(REGIONS) == REGION_VALUES
