"""Which band is which: guessed from descriptions, wavelengths, file names and, last, from the position."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import Dict, List, Optional, Sequence, Tuple

from ..inference.request import OPTICAL_BANDS
from .presets import ALL_NUMBERS, BAND_NUMBERS, LANDSAT47, LANDSAT89, SENTINEL2

OTHER = "other"
"""What a label says that is none of our optical bands (coastal, thermal, a mask ...)."""

_SENSOR_NAMES = (
    (SENTINEL2, r"S2[A-D]_|MSIL[12][AC]|SENTINEL[ _-]?2|(^|_)T\d{2}[A-Z]{3}_\d{8}T|HLS\.S30|(^|_)S2(_|$)"),
    (LANDSAT89, r"L[COT]0[89]_|LC[89]\d{13}|LANDSAT[ _-]?[89]|HLS\.L30|(^|_)L[89](_|$)"),
    (LANDSAT47, r"L[TEM]0[4-7]_|L[TEM][4-7]\d{13}|LANDSAT[ _-]?[4-7]|(^|_)L[4-7](_|$)"),
)
_OTHER_WORDS = (
    r"coastal|aerosol|ultra ?blue|red ?edge\w*|edge|re[1-4]|cirrus|vapou?r|thermal|tirs?\d*|lwir\d*|st b\d+|"
    r"pan|panchromatic|qa\w*|cloud\w*|mask\w*|scl|label\w*|class\w*|slope\w*|elevation\w*|dem|coherence|vv|vh|hh|hv"
)
_WORDS = (
    (OTHER, rf"\b({_OTHER_WORDS})\b"),
    ("swir2", r"\b(swir|mir|short ?wave ?infra ?red|sw ?ir) ?(2\d{0,3}|ii)\b"),
    ("swir1", r"\b(swir|mir|short ?wave ?infra ?red|sw ?ir) ?(1\d{0,3}|i)?\b"),
    ("nir", r"\b(nir\d*|near ?infra ?red|near ?ir)\b"),
    ("blue", r"\bblue\b"),
    ("green", r"\bgreen\b"),
    ("red", r"\bred\b"),
)
_WAVELENGTHS = {
    "blue": (0.465, 0.492, 0.52),
    "green": (0.53, 0.56, 0.59),
    "red": (0.62, 0.662, 0.685),
    "nir": (0.80, 0.84, 0.90),
    "swir1": (1.55, 1.61, 1.75),
    "swir2": (2.08, 2.2, 2.35),
}
"""Lower end, best, upper end in micrometres: Sentinel-2's and Landsat's centres fit, red edge and coastal do not."""


@dataclass(frozen=True)
class BandLabel:
    """What a raster says of one band: its number in the file (from 1), its description, and its centre wavelength in
    micrometres (values above 100 are taken for nanometres)."""

    index: int
    text: str = ""
    wavelength: Optional[float] = None


@dataclass(frozen=True)
class BandGuess:
    """The bands found (name -> number), the sensor ("" where unknown), and a text for the user. `sure` is False where
    a person should look."""

    bands: Dict[str, int] = field(default_factory=dict)
    preset: str = ""
    sure: bool = False
    text: str = ""


@dataclass(frozen=True)
class _Clue:
    """What one label tells: a band's name by word or by wavelength, and the sensor's own number."""

    index: int
    word: str = ""
    number: str = ""
    wavelength: Optional[float] = None
    surface_temperature: bool = False

    @property
    def is_empty(self) -> bool:
        return not (self.word or self.number or self.wavelength)


def guess_bands(labels: Sequence[BandLabel], file_name: str = "") -> BandGuess:
    """Guess the optical bands of one raster from its labels and its name."""
    clues = [_clue(label) for label in labels]
    named = sensor_of(" ".join([_stem(file_name), *(label.text for label in labels)]))
    if all(clue.is_empty for clue in clues):
        return _by_position(len(labels), named)
    sensors = _possible_sensors(clues, named)
    return _by_clues(clues, sensors)


def guess_bands_of_files(names: Sequence[str]) -> Dict[str, int]:
    """Guess which file holds which band, by the names of single-band files; the number counts the files from 1.

    Where a band comes at several resolutions (Sentinel-2 L2A), the finest is taken.
    """
    order = sorted(range(len(names)), key=lambda place: (_resolution(names[place]), place))
    labels = [BandLabel(place + 1, _band_part(_stem(names[place]))) for place in order]
    guess = guess_bands(labels, " ".join(_stem(name) for name in names))
    # Nothing but a name's own words counts here: a file's place in the list says nothing.
    return guess.bands if any(not _clue(label).is_empty for label in labels) else {}


def guess_elevation_bands(labels: Sequence[BandLabel]) -> Dict[str, int]:
    """Return the bands called elevation and slope; the only band of an unnamed raster is its elevation."""
    patterns = {"elevation": r"elev|\bdem\b|dem_|height|altitude", "slope": r"slope"}
    found: Dict[str, int] = {}
    for label in labels:
        for name, pattern in patterns.items():
            if re.search(pattern, label.text, re.IGNORECASE):
                found.setdefault(name, label.index)
    return found or ({"elevation": labels[0].index} if len(labels) == 1 else {})


def sensor_of(text: str) -> str:
    """Return the sensor that a file's name or a description names, or ""."""
    found = [sensor for sensor, pattern in _SENSOR_NAMES if re.search(pattern, text.upper())]
    return found[0] if len(found) == 1 else ""


