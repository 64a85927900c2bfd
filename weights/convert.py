"""Import published weights: a Keras 2 HDF5 file in, one self-describing ONNX file out."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Optional, Sequence

from ..inference.errors import OutputError, WeightsError
from ..inference.model import ModelDescription
from .architecture import LOCATION_SIZES, Architecture
from .features import FEATURES
from .keras_file import read_weights
from .published import CITATION, LICENCE, choose_calibration, model_name, training_data

RESOLUTION = 10.0
"""Metres per pixel of the published models' training data."""

OVERLAP = 0.25
"""Default share of a window that its neighbours see too."""


def import_weights(
    weights: str,
    out: str,
    features: Optional[Sequence[str]] = None,
    calibration: Optional[str] = None,
    name: Optional[str] = None,
) -> ModelDescription:
    """Turn the Keras weights file `weights` into the ONNX file `out`; return the description stored in it.

    `features` are the branches in order, needed only if the file does not tell; `calibration` is None (choose the
    published table that fits), "none", a published table's name or a JSON file; `name` None takes the file's name.
    Raises WeightsError (group, array and shapes named) or OutputError; `out` is replaced only by a finished file.
    """
    _require_packages()
    from .graph import build_model

    sizes, arrays = read_weights(weights, features)
    description = describe(sizes, name or model_name(weights), model_name(weights), calibration)
    _write(build_model(sizes, arrays, description).SerializeToString(), out)
    return description


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


def _write(content: bytes, out: str) -> None:
    """Write beside `out`, try to load, then rename: a file called `out` is always whole."""
    target = Path(out)
    temporary = target.with_name(f".{target.name}.{os.getpid()}.part")
    try:
        temporary.write_bytes(content)
        _try_to_load(str(temporary))
        os.replace(temporary, target)
    except OSError as error:
        raise OutputError(f"{out} cannot be written ({error}); choose another folder or free some space.") from error
    finally:
        if temporary.exists():
            temporary.unlink()


def _try_to_load(path: str) -> None:
    """Load the model once where onnxruntime is there. Raises WeightsError if it is refused."""
    try:
        import onnxruntime
        from onnxruntime.capi import onnxruntime_pybind11_state as state
    except ImportError:
        return
    refusals = (state.Fail, state.InvalidArgument, state.InvalidGraph, state.InvalidProtobuf, state.NotImplemented)
    try:
        onnxruntime.InferenceSession(path, providers=["CPUExecutionProvider"])
    except refusals as error:
        raise WeightsError(f"onnxruntime {onnxruntime.__version__} refuses the model ({error}); update it.") from error
