"""Layers for RGI 7, GLIMS and GeoJSON: fields, missing values, what is told, and the check of an export."""

import math

import numpy as np
import pytest
import shapely
from icemargin.inference.errors import InputError
from icemargin.inference.vector_layer import VectorLayer
from icemargin.inventory.export import exported, geojson_table, missing_notes, rgi_table
from icemargin.inventory.export_check import format_faults
from icemargin.inventory.export_glims import glims_tables
from icemargin.inventory.export_order import ExportOrder
from icemargin.inventory.rgi_fields import BY_NAME, RGI_FIELDS
from icemargin.inventory.topology_index import LayerIndex
from pyproj import Geod
from shapely import box

UTM, WGS84 = "EPSG:32632", "EPSG:4326"
NAMES = [
    "rgi_id", "o1region", "o2region", "glims_id", "anlys_id", "subm_id", "src_date", "cenlon", "cenlat", "utm_zone",
    "area_km2", "primeclass", "conn_lvl", "surge_type", "term_type", "glac_name", "is_rgi6", "termlon", "termlat",
    "zmin_m", "zmax_m", "zmed_m", "zmean_m", "slope_deg", "aspect_deg", "aspect_sec", "dem_source", "lmax_m",
]  # fmt: skip
FLOATS = [
    "cenlon", "cenlat", "area_km2", "termlon", "termlat", "zmin_m", "zmax_m", "zmed_m", "zmean_m", "slope_deg",
    "aspect_deg",
]  # fmt: skip
TEXTS = ["rgi_id", "o1region", "o2region", "glims_id", "src_date", "glac_name", "dem_source"]
GLACIER = shapely.Polygon(box(5e5, 5e6, 5.02e5, 5.01e6).exterior, [box(5.005e5, 5.001e6, 5.01e5, 5.002e6).exterior])
ROW = {
    "src_date": "2020-08-01", "term_type": 2, "zmin_m": 2000.4, "sensor": "S2", "src_id": "S2A_1", "analyst": "Ann",
    "method": "by hand", "glac_name": "Ödferner",
}  # fmt: skip


def export_of(*geometry, rows=None, ids=None, crs=UTM):
    rows = rows or [ROW] * len(geometry)
    index = LayerIndex(geometry, ids or [f"g{n}" for n in range(len(geometry))], crs)
    fields = tuple(dict.fromkeys(name for row in rows for name in row))
    return exported(index, fields, rows)


def test_the_fields_are_those_of_the_inventory():
    assert [field.name for field in RGI_FIELDS] == NAMES
    assert [field.name for field in RGI_FIELDS if field.kind == "real"] == FLOATS
    assert [field.name for field in RGI_FIELDS if field.kind == "text"] == TEXTS
    nine = {field.name for field in RGI_FIELDS if field.missing == 9}
    assert nine == {"surge_type", "term_type", "aspect_sec"}
    assert all(BY_NAME[name].missing == "" for name in TEXTS)


def test_an_outline_of_the_plugin():
    found = export_of(GLACIER)
    table = rgi_table(found)
    assert [column.name for column in table.columns] == [*NAMES, "im_id"]
    (row,) = table.rows
    assert (row["term_type"], row["zmin_m"], row["glac_name"], row["im_id"]) == (2, 2000.4, "Ödferner", "g0")
    assert (row["surge_type"], row["primeclass"], row["rgi_id"], row["zmax_m"]) == (9, -999, "", None)
    polygon = shapely.from_wkb(table.wkb[0])
    lon, lat = polygon.exterior.xy
    area = Geod(ellps="WGS84").geometry_area_perimeter(polygon)[0] / 1e6
    assert row["area_km2"] == pytest.approx(area, rel=1e-12) == pytest.approx(19.5, rel=1.5e-3)
    assert shapely.contains_xy(polygon, row["cenlon"], row["cenlat"]) and row["utm_zone"] == 32
    assert min(lon) > 8 and max(lat) < 50
    assert missing_notes(found.rows)[0].startswith("No outline has rgi_id")


