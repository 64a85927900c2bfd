"""DeepLabv3+: the strides of its stages, its shortcuts, and a gradient that reaches everything."""

from __future__ import annotations

import pytest
import torch
from icemargin.training.deeplab import DeepLabV3Plus

CHANNELS = (("optical", 6), ("dem", 2))


def inputs(batch=2, side=64):
    generator = torch.Generator().manual_seed(0)
    return {name: torch.rand((batch, count, side, side), generator=generator) for name, count in CHANNELS}


@pytest.mark.parametrize("backbone", ["resnet18", "resnet50"])
def test_the_last_stage_keeps_a_sixteenth_of_the_side(backbone):
    stages = DeepLabV3Plus(CHANNELS, backbone).eval().backbone(torch.cat(list(inputs().values()), dim=1))
    assert [tuple(stage.shape[2:]) for stage in stages] == [(32, 32), (16, 16), (8, 8), (4, 4), (4, 4)]


@pytest.mark.parametrize("stage, stride", [("layer2", 2), ("layer3", 2), ("layer4", 1)])
@pytest.mark.parametrize("batch", [1, 3])
def test_a_small_resnets_shortcut_takes_pixels_adds_zeros_and_has_a_gradient(stage, stride, batch):
    block = getattr(DeepLabV3Plus(CHANNELS, "resnet18").backbone, stage)[0]
    planes = block.conv2.out_channels
    x = torch.randn(batch, planes // 2, 8, 8, requires_grad=True)
    y = block.downsample(x)
    taken = x.detach()[:, :, ::stride, ::stride]
    torch.testing.assert_close(y.detach(), torch.cat([taken, torch.zeros_like(taken)], dim=1), atol=0, rtol=0)
    y.sum().backward()
    expected = torch.zeros_like(x)
    expected[:, :, ::stride, ::stride] = 1
    torch.testing.assert_close(x.grad, expected, atol=0, rtol=0)


def test_the_loss_reaches_every_parameter():
    network = DeepLabV3Plus(CHANNELS, "resnet18").train()
    logits = network(inputs())
    assert logits.output.shape == (2, 2, 64, 64) and logits.auxiliary is None
    logits.output[:, 1].square().sum().backward()
    untouched = [name for name, values in network.named_parameters() if values.grad is None or not values.grad.any()]
    assert not untouched
