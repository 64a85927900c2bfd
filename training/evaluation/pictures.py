"""Pictures of the report: tiles (PNG). Colours by Okabe and Ito, for every eye."""

from __future__ import annotations

from typing import Any, List, Optional, Sequence, Tuple

import numpy as np
from matplotlib.colors import ListedColormap
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.patches import Patch

from ...inference.arrays import BoolArray, FloatArray
from ...inference.predictors import Predictor
from ...inference.progress import Progress
from ...reports.drawing import as_uri
from ..data.tiles import Tile, TileReader
from .evaluate import Evaluation
from .labels import Labels, read_labels
from .scores import THRESHOLD
from .tile_scene import AUTO, TileScene, map_tile, missing_bands

FALSE_COLOURS = (("swir1", "nir", "green"), ("red", "green", "blue"))
"""Composites by preference: ice is blue to cyan in the first one, snow bright cyan, rock brown."""

HIT, MISS, FALSE_ALARM = "#56B4E9", "#D55E00", "#F0E442"
NOT_GLACIER, UNKNOWN = "#3C3C3C", "#B0B0B0"
TRUTH, MAPPED = "#F0E442", "#FF5CD6"

LARGEST = 600
"""Pixels along a side of a tile's picture; larger tiles are thinned."""
EACH = 3
"""Best and worst tiles that are shown."""


def chosen_tiles(evaluation: Evaluation, each: int = EACH) -> Tuple[int, ...]:
    """Return the numbers of the worst and the best tiles by IoU, the worst first; tiles without an IoU are left out."""
    scored = [(s.confusion.iou, number) for number, s in enumerate(evaluation.tiles) if s.confusion.iou >= 0]
    order = [number for _, number in sorted(scored)]
    if len(order) <= 2 * each:
        return tuple(order)
    return (*order[:each], *order[-each:])


def tile_pictures(
    predictor: Predictor,
    evaluation: Evaluation,
    region: str = AUTO,
    overlap: Optional[float] = None,
    progress: Optional[Progress] = None,
) -> List[Tuple[int, str]]:
    """Map the best and the worst tiles again and return the number of each with its picture as a data URI."""
    reader = TileReader()
    try:
        return [
            (number, as_uri(_picture(predictor, evaluation.tiles[number].tile, reader, region, overlap, progress)))
            for number in chosen_tiles(evaluation)
        ]
    finally:
        reader.close()


def _picture(
    predictor: Predictor, tile: Tile, reader: TileReader, region: str, overlap: Optional[float],
    progress: Optional[Progress],
) -> Figure:  # fmt: skip
    probability = map_tile(predictor, tile, reader, region, overlap, progress)
    labels = read_labels(reader, tile)
    step = -(-max(probability.shape) // LARGEST)
    thin = (slice(None, None, step), slice(None, None, step))
    colours = false_colour(reader, tile)[thin]
    seen = Labels(labels.known[thin], labels.glacier[thin], None)
    return draw_tile(colours, seen, probability[thin])


def false_colour(reader: TileReader, tile: Tile) -> FloatArray:
    """Return H x W x 3 in 0..1: SWIR1, NIR and green (or red, green, blue), each stretched from 2 % to 98 %."""
    bands = next((names for names in FALSE_COLOURS if not missing_bands(tile, names)), None)
    if bands is None:
        return np.full((tile.height, tile.width, 3), 0.5, np.float32)
    scene = TileScene(reader, tile, bands)
    read = scene.read(scene.grid)
    return np.stack([_stretched(read[band]) for band in bands], axis=-1)


def _stretched(band: FloatArray) -> FloatArray:
    finite = band[np.isfinite(band)]
    low, high = np.percentile(finite, (2, 98)) if finite.size else (0.0, 1.0)
    scaled: FloatArray = np.clip((band - low) / max(high - low, 1e-6), 0, 1).astype(np.float32)
    return np.nan_to_num(scaled, nan=0.0)


def draw_tile(colours: FloatArray, labels: Labels, probability: FloatArray) -> Figure:
    """Draw the scene with both outlines, and beside it where the map is right and wrong."""
    height, width = probability.shape
    figure = Figure(figsize=(9, 4.5 * height / width + 0.3), layout="constrained", facecolor="none")
    scene, errors = figure.subplots(1, 2)
    mapped = probability >= THRESHOLD
    scene.imshow(colours, interpolation="nearest")
    _outline(scene, labels.glacier & labels.known, TRUTH, "solid")
    _outline(scene, mapped, MAPPED, "dashed")
    shades = ListedColormap([UNKNOWN, NOT_GLACIER, FALSE_ALARM, MISS, HIT])
    errors.imshow(outcome(labels, probability), cmap=shades, vmin=-0.5, vmax=4.5, interpolation="nearest")
    lines = [Line2D([], [], color=TRUTH), Line2D([], [], color=MAPPED, linestyle="dashed")]
    _legend(scene, lines, ("reference", "mapped"))
    _legend(errors, [Patch(color=colour) for colour in (HIT, MISS, FALSE_ALARM)], ("found", "missed", "false alarm"))
    for axes in (scene, errors):
        axes.set_axis_off()
    return figure


def outcome(labels: Labels, probability: FloatArray) -> Any:
    """Return per pixel 0 unknown (no label or no map), 1 rightly not glacier, 2 false alarm, 3 miss, 4 hit."""
    known, mapped = labels.known & np.isfinite(probability), probability >= THRESHOLD
    return np.where(known, 1 + 2 * labels.glacier.astype(int) + mapped, 0)


def _outline(axes: Any, mask: BoolArray, colour: str, style: str) -> None:
    if mask.any() and not mask.all() and min(mask.shape) > 1:
        axes.contour(mask.astype(float), [0.5], colors=[colour], linewidths=1.1, linestyles=style)


def _legend(axes: Any, handles: Sequence[Any], names: Sequence[str]) -> None:
    axes.legend(handles, names, loc="upper center", bbox_to_anchor=(0.5, 0), ncols=len(names), fontsize=9,
                facecolor="#505050", labelcolor="white", framealpha=1)  # fmt: skip
