"""A training from beginning to end: `train(settings, folder)`."""

from __future__ import annotations

import contextlib
import logging
import os
import warnings
from datetime import timedelta
from pathlib import Path
from typing import Any, Callable, Dict, Iterator, List, Optional, Tuple, Union

import pytorch_lightning as pl
import torch
from lightning_fabric.utilities.exceptions import MisconfigurationException
from pytorch_lightning.callbacks import Callback, EarlyStopping, ModelCheckpoint, Timer
from pytorch_lightning.utilities import rank_zero_only
from torch.utils.data import DataLoader

from ...inference.errors import DatasetError, OutputError, SettingsError
from ...inference.progress import NoProgress, Progress
from .callbacks import Epoch, Logs, NewestCheckpoint, Steering
from .module import Learning
from .patches import Stream, TrainingPatches, ValidationPatches, steps_of
from .run_folder import RunFolder, read_checkpoint
from .settings import TrainSettings
from .starting import fill_in, first_weights
from .tilesets import TileSets, find_tile_sets

AS_BEFORE = "The training goes on from its last checkpoint with --resume --out {}"


def train(
    settings: TrainSettings,
    folder: Union[str, Path],
    resume: bool = False,
    progress: Optional[Progress] = None,
    on_epoch: Callable[[Epoch], None] = lambda epoch: None,
) -> RunFolder:
    """Train by `settings` in `folder`; with `resume` go on with what is there, by its own settings.

    Afterwards best.ckpt (by validation IoU), last.ckpt, settings.yaml, metrics.csv and losses.csv are there. Raises
    SettingsError, DatasetError, ModelError, OutputError; Cancelled after saving where it was.
    """
    run = RunFolder(Path(folder))
    settings = TrainSettings.from_yaml(run.settings) if resume else fill_in(settings)
    tiles = find_tile_sets(settings)
    if not resume:
        settings = tiles.told_to(settings)
        _begin(run, settings)
    processes = settings.run.devices * settings.run.nodes
    steps = steps_of(tiles.train, settings, processes)
    total = steps * settings.run.epochs
    if resume and run.last.is_file() and read_checkpoint(run.last)["global_step"] >= total:
        return run
    with _quiet():
        _fit(settings, run, tiles, steps, progress or NoProgress(), on_epoch)
    return run


def _begin(run: RunFolder, settings: TrainSettings) -> None:
    """Make the folder; what was trained before is never overwritten."""
    if getattr(rank_zero_only, "rank", 0):  # another process has made it
        return
    if run.last.exists() or run.best.exists():
        raise OutputError(f"{run.path} holds a training already; go on with it by --resume, or choose another --out.")
    try:
        run.path.mkdir(parents=True, exist_ok=True)
        for log in (run.metrics, run.losses):
            log.unlink(missing_ok=True)
    except OSError as error:
        raise OutputError(f"{run.path} cannot be made ({error.strerror}); choose another --out.") from error
    settings.to_yaml(run.settings)


def _fit(
    settings: TrainSettings,
    run: RunFolder,
    tiles: TileSets,
    steps: int,
    progress: Progress,
    on_epoch: Callable[[Epoch], None],
) -> None:
    clock = _Clock(settings.run.minutes)
    module = Learning(settings, steps, clock.spent)
    if settings.start.model and not run.last.is_file():
        module.network.load_state_dict(first_weights(settings))
    # Convolutions are faster so, on the CPU too.
    module.network = module.network.to(memory_format=torch.channels_last)  # type: ignore[call-overload]
    total = steps * settings.run.epochs
    newest = NewestCheckpoint(run, settings.run.checkpoint_steps, steps)
    steering = Steering(progress, newest, total, clock.spent, AS_BEFORE.format(run.path))
    callbacks = [Logs(run, settings.run.epochs, steps, on_epoch), steering, *clock.callbacks(), *_stopping(settings)]
    trainer = _trainer(settings, run, [*callbacks, _best(run), newest], total, steps)
    clock.trainer = trainer
    learning, validation = _loaders(settings, tiles, trainer, total)
    checkpoint = str(run.last) if run.last.is_file() else None
    try:
        # Nothing is unpickled: the checkpoints hold tensors, numbers and names only.
        trainer.fit(module.train(), learning, validation, ckpt_path=checkpoint, weights_only=True)
    except DatasetError as error:
        # From a worker the message comes behind its whole traceback.
        raise DatasetError(str(error).rpartition("errors.DatasetError: ")[2].strip()) from error
    except OSError as error:
        raise OutputError(f"{run.path} cannot be written ({error.strerror or error}); free some space.") from error
    except RuntimeError as error:
        remedy = _remedy(error)
        if not remedy:
            raise
        raise SettingsError(f"The memory does not suffice; choose {remedy}.") from error


