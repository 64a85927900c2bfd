"""Import published weights: a Keras 2 HDF5 file in, one self-describing ONNX file out."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Optional, Sequence

from ..inference.errors import ModelError, RuntimeMissingError, WeightsError
from ..inference.golden import measure_golden
from ..inference.model import METADATA_KEY, ModelDescription
from ..inference.onnx_predictor import OnnxPredictor
from ..inference.progress import NoProgress, Progress, stop_if_cancelled
from ..inference.whole_file import whole_file
from .architecture import LOCATION_SIZES, Architecture
from .features import FEATURES
from .keras_file import read_weights
from .published import CITATION, LICENCE, choose_calibration, model_name, training_data

if TYPE_CHECKING:
    from onnx import ModelProto

RESOLUTION = 10.0
"""Metres per pixel of the published models' training data."""

OVERLAP = 0.25
"""Default share of a window that its neighbours see too."""

NO_GOLDEN = "Without a golden patch: onnxruntime was not there at the import, so nobody has run this model yet."


def import_weights(
    weights: str,
    out: str,
    features: Optional[Sequence[str]] = None,
    calibration: Optional[str] = None,
    name: Optional[str] = None,
    progress: Optional[Progress] = None,
) -> ModelDescription:
    """Turn the Keras weights file `weights` into the ONNX file `out`; return the description stored in it.

    `features` are the branches in order, needed only if the file does not tell; `calibration` is None (choose the
    published table that fits), "none", a published table's name or a JSON file; `name` None takes the file's name.
    Where onnxruntime is there, the model is run once and its golden patch stored. Raises WeightsError (group, array
    and shapes named), OutputError or Cancelled; `out` is replaced only by a finished file.
    """
    _require_packages()
    from .graph import build_model

    progress = progress or NoProgress()
    _step(progress, 0.0, "Reading the weights")
    sizes, arrays = read_weights(weights, features)
    description = describe(sizes, name or model_name(weights), model_name(weights), calibration)
    _step(progress, 0.3, "Building the network")
    return write_model(build_model(sizes, arrays, description), description, Path(out), progress)


def describe(sizes: Architecture, name: str, published_name: str, calibration: Optional[str]) -> ModelDescription:
    """Return the description of a published network of these sizes."""
    table, note = choose_calibration(published_name, sizes, calibration)
    trained_on, tested_on = training_data(published_name)
    return ModelDescription(
        name=name,
        features=tuple(FEATURES[feature] for feature, _ in sizes.features),
        patch=sizes.patch,
        resolution=RESOLUTION,
        location=LOCATION_SIZES[sizes.location],
        overlap=OVERLAP,
        calibration=table,
        licence=LICENCE,
        citation=CITATION,
        trained_on=trained_on,
        tested_on=tested_on,
        note=note,
    )


def _require_packages() -> None:
    try:
        import h5py  # noqa: F401
        import onnx  # noqa: F401
    except ImportError as error:
        raise WeightsError(f"Importing weights needs h5py and onnx ({error}); run: pip install h5py onnx") from error


def _step(progress: Progress, fraction: float, text: str) -> None:
    stop_if_cancelled(progress)
    progress.report(fraction, text)


def write_model(model: ModelProto, description: ModelDescription, out: Path, progress: Progress) -> ModelDescription:
    """Write beside `out`, run once, then rename: a file called `out` is always whole. Return what it says of itself.

    The description gets the golden patch that was measured. Raises WeightsError, OutputError, Cancelled.
    """
    with whole_file(out) as part:
        _step(progress, 0.6, "Writing the model")
        part.write_bytes(model.SerializeToString())
        _step(progress, 0.7, "Running the model once")
        description = _with_golden(str(part), description, progress)
        _set_description(model, description)
        part.write_bytes(model.SerializeToString())
        _step(progress, 0.95, "Finishing")
    return description


def _set_description(model: ModelProto, description: ModelDescription) -> None:
    from onnx import helper

    helper.set_model_props(model, {METADATA_KEY: description.to_json()})


def _with_golden(path: str, description: ModelDescription, progress: Progress) -> ModelDescription:
    """Run the model and return its description with the golden patch. Raises WeightsError if the model is refused.

    Where onnxruntime cannot be imported the description stays without one, and its note says so.
    """
    try:
        predictor = OnnxPredictor(path, "cpu", is_cancelled=progress.is_cancelled)
        try:
            return replace(description, golden=measure_golden(predictor))
        finally:
            predictor.close()
    except RuntimeMissingError:
        return replace(description, note=f"{description.note} {NO_GOLDEN}".strip())
    except ModelError as error:
        raise WeightsError(f"onnxruntime refuses the model, or its answer is none ({error}).") from error
