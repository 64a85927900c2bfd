"""Well-known glaciers lie in their regions; places without a region say so."""

import pytest
from icemargin.inference.model import REGIONS
from icemargin.scenes.regions import NAMES, RECTANGLES, region_of


@pytest.mark.parametrize(
    ("lon", "lat", "region"),
    [
        (10.75, 46.8, "ALP"),  # Oetztal
        (76.47, 33.92, "HMA"),  # Zanskar
        (76.5, 35.7, "HMA"),  # Baltoro
        (-145.4, 63.3, "AWA"),  # Gulkana
        (-121.1, 48.4, "AWA"),  # South Cascade
        (-73.3, -46.6, "SA"),  # Exploradores
        (170.2, -43.5, "NZ"),  # Franz Josef
        (7.0, 61.7, "SC"),  # Jostedalsbreen
        (16.5, 78.5, "SVAL"),
        (-45.0, 61.5, "GR"),
        (44.5, 42.7, "CA"),  # Kazbek
        (-70.8, -13.9, "LL"),  # Quelccaya
        (-62.0, -64.5, "AN"),
        (-19.0, 64.5, "unknown"),  # Iceland is in no region of the paper
        (60.0, 60.0, "unknown"),
    ],
)
def test_region(lon, lat, region):
    assert region_of(lon, lat) == region


def test_names_are_those_of_the_models():
    assert set(NAMES) | {"unknown"} == set(REGIONS) == {row[0] for row in RECTANGLES}
