"""Which part of a network is left as it is while it is fine-tuned.

"encoder": only the last decoder of the ResU-Net and the heads learn. The gradient ends there, so a step takes a part of
the time; what is frozen keeps its batch statistics too, which few patches would spoil.
"""

from __future__ import annotations

from typing import Iterator

from torch import nn

from ..network import GlaViTU
from .settings import TrainSettings
from .settings_parts import Start

NORMS = (nn.BatchNorm1d, nn.BatchNorm2d, nn.SyncBatchNorm)


def learning_parts(network: nn.Module, start: Start) -> Iterator[nn.Module]:
    """Yield the modules that learn."""
    if start.freeze == "none" or not isinstance(network, GlaViTU):
        yield network
        return
    yield network.output
    yield network.resunet.last
    yield network.resunet.decoder[-1]
    if network.auxiliary is not None:
        yield network.auxiliary


def freeze(network: nn.Module, start: Start) -> None:
    """Let only the chosen parts learn."""
    network.requires_grad_(False)
    for part in learning_parts(network, start):
        part.requires_grad_(True)


def keep_frozen(network: nn.Module, settings: TrainSettings) -> None:
    """After a switch to training, put back what is frozen, and the batch norms that keep their statistics."""
    if not network.training:
        return
    network.eval()
    for part in learning_parts(network, settings.start):
        part.train()
    for whole in _with_fixed_norms(network, settings):
        for module in whole.modules():
            if isinstance(module, NORMS):
                module.eval()


def _with_fixed_norms(network: nn.Module, settings: TrainSettings) -> Iterator[nn.Module]:
    if settings.start.norms == "fixed":
        yield network
    location = getattr(network, "location", None)
    if location is not None and (settings.start.model or settings.sizes.location_norms == "fixed"):
        yield location
