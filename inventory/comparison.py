"""Two layers of outlines compared: areas, overlaps, boundary distances, glacier by glacier and as two sets of ice."""

from __future__ import annotations

from typing import Dict, Mapping, Optional, Sequence, Tuple

import numpy as np
import shapely

from ..inference.arrays import DoubleArray
from ..inference.errors import OutlinesError
from ..inference.progress import NoProgress, PartOfProgress, Progress, stop_if_cancelled
from .bulk import summed
from .clipping import Extent, clipped
from .doubts import doubts_of
from .ground import Ground
from .matching import find_links
from .measuring import Layers, areas, bands, distances
from .outlines import Outlines
from .overlap import counterparts, dissolved, holes, ratios, shared_ice, total_area
from .results import (
    METRIC_NAMES,
    Comparison,
    ComparisonSettings,
    GlacierComparison,
    LayerFault,
    Link,
    Metrics,
    NewGlacier,
    layer_faults,
)
from .statistics import bootstrap, median, weighted_mean
from .strata import SIZE_CLASSES, UNKNOWN, Zones, glacier_strata, size_classes

__all__ = [
    "Comparison", "ComparisonSettings", "GlacierComparison", "LayerFault", "Link", "Metrics", "NewGlacier", "compare",
]  # fmt: skip

Table = Dict[str, DoubleArray]
Classes = Mapping[str, Sequence[str]]


def compare(
    candidate: Outlines,
    reference: Outlines,
    settings: ComparisonSettings = ComparisonSettings(),  # noqa: B008
    progress: Optional[Progress] = None,
    extent: Optional[Extent] = None,
    zones: Sequence[Zones] = (),
    classes: Optional[Classes] = None,
    grounds: Sequence[Ground] = (),
) -> Comparison:
    """Compare a layer of outlines with a reference.

    Args:
        candidate, reference: both in one CRS (`common_crs`).
        settings: size of a pixel, least overlap, draws.
        progress: told how far it is, asked whether to stop.
        extent: both layers are clipped to it; its own edge is no margin.
        zones: ground by class, for strata of areas and distances.
        classes: names of each reference glacier by kind ({"term_type": ("land", ...)}), for strata of glaciers.
        grounds: what rasters tell of the ground (`Terrain`, `Confidence`), for strata of areas and distances.

    Raises:
        OutlinesError: the CRSs differ, the reference is empty, or classes are not as many as glaciers.
        Cancelled: the user wanted to stop.
    """
    progress = progress or NoProgress()
    labels = _checked(candidate, reference, classes or {})
    _check_kinds(["size", *labels, *(zone.kind for zone in zones), *(kind for one in grounds for kind in one.kinds)])
    faults = layer_faults("candidate", candidate.faults) + layer_faults("reference", reference.faults)
    if extent is not None:
        candidate, (reference, kept) = clipped(candidate, extent)[0], clipped(reference, extent)
        labels = {kind: [names[place] for place in kept] for kind, names in labels.items()}
        grounds = [ground.of(kept) for ground in grounds]
        if not len(reference):
            raise OutlinesError("The extent holds no reference outline; choose another extent or reference.")
    layers = _linked(candidate, reference, settings, PartOfProgress(progress, 0.0, 0.3))
    measured = distances(layers, settings, extent, zones, grounds, PartOfProgress(progress, 0.3, 0.8))
    area_table = areas(layers)
    band_table, band_total = bands(layers, settings, area_table["common_m2"], PartOfProgress(progress, 0.8, 0.98))
    common_m2 = shapely.area(layers.shared.geometry).sum()
    overlap = ratios(common_m2, total_area(layers.ice), total_area(layers.ice_ref))
    table = {**area_table, **measured.glaciers, **band_table}
    total = {**{name: float(value[0]) for name, value in overlap.items()}, **measured.total, **band_total}
    progress.report(1.0, "Compared")
    return Comparison(
        Metrics(**total), _intervals(layers, measured.sums, settings), _glaciers(layers, table), _new(layers),
        {**_strata(layers, table, labels), **measured.strata}, _summary(table), holes(candidate, reference),
        settings, faults, doubts_of(layers) + measured.doubts,
    )  # fmt: skip


def _checked(candidate: Outlines, reference: Outlines, classes: Classes) -> Dict[str, Sequence[str]]:
    if candidate.crs != reference.crs:
        raise OutlinesError("The two layers are in different planes; bring both into common_crs(...) first.")
    if not len(reference):
        raise OutlinesError("The reference has no outlines; choose another layer.")
    for kind, names in classes.items():
        if len(names) != len(reference):
            counts = f"{len(reference)} reference outlines have {len(names)} classes of {kind}"
            raise OutlinesError(f"{counts}; give each one.")
    return dict(classes)


