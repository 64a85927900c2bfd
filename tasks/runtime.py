"""Where a model runs: in this process, or in the child of a runtime. Callers see a Predictor.

Nothing of QGIS or Qt is imported: the interpreter's path is read from QGIS's settings elsewhere and handed in.
"""

from __future__ import annotations

import json
import subprocess
from typing import Any, Callable, Dict, Optional

from ..inference.errors import RuntimeMissingError
from ..inference.predictors import Predictor, load_predictor
from ..inference.request import DelineationRequest
from .spawn import CHOOSE, popen_options, python_command, refuse_what_is_no_python

OLDEST_PYTHON = (3, 9)
_PROBE_TIMEOUT = 60.0  # s; the first import of a library can take long where a virus scanner looks on
_PROBE = """
import importlib, json, sys
found = {"python": list(sys.version_info[:3])}
for name in ("numpy", "onnxruntime"):
    try:
        found[name] = importlib.import_module(name).__version__
    except ImportError as error:
        found[name] = None
        found["error"] = str(error)
print(); print(json.dumps(found))
"""


def find_runtime_python(configured: str) -> str:
    """Return `configured` if it is a Python in which a model can run.

    Raises RuntimeMissingError, which says what is wrong with it and what to do. It takes a second or two (the
    interpreter is started and imports onnxruntime), so do not call it on the main thread.
    """
    refuse_what_is_no_python(configured)
    found = _probe(configured)
    if tuple(found["python"]) < OLDEST_PYTHON:
        version = ".".join(str(part) for part in found["python"])
        raise RuntimeMissingError(f"{configured} is Python {version}, too old (3.9 or newer is needed): {CHOOSE}")
    for name in ("numpy", "onnxruntime"):
        if found[name] is None:
            raise RuntimeMissingError(
                f"{configured} cannot import {name} ({found['error']}); install it there "
                f"(python -m pip install {name}), or {CHOOSE}"
            )
    return configured


def open_predictor(
    request: DelineationRequest,
    runtime_python: Optional[str],
    is_cancelled: Callable[[], bool] = lambda: False,
) -> Predictor:
    """Return the predictor that `request` asks for, ready to run.

    The classic method runs here. Other models are files: they run in a child of `runtime_python`, or in this
    process if that is None (the command line, tests). Raises ModelError, RuntimeMissingError, RuntimeCrashError,
    Cancelled.
    """
    if request.model == "classic" or runtime_python is None:
        return load_predictor(request, is_cancelled)
    from .child_predictor import ChildPredictor, ChildSpreadPredictor

    kind = ChildSpreadPredictor if request.averages.has_spread else ChildPredictor
    return kind(
        runtime_python, request.model, request.device, request.threads, is_cancelled, averages=request.averages
    )


def _probe(python: str) -> Dict[str, Any]:
    """Return the versions that `python` finds: {"python": [3, 11, 2], "numpy": "1.26.4" or None, ...}."""
    try:
        run = subprocess.run(  # nosec B603 # a list, no shell; the interpreter that the user chose
            python_command(python, "-c", _PROBE),
            stdin=subprocess.DEVNULL, capture_output=True, timeout=_PROBE_TIMEOUT, check=False, **popen_options(),
        )  # fmt: skip
        found: Dict[str, Any] = json.loads(run.stdout.splitlines()[-1])
        if isinstance(found, dict) and {"python", "numpy", "onnxruntime"} <= set(found):
            return found
    except OSError as error:
        raise RuntimeMissingError(f"{python} cannot be started ({error.strerror}): {CHOOSE}") from error
    except subprocess.TimeoutExpired as error:
        raise RuntimeMissingError(f"{python} gave no answer in {_PROBE_TIMEOUT:.0f} s: {CHOOSE}") from error
    except (ValueError, IndexError):
        pass
    raise RuntimeMissingError(f"{python} does not answer as Python does (exit code {run.returncode}): {CHOOSE}")
