"""The options that say how to map, and the request they make: for `icemargin map` and `icemargin region`."""

from __future__ import annotations

import argparse
from dataclasses import replace
from typing import List, Optional, Tuple

from ..inference.classic import classic_index
from ..inference.composition import composed_description
from ..inference.errors import ExtentError, ModelError
from ..inference.model import REGIONS
from ..inference.onnx_metadata import read_description
from ..inference.region_search import require_region_encoding
from ..inference.request import (
    DEVICES,
    ClassicSettings,
    DelineationRequest,
    Extent,
    OutlineSettings,
    SceneFacts,
    Source,
    given_bands,
)
from ..models.bundled import BUNDLED, proposed_model
from ..models.store import CLASSIC, resolve_model
from ..scenes.position import AUTO, resolve_region
from .raster_options import add_raster_options, rasters_of
from .region_vector import FORM, parse_region_vector

DEFAULT = ClassicSettings()
THRESHOLDS = ("ratio_threshold", "blue_threshold", "ndsi_threshold")
OUTLINES = OutlineSettings()
REGION_HELP = "what a model with region encoding is told; default %(default)s: by the centre of the map"


def add_inputs(parser: argparse.ArgumentParser) -> None:
    """Add the rasters, the extent, and the fields about the scene."""
    group = parser.add_argument_group("input")
    add_raster_options(group, required=True)
    group.add_argument("--extent", type=parse_extent, metavar="xmin,ymin,xmax,ymax[,EPSG:n]",
                       help="default: all of the imagery; without a CRS, in that of the grid")  # fmt: skip
    for name, what in (("src-id", "scene id"), ("src-date", "date, like 2023-08-17"), ("sensor", ""), ("analyst", "")):
        group.add_argument(f"--{name}", default="", help=f"{what or name} for the outlines' fields")


def add_method(parser: argparse.ArgumentParser) -> None:
    """Add the model, what it is told, and where and on what it runs."""
    group = parser.add_argument_group("method")
    group.add_argument("--model", metavar="classic|NAME|FILE", help="classic, a name that `icemargin model list` "
                       f"shows, or an ONNX file; default: {BUNDLED} where the rasters have all its bands and no "
                       "threshold of classic is given, else classic")  # fmt: skip
    group.add_argument("--index", choices=("ratio", "ndsi"), help="classic: red/SWIR1 or NDSI; default: what the bands "
                       "allow, the ratio first")  # fmt: skip
    for name in THRESHOLDS:
        default = getattr(DEFAULT, name)
        group.add_argument(f"--{name.replace('_', '-')}", type=float, help=f"of classic; default {default}")
    group.add_argument("--region", default=AUTO, metavar="|".join((AUTO, *REGIONS)), help=REGION_HELP)
    group.add_argument("--region-vector", type=parse_region_vector, default=(), metavar=FORM, help="instead of "
                       "--region: a mixture, as `icemargin region` finds it")  # fmt: skip
    group.add_argument("--overlap", type=float, help="share of a window that its neighbours see too; 0.5 is the "
                       "reference's, default: the model's")  # fmt: skip
    group.add_argument("--resolution", type=float, help="metres per pixel; default: the model's, or the imagery's own")
    group.add_argument("--crs", help="target CRS, metric; default: the imagery's own, or its UTM zone")
    group.add_argument("--threads", type=int, default=0, help="default: all")
    group.add_argument("--device", choices=DEVICES, default="auto")


def add_averages(parser: argparse.ArgumentParser) -> None:
    """Add the averages over models, flips and passes."""
    group = parser.add_argument_group("averages", "for network models; each multiplies the time. Several models or "
                                      "passes also write spread.tif, their standard deviation.")  # fmt: skip
    group.add_argument("--ensemble", nargs="+", default=[], metavar="NAME|FILE", help="further models, averaged with "
                       "--model")  # fmt: skip
    group.add_argument("--flips", action="store_true", help="average the 8 flips and rotations of each window")
    group.add_argument("--dropout", type=int, default=0, metavar="N", help="average N passes of Monte-Carlo dropout")
    group.add_argument("--dropout-rate", type=float, default=0.1, help="share left out in a pass; default %(default)s")


