"""A network in PyTorch as a Predictor: for scores and maps without the way through ONNX."""

from __future__ import annotations

from pathlib import Path
from typing import Mapping, Union

import torch

from ..inference.arrays import FloatArray
from ..inference.errors import ModelError
from ..inference.model import ModelDescription
from ..inference.onnx_inputs import check_batch
from .learning.description import description_of
from .learning.run_folder import load_network


class TorchPredictor:
    """A trained network ready to run; see inference.predictors.Predictor. `device` as PyTorch names it, or "auto"."""

    warning = ""

    def __init__(self, network: torch.nn.Module, description: ModelDescription, device: str = "cpu") -> None:
        self.description = description
        self._device = torch.device(_best() if device == "auto" else device)
        self._network = network.to(self._device).eval()
        self.provider = f"PyTorch {self._device}"
        self.batch_size = 1 if self._device.type == "cpu" else 8

    @torch.inference_mode()
    def predict(self, inputs: Mapping[str, FloatArray]) -> FloatArray:
        """Return the glacier probability, N x H x W float32. Raises ModelError for inputs that do not fit."""
        check_batch(inputs, self.description)
        tensors = {name: torch.from_numpy(values).to(self._device) for name, values in inputs.items()}
        try:
            found = self._network.probability(tensors)[:, 1]  # type: ignore[operator]
        except torch.cuda.OutOfMemoryError as error:
            raise ModelError("The GPU's memory does not suffice for this network; use the CPU.") from error
        probability: FloatArray = found.float().cpu().numpy()
        return probability

    def close(self) -> None:
        """Free the GPU's memory."""
        self._network = self._network.cpu()


def _best() -> str:
    return "cuda" if torch.cuda.is_available() else "cpu"


def open_run(folder: Union[str, Path], device: str = "cpu", which: str = "") -> TorchPredictor:
    """Return the predictor of a run's folder. Raises ModelError, SettingsError."""
    settings, network = load_network(folder, which)
    return TorchPredictor(network, description_of(settings, Path(folder).resolve().name), device)
