"""Ice divided into glaciers: by the divides of an earlier inventory where it has any, else by flowsheds of a DEM.

The outlines' own divides do not count: what touches is one complex. A complex is cut in the outlines' own CRS by one
set of lines, so its outer border keeps its points and two glaciers have the same points on the divide between them.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Any, List, Optional, Sequence, Tuple

import numpy as np
import shapely

from ..inference.arrays import DoubleArray
from ..inference.errors import OutlinesError
from ..inference.progress import NoProgress, Progress, stop_if_cancelled
from .borders import shared_edges
from .bulk import IntArray, components
from .cutting import cut, merged
from .divide_naming import named
from .divide_parts import FLOWSHEDS, INHERITED, WHOLE, Divided, Earlier, Groups
from .divide_plans import DivideSettings, Ground, Plan, worth_dividing
from .outlines import Outlines
from .overlap import dissolved
from .planes import Planes
from .relief import Terrain
from .territories import Territories


class _Divider:
    """Cuts one complex after the other."""

    def __init__(
        self, planes: Planes, terrain: Optional[Terrain], earlier: Optional[Earlier], settings: DivideSettings
    ) -> None:
        self._planes = planes
        self._terrain = terrain
        self._earlier = earlier
        self._settings = settings
        self.doubts: List[str] = []

    def groups(self, ice: Any, named_cap: bool, name: str) -> Groups:
        """Return a complex (a Polygon in the outlines' CRS) in groups; `name` tells doubts which one it is."""
        flat = self._planes.flat(ice)
        owners = self._earlier.on(flat) if self._earlier else np.zeros(0, np.int64)
        large = worth_dividing(flat, self._settings)
        ground = Ground.of(flat, self._terrain, self._settings) if self._terrain and large else None
        cap = named_cap or (ground is not None and ground.known and ground.is_ice_cap())
        if self._earlier and len(owners):
            cap = cap or bool(self._earlier.ice_cap[owners].any())
            return self._inherited(ice, flat, owners, cap, name)
        if ground is None or not self._may_flow(ground, cap, name):
            return Groups.whole(ice, -1, WHOLE, cap)
        plan = ground.plan(self._settings)
        return self._cut(ice, plan, (), FLOWSHEDS, cap, name)

    def _inherited(self, ice: Any, flat: Any, owners: IntArray, cap: bool, name: str) -> Groups:
        if len(owners) == 1 or self._earlier is None:
            return Groups.whole(ice, int(owners[0]), INHERITED, cap)
        plan = Territories.of(self._earlier.flat[owners], flat, self._settings.spacing_m)
        found = self._cut(ice, plan, self._earlier.own.geometry[owners], INHERITED, cap, name)
        if cap and len(found.label) > 1:
            self.doubts.append(f"{name} is an ice cap, which the earlier inventory divides; its divides were kept.")
        return replace(found, label=owners[found.label])

    def _may_flow(self, ground: Ground, cap: bool, name: str) -> bool:
        if not ground.known:
            self.doubts.append(f"{name} was not divided: the DEM has no values on {ground.void:.0%} of it.")
            return False
        if cap:
            done = "was divided, as was asked" if self._settings.split_ice_caps else "was not divided"
            self.doubts.append(f"{name} is an ice cap or looks like one; it {done}.")
        return self._settings.split_ice_caps or not cap

    def _inner(self, polygons: Any) -> DoubleArray:
        """Return a point inside each polygon, in the plane."""
        return self._planes.points(shapely.get_coordinates(shapely.point_on_surface(polygons)))

    def _cut(self, ice: Any, plan: Plan, known: Any, divides: str, cap: bool, name: str) -> Groups:
        """Return the complex cut as planned, pieces of one label that touch as one.

        `known`: geometries of the outlines' CRS whose points the plan's lines have.
        """
        try:
            pieces = cut(ice, self._planes.back(plan.lines(), known)).geometry
        except OutlinesError:
            self.doubts.append(f"{name} could not be divided: a divide all but runs along its border; cut it by hand.")
            return Groups.whole(ice, int(plan.at(self._inner(ice))[0]), divides, cap)
        label = plan.at(self._inner(pieces))
        edges = shared_edges(pieces)
        same = label[edges.first] == label[edges.second]
        group = components(len(pieces), edges.first[same], edges.second[same])
        first = np.unique(group, return_index=True)[1]
        return Groups(ice, merged(pieces, group), label[first], divides, cap)


def divide(
    outlines: Outlines,
    planes: Planes,
    terrain: Optional[Terrain],
    earlier: Optional[Outlines] = None,
    settings: DivideSettings = DivideSettings(),  # noqa: B008
    ice_caps: Sequence[bool] = (),
    earlier_ice_caps: Sequence[bool] = (),
    progress: Progress = NoProgress(),  # noqa: B008
) -> Divided:
    """Return the ice of a layer in glaciers.

    Args:
        outlines: in `planes.own`.
        planes: the outlines' CRS and the plane.
        terrain: the DEM in the plane; None divides only where there is an earlier inventory.
        earlier: an inventory in `planes.own`; its divides are kept and extended, and its ids.
        settings: see there.
        ice_caps, earlier_ice_caps: for each outline and each earlier glacier whether its fields say that it is (part
            of) an ice cap; () where they say nothing.
        progress: told after each complex.

    Raises:
        OutlinesError: the earlier inventory does not lie on the ice.
        Cancelled: by `progress`.
    """
    before = None
    if earlier is not None:
        caps = np.array(earlier_ice_caps, bool) if earlier_ice_caps else np.zeros(len(earlier), bool)
        before = Earlier(earlier, planes.flat(earlier.geometry), caps)
    complexes = _complexes(outlines, ice_caps)
    divider = _Divider(planes, terrain, before, settings)
    found: List[Groups] = []
    for ice, cap, name in complexes:
        found.append(divider.groups(ice, cap, name))
        progress.report(len(found) / len(complexes), "Dividing ice")
        stop_if_cancelled(progress)
    if before is not None and not any(one.divides == INHERITED for one in found):
        raise OutlinesError("The earlier inventory does not lie on the ice; give another one, or divide by flowsheds.")
    return named(outlines, found, planes, before, settings, divider.doubts)


def _complexes(outlines: Outlines, ice_caps: Sequence[bool]) -> List[Tuple[Any, bool, str]]:
    """Return the complexes: a Polygon each, whether it was said to be an ice cap, and a name for it."""
    ice = dissolved(outlines.geometry)
    parts, piece = shapely.get_parts(ice.geometry, return_index=True)
    caps = np.zeros(len(ice.geometry), bool)
    caps[ice.piece[np.asarray(ice_caps, bool)] if len(ice_caps) else []] = True
    inside = shapely.STRtree(outlines.geometry).nearest(shapely.point_on_surface(parts))
    return [(ice, bool(caps[n]), f"The ice with {outlines.ids[place]}") for ice, n, place in zip(parts, piece, inside)]
