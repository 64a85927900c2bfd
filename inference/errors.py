"""The errors a user can meet: one root, one name for each cause. Every message says what to do."""

from __future__ import annotations

from typing import Sequence


class IceMarginError(Exception):
    """Root of all named errors.

    `resumable` says whether the finished part of an interrupted run is worth keeping.
    """

    resumable = False


class InputError(IceMarginError):
    """What was handed in cannot be mapped (command line: exit code 2)."""


class SourceError(InputError):
    """A raster cannot be opened or read, or has not what is needed."""


class CrsError(InputError):
    """A coordinate reference system is missing or of no use here."""


class BandError(InputError):
    """A band is missing, named twice, or not there."""


class UnitError(InputError):
    """Values cannot be what they are said to be (DN instead of reflectance, a slope in percent ...)."""


class ExtentError(InputError):
    """The extent is empty, or the rasters do not cover it."""


class ModelError(InputError):
    """A model file is not one, lacks its description, or needs what was not given."""


class WeightsError(InputError):
    """A file of published weights does not fit the network; the message names group, array and shape."""


class DatasetError(InputError):
    """A training data set is not one, or has not what is needed; the message names file, tile and dataset."""


class SettingsError(InputError):
    """A training setting is unknown, or has a value that cannot be meant."""


class OutlinesError(InputError):
    """A layer of outlines cannot be read or compared; the message names the layer or the glacier."""


class OutputError(IceMarginError):
    """A result cannot be written (read-only folder, disk full)."""


class RuntimeMissingError(IceMarginError):
    """The runtime that GlaViTU needs is not set up."""


class InstallError(RuntimeMissingError):
    """The runtime could not be set up, repaired or removed; what was there before is untouched.

    `log` holds the installer's last lines, for the log tab.
    """

    def __init__(self, message: str, log: Sequence[str] = ()) -> None:
        super().__init__(message)
        self.log = tuple(log)


class InstallBusyError(InstallError):
    """Another process is setting the runtime up, or removing it."""


class RuntimeCrashError(IceMarginError):
    """The runtime's child process died or answered nonsense; the finished part is kept.

    `log` holds the last lines that the process wrote, for the log tab.
    """

    resumable = True

    def __init__(self, message: str, log: Sequence[str] = ()) -> None:
        super().__init__(message)
        self.log = tuple(log)


class Cancelled(IceMarginError):  # noqa: N818 - not a fault
    """The user cancelled."""