def _stem(name: str) -> str:
    stem = re.split(r"[\\/]", name)[-1]
    return re.sub(r"\.(tiff?|jp2|img|vrt|nc|hdf|zip|safe|dat)$", "", stem, flags=re.IGNORECASE)


def _resolution(name: str) -> int:
    found = re.search(r"_(\d{2})m$", _stem(name), re.IGNORECASE)
    return int(found.group(1)) if found else 0


def _band_part(stem: str) -> str:
    """Return the part of a single-band file's name that tells the band."""
    found = re.search(r"(?:^|[_.-])((?:S[RT]_)?B\d{1,2}A?(?:_VCID_\d)?)(?:_\d{2}m)?$", stem, re.IGNORECASE)
    return found.group(1) if found else re.split(r"[_.-](?=\d{2}m$)", stem, flags=re.IGNORECASE)[0]


def _clue(label: BandLabel) -> _Clue:
    text = re.sub(r"[^a-z0-9.µ]+", " ", label.text.lower()).strip()
    # "Band 3" is what QGIS calls the third band of a file that has no names: it is no clue.
    text = re.sub(rf"^band 0*{label.index}\b( gray| undefined)?", "", text).strip()
    word = next((name for name, pattern in _WORDS if re.search(pattern, text)), "")
    number = re.search(r"\bb(?:and)? ?0*(\d{1,2}a?)\b", text)
    return _Clue(
        label.index,
        word,
        number.group(1).upper() if number else "",
        _wavelength(label.wavelength, text),
        bool(re.search(r"\bst b", text)),
    )


def _wavelength(value: Optional[float], text: str) -> Optional[float]:
    """Return the wavelength in micrometres, from the label's own field or from its text."""
    if value is None:
        found = re.search(r"(\d+(?:\.\d+)?) ?(?:nm|nanomet\w+|um|µm|micromet\w+|microns?)\b", text)
        value = float(found.group(1)) if found else None
    return value / 1000 if value is not None and value > 100 else value


def _role(clue: _Clue, sensor: str) -> str:
    """Return the band's name, `OTHER`, or "" where nothing is known."""
    if clue.word:
        return clue.word
    if clue.wavelength is not None:
        fits = [name for name, (low, _, high) in _WAVELENGTHS.items() if low <= clue.wavelength <= high]
        return fits[0] if fits else OTHER
    if clue.number == "8A":
        return "nir"
    return BAND_NUMBERS[sensor].get(clue.number, OTHER) if sensor and clue.number else ""


def _fits(sensor: str, clue: _Clue) -> bool:
    """Tell whether the sensor has the label's band number, and means by it what the label's word says."""
    if not clue.number:
        return True
    if clue.number not in ALL_NUMBERS[sensor]:
        return False
    if clue.surface_temperature:
        return clue.number == {LANDSAT89: "10", LANDSAT47: "6"}.get(sensor)
    if clue.word in OPTICAL_BANDS:
        return BAND_NUMBERS[sensor].get(clue.number) == clue.word or (clue.number == "8A" and clue.word == "nir")
    return True


