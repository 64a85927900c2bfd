"""What maps a batch of windows: the protocol, and the choice by the model's name."""

from __future__ import annotations

from typing import Callable, Mapping, Protocol, Tuple, runtime_checkable

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

    @property
    def description(self) -> ModelDescription: ...

    @property
    def provider(self) -> str: ...

    @property
    def warning(self) -> str: ...

    @property
    def batch_size(self) -> int: ...

    def predict(self, inputs: Mapping[str, FloatArray]) -> FloatArray:
        """Return the glacier probability, N x H x W in 0..1.

        `inputs` holds one N x C x H x W float32 array per feature (normalised, 0 where absent or invalid), and
        `location`, N x L, where the description has a location.
        """

    def close(self) -> None:
        """Free what the predictor holds; it is not used afterwards."""


@runtime_checkable
class SpreadPredictor(Predictor, Protocol):
    """A predictor of several members, which can tell how far they lie apart."""

    def predict_spread(self, inputs: Mapping[str, FloatArray]) -> Tuple[FloatArray, FloatArray]:
        """Return the members' mean, as `predict` does, and their standard deviation, N x H x W, 0..0.5."""


def has_spread(predictor: Predictor) -> bool:
    """Return True if the predictor tells a spread beside the probability."""
    return isinstance(predictor, SpreadPredictor)


def predict_all(predictor: Predictor, inputs: Mapping[str, FloatArray]) -> Tuple[FloatArray, ...]:
    """Return the probability and, where the predictor has it, the spread: N x H x W each."""
    if isinstance(predictor, SpreadPredictor):
        return predictor.predict_spread(inputs)
    return (predictor.predict(inputs),)


def load_predictor(request: DelineationRequest, is_cancelled: Callable[[], bool] = lambda: False) -> Predictor:
    """Return the request's predictor in this process: the classic method, or model files by ONNX Runtime.

    Where the request averages several members it is a SpreadPredictor. Raises ModelError, RuntimeMissingError or
    RuntimeCrashError.
    """
    if request.model == "classic":
        return ClassicPredictor(request.classic)
    from .composite import open_networks

    return open_networks(request.model, request.averages, request.device, request.threads, is_cancelled)
