"""What a user can name as a model to be scored: the classic method, an installed model, a file, a training's folder."""

from __future__ import annotations

import os
from dataclasses import replace
from typing import Callable

from ..inference.classic import ClassicPredictor
from ..inference.errors import ModelError
from ..inference.predictors import Predictor
from ..inference.request import ClassicSettings
from ..models.store import CLASSIC, resolve_model

SETTINGS = "settings.yaml"


def is_run_folder(model: str) -> bool:
    """Tell whether `model` is a folder with a training in it. Raises ModelError for another folder."""
    if not os.path.isdir(model):
        return False
    if not os.path.isfile(os.path.join(model, SETTINGS)):
        raise ModelError(f"{model} is a folder without a training ({SETTINGS} is missing); name a model or its file.")
    return True


def open_predictor(
    model: str,
    device: str = "auto",
    classic: ClassicSettings = ClassicSettings(),  # noqa: B008 - frozen
    is_cancelled: Callable[[], bool] = lambda: False,
) -> Predictor:
    """Return the model ready to run; a training's folder with its calibration, if it has one. Raises ModelError."""
    if model == CLASSIC:
        return ClassicPredictor(classic)
    if is_run_folder(model):
        return _open_run(model, device)
    from ..inference.onnx_predictor import OnnxPredictor

    return OnnxPredictor(resolve_model(model), device, is_cancelled=is_cancelled)


def _open_run(folder: str, device: str) -> Predictor:
    from ..training.calibration import read_calibration
    from ..training.torch_predictor import open_run

    predictor = open_run(folder, device)
    predictor.description = replace(predictor.description, calibration=read_calibration(folder))
    return predictor
