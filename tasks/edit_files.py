"""Changes to a layer as a file between the two processes: geometries as WKB, the rest as JSON, nothing pickled."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any, Mapping

import numpy as np

from ..inference.columns import Field
from ..inference.layer_edits import LayerEdits


def write_edits(path: Path, edits: LayerEdits) -> None:
    """Write changes. Raises OSError."""
    blobs = [*edits.shapes.values(), *(wkb for _, wkb, _ in edits.added)]
    facts = {
        "shapes": list(edits.shapes), "values": [[place, dict(row)] for place, row in edits.values.items()],
        "removed": sorted(edits.removed), "added": [[place, dict(row)] for place, _, row in edits.added],
        "fields": [[one.name, one.kind, one.missing] for one in edits.fields],
    }  # fmt: skip
    with open(path, "wb") as stream:
        np.savez(
            stream,
            facts=np.frombuffer(json.dumps(facts).encode("ascii"), np.uint8),
            lengths=np.array([len(one) for one in blobs], np.int64),
            wkb=np.frombuffer(b"".join(blobs), np.uint8),
        )


def read_edits(path: Path) -> LayerEdits:
    """Return what `write_edits` wrote."""
    with np.load(path, allow_pickle=False) as arrays:
        facts: Mapping[str, Any] = json.loads(arrays["facts"].tobytes())
        blob, ends = arrays["wkb"].tobytes(), np.cumsum(arrays["lengths"]).tolist()
    blobs = [blob[start:end] for start, end in zip([0, *ends], ends)]
    shapes, added = blobs[: len(facts["shapes"])], blobs[len(facts["shapes"]) :]
    return LayerEdits(
        dict(zip(facts["shapes"], shapes)), dict(facts["values"]),
        frozenset(facts["removed"]), tuple((place, wkb, row) for (place, row), wkb in zip(facts["added"], added)),
        tuple(Field(*one) for one in facts["fields"]),
    )  # fmt: skip
