"""DeepLabv3+ as the paper's comparison: a ResNet at output stride 16, atrous pyramid pooling, one skip.

Chen et al., "Encoder-decoder with atrous separable convolution for semantic image segmentation", ECCV 2018,
doi 10.1007/978-3-030-01234-2_49, with plain convolutions. The features are concatenated at the input; there is no
auxiliary head. The ResNet is MONAI's (untrained).
"""

from __future__ import annotations

from functools import partial
from typing import Any, List, Mapping, Sequence, Tuple

import torch
from monai.networks.nets.resnet import ResNetFeatures
from torch import Tensor, nn
from torch.nn import functional

from .network import Logits

RATES = (6, 12, 18)
WIDTH, SKIP = 256, 48


def conv(inputs: int, outputs: int, size: int = 3, rate: int = 1) -> nn.Sequential:
    """Conv without bias, batch-norm, ReLU; the map keeps its size."""
    padding = rate * (size // 2)
    layer = nn.Conv2d(inputs, outputs, size, padding=padding, dilation=rate, bias=False)
    return nn.Sequential(layer, nn.BatchNorm2d(outputs), nn.ReLU())


class Pyramid(nn.Module):
    """Atrous spatial pyramid pooling: 1x1, three dilated 3x3, and the mean of the whole map."""

    def __init__(self, inputs: int) -> None:
        super().__init__()
        self.branches = nn.ModuleList([conv(inputs, WIDTH, 1), *(conv(inputs, WIDTH, 3, rate) for rate in RATES)])
        self.pooled = nn.Conv2d(inputs, WIDTH, 1)  # without norm: one value a channel has no variance
        self.project = conv((len(RATES) + 2) * WIDTH, WIDTH, 1)

    def forward(self, x: Tensor) -> Tensor:
        mean = functional.relu(self.pooled(x.mean((2, 3), keepdim=True)))  # N x C x 1 x 1
        maps = [branch(x) for branch in self.branches]
        result: Tensor = self.project(torch.cat([*maps, mean.expand_as(maps[0])], dim=1))
        return result


class Backbone(ResNetFeatures):
    """MONAI's ResNet, whose small ones halve and widen a shortcut without weights, with a gradient through it.

    MONAI's own cuts the gradient there (`.data`), and a trace of it holds for one batch size only.
    """

    def _downsample_basic_block(self, x: Tensor, planes: int, stride: int, spatial_dims: int = 2) -> Tensor:
        """Take every `stride`-th pixel (a mean over one), and add channels of 0: shortcut A of He et al. 2016."""
        x = functional.avg_pool2d(x, 1, stride)
        return functional.pad(x, (0, 0, 0, 0, 0, planes - x.shape[1]))


class DeepLabV3Plus(nn.Module):
    """The whole network: `channels` are (feature, number of bands) in the order of concatenation."""

    def __init__(self, channels: Sequence[Tuple[str, int]], backbone: str = "resnet50") -> None:
        super().__init__()
        self.features = tuple(name for name, _ in channels)
        self.backbone = Backbone(backbone, False, spatial_dims=2, in_channels=sum(n for _, n in channels))
        low, high = (_channels_of(stage) for stage in (self.backbone.layer1, self.backbone.layer4))
        dilate(self.backbone.layer4)
        self.pyramid = Pyramid(high)
        self.skip = conv(low, SKIP, 1)
        self.decoder = nn.Sequential(conv(WIDTH + SKIP, WIDTH), conv(WIDTH, WIDTH))
        self.output = nn.Conv2d(WIDTH, 2, 1)

    def forward(self, inputs: Mapping[str, Tensor]) -> Logits:
        """Map features (N x C x H x W, by name) to the logits, N x 2 x H x W; there is no auxiliary head."""
        x = torch.cat([inputs[name] for name in self.features], dim=1)
        stages: List[Tensor] = self.backbone(x)  # strides 2, 4, 8, 16, 16
        y = _enlarged(self.pyramid(stages[-1]), stages[1])
        y = self.decoder(torch.cat([y, self.skip(stages[1])], dim=1))
        return Logits(_enlarged(self.output(y), x), None)

    def probability(self, inputs: Mapping[str, Tensor]) -> Tensor:
        """Return the softmax, N x 2 x H x W."""
        return torch.softmax(self(inputs).output, dim=1)


def dilate(stage: Any) -> None:
    """Replace the stride of a ResNet's stage by dilation, so that the map stays twice as large."""
    for layer in stage.modules():
        if isinstance(layer, nn.Conv2d):
            if layer.kernel_size == (3, 3):
                layer.dilation = layer.padding = (2, 2)
            layer.stride = (1, 1)
    shortcut = stage[0].downsample
    if isinstance(shortcut, partial):  # resnet18 and resnet34 halve the shortcut by pooling
        stage[0].downsample = partial(shortcut.func, **{**shortcut.keywords, "stride": 1})


def _channels_of(stage: Any) -> int:
    last = [layer for layer in stage[-1].modules() if isinstance(layer, nn.Conv2d)][-1]
    return int(last.out_channels)


def _enlarged(x: Tensor, like: Tensor) -> Tensor:
    return functional.interpolate(x, like.shape[2:], mode="bilinear", align_corners=False)
