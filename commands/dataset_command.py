"""`icemargin dataset`: data sets for training, from rasters and outlines or from corrected maps; checked; shown."""

from __future__ import annotations

import argparse
import sys
from typing import TYPE_CHECKING, Any, Dict, List, Tuple

from ..inference.errors import SettingsError
from .map_options import parse_extent
from .needs_training import require_training
from .raster_options import add_raster_options, rasters_of
from .running import in_background

if TYPE_CHECKING:
    from ..training.data.build import BuildSummary
    from ..training.data.overview import TileNumbers

BAD_DATASET = 2
OUTSIDE = ("glacier-free", "unlabelled")


def add_parser(commands: Any) -> None:
    parser = commands.add_parser("dataset", help="build, check or show data sets for training", description=__doc__)
    actions = parser.add_subparsers(required=True, metavar="ACTION")
    building = actions.add_parser("build", help="from rasters and outlines, or from a corrected map")
    _add_inputs(building)
    _add_labels(building)
    _add_split(building)
    building.set_defaults(run=run_build)
    for name, run, what in (
        ("check", run_check, "what is wrong, and where; exit code 2 where there are errors"),
        ("show", run_show, "a line a tile: region, inputs, shares of labels, glacier and debris"),
    ):
        action = actions.add_parser(name, help=what)
        action.add_argument("files", nargs="+", metavar="FILE.hdf5")
        action.set_defaults(run=run)


def _add_inputs(parser: argparse.ArgumentParser) -> None:
    group = parser.add_argument_group("input (as for `icemargin map`)")
    add_raster_options(group, required=False)
    group.add_argument("--extent", type=parse_extent, metavar="xmin,ymin,xmax,ymax[,EPSG:n]", help="default: all")
    group.add_argument("--crs", help="target CRS, metric; default: the imagery's own, or its UTM zone")
    group.add_argument("--resolution", type=float, help="metres per pixel; default: 10, or the corrected map's")
    group.add_argument("--tile", type=int, default=1024, help="largest side of a tile in pixels; default %(default)s")
    for name, what in (
        ("region", "of training, like ALP; default: by position"),
        ("subregion", "a name of yours"),
        ("sensor", "of the imagery, for test sets by sensor"),
        ("date", "of the imagery, like 2023-08-17, for test sets by time"),
        ("name", "of the scene, in the tiles' names; default: the file's"),
    ):
        group.add_argument(f"--{name}", default="", help=what)


def _add_labels(parser: argparse.ArgumentParser) -> None:
    group = parser.add_argument_group("labels")
    one = group.add_mutually_exclusive_group(required=True)
    one.add_argument("--outlines", metavar="FILE", help="glacier polygons in any vector format and CRS")
    one.add_argument("--corrections", metavar="RESULT", help="a map of IceMargin (its folder or outlines.gpkg) with "
                     "accepted or edited outlines; its rasters are found by its provenance")  # fmt: skip
    group.add_argument("--layer", default="", help="of --outlines; default: `outlines`, or the only one")
    group.add_argument("--status", default="", metavar="accepted,edited", help="only these outlines of --outlines")
    group.add_argument("--labelled-area", default="", metavar="FILE", help="polygons of the area that the outlines "
                       "cover; beyond it only the outlines themselves are labels")  # fmt: skip
    group.add_argument("--outside", choices=OUTSIDE, default=OUTSIDE[0], help="without --labelled-area: what lies "
                       "outside the outlines; default %(default)s")  # fmt: skip
    group.add_argument("--debris", default="", metavar="FILE", help="polygons of debris-covered ice, for scores")
    group.add_argument("--ring", type=int, default=10, help="--corrections: pixels around corrected outlines that "
                       "count as not glacier; default %(default)s")  # fmt: skip


def _add_split(parser: argparse.ArgumentParser) -> None:
    group = parser.add_argument_group("split")
    group.add_argument("--block-km", type=float, default=5.0, help="side of the blocks of ground that go to train, val "
                       "or test as a whole (random tiles leak); default %(default)s")  # fmt: skip
    group.add_argument("--gap", type=float, default=500.0, help="metres without labels between blocks of two sets; "
                       "default %(default)s")  # fmt: skip
    group.add_argument("--shares", type=_shares, default=(0.7, 0.15, 0.15), metavar="TRAIN,VAL,TEST",
                       help="default 0.7,0.15,0.15")  # fmt: skip
    group.add_argument("--hold-back", type=float, default=0.25, metavar="SHARE", help="--corrections: share of "
                       "glaciers for validation; default %(default)s")  # fmt: skip
    group.add_argument("--seed", type=int, default=0, help="another seed, another split; default %(default)s")
    parser.add_argument("--out", required=True, metavar="DIR", help="folder of train.hdf5, val.hdf5 and test.hdf5")
    parser.add_argument("--overwrite", action="store_true", help="replace the data set that is in DIR")


def _shares(text: str) -> Tuple[float, float, float]:
    try:
        train, val, test = (float(part) for part in text.split(","))
    except ValueError as error:
        raise argparse.ArgumentTypeError(f"{text!r} is not like 0.7,0.15,0.15 (train,val,test)") from error
    return train, val, test