def add_outlines(parser: argparse.ArgumentParser) -> None:
    """Add how probability becomes outlines."""
    group = parser.add_argument_group("outlines")
    group.add_argument("--threshold", type=float, default=OUTLINES.threshold, help="probability; default %(default)s")
    group.add_argument("--minimum-area", type=float, default=OUTLINES.minimum_area_km2, help="km2; default %(default)s")
    group.add_argument("--no-median", action="store_true", help="without the 3 x 3 median on the classes")
    group.add_argument("--no-smooth", action="store_true", help="outlines along the pixels' edges")


def parse_extent(text: str) -> Extent:
    """Read "xmin,ymin,xmax,ymax" with an optional CRS behind."""
    parts = text.split(",", 4)
    try:
        xmin, ymin, xmax, ymax = (float(part) for part in parts[:4])
    except ValueError as error:
        raise argparse.ArgumentTypeError(f"{text!r} is not like 630000,3750000,640000,3760000,EPSG:32643") from error
    try:
        return Extent(xmin, ymin, xmax, ymax, parts[4].strip() if len(parts) > 4 else "")
    except ExtentError as error:
        raise argparse.ArgumentTypeError(str(error)) from error


def build_request(arguments: argparse.Namespace, doubts: List[str]) -> DelineationRequest:
    """Turn the parsed command line into a request; `doubts` gets what somebody should look at. Raises InputError."""
    sources = rasters_of(arguments, doubts)
    model = _model(arguments, sources)
    return DelineationRequest(
        sources=sources,
        out_dir=arguments.out,
        model=model,
        classic=_classic(arguments, model, sources),
        outlines=OutlineSettings(
            threshold=arguments.threshold,
            median=not arguments.no_median,
            minimum_area_km2=arguments.minimum_area,
            smooth=not arguments.no_smooth,
        ),
        scene=SceneFacts(arguments.src_id, arguments.src_date, arguments.sensor, arguments.analyst),
        extent=arguments.extent,
        crs=arguments.crs,
        resolution=arguments.resolution,
        overlap=arguments.overlap,
        region=arguments.region,
        region_vector=arguments.region_vector,
        ensemble=tuple(resolve_model(name) for name in arguments.ensemble),
        flips=arguments.flips,
        dropout_passes=arguments.dropout,
        dropout_rate=arguments.dropout_rate,
        device=arguments.device,
        threads=arguments.threads,
        resume=arguments.resume,
    )


def _model(arguments: argparse.Namespace, sources: Tuple[Source, ...]) -> str:
    """Return the model that is named; else what is proposed, where nothing that is given means the classic method."""
    if arguments.model is not None:
        return resolve_model(arguments.model)
    about_classic = (arguments.index, *(getattr(arguments, name) for name in THRESHOLDS))
    return proposed_model(given_bands(sources)) if about_classic.count(None) == len(about_classic) else CLASSIC


def _classic(arguments: argparse.Namespace, model: str, sources: Tuple[Source, ...]) -> ClassicSettings:
    index: Optional[str] = arguments.index
    if index is None and model == CLASSIC:
        index = classic_index({name for source in sources for name in source.bands})
    given = {name: getattr(arguments, name) for name in THRESHOLDS if getattr(arguments, name) is not None}
    return replace(DEFAULT, index=index or DEFAULT.index, **given)


def with_region(request: DelineationRequest) -> Tuple[DelineationRequest, str]:
    """Return the request with the region by position where that is asked for, and what to say of it."""
    if request.model == CLASSIC:
        if request.region_vector:
            raise ModelError("The classic method is told no region; leave --region-vector out, or give a --model.")
        return replace(request, region="unknown"), ""
    described = composed_description([read_description(path) for path in request.models])
    if request.region_vector:
        require_region_encoding(described)
    return resolve_region(request, described)
