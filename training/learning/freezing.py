"""Which part of a network is left as it is while it is fine-tuned.

"encoder": only the last decoder of the ResU-Net and the heads learn. The gradient ends there, so a step takes a part of
the time; what is frozen keeps its batch statistics too, which few patches would spoil.
"""

from __future__ import annotations

from typing import Iterator

from torch import nn

from ..network import GlaViTU


def learning_parts(network: nn.Module, kind: str) -> Iterator[nn.Module]:
    """Yield the modules that learn."""
    if kind == "none" or not isinstance(network, GlaViTU):
        yield network
        return
    yield network.output
    yield network.resunet.last
    yield network.resunet.decoder[-1]
    if network.auxiliary is not None:
        yield network.auxiliary


def freeze(network: nn.Module, kind: str) -> None:
    """Let only the chosen parts learn."""
    network.requires_grad_(False)
    for part in learning_parts(network, kind):
        part.requires_grad_(True)


def keep_frozen(network: nn.Module, kind: str) -> None:
    """After a switch to training, put back what is frozen."""
    if not network.training or kind == "none":
        return
    network.eval()
    for part in learning_parts(network, kind):
        part.train()
