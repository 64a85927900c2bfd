"""Where results go."""

from __future__ import annotations

import os
from pathlib import Path

from qgis.core import QgsApplication, QgsProject
from qgis.PyQt.QtCore import QStandardPaths

from ..inference.errors import OutputError
from .texts import tr


def default_folder(project: QgsProject) -> Path:
    """Return IceMargin/ beside the project, else in the user's documents, else in the QGIS profile."""
    documents = QStandardPaths.writableLocation(QStandardPaths.StandardLocation.DocumentsLocation)
    for parent in (project.homePath(), documents):
        if parent and is_writable(Path(parent)):
            return Path(parent) / "IceMargin"
    return Path(QgsApplication.qgisSettingsDirPath()) / "IceMargin"


def is_writable(folder: Path) -> bool:
    """Return True if `folder`, or the nearest folder above it that exists, can be written to."""
    existing = folder
    while not existing.exists() and existing != existing.parent:
        existing = existing.parent
    return existing.is_dir() and os.access(existing, os.W_OK)


def checked_folder(folder: Path) -> Path:
    """Return `folder`. Raises OutputError if nothing can be written there."""
    if not is_writable(folder):
        raise OutputError(
            tr("The folder {} cannot be written to; choose another output folder under Advanced.").format(folder)
        )
    return folder
