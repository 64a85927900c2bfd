"""What the demo maps: the simulated scene, or what it finds in the user's folder (and says so)."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import Dict, List, Optional, Sequence, Tuple

import numpy as np
from icemargin.inference.errors import InputError, SourceError
from icemargin.scenes.bands import BandGuess, BandLabel, guess_bands, guess_bands_of_files
from icemargin.scenes.presets import suggest_scale
from icemargin.scenes.sources import band_labels
from icemargin.training.simulate import OPTICAL_BANDS, simulate_scene, write_scene
from osgeo import gdal

RASTERS = (".tif", ".tiff", ".jp2", ".img", ".vrt")
DEM_WORDS = ("dem", "elevation", "height", "dsm", "srtm")


@dataclass(frozen=True)
class DemoInput:
    """The files to map, `bands` counted through them as `icemargin map` does, and what to compare with."""

    optical: Tuple[Path, ...]
    bands: Dict[str, int]
    dem: Optional[Path] = None
    scale: Optional[Tuple[float, float]] = None
    truth: Optional[Path] = None
    reference: Optional[Path] = None
    notes: List[str] = field(default_factory=list)

    def places(self) -> Dict[str, Tuple[Path, int]]:
        """Return file and band number in that file, for each band."""
        if len(self.optical) == 1:
            return {name: (self.optical[0], number) for name, number in self.bands.items()}
        return {name: (self.optical[number - 1], 1) for name, number in self.bands.items()}

    def arguments(self) -> List[str]:
        """Return the input's part of the `icemargin map` command."""
        bands = ",".join(f"{name}={number}" for name, number in self.bands.items())
        words = ["--optical", *map(str, self.optical), "--bands", bands]
        if self.scale is not None:
            # "=" because a negative number would be read as an option
            words += [f"--scale={self.scale[0]!r}", f"--offset={self.scale[1]!r}"]
        return words + (["--dem", str(self.dem)] if self.dem else [])


def simulated(folder: Path, seed: int) -> DemoInput:
    """Build the simulated scene in `folder`."""
    paths = write_scene(simulate_scene(seed), folder)
    bands = {name: number for number, name in enumerate(OPTICAL_BANDS, 1)}
    return DemoInput((paths["optical"],), bands, paths["dem"], None, paths["truth"], paths["outlines"])


def found_in(folder: Path) -> DemoInput:
    """Find optical bands, DEM and a reference in the user's folder. Raises InputError where there is no imagery."""
    if not folder.is_dir():
        raise SourceError(f"{folder} is not a folder; DATA names the folder that holds your rasters.")
    rasters = sorted(path for path in folder.iterdir() if path.suffix.lower() in RASTERS)
    dem = next((path for path in rasters if _is_dem(path)), None)
    optical, bands, notes = _find_optical([path for path in rasters if path != dem])
    scale, scale_notes = _scale_of(optical, bands, guess_bands(band_labels(str(optical[0])), optical[0].name).preset)
    vectors = sorted([*folder.glob("*.gpkg"), *folder.glob("*.shp")])
    used = {*optical, dem}
    unused = [path.name for path in rasters if path not in used] + [path.name for path in vectors[1:]]
    if unused:
        notes.append(f"Not used: {', '.join(unused)}.")
    notes.append(f"Elevation: {dem.name}." if dem else "No raster is called dem, elevation or height: mapped without.")
    if vectors:
        notes.append(f"Compared with the outlines of {vectors[0].name}.")
    return DemoInput(optical, bands, dem, scale, None, vectors[0] if vectors else None, notes + scale_notes)


def _is_dem(path: Path) -> bool:
    return len(band_labels(str(path))) == 1 and any(word in path.stem.lower() for word in DEM_WORDS)


def _find_optical(rasters: Sequence[Path]) -> Tuple[Tuple[Path, ...], Dict[str, int], List[str]]:
    """Return the file with the most optical bands, or single-band files that together have more."""
    guesses: Dict[Path, BandGuess] = {path: guess_bands(band_labels(str(path)), path.name) for path in rasters}
    stacks = [path for path in rasters if len(band_labels(str(path))) > 1]
    best = max(stacks, key=lambda path: (guesses[path].sure, len(guesses[path].bands)), default=None)
    singles = [path for path in rasters if path not in stacks]
    by_name = guess_bands_of_files([path.name for path in singles])
    if by_name and (best is None or len(by_name) > len(guesses[best].bands)):
        files = tuple(singles[number - 1] for number in by_name.values())
        bands = {name: place for place, name in enumerate(by_name, 1)}
        return files, bands, ["One file a band: " + ", ".join(f"{n} {singles[i - 1].name}" for n, i in by_name.items())]
    if best is None or not guesses[best].bands:
        told = [f"{path.name}: {guess.text}" for path, guess in guesses.items()] or ["there is no raster."]
        raise InputError("No imagery was recognised in the folder. " + " ".join(told))
    return (best,), guesses[best].bands, [f"Imagery: {best.name}. {guesses[best].text}"]


def _scale_of(
    optical: Sequence[Path], bands: Dict[str, int], preset: str
) -> Tuple[Optional[Tuple[float, float]], List[str]]:
    """Return scale and offset where the values are no reflectance yet, and a note that says so."""
    labels = [BandLabel(1)] if len(optical) > 1 else []
    name = next(iter(bands)) if labels else ("red" if "red" in bands else next(iter(bands)))
    path, number = (optical[bands[name] - 1], 1) if labels else (optical[0], bands[name])
    low, high = _value_range(path, number)
    suggestion = suggest_scale(low, high, preset)
    if suggestion is None:
        return None, []
    if suggestion.scaling is None:
        raise InputError(f"{path.name}: {suggestion.text}")
    scaling = suggestion.scaling
    note = f"{suggestion.text} THE DEMO APPLIES THIS GUESS; for real work give --scale and --offset yourself."
    return (scaling.scale, scaling.offset), [note]


def _value_range(path: Path, number: int) -> Tuple[float, float]:
    """Return the range of a band's values, thinned out, nodata and 0 (the usual nodata of DN) left out."""
    dataset = gdal.Open(str(path))
    band = dataset.GetRasterBand(number)
    size = [min(length, 512) for length in (band.XSize, band.YSize)]
    values = band.ReadAsArray(buf_xsize=size[0], buf_ysize=size[1]).astype(float)
    values = values[np.isfinite(values) & (values != 0) & (values != band.GetNoDataValue())]
    if not values.size:
        raise SourceError(f"{path} holds no data in band {number}; choose another raster.")
    values = values * (1 if band.GetScale() is None else band.GetScale()) + (band.GetOffset() or 0)
    return float(values.min()), float(values.max())
