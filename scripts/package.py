"""Build the plugin's zip: what runs in QGIS, and nothing else. The same sources give the same bytes."""

from __future__ import annotations

import argparse
import sys
import zipfile
from configparser import ConfigParser
from pathlib import Path
from typing import Dict, Iterator, List, Sequence

ROOT = Path(__file__).resolve().parents[1]
NAME = "icemargin"
PACKAGES = (
    "algorithms", "commands", "diagnosis", "inference", "inventory", "maptools", "models", "reports", "resources",
    "scenes", "tasks", "ui", "weights",
)  # fmt: skip
"""Folders of the plugin. commands/ and weights/ are in: the runtime's child imports weights, and a user with a terminal
has the command line."""
FILES = ("__init__.py", "plugin.py", "cli.py", "metadata.txt", "LICENSE", "README.md", "CHANGELOG.md")
SUFFIXES = (".py", ".ui", ".json", ".svg", ".png", ".qml", ".qm", ".txt", ".onnx", ".j2", ".css")
LEFT_OUT = ("resources/spectra.json",)  # only training and the demo read it
VERSIONS_TOLD = 3
_TIME = (2000, 1, 1, 0, 0, 0)
_MODE = 0o644 << 16
_UNIX = 3


def plugin_files(root: Path) -> Iterator[str]:
    """Yield the paths (relative, with slashes) of all files of the plugin, sorted."""
    found = [root / name for name in FILES]
    for package in PACKAGES:
        found += [path for path in (root / package).rglob("*") if path.suffix in SUFFIXES and path.is_file()]
    names = [path.relative_to(root).as_posix() for path in found]
    yield from sorted(name for name in names if name not in LEFT_OUT and "__pycache__" not in name)


def build(root: Path, folder: Path) -> Path:
    """Write icemargin-<version>.zip into `folder` and return its path. Raises ValueError, OSError."""
    version = metadata_of((root / "metadata.txt").read_text(encoding="utf-8"))["version"]
    folder.mkdir(parents=True, exist_ok=True)
    target = folder / f"{NAME}-{version}.zip"
    part = target.with_suffix(".part")
    with zipfile.ZipFile(part, "w", zipfile.ZIP_DEFLATED, compresslevel=9) as archive:
        for name in plugin_files(root):
            archive.writestr(_entry(f"{NAME}/{name}"), _content(root, name))
    part.replace(target)
    return target


def metadata_of(text: str) -> Dict[str, str]:
    """Return the fields of a metadata.txt."""
    parser = ConfigParser(interpolation=None)
    parser.optionxform = str  # type: ignore[assignment,method-assign]
    parser.read_string(text)
    return dict(parser["general"])


def with_changelog(metadata: str, changelog: str) -> str:
    """Return metadata.txt with the field `changelog` filled from CHANGELOG.md. Raises ValueError."""
    version = metadata_of(metadata)["version"]
    entries = changelog_entries(changelog)
    if not entries or not entries[0].startswith(f"{version} "):
        raise ValueError(f"CHANGELOG.md does not begin with version {version} of metadata.txt; write down what is new.")
    lines = [line for entry in entries[:VERSIONS_TOLD] for line in entry.splitlines()]
    # A percent sign would be taken for a reference to another field; a line that goes on is indented.
    field = "changelog=" + "\n    ".join(lines).replace("%", "%%")
    kept = [line for line in metadata.splitlines() if not line.startswith("changelog=")]
    return "\n".join([*kept, field, ""])


def changelog_entries(changelog: str) -> List[str]:
    """Return the text of each released version, newest first: "0.1.0 (2026-11-22)", then a line for each point."""
    entries: List[str] = []
    for block in changelog.split("\n## ")[1:]:
        head, *body = block.splitlines()
        version, _, date = head.replace("[", "").replace("]", "").partition(" - ")
        if version.strip().lower() != "unreleased":
            entries.append("\n".join([f"{version.strip()} ({date.strip()})", *_points(body)]))
    return entries


def _points(lines: Sequence[str]) -> List[str]:
    """Join the lines of each point or paragraph; headings are left out."""
    points: List[str] = []
    for line, before in zip(lines, ["", *lines]):
        if not line.strip() or line.startswith("#"):
            continue
        if line.startswith("- ") or not before.strip() or before.startswith("#"):
            points.append(line.strip())
        else:
            points[-1] += f" {line.strip()}"
    return points


def _content(root: Path, name: str) -> bytes:
    content = (root / name).read_bytes()
    if name != "metadata.txt":
        return content
    changelog = (root / "CHANGELOG.md").read_text(encoding="utf-8")
    return with_changelog(content.decode("utf-8"), changelog).encode("utf-8")


def _entry(name: str) -> zipfile.ZipInfo:
    """Return an entry that says nothing of when and where it was made."""
    entry = zipfile.ZipInfo(name, _TIME)
    entry.compress_type = zipfile.ZIP_DEFLATED
    entry.create_system = _UNIX
    entry.external_attr = _MODE
    return entry


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--out", type=Path, default=ROOT / "dist", help="default: dist/")
    arguments = parser.parse_args()
    try:
        path = build(ROOT, arguments.out)
    except (ValueError, OSError) as error:
        print(f"No package: {error}", file=sys.stderr)
        return 1
    with zipfile.ZipFile(path) as archive:
        print(f"{path}: {len(archive.namelist())} files, {path.stat().st_size / 1024:.0f} KiB")
    return 0


if __name__ == "__main__":
    sys.exit(main())
