"""From what the widgets hold to the core's request. No widgets here: plain values in, a request out."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import Dict, List, Mapping, Optional, Tuple

from ..inference.averages import NOTHING_AVERAGED, Averages
from ..inference.errors import BandError, SourceError
from ..inference.request import (
    OPTICAL_BANDS,
    ClassicSettings,
    DelineationRequest,
    Extent,
    OutlineSettings,
    SceneFacts,
    Source,
)

BandPlace = Tuple[str, int]
"""A raster's path and the number of one of its bands, counted from 1."""


@dataclass(frozen=True)
class MapChoices:
    """All that the Map tab decides, with paths in place of layers.

    `scale` and `offset` are for the optical bands only; None means the file's own. `crs` holds the CRS of files by
    path where the user assigned another than the file's.
    """

    bands: Mapping[str, BandPlace]
    extent: Optional[Extent]
    scale: Optional[float] = None
    offset: Optional[float] = None
    elevation: str = ""
    extras: Mapping[str, BandPlace] = field(default_factory=dict)
    crs: Mapping[str, str] = field(default_factory=dict)
    area: Tuple[bytes, ...] = ()
    model: str = "classic"
    classic: ClassicSettings = field(default_factory=ClassicSettings)
    outlines: OutlineSettings = field(default_factory=OutlineSettings)
    scene: SceneFacts = field(default_factory=SceneFacts)
    resolution: Optional[float] = None
    overlap: Optional[float] = None
    region: str = "unknown"
    region_vector: Tuple[float, ...] = ()
    averages: Averages = NOTHING_AVERAGED
    device: str = "auto"
    threads: int = 0


def build_request(choices: MapChoices, out_dir: str) -> DelineationRequest:
    """Return the request. Raises IceMarginError subclasses that say what is missing."""
    if not choices.bands:
        raise BandError("No band is assigned; press [...] beside Bands and say which band is which.")
    if not choices.model:
        raise SourceError("No model file is chosen; choose one, or take the classic method.")
    return DelineationRequest(
        sources=_sources(choices),
        out_dir=out_dir,
        model=choices.model,
        classic=choices.classic,
        outlines=choices.outlines,
        scene=choices.scene,
        extent=choices.extent,
        area=choices.area,
        resolution=choices.resolution,
        overlap=choices.overlap,
        region=choices.region,
        region_vector=choices.region_vector,
        ensemble=choices.averages.ensemble,
        flips=choices.averages.flips,
        dropout_passes=choices.averages.passes,
        dropout_rate=choices.averages.rate,
        device=choices.device,
        threads=choices.threads,
    )


def _sources(choices: MapChoices) -> Tuple[Source, ...]:
    """One source per raster and kind: scale and offset belong to the optical bands alone."""
    others = dict(choices.extras)
    if choices.elevation:
        others["elevation"] = (choices.elevation, 1)
    optical = [(*item, choices.scale, choices.offset) for item in _by_path(choices.bands)]
    kinds = optical + [(*item, None, None) for item in _by_path(others)]
    return tuple(
        Source((path,), bands, scale, offset, crs=choices.crs.get(path, "")) for path, bands, scale, offset in kinds
    )


def _by_path(places: Mapping[str, BandPlace]) -> List[Tuple[str, Dict[str, int]]]:
    grouped: Dict[str, Dict[str, int]] = {}
    for name, (path, number) in places.items():
        grouped.setdefault(path, {})[name] = number
    return list(grouped.items())


def bands_text(bands: Mapping[str, object]) -> str:
    """Return the assigned bands in short: "B G R NIR SW1 SW2"."""
    short = dict(zip(OPTICAL_BANDS, ("B", "G", "R", "NIR", "SW1", "SW2")))
    return " ".join(short[name] for name in OPTICAL_BANDS if name in bands)


def run_name(model: str, src_date: str, today: str) -> str:
    """Return a folder's name for a run: date of the scene (else of today) and method."""
    method = "classic" if model == "classic" else Path(model).stem
    safe = "".join(character if character.isalnum() or character in "-_" else "-" for character in method)
    return f"{src_date or today}_{safe}"


def new_folder(parent: Path, name: str) -> Path:
    """Return a folder in `parent` that does not exist yet: name, name_2, name_3 ..."""
    candidate = parent / name
    number = 2
    while candidate.exists():
        candidate = parent / f"{name}_{number}"
        number += 1
    return candidate
