"""Layers of vectors as files between the two processes: geometries as WKB, the rest as JSON, nothing pickled."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np

from ..inference.vector_layer import VectorLayer

NONE = -1
"""Stands for the length of a geometry that is not there."""


def write_layer(path: Path, layer: VectorLayer) -> None:
    """Write a layer; values of fields that JSON does not know become text. Raises OSError."""
    facts = {"path": layer.path, "name": layer.name, "crs": layer.crs, "fields": layer.fields, "rows": layer.rows}
    lengths = [NONE if one is None else len(one) for one in layer.wkb]
    with open(path, "wb") as stream:
        np.savez(
            stream,
            facts=np.frombuffer(json.dumps(facts, default=str).encode("ascii"), np.uint8),
            lengths=np.array(lengths, np.int64),
            keys=np.array(layer.keys, np.int64),
            wkb=np.frombuffer(b"".join(one or b"" for one in layer.wkb), np.uint8),
        )


def read_layer(path: Path) -> VectorLayer:
    """Return the layer that `write_layer` wrote."""
    with np.load(path, allow_pickle=False) as arrays:
        facts = json.loads(arrays["facts"].tobytes())
        lengths, blob, keys = arrays["lengths"], arrays["wkb"].tobytes(), arrays["keys"].tolist()
    ends = np.cumsum(np.maximum(lengths, 0)).tolist()
    wkb = tuple(None if length == NONE else blob[end - length : end] for length, end in zip(lengths.tolist(), ends))
    return VectorLayer(
        facts["path"], facts["name"], facts["crs"], wkb, tuple(facts["rows"]), tuple(facts["fields"]), tuple(keys)
    )  # fmt: skip
