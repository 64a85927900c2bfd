"""How flowsheds divide the inventories' complexes again: the table of docs/divides.md.

    python scripts/divides_table.py [--reach R ...] [FOLDER]     default: ../shared/data/rgi
"""

from __future__ import annotations

import argparse
import tempfile
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import shapely
from icemargin.commands.divides_command import stored_dem
from icemargin.inference.progress import NoProgress
from icemargin.inference.vector_layer import VectorLayer
from icemargin.inference.vector_reading import read_vectors
from icemargin.inventory.divide_parts import Divided
from icemargin.inventory.divide_plans import DivideSettings
from icemargin.inventory.divides_layer import divide_layer
from icemargin.inventory.fields import Field
from icemargin.inventory.outlines import Outlines, common_crs, outlines_from_wkb
from icemargin.inventory.overlap import dissolved
from icemargin.inventory.scanning import sampled_outlines

REGIONS = {
    "Oetztal": ("oetztal_rgi50.gpkg", "oggm_srtm_oetztal.tif"),
    "Exploradores": ("exploradores_rgi60.gpkg", "exploradores_aster_dem_2012.tif"),
    "Baltoro": ("baltoro.gpkg", "oggm_baltoro_srtm_clip.tif"),
}
COVERED = 0.95
MATCHED = 0.8


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", nargs="?", type=Path, default=Path(__file__).parents[2] / "shared" / "data" / "rgi")
    parser.add_argument("--reach", nargs="+", type=float, default=[DivideSettings().flow.reach])
    arguments = parser.parse_args()
    print("| region | reach | glaciers | matched | of them in complexes | matched | area matched | pieces |")
    print("|---|---|---|---|---|---|---|---|")
    for name, files in REGIONS.items():
        with tempfile.TemporaryDirectory() as folder:
            layer = read_vectors(str(arguments.folder / files[0]))
            dem = stored_dem([str(arguments.folder / files[1])], layer, DivideSettings(), folder, NoProgress())
            layer = covered(layer, dem)
            for reach in arguments.reach:
                flow = replace(DivideSettings().flow, reach=reach)
                found = divide_layer(layer, dem, settings=DivideSettings(flow=flow))
                print(f"| {name} | {reach:g} | {row(*found)} |", flush=True)


def covered(layer: VectorLayer, dem: Any) -> VectorLayer:
    """Return the glaciers of a layer that the DEM covers."""
    plane = common_crs((layer.wkb, layer.crs))
    outlines = outlines_from_wkb(layer.wkb, [""] * len(layer.wkb), layer.crs, plane)
    xy, owner = sampled_outlines(outlines.geometry, 30.0)
    known = np.isfinite(Field(dem, plane).between(xy))
    count = np.bincount(owner, minlength=len(outlines))
    share = np.bincount(owner, known, len(outlines)) / np.maximum(count, 1)
    places = [outlines.places[n] for n in np.flatnonzero(share >= COVERED)]
    return replace(layer, wkb=tuple(layer.wkb[n] for n in places), rows=tuple(layer.rows[n] for n in places))


def row(found: Divided, outlines: Outlines) -> str:
    """Return the counts: a glacier is matched where it and a piece share more than 80 % of each other."""
    overlap = np.array([best_overlap(glacier, found.geometry) for glacier in outlines.geometry])
    piece = dissolved(outlines.geometry).piece
    several = np.bincount(piece)[piece] > 1
    matched = overlap > MATCHED
    area = shapely.area(outlines.geometry)
    share = area[matched].sum() / area.sum()
    return (
        f"{len(outlines)} | {matched.sum()} ({matched.mean():.0%}) | {several.sum()} | {matched[several].sum()} | "
        f"{share:.0%} | {len(found)}"
    )


def best_overlap(glacier: Any, pieces: Any) -> float:
    """Return the common area over the larger of both, for the piece that has most of a glacier."""
    common = shapely.area(shapely.intersection(glacier, pieces))
    best = int(np.argmax(common))
    return float(common[best] / max(glacier.area, pieces[best].area))


if __name__ == "__main__":
    main()
