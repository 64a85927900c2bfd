"""What maps a batch of windows: the protocol, and the choice by the model's name."""

from __future__ import annotations

from typing import Callable, Mapping, Protocol

from .arrays import FloatArray
from .classic import ClassicPredictor
from .model import ModelDescription
from .request import DelineationRequest


class Predictor(Protocol):
    """A model ready to run.

    `description` says what it needs; `provider` what really runs it ("numpy", "CPUExecutionProvider",
    "CUDAExecutionProvider"); `warning` why it is not what was asked for ("" if it is); `batch_size` how many
    windows it likes at once.
    """

    description: ModelDescription
    provider: str
    warning: str
    batch_size: int

    def predict(self, inputs: Mapping[str, FloatArray]) -> FloatArray:
        """Return the glacier probability, N x H x W in 0..1.

        `inputs` holds one N x C x H x W float32 array per feature (normalised, 0 where absent or invalid), and
        `location`, N x L, where the description has a location.
        """

    def close(self) -> None:
        """Free what the predictor holds; it is not used afterwards."""


def load_predictor(request: DelineationRequest, is_cancelled: Callable[[], bool] = lambda: False) -> Predictor:
    """Return the request's predictor in this process: the classic method, or a model file by ONNX Runtime.

    Raises ModelError, RuntimeMissingError or RuntimeCrashError.
    """
    if request.model == "classic":
        return ClassicPredictor(request.classic)
    from .onnx_predictor import OnnxPredictor

    return OnnxPredictor(request.model, request.device, request.threads, is_cancelled)
