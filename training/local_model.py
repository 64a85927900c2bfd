"""From a corrected map to a local model: labels, fine-tuning, a comparison on held-back glaciers, a model file.

All of it in one folder: `data/` (train.hdf5, val.hdf5), `run/` (the training) and NAME.onnx.
"""

from __future__ import annotations

import contextlib
import os
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Dict, List, Mapping, Optional, Tuple

from ..inference.errors import DatasetError, ModelError, OutputError
from ..inference.model import ModelDescription
from ..inference.onnx_metadata import read_description
from ..inference.onnx_predictor import OnnxPredictor
from ..inference.progress import NoProgress, PartOfProgress, Progress
from .calibration import calibrate, store_calibration
from .data.build import BuildSummary
from .data.corrections import CorrectionRequest, build_from_corrections, mapped_scene
from .data.tiles import find_tiles
from .evaluation.guard import Verdict, compare_models
from .export import ExportFacts, export_run
from .learning.fit import train
from .learning.settings import TrainSettings, from_mapping
from .torch_predictor import open_run

NOT_CALIBRATED = "Its confidence is not calibrated: {}"


@dataclass(frozen=True)
class LearnRequest:
    """What to learn from and how long. `outlines`: a map's outlines.gpkg with accepted, edited or rejected ones.

    `model` is the ONNX file to start from; `scene` changes what the map's provenance says (data.scene.SceneInput);
    `hold_back` is the share of corrected glaciers that the models are compared on; `patience` in epochs, 0: never.
    """

    outlines: str
    model: str
    out_dir: str
    name: str
    scene: Mapping[str, Any] = field(default_factory=dict)
    hold_back: float = 0.25
    ring: int = 10
    seed: int = 0
    freeze: str = "encoder"
    rate: float = 2e-4
    epochs: int = 30
    minutes: float = 10.0
    patience: int = 8
    batch: int = 2

    def __post_init__(self) -> None:
        if not self.name or Path(self.name).name != self.name:
            raise ModelError(f"{self.name!r} cannot be a model's name; take one without slashes.")


@dataclass(frozen=True)
class Learned:
    """What came out: the data, which model is better on what was held back, and the new model's file."""

    data: BuildSummary
    verdict: Verdict
    path: str
    description: ModelDescription
    doubts: Tuple[str, ...] = ()


def learn_from_corrections(request: LearnRequest, progress: Optional[Progress] = None) -> Learned:
    """Build, fine-tune, compare, calibrate, export. The model file is written whichever model is better.

    Raises DatasetError (fewer than two corrected glaciers ...), ModelError, SettingsError, OutputError, Cancelled; with
    the latter the run's folder can be gone on with by `icemargin finetune --resume`.
    """
    progress = progress or NoProgress()
    out = Path(request.out_dir)
    if (out / "run").exists():
        raise OutputError(f"{out} holds a local model already; choose another --out.")
    data = _build(request, PartOfProgress(progress, 0.0, 0.1))
    run = train(settings_of(request), out / "run", progress=PartOfProgress(progress, 0.1, 0.8))
    tiles = find_tiles([str(out / "data" / "val.hdf5")])
    with contextlib.ExitStack() as stack:
        old = OnnxPredictor(request.model, "auto", is_cancelled=progress.is_cancelled)
        stack.callback(old.close)
        new = open_run(run.path, "auto")
        stack.callback(new.close)
        verdict = compare_models(old, new, tiles, progress=PartOfProgress(progress, 0.8, 0.9))
        doubts: List[str] = []
        try:
            fit = calibrate(new, tiles, progress=PartOfProgress(progress, 0.9, 0.95))
            store_calibration(str(run.path), fit)
            doubts += fit.doubts
        except DatasetError as error:
            doubts.append(NOT_CALIBRATED.format(error))
    path = str(out / f"{request.name}.onnx")
    facts = ExportFacts(request.name, read_description(request.model).licence)
    description = export_run(run.path, path, facts, PartOfProgress(progress, 0.95, 1.0))
    return Learned(data, verdict, path, description, tuple(doubts))


def _build(request: LearnRequest, progress: Progress) -> BuildSummary:
    resolution = read_description(request.model).resolution
    changes: Dict[str, Any] = {**({"resolution": resolution} if resolution else {}), **request.scene}
    folder = os.path.join(request.out_dir, "data")
    return build_from_corrections(
        CorrectionRequest(
            mapped_scene(request.outlines, changes), request.outlines, folder, request.ring, request.hold_back,
            request.seed, overwrite=True,
        ), progress,
    )  # fmt: skip


def settings_of(request: LearnRequest) -> TrainSettings:
    """Return the settings of the fine-tuning. Raises SettingsError."""
    data = Path(request.out_dir) / "data"
    return from_mapping(
        {
            "strategy": "finetuning",
            "start": {"model": request.model, "freeze": request.freeze},
            "data": {"train": [str(data / "train.hdf5")], "val": [str(data / "val.hdf5")]},
            "optimiser": {"rate": request.rate},
            "run": {
                "epochs": request.epochs, "minutes": request.minutes, "patience": request.patience,
                "batch": request.batch, "seed": request.seed,
            },
        }
    )  # fmt: skip
