"""Outlines become labels: by pixel centres, in any CRS, with what is unknown left unknown."""

from __future__ import annotations

from pathlib import Path
from typing import Sequence

import numpy as np
import pytest
import shapely
from icemargin.inference.errors import CrsError, DatasetError, SettingsError
from icemargin.inference.grid import Grid, spatial_reference
from icemargin.training.data.labels import LabelFiles, Labels, Polygons, read_outlines
from osgeo import gdal, ogr

UTM = "EPSG:32632"
GRID = Grid(spatial_reference(UTM, "test").ExportToWkt(), 10.0, 64000, -519000, 40, 30)
"""x 640000 to 640400, y 5189700 to 5190000."""


def write_polygons(path: Path, rows: Sequence[tuple[str, str]], crs: str = UTM, layer: str = "outlines", **kind) -> str:
    """Write (WKT, status) as a vector file."""
    dataset = ogr.GetDriverByName(kind.get("driver", "GPKG")).CreateDataSource(str(path))
    reference = spatial_reference(crs, "test") if crs else None
    target = dataset.CreateLayer(layer, reference, ogr.wkbUnknown)
    target.CreateField(ogr.FieldDefn("status", ogr.OFTString))
    target.CreateField(ogr.FieldDefn("im_id", ogr.OFTString))
    for number, (wkt, status) in enumerate(rows):
        feature = ogr.Feature(target.GetLayerDefn())
        feature.SetGeometryDirectly(ogr.CreateGeometryFromWkt(wkt))
        feature["status"], feature["im_id"] = status, f"glacier {number}"
        target.CreateFeature(feature)
    return str(path)


def box(left: float, bottom: float, right: float, top: float) -> str:
    """Return a rectangle in metres from the grid's upper left corner (y downwards negative)."""
    return shapely.box(640000 + left, 5190000 + bottom, 640000 + right, 5190000 + top).wkt


def by_centres(polygon: shapely.Geometry, grid: Grid) -> np.ndarray:
    """Return the answer of shapely, one pixel centre after the other."""
    x = grid.left + (np.arange(grid.width) + 0.5) * grid.resolution
    y = grid.top - (np.arange(grid.height) + 0.5) * grid.resolution
    return shapely.contains_xy(polygon, *np.meshgrid(x, y))


@pytest.mark.parametrize("seed", range(5))
def test_a_pixel_is_inside_where_its_centre_is(seed):
    rng = np.random.default_rng(seed)
    angles = np.sort(rng.uniform(0, 2 * np.pi, 9))
    radii = rng.uniform(40, 140, 9)
    points = np.stack([640200 + radii * np.cos(angles), 5189850 + radii * np.sin(angles)], axis=1)
    hole = shapely.Point(640200, 5189850).buffer(15)
    polygon = shapely.make_valid(shapely.Polygon(points)).difference(hole)
    mask = Polygons([shapely.to_wkb(polygon)], GRID.crs).mask(GRID)
    assert np.array_equal(mask, by_centres(polygon, GRID)) and 0 < mask.sum() < mask.size


def test_pieces_together_are_the_whole():
    polygons = Polygons([shapely.to_wkb(shapely.Point(640190, 5189830).buffer(111))], GRID.crs)
    whole = polygons.mask(GRID)
    left = polygons.mask(GRID.part(GRID.col, GRID.row, 17, 30))
    right = polygons.mask(GRID.part(GRID.col + 17, GRID.row, 23, 30))
    assert np.array_equal(np.hstack([left, right]), whole)


@pytest.mark.parametrize("driver", ["GPKG", "GeoJSON", "ESRI Shapefile"])
def test_any_format_and_crs(tmp_path, driver):
    """A polygon in degrees lands where pyproj puts it."""
    pyproj = pytest.importorskip("pyproj")
    degrees = pyproj.Transformer.from_crs(UTM, "EPSG:4326", always_xy=True)
    ours = shapely.box(640100, 5189800, 640303, 5189903)
    theirs = shapely.transform(ours, lambda xy: np.stack(degrees.transform(*xy.T), axis=1))
    path = tmp_path / {"GPKG": "a.gpkg", "GeoJSON": "a.geojson"}.get(driver, "a.shp")
    outlines = read_outlines(write_polygons(path, [(theirs.wkt, "")], "EPSG:4326", "a", driver=driver), GRID)
    mask = Polygons([outlines[0].wkb], GRID.crs).mask(GRID)
    assert np.array_equal(mask, by_centres(ours, GRID))


@pytest.mark.parametrize(
    "wkt",
    [
        "MULTIPOLYGON (((640100 5189800,640200 5189800,640200 5189900,640100 5189900,640100 5189800)))",
        "POLYGON Z ((640100 5189800 3000,640200 5189800 3010,640200 5189900 3,640100 5189900 1,640100 5189800 3000))",
        "CURVEPOLYGON ((640100 5189800,640200 5189800,640200 5189900,640100 5189900,640100 5189800))",
    ],
)
def test_every_kind_of_polygon(tmp_path, wkt):
    outlines = read_outlines(write_polygons(tmp_path / "a.gpkg", [(wkt, "")]), GRID)
    assert Polygons([outlines[0].wkb], GRID.crs).mask(GRID).sum() == 100


