"""Two analysts' files as one: read, merged, written whole or not at all."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any, Dict, Tuple

from ..inference.columns import TEXT, Field
from ..inference.errors import InputError
from ..inference.layer_edits import LayerEdits
from ..inference.outline_fields import OUTLINE_FIELDS
from ..inference.vector_editing import write_edited
from ..inference.vector_layer import VectorLayer
from ..inference.vector_reading import read_vectors
from ..inventory.review import STATE_FIELDS
from ..inventory.review_merge import Conflict, MergedReview, merge_reviews

REVIEW_FIELDS = (
    *(field for field in OUTLINE_FIELDS if field.name in STATE_FIELDS), Field("checked_by", TEXT, ""),
)  # fmt: skip
"""The columns that hold a review."""


@dataclass(frozen=True)
class MergeSummary:
    """What was merged into `layer` of `path`."""

    path: str
    layer: str
    both: int
    decided: int
    conflicts: Tuple[Conflict, ...]

    def to_json(self) -> Dict[str, Any]:
        """Return plain values."""
        conflicts = [{"glacier": one.name, "what": one.what} for one in self.conflicts]
        return {"out": self.path, "layer": self.layer, "glaciers_in_both": self.both, "decided": self.decided,
                "conflicts": conflicts}  # fmt: skip


def merge_files(first: Tuple[str, str], second: Tuple[str, str], out: str) -> MergeSummary:
    """Write a copy of the first file that holds the second one's review too; both stay as they are.

    `first` and `second` are a path and a layer's name ("" where it is clear). Raises OutlinesError, InputError where
    `out` is one of them, and OutputError.
    """
    for path, _ in (first, second):
        if Path(out).exists() and Path(path).exists() and Path(out).samefile(path):
            raise InputError(f"{out} is one of the files to merge, which are left as they are; choose another name.")
    layers = read_vectors(*first), read_vectors(*second)
    merged = merge_reviews(*layers)
    write_edited(layers[0], _edits(layers[0], merged), out)
    return MergeSummary(out, layers[0].name, merged.both, merged.decided, tuple(merged.conflicts))


def _edits(layer: VectorLayer, merged: MergedReview) -> LayerEdits:
    known = {*layer.fields, *STATE_FIELDS}
    added = tuple((0, wkb, {name: value for name, value in row.items() if name in known}) for wkb, row in merged.added)
    return LayerEdits(merged.shapes, merged.values, frozenset(), added, REVIEW_FIELDS)
