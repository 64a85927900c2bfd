"""`icemargin divides`: ice in glaciers, by an earlier inventory's divides and by flowsheds of a DEM."""

from __future__ import annotations

import argparse
import json
import math
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Any, Optional, Sequence, Tuple

from ..inference.errors import InputError, RuntimeMissingError
from ..inference.libraries import FLOWSHEDS, missing_libraries
from ..inference.progress import PartOfProgress, Progress
from ..inference.stored_raster import StoredRaster
from ..inference.vector_editing import write_edited
from ..inference.vector_layer import VectorLayer
from ..inference.vector_reading import read_vectors
from ..scenes.ground_rasters import ELEVATION, pixels_within, store_near
from ..scenes.sources import elevation_source
from .change_layers import file_and_layer
from .divides_output import divide_lines
from .needs_inventory import require_inventory
from .places import check_places
from .running import in_background

if TYPE_CHECKING:
    from ..inventory.divide_parts import Divided
    from ..inventory.divide_plans import DivideSettings
    from ..inventory.outlines import Outlines


def add_parser(commands: Any) -> None:
    parser = commands.add_parser("divides", help="divide ice into glaciers", description=__doc__)
    parser.set_defaults(run=run)
    parser.add_argument("outlines", metavar="OUTLINES", help="any vector file, or FILE|layername=NAME; outlines that "
                        "touch are one complex, rejected ones are left as they are")  # fmt: skip
    parser.add_argument("--dem", nargs="+", default=[], metavar="FILE", help="elevation in metres, in any CRS: divides "
                        "ice where the inventory has none; several files are tiles in one CRS")  # fmt: skip
    parser.add_argument("--inherit", default="", metavar="INVENTORY", help="earlier glaciers: their divides, extended "
                        "to the new margin, and their ids are kept")  # fmt: skip
    parser.add_argument("--out", required=True, metavar="FILE.gpkg", help="a copy of OUTLINES in glaciers")
    parser.add_argument("--id-field", default="", help="of INVENTORY; default: im_id, rgi_id, RGIId, glims_id ...")
    parser.add_argument("--minimum-area", type=float, default=0.01, metavar="KM2", help="an earlier glacier of which "
                        "less is left goes to its neighbour (%(default)s)")  # fmt: skip
    parser.add_argument("--split-ice-caps", action="store_true", help="divide ice caps by flowsheds too")
    parser.add_argument("--json", action="store_true", help="print one JSON object")


def run(arguments: argparse.Namespace) -> int:
    """Divide; print the numbers and what somebody should look at."""
    require_inventory()
    if arguments.dem and missing_libraries(FLOWSHEDS):
        raise RuntimeMissingError("Flowsheds need fastscapelib; pip install fastscapelib, or give --inherit alone.")
    from ..inventory.divides_edits import divide_edits

    _check(arguments)
    check_places(arguments, "out")
    layer = read_vectors(*file_and_layer(arguments.outlines))
    with TemporaryDirectory(prefix="icemargin-") as folder:
        found, outlines = in_background(lambda progress: _found(arguments, layer, folder, progress))
    write_edited(layer, divide_edits(layer, outlines, found), arguments.out)
    numbers = found.to_json()
    print(json.dumps(numbers) if arguments.json else "\n".join(divide_lines(numbers, arguments.out)))
    return 0


def _check(arguments: argparse.Namespace) -> None:
    """Raise InputError for what cannot be meant."""
    if not (arguments.dem or arguments.inherit):
        raise InputError("Nothing tells where the divides are; give --dem, or --inherit, or both.")
    if not 0 <= arguments.minimum_area < math.inf:
        raise InputError(f"A minimum area of {arguments.minimum_area:g} km2 cannot be meant; 0.01 is usual.")


def _found(
    arguments: argparse.Namespace, layer: VectorLayer, folder: str, progress: Progress
) -> Tuple[Divided, Outlines]:
    from ..inventory.divide_plans import DivideSettings
    from ..inventory.divides_layer import divide_layer

    settings = DivideSettings(minimum_m2=arguments.minimum_area * 1e6, split_ice_caps=arguments.split_ice_caps)
    dem = stored_dem(arguments.dem, layer, settings, folder, PartOfProgress(progress, 0.0, 0.2))
    inventory = read_vectors(*file_and_layer(arguments.inherit)) if arguments.inherit else None
    work = PartOfProgress(progress, 0.2, 1.0)
    return divide_layer(layer, dem, inventory, arguments.id_field, settings, work)


def stored_dem(
    paths: Sequence[str], layer: VectorLayer, settings: DivideSettings, folder: str, progress: Progress
) -> Optional[StoredRaster]:
    """Return the DEM round the outlines as stored pixels. Raises InputError subclasses."""
    if not paths:
        return None
    source = elevation_source(*paths)
    return store_near(source, ELEVATION, [layer], folder, progress, pixels_within(source, settings.margin_m))
