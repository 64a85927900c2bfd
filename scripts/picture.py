"""A picture of a map: natural colour, SWIR-NIR-red, probability and confidence, with outlines. numpy and GDAL only."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Mapping, Optional, Sequence, Tuple

import numpy as np
from icemargin.inference.arrays import BoolArray, FloatArray
from icemargin.inference.errors import OutputError, SourceError
from numpy.typing import NDArray
from osgeo import gdal, ogr, osr

PANEL = 720
"""Longer side of a panel in pixels."""
GAP = 10
YELLOW, MAGENTA = (255, 225, 0), (255, 0, 200)
PROBABILITY_RAMP = ((20, 24, 40), (60, 110, 170), (230, 245, 255))
LOW_RAMP, HIGH_RAMP = ((80, 0, 20), (200, 40, 30), (245, 150, 70)), ((215, 225, 190), (250, 250, 235))
"""Confidence below and above `LOW_CONFIDENCE`: dark red to orange, pale green to white."""
NO_DATA = (70, 70, 70)
LOW_CONFIDENCE = 0.95
Rgb = NDArray[np.uint8]


@dataclass(frozen=True)
class Frame:
    """The ground that a panel shows: bounds (xmin, ymin, xmax, ymax) in `crs` (WKT), and its size in pixels."""

    bounds: Tuple[float, float, float, float]
    crs: str
    width: int
    height: int

    @property
    def geotransform(self) -> Tuple[float, float, float, float, float, float]:
        xmin, ymin, xmax, ymax = self.bounds
        return xmin, (xmax - xmin) / self.width, 0.0, ymax, 0.0, -(ymax - ymin) / self.height


def frame_of(raster: Path) -> Frame:
    """Return the frame of a raster's whole extent."""
    dataset = gdal.Open(str(raster))
    if dataset is None:
        raise SourceError(f"{raster} cannot be opened; run the map again.")
    left, across, _, top, _, down = dataset.GetGeoTransform()
    columns, rows = dataset.RasterXSize, dataset.RasterYSize
    shrink = PANEL / max(columns, rows)
    size = max(round(columns * shrink), 1), max(round(rows * shrink), 1)
    return Frame((left, top + rows * down, left + columns * across, top), dataset.GetProjection(), *size)


def read_band(path: Path, number: int, frame: Frame) -> FloatArray:
    """Read a band in the frame, with the file's own scale and offset; NaN where there is nothing."""
    source = gdal.Open(str(path))
    if source is None:
        raise SourceError(f"{path} cannot be opened; check the path.")
    band = source.GetRasterBand(number)
    scale, offset, nodata = band.GetScale(), band.GetOffset(), band.GetNoDataValue()
    one = gdal.Translate("", source, format="VRT", bandList=[number])
    warped = gdal.Warp(
        "", one, format="MEM", outputBounds=frame.bounds, dstSRS=frame.crs, width=frame.width, height=frame.height,
        resampleAlg="average", outputType=gdal.GDT_Float32, srcNodata=nodata, dstNodata=float("nan"),
    )  # fmt: skip
    if warped is None:
        raise SourceError(f"{path} cannot be drawn: {gdal.GetLastErrorMsg()}")
    values = warped.ReadAsArray()
    # GDAL keeps the scale in the warped file's metadata and does not apply it.
    return np.asarray(values * np.float32(1 if scale is None else scale) + np.float32(offset or 0), np.float32)


def stretch(band: FloatArray) -> FloatArray:
    """Bring a band to 0..1 between its 1st and 99th percentile, brightened a little."""
    good = band[np.isfinite(band)]
    if not good.size:
        return np.full_like(band, np.nan)
    low, high = np.percentile(good, (1, 99))
    return np.asarray(np.clip((band - low) / max(high - low, 1e-9), 0, 1) ** 0.65)


def composite(bands: Tuple[FloatArray, FloatArray, FloatArray]) -> Rgb:
    """Return H x W x 3 of three stretched bands; grey where any has nothing."""
    colours = np.stack([stretch(band) for band in bands], axis=-1)
    empty = ~np.isfinite(colours).all(axis=-1)
    picture: Rgb = np.rint(255 * np.nan_to_num(colours)).astype(np.uint8)
    picture[empty] = NO_DATA
    return picture


def ramp(values: FloatArray, low: float, high: float, colours: Sequence[Tuple[int, int, int]]) -> Rgb:
    """Return H x W x 3 colours for values between `low` and `high`; grey for NaN."""
    places = np.linspace(low, high, len(colours))
    channels = [np.interp(np.nan_to_num(values), places, [colour[i] for colour in colours]) for i in range(3)]
    picture: Rgb = np.rint(np.stack(channels, axis=-1)).astype(np.uint8)
    picture[~np.isfinite(values)] = NO_DATA
    return picture


