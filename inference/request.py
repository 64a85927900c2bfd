"""What is asked of the core and what it answers: frozen values that refuse nonsense when they are made."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import FrozenSet, Mapping, Optional, Sequence, Tuple, Union

from .averages import CLASSIC, Averages
from .errors import BandError, ExtentError, InputError, SourceError

OPTICAL_BANDS = ("blue", "green", "red", "nir", "swir1", "swir2")
DEM_BANDS = ("elevation", "slope")
BACKSCATTER_BANDS = ("co_pol_ascending", "co_pol_descending", "cross_pol_ascending", "cross_pol_descending")
COHERENCE_BANDS = ("coherence_ascending", "coherence_descending")
BAND_NAMES = OPTICAL_BANDS + DEM_BANDS + BACKSCATTER_BANDS + COHERENCE_BANDS + ("thermal",)
"""Every band a model may ask for: TOA reflectance, m, degrees, linear sigma0, coherence 0..1, K."""
RESULT_BANDS = ("confidence",)
"""What a map of IceMargin holds, and no model asks for: calibrated, 0..1."""

DEVICES = ("auto", "cpu", "cuda")
REGION_VALUES = 12
"""Length of a region vector: inference/model.py's REGIONS."""


@dataclass(frozen=True)
class Source:
    """Bands of one raster, or of a mosaic of rasters that have the same bands.

    A value means `raw * scale + offset`; where scale or offset is None the file's own (else 1 and 0) counts.
    `nodata` and `crs` (anything that OSR understands) override what the file declares.
    """

    paths: Tuple[str, ...]
    bands: Mapping[str, int]
    scale: Optional[float] = None
    offset: Optional[float] = None
    nodata: Optional[float] = None
    crs: str = ""

    def __post_init__(self) -> None:
        if not self.paths:
            raise SourceError("A source names no file; choose a raster.")
        unknown = [name for name in self.bands if name not in BAND_NAMES + RESULT_BANDS]
        if unknown:
            raise BandError(f"Unknown band {unknown[0]!r}; the names are {', '.join(BAND_NAMES)}.")
        if any(number < 1 for number in self.bands.values()):
            raise BandError("Bands are counted from 1.")
        if self.scale == 0:
            raise InputError("A scale of 0 would make every value the same; give the factor to reflectance.")


@dataclass(frozen=True)
class Extent:
    """A rectangle in `crs` (anything that OSR understands: "EPSG:32643", WKT); "" means the grid's own CRS."""

    xmin: float
    ymin: float
    xmax: float
    ymax: float
    crs: str = ""

    def __post_init__(self) -> None:
        if not (self.xmin < self.xmax and self.ymin < self.ymax):
            raise ExtentError("The extent has no area; draw or zoom to a rectangle that covers some ground.")


@dataclass(frozen=True)
class ClassicSettings:
    """Thresholds of the classic method (facts: ratio 1.5..3, scene-dependent; NDSI 0.4)."""

    index: str = "ratio"
    ratio_threshold: float = 2.0
    blue_threshold: float = 0.08
    ndsi_threshold: float = 0.4

    def __post_init__(self) -> None:
        if self.index not in ("ratio", "ndsi"):
            raise InputError(f"The classic method knows 'ratio' and 'ndsi', not {self.index!r}.")
        if self.ratio_threshold <= 0:
            raise InputError("The ratio threshold must be above 0 (1.5 to 3 is usual).")
        if not -1 < self.ndsi_threshold < 1:
            raise InputError("The NDSI threshold lies between -1 and 1 (0.4 is usual).")


@dataclass(frozen=True)
class OutlineSettings:
    """How the probability becomes outlines."""

    threshold: float = 0.5
    median: bool = True
    minimum_area_km2: float = 0.01
    smooth: bool = True
    review_below: float = 0.95

    def __post_init__(self) -> None:
        if not 0 < self.threshold < 1:
            raise InputError("The probability threshold lies between 0 and 1 (0.5 is usual).")
        if self.minimum_area_km2 < 0:
            raise InputError("The minimum area cannot be negative (0.01 km2 is the inventories' rule).")


@dataclass(frozen=True)
class SceneFacts:
    """What the user says of the scene; it goes into the outlines' fields as it is."""

    src_id: str = ""
    src_date: str = ""
    sensor: str = ""
    analyst: str = ""


def given_bands(sources: Sequence[Source]) -> FrozenSet[str]:
    """Return the bands that can be had of rasters, slope with elevation."""
    names = {name for source in sources for name in source.bands}
    return frozenset(names | {"slope"} if "elevation" in names else names)


