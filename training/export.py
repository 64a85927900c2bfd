"""From a training's folder to a model file: the same kind of ONNX as imported models, description filled in.

GlaViTU goes through weights/graph.py, DeepLabv3+ through PyTorch's own exporter. The file is run once: it must answer
the golden patch as the network in PyTorch does.
"""

from __future__ import annotations

import csv
import json
import re
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, Dict, List, Optional, Tuple, Union

import numpy as np
import torch

from ..inference.errors import ModelError
from ..inference.golden import measure_golden
from ..inference.model import REGIONS, Golden, ModelDescription
from ..inference.progress import NoProgress, Progress
from ..inference.whole_file import whole_file
from ..weights.convert import write_model
from ..weights.graph import build_model
from ..weights.published import CITATION
from .calibration import read_calibration
from .learning.description import description_of
from .learning.run_folder import RunFolder, load_network
from .learning.settings import TrainSettings
from .network import GlaViTU, to_arrays
from .onnx_export import traced_model
from .torch_predictor import TorchPredictor

if TYPE_CHECKING:
    from onnx import ModelProto

TOLERANCE = 1e-4
"""How far ONNX Runtime may be from PyTorch (2e-5 is usual): half of what the golden patch allows elsewhere."""
NOT_STATED = "not stated"
CITATIONS = {
    "glavitu": CITATION,
    "deeplabv3plus": "Chen, Zhu, Papandreou, Schroff, Adam: Encoder-decoder with atrous separable convolution for "
    "semantic image segmentation. ECCV 2018, doi 10.1007/978-3-030-01234-2_49",
}
"""Network -> the paper that describes it."""


@dataclass(frozen=True)
class ExportFacts:
    """What the training's folder cannot tell. `name` "" takes the folder's, `citation` "" the network's paper.

    `evaluation` is the JSON of `icemargin evaluate` for this model ("": none);
    `which` checkpoint: best, last, or "" as the run's settings say. `trained_on`, `tested_on` ("": as the folder and
    the evaluation say), `note`, `metrics` and `optional` (bands it was measured without) are for who knows more.
    """

    name: str = ""
    licence: str = NOT_STATED
    citation: str = ""
    evaluation: str = ""
    which: str = ""
    trained_on: str = ""
    tested_on: str = ""
    note: str = ""
    metrics: Tuple[Tuple[str, float], ...] = ()
    optional: Tuple[str, ...] = ()


def export_run(
    folder: Union[str, Path],
    out: Union[str, Path],
    facts: Optional[ExportFacts] = None,
    progress: Optional[Progress] = None,
) -> ModelDescription:
    """Write the network trained in `folder` to the ONNX file `out`; return the description stored in it.

    Raises ModelError (no training there, a damaged table, ONNX Runtime computes otherwise than PyTorch), SettingsError,
    OutputError, Cancelled; `out` is replaced only by a finished file.
    """
    facts = facts or ExportFacts()
    settings, network = load_network(folder, facts.which)
    description = describe_run(Path(folder), settings, facts)
    expected = measure_golden(TorchPredictor(network, description))
    with whole_file(out) as staged:
        written = write_model(_model(network, description), description, staged, progress or NoProgress())
        _compare(expected, written.golden)
    return written


def describe_run(folder: Path, settings: TrainSettings, facts: ExportFacts) -> ModelDescription:
    """Return all that the folder and the user say of the model; without golden patch. Raises ModelError."""
    base = description_of(settings, facts.name or folder.resolve().name)
    tested_on, tested = _evaluation(facts.evaluation)
    trained_on = facts.trained_on or base.trained_on
    if settings.start.model:
        trained_on = f"{trained_on}; trained on from {Path(settings.start.model).name}"
    return replace(
        base,
        strategy=settings.strategy,
        regions=trained_regions(settings),
        trained_on=trained_on,
        tested_on=facts.tested_on or tested_on,
        metrics=facts.metrics or (*_validation(folder, facts.which or settings.run.keep), *tested),
        note=facts.note,
        optional=facts.optional,
        calibration=read_calibration(str(folder)),
        licence=facts.licence or NOT_STATED,
        citation=facts.citation or CITATIONS[settings.network],
    )