def test_an_invalid_polygon_is_repaired_and_named(tmp_path):
    bow = "POLYGON ((640100 5189800,640200 5189900,640200 5189800,640100 5189900,640100 5189800))"
    told = []
    outlines = read_outlines(write_polygons(tmp_path / "a.gpkg", [(bow, "")]), GRID, tell=told.append)
    area = shapely.from_wkb(outlines[0].wkb).area
    assert area == pytest.approx(5000) and "glacier 0" in told[0] and "repaired" in told[0]


def test_what_lies_outside_the_scene_is_not_read(tmp_path):
    rows = [(box(100, -200, 200, -100), ""), (box(9000, -200, 9100, -100), "")]
    assert len(read_outlines(write_polygons(tmp_path / "a.gpkg", rows), GRID)) == 1


ROWS = [
    (box(0, -100, 100, 0), "accepted"), (box(100, -100, 200, 0), "to review"), (box(200, -100, 300, 0), "rejected"),
]  # fmt: skip


@pytest.mark.parametrize(
    ("status", "outside", "area", "expected"),
    [  # labels at the centres of: accepted, to review, rejected, beside all, far below
        ((), "glacier-free", None, (1, 1, 1, 0, 0)),
        ((), "unlabelled", None, (1, 1, 1, -1, -1)),
        ((), "glacier-free", (0, -120, 400, 0), (1, 1, 1, 0, -1)),
        (("accepted",), "glacier-free", None, (1, -1, 0, 0, 0)),
        (("accepted",), "unlabelled", None, (1, -1, -1, -1, -1)),
        (("accepted", "rejected"), "glacier-free", (0, -120, 250, 0), (1, -1, 1, -1, -1)),
    ],
)
def test_what_is_known(tmp_path, status, outside, area, expected):
    labelled = write_polygons(tmp_path / "area.gpkg", [(box(*area), "")]) if area else ""
    outlines = write_polygons(tmp_path / "a.gpkg", ROWS)
    files = LabelFiles(outlines, status=status, outside=outside, labelled_area=labelled)
    labels = Labels(files, GRID).of(GRID)
    assert tuple(labels[row, column] for row, column in ((5, 5), (5, 15), (5, 25), (5, 35), (25, 5))) == expected
    assert labels.shape == (30, 40) and set(np.unique(labels)) <= {-1, 0, 1}


def test_debris(tmp_path):
    outlines = write_polygons(tmp_path / "a.gpkg", ROWS)
    assert Labels(LabelFiles(outlines), GRID).debris(GRID) is None
    debris = write_polygons(tmp_path / "d.gpkg", [(box(0, -50, 30, 0), "")])
    assert Labels(LabelFiles(outlines, debris=debris), GRID).debris(GRID).sum() == 15


@pytest.mark.parametrize(("outside", "word"), [("glacier-free", "free of glaciers"), ("unlabelled", "Nothing outside")])
def test_what_the_outside_means_is_told(tmp_path, outside, word):
    told = []
    Labels(LabelFiles(write_polygons(tmp_path / "a.gpkg", ROWS), outside=outside), GRID, told.append)
    assert word in told[0] and "--labelled-area" in told[0]
    # By hand: 300 m x 100 m of 400 m x 300 m.
    assert ("25%" in told[0]) == (outside == "glacier-free")


def two_layers(path: Path) -> str:
    write_polygons(path, ROWS, layer="glaciers")
    ogr.Open(str(path), 1).CreateLayer("lakes", spatial_reference(UTM, "test"), ogr.wkbPolygon)
    return str(path)


def raster(path: Path) -> str:
    gdal.GetDriverByName("GTiff").Create(str(path), 3, 3)
    return str(path)


FAULTY = {
    "no file": lambda path: LabelFiles(str(path)),
    "a raster": lambda path: LabelFiles(raster(path)),
    "points": lambda path: LabelFiles(write_polygons(path, [("POINT (640100 5189900)", "")])),
    "elsewhere": lambda path: LabelFiles(write_polygons(path, [(box(9000, -100, 9100, 0), "")])),
    "no CRS": lambda path: LabelFiles(write_polygons(path, ROWS, crs="")),
    "no CRS in a shapefile": lambda path: LabelFiles(
        write_polygons(path.with_suffix(".shp"), ROWS, crs="", layer="a", driver="ESRI Shapefile")
    ),
    "no status": lambda path: LabelFiles(write_polygons(path, ROWS), status=("edited",)),
    "no layer": lambda path: LabelFiles(write_polygons(path, ROWS), layer="glaciers"),
    "two layers": lambda path: LabelFiles(two_layers(path)),
}


@pytest.mark.parametrize(
    ("kind", "error", "words"),
    [
        ("no file", DatasetError, "cannot be read as a vector file"),
        ("a raster", DatasetError, "cannot be read as a vector file"),
        ("points", DatasetError, "glacier 0 is a point; give polygons"),
        ("elsewhere", DatasetError, "no outline within the imagery"),
        ("no CRS", CrsError, "no coordinate reference system"),
        ("no CRS in a shapefile", CrsError, "no coordinate reference system"),
        ("no status", DatasetError, "status there: accepted, rejected, to review"),
        ("no layer", DatasetError, "its layers are outlines"),
        ("two layers", DatasetError, "its layers are glaciers, lakes; name one by --layer"),
    ],
)
def test_faulty_files_are_named(tmp_path, kind, error, words):
    with pytest.raises(error, match=words):
        Labels(FAULTY[kind](tmp_path / "a.gpkg"), GRID)


def test_outside_is_one_of_two():
    with pytest.raises(SettingsError, match="glacier-free or unlabelled"):
        LabelFiles("a.gpkg", outside="rock")
