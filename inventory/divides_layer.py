"""Dividing a whole layer: from layers with fields to glaciers, and what each of them was."""

from __future__ import annotations

from dataclasses import replace
from typing import Optional, Set, Tuple

from ..inference.errors import CrsError, OutlinesError
from ..inference.progress import NoProgress, Progress
from ..inference.vector_layer import VectorLayer
from .divide_parts import Divided
from .divide_plans import DivideSettings
from .divides import divide
from .fields import Pixels
from .ice_caps import said_to_be_ice_caps
from .outlines import Outlines, common_crs
from .plain_layers import accepted, ids_of
from .planes import Planes, spans_antimeridian
from .projection import crs_of
from .relief import terrain_of


def divide_layer(
    layer: VectorLayer,
    dem: Optional[Pixels],
    inventory: Optional[VectorLayer] = None,
    id_field: str = "",
    settings: DivideSettings = DivideSettings(),  # noqa: B008
    progress: Progress = NoProgress(),  # noqa: B008
) -> Tuple[Divided, Outlines]:
    """Return the glaciers of a layer, and its outlines, whose `places` are those of the whole layer.

    Args:
        layer: outlines; rejected ones are left out.
        dem: elevation in metres; None where nothing but `inventory` divides.
        inventory: earlier glaciers, whose divides and ids are kept; `id_field` names them (default: im_id, rgi_id ...).
        settings: how.
        progress: told.

    Raises:
        OutlinesError, CrsError: a layer cannot be used; the message names it.
        Cancelled.
    """
    crs_of(layer.crs, layer.path)
    outlines = _outlines(layer)
    planes = Planes(layer.crs, common_crs((layer.wkb, layer.crs)))
    terrain = terrain_of(dem, planes.plane, settings.cell_m) if dem is not None else None
    caps = said_to_be_ice_caps(layer)
    mine = tuple(caps[place] for place in outlines.places)
    if inventory is None:
        return divide(outlines, planes, terrain, None, settings, mine, (), progress), outlines
    earlier, names = _earlier(inventory, id_field, layer.crs)
    earlier_caps = said_to_be_ice_caps(inventory)
    theirs = tuple(earlier_caps[place] for place in earlier.places)
    found = divide(outlines, planes, terrain, earlier, settings, mine, theirs, progress)
    # What had no id in the inventory gets a new one.
    ids = tuple(name if name in names else "" for name in found.ids)
    return replace(found, ids=ids), outlines


def _outlines(layer: VectorLayer) -> Outlines:
    """Return a layer's outlines in its own CRS."""
    found = accepted(layer, ids_of(layer), layer.crs)
    if not len(found):
        raise OutlinesError(f"{layer.path} has no outlines to divide; give another layer.")
    if crs_of(layer.crs).is_geographic and spans_antimeridian(found.geometry):
        raise CrsError(f"{layer.path} lies across the antimeridian in degrees; save it in a CRS in metres, like polar "
                       "stereographic, and try again.")  # fmt: skip
    return found


def _earlier(inventory: VectorLayer, id_field: str, crs: str) -> Tuple[Outlines, Set[str]]:
    """Return the earlier glaciers in a CRS, and the ids that they have. Raises OutlinesError."""
    ids = ids_of(inventory, id_field)
    names = set(ids) - {""}
    if not names:
        raise OutlinesError(f"{inventory.path} has no ids to inherit; name the field that holds them.")
    return accepted(inventory, ids, crs), names
