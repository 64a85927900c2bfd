"""What the plugin repository asks of a zip's structure and metadata. Standard library only."""

from __future__ import annotations

import re
import zipfile
from configparser import ConfigParser, Error
from pathlib import Path, PurePosixPath
from typing import Dict, List, Tuple
from urllib.parse import urlparse

NAME = "icemargin"
LARGEST = 10_000_000
"""Bytes; the repository takes 25 MB, we promise less than 10."""
BINARIES = (
    ".exe", ".dll", ".so", ".dylib", ".pyd", ".pyc", ".pyo", ".bat", ".sh", ".ps1", ".cmd", ".whl", ".zip",
)  # fmt: skip
FORBIDDEN_FOLDERS = ("__MACOSX", ".git", "__pycache__", "tests", "training", "benchmarks", "scripts", "docs")
REQUIRED_FILES = ("__init__.py", "metadata.txt", "LICENSE", "README.md")
REQUIRED_FIELDS = (
    "name", "description", "about", "version", "qgisMinimumVersion", "author", "email", "tracker", "repository",
    "homepage", "changelog", "tags", "category", "icon",
)  # fmt: skip
"""The repository's own list, and what we want to be read there besides."""
URL_FIELDS = ("homepage", "tracker", "repository")
BOOLEAN_FIELDS = ("experimental", "deprecated", "server")
CATEGORIES = ("Raster", "Vector", "Database", "Mesh", "Web")
LONGEST = {"name": 50, "description": 160, "about": 2000, "tags": 250, "changelog": 8000}
VERSION = re.compile(r"\d+\.\d+(\.\d+)?")


def structure_faults(path: Path) -> List[str]:
    """Return what is wrong with the zip's files."""
    with zipfile.ZipFile(path) as archive:
        damaged = archive.testzip()
        if damaged:
            return [f"the zip is damaged at {damaged}"]
        entries = archive.infolist()
    names = [entry.filename for entry in entries]
    faults = [f"{name} is missing" for name in REQUIRED_FILES if f"{NAME}/{name}" not in names]
    if path.stat().st_size > LARGEST:
        faults.append(f"{path.stat().st_size / 1e6:.1f} MB, more than {LARGEST / 1e6:.0f}")
    for entry in entries:
        faults += _entry_faults(entry)
    return faults


def _entry_faults(entry: zipfile.ZipInfo) -> List[str]:
    name, parts = entry.filename, PurePosixPath(entry.filename).parts
    faults = []
    if parts[0] != NAME or ".." in name or "\\" in name or not name.isascii():
        faults.append(f"{name} does not lie in {NAME}/, or has a strange name")
    if any(part.startswith(".") for part in parts):
        faults.append(f"{name} is hidden")
    if set(parts) & set(FORBIDDEN_FOLDERS):
        faults.append(f"{name} does not belong into the package")
    if name.lower().endswith(BINARIES):
        faults.append(f"{name} is a binary or a script")
    if (entry.external_attr >> 16) & 0o111:
        faults.append(f"{name} is executable")
    return faults


def metadata_faults(path: Path) -> Tuple[Dict[str, str], List[str]]:
    """Return the metadata as the repository reads it, and what is wrong with it."""
    with zipfile.ZipFile(path) as archive:
        names = archive.namelist()
        text = archive.read(f"{NAME}/metadata.txt").decode("utf-8")
    parser = ConfigParser()
    parser.optionxform = str  # type: ignore[assignment,method-assign]
    try:
        parser.read_string(text)
        fields = dict(parser.items("general"))
    except Error as error:
        return {}, [f"metadata.txt cannot be read: {error}"]
    faults = [f"metadata: {name} is missing" for name in REQUIRED_FIELDS if not fields.get(name, "").strip()]
    if not faults:
        faults = [f"metadata: {fault}" for fault in _field_faults(fields)]
        if f"{NAME}/{fields['icon']}" not in names:
            faults.append(f"metadata: icon {fields['icon']} is not in the package")
    return fields, faults


def _field_faults(fields: Dict[str, str]) -> List[str]:
    """Return what is wrong with the values; all required fields are there."""
    faults = [
        f"{name} is {len(fields[name])} letters long, at most {most}"
        for name, most in LONGEST.items()
        if len(fields[name]) > most
    ]
    faults += [
        f"{name}={fields[name]} is no version (1.2 or 1.2.3)"
        for name in ("version", "qgisMinimumVersion", "qgisMaximumVersion")
        if name in fields and not VERSION.fullmatch(fields[name])
    ]
    faults += [f"{name} is no address of a web page" for name in URL_FIELDS if not _is_url(fields[name])]
    faults += [
        f"{name}={fields[name]} is neither True nor False"
        for name in BOOLEAN_FIELDS
        if fields.get(name, "False") not in ("True", "False")
    ]
    return faults + _word_faults(fields)


def _word_faults(fields: Dict[str, str]) -> List[str]:
    faults = []
    if "plugin" in fields["name"].lower():
        faults.append("the name says 'plugin', which they all are")
    if "\n" in fields["description"]:
        faults.append("the description is one line; the rest belongs into about")
    if "/" in fields["author"] or "@" not in fields["email"]:
        faults.append("the author has a slash, or the email no @")
    if fields["category"] not in CATEGORIES:
        faults.append(f"category {fields['category']} is none of {', '.join(CATEGORIES)}")
    if not fields["changelog"].startswith(fields["version"]):
        faults.append("the changelog does not begin with this version")
    return faults


def _is_url(text: str) -> bool:
    parts = urlparse(text)
    return parts.scheme == "https" and bool(parts.netloc)
