"""Any network with `probability(inputs)` to ONNX by PyTorch's tracing exporter, in the form of weights/graph.py."""

from __future__ import annotations

import io
import warnings
from typing import TYPE_CHECKING, Dict, Tuple

import torch
from torch import Tensor, nn

from ..inference.golden import golden_inputs
from ..inference.model import METADATA_KEY, ModelDescription
from ..weights.graph import IR_VERSION, OPSET, OUTPUT

if TYPE_CHECKING:
    from onnx import ModelProto


class _Positional(nn.Module):
    """A network whose inputs have places instead of names: the exporter takes tensors only."""

    def __init__(self, network: nn.Module, names: Tuple[str, ...]) -> None:
        super().__init__()
        self._network, self._names = network, names

    def forward(self, *inputs: Tensor) -> Tensor:
        found: Tensor = self._network.probability(dict(zip(self._names, inputs)))  # type: ignore[operator]
        return found


def traced_model(network: nn.Module, description: ModelDescription) -> ModelProto:
    """Return the checked model: inputs by the description's names, N free, output `probability`, N x 2 x H x W."""
    import onnx

    # Two windows: a batch of one could be taken for a constant.
    inputs: Dict[str, Tensor] = {
        name: torch.from_numpy(values).repeat(2, *(1,) * (values.ndim - 1))
        for name, values in golden_inputs(description).items()
    }
    names = tuple(inputs)
    stream = io.BytesIO()
    with torch.no_grad(), warnings.catch_warnings():
        warnings.simplefilter("ignore")  # the tracing exporter is deprecated, but needs no further library
        torch.onnx.export(
            _Positional(network, names).eval(),
            tuple(inputs.values()),
            stream,  # type: ignore[arg-type]  # a stream is documented for dynamo=False
            dynamo=False,
            opset_version=OPSET,
            input_names=list(names),
            output_names=[OUTPUT],
            dynamic_axes={name: {0: "N"} for name in (*names, OUTPUT)},
        )
    model = onnx.load_from_string(stream.getvalue())
    model.ir_version = IR_VERSION
    model.producer_name = "icemargin"
    onnx.helper.set_model_props(model, {METADATA_KEY: description.to_json()})
    onnx.checker.check_model(model, full_check=True)
    return model
