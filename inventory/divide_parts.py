"""What dividing ice starts from and leaves: the earlier glaciers, pieces of complexes, and the divided glaciers."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import Any, Dict, Tuple

import numpy as np
import shapely

from ..inference.arrays import BoolArray, DoubleArray
from .bulk import IntArray
from .outlines import Outlines

INHERITED, FLOWSHEDS, WHOLE = "inherited", "flowsheds", "whole"
"""Where a glacier's divides come from; "whole": it is a complex that nothing divides."""
LEAST_OVERLAP_M2 = 200.0
"""Overlaps up to this are no link, as in the RGI's own link tables."""


@dataclass(frozen=True, eq=False)
class Earlier:
    """An earlier inventory in the outlines' own CRS, its geometry in the plane (`flat`), and which are ice caps."""

    own: Outlines
    flat: Any
    ice_cap: BoolArray

    @cached_property
    def _tree(self) -> Any:
        return shapely.STRtree(self.flat)

    def on(self, complex_: Any) -> IntArray:
        """Return the places of the glaciers that a complex (in the plane) lies on."""
        near = np.sort(self._tree.query(complex_, predicate="intersects"))
        found: IntArray = near[shapely.area(shapely.intersection(self.flat[near], complex_)) > LEAST_OVERLAP_M2]
        return found


@dataclass(frozen=True, eq=False)
class Groups:
    """A complex in pieces that hang together and have one label, before slivers are merged.

    Attributes:
        ice: the complex, a Polygon in the outlines' own CRS.
        geometry: its k pieces.
        label: for each the place of the earlier glacier, or the number of the flowshed.
        divides: INHERITED, FLOWSHEDS or WHOLE.
        ice_cap: whether the complex is one.
    """

    ice: Any
    geometry: Any
    label: IntArray
    divides: str
    ice_cap: bool

    @classmethod
    def whole(cls, ice: Any, label: int, divides: str, ice_cap: bool) -> Groups:
        """Return a complex as one piece."""
        return cls(ice, np.array([ice], dtype=object), np.array([label]), divides, ice_cap)


@dataclass(frozen=True, eq=False)
class Divided:
    """Ice in glaciers.

    Attributes:
        geometry: n Polygons in the outlines' own CRS; neighbours share the points of their divide.
        area_km2: n areas.
        ids: n ids of the earlier inventory's glaciers, each at most once; "" for what needs a new one.
        parents: n ids of the earlier glacier that a part without an id of its own lies on; "" for none.
        divides: INHERITED, FLOWSHEDS or WHOLE for each.
        ice_cap: whether the complex is an ice cap.
        complex: number of the complex.
        source: the place of the outline that the glacier's inner point lies on.
        gone: ids of earlier glaciers that have no ice any more, or too little.
        doubts: what somebody should look at.
    """

    geometry: Any
    area_km2: DoubleArray
    ids: Tuple[str, ...]
    parents: Tuple[str, ...]
    divides: Tuple[str, ...]
    ice_cap: BoolArray
    complex: IntArray
    source: IntArray
    gone: Tuple[str, ...]
    doubts: Tuple[str, ...]

    def __len__(self) -> int:
        return len(self.ids)

    def to_json(self) -> Dict[str, Any]:
        """Return the numbers of all and the doubts as plain values; the glaciers' own are in the layer."""
        return {
            "glaciers": len(self), "complexes": len(set(self.complex.tolist())),
            "area_km2": float(self.area_km2.sum()), "inherited_ids": sum(map(bool, self.ids)),
            "new_ids": sum(not name for name in self.ids), "gone": list(self.gone),
            "by_divides": {name: self.divides.count(name) for name in sorted(set(self.divides))},
            "ice_caps": len(set(self.complex[self.ice_cap].tolist())), "doubts": list(self.doubts),
        }  # fmt: skip
