"""Link this checkout into a QGIS profile, enable the plugin there and tell it which Python runs the models."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

from PyQt5.QtCore import QSettings, QStandardPaths

ROOT = Path(__file__).resolve().parents[1]


def profiles_folder() -> Path:
    """Return where QGIS keeps its user profiles on this system."""
    data = QStandardPaths.writableLocation(QStandardPaths.GenericDataLocation)
    return Path(data) / "QGIS" / "QGIS3" / "profiles"


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--profiles", type=Path, default=profiles_folder(), help="folder of the QGIS profiles")
    parser.add_argument("--profile", default="default")
    parser.add_argument("--remove", action="store_true", help="take the link and the settings out again")
    arguments = parser.parse_args()
    profile = arguments.profiles / arguments.profile
    link = profile / "python" / "plugins" / "icemargin"
    settings = QSettings(str(profile / "QGIS" / "QGIS3.ini"), QSettings.IniFormat)
    if arguments.remove:
        return _remove(link, settings)
    if link.exists() and not link.is_symlink():
        print(f"{link} is an installed plugin, not a link; remove it in QGIS's plugin manager first.", file=sys.stderr)
        return 1
    link.parent.mkdir(parents=True, exist_ok=True)
    link.unlink(missing_ok=True)
    link.symlink_to(ROOT, target_is_directory=True)
    settings.setValue("PythonPlugins/icemargin", True)
    settings.setValue("icemargin/runtime/python", str(ROOT / ".venv" / "bin" / "python"))
    settings.sync()
    print(f"IceMargin is linked into {profile}; start QGIS and look for the IceMargin panel.")
    return 0


def _remove(link: Path, settings: QSettings) -> int:
    if link.is_symlink():
        link.unlink()
    settings.remove("PythonPlugins/icemargin")
    settings.remove("icemargin/runtime/python")
    print(f"Removed {link}.")
    return 0


if __name__ == "__main__":
    sys.exit(main())
