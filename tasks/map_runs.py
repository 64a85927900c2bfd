"""Mapping runs, one at a time."""

from __future__ import annotations

from typing import Optional

from qgis.PyQt.QtCore import QObject

from .map_task import Work, run_delineation
from .runs import Runs


class MapRuns(Runs):
    """Runs of the core; a test may put another `work` in its place."""

    def __init__(self, work: Work = run_delineation, parent: Optional[QObject] = None) -> None:
        super().__init__(work, parent)
