"""How the learning rate goes over a training, step by step."""

from __future__ import annotations

import math
from typing import Callable

from torch.optim import Optimizer
from torch.optim.lr_scheduler import CosineAnnealingWarmRestarts, LambdaLR, LRScheduler

from .settings_parts import Optimiser


def make_schedule(
    optimiser: Optimizer, settings: Optimiser, steps_per_epoch: int, total_steps: int, spent: Callable[[], float]
) -> LRScheduler:
    """Return the schedule, to be moved on after every step.

    "restarts": cosines of 10, 20, 40, 80 epochs, that is, restarts after 10, 30, 70, 150 (for `first_cycle` 10).
    "cosine": by the share of `total_steps` or, where more of it is gone, of the time (`spent`, 0..1).
    """
    if settings.schedule == "restarts":
        return CosineAnnealingWarmRestarts(optimiser, T_0=settings.first_cycle * steps_per_epoch, T_mult=2)
    return LambdaLR(optimiser, lambda step: cosine(max(step / total_steps, spent()), settings.warm_up))


def cosine(share: float, warm_up: float) -> float:
    """Return the factor on the rate after `share` (0..1) of a training: a linear rise, and half a cosine to 0."""
    share = min(share, 1.0)
    if share < warm_up:
        # The first step has share 0, and must not be lost.
        return max(share / warm_up, 0.01)
    return (1 + math.cos(math.pi * (share - warm_up) / (1 - warm_up))) / 2
