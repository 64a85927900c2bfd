"""New models: ONNX files are checked and copied, published Keras weights are converted. All or nothing."""

from __future__ import annotations

from pathlib import Path
from typing import Optional, Protocol, Sequence

from ..inference.onnx_metadata import read_description
from ..inference.progress import PartOfProgress, Progress, stop_if_cancelled
from .checking import Verify
from .files import SUFFIX, copy_file
from .store import IMPORTED, OWN, Model, ModelStore

WEIGHTS_SUFFIXES = (".h5", ".hdf5")


class Convert(Protocol):
    """Turns Keras weights into an ONNX file (weights.convert.import_weights, here or in the runtime's child)."""

    def __call__(
        self,
        weights: str,
        out: str,
        features: Optional[Sequence[str]],
        calibration: Optional[str],
        name: Optional[str],
        progress: Progress,
    ) -> object: ...


def add_onnx(store: ModelStore, path: str, verify: Verify, progress: Progress, name: str = "") -> Model:
    """Check the ONNX file `path` and copy it into the store. Raises ModelError, OutputError, Cancelled."""
    read_description(path)  # a wrong file is told before anything is copied
    with store.staging() as folder:
        staged = folder / f"model{SUFFIX}"
        copy_file(path, staged, PartOfProgress(progress, 0.0, 0.5))
        return _adopt(store, staged, OWN, name or Path(path).stem, verify, progress)


def add_weights(
    store: ModelStore,
    path: str,
    convert: Convert,
    verify: Verify,
    progress: Progress,
    name: str = "",
    features: Optional[Sequence[str]] = None,
    calibration: Optional[str] = None,
) -> Model:
    """Convert the Keras weights `path` into the store. Raises WeightsError, ModelError, OutputError, Cancelled."""
    from ..weights.published import model_name

    with store.staging() as folder:
        staged = folder / f"model{SUFFIX}"
        convert(path, str(staged), features, calibration, name or None, PartOfProgress(progress, 0.0, 0.5))
        return _adopt(store, staged, IMPORTED, name or model_name(path), verify, progress)


def _adopt(store: ModelStore, staged: Path, kind: str, name: str, verify: Verify, progress: Progress) -> Model:
    stop_if_cancelled(progress)
    progress.report(0.6, "Checking the golden patch")
    checked = verify(str(staged), PartOfProgress(progress, 0.6, 0.95))
    stop_if_cancelled(progress)
    return store.adopt(staged, kind, name, checked)
