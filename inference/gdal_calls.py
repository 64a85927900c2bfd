"""Calling GDAL so that a failure is a named error, whether or not its exceptions are switched on.

QGIS leaves them off and they are one switch for the whole process, so the core does not touch it.
"""

from __future__ import annotations

from contextlib import contextmanager
from typing import Any, Callable, Iterator, Type, TypeVar

from osgeo import gdal

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
    """Turn any GDAL failure inside the block into `error`, its message headed by `what`."""
    gdal.ErrorReset()
    with quiet_gdal():
        try:
            yield
        except RuntimeError as fault:
            raise error(f"{what}: {fault}") from fault
    if gdal.GetLastErrorType() >= gdal.CE_Failure:
        raise error(f"{what}: {gdal.GetLastErrorMsg()}")


def checked(error: Type[IceMarginError], what: str, call: Callable[..., T], *args: Any, **options: Any) -> T:
    """Return `call(...)`; a GDAL failure or an answer of None becomes `error`."""
    with gdal_faults_as(error, what):
        result = call(*args, **options)
    if result is None:
        raise error(f"{what}: {gdal.GetLastErrorMsg() or 'no answer'}")
    return result
