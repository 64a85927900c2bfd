"""GlaViTU in PyTorch: convolutional fusion, SETR (a vision transformer), ResU-Net, two heads.

Maslov, Persello, Schellenberger, Stein, "Globally scalable glacier mapping by deep learning matches expert
delineation accuracy", Nature Communications 16:43 (2025), doi 10.1038/s41467-024-54956-x. Numerically equal to the
reference (TensorFlow, Keras 2); its defaults that differ from PyTorch's are written out here.

Maps are N x C x H x W, tokens N x T x C, features normalised (inference/preprocess.py).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Dict, Mapping, NamedTuple, Optional

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn import functional

from ..inference.arrays import FloatArray
from ..inference.errors import WeightsError
from ..weights.architecture import Architecture
from ..weights.layout import array_specs

EPSILON = 1e-3  # Keras's, for batch and layer normalisation
SLOPE = 0.2  # of tf.nn.leaky_relu
LOCATION_SLOPE = 0.3  # of the Keras layer LeakyReLU


@dataclass(frozen=True)
class GlaViTUConfig(Architecture):
    """The sizes (weights/architecture.py), and the dropout while training.

    The reference sets 0.1 but calls its dropout layers with training=False: the published weights were in effect
    trained with 0, and 0.1 acts in Monte-Carlo dropout only.
    """

    dropout: float = 0.0


class Logits(NamedTuple):
    """N x 2 x H x W each, before softmax; class 1 is glacier. `auxiliary` is the deep-supervision head's, or None."""

    output: Tensor
    auxiliary: Optional[Tensor]


def batch_norm(channels: int) -> nn.BatchNorm2d:
    return nn.BatchNorm2d(channels, eps=EPSILON, momentum=0.01)  # Keras's momentum 0.99 counts the other way round


class ConvBlock(nn.Module):
    """Conv 3x3, batch-norm, LeakyReLU, twice; spatial dropout."""

    def __init__(self, inputs: int, outputs: int, dropout: float) -> None:
        super().__init__()
        self.conv1 = nn.Conv2d(inputs, outputs, 3, padding=1)
        self.norm1 = batch_norm(outputs)
        self.conv2 = nn.Conv2d(outputs, outputs, 3, padding=1)
        self.norm2 = batch_norm(outputs)
        self.dropout = nn.Dropout2d(dropout)

    def forward(self, x: Tensor) -> Tensor:
        x = functional.leaky_relu(self.norm1(self.conv1(x)), SLOPE)
        x = functional.leaky_relu(self.norm2(self.conv2(x)), SLOPE)
        result: Tensor = self.dropout(x)
        return result


class FusionBranch(nn.Module):
    """One feature's block, its channels weighted by squeeze and excitation."""

    def __init__(self, channels: int, config: GlaViTUConfig) -> None:
        super().__init__()
        self.block = ConvBlock(channels, config.width, config.dropout)
        self.squeeze = nn.Linear(config.width, config.width)
        self.excite = nn.Linear(config.width, config.width)
        self.pool = config.token

    def forward(self, x: Tensor) -> Tensor:
        y = self.block(x)
        # Mean in two stages: one float32 sum over a patch that is mostly padding loses digits.
        e = functional.avg_pool2d(y, self.pool).mean((2, 3))  # N x C
        e = functional.leaky_relu(self.squeeze(e), SLOPE)
        e = torch.sigmoid(self.excite(e))
        result: Tensor = y * e[:, :, None, None]
        return result


class LocationEncoding(nn.Module):
    """Region (12 values) or coordinates (4 values) to a vector that is added to every pixel."""

    def __init__(self, config: GlaViTUConfig) -> None:
        super().__init__()
        self.dense1 = nn.Linear(config.location, config.width)
        self.norm1 = nn.BatchNorm1d(config.width, eps=EPSILON, momentum=0.01)
        self.dense2 = nn.Linear(config.width, config.width)
        self.norm2 = nn.BatchNorm1d(config.width, eps=EPSILON, momentum=0.01)

    def forward(self, location: Tensor) -> Tensor:
        x = functional.leaky_relu(self.norm1(self.dense1(location)), LOCATION_SLOPE)
        x = functional.leaky_relu(self.norm2(self.dense2(x)), LOCATION_SLOPE)
        return x[:, :, None, None]  # N x C x 1 x 1


