"""How one complex is to be cut: lines, and whose ground lies on which side of them."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, Protocol

import numpy as np
import shapely
from scipy import ndimage

from ..inference.arrays import BoolArray, DoubleArray
from .attributes_grid import filled
from .bulk import IntArray
from .flowsheds import EIGHT, FlowshedSettings, flowsheds
from .ice_caps import looks_like_ice_cap
from .label_lines import LabelRaster
from .relief import Relief, Terrain
from .slivers import SliverRule
from .surroundings import DIVIDE_CELL_M, divides_margin_m


@dataclass(frozen=True)
class DivideSettings:
    """How ice is divided.

    Attributes:
        flow: the numbers of the flowsheds.
        cell_m: size of the DEM's cells for them.
        slivers: what is merged into a neighbour.
        minimum_m2: an inherited glacier that is smaller is merged too.
        spacing_m: of the points that tell which earlier glacier is nearest.
        split_ice_caps: whether ice caps are divided by flowsheds like all else.
    """

    flow: FlowshedSettings = field(default_factory=FlowshedSettings)
    cell_m: float = DIVIDE_CELL_M
    slivers: SliverRule = field(default_factory=SliverRule)
    minimum_m2: float = 1e4
    spacing_m: float = 10.0
    split_ice_caps: bool = False

    @property
    def margin_m(self) -> float:
        """How much of the DEM round a complex is looked at."""
        return divides_margin_m(self.cell_m)


class Plan(Protocol):
    """Lines in the plane, and the label of the ground at points (n x 2)."""

    def lines(self) -> Any: ...

    def at(self, xy: DoubleArray) -> IntArray: ...


MOST_VOID = 0.1
"""Share of a complex and its gutter that may have no elevation."""


@dataclass(frozen=True, eq=False)
class Ground:
    """A complex on its relief.

    Attributes:
        relief: a window round it.
        ice: H x W, where the complex is.
        void: share of the complex and its surroundings up to the gutter that has no elevation.
    """

    relief: Relief
    ice: BoolArray
    void: float

    @classmethod
    def of(cls, complex_: Any, terrain: Terrain, settings: DivideSettings) -> Ground:
        """Return the ground of a complex (a Polygon in the plane)."""
        west, south, east, north = complex_.bounds
        margin = settings.margin_m
        relief = terrain((west - margin, south - margin, east + margin, north + margin))
        ice = relief.inside(complex_)
        steps = int(np.ceil(settings.flow.gutter_at / relief.lattice.cell)) + 1
        near = ndimage.binary_dilation(ice, EIGHT, iterations=steps)
        void = float(np.isnan(relief.elevation[near]).mean()) if near.any() else 1.0
        return cls(relief, ice, void)

    @property
    def known(self) -> bool:
        """Whether there are elevations enough."""
        return self.void <= MOST_VOID

    def is_ice_cap(self) -> bool:
        """Return whether the complex looks like an ice cap."""
        return looks_like_ice_cap(filled(self.relief.elevation), self.ice, self.relief.lattice.cell)

    def plan(self, settings: DivideSettings) -> LabelRaster:
        """Return the flowsheds."""
        labels = flowsheds(filled(self.relief.elevation), self.ice, self.relief.lattice.cell, settings.flow)
        return LabelRaster(labels, self.relief.lattice)


def worth_dividing(complex_: Any, settings: DivideSettings) -> bool:
    """Return whether a complex (in the plane) is large enough for two glaciers that are no slivers."""
    return bool(shapely.area(complex_) >= 2 * settings.slivers.small_m2)
