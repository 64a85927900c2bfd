"""In which of the RGI's regions a glacier lies: well-known glaciers in the rough table, official files, wrong files."""

from __future__ import annotations

import numpy as np
import pytest
import shapely
from icemargin.inference.errors import CrsError, OutlinesError
from icemargin.inventory.attributes import region_values
from icemargin.inventory.attributes_regions import NEAR_BORDER, OFFICIAL, TABLE, Regions
from made_ground import layer_of

KNOWN = {
    "Columbia": (-147, 61.1, "01"), "Juneau Icefield": (-134.3, 58.6, "01"), "Brooks Range": (-143.8, 69.3, "01"),
    "Athabasca": (-117.25, 52.2, "02"), "South Cascade": (-121.05, 48.35, "02"), "Mackenzie": (-128, 62, "02"),
    "Devon": (-82, 75.3, "03"), "Bylot": (-78.5, 73.2, "04"), "Penny": (-66, 67.2, "04"),
    "Torngat": (-63.7, 58.9, "04"), "Disko": (-53, 70, "05"), "Geikie": (-26, 69.8, "05"),
    "Vatnajökull": (-17, 64.4, "06"),
    "Jan Mayen": (-8.2, 71.08, "07"), "Kvitøya": (32.5, 80.1, "07"), "Engabreen": (13.8, 66.65, "08"),
    "Novaya Zemlya": (60, 75.5, "09"), "Severnaya Zemlya": (98, 79.5, "09"), "Belukha": (86.6, 49.8, "10"),
    "Kamchatka": (160.6, 56.1, "10"), "Wrangel Island": (-179.5, 71.2, "10"), "Polar Urals": (65.5, 67.6, "10"),
    "Hintereisferner": (10.77, 46.8, "11"), "Aneto": (0.64, 42.65, "11"), "Elbrus": (42.45, 43.35, "12"),
    "Damavand": (52.1, 35.95, "12"), "Fedchenko": (72.25, 38.8, "13"), "Urumqi No. 1": (86.8, 43.1, "13"),
    "Guliya": (81.5, 35.3, "13"), "Baltoro": (76.4, 35.7, "14"), "Chhota Shigri": (77.5, 32.2, "14"),
    "Khumbu": (86.85, 27.97, "15"), "Hailuogou": (101.9, 29.57, "15"), "Quelccaya": (-70.8, -13.9, "16"),
    "Kilimanjaro": (37.35, -3.07, "16"), "Exploradores": (-73.1, -46.6, "17"), "Tasman": (170.2, -43.6, "18"),
    "South Georgia": (-36.8, -54.4, "19"), "Kerguelen": (69, -49.3, "19"), "James Ross": (-57.6, -64.1, "19"),
    "Balleny": (163.3, -66.9, "19"), "South Pole": (0, -90, "20"), "Byrd": (160, -80, "20"),
}  # fmt: skip


@pytest.mark.parametrize("name", KNOWN)
def test_known_glaciers_lie_in_their_region(name):
    lon, lat, code = KNOWN[name]
    for turn in (0, 360):
        (row,) = region_values(np.array([[lon + turn, lat]], float), [Regions.of_table()])
        assert row["o1region"] == code and row["region_src"] in (TABLE, NEAR_BORDER) and "o2region" not in row


def test_the_table_has_all_regions_once():
    table = Regions.of_table()
    assert set(table.codes) == {f"{number:02d}" for number in range(1, 21)}
    assert shapely.is_valid(table.polygons).all()
    for number, polygon in enumerate(table.polygons):
        assert shapely.area(shapely.intersection(polygon, table.polygons[number + 1 :])).max(initial=0) < 0.1


@pytest.mark.parametrize(
    ("lon", "lat", "source"),
    [
        (10.77, 46.8, TABLE),
        (76.4, 35.7, NEAR_BORDER),  # 40 km from the border to region 13
        (10.77, 49.5, NEAR_BORDER),
        (179.9, 68.0, TABLE),  # the antimeridian is no border
        (0.0, -90.0, TABLE),
    ],
)
def test_near_borders_the_table_is_marked_as_approximate(lon, lat, source):
    assert Regions.of_table().sources_at(np.array([[lon, lat]])) == [source]


def test_nowhere_is_no_region():
    assert region_values(np.array([[5.0, 30.0]]), [Regions.of_table()]) == [{}]
    assert region_values(np.zeros((0, 2)), [Regions.of_table()]) == []


FIRST = layer_of(shapely.box(0, 40, 30, 50), shapely.box(30, 40, 60, 50), crs="EPSG:4326", o1region=["11", "12"])
HALVES = shapely.box(0, 40, 15, 50), shapely.box(15, 40, 30, 50)
SECOND = layer_of(*HALVES, crs="EPSG:4326", o2region=["11-01", "11-02"])
OLD = layer_of(shapely.box(0, 40, 30, 50), crs="EPSG:4326", RGI_CODE=[1])


@pytest.mark.parametrize(
    ("layers", "row"),
    [
        ([FIRST], {"o1region": "11", "region_src": OFFICIAL}),
        ([SECOND], {"o1region": "11", "o2region": "11-01", "region_src": OFFICIAL}),
        ([SECOND, FIRST], {"o1region": "11", "o2region": "11-01", "region_src": OFFICIAL}),
        ([OLD], {"o1region": "01", "region_src": OFFICIAL}),
    ],
)
def test_official_regions(layers, row):
    regions = [Regions.of_layer(layer) for layer in layers]
    assert region_values(np.array([[10.77, 46.8]]), regions) == [row]


@pytest.mark.parametrize(
    ("layer", "error", "message"),
    [
        (layer_of(shapely.box(0, 40, 30, 50), crs="EPSG:4326", name=["x"]), OutlinesError, "no field o2region"),
        (layer_of(shapely.box(0, 40, 30, 50), crs="EPSG:32632", o1region=["11"]), OutlinesError, "not in EPSG:4326"),
    ],
)
def test_wrong_files_of_regions_are_told(layer, error, message):
    with pytest.raises(error, match=message):
        Regions.of_layer(layer)


def test_a_layer_without_crs_is_told():
    from dataclasses import replace

    with pytest.raises(CrsError, match="has no CRS"):
        Regions.of_layer(replace(FIRST, crs=""))
