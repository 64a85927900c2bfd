"""One training sample, as the augmentations and the network see it."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Dict

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from ...inference.arrays import FloatArray

UNLABELLED = -1


@dataclass(frozen=True)
class Sample:
    """`inputs`: C x H x W by feature, normalised, 0 where absent; `label`: H x W int8, 1 glacier, 0 not, -1 no label.

    `location`: the location vector, empty without encoding.
    """

    inputs: Dict[str, FloatArray]
    label: NDArray[np.int8]
    location: FloatArray = field(default_factory=lambda: np.zeros(0, np.float32))

    @property
    def size(self) -> int:
        """The side in pixels."""
        return int(self.label.shape[-1])


def tensors_of(sample: Sample) -> Dict[str, Tensor]:
    """Return the sample as tensors: the inputs by name, `location` where there is one, `label`."""
    arrays = {**sample.inputs, "label": sample.label}
    if sample.location.size:
        arrays["location"] = sample.location
    return {name: torch.from_numpy(np.ascontiguousarray(values)) for name, values in arrays.items()}