def run_build(arguments: argparse.Namespace) -> int:
    """Build; print the files, how they were split, and what somebody should look at."""
    require_training()
    doubts: List[str] = []
    summary = _from_corrections(arguments, doubts) if arguments.corrections else _from_outlines(arguments, doubts)
    for doubt in dict.fromkeys((*doubts, *summary.notes)):
        print(f"Mind: {doubt}", file=sys.stderr)
    print(as_text(summary))
    return 0


def _from_outlines(arguments: argparse.Namespace, doubts: List[str]) -> BuildSummary:
    from ..training.data.build import BuildRequest, build_dataset
    from ..training.data.labels import LabelFiles
    from ..training.data.scene import SceneInput

    status = tuple(word.strip() for word in arguments.status.split(",") if word.strip())
    files = LabelFiles(
        arguments.outlines, arguments.layer, status, arguments.debris, arguments.labelled_area, arguments.outside
    )
    scene = SceneInput(**{"resolution": 10.0, "sources": (), **_scene_fields(arguments, doubts)})
    request = BuildRequest(
        scene, files, arguments.out, 1000 * arguments.block_km, arguments.gap, arguments.shares, arguments.seed,
        arguments.overwrite,
    )  # fmt: skip
    return in_background(lambda progress: build_dataset(request, progress))


def _from_corrections(arguments: argparse.Namespace, doubts: List[str]) -> BuildSummary:
    from ..training.data.corrections import CorrectionRequest, build_from_corrections, mapped_scene, outlines_of

    unused = [name for name in ("layer", "status", "labelled_area", "debris") if getattr(arguments, name)]
    if unused:
        raise SettingsError(f"--{unused[0].replace('_', '-')} goes with --outlines, not with --corrections.")
    outlines = outlines_of(arguments.corrections)
    request = CorrectionRequest(
        mapped_scene(outlines, _scene_fields(arguments, doubts)), outlines, arguments.out, arguments.ring,
        arguments.hold_back, arguments.seed, arguments.overwrite,
    )  # fmt: skip
    return in_background(lambda progress: build_from_corrections(request, progress))


def _scene_fields(arguments: argparse.Namespace, doubts: List[str]) -> Dict[str, Any]:
    """Return the fields of SceneInput that were given."""
    names = ("extent", "crs", "resolution", "region", "subregion", "sensor", "date", "name", "tile")
    fields = {name: getattr(arguments, name) for name in names if getattr(arguments, name)}
    sources = rasters_of(arguments, doubts)
    return {**fields, **({"sources": sources} if sources else {})}


def as_text(summary: BuildSummary) -> str:
    """Return the summary for people."""
    lines = [
        f"{one.path}: {one.tiles} tile{'' if one.tiles == 1 else 's'}, {one.labelled:,} labelled pixels, "
        f"{one.glacier / max(one.labelled, 1):.1%} glacier"
        for one in summary.sets.values()
    ]
    return "\n".join([*lines, summary.split])


def run_check(arguments: argparse.Namespace) -> int:
    """Print every fault; return 2 where one of them is an error."""
    require_training()
    from ..training.data.check import ERROR, check_dataset

    faults = in_background(lambda progress: check_dataset(arguments.files, progress))
    for fault in faults:
        print(fault)
    errors = sum(fault.severity == ERROR for fault in faults)
    if faults:
        print(f"{errors} errors, {len(faults) - errors} warnings")
    else:
        print("No fault found.")
    return BAD_DATASET if errors else 0


COLUMNS = ("tile", "region", "subregion", "pixels", "inputs", "labelled", "glacier", "debris")


def run_show(arguments: argparse.Namespace) -> int:
    """Print a table: shares of labelled pixels, of glacier among these, and of debris on the glacier."""
    require_training()
    from ..training.data.overview import overview
    from ..training.data.tiles import find_tiles

    for path in arguments.files:
        numbers = tuple(overview(find_tiles([path])))
        table = [COLUMNS, *map(_row, numbers), _total(numbers)]
        widths = [max(len(row[column]) for row in table) for column in range(len(COLUMNS))]
        print(path)
        for row in table:
            print("  ".join(text.ljust(width) for text, width in zip(row, widths)).rstrip())
    return 0


def _row(one: TileNumbers) -> Tuple[str, ...]:
    tile = one.tile
    inputs = " ".join(tile.features) + (f" (without {', '.join(tile.absent)})" if tile.absent else "")
    return (
        tile.name, tile.region, tile.subregion or "-", f"{tile.height} x {tile.width}", inputs, *_shares_of([one]),
    )  # fmt: skip


def _total(numbers: Tuple[TileNumbers, ...]) -> Tuple[str, ...]:
    regions = ", ".join(sorted({one.tile.region for one in numbers}))
    count = f"{len(numbers)} tile{'' if len(numbers) == 1 else 's'}"
    return (count, regions, "", f"{sum(one.pixels for one in numbers):,}", "", *_shares_of(numbers))


def _shares_of(numbers: Any) -> Tuple[str, str, str]:
    names = ("pixels", "labelled", "glacier")
    pixels, labelled, glacier = (sum(getattr(one, name) for one in numbers) for name in names)
    mapped = [one for one in numbers if one.debris >= 0]
    ice, debris = sum(one.glacier for one in mapped), sum(one.debris for one in mapped)
    return _share(labelled, pixels), _share(glacier, labelled), _share(debris, ice) if mapped else "-"


def _share(part: int, whole: int) -> str:
    return f"{part / whole:.1%}" if whole else "-"
