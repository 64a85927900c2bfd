"""Is a layer of outlines sound? The whole layer at once, or what an edit has touched."""

from __future__ import annotations

from dataclasses import replace
from typing import List, Optional, Sequence, Tuple

import shapely

from ..inference.progress import NoProgress, PartOfProgress, Progress
from .topology_faults import CheckSettings, LayerFault, in_order
from .topology_fields import Rows, field_faults, id_faults
from .topology_index import LayerIndex
from .topology_pairs import pair_faults, pairs_of
from .topology_seam import seam_faults
from .topology_shapes import shape_faults

DEFAULT = CheckSettings()


def check_layer(
    index: LayerIndex,
    fields: Optional[Sequence[str]] = None,
    rows: Rows = (),
    id_field: str = "im_id",
    settings: CheckSettings = DEFAULT,
    progress: Progress = NoProgress(),  # noqa: B008
) -> Tuple[LayerFault, ...]:
    """Return all faults of a layer, in the order of KINDS, the largest first.

    Args:
        index: the outlines.
        fields: the layer's fields; without them (and `rows`, the values of each outline) no values are looked at.
        rows: n mappings of values by field.
        id_field: the field that the ids come from.
        settings: what counts as a fault.
        progress: may cancel.

    Raises:
        Cancelled: the user gave up.
    """
    found: List[LayerFault] = []
    if index.crs_fault:
        found.append(LayerFault("crs", index.crs_fault))
    places = index.places
    found += shape_faults(index, places, settings)
    pairs = pairs_of(index, places, settings.sliver_m)
    found += pair_faults(index, pairs, settings, PartOfProgress(progress, 0.0, 0.9))
    found += seam_faults(index, settings)
    found += id_faults(index, places, id_field)
    if fields is not None:
        found += field_faults(index, fields, rows)
    return in_order([as_copy(index, fault, rows) for fault in found])


def as_copy(index: LayerIndex, fault: LayerFault, rows: Rows) -> LayerFault:
    """Return a fault, with a repair where two outlines are alike in everything."""
    if fault.kind != "duplicate_outline" or not rows:
        return fault
    first, second = fault.places
    same = rows[first] == rows[second] and index.ids[first] == index.ids[second]
    if not (same and shapely.equals_exact(*shapely.normalize([index.raw[first], index.raw[second]]))):
        return fault
    return replace(fault, repair="the second copy is removed")


def check_places(
    index: LayerIndex, places: Sequence[int], settings: CheckSettings = DEFAULT, id_field: str = "im_id"
) -> Tuple[LayerFault, ...]:
    """Return the faults of the outlines at these places, and those between them and their neighbours.

    For use while editing: `index.put` what was edited, then ask. Values of fields are not looked at.
    """
    found = shape_faults(index, places, settings)
    found += pair_faults(index, pairs_of(index, places, settings.sliver_m), settings)
    return in_order([*found, *id_faults(index, places, id_field)])
