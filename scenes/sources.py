"""From files that a user names to sources: which file and which band of it holds what."""

from __future__ import annotations

from typing import Callable, Dict, List, Mapping, Optional, Sequence, Tuple

from osgeo import gdal

from ..inference.errors import BandError
from ..inference.raster_io import open_raster
from ..inference.request import BAND_NAMES, Source
from .bands import BandLabel, guess_bands, guess_bands_of_files, guess_elevation_bands

_WAVELENGTH_KEYS = (("IMAGERY", "CENTRAL_WAVELENGTH_UM"), ("", "wavelength"), ("", "WAVELENGTH"))


def band_labels(path: str) -> List[BandLabel]:
    """Return what a raster says of its bands."""
    dataset = open_raster(path)
    bands = [dataset.GetRasterBand(number) for number in range(1, dataset.RasterCount + 1)]
    return [BandLabel(number, band.GetDescription(), _wavelength(band)) for number, band in enumerate(bands, start=1)]


def _wavelength(band: gdal.Band) -> Optional[float]:
    for domain, key in _WAVELENGTH_KEYS:
        text = band.GetMetadataItem(key, domain)
        try:
            return float(text)
        except (TypeError, ValueError):
            continue
    return None


def optical_sources(
    paths: Sequence[str],
    bands: Optional[Mapping[str, int]] = None,
    scale: Optional[float] = None,
    offset: Optional[float] = None,
    tell: Callable[[str], None] = lambda _: None,
) -> Tuple[Source, ...]:
    """Return the sources of the optical bands; `tell` hears of a guess that somebody should look at.

    One file holds all bands; several files of the same (two or more) bands are tiles of a mosaic; else they are a
    stack, whose bands are counted through all files. `bands` None means: guess from names, wavelengths and order.
    Raises BandError where that leaves doubt.
    """
    labels = [band_labels(path) for path in paths]
    counts = [len(found) for found in labels]
    highest = max(bands.values()) if bands else 0
    if len(paths) == 1 or (len(set(counts)) == 1 and counts[0] > 1 and highest <= counts[0]):
        return (Source(tuple(paths), _checked(bands or _guess(labels[0], paths[0], tell), counts[0]), scale, offset),)
    numbered = _checked(bands or _guess_stack(paths, labels, tell), sum(counts))
    return tuple(
        Source((paths[place],), inside, scale, offset) for place, inside in _by_file(numbered, counts).items()
    )


def parse_bands(text: str) -> Dict[str, int]:
    """Read "blue=1,green=2". Raises BandError."""
    try:
        pairs = [item.split("=") for item in text.split(",")]
        bands = {name.strip().lower(): int(number) for name, number in pairs}
    except ValueError as error:
        raise BandError(f"{text!r} is not like blue=1,green=2,red=3") from error
    if len(bands) < len(pairs) or any(name not in BAND_NAMES for name in bands):
        raise BandError(f"bands are named once each: {', '.join(BAND_NAMES)}")
    return bands


def elevation_source(*paths: str) -> Source:
    """Return the source of a DEM in one file or in tiles: its band called elevation (or like it), or its only band."""
    bands = [_elevation_band(path) for path in paths]
    if len(set(bands)) > 1:
        other = next(path for path, band in zip(paths, bands) if band != bands[0])
        raise BandError(f"{paths[0]} and {other} have elevation in different bands; give files that are alike.")
    return Source(paths, {"elevation": bands[0]})


def _elevation_band(path: str) -> int:
    bands = guess_elevation_bands(band_labels(path))
    if "elevation" not in bands:
        raise BandError(f"{path} has several bands and none is called elevation; give a file that holds only the DEM.")
    return bands["elevation"]


def slope_source(path: str) -> Source:
    """Return the source of a slope raster in degrees."""
    return Source((path,), {"slope": 1})


def _guess(labels: Sequence[BandLabel], path: str, tell: Callable[[str], None]) -> Mapping[str, int]:
    guess = guess_bands(labels, path)
    if guess.bands and not guess.sure:
        tell(guess.text)
    if not guess.bands:
        raise BandError(f"{path}: {guess.text} (--bands blue=1,green=2,...)")
    return guess.bands


def _guess_stack(
    paths: Sequence[str], labels: Sequence[Sequence[BandLabel]], tell: Callable[[str], None]
) -> Mapping[str, int]:
    if all(len(found) == 1 for found in labels):
        by_name = guess_bands_of_files(paths)
        if by_name:
            return by_name
    through = [label for found in labels for label in found]
    renumbered = [BandLabel(number, label.text, label.wavelength) for number, label in enumerate(through, start=1)]
    return _guess(renumbered, paths[0], tell)


def _checked(bands: Mapping[str, int], count: int) -> Mapping[str, int]:
    for name, number in bands.items():
        if not 1 <= number <= count:
            raise BandError(f"Band {name}={number} does not exist: there are {count} bands, counted from 1.")
    return bands


def _by_file(numbered: Mapping[str, int], counts: Sequence[int]) -> Dict[int, Dict[str, int]]:
    """Turn numbers counted through all files into a file's place and its own band numbers."""
    where = [(place, own) for place, count in enumerate(counts) for own in range(1, count + 1)]
    found: Dict[int, Dict[str, int]] = {}
    for name, number in numbered.items():
        place, own = where[number - 1]
        found.setdefault(place, {})[name] = own
    return found
