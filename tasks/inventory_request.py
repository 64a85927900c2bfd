"""What is to be done with an inventory's outlines, as values that can leave the main thread."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any, Dict, Optional, Tuple

from ..inference.errors import InputError, SettingsError
from ..inference.layer_edits import LayerEdits
from ..inference.vector_layer import VectorLayer
from .comparison_request import LayerSource


@dataclass(frozen=True, eq=False)
class AttributesRequest:
    """Attributes of outlines: the options of `icemargin attributes`. Raises SettingsError.

    Attributes:
        outlines: read with their keys.
        dem: a raster of metres above sea level.
        dem_source: its name, for the field.
        confidence: the map's confidence, "" for none.
        debris: polygons of debris on ice.
        regions: the RGI's own polygons; without any the rough table gives the first order.
        pixel_m: of the imagery, in metres.
        block_m: size of the bootstrap's blocks, in metres.
        everything: also what has not changed.
    """

    outlines: LayerSource
    dem: str
    dem_source: str
    confidence: str = ""
    debris: Optional[LayerSource] = None
    regions: Tuple[LayerSource, ...] = ()
    pixel_m: float = 10.0
    block_m: float = 3200.0
    everything: bool = False

    def __post_init__(self) -> None:
        if not all(math.isfinite(size) and size > 0 for size in (self.pixel_m, self.block_m)):
            raise SettingsError("Pixels and blocks have a size in metres, like 10 and 3200.")


@dataclass(frozen=True, eq=False)
class DividesRequest:
    """Ice divides: the options of `icemargin divides`. Raises InputError.

    Attributes:
        outlines: read with their keys.
        inventory: earlier glaciers, whose divides and ids are kept.
        dem: a raster of metres, for flowsheds where there is no earlier glacier; "" for none.
        minimum_km2: an earlier glacier of which less is left goes to its neighbour.
        split_ice_caps: whether ice caps are divided by flowsheds too.
    """

    outlines: LayerSource
    inventory: Optional[LayerSource] = None
    dem: str = ""
    minimum_km2: float = 0.01
    split_ice_caps: bool = False

    def __post_init__(self) -> None:
        if self.inventory is None and not self.dem:
            raise InputError("Nothing tells where the divides are; choose an earlier inventory, or elevation, or both.")


@dataclass(frozen=True, eq=False)
class InventoryAnswer:
    """What becomes of the outlines: the layer as it was read, the changes, and the command line's JSON."""

    before: VectorLayer
    edits: LayerEdits
    values: Dict[str, Any]
