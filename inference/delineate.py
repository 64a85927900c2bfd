"""The only way to map: a request in, rasters and outlines out. Every door calls `delineate`."""

from __future__ import annotations

import time
from contextlib import contextmanager
from pathlib import Path
from typing import Dict, Iterator, List, Optional, Tuple

import numpy as np
from osgeo import gdal

from .. import __version__
from .area import AreaOfInterest
from .checks import check_sample, read_sample
from .edit_store import store_beside
from .errors import Cancelled, ExtentError, IceMarginError, ModelError
from .estimate import CACHE_MIB, estimate_tiling
from .memory import peak_memory_mib
from .model import ModelDescription
from .plan import location_text, plan_tiling
from .predict import Strip, predict_strips
from .predictors import Predictor, has_spread, load_predictor
from .progress import NoProgress, PartOfProgress, Progress, stop_if_cancelled
from .provenance import fingerprint, provenance
from .raster_io import SceneReader
from .request import DelineationRequest, DelineationResult
from .seal import seal, was_edited
from .strips import StripStore
from .vectorize import OutlineFacts, VectorSummary, vectorize
from .windows import Tiling
from .workspace import Workspace

PROBABILITY, CONFIDENCE, OUTLINES = "probability.tif", "confidence.tif", "outlines.gpkg"
SPREAD = "spread.tif"


def delineate(
    request: DelineationRequest, progress: Optional[Progress] = None, predictor: Optional[Predictor] = None
) -> DelineationResult:
    """Map what the request asks for and write it to `request.out_dir`.

    The files appear together at the end; whatever fails before, the previous result stands. Finished strips are
    kept for `resume` where the run died through no fault of the input. A predictor that is handed in (a door may hold
    one in a child process) stays open. Raises IceMarginError.
    """
    progress = progress or NoProgress()
    if predictor is None:
        predictor = load_predictor(request, progress.is_cancelled)
        try:
            return delineate(request, progress, predictor)
        finally:
            predictor.close()
    with _bounded_cache():
        return _finish_or_clear(_Run(request, predictor, progress))


def _finish_or_clear(run: _Run) -> DelineationResult:
    keep = run.request.resume
    try:
        result = run.map()
        keep = False
        return result
    except IceMarginError as error:
        cancelled = run.progress.is_cancelled()
        keep = keep or (error.resumable and not cancelled)
        if cancelled and not isinstance(error, Cancelled):
            raise Cancelled("Cancelled; nothing was written.") from error
        raise
    finally:
        run.workspace.close(keep)


@contextmanager
def _bounded_cache() -> Iterator[None]:
    """Keep GDAL's block cache small during the run: by default it takes 5 % of the machine's memory."""
    before = gdal.GetCacheMax()
    gdal.SetCacheMax(min(before, CACHE_MIB * 2**20))
    try:
        yield
    finally:
        gdal.SetCacheMax(before)


