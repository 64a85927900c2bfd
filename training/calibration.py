"""Calibration: from a model's raw confidence to the share of pixels that are right, by isotonic regression.

Two kinds. "entropy" (the paper's): raw confidence 1 - H / log 2 -> observed accuracy of the class shown; one table for
both classes. "probability": the model's glacier probability -> observed share of glacier; for models that are surer of
one class than of the other, such as a band ratio, which is nearly always right where it says glacier and misses debris.

The fit never says more than was observed. Pixels are taken in groups of neighbouring raw values; at both ends groups of
fewer than `minimum_pixels`, or from a single tile, are left out, and beyond the rest the table is constant.
"""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import List, Optional, Sequence, Tuple

import numpy as np

from ..inference.arrays import BoolArray
from ..inference.errors import DatasetError, ModelError
from ..inference.model import Calibration
from ..inference.predictors import Predictor
from ..inference.progress import NoProgress, PartOfProgress, Progress
from ..inference.whole_file import whole_file
from .calibration_table import ENTROPY, KINDS, MINIMUM_PIXELS, Sample, empty_sample, fit_table, sample_of
from .data.tiles import Tile, TileReader
from .evaluation.labels import read_labels
from .evaluation.scores import count, entropy_levels, expected_calibration_error, shown_levels
from .evaluation.tile_scene import AUTO, check_fits, map_tile

FILE = "calibration.json"
"""In the folder of a training; `icemargin model export` puts it into the model's file."""
ONE_TILE = (
    "All pixels are of one tile: its halves (north and south) were held out in turn, which share snow, light and "
    "analyst, so the error on other scenes is likely larger. Calibrate on several tiles."
)


@dataclass(frozen=True)
class CalibrationFit:
    """The table fitted on all tiles, and expected calibration errors (100 bins) on tiles that were not used to fit.

    `raw`: of the entropy confidence as it is; `plain`: of the probability of the class shown; `after`: of the
    calibrated confidence, each half of the tiles by the table of the other half. `support` is the range of raw values
    that the table follows; `pixels` and `tiles` say how many were used.
    """

    table: Calibration
    raw: float
    plain: float
    after: float
    support: Tuple[float, float]
    pixels: int
    tiles: int
    doubts: Tuple[str, ...] = ()


def calibrate(
    predictor: Predictor,
    tiles: Sequence[Tile],
    of: str = ENTROPY,
    region: str = AUTO,
    minimum_pixels: int = MINIMUM_PIXELS,
    progress: Optional[Progress] = None,
    overlap: Optional[float] = None,
) -> CalibrationFit:
    """Map the tiles, fit the table on all of them, and measure it on halves that were held out.

    The halves are apart in space: the western and the eastern tiles of each region. Raises DatasetError where there
    are too few labelled pixels, ModelError for an unknown kind, and what mapping raises.
    """
    if of not in KINDS:
        raise ModelError(f"Confidence is calibrated by {' or '.join(KINDS)}, not {of!r}.")
    halves = sample_halves(predictor, tiles, region, progress, overlap)
    both = halves[0] + halves[1]
    table, support = fit_table(both, of, minimum_pixels)
    doubts = [ONE_TILE] if len(tiles) == 1 else []
    raw, plain, after = _held_out(halves, of, minimum_pixels, doubts)
    pixels = int(both.counts.pixels.sum())
    source = (
        f"isotonic on {of}, {pixels:,} labelled pixels of {len(tiles)} tile{'s' * (len(tiles) > 1)}, followed from "
        f"{support[0]:.3f} to {support[1]:.3f}; " + _told(raw, plain, after)
    )
    named = Calibration(table.raw, table.calibrated, source, of)
    return CalibrationFit(named, raw, plain, after, support, pixels, len(tiles), tuple(doubts))


def _told(raw: float, plain: float, after: float) -> str:
    measured = np.isfinite(after)
    held_out = f"ECE on pixels not used to fit: {after:.4f}" if measured else "ECE not measured: nothing was held out"
    return f"{held_out} (raw entropy {raw:.4f}, plain probability {plain:.4f})"