def _remedy(error: RuntimeError) -> str:
    """Return what helps where the memory ran out, else "": the GPU's error has its own class, others have words."""
    if "DataLoader worker" in str(error):  # "... is killed by signal" or "exited unexpectedly"
        return "a smaller data.workers or data.cache_mib"
    full = isinstance(error, torch.OutOfMemoryError) or "can't allocate memory" in str(error)
    return "a smaller run.batch or a smaller network" if full else ""


def _trainer(settings: TrainSettings, run: RunFolder, callbacks: List[Callback], total: int, steps: int) -> pl.Trainer:
    """Return Lightning's trainer. To it all epochs are one, a stream of patches: so it resumes anywhere."""
    many = settings.run.devices * settings.run.nodes > 1
    try:
        return pl.Trainer(
            max_epochs=1, min_epochs=0, max_steps=total, val_check_interval=min(steps, total),
            check_val_every_n_epoch=None, accelerator=settings.run.accelerator, devices=settings.run.devices,
            num_nodes=settings.run.nodes, strategy="ddp" if many else "auto", precision=settings.run.precision,  # type: ignore[arg-type]
            sync_batchnorm=many and torch.cuda.is_available() and settings.run.accelerator != "cpu",
            callbacks=callbacks, logger=_loggers(settings, run), num_sanity_val_steps=0, use_distributed_sampler=False,
            enable_progress_bar=False, enable_model_summary=False, log_every_n_steps=1, default_root_dir=run.path,
        )  # fmt: skip
    except (MisconfigurationException, RuntimeError, ValueError) as error:
        told = str(error).splitlines()[0]
        raise SettingsError(f"run.accelerator, run.devices, run.precision: {told}") from error


def _loggers(settings: TrainSettings, run: RunFolder) -> Any:
    if "tensorboard" not in settings.run.log:
        return False
    from pytorch_lightning.loggers import TensorBoardLogger

    return TensorBoardLogger(run.path, name="tensorboard", version="")


def _best(run: RunFolder) -> ModelCheckpoint:
    return ModelCheckpoint(
        run.path, "best", monitor="val_iou", mode="max", save_weights_only=True, enable_version_counter=False
    )


def _stopping(settings: TrainSettings) -> List[Callback]:
    if not settings.run.patience:
        return []
    return [EarlyStopping("val_iou", mode="max", patience=settings.run.patience, check_on_train_epoch_end=False)]


def _loaders(settings: TrainSettings, tiles: TileSets, trainer: pl.Trainer, total: int) -> Tuple[Any, Any]:
    """Return the training and the validation loader of this process."""
    rank, processes = trainer.global_rank, trainer.world_size
    validation = ValidationPatches(tiles.val, settings, processes)
    stream = Stream(settings.run.batch, total, rank, processes, lambda: trainer.global_step)
    on_gpu = trainer.strategy.root_device.type == "cuda"
    workers = settings.data.workers
    if workers < 0:
        workers = min((os.cpu_count() or 1) - 1, 8) if on_gpu else 0
    shared: Dict[str, Any] = {"num_workers": workers, "persistent_workers": workers > 0, "pin_memory": on_gpu}
    mine = torch.utils.data.Subset(validation, range(rank, len(validation), processes))
    learning: Any = DataLoader(TrainingPatches(tiles.train, settings), batch_sampler=stream, **shared)
    return learning, DataLoader(mine, batch_size=settings.run.batch, **shared)


class _Clock:
    """The time limit: how much of it is gone, over all the runs of a training, the same in all processes."""

    def __init__(self, minutes: float) -> None:
        self.trainer: Optional[pl.Trainer] = None
        self._limit = 60 * minutes
        self._timer = Timer(timedelta(seconds=self._limit), verbose=False) if minutes else None

    def callbacks(self) -> List[Callback]:
        return [self._timer] if self._timer else []

    def spent(self) -> float:
        """Return the share of the limit that is gone (0 without one)."""
        if self._timer is None:
            return 0.0
        share = self._timer.time_elapsed("train") / self._limit
        if self.trainer is not None and self.trainer.world_size > 1 and torch.distributed.is_initialized():
            share = self.trainer.strategy.broadcast(share)
        return float(share)


@contextlib.contextmanager
def _quiet() -> Iterator[None]:
    """Silence Lightning's tips and warnings: what a user must know is told in our own words."""
    loggers = [logging.getLogger(name) for name in ("pytorch_lightning", "lightning_fabric", "lightning")]
    before = [logger.level for logger in loggers]
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            for logger in loggers:
                logger.setLevel(logging.ERROR)
            yield
    finally:
        for logger, level in zip(loggers, before):
            logger.setLevel(level)
