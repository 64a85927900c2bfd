"""Which region vector makes a model surest of itself in an unknown place: the paper's bias optimisation.

Maslov et al. 2025 (doi 10.1038/s41467-024-54956-x) minimise the mean entropy of the predictions over 12 logits, which
start at 1 and go through a softmax, by Adam. Low entropy is not accuracy: a model can be sure and wrong, so what is
found here is shown and never applied by itself.

Three things differ from the reference, since a model file has no gradients and a user waits:
- the entropy is that of a few whole windows spread over the extent; the reference goes through the whole scene;
- the gradient comes from finite differences (12 evaluations a step) instead of from backpropagation;
- hence few large steps (6 at a rate of 1). The reference makes one of 1e-4 for each batch of the scene, at most 100
  times over, and stops at a squared change below 1e-8: its vector stays near the even mixture in a small scene.
"""

from __future__ import annotations

import time
from dataclasses import dataclass, field, replace
from typing import Dict, Mapping, Optional, Sequence, Tuple

import numpy as np

from .arrays import BoolArray, FloatArray
from .checks import check_sample, read_sample
from .errors import ModelError
from .model import REGIONS, ModelDescription
from .plan import plan_tiling
from .predict import location_vector
from .predictors import Predictor, load_predictor
from .progress import NoProgress, PartOfProgress, Progress
from .region_descent import RegionSettings, Sample, Seen, Step, descend
from .region_sample import SampleWindow, sample_windows
from .request import DelineationRequest

NOT_SURER = "The model is not surer with the vector found than as before: nothing speaks for it."
WARNING = "Low entropy is not accuracy: compare the two maps before you use it."
UNKNOWN = REGIONS.index("unknown")


@dataclass(frozen=True, eq=False)
class SampleMap:
    """One window before and after: `picture` P x P x 3 bytes; glacier or not, and what counts, P x P."""

    picture: FloatArray
    before: BoolArray
    after: BoolArray
    counted: BoolArray


@dataclass(frozen=True, eq=False)
class RegionSearch:
    """What was found. Entropies are means over the sample's pixels, 0 (sure) to 1 (undecided).

    `entropies` are those of each region (that the model was trained on) by itself; `before` is what the request told
    the model; `start` the even mixture; `found` the point of lowest entropy on the way from there, `trajectory` that
    way. `changed` is the share of the sample's `pixels` whose class differs between `before` and `found`. `seconds` is
    the time it took.
    """

    entropies: Mapping[str, float]
    before: Step
    start: Step
    found: Step
    trajectory: Tuple[Step, ...]
    evaluations: int
    converged: bool
    changed: float
    pixels: int
    seconds: float
    maps: Tuple[SampleMap, ...] = ()
    warnings: Tuple[str, ...] = field(default=())

    @property
    def is_surer(self) -> bool:
        """Whether the vector found has less entropy than what the model was told before."""
        return self.found.entropy < self.before.entropy

    @property
    def better_alone(self) -> str:
        """The region that by itself has less entropy than the mixture found, and than before ("" if none has)."""
        best = min(self.entropies, key=lambda name: self.entropies[name])
        return best if self.entropies[best] < min(self.found.entropy, self.before.entropy) else ""


def vector_text(vector: Sequence[float], least: float = 0.005) -> str:
    """Return a region vector for people, the largest shares first: "HMA 0.62, CA 0.21"."""
    parts = sorted(zip(vector, REGIONS), key=lambda part: -part[0])
    return ", ".join(f"{name} {share:.2f}" for share, name in parts if share >= least)


def require_region_encoding(description: ModelDescription) -> None:
    """Raise ModelError for a model that is not told its region."""
    if description.location != "region":
        raise ModelError(
            f"{description.name} is not told its region, so there is none to find; choose a model with region encoding."
        )


def search_for_request(
    request: DelineationRequest,
    progress: Optional[Progress] = None,
    predictor: Optional[Predictor] = None,
    settings: Optional[RegionSettings] = None,
) -> RegionSearch:
    """Search on windows of what the request would map, by its first model alone. A predictor handed in stays open.

    The request's region (or vector) is what the result is compared with. Raises IceMarginError subclasses.
    """
    progress, settings = progress or NoProgress(), settings or RegionSettings()
    if predictor is None:
        predictor = load_predictor(single(request), progress.is_cancelled)
        try:
            return search_for_request(request, progress, predictor, settings)
        finally:
            predictor.close()
    description = predictor.description
    require_region_encoding(description)
    progress.report(0.0, "Checking the input")
    tiles = plan_tiling(request, description)
    sample = read_sample(request, description, tiles)
    doubts = check_sample(sample, tiles.grid.width * tiles.grid.height)
    windows = sample_windows(request, description, tiles, settings.windows, progress)
    before = location_vector(description, windows[0].grid, request.place)
    regions = known_regions(description)
    found = search_region(predictor, windows, settings, PartOfProgress(progress, 0.01, 1.0), before, regions)
    if len(regions) < len(REGIONS):
        trained_on = ", ".join(description.regions)
        doubts.append(f"{description.name} was trained on {trained_on}; other regions are left out.")
    if predictor.warning:
        doubts.append(predictor.warning)
    return replace(found, warnings=tuple(doubts))


def known_regions(description: ModelDescription) -> Tuple[str, ...]:
    """Return the regions that mean something to a model: those it was trained on (all where it does not say).

    "unknown" is always one: every training with region encoding hides the region at times.
    """
    if not description.regions:
        return REGIONS
    return tuple(name for name in REGIONS if name in (*description.regions, "unknown"))


def single(request: DelineationRequest) -> DelineationRequest:
    """Return the request without what only averages predictions: the search asks the first model once a window."""
    return replace(request, ensemble=(), flips=False, dropout_passes=0)


def search_region(
    predictor: Predictor,
    windows: Sequence[SampleWindow],
    settings: RegionSettings,
    progress: Progress,
    before: Optional[FloatArray] = None,
    regions: Sequence[str] = REGIONS,
) -> RegionSearch:
    """Search the vector of lowest mean entropy on `windows`; `before` (12 values, None: "unknown") is compared with.

    `regions` are mixed; the share of the others stays 0.
    Raises Cancelled, and what `predictor.predict` raises.
    """
    began = time.monotonic()
    allowed = np.array([name in regions for name in REGIONS])
    sample = Sample(predictor, windows, settings.evaluations_of(int(allowed.sum())), progress)
    compared = np.eye(len(REGIONS))[UNKNOWN] if before is None else np.asarray(before, np.float64)
    entropies: Dict[str, float] = {}
    first: Optional[Seen] = None
    for name, corner in zip(np.array(REGIONS)[allowed].tolist(), np.eye(len(REGIONS))[allowed]):
        entropies[name] = sample.look(corner, f"Region {name}")
        if np.array_equal(corner, compared):
            first = sample.last
    if first is None:
        sample.look(compared, "The region as it is")
        first = sample.last
    trajectory, best, converged = descend(sample, settings, allowed)
    old, new = first[1], best[1]
    n_changed = sum(int((a != b)[window.counted].sum()) for a, b, window in zip(old, new, windows))
    return RegionSearch(
        entropies=entropies,
        before=first[0],
        start=trajectory[0],
        found=best[0],
        trajectory=tuple(trajectory),
        evaluations=sample.evaluations,
        converged=converged,
        changed=n_changed / sample.pixels,
        pixels=sample.pixels,
        seconds=round(time.monotonic() - began, 1),
        maps=tuple(SampleMap(w.picture, a, b, w.counted) for w, a, b in zip(windows, old, new)),
    )