def sample_halves(
    predictor: Predictor,
    tiles: Sequence[Tile],
    region: str = AUTO,
    progress: Optional[Progress] = None,
    overlap: Optional[float] = None,
) -> Tuple[Sample, Sample]:
    """Map every tile once and count; memory holds one tile. The two samples are to be held out in turn."""
    progress, reader = progress or NoProgress(), TileReader()
    for tile in tiles:
        check_fits(tile, predictor.description, region)
    halves, sides = [empty_sample(), empty_sample()], split_halves(tiles)
    try:
        for number, tile in enumerate(tiles):
            part = PartOfProgress(progress, number / len(tiles), (number + 1) / len(tiles))
            probability = map_tile(predictor, tile, reader, region, overlap, part)
            labels = read_labels(reader, tile)
            where = labels.known & np.isfinite(probability)
            for side, mask in enumerate(_masks(where, sides[number], len(tiles))):
                halves[side] += sample_of(count(probability, labels.glacier, mask), number)
    finally:
        reader.close()
    return halves[0], halves[1]


def _masks(where: BoolArray, side: int, n_tiles: int) -> Tuple[BoolArray, BoolArray]:
    """Return the pixels for each half: all of the tile for one, or, of an only tile, the north and the south."""
    if n_tiles > 1:
        return where & (side == 0), where & (side == 1)
    north = np.arange(len(where))[:, None] < len(where) // 2
    return where & north, where & ~north


def split_halves(tiles: Sequence[Tile]) -> Tuple[int, ...]:
    """Return 0 or 1 for each tile: the western or the eastern tiles of each region, as evenly as can be."""
    sides = [0] * len(tiles)
    more = 0
    for region in sorted({tile.region for tile in tiles}):
        numbers = [number for number, tile in enumerate(tiles) if tile.region == region]
        numbers.sort(key=lambda number: _place(tiles[number]))
        half = (len(numbers) + more) // 2
        more = (more + len(numbers)) % 2
        for number in numbers[half:]:
            sides[number] = 1
    return tuple(sides)


def _place(tile: Tile) -> Tuple[bool, float, float, str]:
    known = bool(np.isfinite(tile.lon) and np.isfinite(tile.lat))
    return (not known, tile.lon if known else 0.0, tile.lat if known else 0.0, tile.name)


def _held_out(
    halves: Tuple[Sample, Sample], of: str, minimum_pixels: int, doubts: List[str]
) -> Tuple[float, float, float]:
    """Return ECE of raw entropy, plain probability and of each half by the other's table, all over both halves."""
    both = halves[0].counts + halves[1].counts
    raw = expected_calibration_error(both, entropy_levels())
    plain = expected_calibration_error(both, shown_levels(None))
    try:
        tables = [fit_table(half, of, minimum_pixels)[0] for half in (halves[1], halves[0])]
    except DatasetError:
        doubts.append("Half of the tiles have too few labelled pixels to fit by: nothing was held out.")
        return raw, plain, float("nan")
    errors = [expected_calibration_error(h.counts, shown_levels(t)) for h, t in zip(halves, tables)]
    pixels = [float(half.counts.pixels.sum()) for half in halves]
    return raw, plain, float(np.average(errors, weights=pixels))


def store_calibration(folder: str, fit: CalibrationFit) -> str:
    """Write the table into a training's folder, whole or not at all; return the file's path. Raises OutputError."""
    path = Path(folder) / FILE
    with whole_file(path, "check the folder's permissions") as part:
        part.write_text(json.dumps(asdict(fit), indent=1) + "\n", encoding="utf-8")
    return str(path)


def read_calibration(folder: str) -> Optional[Calibration]:
    """Return the table in a training's folder, None where there is none. Raises ModelError where it is damaged."""
    path = Path(folder) / FILE
    if not path.is_file():
        return None
    try:
        table = json.loads(path.read_text(encoding="utf-8"))["table"]
        return Calibration(tuple(table["raw"]), tuple(table["calibrated"]), table["source"], table["of"])
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise ModelError(f"{path} is no calibration table ({error}); run `icemargin calibrate` again.") from error
