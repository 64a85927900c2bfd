"""`icemargin compare`: outlines beside a reference, glacier by glacier and as wholes; printed, as JSON, CSV, a page."""

from __future__ import annotations

import argparse
import os
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Any, Tuple

from ..inference.errors import InputError, OutlinesError
from ..inference.progress import Progress
from ..inference.provenance import model_facts
from ..inference.raster_io import open_raster
from ..inference.vector_layer import VectorLayer
from ..inference.vector_reading import read_vectors
from ..reports.calibration_file import calibration_of
from ..scenes.ground_rasters import store_ground
from .compare_summary import summary_lines
from .needs_inventory import require_inventory
from .needs_reports import require_reports
from .places import PRINTED, check_places
from .running import in_background

if TYPE_CHECKING:
    from ..inventory.comparison_values import ComparisonInputs


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
    parser.add_argument("--dem", default="", metavar="FILE", help="elevation in m: numbers by elevation, slope and "
                        "aspect, and of margins at the terminus, the flanks and the headwall")  # fmt: skip
    parser.add_argument("--confidence", default="", metavar="FILE", help="the map's confidence.tif: numbers by how "
                        "sure it is of the ground")  # fmt: skip
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
    parser.add_argument("--difference", metavar="FILE.gpkg", help="write what was gained, lost and common, as polygons")
    parser.add_argument("--json", metavar="FILE", help="write all numbers; - prints them")
    parser.add_argument("--csv", metavar="FILE", help="write the numbers of each glacier")


def run(arguments: argparse.Namespace) -> int:
    """Compare; print the headline and the doubts."""
    require_inventory()
    from ..inventory.comparison_values import compared
    from ..reports.values import as_json
    from ..reports.writing import write_text

    _check(arguments)
    with TemporaryDirectory(prefix="icemargin-") as folder:
        found = in_background(lambda progress: compared(_inputs(arguments, folder, progress), progress))
    values = found.values
    if arguments.difference:
        from ..reports.difference_layer import write_difference

        layer = in_background(lambda progress: found.difference(progress).to_layer())
        write_difference(arguments.difference, layer)
    text = as_json(values)
    if arguments.csv:
        from ..reports.comparison_csv import comparison_csv

        write_text(arguments.csv, comparison_csv(values))
    if arguments.json and arguments.json != PRINTED:
        write_text(arguments.json, text)
    if arguments.report:
        from ..reports.comparison_report import comparison_page
        from ..reports.imagery import Imagery

        imagery = Imagery(arguments.imagery) if arguments.imagery else None
        write_text(arguments.report, comparison_page(values, found.candidate, found.reference, imagery))
    print(text.rstrip() if arguments.json == PRINTED else "\n".join(summary_lines(values)))
    return 0


def _check(arguments: argparse.Namespace) -> None:
    """Refuse before a long job what would fail after it. Raises IceMarginError subclasses."""
    if arguments.report:
        require_reports()
    elif arguments.imagery:
        raise InputError("--imagery is for the pictures of the page; give --report FILE.html too.")
    if len(arguments.experts) == 1:
        raise InputError("One repeat digitisation has no spread; give --experts two files or more.")
    check_places(arguments, "report", "json", "csv", "difference")
    if arguments.imagery:
        open_raster(arguments.imagery)


def _inputs(arguments: argparse.Namespace, folder: str, progress: Progress) -> ComparisonInputs:
    """Read all files, rasters into `folder`. Raises InputError subclasses."""
    from ..inventory.comparison_values import ComparisonInputs

    candidate = read_vectors(arguments.candidate, arguments.layer)
    reference = read_vectors(arguments.reference, arguments.reference_layer)
    return ComparisonInputs(
        candidate=candidate,
        reference=reference,
        candidate_id_field=arguments.candidate_id_field,
        reference_id_field=arguments.id_field,
        pixel_m=arguments.pixel,
        extent=read_vectors(arguments.extent) if arguments.extent else None,
        zones=tuple(_zones(text) for text in arguments.zones),
        strata=tuple(arguments.strata),
        experts=tuple((os.path.basename(path), read_vectors(path)) for path in arguments.experts),
        before=read_vectors(arguments.before) if arguments.before else None,
        model=model_facts(arguments.candidate),
        calibration=calibration_of(arguments.calibration) if arguments.calibration else None,
        quality=arguments.reference_quality,
        **store_ground(arguments.dem, arguments.confidence, (candidate, reference), folder, progress),
    )


def _zones(text: str) -> Tuple[str, VectorLayer]:
    """Return what `KIND=FILE` names. Raises OutlinesError."""
    kind, equals, path = text.partition("=")
    if not (kind and equals and path):
        raise OutlinesError(f"--zones {text} has no name; write it like --zones debris={text}.")
    return kind, read_vectors(path)
