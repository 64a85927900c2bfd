"""A tiny model, written as ONNX with the standard library: a network small enough to try any provider in a moment.

A 3 x 3 convolution over six bands and softmax, so that its answer is known and can be compared. Field numbers are
those of onnx.proto (https://github.com/onnx/onnx/blob/main/onnx/onnx.proto).
"""

from __future__ import annotations

from pathlib import Path
from typing import Dict, Sequence

import numpy as np

from ..inference.arrays import FloatArray
from ..inference.model import METADATA_KEY, Feature, ModelDescription
from ..inference.onnx_inputs import OUTPUT
from ..inference.request import OPTICAL_BANDS

NAME = "built-in trial model"
PATCH = 256
_CLASSES, _SIZE, _FLOAT = 2, 3, 1
_INT, _INTS = 2, 7  # AttributeProto.AttributeType
_IR_VERSION, _OPSET = 8, 17


def trial_description() -> ModelDescription:
    """Describe the tiny model: six optical bands, no location."""
    count = len(OPTICAL_BANDS)
    return ModelDescription(NAME, (Feature("optical", OPTICAL_BANDS, (0.0,) * count, (1.0,) * count),), PATCH)


def trial_inputs() -> Dict[str, FloatArray]:
    """Return one window of seeded values."""
    values = np.random.default_rng(1).random((1, len(OPTICAL_BANDS), PATCH, PATCH), dtype=np.float32)
    return {"optical": values}


def expected_answer(inputs: Dict[str, FloatArray]) -> FloatArray:
    """Return by numpy what the model must answer, N x H x W."""
    padded = np.pad(inputs["optical"].astype(np.float64), ((0, 0), (0, 0), (1, 1), (1, 1)))
    kernel = _kernel()
    logits = sum(
        np.einsum("oc,nchw->nohw", kernel[:, :, row, column], padded[:, :, row : row + PATCH, column : column + PATCH])
        for row in range(_SIZE)
        for column in range(_SIZE)
    )
    answer: FloatArray = (1 / (1 + np.exp(logits[:, 0] - logits[:, 1]))).astype(np.float32)
    return answer


def write_trial_model(path: str) -> None:
    """Write the model file."""
    metadata = _text(1, METADATA_KEY) + _text(2, trial_description().to_json())
    model = b"".join(
        (
            _number(1, _IR_VERSION),
            _text(2, "icemargin"),
            _bytes(7, _graph()),
            _bytes(8, _text(1, "") + _number(2, _OPSET)),
            _bytes(14, metadata),
        )
    )
    Path(path).write_bytes(model)


def _kernel() -> FloatArray:
    shape = (_CLASSES, len(OPTICAL_BANDS), _SIZE, _SIZE)
    kernel: FloatArray = np.random.default_rng(0).normal(0, 0.3, shape).astype(np.float32)
    return kernel


def _graph() -> bytes:
    pads = _bytes(5, _text(1, "pads") + b"".join(_number(8, 1) for _ in range(4)) + _number(20, _INTS))
    axis = _bytes(5, _text(1, "axis") + _number(3, 1) + _number(20, _INT))
    bands = len(OPTICAL_BANDS)
    return b"".join(
        (
            _bytes(1, _node(("optical", "kernel"), "logits", "Conv") + pads),
            _bytes(1, _node(("logits",), OUTPUT, "Softmax") + axis),
            _text(2, "trial"),
            _bytes(5, _tensor("kernel", _kernel())),
            _bytes(11, _value("optical", bands)),
            _bytes(12, _value(OUTPUT, _CLASSES)),
        )
    )


def _node(inputs: Sequence[str], output: str, kind: str) -> bytes:
    return b"".join(_text(1, name) for name in inputs) + _text(2, output) + _text(4, kind)


def _tensor(name: str, values: FloatArray) -> bytes:
    dims = b"".join(_number(1, size) for size in values.shape)
    return dims + _number(2, _FLOAT) + _text(8, name) + _bytes(9, values.astype("<f4").tobytes())


def _value(name: str, channels: int) -> bytes:
    """Return an N x channels x PATCH x PATCH float input or output."""
    dims = _bytes(1, _text(2, "N")) + b"".join(_bytes(1, _number(1, size)) for size in (channels, PATCH, PATCH))
    return _text(1, name) + _bytes(2, _bytes(1, _number(1, _FLOAT) + _bytes(2, dims)))


def _number(field: int, value: int) -> bytes:
    return _varint(field << 3) + _varint(value)


def _text(field: int, value: str) -> bytes:
    return _bytes(field, value.encode("utf-8"))


def _bytes(field: int, value: bytes) -> bytes:
    return _varint(field << 3 | 2) + _varint(len(value)) + value


def _varint(value: int) -> bytes:
    """Return a protobuf integer: seven bits a byte, the lowest first."""
    parts = bytearray()
    while value > 0x7F:
        parts.append(value & 0x7F | 0x80)
        value >>= 7
    return bytes([*parts, value])
