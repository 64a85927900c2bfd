"""What benchmarks inside QGIS share: an application, and folders that go with it."""

from __future__ import annotations

import tempfile
from typing import Callable, Sequence

MANY = "10000"
"""Glaciers, unless told otherwise."""


def measure_in_qgis(measure: Callable[[int, str], None], counts: Sequence[str]) -> None:
    """Start QGIS, and measure with so many glaciers each (in a temporary folder of its own)."""
    try:
        from qgis.core import QgsApplication
    except ImportError:
        print("Skipped: QGIS is not there.")
        return
    application = QgsApplication([], True)
    application.initQgis()
    for count in counts or (MANY,):
        with tempfile.TemporaryDirectory() as folder:
            measure(int(count), folder)
    application.exitQgis()