class Attention(nn.Module):
    def __init__(self, config: GlaViTUConfig) -> None:
        super().__init__()
        inner = config.heads * config.key_size
        self.heads = config.heads
        self.query = nn.Linear(config.width, inner)
        self.key = nn.Linear(config.width, inner)
        self.value = nn.Linear(config.width, inner)
        self.output = nn.Linear(inner, config.width)

    def forward(self, x: Tensor) -> Tensor:
        q, k, v = (
            layer(x).reshape(*x.shape[:2], self.heads, -1).transpose(1, 2)  # N x heads x T x key size
            for layer in (self.query, self.key, self.value)
        )
        x = functional.scaled_dot_product_attention(q, k, v)
        result: Tensor = self.output(x.transpose(1, 2).flatten(2))  # N x T x heads * key size, then N x T x C
        return result


class TransformerBlock(nn.Module):
    """Pre-norm; GELU after both Dense layers."""

    def __init__(self, config: GlaViTUConfig) -> None:
        super().__init__()
        self.norm1 = nn.LayerNorm(config.width, eps=EPSILON)
        self.attention = Attention(config)
        self.norm2 = nn.LayerNorm(config.width, eps=EPSILON)
        self.dense1 = nn.Linear(config.width, config.hidden)
        self.dense2 = nn.Linear(config.hidden, config.width)
        self.dropout = nn.Dropout(config.dropout)

    def forward(self, x: Tensor) -> Tensor:
        x = x + self.attention(self.norm1(x))
        y = self.dropout(functional.gelu(self.dense1(self.norm2(x))))
        result: Tensor = x + self.dropout(functional.gelu(self.dense2(y)))
        return result


class SETR(nn.Module):
    """Tokens of 16 x 16 pixels through the transformer, and back to the patch by convolutions and doubling."""

    def __init__(self, config: GlaViTUConfig) -> None:
        super().__init__()
        self.token, self.grid = config.token, config.grid
        width = config.width
        self.embed = nn.Linear(config.token**2 * width, width)
        self.position = nn.Parameter(0.02 * torch.randn(config.grid**2, width))
        self.blocks = nn.ModuleList(TransformerBlock(config) for _ in range(config.depth))
        self.convs = nn.ModuleList(nn.Conv2d(width, width, 3, padding=1) for _ in range(config.upsamplings))
        self.norms = nn.ModuleList(batch_norm(width) for _ in range(config.upsamplings))
        self.last = nn.Conv2d(width, width, 1)

    def forward(self, x: Tensor) -> Tensor:
        x = self.embed(self.tokens(x)) + self.position
        for block in self.blocks:
            x = block(x)
        x = x.transpose(1, 2).reshape(len(x), -1, self.grid, self.grid)  # N x C x grid x grid
        for i, (conv, norm) in enumerate(zip(self.convs, self.norms)):
            x = norm(conv(x))
            if i == len(self.convs) - 1:
                x = self.last(x)
            x = functional.interpolate(x, scale_factor=2, mode="bilinear", align_corners=False)
        return x

    def tokens(self, x: Tensor) -> Tensor:
        """Cut a map into tokens, flattened in row, column, channel order."""
        n, channels = x.shape[:2]
        x = x.reshape(n, channels, self.grid, self.token, self.grid, self.token)
        x = x.permute(0, 2, 4, 3, 5, 1)  # N x grid x grid x token x token x C
        return x.reshape(n, self.grid**2, -1)  # N x T x token * token * C


class Residual(nn.Module):
    """A block, and a linear projection around it."""

    def __init__(self, inputs: int, outputs: int, dropout: float) -> None:
        super().__init__()
        self.block = ConvBlock(inputs, outputs, dropout)
        self.project = nn.Conv2d(inputs, outputs, 1, bias=False)

    def forward(self, x: Tensor) -> Tensor:
        result: Tensor = self.block(x) + self.project(x)
        return result


class UpConv(nn.Module):
    """Nearest x2, conv 2x2, batch-norm."""

    def __init__(self, inputs: int, outputs: int) -> None:
        super().__init__()
        self.conv = nn.Conv2d(inputs, outputs, 2, bias=False)
        self.norm = batch_norm(outputs)

    def forward(self, x: Tensor) -> Tensor:
        x = functional.interpolate(x, scale_factor=2, mode="nearest")
        x = functional.pad(x, (0, 1, 0, 1))  # Keras pads an even kernel at the right and bottom
        result: Tensor = self.norm(self.conv(x))
        return result


