"""Maps of docs/bundled-model.md: what network and band ratio made of the tiles that they never saw.

On a hillshade of the height model, not on the imagery, which has no stated licence. Blue: found; red: false alarm;
yellow: missed; grey: no label.

Run: python scripts/bundled_pictures.py build/bundled docs/pictures/bundled-folds.png
"""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import Any, List, Sequence, Tuple

import matplotlib
import numpy as np
from icemargin.inference.arrays import FloatArray
from icemargin.inference.classic import ClassicPredictor
from icemargin.inference.predictors import Predictor
from icemargin.training.bundled.himalaya import REGIONS
from icemargin.training.bundled.learning import run_folder
from icemargin.training.bundled.shipping import tiles_of
from icemargin.training.data.tiles import Tile, TileReader
from icemargin.training.evaluation.baselines import tune_classic
from icemargin.training.evaluation.labels import read_labels
from icemargin.training.evaluation.tile_scene import TileScene, map_tile
from icemargin.training.terrain import illumination
from icemargin.training.torch_predictor import open_run

matplotlib.use("Agg")
from matplotlib import pyplot as plt

FOUND, FALSE, MISSED = (0.35, 0.65, 1.0), (0.9, 0.25, 0.2), (1.0, 0.85, 0.2)
SUN = (40.0, 315.0)
COLUMNS = 5


def agreement(tile: Tile, predictor: Predictor, reader: TileReader) -> Tuple[Any, float]:
    """Return the picture (H x W x 3) and the IoU."""
    labels, shown = read_labels(reader, tile), map_tile(predictor, tile, reader) >= 0.5
    colours = hillshade(tile, reader)[..., None].repeat(3, 2)
    found, false, missed = (labels.glacier & shown, labels.known & ~labels.glacier & shown, labels.glacier & ~shown)
    for where, colour in ((found, FOUND), (false, FALSE), (missed, MISSED)):
        colours[where] = 0.45 * colours[where] + 0.55 * np.array(colour)
    colours[~labels.known] = 0.5 * colours[~labels.known] + 0.25
    return colours, float(found.sum() / max((found | false | missed).sum(), 1))


def hillshade(tile: Tile, reader: TileReader) -> FloatArray:
    scene = TileScene(reader, tile, ("elevation",))
    heights = np.nan_to_num(scene.read(scene.grid)["elevation"]).astype(np.float64)
    light: FloatArray = np.clip(illumination(heights, tile.resolution, *SUN), 0, 1) * 0.8 + 0.15
    return light


def rows_of(folder: Path) -> List[Tuple[str, Sequence[Any]]]:
    found: List[Tuple[str, Sequence[Any]]] = []
    reader = TileReader()
    for region in REGIONS:
        learnt = [tile for other in REGIONS if other != region for tile in tiles_of(other, folder)]
        methods = (ClassicPredictor(tune_classic(learnt, "ratio")), open_run(run_folder(region, folder)))
        for tile in tiles_of(region, folder):
            found.append((tile.name.rpartition("-")[2], [agreement(tile, method, reader) for method in methods]))
    reader.close()
    return found


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", type=Path)
    parser.add_argument("picture", type=Path)
    arguments = parser.parse_args()
    rows = rows_of(arguments.folder)
    figure, axes = plt.subplots(2 * -(-len(rows) // COLUMNS), COLUMNS, figsize=(11, 9.6))
    for number, (name, pictures) in enumerate(rows):
        for step, (method, (picture, iou)) in enumerate(zip(("ratio", "network"), pictures)):
            place = axes[2 * (number // COLUMNS) + step][number % COLUMNS]
            place.imshow(picture, interpolation="nearest")
            place.set_title(f"{name}, {method}: IoU {iou:.2f}", fontsize=8)
            place.axis("off")
    figure.tight_layout(pad=0.4)
    figure.savefig(arguments.picture, dpi=100)


if __name__ == "__main__":
    main()
