"""Where the user's own data lie: one folder for models and runtime, outside the plugin."""

from __future__ import annotations

import os
import sys
from pathlib import Path
from typing import Mapping, Optional

VARIABLE = "ICEMARGIN_HOME"
"""Environment variable that names another folder than the platform's."""


def data_folder(environ: Optional[Mapping[str, str]] = None, platform: str = sys.platform) -> Path:
    """Return IceMargin's folder for this user; it need not exist yet."""
    values = os.environ if environ is None else environ
    if values.get(VARIABLE):
        return Path(values[VARIABLE])
    home = Path(values.get("HOME") or values.get("USERPROFILE") or Path.home())
    if platform == "win32":
        return Path(values.get("LOCALAPPDATA") or home / "AppData" / "Local") / "icemargin"
    if platform == "darwin":
        return home / "Library" / "Application Support" / "icemargin"
    return Path(values.get("XDG_DATA_HOME") or home / ".local" / "share") / "icemargin"


def models_folder() -> Path:
    """Return the folder of the installed models; it need not exist yet."""
    return data_folder() / "models"
