"""Layers of vectors as files between the two processes: geometries as WKB, the rest as JSON, nothing pickled."""

from __future__ import annotations

from pathlib import Path

from ..inference.vector_layer import VectorLayer
from .blob_file import read_blobs, write_blobs


def write_layer(path: Path, layer: VectorLayer) -> None:
    """Write a layer; values of fields that JSON does not know become text. Raises OSError."""
    facts = {
        "path": layer.path, "name": layer.name, "crs": layer.crs, "fields": layer.fields, "rows": layer.rows,
        "keys": layer.keys,
    }  # fmt: skip
    write_blobs(path, facts, layer.wkb, default=str)


def read_layer(path: Path) -> VectorLayer:
    """Return the layer that `write_layer` wrote."""
    facts, wkb = read_blobs(path)
    return VectorLayer(
        facts["path"], facts["name"], facts["crs"], tuple(wkb), tuple(facts["rows"]), tuple(facts["fields"]),
        tuple(facts["keys"]),
    )  # fmt: skip
