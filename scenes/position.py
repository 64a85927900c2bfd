"""The region that a model is told, chosen by where the map lies. Doors ask it; the core takes what it is given."""

from __future__ import annotations

from dataclasses import replace
from typing import Tuple

from ..inference.grid import centre_lonlat, spatial_reference
from ..inference.model import ModelDescription
from ..inference.plan import plan_grid
from ..inference.request import DelineationRequest
from .regions import NAMES, region_of

AUTO = "auto"
UNKNOWN = "unknown"


def resolve_region(request: DelineationRequest, description: ModelDescription) -> Tuple[DelineationRequest, str]:
    """Return the request with its region found by the centre of the mapped grid where it is "auto", and a text.

    The text says which region the model is told and why; "" for models that ask for none. Raises what
    `plan.plan_grid` raises: CrsError, ExtentError, ModelError or SourceError.
    """
    by_position = request.region == AUTO
    if by_position:
        request = replace(request, region=UNKNOWN)
    if description.location != "region" or request.region_vector:
        return request, ""
    if by_position:
        grid = plan_grid(request, description)
        place = centre_lonlat(grid.box, spatial_reference(grid.crs, "The grid"))
        request = replace(request, region=region_of(*place))
    return request, f"Region: {region_text(request.region)}{', by position' if by_position else ''}"


def region_text(region: str) -> str:
    """Return a region for people: "High-Mountain Asia (HMA)"."""
    return f"{NAMES[region]} ({region})" if region in NAMES else "not told (unknown)"
