"""From settings to a network."""

from __future__ import annotations

import torch
from torch import nn

from ..network import GlaViTU, GlaViTUConfig
from .settings import TrainSettings


def build_network(settings: TrainSettings) -> nn.Module:
    """Return an untrained network of the settings' kind and sizes; the same one for the same seed.

    It maps features by name (N x C x patch x patch) to Logits, and has `probability`.
    """
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(settings.run.seed)
        network = _made(settings)
    for module in network.modules():
        if isinstance(module, (nn.BatchNorm1d, nn.BatchNorm2d)):
            module.momentum = settings.sizes.norm_momentum
    return network


def _made(settings: TrainSettings) -> nn.Module:
    if settings.network == "glavitu":
        return GlaViTU(GlaViTUConfig(**settings.glavitu_sizes()))
    from ..deeplab import DeepLabV3Plus

    network: nn.Module = DeepLabV3Plus(settings.channels, settings.sizes.backbone)
    return network