def _check_kinds(kinds: Sequence[str]) -> None:
    twice = next((kind for kind in kinds if kinds.count(kind) > 1), "")
    if twice:
        raise OutlinesError(f"Two kinds of classes are called {twice}; give one another name, or leave it out.")


def _linked(candidate: Outlines, reference: Outlines, settings: ComparisonSettings, progress: Progress) -> Layers:
    links = find_links(candidate, reference, settings.overlap_m2, progress)
    stop_if_cancelled(progress)
    found = counterparts(candidate, reference, links, 2 * settings.pixel_m)
    ice, ice_ref = dissolved(candidate.geometry), dissolved(reference.geometry)
    return Layers(candidate, reference, links, ice, ice_ref, shared_ice(ice, ice_ref, progress), found)


def _intervals(layers: Layers, sums: Table, settings: ComparisonSettings) -> Dict[str, Tuple[float, float]]:
    """Return the intervals of totals.

    What is drawn is a strong group: a glacier with its candidates, or one of both alone.
    The sums over groups count ice twice where a layer overlaps itself; the total counts it once.
    """
    links = layers.links
    count = len(next(iter(sums.values())))
    columns = {
        **sums,
        "common": summed(links.overlap_m2, links.reference_group[links.reference], count),
        "area": summed(shapely.area(layers.candidate.geometry), links.candidate_group, count),
        "area_ref": summed(shapely.area(layers.reference.geometry), links.reference_group, count),
    }
    return bootstrap(columns, _figures, settings.bootstraps, settings.level, settings.seed)


def _figures(sums: Mapping[str, DoubleArray]) -> Dict[str, DoubleArray]:
    """Return totals from sums (arrays of one length)."""
    found = ratios(sums["common"], sums["area"], sums["area_ref"])
    with np.errstate(divide="ignore", invalid="ignore"):
        means = sums["way"] / sums["length"], sums["way_ref"] / sums["length_ref"]
        mean = (sums["way"] + sums["way_ref"]) / (sums["length"] + sums["length_ref"])
    drawn = {name: found[name] for name in ("iou", "precision", "recall", "f1", "area_deviation_percent")}
    return {**drawn, "polis_m": (means[0] + means[1]) / 2, "distance_mean_m": mean}


def _glaciers(layers: Layers, table: Table) -> Tuple[GlacierComparison, ...]:
    links, ids = layers.links, layers.candidate.ids
    joined = [
        Link(ids[candidate], area / 1e6, share, share_candidate)
        for candidate, area, share, share_candidate in zip(
            links.candidate, links.overlap_m2.tolist(), links.of_reference.tolist(), links.of_candidate.tolist()
        )
    ]
    cuts = np.searchsorted(links.reference, np.arange(len(layers.reference) + 1))
    columns = [table[name].tolist() for name in METRIC_NAMES]
    rows = zip(layers.reference.ids, links.kinds(), links.reference_cluster.tolist(), cuts, cuts[1:], zip(*columns),
               size_classes(layers.reference.area_km2))  # fmt: skip
    return tuple(
        GlacierComparison(name, kind, cluster, tuple(joined[start:stop]), Metrics(*values), size)
        for name, kind, cluster, start, stop, values, size in rows
    )


def _new(layers: Layers) -> Tuple[NewGlacier, ...]:
    areas_km2 = layers.candidate.area_km2
    return tuple(NewGlacier(layers.candidate.ids[place], float(areas_km2[place])) for place in layers.links.new())


def _strata(layers: Layers, table: Table, labels: Classes) -> Dict[str, Dict[str, Dict[str, float]]]:
    missed = layers.missed
    found = {"size": glacier_strata(size_classes(layers.reference.area_km2), SIZE_CLASSES, missed, table)}
    for kind, names in labels.items():
        named = [name or UNKNOWN for name in names]
        found[kind] = glacier_strata(named, sorted(set(named)), missed, table)
    return found


def _summary(table: Table) -> Dict[str, Dict[str, float]]:
    """Return medians and means weighted by the reference's area, over the glaciers that have a counterpart."""
    here = table["area_km2"] > 0
    weights = table["area_ref_km2"][here]
    names = [name for name in METRIC_NAMES if not name.startswith("area_k") and not name.startswith("area_ref")]
    return {
        "medians": {name: median(table[name][here]) for name in names},
        "area_weighted_means": {name: weighted_mean(table[name][here], weights) for name in names},
    }
