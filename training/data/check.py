"""What is wrong with a data set, and where: attributes, shapes, values and labels of each tile; leaks between files.

A tile is read in strips of rows, so memory does not grow with it.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any, Dict, Iterator, List, Optional, Sequence, Tuple

import h5py
import numpy as np

from ...inference.errors import DatasetError
from ...inference.model import REGIONS
from ...inference.progress import NoProgress, Progress, stop_if_cancelled
from ...weights.features import FEATURES
from .overlaps import Place, leaks, place_of
from .tiles import DEBRIS, OUTLINES, open_dataset

ERROR, WARNING = "error", "warning"
LOWEST, HIGHEST = -0.5, 1.5
"""Normalised values lie about in 0..1; what is far outside was not normalised, or by other minima and maxima."""
ROWS = 256
CHANNELS = {**{name: len(feature.bands) for name, feature in FEATURES.items()}, OUTLINES: 2, DEBRIS: 1}
TEXTS = ("region", "subregion", "tile_name")
NUMBERS = (
    "epsg", "height", "width", "original_height", "original_width", "padding_height", "padding_width",
    "xmin", "xmax", "ymin", "ymax",
)  # fmt: skip


@dataclass(frozen=True)
class Fault:
    """One thing that is wrong. `tile` and `dataset` are "" where the whole file or tile is meant."""

    path: str
    tile: str
    dataset: str
    what: str
    where: str = ""
    severity: str = ERROR

    def __str__(self) -> str:
        place = ", ".join(part for part in (self.path, self.tile, self.dataset, self.where) if part)
        return f"{self.severity}: {place}: {self.what}"


def check_dataset(paths: Sequence[str], progress: Optional[Progress] = None) -> Tuple[Fault, ...]:
    """Return all faults of the files, in their order; what two files have in common comes last."""
    progress = progress or NoProgress()
    faults: List[Fault] = []
    places: List[Place] = []
    for number, path in enumerate(paths):
        try:
            for found in _check_file(path, faults, progress, number / len(paths), 1 / len(paths)):
                places.append(found)
        except DatasetError as error:
            faults.append(Fault(path, "", "", str(error)))
    for leak in leaks(places):
        faults.append(Fault(leak.path, leak.tile, leak.dataset, leak.what, severity=ERROR if leak.sure else WARNING))
    return tuple(faults)


def _check_file(path: str, faults: List[Fault], progress: Progress, begin: float, length: float) -> Iterator[Place]:
    """Check a file and yield where its tiles lie."""
    with open_dataset(path) as file:
        names = list(file)
        if not names:
            faults.append(Fault(path, "", "", "the file holds no tile"))
        for number, name in enumerate(names):
            stop_if_cancelled(progress)
            progress.report(begin + length * number / len(names), f"Checking {Path(path).name}")
            checker = _TileCheck(path, name, faults)
            if checker.check(file):
                yield place_of(path, name, file[name])


class _TileCheck:
    """The checks of one tile."""

    def __init__(self, path: str, name: str, faults: List[Fault]) -> None:
        self._path, self._name, self._faults = path, name, faults

    def _tell(self, what: str, dataset: str = "", where: str = "", severity: str = ERROR) -> None:
        self._faults.append(Fault(self._path, self._name, dataset, what, where, severity))

    def check(self, file: h5py.File) -> bool:
        """Check everything; return whether the tile can be compared with others."""
        try:
            group = file[self._name]
        except (OSError, KeyError, RuntimeError) as error:
            self._tell(f"it cannot be read ({error}): the file is damaged; copy or build it again")
            return False
        if not isinstance(group, h5py.Group):
            self._tell("it lies outside a tile; each dataset belongs to the group of its tile", severity=WARNING)
            return False
        self._attributes(group)
        if OUTLINES not in group:
            self._tell("there are no labels; add them, or leave the tile out", OUTLINES)
            return False
        usable = self._shapes(group)
        for name in usable:
            self._dataset(group[name], name)
        return OUTLINES in usable

    def _attributes(self, group: h5py.Group) -> None:
        attributes = group.attrs
        for name in (*TEXTS, *NUMBERS):
            if name not in attributes:
                self._tell(f"the attribute {name} is missing")
            elif name in NUMBERS and not _is_number(attributes[name]):
                self._tell(f"the attribute {name} is {attributes[name]!r}, not a number")
            elif name in TEXTS and not isinstance(attributes[name], (str, bytes)):
                self._tell(f"the attribute {name} is {attributes[name]!r}, not a text")
        region = attributes.get("region", REGIONS[0])
        region = region.decode("utf-8", "replace") if isinstance(region, bytes) else region
        if region not in REGIONS:
            self._tell(f"the region {region!r} is none of {', '.join(REGIONS)}")
        self._box(attributes)

    def _box(self, attributes: Any) -> None:
        for low, high, limit in (("xmin", "xmax", 180), ("ymin", "ymax", 90)):
            ends = (attributes.get(low), attributes.get(high))
            if all(map(_is_number, ends)) and not -limit <= ends[0] <= ends[1] <= limit:
                self._tell(f"{low} {ends[0]:g} and {high} {ends[1]:g} are no box in degrees")

    def _shapes(self, group: h5py.Group) -> List[str]:
        """Check which datasets there are and their shapes; return those whose values can be checked."""
        usable = []
        labels = group[OUTLINES].shape[:2]
        for name, dataset in group.items():
            if name not in CHANNELS:
                self._tell("it is no input that is known; it is not used", name, severity=WARNING)
                continue
            wanted = (*labels, CHANNELS[name])
            if not isinstance(dataset, h5py.Dataset) or dataset.ndim != 3 or 0 in dataset.shape:
                self._tell(f"it is not height x width x {CHANNELS[name]}", name)
            elif dataset.shape[:2] != labels:
                self._tell(f"it is {_size(dataset.shape)}, but the labels are {_size(labels)}", name)
            elif dataset.shape != wanted:
                self._tell(f"it has {dataset.shape[2]} channels, not {CHANNELS[name]}", name)
            elif not np.issubdtype(dataset.dtype, np.number):
                self._tell(f"its values are {dataset.dtype}, not numbers", name)
            else:
                usable.append(name)
        if not set(usable) & set(FEATURES):
            self._tell(f"there is no usable input; the inputs are {', '.join(FEATURES)}")
        self._stated_size(group.attrs, labels)
        return usable

    def _stated_size(self, attributes: Any, labels: Sequence[int]) -> None:
        for axis, size in zip(("height", "width"), labels):
            stated, inner = attributes.get(axis), attributes.get(f"original_{axis}")
            if _is_number(stated) and stated != size:
                self._tell(f"the attribute {axis} is {stated}, but the labels have {size}", severity=WARNING)
            if _is_number(inner) and not 0 < inner <= size:
                self._tell(f"the attribute original_{axis} is {inner}, outside 1 to {size}")

    def _dataset(self, dataset: h5py.Dataset, name: str) -> None:
        check = _Values() if name in FEATURES else _Classes(one_hot=name == OUTLINES)
        try:
            for first in range(0, dataset.shape[0], ROWS):
                check.add(np.asarray(dataset[first : first + ROWS]), first)
        except OSError as error:
            self._tell(f"it is damaged ({error}); copy or build the file again", name)
            return
        for what, where, severity in check.faults(dataset.shape[0] * dataset.shape[1]):
            self._tell(what, name, where, severity)


def _is_number(value: Any) -> bool:
    return isinstance(value, (int, float, np.integer, np.floating)) and bool(np.isfinite(value))


def _size(shape: Sequence[int]) -> str:
    return f"{shape[0]} x {shape[1]}"


class _Tally:
    """How many pixels have a fault, and where the first one is."""

    def __init__(self) -> None:
        self.counts: Dict[str, int] = {}
        self.first: Dict[str, str] = {}

    def note(self, what: str, wrong: Any, first_row: int) -> None:
        """Count the pixels of `wrong` (rows x columns, or x channels); `first_row` is where the strip begins."""
        if wrong.any():
            place = np.unravel_index(int(wrong.argmax()), wrong.shape)
            channel = f", channel {place[2]}" if len(place) > 2 else ""
            self.first.setdefault(what, f"first at row {first_row + int(place[0])}, column {place[1]}{channel}")
            pixels = wrong.any(axis=2) if wrong.ndim > 2 else wrong
            self.counts[what] = self.counts.get(what, 0) + int(pixels.sum())

    def where(self, what: str, pixels: int) -> str:
        """Return the first place, and the share of the tile's pixels."""
        return f"{self.first[what]}, {self.counts[what] / pixels:.2%} of the tile"


