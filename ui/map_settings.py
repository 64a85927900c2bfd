"""What the panel remembers: per user in QgsSettings, per project in the project's own entries."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any, Dict, List, Mapping

from qgis.core import QgsProject, QgsSettings
from qgis.PyQt.QtWidgets import QWidget

from .forms import read_value, write_value

PREFIX = "icemargin"
RECENT_MODELS = 6
DEFAULT_SECONDS_PER_WINDOW = {True: 0.05, False: 2.0}
"""Before anything was measured: the classic method, and a network on a laptop's CPU."""


def save_widgets(group: str, widgets: Mapping[str, QWidget]) -> None:
    """Write the widgets' values under icemargin/<group>/<name>."""
    settings = QgsSettings()
    for name, widget in widgets.items():
        settings.setValue(f"{PREFIX}/{group}/{name}", read_value(widget))


def restore_widgets(group: str, widgets: Mapping[str, QWidget]) -> None:
    """Put saved values back; what was never saved, or can no longer be read, stays as it is."""
    settings = QgsSettings()
    for name, widget in widgets.items():
        value = settings.value(f"{PREFIX}/{group}/{name}")
        if value is None:
            continue
        try:
            write_value(widget, value)
        except ValueError:
            settings.remove(f"{PREFIX}/{group}/{name}")


def recent_models() -> List[str]:
    """Return the model files used last that still exist, newest first."""
    stored = QgsSettings().value(f"{PREFIX}/models/recent", "[]")
    try:
        paths = json.loads(str(stored))
    except ValueError:
        return []
    return [str(path) for path in paths if Path(str(path)).is_file()]


def remember_model(path: str) -> None:
    """Put a model file first among the recent ones."""
    paths = [path, *(other for other in recent_models() if other != path)]
    QgsSettings().setValue(f"{PREFIX}/models/recent", json.dumps(paths[:RECENT_MODELS]))


def _speed_key(model: str, device: str) -> str:
    return f"{PREFIX}/speed/{Path(model).stem}_{device}"


def seconds_per_window(model: str, device: str) -> float:
    """Return what a window took when this model ran last on this machine, else a first guess."""
    value = QgsSettings().value(_speed_key(model, device))
    try:
        return float(value)
    except (TypeError, ValueError):
        return DEFAULT_SECONDS_PER_WINDOW[model == "classic"]


def remember_speed(model: str, device: str, seconds: float, windows: int) -> None:
    """Remember the seconds per window of a finished run; a window that ran several times counts as often."""
    if windows > 0 and seconds > 0:
        QgsSettings().setValue(_speed_key(model, device), seconds / windows)


def save_project_choice(project: QgsProject, choice: Mapping[str, Any], group: str = "map") -> None:
    """Keep the layers (and bands) of a run with the project."""
    project.writeEntry(PREFIX, group, json.dumps(choice, sort_keys=True))


def project_choice(project: QgsProject, group: str = "map") -> Dict[str, Any]:
    """Return what was kept with the project, {} where nothing was."""
    text, found = project.readEntry(PREFIX, group, "")
    try:
        value = json.loads(text) if found and text else {}
    except ValueError:
        return {}
    return value if isinstance(value, dict) else {}
