"""What a comparison says, as values, and as the JSON that every door writes."""

from __future__ import annotations

import math
from dataclasses import asdict, dataclass, field, fields
from typing import Any, Dict, Mapping, Optional, Tuple

from ..inference.errors import SettingsError
from .outlines import Fault

MATCHED, SPLIT, MERGED, MISSED, NEW = "matched", "split", "merged", "missed", "new"
NAN = math.nan


@dataclass(frozen=True)
class ComparisonSettings:
    """How two layers are compared.

    Attributes:
        pixel_m: size of the imagery's pixels in metres: boundaries are sampled at half of it, and the bands of the
            boundary IoU are one and two of it wide.
        overlap_m2: two outlines are linked where they overlap by more (the RGI's own 200 m2).
        divide_m: a border is a divide where another outline of the same layer is this near.
        bootstraps: how often the glaciers are drawn anew for an interval.
        level: of the intervals.
        seed: of the draws.
    """

    pixel_m: float = 10.0
    overlap_m2: float = 200.0
    divide_m: float = 0.5
    bootstraps: int = 1000
    level: float = 0.95
    seed: int = 1

    def __post_init__(self) -> None:
        if not (math.isfinite(self.pixel_m) and self.pixel_m > 0):
            raise SettingsError(f"A pixel of {self.pixel_m:g} m cannot be meant; give its size in metres, like 10.")
        if not (self.overlap_m2 >= 0 and self.divide_m >= 0 and self.bootstraps >= 0 and 0 < self.level < 1):
            raise SettingsError("Overlap, width of divides and draws are 0 or more; the level is between 0 and 1.")


@dataclass(frozen=True)
class Metrics:
    """How ice lies beside reference ice. What cannot be known (the distance to nothing) is NaN.

    Defined in docs/comparison.md. Areas in km2, deviations in percent of the reference, distances in metres;
    a signed distance is positive where the candidate lies outside the reference.
    """

    iou: float = NAN
    precision: float = NAN
    recall: float = NAN
    f1: float = NAN
    area_km2: float = NAN
    area_ref_km2: float = NAN
    area_deviation_percent: float = NAN
    area_deviation_absolute_percent: float = NAN
    polis_m: float = NAN
    distance_mean_m: float = NAN
    distance_median_m: float = NAN
    distance_signed_median_m: float = NAN
    hd95_m: float = NAN
    hausdorff_m: float = NAN
    boundary_iou_1px: float = NAN
    boundary_iou_2px: float = NAN


METRIC_NAMES = tuple(part.name for part in fields(Metrics))


@dataclass(frozen=True)
class Link:
    """An overlap of a reference glacier with the candidate outline `id`; the shares are of the two areas, 0..1."""

    id: str
    overlap_km2: float
    share_of_reference: float
    share_of_candidate: float


@dataclass(frozen=True)
class GlacierComparison:
    """One reference glacier and what the candidate layer has of it.

    `kind` is matched, split, merged or missed (`class` in JSON); `cluster` is the number that all outlines linked with
    each other share; `links` go from the largest overlap to the smallest.
    """

    id: str
    kind: str
    cluster: int
    links: Tuple[Link, ...]
    metrics: Metrics
    size_class: str

    def to_json(self) -> Dict[str, Any]:
        """Return plain values, the metrics beside the id."""
        return {
            "id": self.id, "class": self.kind, "cluster": self.cluster, "links": [asdict(link) for link in self.links],
            **asdict(self.metrics), "size_class": self.size_class,
        }  # fmt: skip


@dataclass(frozen=True)
class NewGlacier:
    """A candidate outline that no reference glacier is linked with."""

    id: str
    area_km2: float


@dataclass(frozen=True)
class LayerFault:
    """A fault of the `candidate` or the `reference`."""

    layer: str
    id: str
    what: str


Numbers = Mapping[str, float]


@dataclass(frozen=True)
class Comparison:
    """Everything that is known of two layers.

    Attributes:
        total: the layers as two sets of ice.
        intervals: of `total`'s metrics, low and high, from glaciers drawn anew.
        glaciers: one a reference glacier, in the layer's order.
        new: candidate outlines without reference.
        strata: numbers by kind ("size", ...) and class.
        summary: medians and area-weighted means over the glaciers that have a candidate.
        holes: the inner rings (nunataks), which take no part in the distances.
        sources, experts: filled in by who read the files (dataclasses.replace).
    """

    total: Metrics
    intervals: Mapping[str, Tuple[float, float]]
    glaciers: Tuple[GlacierComparison, ...]
    new: Tuple[NewGlacier, ...]
    strata: Mapping[str, Mapping[str, Numbers]]
    summary: Mapping[str, Numbers]
    holes: Numbers
    settings: ComparisonSettings
    faults: Tuple[LayerFault, ...] = ()
    warnings: Tuple[str, ...] = ()
    sources: Mapping[str, Any] = field(default_factory=dict)
    experts: Optional[Mapping[str, Any]] = None

    @property
    def classes(self) -> Dict[str, int]:
        """How many glaciers are matched, split, merged, missed and new."""
        kinds = [glacier.kind for glacier in self.glaciers] + [NEW] * len(self.new)
        return {kind: kinds.count(kind) for kind in (MATCHED, SPLIT, MERGED, MISSED, NEW)}

    def to_json(self) -> Dict[str, Any]:
        """Return the comparison as plain values that json.dumps(allow_nan=False) takes; NaN is None."""
        found: Dict[str, Any] = plain({
            "total": asdict(self.total),
            "intervals": self.intervals,
            "classes": self.classes,
            "glaciers": [glacier.to_json() for glacier in self.glaciers],
            "new": [asdict(new) for new in self.new],
            "strata": self.strata,
            "summary": self.summary,
            "holes": self.holes,
            "experts": self.experts,
            "settings": asdict(self.settings),
            "faults": [asdict(fault) for fault in self.faults],
            "sources": self.sources,
            "warnings": self.warnings,
        })  # fmt: skip
        return found


def layer_faults(layer: str, faults: Tuple[Fault, ...]) -> Tuple[LayerFault, ...]:
    """Return a layer's faults with the layer's name."""
    return tuple(LayerFault(layer, fault.id, fault.what) for fault in faults)


def plain(value: Any) -> Any:
    """Return mappings as dicts, sequences as lists, numbers of numpy as Python's, NaN and infinity as None."""
    if isinstance(value, Mapping):
        return {str(name): plain(part) for name, part in value.items()}
    if isinstance(value, (list, tuple)):
        return [plain(part) for part in value]
    if hasattr(value, "item"):
        value = value.item()
    if isinstance(value, float) and not math.isfinite(value):
        return None
    return value
