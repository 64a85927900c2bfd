"""`icemargin region`: the region vector with which a model is surest of itself in a scene, for unknown regions.

Low entropy is not accuracy: nothing is mapped with the vector unless you say so (--map, or `icemargin map
--region-vector`).
"""

from __future__ import annotations

import argparse
import json
import sys
from dataclasses import asdict, replace
from functools import partial
from pathlib import Path
from typing import Any, Dict, List

from ..inference.delineate import delineate
from ..inference.errors import ModelError
from ..inference.model import REGIONS
from ..inference.onnx_metadata import read_description
from ..inference.region_descent import RegionSettings
from ..inference.region_search import (
    NOT_SURER,
    WARNING,
    RegionSearch,
    known_regions,
    require_region_encoding,
    search_for_request,
)
from ..inference.request import DelineationRequest, DelineationResult
from ..models.store import CLASSIC
from .map_options import add_averages, add_inputs, add_method, add_outlines, build_request, with_region
from .region_vector import region_vector_words
from .running import in_background

DEFAULT = RegionSettings()
BEFORE, AFTER = "before", "after"
_WIDTH = 20


def add_parser(commands: Any) -> None:
    parser = commands.add_parser(
        "region", help="for a scene in no known region: find what to tell a model with region encoding",
        description=__doc__,
    )  # fmt: skip
    parser.set_defaults(run=run, out="", resume=False)
    add_inputs(parser)
    add_method(parser)
    group = parser.add_argument_group("search")
    group.add_argument("--windows", type=int, default=DEFAULT.windows, help="looked at; default %(default)s")
    group.add_argument("--epochs", type=int, default=DEFAULT.epochs, help="steps at most; default %(default)s")
    group.add_argument("--rate", type=float, default=DEFAULT.rate, help="Adam's; default %(default)s")
    group.add_argument("--map", metavar="DIR", help="also map with the region as it is into DIR/before, and with the "
                       "vector found into DIR/after")  # fmt: skip
    add_averages(parser)
    add_outlines(parser)
    parser.add_argument("--json", action="store_true", help="print one JSON object on stdout")


def run(arguments: argparse.Namespace) -> int:
    """Search, and with --map map before and after; print what was found, and the doubts on stderr."""
    doubts: List[str] = []
    settings = RegionSettings(windows=arguments.windows, epochs=arguments.epochs, rate=arguments.rate)
    request, told = _request(arguments, doubts)
    n_regions = len(known_regions(read_description(request.model)))
    print(costs_text(settings, n_regions), file=sys.stderr)
    found = in_background(lambda progress: search_for_request(request, progress, None, settings))
    maps = _map_both(request, found, arguments.map) if arguments.map else {}
    warnings = [warning for result in maps.values() for warning in result.warnings]
    for doubt in dict.fromkeys((*doubts, *found.warnings, *warnings)):
        print(f"Mind: {doubt}", file=sys.stderr)
    if arguments.json:
        print(json.dumps({**as_json(found), "maps": {name: asdict(result) for name, result in maps.items()}}))
    else:
        print(as_text(found, told) + "".join(_map_text(name, result) for name, result in maps.items()))
    return 0


def _request(arguments: argparse.Namespace, doubts: List[str]) -> tuple[DelineationRequest, str]:
    """Return the request with its region resolved, and what to say of that. Raises ModelError for other models."""
    if arguments.model in (None, CLASSIC):
        raise ModelError("The classic method is not told its region; give a model with region encoding (--model).")
    request = build_request(arguments, doubts)
    require_region_encoding(read_description(request.model))
    return with_region(request)


def _map_both(request: DelineationRequest, found: RegionSearch, folder: str) -> Dict[str, DelineationResult]:
    requests = {
        BEFORE: replace(request, out_dir=str(Path(folder) / BEFORE)),
        AFTER: replace(request, out_dir=str(Path(folder) / AFTER), region_vector=found.found.vector),
    }
    return {name: in_background(partial(delineate, asked)) for name, asked in requests.items()}


def costs_text(settings: RegionSettings, n_regions: int) -> str:
    """Return what the search will take, told before it starts."""
    looks = settings.evaluations_of(n_regions)
    most = looks * settings.windows
    return f"Up to {looks} looks at {settings.windows} windows: as long as mapping {most} windows."


def as_json(found: RegionSearch) -> Dict[str, Any]:
    """Return what was found for --json, without the pictures."""
    return {
        "entropies": dict(found.entropies),
        "before": _step(found.before.vector, found.before.entropy),
        "start": _step(found.start.vector, found.start.entropy),
        "found": _step(found.found.vector, found.found.entropy),
        "trajectory": [step.entropy for step in found.trajectory],
        "evaluations": found.evaluations,
        "converged": found.converged,
        "changed": found.changed,
        "pixels": found.pixels,
        "seconds": found.seconds,
        "warning": WARNING,
    }


def _step(vector: Any, entropy: float) -> Dict[str, Any]:
    return {"vector": dict(zip(REGIONS, vector)), "entropy": entropy}


def as_text(found: RegionSearch, told: str = "") -> str:
    """Return what was found for people; `told` is where the region of "before" comes from."""
    rows = sorted(found.entropies.items(), key=lambda item: item[1])
    words = region_vector_words(found.found.vector)
    lines = [
        f"As before: {told.partition(': ')[2] or region_vector_words(found.before.vector)}",
        "Mean entropy of the predictions (0 sure, 1 undecided) where the model is told",
        *(_row(name, entropy) for name, entropy in rows),
        _row("an even mixture", found.start.entropy),
        _row("as before", found.before.entropy),
        _row("the vector found", found.found.entropy),
        f"Found after {len(found.trajectory) - 1} steps, {found.evaluations} looks, {found.seconds:.0f} s"
        + ("" if found.converged else " (it still moved; --epochs goes on)"),
        f"  {words}",
        f"The class of {found.changed:.1%} of the {found.pixels:,} pixels looked at changes.",
    ]
    best = found.better_alone
    if best:
        lines.append(f"{best} alone has less entropy than the mixture found (--region {best}).")
    if not found.is_surer:
        lines.append(NOT_SURER)
    return "\n".join([*lines, WARNING, f"To map with it: icemargin map ... --region-vector {words}"])


def _row(what: str, entropy: float) -> str:
    return f"  {what:{_WIDTH}} {entropy:.4f}"


def _map_text(name: str, result: DelineationResult) -> str:
    return (
        f"\n{name + ':':7} {result.glacier_area_km2:.2f} km2 ({result.area_lo_km2:.2f} to {result.area_hi_km2:.2f}), "
        f"{result.n_outlines} outlines: {result.outlines}"
    )
