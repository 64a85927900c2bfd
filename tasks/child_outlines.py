"""What the runtime's child does with outlines. Layers, values and pages are files in a folder of the parent's."""

from __future__ import annotations

import json
import sys
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Any, Dict, Mapping, Optional, Sequence, Tuple

import numpy as np

from ..inference.errors import RuntimeMissingError
from ..inference.libraries import OUTLINES, PAGES, missing_libraries
from ..inference.progress import PartOfProgress, Progress
from ..inference.stored_raster import StoredRaster
from ..inference.vector_layer import VectorLayer
from .layer_files import read_layer, write_layer

if TYPE_CHECKING:
    from ..inventory.change_values import ChangeInputs
    from ..inventory.comparison_values import Compared, ComparisonInputs

VALUES, PAGE, DIFFERENCE = "values.json", "page.html", "difference"
CANDIDATE, REFERENCE = "candidate", "reference"
COMPARED_CANDIDATE, COMPARED_REFERENCE = "compared-candidate", "compared-reference"


def compare(folder: Path, order: Mapping[str, Any], progress: Progress) -> Dict[str, Any]:
    """Write the values of a comparison, the layers as they were compared and, if asked, their difference.

    Returns the plane's CRS and what the page's pictures show: a list of bounds.
    """
    need_libraries(OUTLINES)
    from ..inventory.comparison_values import compared
    from ..inventory.plain_layers import layer_of

    found = compared(_comparison_inputs(folder, order), PartOfProgress(progress, 0.0, 0.9))
    write_values(folder, found.values)
    write_layer(folder / COMPARED_CANDIDATE, layer_of(found.candidate))
    write_layer(folder / COMPARED_REFERENCE, layer_of(found.reference))
    if order["difference"]:
        part = PartOfProgress(progress, 0.9, 1.0)
        write_layer(folder / DIFFERENCE, found.difference(part).to_layer())
    return {"crs": found.reference.crs, "frames": _frames(found)}


def comparison_page(folder: Path, crops: Optional[Sequence[Mapping[str, Any]]]) -> Dict[str, Any]:
    """Write the page of the values and layers that `compare` wrote; `crops` are files and their bounds."""
    need_libraries((*OUTLINES, *PAGES))
    from ..inventory.plain_layers import outlines_of
    from ..reports.comparison_report import comparison_page as page

    sides = (read_layer(folder / name) for name in (COMPARED_CANDIDATE, COMPARED_REFERENCE))
    candidate, reference = map(outlines_of, sides)
    imagery = None if crops is None else _ReadyCrops(folder, crops)
    (folder / PAGE).write_text(page(_read_values(folder), candidate, reference, imagery), encoding="utf-8")
    return {}


def change(folder: Path, order: Mapping[str, Any], progress: Progress) -> Dict[str, Any]:
    """Write the values of a change."""
    need_libraries(OUTLINES)
    from ..inventory.change_values import change_values

    write_values(folder, change_values(_change_inputs(folder, order), progress))
    return {}


def change_page(folder: Path) -> Dict[str, Any]:
    """Write the page of the values that `change` wrote."""
    need_libraries(PAGES)
    from ..reports.change_report import change_page as page

    (folder / PAGE).write_text(page(_read_values(folder)), encoding="utf-8")
    return {}


class _ReadyCrops:
    """Crops that the parent has read (Crops): {"bounds": ..., "file": its name, None where there is no image}."""

    def __init__(self, folder: Path, crops: Sequence[Mapping[str, Any]]) -> None:
        self._files = {tuple(crop["bounds"]): crop["file"] and folder / crop["file"] for crop in crops}

    def crop(self, bounds: Any, _crs: str, _size: int) -> Any:
        """Return the colours that were read for these bounds."""
        path = self._files[bounds]
        return None if path is None else np.load(path, allow_pickle=False)


def need_libraries(names: Sequence[str]) -> None:
    """Raise RuntimeMissingError that says what to press where the runtime lacks one of these."""
    missing = missing_libraries(names)
    if missing:
        raise RuntimeMissingError(
            f"The runtime lacks {', '.join(missing)}: press Update in the window Runtime, or install it into "
            f"{sys.executable}, and try again."
        )


def _comparison_inputs(folder: Path, order: Mapping[str, Any]) -> ComparisonInputs:
    from ..inventory.comparison_values import ComparisonInputs

    def named(kind: str) -> Tuple[Tuple[str, VectorLayer], ...]:
        return tuple((name, read_layer(folder / f"{kind}-{n}")) for n, name in enumerate(order[kind]))

    return ComparisonInputs(
        read_layer(folder / CANDIDATE), read_layer(folder / REFERENCE), extent=optional_layer(folder / "extent"),
        before=optional_layer(folder / "before"), strata=tuple(order["strata"]), zones=named("zones"),
        experts=named("experts"), elevation=optional_raster(folder / "elevation"),
        confidence=optional_raster(folder / "confidence"), **order["options"],
    )  # fmt: skip


def _change_inputs(folder: Path, order: Mapping[str, Any]) -> ChangeInputs:
    from ..inventory.change_values import ChangeInputs, DatedLayer

    days = (date.fromisoformat(one["day"]) if one["day"] else None for one in order["layers"])
    layers = (
        DatedLayer(read_layer(folder / f"layer-{n}"), day, one["pixel_m"])
        for n, (day, one) in enumerate(zip(days, order["layers"]))
    )
    grounds = {name: optional_layer(folder / name) for name in ("debris", "centrelines", "extent")}
    return ChangeInputs(tuple(layers), order["id_field"], **grounds)


def optional_layer(path: Path) -> Optional[VectorLayer]:
    """Return a layer that the parent may have put."""
    return read_layer(path) if path.exists() else None


def optional_raster(path: Path) -> Optional[StoredRaster]:
    """Return a raster that the parent may have stored."""
    return StoredRaster.open(str(path)) if path.exists() else None


def _frames(found: Compared) -> Sequence[Any]:
    from ..reports.frames import frames

    shown = frames(found.values, found.candidate, found.reference)
    return [frame.bounds for frame in shown if frame.bounds is not None]


def write_values(folder: Path, values: Mapping[str, Any]) -> None:
    """Write values for the parent (OutlineExchange.values)."""
    (folder / VALUES).write_text(json.dumps(values, allow_nan=False), encoding="ascii")


def _read_values(folder: Path) -> Dict[str, Any]:
    values: Dict[str, Any] = json.loads((folder / VALUES).read_text(encoding="ascii"))
    return values
