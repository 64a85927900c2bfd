"""The attributes of a whole layer: what changes in which row, the total, and what somebody should know."""

from __future__ import annotations

from dataclasses import asdict, dataclass, field
from typing import Any, Dict, List, Optional, Sequence, Tuple

from ..inference.progress import NoProgress, PartOfProgress, Progress
from ..inference.vector_layer import VectorLayer
from .attributes import REGION_SOURCE, Measured, Values, in_degrees, measure_attributes, region_values
from .attributes_regions import NEAR_BORDER, Regions
from .attributes_state import NOT_MEASURED, STATE
from .attributes_terrain import Hypsometry
from .attributes_uncertainty import METHOD, TotalArea, UncertaintySettings, area_doubts
from .clipping import Extent
from .fields import Pixels
from .outlines import Fault, Outlines
from .plain_layers import accepted, ground_of, ids_of, is_rejected
from .results import plain

SHOWN = 5


@dataclass(frozen=True)
class AttributeInputs:
    """What attributes are measured with; rasters as `StoredRaster` or the like.

    Attributes:
        dem: elevation in metres above sea level.
        dem_source: its name, for the field.
        regions: layers of official regions; without any the rough table gives the first order.
        confidence: calibrated confidence 0.5..1, or a probability 0..1, or None.
        debris: a layer of debris on ice, or None.
        uncertainty: how areas are doubted.
    """

    dem: Pixels
    dem_source: str = ""
    regions: Tuple[VectorLayer, ...] = ()
    confidence: Optional[Pixels] = None
    debris: Optional[VectorLayer] = None
    uncertainty: UncertaintySettings = field(default_factory=UncertaintySettings)


@dataclass(frozen=True)
class LayerAttributes:
    """What was found.

    Attributes:
        rows: for each feature of the layer the fields that get a new value.
        measured, unchanged: how many were measured anew, and how many were as they were.
        hypsometry: of those measured anew: id, area in km2 and hypsometry.
    """

    rows: Tuple[Values, ...]
    measured: int
    unchanged: int
    total: TotalArea
    hypsometry: Tuple[Tuple[str, float, Hypsometry], ...]
    faults: Tuple[Fault, ...] = ()
    doubts: Tuple[str, ...] = ()

    def to_json(self) -> Dict[str, Any]:
        """Return the numbers of all and the doubts as plain values; the outlines' own are in the layer."""
        found: Dict[str, Any] = plain({
            "measured": self.measured, "unchanged": self.unchanged, "total": asdict(self.total),
            "faults": [asdict(fault) for fault in self.faults], "doubts": self.doubts,
        })  # fmt: skip
        return found


def layer_attributes(
    layer: VectorLayer,
    inputs: AttributeInputs,
    id_field: str = "",
    everything: bool = False,
    progress: Progress = NoProgress(),  # noqa: B008
) -> LayerAttributes:
    """Return the attributes of a layer's outlines; rejected ones are left as they are.

    Outlines that are as they were when they were measured, on the same elevations, are not measured again unless
    `everything` is to be.

    Raises:
        OutlinesError, CrsError: a layer cannot be used; the message names it.
        Cancelled.
    """
    regions = [Regions.of_layer(one) for one in inputs.regions]
    outlines = accepted(layer, ids_of(layer, id_field), "")
    first = PartOfProgress(progress, 0.0, 0.7 if inputs.confidence else 0.9)
    found = measure_attributes(layer, outlines, inputs.dem, inputs.dem_source, everything, first)
    debris = Extent.of(ground_of(inputs.debris, outlines.crs)).area if inputs.debris else None
    last = PartOfProgress(progress, 0.7, 1.0)
    doubted, total = area_doubts(outlines, inputs.confidence, debris, inputs.uncertainty, last)
    placed = _region_rows(layer, outlines, regions, found)
    rows: List[Values] = [{} if is_rejected(row) else {STATE: NOT_MEASURED} for row in layer.rows]
    for one, doubts, region in zip(found, doubted, placed):
        rows[one.place] = {**(one.values or {}), **doubts, **region}
    anew = [(one, area) for one, area in zip(found, outlines.area_km2.tolist()) if one.values is not None]
    hypsometry = tuple((one.id, area, one.terrain.hypsometry) for one, area in anew if one.terrain)
    told = [*_doubts(found, placed), *(_unsure(found, doubted, inputs.uncertainty) if inputs.confidence else ())]
    return LayerAttributes(
        tuple(rows), len(anew), len(found) - len(anew), total, hypsometry, outlines.faults, tuple(told)
    )


def _region_rows(
    layer: VectorLayer, outlines: Outlines, regions: Sequence[Regions], found: Sequence[Measured]
) -> List[Values]:
    """Return each outline's region codes: official ones for all, the table's only where there is none yet."""
    positions = in_degrees(outlines)[1]
    if regions:
        return region_values(positions, regions)
    field = next((name for name in layer.fields if name.lower() == "o1region"), "o1region")
    known = layer.texts(field)
    rows = region_values(positions, [Regions.of_table()])
    return [{} if known[one.place] else row for one, row in zip(found, rows)]


def _doubts(found: Sequence[Measured], placed: Sequence[Values]) -> List[str]:
    doubts = []
    bare = [one for one in found if one.bare]
    if bare:
        doubts.append(f"The DEM does not cover {_named(bare)}: heights, slope, aspect and length are missing there.")
    near = [one for one, row in zip(found, placed) if row.get(REGION_SOURCE) == NEAR_BORDER]
    if near:
        doubts.append(
            f"{_named(near)} may lie in another region: our table is rough near borders; give the RGI's polygons."
        )
    return doubts


def _unsure(found: Sequence[Measured], doubted: Sequence[Values], settings: UncertaintySettings) -> List[str]:
    bare = [one for one, row in zip(found, doubted) if row[METHOD] != settings.bootstrap_name]
    return [f"No confidence (0..1) covers {_named(bare)}: the buffer method gives the interval."] if bare else []


def _named(some: Sequence[Measured]) -> str:
    names = ", ".join(one.id for one in some[:SHOWN])
    return names + (f" and {len(some) - SHOWN} more" if len(some) > SHOWN else "")