def outline_mask(vector: Path, frame: Frame) -> BoolArray:
    """Tell which pixels of the frame an outline passes (the layer `outlines`, or the first one)."""
    dataset = gdal.OpenEx(str(vector), gdal.OF_VECTOR)
    if dataset is None:
        raise SourceError(f"{vector} cannot be opened; check the path.")
    layer = dataset.GetLayerByName("outlines") or dataset.GetLayer(0)
    target = gdal.GetDriverByName("MEM").Create("", frame.width, frame.height, 1, gdal.GDT_Byte)
    target.SetGeoTransform(frame.geotransform)
    target.SetProjection(frame.crs)
    memory = ogr.GetDriverByName("Memory").CreateDataSource("")
    lines = _lines(layer, memory, frame.crs)
    gdal.RasterizeLayer(target, [1], lines, burn_values=[1], options=["ALL_TOUCHED=TRUE"])
    return np.asarray(target.ReadAsArray() > 0)


def _lines(layer: ogr.Layer, memory: ogr.DataSource, crs: str) -> ogr.Layer:
    """Return the layer's boundaries in `crs`, as lines of a layer in memory."""
    wanted = osr.SpatialReference(crs)
    wanted.SetAxisMappingStrategy(osr.OAMS_TRADITIONAL_GIS_ORDER)
    own = layer.GetSpatialRef() or wanted
    own.SetAxisMappingStrategy(osr.OAMS_TRADITIONAL_GIS_ORDER)
    change = osr.CoordinateTransformation(own, wanted)
    lines = memory.CreateLayer("lines", wanted, ogr.wkbMultiLineString)
    for feature in layer:
        boundary = feature.GetGeometryRef().GetBoundary()
        boundary.Transform(change)
        line = ogr.Feature(lines.GetLayerDefn())
        line.SetGeometry(boundary)
        lines.CreateFeature(line)
    return lines


def beside(panels: Tuple[Tuple[Rgb, ...], ...]) -> Rgb:
    """Set panels of one size in rows, with white gaps."""
    height, width = panels[0][0].shape[:2]
    rows, columns = len(panels), max(len(row) for row in panels)
    sheet = np.full((rows * (height + GAP) + GAP, columns * (width + GAP) + GAP, 3), 255, np.uint8)
    for i, row in enumerate(panels):
        for j, panel in enumerate(row):
            top, left = GAP + i * (height + GAP), GAP + j * (width + GAP)
            sheet[top : top + height, left : left + width] = panel
    return sheet


def write_png(picture: Rgb, path: Path) -> None:
    """Write H x W x 3 bytes."""
    height, width = picture.shape[:2]
    memory = gdal.GetDriverByName("MEM").Create("", width, height, 3, gdal.GDT_Byte)
    memory.WriteArray(picture.transpose(2, 0, 1))
    with_options = gdal.GetDriverByName("PNG").CreateCopy(str(path), memory)
    if with_options is None:
        raise OutputError(f"{path} cannot be written: {gdal.GetLastErrorMsg()}")
    with_options.FlushCache()


def draw_picture(
    optical: Mapping[str, Tuple[Path, int]],
    probability: Path,
    confidence: Path,
    outlines_gpkg: Path,
    out_png: Path,
    reference: Optional[Path] = None,
) -> None:
    """Draw four panels: natural colour; SWIR1-NIR-red; probability; confidence (red to orange below 0.95).

    `optical` gives file and band number for each band's name; bands that are absent are replaced by the nearest.
    Outlines are yellow, the reference's (a vector file) magenta. Raises SourceError or OutputError.
    """
    frame = frame_of(probability)
    bands = {name: read_band(path, number, frame) for name, (path, number) in optical.items()}
    yellow = outline_mask(outlines_gpkg, frame)
    natural, infrared = (composite(_three(bands, names)) for names in (NATURAL, INFRARED))
    chance = ramp(read_band(probability, 1, frame), 0, 1, PROBABILITY_RAMP)
    trust = read_band(confidence, 1, frame)
    low = np.nan_to_num(trust, nan=1.0) < LOW_CONFIDENCE
    sure = ramp(trust, LOW_CONFIDENCE, 1, HIGH_RAMP)
    sure[low] = ramp(trust, 0.5, LOW_CONFIDENCE, LOW_RAMP)[low]
    if reference is not None:
        infrared[outline_mask(reference, frame)] = MAGENTA
    infrared[yellow] = YELLOW
    write_png(beside(((natural, infrared), (chance, sure))), out_png)


NATURAL = (("red", "nir", "green"), ("green", "red", "blue"), ("blue", "green", "red"))
INFRARED = (("swir1", "swir2", "red"), ("nir", "red", "green"), ("red", "green", "blue"))
"""For red, green and blue of the picture: the bands to take, the first that is there."""


def _three(
    bands: Mapping[str, FloatArray], wanted: Tuple[Tuple[str, ...], ...]
) -> Tuple[FloatArray, FloatArray, FloatArray]:
    any_band = next(iter(bands.values()))
    red, green, blue = (next((bands[name] for name in names if name in bands), any_band) for names in wanted)
    return red, green, blue
