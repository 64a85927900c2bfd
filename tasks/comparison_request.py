"""What is to be compared, as values that can leave the main thread."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Any, Callable, Dict, Optional, Tuple

from ..inference.errors import InputError
from ..inference.progress import Progress
from ..inference.vector_layer import VectorLayer
from ..reports.cropping import Bounds

Read = Callable[[Progress], VectorLayer]


@dataclass(frozen=True, eq=False)
class LayerSource:
    """A layer that is read later, in the background (`layer_sources.source_of_layer` makes one on the main thread).

    Attributes:
        name: what the user calls it.
        read: returns its features; raises IceMarginError.
        id_field: of the glaciers' ids; "": im_id, rgi_id, glims_id ..., whichever is there.
        path: the file it is from, "" where it is from none: a map of IceMargin tells its model there.
    """

    name: str
    read: Read
    id_field: str = ""
    path: str = ""


@dataclass(frozen=True, eq=False)
class ComparisonRequest:
    """One comparison: the options of `icemargin compare`.

    Attributes:
        candidate, reference: the outlines to judge, and those to judge by.
        pixel_m: of the imagery, in metres.
        experts: none, or two or more repeat digitisations.
        extent: polygons; only what lies in them is compared.
        strata: fields of the reference.
        zones: kind ("debris") and polygons of ground.
        dem, confidence: rasters of elevation (m) and of the map's confidence, for strata of ground; "" for none.
        before: the candidate before it was edited.
        calibration: JSON of `icemargin evaluate`, "" for none.
        quality: what is known of the reference's accuracy.
        difference: a GeoPackage to write what was gained, lost and common into; "" for none.
    """

    candidate: LayerSource
    reference: LayerSource
    pixel_m: float = 10.0
    experts: Tuple[LayerSource, ...] = ()
    extent: Optional[LayerSource] = None
    strata: Tuple[str, ...] = ()
    zones: Tuple[Tuple[str, LayerSource], ...] = ()
    dem: str = ""
    confidence: str = ""
    before: Optional[LayerSource] = None
    calibration: str = ""
    quality: str = ""
    difference: str = ""

    def __post_init__(self) -> None:
        if len(self.experts) == 1:
            raise InputError("One repeat digitisation has no spread; choose two layers of experts or more.")


@dataclass(frozen=True, eq=False)
class Pictured:
    """What the page's pictures are made of: both layers as they were compared (files' contents), and in their plane
    (`crs`, WKT) the bounds of each picture."""

    candidate: bytes
    reference: bytes
    frames: Tuple[Bounds, ...]
    crs: str


@dataclass(frozen=True, eq=False)
class ComparisonAnswer:
    """What a comparison found.

    Attributes:
        values: the JSON of `icemargin compare --json`.
        difference: the GeoPackage that was written, layer `difference` (MultiPolygon; `kind` is gained, lost or common,
            `area_km2`, `glacier` the reference's id, NULL where it is none's); "" where none was asked for.
        pictured: for the report.
    """

    values: Dict[str, Any]
    difference: str
    pictured: Pictured


@dataclass(frozen=True, eq=False)
class DatedSource:
    """Outlines of one day; without `day` the layer's fields tell it. `pixel_m` is that of the imagery, in metres."""

    source: LayerSource
    day: Optional[date] = None
    pixel_m: float = 10.0


@dataclass(frozen=True, eq=False)
class ChangeRequest:
    """One change: the options of `icemargin change`.

    `layers` are two or more, in any order; `id_field` is of the earliest, "" to look for one.
    """

    layers: Tuple[DatedSource, ...]
    id_field: str = ""
    debris: Optional[LayerSource] = None
    centrelines: Optional[LayerSource] = None
    extent: Optional[LayerSource] = None

    def __post_init__(self) -> None:
        if len(self.layers) < 2:
            raise InputError("A change needs the outlines of two dates or more; choose two layers.")