def _possible_sensors(clues: Sequence[_Clue], named: str) -> List[str]:
    """Return the sensors that the labels fit best; the one that is named, if they fit it at all."""
    numbered = [clue for clue in clues if clue.number]
    fitting = [sensor for sensor in BAND_NUMBERS if all(_fits(sensor, clue) for clue in numbered)]
    if named and (named in fitting or not numbered):
        return [named]
    if not numbered:
        return []
    score = {sensor: sum(clue.number in BAND_NUMBERS[sensor] for clue in numbered) for sensor in fitting}
    best = max(score.values(), default=0)
    return [sensor for sensor in fitting if score[sensor] == best]


def _by_clues(clues: Sequence[_Clue], sensors: Sequence[str]) -> BandGuess:
    guesses = [_assign(clues, sensor) for sensor in sensors or [""]]
    preset = sensors[0] if len(sensors) == 1 else ""
    bands = dict(_agreed([bands for bands, _ in guesses]))
    sure = bool(bands) and all(clear and given == bands for given, clear in guesses)
    if len(sensors) > 1 and not sure:
        return BandGuess(bands, "", False, f"The band numbers fit {' and '.join(sensors)}; choose the sensor.")
    return BandGuess(bands, preset, sure, _text(bands, preset, "by their names" if sure else "but check them"))


def _assign(clues: Sequence[_Clue], sensor: str) -> Tuple[Dict[str, int], bool]:
    """Return the band numbers by name, and whether no two bands claimed the same name with equal right."""
    claims: Dict[str, List[Tuple[float, int]]] = {}
    for place, clue in enumerate(clues):
        role = _role(clue, sensor)
        if role in OPTICAL_BANDS:
            claims.setdefault(role, []).append((_distance(clue, role), place))
    bands = {role: clues[min(claims[role])[1]].index for role in OPTICAL_BANDS if role in claims}
    ranks = [sorted(distance for distance, _ in claim) for claim in claims.values()]
    return bands, all(len(rank) == 1 or rank[0] < rank[1] for rank in ranks)


def _distance(clue: _Clue, role: str) -> float:
    """Rank bands that claim the same name: 8A comes after 8, then the nearer wavelength counts."""
    far = abs(clue.wavelength - _WAVELENGTHS[role][1]) if clue.wavelength is not None else 0.0
    return far + (10.0 if clue.number == "8A" else 0.0)


def _by_position(count: int, sensor: str) -> BandGuess:
    layouts = _layouts(count, sensor)
    bands = _agreed(layouts)
    if not bands:
        reason = f"{count} bands have no names" + (f" ({sensor})" if sensor else "")
        return BandGuess({}, sensor, False, f"{reason}, and their number does not tell the order; choose the bands.")
    return BandGuess(bands, sensor, False, _text(bands, sensor, "by their position only: check them"))


def _layouts(count: int, sensor: str) -> List[Dict[str, int]]:
    """Return every usual order of `count` unnamed bands."""
    six = {name: place for place, name in enumerate(OPTICAL_BANDS, 1)}
    layouts = [six] if count in (6, 7) else []  # six, or six and a mask
    for name in [sensor] if sensor else list(BAND_NUMBERS):
        orders = [ALL_NUMBERS[name]]
        if name == SENTINEL2:  # level 2A has no cirrus band; without its 60 m bands there are ten
            orders.append(tuple(n for n in ALL_NUMBERS[name] if n != "10"))
            orders.append(tuple(n for n in ALL_NUMBERS[name] if n not in ("1", "9", "10")))
        else:
            orders.append(ALL_NUMBERS[name][:7])
        for order in orders:
            if len(order) == count:
                numbers = BAND_NUMBERS[name]
                layouts.append({numbers[n]: place for place, n in enumerate(order, 1) if n in numbers})
    return layouts


def _agreed(guesses: Sequence[Dict[str, int]]) -> Dict[str, int]:
    """Return what all guesses say alike."""
    first = guesses[0] if guesses else {}
    return {name: first[name] for name in first if all(guess.get(name) == first[name] for guess in guesses)}


def _text(bands: Dict[str, int], sensor: str, how: str) -> str:
    listed = ", ".join(f"{name} {number}" for name, number in bands.items())
    missing = [name for name in OPTICAL_BANDS if name not in bands]
    absent = f" Not found: {', '.join(missing)}." if missing else ""
    if not bands:
        return "No optical band was recognised; choose the bands."
    return f"{sensor or 'Bands'} recognised {how}: {listed}.{absent}"
