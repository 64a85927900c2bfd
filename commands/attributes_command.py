"""`icemargin attributes`: the attributes of the RGI 7 of outlines, from a DEM, and how well their areas are known."""

from __future__ import annotations

import argparse
import math
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Any, Dict, List

from ..inference.errors import InputError
from ..inference.progress import PartOfProgress, Progress
from ..inference.vector_editing import write_edited
from ..inference.vector_layer import VectorLayer
from ..inference.vector_reading import read_vectors
from ..inventory.surroundings import CONFIDENCE_PIXELS, SPLINE_PIXELS
from ..scenes.ground_rasters import CONFIDENCE, ELEVATION, confidence_source, store_near
from ..scenes.sources import elevation_source
from .attributes_output import attribute_lines, hypsometry_csv
from .change_layers import file_and_layer
from .needs_inventory import require_inventory
from .places import PRINTED, check_places
from .running import in_background

if TYPE_CHECKING:
    from ..inventory.attributes_layer import AttributeInputs, LayerAttributes


def add_parser(commands: Any) -> None:
    parser = commands.add_parser("attributes", help="the RGI's attributes of outlines", description=__doc__)
    parser.set_defaults(run=run)
    parser.add_argument("outlines", metavar="OUTLINES", help="any vector file, or FILE|layername=NAME; outlines whose "
                        "field status is rejected are left as they are")  # fmt: skip
    parser.add_argument("--dem", nargs="+", required=True, metavar="FILE", help="elevation in metres above sea level, "
                        "in any CRS; several files are tiles in one CRS")  # fmt: skip
    parser.add_argument("--dem-source", default="", metavar="NAME", help="what the field dem_source says; default: the "
                        "(first) file's name")  # fmt: skip
    parser.add_argument("--out", required=True, metavar="FILE.gpkg", help="a copy of OUTLINES with the attributes; "
                        "what has not changed since they were measured stays")  # fmt: skip
    parser.add_argument("--regions", nargs="+", default=[], metavar="FILE", help="the RGI's region polygons, of first "
                        "or second order or both; default: a rough table of our own, of first order")  # fmt: skip
    sure = parser.add_mutually_exclusive_group()
    sure.add_argument("--confidence", default="", metavar="FILE", help="confidence.tif of the map: the areas' "
                      "intervals follow from it")  # fmt: skip
    sure.add_argument("--probability", default="", metavar="FILE", help="the same from a probability of ice that is "
                      "not calibrated")  # fmt: skip
    parser.add_argument("--block", type=float, default=3200.0, metavar="M", help="in blocks of this size pixels are "
                        "right or wrong together (%(default)g m)")  # fmt: skip
    parser.add_argument("--pixel", type=float, default=10.0, metavar="M", help="pixel of the imagery: margins are "
                        "known to half of it, under debris to all of it (%(default)g m)")  # fmt: skip
    parser.add_argument("--debris", default="", metavar="FILE", help="polygons of debris on ice")
    parser.add_argument("--id-field", default="", help="default: im_id, rgi_id, RGIId, glims_id ...")
    parser.add_argument("--again", action="store_true", help="measure also what has not changed")
    parser.add_argument("--hypsometry", metavar="FILE.csv", help="write area by elevation as the RGI does; measures "
                        "everything again")  # fmt: skip
    parser.add_argument("--json", metavar="FILE", help="write the total and the doubts; - prints them")


def run(arguments: argparse.Namespace) -> int:
    """Measure; print the total and what somebody should know."""
    require_inventory()
    from ..inventory.attributes_edits import attribute_edits
    from ..reports.values import as_json
    from ..reports.writing import write_text

    if not 0 < arguments.pixel < math.inf:
        raise InputError(f"A pixel of {arguments.pixel:g} m cannot be meant; give its size in metres, like 10.")
    check_places(arguments, "out", "hypsometry", "json")
    layer = read_vectors(*file_and_layer(arguments.outlines))
    with TemporaryDirectory(prefix="icemargin-") as folder:
        found = in_background(lambda progress: _found(arguments, layer, folder, progress))
    write_edited(layer, attribute_edits(layer, found), arguments.out)
    if arguments.hypsometry:
        write_text(arguments.hypsometry, hypsometry_csv(found))
    values = found.to_json()
    if arguments.json and arguments.json != PRINTED:
        write_text(arguments.json, as_json(values))
    print(as_json(values).rstrip() if arguments.json == PRINTED else "\n".join(attribute_lines(values, arguments.out)))
    return 0


def _found(arguments: argparse.Namespace, layer: VectorLayer, folder: str, progress: Progress) -> LayerAttributes:
    from ..inventory.attributes_layer import layer_attributes

    inputs = _inputs(arguments, layer, folder, PartOfProgress(progress, 0.0, 0.3))
    everything = arguments.again or bool(arguments.hypsometry)
    return layer_attributes(layer, inputs, arguments.id_field, everything, PartOfProgress(progress, 0.3, 1.0))


def _inputs(arguments: argparse.Namespace, layer: VectorLayer, folder: str, progress: Progress) -> AttributeInputs:
    """Read all files, rasters into `folder`. Raises InputError subclasses."""
    from ..inventory.attributes_interval import IntervalSettings
    from ..inventory.attributes_layer import AttributeInputs
    from ..inventory.attributes_uncertainty import UncertaintySettings

    sure = arguments.confidence or arguments.probability
    interval = IntervalSettings(arguments.block)
    dem = store_near(elevation_source(*arguments.dem), ELEVATION, [layer], folder, progress, SPLINE_PIXELS)
    more: Dict[str, Any] = {}
    if sure:
        source = confidence_source(sure)
        more["confidence"] = store_near(source, CONFIDENCE, [layer], folder, progress, CONFIDENCE_PIXELS)
    if arguments.debris:
        more["debris"] = read_vectors(*file_and_layer(arguments.debris))
    regions: List[VectorLayer] = [read_vectors(*file_and_layer(text)) for text in arguments.regions]
    return AttributeInputs(
        dem, arguments.dem_source or Path(arguments.dem[0]).stem, tuple(regions),
        uncertainty=UncertaintySettings(arguments.pixel, not arguments.probability, interval), **more,
    )  # fmt: skip