@pytest.mark.parametrize(
    ("name", "value", "expected", "note"),
    [
        ("term_type", 7, 9, "term_type: 7 is none of"),
        ("term_type", None, 9, ""),
        ("primeclass", "5", 5, ""),
        ("primeclass", "five", -999, "primeclass"),
        ("aspect_deg", math.nan, None, ""),
        ("area_km2", 99.0, 19.5, ""),  # made anew
        ("O1Region", "11", "11", ""),
        ("o2region", "1", "", "o2region"),
        ("GLIMSId", "G010932E46933N", "G010932E46933N", ""),
        ("Name", " Rhone ", "Rhone", ""),
        ("rgi_id", "RGI2000-v7.0-G-11-00003", "RGI2000-v7.0-G-11-00003", ""),
        ("rgi_id", "mine", "", "rgi_id"),
        ("src_date", "2020/08/01", "2020-08-01", ""),
        ("src_date", "2020/08/01 10:20:30+00", "2020-08-01T10:20:30+00", ""),
        ("src_date", "20200801", "", "src_date"),
    ],
)
def test_values_that_rgi_may_hold(name, value, expected, note):
    found = export_of(GLACIER, rows=[{name: value}])
    field = {"O1Region": "o1region", "GLIMSId": "glims_id", "Name": "glac_name"}.get(name, name)
    got = found.rows[0][field]
    assert got == (pytest.approx(expected, rel=1.5e-3) if name == "area_km2" else expected)
    assert any(note in text for text in found.notes if "Left out" in text) == bool(note)


def test_the_inventory_s_own_id_is_not_ours():
    rgi = "RGI2000-v7.0-G-11-00003"
    found = export_of(GLACIER, rows=[{"rgi_id": rgi}], ids=[rgi])
    assert (found.rows[0]["rgi_id"], found.rows[0]["im_id"]) == (rgi, "")


def test_what_cannot_be_exported_is_told():
    bow = shapely.Polygon([(5e5, 5e6), (5.01e5, 5.01e6), (5.01e5, 5e6), (5e5, 5.01e6)])
    apart = shapely.MultiPolygon([box(5.1e5, 5e6, 5.2e5, 5.01e6), box(5.3e5, 5e6, 5.4e5, 5.01e6)])
    found = export_of(GLACIER, None, shapely.Point(5e5, 5e6), bow, apart)
    assert found.ids == ("g0", "g3", "g4") and rgi_table(found).geometry == "MultiPolygon"
    told = " ".join(found.notes)
    assert "2 outlines have no polygon" in told and "1 outlines were invalid" in told and "several parts" in told


def test_an_empty_layer():
    found = exported(LayerIndex([], [], UTM), ("im_id",), [])
    assert rgi_table(found).rows == () and found.notes == ()


def index_of_table(table):
    """What a reader of the file would have."""
    ids = [row.get("im_id") or row.get("local_id") for row in table.rows]
    index = LayerIndex.from_wkb(table.wkb, ids, WGS84)
    return index, tuple(column.name for column in table.columns), list(table.rows)


@pytest.mark.parametrize("make", [rgi_table, geojson_table])
@pytest.mark.parametrize("crs", [UTM, "EPSG:32660"])
def test_a_fresh_export_has_no_faults(make, crs):
    glacier = GLACIER if crs == UTM else shapely.transform(GLACIER, lambda xy: xy + np.array([1.4e5, 2.2e6]))
    table = make(export_of(glacier, crs=crs))
    name = "rgi7" if make is rgi_table else "geojson"
    assert format_faults(name, *index_of_table(table)) == []


@pytest.mark.parametrize(
    ("change", "kind", "words"),
    [
        ({"area_km2": 19.6}, "wrong_value", "area_km2"),
        ({"area_km2": None}, "wrong_value", "area_km2"),
        ({"cenlon": 8.0}, "wrong_value", "inside"),
        ({"cenlat": None}, "wrong_value", "inside"),
    ],
)
def test_a_changed_export_has_faults(change, kind, words):
    index, fields, rows = index_of_table(rgi_table(export_of(GLACIER)))
    (fault,) = format_faults("rgi7", index, fields, [{**rows[0], **change}])
    assert fault.kind == kind and words in fault.what


