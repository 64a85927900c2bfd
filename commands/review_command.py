"""`icemargin review`: what several analysts decided on one map."""

from __future__ import annotations

import argparse
import json
from typing import Any

from ..inventory.review_merge import conflict_lines
from ..reports.merged_review import merge_files
from .change_layers import file_and_layer
from .places import check_places

MERGING = (
    "Write a copy of A that holds B's review too. Where A and B contradict each other the glacier is to review again, "
    "with both decisions in its note; A's outline is kept."
)
SHOWN = 20
SETTLED, CONFLICTING = 0, 1


def add_parser(commands: Any) -> None:
    parser = commands.add_parser("review", help="merge what two analysts decided", description=__doc__)
    actions = parser.add_subparsers(required=True, metavar="ACTION")
    merge = actions.add_parser("merge", help="two copies of one map, reviewed apart, become one", description=MERGING)
    merge.set_defaults(run=run_merge)
    merge.add_argument("first", metavar="A", help="a GeoPackage of reviewed outlines, or FILE|layername=NAME")
    merge.add_argument("second", metavar="B", help="the other analyst's copy")
    merge.add_argument("--out", required=True, metavar="FILE.gpkg", help="the merged copy")
    merge.add_argument("--json", action="store_true", help="print one JSON object with all conflicts")


def run_merge(arguments: argparse.Namespace) -> int:
    """Merge; 0 where nothing contradicts, 1 where there are conflicts to settle."""
    check_places(arguments, "out")
    done = merge_files(file_and_layer(arguments.first), file_and_layer(arguments.second), arguments.out)
    if arguments.json:
        print(json.dumps(done.to_json()))
    else:
        print(f"{done.path}: {done.both:,} glaciers of both files, {done.decided:,} decided, "
              f"{len(done.conflicts):,} conflicts")  # fmt: skip
        print("\n".join(conflict_lines(done.conflicts, SHOWN)) or "Nothing is contradictory.")
    return CONFLICTING if done.conflicts else SETTLED