class _Run:
    """One run: plan, check, predict, write, vectorise, publish; with a watch on each."""

    def __init__(self, request: DelineationRequest, predictor: Predictor, progress: Progress) -> None:
        self.request = request
        self.predictor = predictor
        self.progress = progress
        self.description: ModelDescription = predictor.description
        self.seconds: Dict[str, float] = {}
        self.warnings: List[str] = []
        self.windows = 0
        self.rasters = _rasters(request, predictor)
        stop_if_cancelled(progress)
        self.tiles: Tiling = plan_tiling(request, self.description)
        self.warnings += self._check() + _doubts_of_averages(request, self.description)
        self.location = location_text(request, self.description, self.tiles.grid)
        self._area = self._area_of_interest()
        self.workspace = Workspace(request.out_dir)

    def _area_of_interest(self) -> Optional[AreaOfInterest]:
        if not self.request.area:
            return None
        crs = self.request.extent.crs if self.request.extent else ""
        return AreaOfInterest(self.request.area, crs, self.tiles.grid.crs)

    @contextmanager
    def _stage(self, name: str) -> Iterator[None]:
        began = time.perf_counter()
        yield
        self.seconds[name] = round(time.perf_counter() - began, 3)

    def _check(self) -> List[str]:
        with self._stage("check"):
            self.progress.report(0.0, "Checking the input")
            sample = read_sample(self.request, self.description, self.tiles)
            return check_sample(sample, self.tiles.grid.width * self.tiles.grid.height)

    def map(self) -> DelineationResult:
        self.workspace.check_space(estimate_tiling(self.tiles, self.description, 0, self.request.averages).disk_mib)
        named = fingerprint(self.request, self.description, __version__)
        store = StripStore(self.workspace.folder, named, self.request.resume)
        with self._stage("predict"):
            self._predict(store, PartOfProgress(self.progress, 0.02, 0.8))
        valid = store.valid_fraction(self.tiles.strips)
        if valid == 0:
            raise ExtentError("No pixel in the extent is valid; choose another extent, or check the nodata value.")
        with self._stage("write"):
            self._write_rasters(store, PartOfProgress(self.progress, 0.8, 0.9))
        with self._stage("vectorize"):
            summary = self._vectorize(PartOfProgress(self.progress, 0.9, 1.0))
        self._publish()
        self.progress.report(1.0, "Done")
        return self._result(summary, valid)

    def _predict(self, store: StripStore, progress: Progress) -> None:
        first = store.first_missing(self.tiles.strips)
        if first is None:
            return
        bands = self.description.bands_of(self.request.given)
        with SceneReader(self.request.sources, bands, self.tiles.around) as reader:
            for strip in predict_strips(self.tiles, reader, self.predictor, self.request.place, progress, first):
                self._store(strip, store)

    def _store(self, strip: Strip, store: StripStore) -> None:
        grid = self.tiles.strip(strip.number)
        probability, spread = strip.probability, strip.spread
        if self._area is not None:
            inside = self._area.mask(grid)
            probability = np.where(inside, probability, np.float32(np.nan))
            spread = None if spread is None else np.where(inside, spread, np.float32(np.nan))
        store.write(strip.number, grid, probability, self.description.calibration, spread)
        self.windows += strip.n_windows

    def _write_rasters(self, store: StripStore, progress: Progress) -> None:
        share = 1 / len(self.rasters)
        for band, name in enumerate(self.rasters, start=1):
            part = PartOfProgress(progress, (band - 1) * share, band * share)
            path = self.workspace.folder / name
            store.write_cog(band, self.tiles.strips, path, self.request.threads, part)

    def _vectorize(self, progress: Progress) -> VectorSummary:
        work = self.workspace.folder
        scene = self.request.scene
        method = "classic" if self.request.model == "classic" else "GlaViTU"
        facts = OutlineFacts(method, self.description.name, scene.src_id, scene.src_date, scene.sensor, scene.analyst)
        rows = provenance(self.request, self.description, __version__, progress)
        rows.update(provider=self.predictor.provider, seconds=str(self.seconds), warnings="; ".join(self._doubts()))
        rows.update(location=self.location)
        summary = vectorize(
            str(work / PROBABILITY), str(work / CONFIDENCE), self.request.outlines, facts, rows,
            str(work / OUTLINES), str(work), progress,
        )  # fmt: skip
        seal(str(work / OUTLINES))
        return summary

    def _publish(self) -> None:
        place = self.workspace.out_dir / OUTLINES
        if place.exists() and (was_edited(str(place)) or store_beside(str(place)).exists()):
            kept = self.workspace.set_aside(place)
            self.warnings.append(f"The outlines that were there had been edited; they are kept as {kept.name}.")
        if SPREAD not in self.rasters:
            self.workspace.remove(self.workspace.out_dir / SPREAD)
        names = (*self.rasters, OUTLINES)
        self.workspace.publish({self.workspace.folder / name: self.workspace.out_dir / name for name in names})

    def _doubts(self) -> List[str]:
        return self.warnings + ([self.predictor.warning] if self.predictor.warning else [])

    def _result(self, summary: VectorSummary, valid: float) -> DelineationResult:
        out: Path = self.workspace.out_dir
        return DelineationResult(
            probability=str(out / PROBABILITY),
            confidence=str(out / CONFIDENCE),
            outlines=str(out / OUTLINES),
            n_outlines=summary.n_outlines,
            glacier_area_km2=summary.glacier_area_km2,
            area_lo_km2=summary.area_lo_km2,
            area_hi_km2=summary.area_hi_km2,
            valid_fraction=valid,
            windows=self.windows,
            provider=self.predictor.provider,
            seconds=self.seconds,
            peak_memory_mib=round(peak_memory_mib(), 1),
            warnings=tuple(self._doubts()),
            location=self.location,
            spread=str(out / SPREAD) if SPREAD in self.rasters else None,
        )


def _rasters(request: DelineationRequest, predictor: Predictor) -> Tuple[str, ...]:
    """Return the rasters of a run, in the order of a strip's bands. Raises ModelError for another predictor's."""
    if request.averages.has_spread != has_spread(predictor):
        raise ModelError("The predictor is not the one that the request asks for; open it for the same request.")
    return (PROBABILITY, CONFIDENCE, SPREAD) if has_spread(predictor) else (PROBABILITY, CONFIDENCE)


def _doubts_of_averages(request: DelineationRequest, description: ModelDescription) -> List[str]:
    if not (request.averages.any and description.calibration):
        return []
    return ["The confidence was calibrated for single predictions; for averages it is a guide only."]
