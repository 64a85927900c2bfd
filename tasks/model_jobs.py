"""Import and check of models in the runtime's child process, so that QGIS imports no wheel."""

from __future__ import annotations

import os
from typing import Any, Dict, Optional, Sequence

from ..inference.progress import Progress
from .child_session import child_session

_STEP = 600.0  # s of silence: a step of an import, or the golden patch, on the slowest machine


class RuntimeJobs:
    """What a runtime's interpreter does with model files. One child a job; it is ended when the job is cancelled.

    `device` is where checks run ("auto", "cpu", "cuda").
    """

    def __init__(self, python: str, device: str = "auto") -> None:
        self._python = python
        self._device = device

    def convert(
        self,
        weights: str,
        out: str,
        features: Optional[Sequence[str]],
        calibration: Optional[str],
        name: Optional[str],
        progress: Progress,
    ) -> None:
        """Run weights.convert.import_weights in the child (models.adding.Convert); its errors come through by name."""
        paths = {"weights": os.path.abspath(weights), "out": os.path.abspath(out)}
        choices = {"features": None if features is None else list(features), "calibration": calibration, "name": name}
        self._call("import_weights", progress, **paths, **choices)

    def verify(self, path: str, progress: Progress) -> str:
        """Run the golden patch in the child (models.checking.Verify)."""
        return str(self._call("check_golden", progress, model=os.path.abspath(path), device=self._device)["checked"])

    def _call(self, call: str, progress: Progress, /, **arguments: Any) -> Dict[str, Any]:
        with child_session(self._python, progress) as child:
            return child.call(call, _STEP, progress.report, **arguments)
