"""Pixels near outlines are kept as they are in the raster, and nothing else is."""

import json
from pathlib import Path

import numpy as np
import pytest
import shapely
from icemargin.inference.errors import Cancelled, CrsError, ExtentError, OutlinesError, OutputError, SourceError
from icemargin.inference.progress import NoProgress
from icemargin.inference.raster_storing import store_raster
from icemargin.inference.request import Source
from icemargin.inference.stored_raster import TILE, StoredRaster
from icemargin.inference.vector_layer import VectorLayer
from icemargin.scenes.ground_rasters import store_ground
from osgeo import gdal, osr

HEIGHT, WIDTH, PIXEL = 700, 900, 10.0
LEFT, TOP = 500_003.0, 5_200_007.0


def wkt(epsg):
    reference = osr.SpatialReference()
    reference.ImportFromEPSG(epsg)
    return reference.ExportToWkt()


def write(path, values, epsg=32632, nodata=None, left=LEFT, top=TOP, pixel=PIXEL):
    height, width = values.shape
    dataset = gdal.GetDriverByName("GTiff").Create(str(path), width, height, 1, gdal.GDT_Float32)
    if epsg:
        dataset.SetProjection(wkt(epsg))
    dataset.SetGeoTransform((left, pixel, 0, top, 0, -pixel))
    if nodata is not None:
        dataset.GetRasterBand(1).SetNoDataValue(nodata)
    dataset.GetRasterBand(1).WriteArray(values)
    return str(path)


def outlines(*shapes, epsg=32632):
    return VectorLayer("outlines", "outlines", wkt(epsg), tuple(map(shapely.to_wkb, shapes)), ({},) * len(shapes), ())


def at(column, row, size):
    """A square of `size` pixels whose upper left pixel is given."""
    left, top = LEFT + column * PIXEL, TOP - row * PIXEL
    return shapely.box(left, top - size * PIXEL, left + size * PIXEL, top)


VALUES = (2000 + np.arange(HEIGHT)[:, None] + np.arange(WIDTH)[None, :] / 1000).astype(np.float32)


def stored(paths, folder, *layers, name="elevation"):
    folder.mkdir()
    paths = (paths,) if isinstance(paths, str) else tuple(paths)
    store_raster(Source(paths, {name: 1}), name, layers, str(folder), NoProgress())
    return StoredRaster.open(str(folder))


def looked_up(found, rows, columns):
    """Values by rows and columns of the file that was stored."""
    header = found.header
    down, right = round((TOP - header.top) / PIXEL), round((header.left - LEFT) / PIXEL)
    return found.pixels(rows - down, columns - right)


def test_pixels_near_outlines_are_those_of_the_file(tmp_path):
    path = write(tmp_path / "dem.tif", VALUES)
    found = stored(path, tmp_path / "kept", outlines(at(20, 30, 100), at(800, 600, 50)), outlines(at(300, 300, 40)))
    for column, row, size in ((20, 30, 100), (800, 600, 50), (300, 300, 40)):
        rows, columns = (part.ravel() for part in np.mgrid[row - 3 : row + size + 3, column - 3 : column + size + 3])
        assert (looked_up(found, rows, columns) == VALUES[rows, columns]).all()
    assert np.isnan(found.pixels(np.array([-1, 10_000]), np.array([5, 5]))).all()


def test_tiles_are_as_the_whole(tmp_path):
    """Tiles that touch, overlap, or leave a gap; where they overlap the first one counts, but not its voids."""
    first = VALUES[:, :400].copy()
    first[100:110, 390:400] = -9999.0
    tiles = [write(tmp_path / "west.tif", first, nodata=-9999.0),
             write(tmp_path / "middle.tif", VALUES[:, 380:600], left=LEFT + 380 * PIXEL),
             write(tmp_path / "east.tif", VALUES[:, 700:], left=LEFT + 700 * PIXEL)]  # fmt: skip
    found = stored(tiles, tmp_path / "kept", outlines(at(350, 80, 500)))
    rows, columns = (part.ravel() for part in np.mgrid[80:580, 350:850])
    looked, gap = looked_up(found, rows, columns), (columns >= 600) & (columns < 700)
    assert (looked[~gap] == VALUES[rows, columns][~gap]).all() and np.isnan(looked[gap]).all()


def test_tiles_in_several_crs(tmp_path):
    tiles = [write(tmp_path / "west.tif", VALUES), write(tmp_path / "east.tif", VALUES, epsg=32633)]
    with pytest.raises(CrsError, match=r"east.tif has another CRS than .*west.tif; warp"):
        stored(tiles, tmp_path / "kept", outlines(at(9, 9, 9)))


