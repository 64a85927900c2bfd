"""Where a result came from, and whether an interrupted run may be continued: checksums, versions, fingerprint."""

from __future__ import annotations

import hashlib
import json
import os
import platform
from dataclasses import asdict
from typing import Any, Dict, List

import numpy as np
from osgeo import gdal

from .errors import IceMarginError
from .model import ModelDescription
from .progress import Progress, stop_if_cancelled
from .raster_io import open_raster
from .request import DelineationRequest
from .vector_io import read_layer

CHUNK = 1 << 22
NOT_OF_THE_RESULT = ("resume", "threads", "device", "out_dir")


def input_files(request: DelineationRequest) -> List[str]:
    """Return every file that the request reads, what a VRT refers to included, and the models' files."""
    files: List[str] = []
    for source in request.sources:
        for path in source.paths:
            files += open_raster(path).GetFileList() or [path]
    files += [model for model in request.models if os.path.isfile(model)]
    return sorted(set(files))


def fingerprint(request: DelineationRequest, description: ModelDescription, version: str) -> str:
    """Return a text that is the same only for runs that give the same strips."""
    files = [(path, *_size_and_time(path)) for path in input_files(request)]
    facts = {"request": _as_json(request), "files": files, "model": description.to_json(), "version": version}
    return hashlib.sha256(json.dumps(facts, sort_keys=True).encode()).hexdigest()


def provenance(
    request: DelineationRequest, description: ModelDescription, version: str, progress: Progress
) -> Dict[str, str]:
    """Return the rows that do not depend on the run's course. Reads all input files (SHA-256)."""
    sums = {path: _checksum(path, progress) for path in input_files(request)}
    return {
        "icemargin": version,
        "python": platform.python_version(),
        "numpy": np.__version__,
        "gdal": gdal.VersionInfo("RELEASE_NAME"),
        "request": json.dumps(_as_json(request), sort_keys=True),
        "model": description.to_json(),
        "calibrated": description.calibration.source if description.calibration else "no: probability of the class",
        "sha256": json.dumps(sums, sort_keys=True),
    }


def model_facts(path: str) -> Dict[str, str]:
    """Return the model of a map and what it was trained on, by the file's provenance; nothing for other files."""
    try:
        texts = {str(row["key"]): str(row["value"]) for _, row in read_layer(path, "provenance")}
        description = json.loads(texts["model"])
    except (IceMarginError, KeyError, ValueError):
        return {}
    if not isinstance(description, dict):
        return {}
    wanted = {"model": "name", "trained_on": "trained_on"}
    return {name: str(description[key]) for name, key in wanted.items() if description.get(key)}


def lies_at(path: str, outlines: str) -> str:
    """Return where a raster of a map lies now, as it was named or seen from the outlines' folder; "" if it is gone."""
    beside = os.path.join(os.path.dirname(os.path.abspath(outlines)), path)
    return next((place for place in (path, beside) if place.startswith("/vsi") or os.path.exists(place)), "")


def _as_json(request: DelineationRequest) -> Dict[str, Any]:
    values = {key: value for key, value in asdict(request).items() if key not in NOT_OF_THE_RESULT}
    values["area"] = [polygon.hex() for polygon in request.area]
    return values


def _size_and_time(path: str) -> List[int]:
    try:
        facts = os.stat(path)
    except OSError:  # inside a zip or on a server: GDAL reads it, the file system does not know it
        return [0, 0]
    return [facts.st_size, facts.st_mtime_ns]


def _checksum(path: str, progress: Progress) -> str:
    if not os.path.isfile(path):
        return "not a local file"
    digest = hashlib.sha256()
    with open(path, "rb") as file:
        while chunk := file.read(CHUNK):
            stop_if_cancelled(progress)
            digest.update(chunk)
    return digest.hexdigest()