class _Values:
    """A feature's values: finite, normalised, not all 0."""

    def __init__(self) -> None:
        self._tally = _Tally()
        self._some = False

    def add(self, values: Any, first_row: int) -> None:
        """Look at a strip of rows, the first of which is `first_row`."""
        finite = np.isfinite(values)
        self._tally.note("NaN or infinite", ~finite, first_row)
        outside = finite & ((values < LOWEST) | (values > HIGHEST))
        self._tally.note("not normalised", outside, first_row)
        self._some = self._some or bool((values != 0).any())

    def faults(self, pixels: int) -> Iterator[Tuple[str, str, str]]:
        """Yield what, where and how bad."""
        if "NaN or infinite" in self._tally.counts:
            yield "values are NaN or infinite; absent is 0", self._tally.where("NaN or infinite", pixels), ERROR
        if "not normalised" in self._tally.counts:
            where = self._tally.where("not normalised", pixels)
            yield f"values lie outside {LOWEST} to {HIGHEST}; normalise them", where, ERROR
        if not self._some:
            yield "all values are 0, which means absent; leave the dataset out", "", WARNING


class _Classes:
    """Labels: one-hot in two channels, or 0 and 1 in one; some must be set."""

    def __init__(self, one_hot: bool) -> None:
        self._tally = _Tally()
        self._one_hot = one_hot
        self._set = np.zeros(2, dtype=np.int64)

    def add(self, values: Any, first_row: int) -> None:
        """Look at a strip of rows, the first of which is `first_row`."""
        self._tally.note("values", (values != 0) & (values != 1), first_row)
        if self._one_hot:
            self._tally.note("both", (values == 1).all(axis=2), first_row)
            self._set += (values == 1).sum(axis=(0, 1))

    def faults(self, pixels: int) -> Iterator[Tuple[str, str, str]]:
        """Yield what, where and how bad."""
        if "values" in self._tally.counts:
            yield "labels are not 0 or 1", self._tally.where("values", pixels), ERROR
        if "both" in self._tally.counts:
            yield "pixels are glacier and not glacier at once", self._tally.where("both", pixels), ERROR
        if self._one_hot and not self._set.any():
            yield "no pixel has a label; leave the tile out", "", WARNING