def test_ground_without_outlines_is_not_kept(tmp_path):
    big = np.ones((TILE * 5, TILE * 5), np.float32)
    path = write(tmp_path / "dem.tif", big)
    found = stored(path, tmp_path / "kept", outlines(at(3, 3, 5), at(TILE * 5 - 9, TILE * 5 - 9, 5)))
    assert (found.index >= 0).sum() == 2
    assert np.isnan(looked_up(found, np.array([TILE * 2]), np.array([TILE * 2]))).all()
    assert (tmp_path / "kept" / "tiles.f32").stat().st_size == 2 * TILE * TILE * 4


@pytest.mark.parametrize(("nodata", "void"), [(-9999.0, -9999.0), (None, -9999.0), (0.0, 0.0), (None, np.nan)])
def test_voids_are_nan(tmp_path, nodata, void):
    values = VALUES.copy()
    values[40:50, 40:50] = void
    found = stored(write(tmp_path / "dem.tif", values, nodata=nodata), tmp_path / "kept", outlines(at(30, 30, 40)))
    rows, columns = (part.ravel() for part in np.mgrid[30:70, 30:70])
    assert (np.isnan(looked_up(found, rows, columns)) == ((rows // 10 == 4) & (columns // 10 == 4))).all()


def test_outlines_in_another_crs(tmp_path):
    path = write(tmp_path / "dem.tif", VALUES)
    from_utm = osr.CoordinateTransformation(*map(osr.SpatialReference, (wkt(32632), wkt(4326))))
    corners = [from_utm.TransformPoint(x, y)[1::-1] for x, y in at(100, 100, 60).exterior.coords]
    found = stored(path, tmp_path / "kept", outlines(shapely.Polygon(corners), epsg=4326))
    rows, columns = (part.ravel() for part in np.mgrid[100:160, 100:160])
    assert (looked_up(found, rows, columns) == VALUES[rows, columns]).all()


def test_outlines_across_the_antimeridian(tmp_path):
    """In degrees their box is the whole width of the raster."""
    values = np.arange(200 * 3600, dtype=np.float32).reshape(200, 3600) % 8000
    path = write(tmp_path / "dem.tif", values, epsg=4326, left=-180, top=80, pixel=0.1)
    bering = outlines(shapely.box(-9000, -1_910_000, 9000, -1_900_000), epsg=3571)
    found = stored(path, tmp_path / "kept", bering)
    assert found.header.left == -180 and found.index.shape[1] == -(-3600 // TILE)
    assert np.isfinite(found.pixels(np.array([1, 1]), np.array([0, 3599]))).all()


def test_confidence_in_percent_is_void(tmp_path):
    values = np.full((50, 50), 0.8, np.float32)
    values[:, 25:] = 80.0
    found = stored(write(tmp_path / "c.tif", values), tmp_path / "kept", outlines(at(0, 0, 50)), name="confidence")
    looked = looked_up(found, np.array([9, 9]), np.array([9, 30]))
    assert looked[0] == np.float32(0.8) and np.isnan(looked[1])


def test_wrong_input(tmp_path):
    path = write(tmp_path / "dem.tif", VALUES)
    far = outlines(shapely.box(0, 0, 100, 100))
    for number, (file, layer, error, words) in enumerate([
        (path, far, ExtentError, "does not lie where"),
        (path, outlines(), OutlinesError, "outlines has no outlines"),
        (path, outlines(shapely.box(-171, -47, -170, -46), epsg=4326), ExtentError, "does not lie where"),
        (str(tmp_path / "none.tif"), far, SourceError, "none.tif"),
        (write(tmp_path / "nowhere.tif", VALUES, epsg=0), far, CrsError, "no coordinate reference system"),
    ]):  # fmt: skip
        with pytest.raises(error, match=words):
            stored(file, tmp_path / str(number), layer)
    with pytest.raises(OutputError, match="cannot be kept"):
        store_raster(Source((path,), {"elevation": 1}), "elevation", [outlines(at(9, 9, 9))], str(tmp_path / "no"),
                     NoProgress())  # fmt: skip


def test_it_can_be_stopped(tmp_path):
    class Stopped(NoProgress):
        def is_cancelled(self):
            return True

    with pytest.raises(Cancelled):
        store_raster(Source((write(tmp_path / "dem.tif", VALUES),), {"elevation": 1}), "elevation",
                     [outlines(at(9, 9, 9))], str(tmp_path), Stopped())  # fmt: skip


def test_both_rasters_each_in_its_folder(tmp_path):
    dem = write(tmp_path / "dem.tif", VALUES)
    sure = write(tmp_path / "confidence.tif", np.full((100, 100), 0.9, np.float32))
    layers = [outlines(at(10, 10, 20))]
    found = store_ground(dem, sure, layers, str(tmp_path), NoProgress())
    assert list(found) == ["elevation", "confidence"]
    assert json.loads(Path(tmp_path, "confidence", "header.json").read_text())["resolution"] == PIXEL
    assert looked_up(found["confidence"], np.array([15]), np.array([15])) == np.float32(0.9)
    assert store_ground("", "", layers, str(tmp_path), NoProgress()) == {}
