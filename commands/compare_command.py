"""`icemargin compare`: outlines beside a reference, glacier by glacier and as wholes; printed, as JSON, CSV, a page."""

from __future__ import annotations

import argparse
import os
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, Dict, Optional, Sequence

from ..inference.errors import InputError
from ..inference.progress import PartOfProgress, Progress
from ..inference.raster_io import open_raster
from ..inference.vector_reading import read_vectors
from .compare_experts import among_experts, beside_published
from .compare_facts import calibration_of, model_facts, status_classes, status_counts, training_doubts
from .compare_summary import summary_lines
from .compared_layers import classes_of, cleaned, date_doubts, read_side, source_of, zones_of
from .needs_inventory import require_inventory
from .needs_reports import require_reports
from .running import in_background

if TYPE_CHECKING:
    from ..inventory.outlines import Outlines
    from ..inventory.results import Comparison

PRINTED = "-"


def add_parser(commands: Any) -> None:
    about = "compare outlines with a reference and with experts"
    parser = commands.add_parser("compare", help=about, description=__doc__)
    parser.set_defaults(run=run)
    parser.add_argument("candidate", metavar="CANDIDATE", help="outlines to judge: any vector file; those whose field "
                        "status is rejected do not count")  # fmt: skip
    parser.add_argument("reference", metavar="REFERENCE", help="outlines to judge by: RGI, GLIMS or your own")
    parser.add_argument("--pixel", type=float, default=10.0, metavar="M", help="pixel of the imagery in metres (10 by "
                        "default): margins are sampled at half of it, boundary IoU is of bands of 1 and 2")  # fmt: skip
    parser.add_argument("--extent", metavar="FILE", help="polygons; only what lies in them is compared")
    parser.add_argument("--layer", default="", help="of CANDIDATE, where the file has several")
    parser.add_argument("--reference-layer", default="", help="of REFERENCE, where the file has several")
    parser.add_argument("--id-field", default="", help="of REFERENCE; default: im_id, rgi_id, RGIId, glims_id ...")
    parser.add_argument("--candidate-id-field", default="", help="of CANDIDATE")
    parser.add_argument("--strata", nargs="+", default=[], metavar="FIELD", help="fields of REFERENCE; numbers for "
                        "each of their values")  # fmt: skip
    parser.add_argument("--zones", nargs="+", default=[], metavar="KIND=FILE", help="polygons of ground, like "
                        "debris=FILE; numbers inside and elsewhere, by the field KIND or class where there is one")
    parser.add_argument("--experts", nargs="+", default=[], metavar="FILE", help="two or more repeat digitisations: is "
                        "the candidate within their spread?")  # fmt: skip
    parser.add_argument("--before", default="", metavar="FILE", help="the candidate before it was edited: its figures "
                        "beside those after")  # fmt: skip
    parser.add_argument("--calibration", default="", metavar="FILE", help="JSON of icemargin evaluate: the model's "
                        "reliability on the page")  # fmt: skip
    parser.add_argument("--reference-quality", default="", metavar="TEXT", help="what is known of the reference's "
                        "accuracy, for the page")  # fmt: skip
    parser.add_argument("--report", metavar="FILE.html", help="write one page with tables, charts and the worst places")
    parser.add_argument("--imagery", default="", metavar="FILE", help="a raster for the page's pictures")
    parser.add_argument("--json", metavar="FILE", help="write all numbers; - prints them")
    parser.add_argument("--csv", metavar="FILE", help="write the numbers of each glacier")


@dataclass(frozen=True)
class _Compared:
    """The comparison, the layers that were compared (for pictures), and what else the values tell."""

    comparison: Comparison
    candidate: Outlines
    reference: Outlines
    extra: Dict[str, Any]


