"""Calling GDAL so that a failure is a named error, whether or not its exceptions are switched on.

QGIS leaves them off and they are one switch for the whole process, so the core does not touch it.
"""

from __future__ import annotations

from contextlib import contextmanager
from typing import Any, Callable, Iterator, List, Type, TypeVar

from osgeo import gdal, ogr, osr

from .errors import IceMarginError

T = TypeVar("T")


@contextmanager
def quiet_gdal() -> Iterator[None]:
    """Keep GDAL's messages of this thread off stderr; the last one stays readable."""
    gdal.PushErrorHandler("CPLQuietErrorHandler")
    try:
        yield
    finally:
        gdal.PopErrorHandler()


@contextmanager
def gdal_faults_as(error: Type[IceMarginError], what: str) -> Iterator[None]:
    """Turn any GDAL failure inside the block into `error`, its message headed by `what`; nothing goes to stderr."""
    said: List[str] = []

    def note(level: int, _number: int, text: str) -> None:
        if level >= gdal.CE_Failure:
            said.append(text)

    gdal.PushErrorHandler(note)
    try:
        yield
    except RuntimeError as fault:
        raise error(f"{what} ({fault})") from fault
    finally:
        gdal.PopErrorHandler()
        gdal.ErrorReset()
    if said:
        raise error(f"{what} ({said[0]})")


def own_process() -> None:
    """Keep GDAL off stderr in a process of ours, never in QGIS: its threads' messages, and its advice on exceptions."""
    gdal.SetErrorHandler("CPLQuietErrorHandler")
    for module in (gdal, ogr, osr):
        module.DontUseExceptions()


def checked(error: Type[IceMarginError], what: str, call: Callable[..., T], *args: Any, **options: Any) -> T:
    """Return `call(...)`; a GDAL failure or an answer of None becomes `error`."""
    with gdal_faults_as(error, what):
        result = call(*args, **options)
    if result is None:
        raise error(f"{what} (GDAL does not say why)")
    return result
