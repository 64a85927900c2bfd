"""A model's description: what it needs, what it was trained on, how its confidence is calibrated.

It travels in the ONNX file's metadata under the key `icemargin`, as JSON. Nothing is ever unpickled.
"""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass
from typing import AbstractSet, Any, Dict, Optional, Tuple

from .errors import ModelError
from .request import BAND_NAMES

METADATA_KEY = "icemargin"
REGIONS = ("ALP", "AN", "AWA", "CA", "GR", "HMA", "LL", "NZ", "SA", "SC", "SVAL", "unknown")
"""The region vector's order (facts: GlaViTU, region encoding)."""

_LATER = ("strategy", "regions", "metrics", "optional")
"""Fields of trained models, left out where they are empty: IceMargin 0.1 knows files without them only."""


@dataclass(frozen=True)
class Feature:
    """One input of the network: bands in order, with the minimum and maximum that scale them to 0..1."""

    name: str
    bands: Tuple[str, ...]
    minimum: Tuple[float, ...]
    maximum: Tuple[float, ...]

    def __post_init__(self) -> None:
        if not len(self.bands) == len(self.minimum) == len(self.maximum):
            raise ModelError(f"Feature {self.name!r}: as many minima and maxima as bands are needed.")
        unknown = [band for band in self.bands if band not in BAND_NAMES]
        if unknown:
            raise ModelError(f"Feature {self.name!r} asks for an unknown band {unknown[0]!r}.")
        if any(low >= high for low, high in zip(self.minimum, self.maximum)):
            raise ModelError(f"Feature {self.name!r}: every maximum must be above its minimum.")


@dataclass(frozen=True)
class Calibration:
    """An isotonic table, interpolated between its knots and constant beyond.

    `of` "entropy": raw confidence (ascending) -> observed accuracy of the class shown (never falling, at least 0.5), as
    the paper's. `of` "probability": the model's glacier probability -> observed share of glacier (0..1), for models
    that are surer of one class than of the other.
    """

    raw: Tuple[float, ...]
    calibrated: Tuple[float, ...]
    source: str = ""
    of: str = "entropy"

    def __post_init__(self) -> None:
        rising = all(a < b for a, b in zip(self.raw, self.raw[1:]))
        isotonic = all(a <= b for a, b in zip(self.calibrated, self.calibrated[1:]))
        if len(self.raw) != len(self.calibrated) or len(self.raw) < 2 or not rising or not isotonic:
            raise ModelError("A calibration table needs two or more rising raw values and never falling results.")
        if self.of not in ("entropy", "probability"):
            raise ModelError(f"A calibration table is of 'entropy' or 'probability', not {self.of!r}.")
        lowest = 0.5 if self.of == "entropy" else 0.0
        if self.calibrated[0] < lowest or self.calibrated[-1] > 1:
            raise ModelError(f"Values of a calibration table of {self.of} lie between {lowest} and 1.")


@dataclass(frozen=True)
class Golden:
    """What the model answered at `positions` (row, column) to the golden inputs (golden.py) when it was made.

    `tolerance` is how far (probability, 0..1) an answer elsewhere may lie from it.
    """

    positions: Tuple[Tuple[int, int], ...]
    probabilities: Tuple[float, ...]
    tolerance: float

    def __post_init__(self) -> None:
        if not self.positions or len(self.positions) != len(self.probabilities):
            raise ModelError("A golden patch needs pixels, and one probability for each.")
        if not all(0 <= value <= 1 for value in self.probabilities):
            raise ModelError("The probabilities of a golden patch lie between 0 and 1.")
        if not 0 < self.tolerance < 1:
            raise ModelError("The tolerance of a golden patch lies between 0 and 1.")


@dataclass(frozen=True)
class ModelDescription:
    """What a model file says of itself. `location` is "", "region" (12 values) or "coordinates" (4 values).

    `patch` is the window in pixels, `resolution` the metres per pixel it was trained for (None: any).
    `pixelwise` models look at one pixel at a time, so that windows need not overlap. `strategy` is one of the paper's
    five, `regions` are those trained on (REGIONS' names), `metrics` scores by name ("validation IoU", 0.81). Without
    the bands in `optional` it works too, if less well: it met their absence in training.
    """

    name: str
    features: Tuple[Feature, ...]
    patch: int
    resolution: Optional[float] = None
    location: str = ""
    pixelwise: bool = False
    overlap: float = 0.0
    calibration: Optional[Calibration] = None
    classes: Tuple[str, ...] = ("not glacier", "glacier")
    licence: str = ""
    citation: str = ""
    trained_on: str = ""
    tested_on: str = ""
    note: str = ""
    golden: Optional[Golden] = None
    strategy: str = ""
    regions: Tuple[str, ...] = ()
    metrics: Tuple[Tuple[str, float], ...] = ()
    optional: Tuple[str, ...] = ()

    def __post_init__(self) -> None:
        if not self.features or self.patch < 1:
            raise ModelError("A model description needs features and a patch size.")
        if self.location not in ("", "region", "coordinates"):
            raise ModelError(f"Unknown location encoding {self.location!r}.")
        if self.golden and not all(0 <= place < self.patch for pixel in self.golden.positions for place in pixel):
            raise ModelError("The golden patch has pixels outside the window.")
        if not set(self.optional) <= set(self.bands):
            raise ModelError("A band that is optional must be one of the model's bands.")

    @property
    def bands(self) -> Tuple[str, ...]:
        """All bands the model needs, in order."""
        return tuple(band for feature in self.features for band in feature.bands)

    def bands_of(self, given: AbstractSet[str]) -> Tuple[str, ...]:
        """Return the bands to read where those in `given` can be had: all but optional ones that are not there."""
        return tuple(band for band in self.bands if band in given or band not in self.optional)

    @property
    def location_size(self) -> int:
        return {"": 0, "region": len(REGIONS), "coordinates": 4}[self.location]

    def to_json(self) -> str:
        values = asdict(self)
        for name in _LATER:
            if not values[name]:
                del values[name]
        return json.dumps({"version": 1, **values}, sort_keys=True)


def description_from_json(text: str) -> ModelDescription:
    """Read a description. Raises ModelError where something is missing or of the wrong kind."""
    try:
        values: Dict[str, Any] = json.loads(text)
        if values.pop("version") != 1:
            raise ModelError("The model's description is of a newer version; update IceMargin.")
        values["features"] = tuple(
            Feature(item["name"], *(tuple(item[key]) for key in ("bands", "minimum", "maximum")))
            for item in values["features"]
        )
        table = values.get("calibration")
        if table is not None:
            raw, calibrated = tuple(table["raw"]), tuple(table["calibrated"])
            values["calibration"] = Calibration(raw, calibrated, table["source"], table.get("of", "entropy"))
        values["golden"] = _golden(values.get("golden"))
        values["classes"] = tuple(values["classes"])
        values["regions"] = tuple(str(name) for name in values.get("regions", ()))
        values["optional"] = tuple(str(name) for name in values.get("optional", ()))
        values["metrics"] = tuple((str(name), float(score)) for name, score in values.get("metrics", ()))
        return ModelDescription(**values)
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise ModelError(f"The model's description cannot be read ({error}); import the model again.") from error


def _golden(values: Optional[Dict[str, Any]]) -> Optional[Golden]:
    """Read the golden patch; files from before there was one have none."""
    if values is None:
        return None
    positions = tuple((int(row), int(column)) for row, column in values["positions"])
    probabilities = tuple(float(value) for value in values["probabilities"])
    return Golden(positions, probabilities, float(values["tolerance"]))
