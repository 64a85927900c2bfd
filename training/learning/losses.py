"""The loss: focal, on smoothed one-hot labels, over labelled pixels only, for both heads."""

from __future__ import annotations

from functools import cache

from monai.losses.focal_loss import FocalLoss
from torch import Tensor
from torch.nn import functional

from ..network import Logits
from .settings_parts import Loss

CLASSES = 2


@cache
def _focal(gamma: float) -> FocalLoss:
    return FocalLoss(gamma=gamma, use_softmax=True, reduction="none")


def smoothed(label: Tensor, smoothing: float) -> Tensor:
    """Return one-hot labels (N x 2 x H x W) of which `smoothing` is spread over both classes.

    Of a label of 1 and smoothing 0.1 remains 0.95, and 0.05 goes to the other class (as Keras does). What stands
    where there is no label means nothing.
    """
    one_hot = functional.one_hot(label.long().clamp(min=0), CLASSES).movedim(-1, 1).float()
    return one_hot * (1 - smoothing) + smoothing / CLASSES


def head_loss(logits: Tensor, label: Tensor, settings: Loss) -> Tensor:
    """Return the mean over the labelled pixels of sum over classes of -(1 - p)^gamma y log p; 0 without any label.

    `logits` N x 2 x H x W, `label` N x H x W (-1 no label). Lin et al. 2017, doi 10.1109/ICCV.2017.324.
    """
    labelled = label >= 0
    loss = _focal(settings.gamma)(logits.float(), smoothed(label, settings.smoothing)).sum(1)  # N x H x W
    mean: Tensor = (loss * labelled).sum() / labelled.sum().clamp(min=1)
    return mean


def total_loss(logits: Logits, label: Tensor, settings: Loss) -> Tensor:
    """Return the output head's loss plus the weighted auxiliary head's, where there is one."""
    loss = head_loss(logits.output, label, settings)
    if logits.auxiliary is not None:
        loss = loss + settings.auxiliary * head_loss(logits.auxiliary, label, settings)
    return loss