def trained_regions(settings: TrainSettings) -> Tuple[str, ...]:
    """Return the regions of the tiles that were learnt from, in the order of REGIONS.

    The settings keep them in words, "12 tiles (ALP, CA) of train.hdf5" (tilesets.TileSets.told_to).
    """
    words = re.search(r"tiles? \(([^)]*)\) of", settings.trained_on)
    names = words.group(1).split(", ") if words else settings.data.regions
    return tuple(name for name in REGIONS if name in names)


def _validation(folder: Path, which: str) -> List[Tuple[str, float]]:
    """Return the validation scores of the checkpoint: of the best epoch, or of the last."""
    path = RunFolder(folder).metrics
    if not path.is_file():
        return []
    try:
        with path.open(encoding="utf-8", newline="") as file:
            rows = [row for row in csv.DictReader(file) if row.get("val_iou")]
        if not rows:
            return []
        row = rows[-1] if which == "last" else max(rows, key=lambda row: float(row["val_iou"]))
        names = {"val_iou": "validation IoU", "val_iou_unknown": "validation IoU as of an unknown region"}
        return [(text, float(row[name])) for name, text in names.items() if row.get(name)]
    except (OSError, ValueError, csv.Error) as error:
        raise ModelError(f"{path} cannot be read ({error}); restore it, or remove it: no scores then.") from error


def _evaluation(path: str) -> Tuple[str, List[Tuple[str, float]]]:
    """Return what the model was tested on, and its scores, from the JSON of `icemargin evaluate`."""
    if not path:
        return "", []
    try:
        values: Dict[str, Any] = json.loads(Path(path).read_text(encoding="utf-8"))
        told, scores = [], []
        for found in values["sets"]:
            method = found["methods"][0]  # the model comes first, then what it is compared with
            told.append(f"{found['name']}: {found['tiles']} tiles of {', '.join(found['files'])}")
            scores += _scores(found["name"], method)
    except OSError as error:
        raise ModelError(f"{path} cannot be read ({error.strerror}); give the JSON of `icemargin evaluate`.") from error
    except (ValueError, KeyError, IndexError, TypeError, AttributeError) as error:
        raise ModelError(f"{path} is no evaluation ({error}); give the JSON of `icemargin evaluate`.") from error
    return "; ".join(told), scores


def _scores(test: str, method: Dict[str, Any]) -> List[Tuple[str, float]]:
    names = {"iou": "IoU", "f1": "F1", "debris_recall": "recall of debris-covered ice", "ece_shown": "ECE"}
    rows = [(f"{test} {text}", method["headline"].get(name)) for name, text in names.items()]
    if len(method["regions"]) > 1:
        rows += [(f"{test} IoU {row['region']}", row["iou"]) for row in method["regions"]]
    return [(name, round(float(score), 4)) for name, score in rows if score is not None]


def _model(network: torch.nn.Module, description: ModelDescription) -> ModelProto:
    if isinstance(network, GlaViTU):
        return build_model(network.config, to_arrays(network), description)
    return traced_model(network, description)


def _compare(expected: Golden, answered: Optional[Golden]) -> None:
    """Raise ModelError where ONNX Runtime (None: it is not there) answers otherwise than PyTorch."""
    if answered is None:
        return
    off = float(np.abs(np.subtract(expected.probabilities, answered.probabilities)).max())
    if not off <= TOLERANCE:
        raise ModelError(
            f"The exported model answers {off:.2g} off the network in PyTorch ({TOLERANCE:g} is allowed), so nothing "
            "was written; update onnxruntime and torch, and report it if that does not help."
        )
