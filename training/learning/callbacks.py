"""What happens beside the steps: the newest checkpoint, the logs, progress and cancelling."""

from __future__ import annotations

import os
import time
from dataclasses import dataclass
from typing import Any, Callable, Dict, Optional

import pytorch_lightning as pl
from pytorch_lightning.callbacks import Callback, Checkpoint
from torch import Tensor

from ...inference.errors import Cancelled
from ...inference.progress import Progress
from .logs import CsvLog
from .run_folder import RunFolder

LOSS_COLUMNS = ("loss", "rate")
METRIC_COLUMNS = ("epoch", "train_loss", "val_loss", "val_iou", "val_iou_unknown", "rate", "seconds")


@dataclass(frozen=True)
class Epoch:
    """What is told after an epoch; `val_iou_unknown` is the score as of an unknown region (region encoding only)."""

    number: int
    epochs: int
    train_loss: float
    val_loss: float
    val_iou: float
    val_iou_unknown: Optional[float]
    is_best: bool


class NewestCheckpoint(Checkpoint):
    """Keeps last.ckpt: every `steps` steps, and after each validation.

    Where an epoch ends it waits for the validation: a training resumed before it would leave it out.
    """

    def __init__(self, run: RunFolder, steps: int, epoch_steps: int) -> None:
        self._run, self._steps, self._epoch_steps = run, steps, epoch_steps

    def on_train_batch_end(self, trainer: pl.Trainer, *_: Any) -> None:
        if trainer.global_step % self._steps == 0 and not self.is_epoch_end(trainer):
            self.save(trainer)

    def is_epoch_end(self, trainer: pl.Trainer) -> bool:
        """Tell whether a validation follows the step just made (or went before the step to come)."""
        return bool(trainer.should_stop or trainer.global_step % self._epoch_steps == 0)

    def on_validation_end(self, trainer: pl.Trainer, _module: pl.LightningModule) -> None:
        if not trainer.sanity_checking:
            self.save(trainer)

    def save(self, trainer: pl.Trainer) -> None:
        """Write beside last.ckpt, then rename: it is always whole."""
        temporary = self._run.path / ".last.ckpt.part"
        trainer.save_checkpoint(temporary)
        if trainer.is_global_zero:
            os.replace(temporary, self._run.last)
        trainer.strategy.barrier("last.ckpt")


class Logs(Callback):
    """Writes losses.csv (a row a step) and metrics.csv (a row an epoch), and tells each epoch."""

    def __init__(self, run: RunFolder, epochs: int, epoch_steps: int, on_epoch: Callable[[Epoch], None]) -> None:
        self._losses, self._metrics = CsvLog(run.losses, LOSS_COLUMNS), CsvLog(run.metrics, METRIC_COLUMNS)
        self._epochs, self._epoch_steps, self._on_epoch = epochs, epoch_steps, on_epoch
        self._best = -1.0
        self._seconds, self._since = 0.0, time.monotonic()

    def state_dict(self) -> Dict[str, Any]:
        return {"best": self._best, "seconds": self._elapsed()}

    def load_state_dict(self, state_dict: Dict[str, Any]) -> None:
        self._best, self._seconds = state_dict["best"], state_dict["seconds"]

    def on_train_start(self, trainer: pl.Trainer, _module: pl.LightningModule) -> None:
        self._since = time.monotonic()
        if trainer.is_global_zero:
            self._losses.cut(trainer.global_step)
            self._metrics.cut(trainer.global_step)

    def on_train_batch_end(self, trainer: pl.Trainer, module: pl.LightningModule, outputs: Any, *_: Any) -> None:
        if trainer.is_global_zero:
            # The schedule has moved on already: the rate is the next step's.
            rate = trainer.optimizers[0].param_groups[0]["lr"]
            self._losses.add({"step": trainer.global_step, "loss": float(outputs["loss"]), "rate": rate})

    def on_validation_end(self, trainer: pl.Trainer, module: pl.LightningModule) -> None:
        values = {name: _number(trainer.callback_metrics.get(name)) for name in METRIC_COLUMNS[1:5]}
        iou = values["val_iou"] or 0.0
        is_best, self._best = iou > self._best, max(iou, self._best)
        if not trainer.is_global_zero:
            return
        number = -(-trainer.global_step // self._epoch_steps)  # a time limit cuts the last epoch short
        rate = trainer.optimizers[0].param_groups[0]["lr"]
        row = {"step": trainer.global_step, "epoch": number, "rate": rate, "seconds": round(self._elapsed(), 1)}
        self._metrics.add({**row, **values})
        losses = values["train_loss"] or 0.0, values["val_loss"] or 0.0
        self._on_epoch(Epoch(number, self._epochs, *losses, iou, values["val_iou_unknown"], is_best))

    def _elapsed(self) -> float:
        return self._seconds + time.monotonic() - self._since


class Steering(Callback):
    """Reports progress; when cancelled, saves last.ckpt and raises Cancelled."""

    def __init__(
        self, progress: Progress, newest: NewestCheckpoint, total_steps: int, spent: Callable[[], float], how_to: str
    ) -> None:
        self._progress, self._newest, self._total = progress, newest, total_steps
        self._spent, self._how_to = spent, how_to

    def on_train_batch_end(self, trainer: pl.Trainer, _module: Any, outputs: Any, *_: Any) -> None:
        step = trainer.global_step
        share = min(max(step / self._total, self._spent()), 1.0)
        self._progress.report(share, f"Step {step} of {self._total}, loss {float(outputs['loss']):.3f}")
        if not self._newest.is_epoch_end(trainer) and self._is_cancelled(trainer):
            self._newest.save(trainer)
            raise Cancelled(f"Stopped after step {step}. {self._how_to}")

    def on_train_batch_start(self, trainer: pl.Trainer, *_: Any) -> None:
        """Stop after the validation, which has been let finish, and the checkpoint behind it."""
        if trainer.global_step and self._newest.is_epoch_end(trainer) and self._is_cancelled(trainer):
            raise Cancelled(f"Stopped after step {trainer.global_step}. {self._how_to}")

    def on_validation_batch_end(self, trainer: pl.Trainer, *_: Any) -> None:
        if self._progress.is_cancelled():
            share = trainer.global_step / self._total
            self._progress.report(share, "Stopping as soon as the validation is finished")

    def _is_cancelled(self, trainer: pl.Trainer) -> bool:
        """All processes must stop at the same step, or one would wait for the others."""
        cancelled = self._progress.is_cancelled()
        if trainer.world_size == 1:
            return cancelled
        return bool(trainer.strategy.reduce_boolean_decision(cancelled, all=False))


def _number(value: Optional[Tensor]) -> Optional[float]:
    return None if value is None else float(value)