@dataclass(frozen=True)
class DelineationRequest:
    """Everything that decides a map. The four doors build the same one and get the same rasters.

    `extent` None means wherever the optical bands lie; `area` (WKB polygons in the extent's CRS) narrows it further.
    `resolution` (m) and `crs` None let the core choose (see grid.py); `overlap` None takes the model's default.
    `ensemble` are further model files, averaged with `model`; `flips` averages the 8 symmetries of the square;
    `dropout_passes` runs of randomly thinned networks (`dropout_rate` of the channels left out) are averaged, and
    where there are several members or passes their spread is a raster too. `region_vector` (a soft region, in the
    order of model.py's REGIONS) counts instead of `region` where it is given.
    """

    sources: Tuple[Source, ...]
    out_dir: str
    model: str = "classic"
    classic: ClassicSettings = field(default_factory=ClassicSettings)
    outlines: OutlineSettings = field(default_factory=OutlineSettings)
    scene: SceneFacts = field(default_factory=SceneFacts)
    extent: Optional[Extent] = None
    area: Tuple[bytes, ...] = ()
    crs: Optional[str] = None
    resolution: Optional[float] = None
    overlap: Optional[float] = None
    region: str = "unknown"
    region_vector: Tuple[float, ...] = ()
    ensemble: Tuple[str, ...] = ()
    flips: bool = False
    dropout_passes: int = 0
    dropout_rate: float = 0.1
    device: str = "auto"
    threads: int = 0
    resume: bool = False

    def __post_init__(self) -> None:
        names = [name for source in self.sources for name in source.bands]
        twice = sorted({name for name in names if names.count(name) > 1})
        if twice:
            raise BandError(f"Band {twice[0]!r} is given twice; choose one raster for it.")
        if not any(name in OPTICAL_BANDS for name in names):
            raise BandError("No optical band is given; choose the imagery and its bands.")
        if self.overlap is not None and not 0 <= self.overlap < 1:
            raise InputError("The overlap is a share of the window, from 0 to below 1 (0.5 is the reference's).")
        if self.resolution is not None and self.resolution <= 0:
            raise InputError("The resolution is in metres and above 0.")
        if self.device not in DEVICES:
            raise InputError(f"Unknown device {self.device!r}; choose {', '.join(DEVICES)}.")
        if self.threads < 0:
            raise InputError("The number of threads cannot be negative (0: as many as the machine has).")
        self._check_region_vector()
        self._check_averages()

    def _check_region_vector(self) -> None:
        vector = self.region_vector
        if not vector:
            return
        if len(vector) != REGION_VALUES or not all(value >= 0 for value in vector) or abs(sum(vector) - 1) > 1e-3:
            raise InputError(f"A region vector has {REGION_VALUES} values, none below 0, that sum to 1.")

    def _check_averages(self) -> None:
        if self.averages.any and self.model == CLASSIC:
            raise InputError("Ensembles, flips and Monte-Carlo passes are for network models; choose a model file.")
        if len(set(self.models)) < len(self.models):
            raise InputError("A model is in the ensemble twice; give each once.")

    @property
    def averages(self) -> Averages:
        """What is averaged. Raises InputError for what cannot be meant."""
        return Averages(self.ensemble, self.flips, self.dropout_passes, self.dropout_rate)

    @property
    def models(self) -> Tuple[str, ...]:
        """All models, the first one first."""
        return (self.model, *self.ensemble)

    @property
    def given(self) -> FrozenSet[str]:
        """The bands that can be had; see given_bands."""
        return given_bands(self.sources)

    @property
    def place(self) -> Union[str, Tuple[float, ...]]:
        """The region that a model with region encoding is told: the soft vector where there is one, else the name."""
        return self.region_vector or self.region

    def source_of(self, band: str) -> Optional[Source]:
        """Return the source that has `band`, or None."""
        return next((source for source in self.sources if band in source.bands), None)


@dataclass(frozen=True)
class DelineationResult:
    """What a finished run wrote and found. Areas in km2 (geodesic), times in s, memory in MiB."""

    probability: str
    confidence: str
    outlines: str
    n_outlines: int
    glacier_area_km2: float
    area_lo_km2: float
    area_hi_km2: float
    valid_fraction: float
    windows: int
    provider: str
    seconds: Mapping[str, float]
    peak_memory_mib: float
    warnings: Tuple[str, ...] = ()
    location: str = ""
    """What the model was told of the place, for people; "" where it asks for nothing."""
    spread: Optional[str] = None
    """Raster of the standard deviation over members and passes; None where there is only one."""
