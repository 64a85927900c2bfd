"""Map a simulated scene, or your own rasters, and show what came out.

python scripts/demo.py --out demo [--model MODEL.onnx] [--data FOLDER] [--seed N]
"""

from __future__ import annotations

import argparse
import contextlib
import io
import json
import sys
from pathlib import Path
from typing import Any, Dict, List, Optional, Sequence

import numpy as np
from demo_inputs import DemoInput, found_in, simulated
from icemargin.cli import main as icemargin
from icemargin.inference.arrays import BoolArray
from icemargin.inference.errors import IceMarginError, InputError, SourceError
from icemargin.training.simulate import Surface
from osgeo import gdal
from picture import draw_picture

CLASSES = {
    "clean ice": Surface.CLEAN_ICE,
    "snow on ice": Surface.SNOW_ON_ICE,
    "debris-covered ice": Surface.DEBRIS_COVERED_ICE,
}
CONFUSED = {"seasonal snow": Surface.SNOW, "rock": Surface.ROCK, "lake": Surface.LAKE}


def run_map(scene: DemoInput, model: str, out: Path) -> Dict[str, Any]:
    """Map through the command line's own code; return what it prints with --json. Raises SystemExit if it fails."""
    words = ["map", *scene.arguments(), "--model", model, "--out", str(out), "--json"]
    print("$ icemargin " + " ".join(words))
    printed = io.StringIO()
    with contextlib.redirect_stdout(printed):
        code = icemargin(words)
    if code != 0:
        raise SystemExit(code)
    result: Dict[str, Any] = json.loads(printed.getvalue())
    return result


def mapped_glacier(probability: Path, like: gdal.Dataset) -> BoolArray:
    """Return where the probability is 0.5 or more, on the grid of `like`."""
    left, across, _, top, _, down = like.GetGeoTransform()
    bounds = (left, top + like.RasterYSize * down, left + like.RasterXSize * across, top)
    source = gdal.Open(str(probability))
    band = source.GetRasterBand(1)
    threshold = (0.5 - (band.GetOffset() or 0)) / (1 if band.GetScale() is None else band.GetScale())
    warped = gdal.Warp(
        "", source, format="MEM", outputBounds=bounds, dstSRS=like.GetProjection(), dstNodata=float("nan"),
        width=like.RasterXSize, height=like.RasterYSize, resampleAlg="near", outputType=gdal.GDT_Float32,
    )  # fmt: skip
    return np.asarray(warped.ReadAsArray() >= threshold)


def agreement(mapped: BoolArray, truth: BoolArray) -> Dict[str, float]:
    """Return IoU, recall and precision (NaN where there is nothing to count)."""
    both = float(np.sum(mapped & truth))

    def share(whole: Any) -> float:
        return both / float(whole) if whole else float("nan")

    return {
        "iou": share(np.sum(mapped | truth)),
        "recall": share(np.sum(truth)),
        "precision": share(np.sum(mapped)),
    }


def compare_with_truth(probability: Path, truth: Path, model: str) -> List[str]:
    """Return lines that say what of the simulated glaciers was found, and what was mistaken for one."""
    raster = gdal.Open(str(truth))
    surface, shadow, glacier = raster.ReadAsArray()
    mapped = mapped_glacier(probability, raster)
    scores = agreement(mapped, glacier > 0)
    lines = [
        f"Against the scene's truth: IoU {scores['iou']:.3f}, recall {scores['recall']:.3f}, "
        f"precision {scores['precision']:.3f}."
    ]
    found = {name: agreement(mapped, surface == kind)["recall"] for name, kind in CLASSES.items()}
    lines.append("Found of " + ", ".join(f"{name} {share:.0%}" for name, share in found.items()) + ".")
    if model == "classic":
        lines.append(
            "The band ratio misses debris-covered ice, whose spectrum is that of rock; GlaViTU (MODEL=file) is made to "
            "see it."
        )
    wrong = {
        name: float(np.mean(mapped[surface == kind])) for name, kind in CONFUSED.items() if (surface == kind).any()
    }
    shaded = (shadow > 0) & (surface == Surface.ROCK)
    if shaded.any():
        wrong["rock in shadow"] = float(np.mean(mapped[shaded]))
    lines.append("Mistaken for glacier: " + ", ".join(f"{name} {share:.0%}" for name, share in wrong.items()) + ".")
    return lines


def compare_with_outlines(probability: Path, outlines: Path) -> List[str]:
    """Return a line on the agreement with polygons, counted on the map's own pixels."""
    raster = gdal.Open(str(probability))
    drawn = gdal.GetDriverByName("MEM").Create("", raster.RasterXSize, raster.RasterYSize, 1, gdal.GDT_Byte)
    drawn.SetGeoTransform(raster.GetGeoTransform())
    drawn.SetProjection(raster.GetProjection())
    # Rasterize does not reproject; VectorTranslate does.
    polygons = gdal.VectorTranslate("", str(outlines), format="Memory", dstSRS=raster.GetProjection(), reproject=True)
    if polygons is None:
        raise SourceError(f"{outlines} cannot be read as outlines: {gdal.GetLastErrorMsg()}")
    gdal.RasterizeLayer(drawn, [1], polygons.GetLayer(0), burn_values=[1])
    scores = agreement(mapped_glacier(probability, raster), drawn.ReadAsArray() > 0)
    return [
        f"Against {outlines.name}: IoU {scores['iou']:.3f}, recall {scores['recall']:.3f}, "
        f"precision {scores['precision']:.3f}. Another sensor, date or rule makes a difference too."
    ]


def demo(scene: DemoInput, model: str, out: Path) -> None:
    """Map the scene, compare, draw, and tell."""
    for note in scene.notes:
        print(note)
    result = run_map(scene, model, out)
    probability, confidence, outlines = (Path(result["paths"][n]) for n in ("probability", "confidence", "outlines"))
    lines = [
        f"Found {result['n_outlines']} outlines, {result['glacier_area_km2']:.2f} km2 of glacier "
        f"({result['provider']}, {sum(result['seconds'].values()):.1f} s)."
    ]
    if scene.truth is not None:
        lines += compare_with_truth(probability, scene.truth, model)
    elif scene.reference is not None:
        lines += compare_with_outlines(probability, scene.reference)
    picture = out / "picture.png"
    draw_picture(scene.places(), probability, confidence, outlines, picture, scene.reference)
    print("\n".join(lines))
    names = {"picture": picture, "outlines": outlines, "probability": probability, "confidence": confidence}
    print("\n".join(f"{name:12} {path}" for name, path in names.items()))
    print(
        "The picture: natural colour; SWIR-NIR-red with outlines in yellow and the reference in magenta; glacier "
        "probability; confidence (red to orange below 0.95)."
    )


def main(arguments: Optional[Sequence[str]] = None) -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("--out", type=Path, default=Path("demo"), help="folder of the results")
    parser.add_argument("--model", default="classic", help="classic (default) or a model file")
    parser.add_argument("--data", type=Path, help="folder with your own rasters instead of the simulated scene")
    parser.add_argument("--seed", type=int, default=3, help="which scene to simulate")
    given = parser.parse_args(arguments)
    try:
        scene = found_in(given.data) if given.data else simulated(given.out / "scene", given.seed)
        demo(scene, given.model or "classic", given.out)
    except IceMarginError as error:
        print(f"demo: {error}", file=sys.stderr)
        return 2 if isinstance(error, InputError) else 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
