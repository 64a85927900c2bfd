"""What the runtime's child does for an inventory: attributes and divides. Layers and changes are files in a folder."""

from __future__ import annotations

from pathlib import Path
from typing import Any, Dict, Mapping

from ..inference.libraries import FLOWSHEDS
from ..inference.libraries import OUTLINES as LIBRARIES
from ..inference.progress import Progress
from ..inference.stored_raster import StoredRaster
from .child_outlines import need_libraries, optional_layer, optional_raster
from .edit_files import write_edits
from .layer_files import read_layer

OUTLINES, EARLIER, DEBRIS, REGIONS = "outlines", "earlier", "debris", "regions"
ELEVATION, CONFIDENCE = "elevation", "confidence"
EDITS = "edits"


def attributes(folder: Path, order: Mapping[str, Any], progress: Progress) -> Dict[str, Any]:
    """Write what becomes of the outlines; return the total, faults and doubts."""
    need_libraries(LIBRARIES)
    from ..inventory.attributes_edits import attribute_edits
    from ..inventory.attributes_interval import IntervalSettings
    from ..inventory.attributes_layer import AttributeInputs, layer_attributes
    from ..inventory.attributes_uncertainty import UncertaintySettings

    layer = read_layer(folder / OUTLINES)
    inputs = AttributeInputs(
        StoredRaster.open(str(folder / ELEVATION)), order["dem_source"],
        tuple(read_layer(folder / f"{REGIONS}-{n}") for n in range(order["regions"])),
        optional_raster(folder / CONFIDENCE), optional_layer(folder / DEBRIS),
        UncertaintySettings(order["pixel_m"], interval=IntervalSettings(order["block_m"])),
    )  # fmt: skip
    found = layer_attributes(layer, inputs, everything=order["everything"], progress=progress)
    write_edits(folder / EDITS, attribute_edits(layer, found))
    return found.to_json()


def divides(folder: Path, order: Mapping[str, Any], progress: Progress) -> Dict[str, Any]:
    """Write what becomes of the outlines; return the numbers and doubts."""
    dem = optional_raster(folder / ELEVATION)
    need_libraries(LIBRARIES if dem is None else (*LIBRARIES, *FLOWSHEDS))
    from ..inventory.divide_plans import DivideSettings
    from ..inventory.divides_edits import divide_edits
    from ..inventory.divides_layer import divide_layer

    layer, earlier = read_layer(folder / OUTLINES), optional_layer(folder / EARLIER)
    settings = DivideSettings(minimum_m2=order["minimum_km2"] * 1e6, split_ice_caps=order["split_ice_caps"])
    found, outlines = divide_layer(layer, dem, earlier, order["id_field"], settings, progress)
    write_edits(folder / EDITS, divide_edits(layer, outlines, found))
    return found.to_json()