def run(arguments: argparse.Namespace) -> int:
    """Compare; print the headline and the doubts."""
    require_inventory()
    from ..reports.writing import check_place, write_text

    if arguments.report:
        require_reports()
    elif arguments.imagery:
        raise InputError("--imagery is for the pictures of the page; give --report FILE.html too.")
    if len(arguments.experts) == 1:
        raise InputError("One repeat digitisation has no spread; give --experts two files or more.")
    for path in (arguments.report, arguments.json, arguments.csv):
        if path and path != PRINTED:
            check_place(path)
    if arguments.imagery:
        open_raster(arguments.imagery)
    if arguments.calibration:
        calibration_of(arguments.calibration)
    found = in_background(lambda progress: _compared(arguments, progress))
    values = _values(found)
    text = _as_json(values)
    if arguments.csv:
        from ..reports.comparison_csv import comparison_csv

        write_text(arguments.csv, comparison_csv(values))
    if arguments.json and arguments.json != PRINTED:
        write_text(arguments.json, text)
    if arguments.report:
        from ..reports.comparison_report import comparison_page

        write_text(arguments.report, comparison_page(values, found.candidate, found.reference, arguments.imagery))
    print(text.rstrip() if arguments.json == PRINTED else "\n".join(summary_lines(values)))
    return 0


def _values(found: _Compared) -> Dict[str, Any]:
    from .. import __version__

    return {"icemargin": __version__, **found.comparison.to_json(), **found.extra}


def _as_json(values: Dict[str, Any]) -> str:
    from ..reports.values import as_json

    return as_json(values)


def _compared(arguments: argparse.Namespace, progress: Progress) -> _Compared:
    from ..inventory.clipping import Extent, clipped
    from ..inventory.comparison import compare
    from ..inventory.outlines import common_crs
    from ..inventory.results import ComparisonSettings

    settings = ComparisonSettings(pixel_m=arguments.pixel)
    ours, our_ids = read_side(arguments.candidate, arguments.layer, arguments.candidate_id_field)
    theirs, their_ids = read_side(arguments.reference, arguments.reference_layer, arguments.id_field)
    plane = common_crs((ours.wkb, ours.crs), (theirs.wkb, theirs.crs))
    candidate, reference = cleaned(ours, our_ids, plane), cleaned(theirs, their_ids, plane)
    extent = Extent.of(_plain_layer(arguments.extent, plane)) if arguments.extent else None
    zones = [zones_of(text, plane) for text in arguments.zones]
    classes: Dict[str, Sequence[str]] = {field: classes_of(theirs, field, reference) for field in arguments.strata}
    classes.update(status_classes(ours, candidate, reference))
    found = compare(candidate, reference, settings, PartOfProgress(progress, 0.0, 0.8), extent, zones, classes)
    repeats = [cleaned(*read_side(path, "", ""), plane) for path in arguments.experts]
    before = cleaned(*read_side(arguments.before, "", ""), plane) if arguments.before else None
    extra = _extra(arguments, None if before is None else compare(before, reference, settings, extent=extent))
    if extent is not None:  # for the experts and the pictures
        candidate, reference, *repeats = (clipped(layer, extent)[0] for layer in (candidate, reference, *repeats))
    part = PartOfProgress(progress, 0.8, 1.0)
    experts = (
        among_experts(candidate, reference, repeats, arguments.experts, settings.pixel_m / 2, part)
        if repeats else beside_published(found, reference, zones)
    )  # fmt: skip
    facts = model_facts(arguments.candidate)
    told = {"candidate": {**source_of(ours, candidate), **facts, **status_counts(ours)}}
    told["reference"] = {**source_of(theirs, reference), **_quality(arguments)}
    warnings = (*date_doubts(ours, theirs), *training_doubts(facts), *found.warnings)
    found = replace(found, sources=told, warnings=warnings, experts=experts)
    return _Compared(found, candidate, reference, extra)


def _extra(arguments: argparse.Namespace, before: Optional[Comparison]) -> Dict[str, Any]:
    """Return what the values have besides the comparison: figures before the editing, the model's calibration."""
    found: Dict[str, Any] = {}
    if before is not None:
        found["before"] = {"file": os.path.basename(arguments.before), "total": before.to_json()["total"]}
    if arguments.calibration:
        found["calibration"] = calibration_of(arguments.calibration)
    return found


def _quality(arguments: argparse.Namespace) -> Dict[str, str]:
    return {"quality": arguments.reference_quality} if arguments.reference_quality else {}


def _plain_layer(path: str, plane: str) -> Outlines:
    layer = read_vectors(path)
    return cleaned(layer, [""] * len(layer.wkb), plane)
