"""What Lightning trains: network, loss, optimiser, schedule, metrics."""

from __future__ import annotations

from dataclasses import replace
from typing import Any, Callable, Dict, Mapping

import pytorch_lightning as pl
import torch
from torch import Tensor, nn
from torchmetrics import MeanMetric
from torchmetrics.classification import BinaryJaccardIndex

from ...inference.model import REGIONS
from ..network import Logits
from .building import build_network
from .freezing import freeze, keep_frozen
from .losses import head_loss, total_loss
from .sample import UNLABELLED
from .schedule import make_schedule
from .settings import TrainSettings


class Learning(pl.LightningModule):
    """`steps` are those of an epoch; `spent` tells which share of the time limit is gone (0..1).

    Batches map features (N x C x H x W), `location` and `label` (N x H x W, -1 no label) by name.
    """

    def __init__(self, settings: TrainSettings, steps: int, spent: Callable[[], float] = lambda: 0.0) -> None:
        super().__init__()
        self.settings, self.steps, self._spent = settings, steps, spent
        self.network: nn.Module = build_network(settings)
        freeze(self.network, settings.start)
        self.epoch_loss = MeanMetric()
        self.epoch_loss.persistent(True)  # an epoch that is interrupted goes on in the mean too
        self.val_loss = MeanMetric()
        self.val_iou = BinaryJaccardIndex(ignore_index=UNLABELLED)
        self.val_iou_unknown = BinaryJaccardIndex(ignore_index=UNLABELLED)

    def forward(self, inputs: Mapping[str, Tensor]) -> Logits:
        """Run the network."""
        logits: Logits = self.network(inputs)
        return logits

    def train(self, mode: bool = True) -> Learning:
        """Switch to training, but for what is frozen."""
        super().train(mode)
        keep_frozen(self.network, self.settings)
        return self

    def on_train_batch_start(self, _batch: Any, _index: int) -> None:
        """Draw dropout by the step, so that a resumed training draws the same."""
        torch.manual_seed((self.settings.run.seed * 1_000_003 + self.global_step) * 1024 + self.global_rank)

    def training_step(self, batch: Dict[str, Tensor], _index: int) -> Tensor:
        """Return the loss of a batch."""
        label = batch.pop("label")
        loss = total_loss(self(batch), label, self.settings.loss)
        self.epoch_loss.update(loss.detach())
        self.log("loss", loss.detach())
        return loss

    def validation_step(self, batch: Dict[str, Tensor], _index: int) -> None:
        """Score a batch; with region encoding as of its region, and once more as of an unknown one."""
        label = batch.pop("label")
        logits = self(batch).output
        loss = head_loss(logits, label, replace(self.settings.loss, smoothing=0.0))
        self.val_loss.update(loss, (label != UNLABELLED).sum())
        self.val_iou.update(logits.argmax(1), label)
        if self.settings.location == "region":
            unknown = torch.zeros_like(batch["location"])
            unknown[:, len(REGIONS) - 1] = 1
            self.val_iou_unknown.update(self({**batch, "location": unknown}).output.argmax(1), label)

    def on_validation_epoch_end(self) -> None:
        """Pool the scores over all batches and processes."""
        names = ["val_loss", "val_iou", *(["val_iou_unknown"] if self.settings.location == "region" else [])]
        for name in names:
            metric = getattr(self, name)
            self.log(name, metric.compute())
            metric.reset()
        if not self.trainer.sanity_checking:
            self.log("train_loss", self.epoch_loss.compute())
            self.epoch_loss.reset()

    def configure_optimizers(self) -> Any:
        """Adam or AdamW, and the rate moved on after each step."""
        settings = self.settings
        learnt = [parameter for parameter in self.network.parameters() if parameter.requires_grad]
        rate, decay = settings.optimiser.rate, settings.optimiser.decay
        optimiser = torch.optim.AdamW(learnt, rate, weight_decay=decay) if decay else torch.optim.Adam(learnt, rate)
        total = settings.run.epochs * self.steps
        schedule = make_schedule(optimiser, settings.optimiser, self.steps, total, self._spent)
        return {"optimizer": optimiser, "lr_scheduler": {"scheduler": schedule, "interval": "step"}}
