"""The guess which bands a layer, or a stack of single-band layers, has."""

from __future__ import annotations

from pathlib import Path
from typing import Dict, List, Sequence

from qgis.core import QgsRasterLayer

from ..inference.request import OPTICAL_BANDS
from ..scenes.bands import guess_bands, guess_bands_of_files, sensor_of
from ..scenes.presets import ALL_NUMBERS, BAND_NUMBERS
from ..scenes.sources import band_labels
from ..tasks.layer_paths import gdal_path
from .optical_bands import LayerBand, OpticalBands
from .project_layers import single_band_layers


def guess_optical(imagery: QgsRasterLayer, others: Sequence[QgsRasterLayer]) -> OpticalBands:
    """Return the guess for `imagery`; where it has one band only, with its fellows among `others`.

    Raises SourceError if the imagery is no file, or cannot be read.
    """
    path = gdal_path(imagery)
    stack = _stack(imagery, others)
    if stack:
        found = guess_bands_of_files([layer.name() for layer in stack])
        places: Dict[str, LayerBand] = {name: (stack[index - 1].id(), 1) for name, index in found.items()}
        return OpticalBands(places, preset=sensor_of(stack[0].name()), sure=len(found) > 2)
    guess = guess_bands(band_labels(path), f"{imagery.name()} {Path(path).name}")
    places = {name: (imagery.id(), number) for name, number in guess.bands.items()}
    return OpticalBands(places, preset=guess.preset, sure=guess.sure, text=guess.text)


def preset_bands(sensor: str, layer_id: str, count: int) -> Dict[str, LayerBand]:
    """Return the bands of a sensor's product with `count` bands in the usual order.

    Up to seven bands are taken for blue, green, red, NIR, SWIR1, SWIR2 (and a mask), more for the whole product.
    """
    if count <= len(OPTICAL_BANDS) + 1:
        numbers = dict(zip(OPTICAL_BANDS, range(1, count + 1)))
    else:
        order = ALL_NUMBERS[sensor]
        numbers = {name: order.index(number) + 1 for number, name in BAND_NUMBERS[sensor].items()}
    return {name: (layer_id, number) for name, number in numbers.items() if number <= count}


def _stack(imagery: QgsRasterLayer, others: Sequence[QgsRasterLayer]) -> List[QgsRasterLayer]:
    """Return the single-band layers that lie in the same CRS and overlap, `imagery` first; [] if it has more bands."""
    if imagery.bandCount() != 1:
        return []
    fellows = [
        layer
        for layer in single_band_layers(others)
        if layer.id() != imagery.id() and layer.crs() == imagery.crs() and layer.extent().intersects(imagery.extent())
    ]
    return [imagery, *fellows]
