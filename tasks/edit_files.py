"""Changes to a layer as a file between the two processes: geometries as WKB, the rest as JSON, nothing pickled."""

from __future__ import annotations

from pathlib import Path

from ..inference.columns import Field
from ..inference.layer_edits import LayerEdits
from .blob_file import read_whole, write_blobs


def write_edits(path: Path, edits: LayerEdits) -> None:
    """Write changes. Raises OSError."""
    blobs = [*edits.shapes.values(), *(wkb for _, wkb, _ in edits.added)]
    facts = {
        "shapes": list(edits.shapes), "values": [[place, dict(row)] for place, row in edits.values.items()],
        "removed": sorted(edits.removed), "added": [[place, dict(row)] for place, _, row in edits.added],
        "fields": [[one.name, one.kind, one.missing] for one in edits.fields],
    }  # fmt: skip
    write_blobs(path, facts, blobs)


def read_edits(path: Path) -> LayerEdits:
    """Return what `write_edits` wrote."""
    facts, blobs = read_whole(path)
    shapes, added = blobs[: len(facts["shapes"])], blobs[len(facts["shapes"]) :]
    return LayerEdits(
        dict(zip(facts["shapes"], shapes)), dict(facts["values"]),
        frozenset(facts["removed"]), tuple((place, wkb, row) for (place, row), wkb in zip(facts["added"], added)),
        tuple(Field(*one) for one in facts["fields"]),
    )  # fmt: skip