def test_fields_and_crs_of_an_export():
    index, fields, rows = index_of_table(rgi_table(export_of(GLACIER)))
    (fault,) = format_faults("rgi7", index, fields[1:], rows)
    assert fault.what == "RGI 7 has the field rgi_id too"
    assert "order" in format_faults("rgi7", index, (*fields[1:], fields[0]), rows)[0].what
    assert format_faults("rgi7", LayerIndex([GLACIER], ["a"], UTM), fields, rows)[0].kind == "crs"
    with pytest.raises(InputError, match="no format"):
        format_faults("kml", index, fields, rows)


def test_geojson_is_cut_and_right_handed():
    beyond = LayerIndex([box(179.9, 65, 180.1, 65.1).reverse()], ["a"], WGS84)
    faults = format_faults("geojson", beyond, (), [{}])
    assert [fault.kind for fault in faults][-2:] == ["wrong_value", "winding"]


HAND_IN = ExportOrder("glims", local_m=(5.0, 5.0), global_m=(10.0, 12.0))


def hand_in(*geometry, lines=None, facts=HAND_IN, **more):
    return glims_tables(export_of(*geometry, **more), facts, lines or {}, "IceMargin 0", "2026-11-22")


def test_a_hand_in():
    found = hand_in(GLACIER, box(5.1e5, 5e6, 5.2e5, 5.01e6))
    outlines, rock = found.layers
    assert outlines.name == "outlines" and {row["line_type"] for row in outlines.rows} == {"glac_bound"}
    row = outlines.rows[0]
    assert (row["local_id"], row["image_id"], row["inst_name"], row["analyst"], row["proc_desc"]) == (
        "g0", "S2A_1", "S2", "Ann", "by hand")  # fmt: skip
    assert (row["loc_unc_x"], row["glob_unc_x"], row["glob_unc_y"]) == (5, 10, 12)
    assert [(r["local_id"], r["line_type"]) for r in rock.rows] == [("g0", "intrnl_rock")]
    assert rock.rows[0]["area"] == pytest.approx(0.5, rel=1.5e-3)
    assert len(shapely.from_wkb(outlines.wkb[0]).interiors) == 1  # a nunatak stays a hole too
    assert found.tables["images"][1:] == (("S2A_1", "S2", "2020-08-01", "2"),)
    assert dict(found.tables["session"])["analysts"] == "Ann"
    assert format_faults("glims", *index_of_table(outlines)) == []


def test_missing_metadata_are_told():
    outlines = hand_in(GLACIER, rows=[{"src_date": ""}], facts=ExportOrder("glims")).layers[0]
    faults = format_faults("glims", *index_of_table(outlines))
    told = {fault.what.split()[0] for fault in faults}
    assert told == {"src_date", "image_id", "inst_name", "analyst", "proc_desc", "loc_unc_x", "loc_unc_y",
                    "glob_unc_x", "glob_unc_y"}  # fmt: skip


def lines_of(*geometry, **fields):
    wkb = tuple(shapely.to_wkb(one) for one in geometry)
    rows = tuple({name: values[n] for name, values in fields.items()} for n in range(len(geometry)))
    return VectorLayer("lines.gpkg", "lines", UTM, wkb, rows, tuple(fields))


LINE = shapely.LineString([(5.12e5, 5.001e6), (5.15e5, 5.009e6)])


def test_lines_know_their_glacier():
    two = (GLACIER, box(5.1e5, 5e6, 5.2e5, 5.01e6))
    by_place = hand_in(*two, lines={"centerline": lines_of(LINE)}).layers[2]
    assert [row["local_id"] for row in by_place.rows] == ["g1"] and by_place.geometry == "LineString"
    by_id = hand_in(*two, lines={"centerline": lines_of(LINE, id=["g0"])}).layers[2]
    assert [row["local_id"] for row in by_id.rows] == ["g0"]
    debris = hand_in(*two, lines={"debris_cov": lines_of(box(5.11e5, 5e6, 5.12e5, 5.001e6))}).layers[2]
    assert debris.rows[0]["line_type"] == "debris_cov" and debris.geometry == "MultiPolygon"


@pytest.mark.parametrize(
    ("kind", "geometry", "words"),
    [
        ("moraine", LINE, "no line type"),
        ("debris_cov", LINE, "are polygons"),
        ("centerline", box(0, 0, 1, 1), "are lines"),
    ],
)
def test_lines_that_do_not_fit(kind, geometry, words):
    with pytest.raises(InputError, match=words):
        hand_in(GLACIER, lines={kind: lines_of(geometry)})
