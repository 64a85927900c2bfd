"""Where the edit log of a layer lies: beside its file, or in the profile where nothing can be written there."""

from __future__ import annotations

import hashlib
import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path

from qgis.core import QgsApplication, QgsDataProvider, QgsProviderRegistry, QgsVectorLayer
from qgis.PyQt.QtCore import QStorageInfo

from ..inference.edit_store import ROLLBACK_JOURNAL, SUFFIX, WRITE_AHEAD, EditStore, store_beside

FOLDER, SIGNS = "edits", "sessions"
_OF_NETWORKS = ("nfs", "cifs", "smb", "afp", "sshfs", "9p", "webdav", "davfs")
_REMOTE_DRIVE = 4  # DRIVE_REMOTE of GetDriveTypeW


@dataclass(frozen=True)
class LogPlace:
    """The log's file, the layer's name within it, and whether it lies beside the outlines."""

    path: Path
    layer: str
    beside: bool

    def open(self) -> EditStore:
        """Open the log, and make it where it is not yet. Raises OutputError."""
        return EditStore(self.path, ROLLBACK_JOURNAL if _is_shared(self.path.parent) else WRITE_AHEAD)


def profile_folder() -> Path:
    """Return the plugin's folder in the user's profile."""
    return Path(QgsApplication.qgisSettingsDirPath()) / "icemargin"


def log_place(layer: QgsVectorLayer) -> LogPlace:
    """Return where a layer's log is, or would be: a log that was begun in the profile stays there."""
    parts = QgsProviderRegistry.instance().decodeUri(layer.providerType(), layer.source())
    path = Path(str(parts.get("path") or ""))
    is_file = layer.providerType() == "ogr" and path.is_file()
    name = _name_in_file(layer) if is_file else layer.name()
    key = str(path.resolve()) if is_file else layer.id()
    short = hashlib.sha256(key.encode("utf-8")).hexdigest()[:12]
    aside = profile_folder() / FOLDER / f"{path.stem if is_file else 'layer'}-{short}{SUFFIX}"
    beside = store_beside(str(path))
    if is_file and not aside.exists() and (beside.exists() or _is_writable(path.parent)):
        return LogPlace(beside, name, True)
    return LogPlace(aside, name, False)


def _name_in_file(layer: QgsVectorLayer) -> str:
    """Return the layer's name, also where its source names none: OGR's provider tells "number, name, ..."."""
    return str(layer.dataProvider().subLayers()[0].split(QgsDataProvider.sublayerSeparator())[1])


def _is_writable(folder: Path) -> bool:
    """Try it: permissions tell little on Windows and on drives of the network."""
    try:
        with tempfile.TemporaryFile(dir=folder):
            return True
    except OSError:
        return False


def _is_shared(folder: Path) -> bool:
    """Tell whether a folder is on a drive of the network."""
    if sys.platform == "win32":
        import ctypes

        return str(folder).startswith("\\\\") or ctypes.windll.kernel32.GetDriveTypeW(folder.anchor) == _REMOTE_DRIVE
    kind = bytes(QStorageInfo(str(folder)).fileSystemType()).decode("ascii", "replace").lower()
    return any(name in kind for name in _OF_NETWORKS)
