"""`icemargin map`: rasters in, probability, confidence and outlines out."""

from __future__ import annotations

import argparse
import json
import sys
from dataclasses import asdict
from typing import Any, Dict, List

from ..inference.delineate import delineate
from ..inference.request import DelineationResult
from .map_options import add_averages, add_inputs, add_method, add_outlines, build_request, with_region
from .running import in_background


def add_parser(commands: Any) -> None:
    parser = commands.add_parser("map", help="map the glaciers of a scene", description=__doc__)
    parser.set_defaults(run=run)
    add_inputs(parser)
    add_method(parser)
    add_averages(parser)
    add_outlines(parser)
    parser.add_argument("--out", required=True, metavar="DIR", help="folder of the results")
    parser.add_argument("--resume", action="store_true", help="go on with a run that was interrupted in DIR")
    parser.add_argument("--json", action="store_true", help="print one JSON object on stdout")


def run(arguments: argparse.Namespace) -> int:
    """Map, with a progress bar on stderr; print what was found, and the doubts on stderr."""
    doubts: List[str] = []
    request, told = with_region(build_request(arguments, doubts))
    result = in_background(lambda progress: delineate(request, progress))
    for doubt in (*doubts, *result.warnings):
        print(f"Mind: {doubt}", file=sys.stderr)
    print(json.dumps(as_json(result)) if arguments.json else as_text(result, told))
    return 0


def as_json(result: DelineationResult) -> Dict[str, Any]:
    """Return the result for --json: paths under `paths`, the rest as it is."""
    values = asdict(result)
    paths = {name: values.pop(name) for name in ("probability", "confidence", "outlines", "spread")}
    values["paths"] = {name: path for name, path in paths.items() if path is not None}
    return values


def as_text(result: DelineationResult, told: str = "") -> str:
    """Return the result for people; `told` is what the model was told of the place, else the result's own words."""
    told = told or result.location
    seconds = sum(result.seconds.values())
    return (
        f"{result.n_outlines} outlines, {result.glacier_area_km2:.2f} km2 "
        f"({result.area_lo_km2:.2f} to {result.area_hi_km2:.2f}); {result.valid_fraction:.1%} valid; "
        f"{result.windows} windows by {result.provider} in {seconds:.1f} s, {result.peak_memory_mib:.0f} MiB\n"
        + (f"{told[:1].upper()}{told[1:]}\n" if told else "")
        + "\n".join(filter(None, (result.probability, result.confidence, result.outlines, result.spread)))
    )