class ResUNet(nn.Module):
    def __init__(self, config: GlaViTUConfig) -> None:
        super().__init__()
        channels = config.channels
        down = zip((config.width, *channels), channels)
        self.encoder = nn.ModuleList(Residual(inputs, outputs, config.dropout) for inputs, outputs in down)
        up = list(zip(channels[:0:-1], channels[-2::-1]))
        self.up = nn.ModuleList(UpConv(inputs, outputs) for inputs, outputs in up)
        self.decoder = nn.ModuleList(Residual(inputs, outputs, config.dropout) for inputs, outputs in up)
        self.last = nn.Conv2d(config.width, config.width, 1)

    def forward(self, x: Tensor) -> Tensor:
        skips = []
        for encode in self.encoder[:-1]:
            x = encode(x)
            skips.append(x)
            x = functional.max_pool2d(x, 2)
        x = self.encoder[-1](x)
        for up, decode, skip in zip(self.up, self.decoder, reversed(skips)):
            x = decode(torch.cat([up(x), skip], dim=1))
        result: Tensor = self.last(x)
        return result


class GlaViTU(nn.Module):
    """The whole network, any features, with or without location."""

    def __init__(self, config: GlaViTUConfig) -> None:
        super().__init__()
        self.config = config
        self.fusion = nn.ModuleDict({name: FusionBranch(channels, config) for name, channels in config.features})
        self.location = LocationEncoding(config) if config.location else None
        self.setr = SETR(config)
        self.resunet = ResUNet(config)
        self.auxiliary = nn.Conv2d(config.width, 2, 1) if config.auxiliary else None
        self.output = nn.Conv2d(config.width, 2, 1)

    def forward(self, inputs: Mapping[str, Tensor]) -> Logits:
        """Map features (N x C x patch x patch, by name; `location` N x 12 or 4) to the logits of both heads."""
        fused = sum(branch(inputs[name]) for name, branch in self.fusion.items())
        if self.location is not None:
            fused = fused + self.location(inputs["location"])
        encoded1 = self.setr(fused) + fused
        encoded = encoded1 + self.resunet(encoded1)
        return Logits(self.output(encoded), None if self.auxiliary is None else self.auxiliary(encoded1))

    def probability(self, inputs: Mapping[str, Tensor]) -> Tensor:
        """Return the output head's softmax, N x 2 x patch x patch."""
        return torch.softmax(self(inputs).output, dim=1)


PYTORCH_LEAVES = {
    "kernel": "weight", "gamma": "weight", "beta": "bias", "mean": "running_mean", "variance": "running_var",
}  # fmt: skip


def _tensors(network: GlaViTU) -> Dict[str, Tensor]:
    """Return the network's tensors by the names of weights/layout.py."""
    state = network.state_dict()
    names = (spec.name for spec in array_specs(network.config))
    parts = ((name, *name.rpartition(".")[::2]) for name in names)
    return {name: state[f"{path}.{PYTORCH_LEAVES.get(leaf, leaf)}"] for name, path, leaf in parts}


@torch.no_grad()
def load_arrays(network: GlaViTU, arrays: Mapping[str, FloatArray]) -> None:
    """Fill the network with arrays in Keras's shapes (weights/keras_file.py). Raises WeightsError if one lacks."""
    for name, tensor in _tensors(network).items():
        if name not in arrays:
            raise WeightsError(f"The array '{name}' is missing; the weights are of another network.")
        values = torch.from_numpy(np.ascontiguousarray(arrays[name]))
        if values.numel() != tensor.numel():
            raise WeightsError(f"The array '{name}' is {tuple(values.shape)}, expected {tuple(tensor.shape)}.")
        if name.endswith("kernel"):  # outputs are Keras's last axis (or axes: query, key, value) and PyTorch's first
            values = values.permute(3, 2, 0, 1) if values.ndim == 4 else values.reshape(-1, tensor.shape[0]).T
        tensor.copy_(values.reshape(tensor.shape))


def to_arrays(network: GlaViTU) -> Dict[str, FloatArray]:
    """Return the network's arrays in Keras's shapes: the reverse of `load_arrays`."""
    arrays = {}
    tensors = _tensors(network)
    for spec in array_specs(network.config):
        values = tensors[spec.name].detach().cpu()
        if spec.name.endswith("kernel"):
            values = values.permute(2, 3, 1, 0) if len(spec.shape) == 4 else values.flatten(1).T
        arrays[spec.name] = np.array(values.reshape(spec.shape), dtype=np.float32, order="C")
    return arrays


def parameter_count(config: GlaViTUConfig) -> int:
    """Count all values, moving statistics included, as Keras does."""
    return sum(int(np.prod(spec.shape)) for spec in array_specs(config))
