"""GDAL, PROJ and the environment variables that lead them, or Python, astray."""

from __future__ import annotations

import os
from typing import Iterator, Mapping

from osgeo import gdal, osr

from ..inference.errors import CrsError
from ..inference.gdal_calls import gdal_faults_as
from .report import BAD, DOUBT, OK, Finding

OLDEST_GDAL = 3040000
NEEDED_DRIVERS = ("GTiff", "COG", "GPKG", "VRT", "MEM")
JPEG2000_DRIVERS = ("JP2OpenJPEG", "JP2ECW", "JP2KAK", "JP2MrSID")

PATH_VARIABLES = ("GDAL_DATA", "GDAL_DRIVER_PATH", "PROJ_LIB", "PROJ_DATA", "PYTHONHOME", "PYTHONPATH")
"""They point into one installation; left over from another one they break this one."""
LOADER_VARIABLES = ("LD_LIBRARY_PATH", "LD_PRELOAD", "DYLD_LIBRARY_PATH", "DYLD_INSERT_LIBRARIES")
NEUTRAL_VARIABLES = (
    "CONDA_PREFIX", "VIRTUAL_ENV", "GDAL_CACHEMAX", "GDAL_NUM_THREADS", "OMP_NUM_THREADS", "CUDA_VISIBLE_DEVICES",
    "HTTP_PROXY", "HTTPS_PROXY",
)  # fmt: skip
_CACHE_SHARE = 0.25
"""The share of the memory above which a GDAL cache is in the way of the models."""


def gdal_findings() -> Iterator[Finding]:
    """Yield GDAL's version, its drivers and PROJ."""
    version, old = gdal.VersionInfo("RELEASE_NAME"), int(gdal.VersionInfo("VERSION_NUM")) < OLDEST_GDAL
    yield Finding("GDAL", BAD if old else OK, version, "Install a QGIS with GDAL 3.4 or newer." if old else "")
    yield drivers_finding()
    yield proj_finding()


def drivers_finding() -> Finding:
    """Return whether GDAL can write what IceMargin writes and read what satellites' files are."""
    missing = [name for name in NEEDED_DRIVERS if gdal.GetDriverByName(name) is None]
    if missing:
        advice = "Reinstall QGIS: its GDAL is incomplete."
        return Finding("GDAL's formats", BAD, f"without {', '.join(missing)}", advice)
    if not any(gdal.GetDriverByName(name) for name in JPEG2000_DRIVERS):
        advice = "Sentinel-2's .jp2 files cannot be read: convert them to GeoTIFF, or install GDAL's JPEG 2000 plugin."
        return Finding("GDAL's formats", DOUBT, "without JPEG 2000", advice)
    return Finding("GDAL's formats", OK, "GeoTIFF, COG, GeoPackage, JPEG 2000")


def proj_finding() -> Finding:
    """Return PROJ's version, if it can transform coordinates: without proj.db it cannot."""
    parts = (osr.GetPROJVersionMajor, osr.GetPROJVersionMinor, osr.GetPROJVersionMicro)
    version = ".".join(str(part()) for part in parts)
    try:
        with gdal_faults_as(CrsError, "PROJ"):
            _to_utm(8.0, 46.5)
    except CrsError as error:
        advice = "Unset PROJ_LIB and PROJ_DATA before starting QGIS, or reinstall QGIS: PROJ does not find its data."
        return Finding("PROJ", BAD, f"{version}, cannot transform: {error}", advice)
    return Finding("PROJ", OK, version)


def _to_utm(longitude: float, latitude: float) -> None:
    """Transform a place into UTM 32. Raises CrsError if PROJ does not know how, or answers nonsense."""
    here, there = osr.SpatialReference(), osr.SpatialReference()
    for reference, code in ((here, 4326), (there, 32632)):
        if reference.ImportFromEPSG(code) != 0:
            raise CrsError(f"EPSG:{code} is not known")
        reference.SetAxisMappingStrategy(osr.OAMS_TRADITIONAL_GIS_ORDER)
    east, north, _ = osr.CoordinateTransformation(here, there).TransformPoint(longitude, latitude)
    if abs(east - 423_000) > 1000 or abs(north - 5_150_000) > 1000:
        raise CrsError(f"a place in the Alps comes out at {east:.0f}, {north:.0f}")


def cache_finding(memory_gib: float) -> Finding:
    """Return the size of GDAL's cache, beside the memory there is."""
    mebibytes = gdal.GetCacheMax() / 2**20
    fact = f"{mebibytes:.0f} MiB"
    if memory_gib and mebibytes / 1024 > _CACHE_SHARE * memory_gib:
        return Finding("GDAL's cache", DOUBT, fact, "Make GDAL_CACHEMAX smaller: models need the memory.")
    return Finding("GDAL's cache", OK, fact)


def environment_finding(environ: Mapping[str, str]) -> Finding:
    """Return which variables are set that change how GDAL, PROJ or Python start; values are never told."""
    gone = [name for name in PATH_VARIABLES if environ.get(name) and not _any_exists(environ[name])]
    if gone:
        advice = f"Unset {', '.join(gone)} before starting QGIS: what it points to is not there."
        return Finding("Environment", DOUBT, f"{', '.join(gone)} set, to nothing that exists", advice)
    loaders = [name for name in LOADER_VARIABLES if environ.get(name)]
    if loaders:
        advice = "If QGIS or a model crashes, start QGIS without it; the runtime itself is started without it."
        return Finding("Environment", DOUBT, f"{', '.join(loaders)} set", advice)
    if environ.get("PYTHONPATH") or environ.get("PYTHONHOME"):
        advice = "If other plugins fail to import, start QGIS without it; the runtime itself is started without it."
        return Finding("Environment", DOUBT, "PYTHONPATH or PYTHONHOME set", advice)
    harmless = [name for name in (*PATH_VARIABLES, *NEUTRAL_VARIABLES) if environ.get(name)]
    return Finding("Environment", OK, f"{', '.join(harmless)} set" if harmless else "nothing that interferes")


def _any_exists(paths: str) -> bool:
    return any(os.path.exists(path) for path in paths.split(os.pathsep) if path)
