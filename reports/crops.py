"""Pictures of the glaciers that are mapped worst: where candidate and reference differ, over imagery where there is."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, List, Mapping, Optional, Sequence, Tuple

import numpy as np
import shapely
from matplotlib.figure import Figure
from matplotlib.patches import PathPatch
from matplotlib.path import Path

from ..inventory.outlines import Outlines
from .cropping import PIXELS, Bounds, Crops
from .drawing import as_uri
from .frames import frames

COMMON, LOST, GAINED, GROUND = "#56B4E9", "#D55E00", "#F0E442", "#3C3C3C"
BESIDE = "#35637B"
"""What both have of the glaciers around the one that is meant."""
REFERENCE, CANDIDATE = "#F0E442", "#FF5CD6"
"""Over imagery. The colours of the page of scores."""
DPI = 100


@dataclass(frozen=True)
class Worst:
    """A glacier of the list: its place (a path in the values), and its picture as a data URI ("" without geometry)."""

    place: str
    picture: str


def crop_pictures(
    values: Mapping[str, Any], candidate: Outlines, reference: Outlines, imagery: Optional[Crops] = None
) -> List[Worst]:
    """Return the worst glaciers with a picture each."""
    layers = _Layer.of(candidate), _Layer.of(reference)
    return [
        Worst(frame.place, as_uri(_picture(frame.own, frame.bounds, layers, reference.crs, imagery), DPI))
        if frame.bounds else Worst(frame.place, "")
        for frame in frames(values, candidate, reference)
    ]  # fmt: skip


@dataclass(frozen=True, eq=False)
class _Layer:
    """A layer with its search tree."""

    geometry: Any
    tree: Any

    @classmethod
    def of(cls, layer: Outlines) -> _Layer:
        return cls(layer.geometry, shapely.STRtree(layer.geometry))

    def ice(self, bounds: Bounds) -> Any:
        """Return what the layer has inside the bounds, as one geometry."""
        near = self.geometry[self.tree.query(shapely.box(*bounds))]
        return shapely.union_all(shapely.intersection(near, shapely.box(*bounds)))

    def outlines(self, bounds: Bounds) -> Any:
        """Return the outlines that come near the bounds, whole."""
        return self.geometry[self.tree.query(shapely.box(*bounds))]


def _picture(
    own: Sequence[Any], bounds: Bounds, layers: Tuple[_Layer, _Layer], crs: str, imagery: Optional[Crops]
) -> Figure:
    colours = imagery.crop(bounds, crs, PIXELS) if imagery is not None else None
    panels = 1 if imagery is None else 2
    figure = Figure(figsize=(5.2 * panels, 5.2), facecolor=GROUND)
    drawn = figure.subplots(1, panels, squeeze=False)[0]
    figure.subplots_adjust(0, 0, 1, 1, wspace=0.02)
    if imagery is not None:
        _draw_image(drawn[0], bounds, layers, colours)
    _draw_difference(drawn[-1], bounds, layers, shapely.union_all(own))
    for axes in drawn:
        axes.set(xlim=bounds[::2], ylim=bounds[1::2], aspect="equal")
        axes.set_axis_off()
    _scale_bar(drawn[-1], bounds)
    return figure


def _draw_image(axes: Any, bounds: Bounds, layers: Tuple[_Layer, _Layer], colours: Any) -> None:
    left, bottom, right, top = bounds
    if colours is None:
        axes.text(0.5, 0.02, "no imagery here", color="white", ha="center", transform=axes.transAxes)
    else:
        axes.imshow(np.nan_to_num(colours, nan=0.2), extent=(left, right, bottom, top), interpolation="bilinear")
    for layer, colour, style in zip(layers[::-1], (REFERENCE, CANDIDATE), ("solid", (0, (4, 2)))):
        _lines(axes, layer.outlines(bounds), colour, style, 1.3)


def _draw_difference(axes: Any, bounds: Bounds, layers: Tuple[_Layer, _Layer], own: Any) -> None:
    ours, theirs = (layer.ice(bounds) for layer in layers)
    both = shapely.intersection(ours, theirs)
    for colour, piece in (
        (BESIDE, both),
        (COMMON, shapely.intersection(both, own)),
        (GAINED, shapely.difference(ours, theirs)),
        (LOST, shapely.difference(theirs, ours)),
    ):
        if not shapely.is_empty(piece):
            axes.add_artist(PathPatch(_path(piece), facecolor=colour, edgecolor="none"))
    _lines(axes, layers[1].outlines(bounds), "black", "solid", 0.5)
    _lines(axes, layers[0].outlines(bounds), "white", (0, (4, 2)), 0.5)


def _lines(axes: Any, outlines: Sequence[Any], colour: str, style: Any, width: float) -> None:
    for outline in outlines:
        axes.add_artist(PathPatch(_path(outline), fill=False, edgecolor=colour, linestyle=style, linewidth=width))


def _path(geometry: Any) -> Path:
    """Return all rings of the polygons in a geometry as one path, in which holes stay open."""
    parts = shapely.get_parts(np.atleast_1d(geometry))
    parts = parts[shapely.get_type_id(parts) == 3]
    rings = [shapely.get_coordinates(ring) for ring in shapely.get_rings(shapely.normalize(parts))]
    paths = [Path(ring, closed=True) for ring in rings]
    return Path.make_compound_path(*paths) if paths else Path(np.zeros((0, 2)))


def _scale_bar(axes: Any, bounds: Bounds) -> None:
    width = bounds[2] - bounds[0]
    power = 10 ** int(np.floor(np.log10(width / 4)))
    length = max(step * power for step in (1, 2, 5) if step * power <= width / 4)
    x, y = bounds[0] + width * 0.04, bounds[1] + width * 0.04
    axes.plot([x, x + length], [y, y], color="white", linewidth=4, solid_capstyle="butt")
    axes.plot([x, x + length], [y, y], color="black", linewidth=2, solid_capstyle="butt")
    text = f"{length / 1000:g} km" if length >= 1000 else f"{length:g} m"
    box = {"facecolor": GROUND, "edgecolor": "none", "pad": 1}
    axes.text(x, y + width * 0.015, text, color="white", fontsize=9, bbox=box)
