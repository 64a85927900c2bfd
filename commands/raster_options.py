"""The options that say which raster holds what: the same for mapping, data sets and learning."""

from __future__ import annotations

import argparse
import re
from typing import Any, Dict, List, Tuple

from ..inference.errors import BandError, InputError
from ..inference.request import BAND_NAMES, DEM_BANDS, OPTICAL_BANDS, Source
from ..scenes.sources import elevation_source, optical_sources, parse_bands, slope_source

FURTHER = tuple(name for name in BAND_NAMES if name not in OPTICAL_BANDS + DEM_BANDS)
"""Backscatter (linear sigma0), coherence (0..1), brightness temperature (K)."""


def add_raster_options(group: Any, required: bool) -> None:
    """Add --optical, --bands, --scale, --offset, --dem, --slope and --band to an argument group."""
    unless: Dict[str, Any] = {"required": True} if required else {"default": []}
    group.add_argument("--optical", nargs="+", metavar="FILE", help="TOA reflectance: one file, tiles of a mosaic, or "
                       "one file a band", **unless)  # fmt: skip
    group.add_argument("--bands", type=_bands, metavar="blue=1,...", help="where the bands are, counted from 1 "
                       "(through all files if there are several); default: guessed from names")  # fmt: skip
    group.add_argument("--scale", type=float, help="reflectance = number * SCALE + OFFSET; default: the file's own")
    group.add_argument("--offset", type=float)
    group.add_argument("--dem", metavar="FILE", help="elevation in m; slope is derived from it")
    group.add_argument("--slope", metavar="FILE", help="slope in degrees, instead of deriving it")
    group.add_argument("--band", dest="more", action="append", default=[], type=_more,
                       metavar="NAME=FILE[:NUMBER[:SCALE]]", help="one more band, may be repeated: "
                       + ", ".join(FURTHER))  # fmt: skip


def rasters_of(arguments: argparse.Namespace, doubts: List[str]) -> Tuple[Source, ...]:
    """Return the sources that the options name; `doubts` gets what somebody should look at. Raises InputError."""
    sources: Tuple[Source, ...] = ()
    if arguments.optical:
        sources += optical_sources(arguments.optical, arguments.bands, arguments.scale, arguments.offset, doubts.append)
    if arguments.dem:
        sources += (elevation_source(arguments.dem),)
    if arguments.slope:
        sources += (slope_source(arguments.slope),)
    return (*sources, *arguments.more)


def _bands(text: str) -> Dict[str, int]:
    try:
        return parse_bands(text)
    except BandError as error:
        raise argparse.ArgumentTypeError(str(error)) from error


def _more(text: str) -> Source:
    """Read "thermal=FILE:10:0.1"; a file's name may itself hold a colon."""
    found = re.fullmatch(r"(\w+)=(.+?)(?::(\d+)(?::([-+.\de]+))?)?", text.strip())
    if not found:
        raise argparse.ArgumentTypeError(f"{text!r} is not like thermal=FILE, thermal=FILE:2 or thermal=FILE:2:0.1")
    name, path, number, scale = found.groups()
    try:
        return Source((path,), {name.lower(): int(number or 1)}, float(scale) if scale else None)
    except ValueError as error:
        raise argparse.ArgumentTypeError(f"{scale!r} in {text!r} is no number for a scale") from error
    except InputError as error:
        raise argparse.ArgumentTypeError(str(error)) from error
