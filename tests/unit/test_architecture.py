"""Imports point one way, and the core reaches for nothing that QGIS's Python has not."""

import ast
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
ALLOWED = {
    "inference": set(),
    "inventory": {"inference"},
    "scenes": {"inference"},
    "weights": {"inference"},
    "models": {"inference", "weights"},
    "reports": {"inference", "inventory"},
    "tasks": {"inference", "inventory", "scenes", "models", "weights", "reports"},
    "maptools": {"inference", "inventory", "scenes"},
    "algorithms": {"inference", "inventory", "scenes", "models", "tasks"},
    "diagnosis": {"inference", "models", "tasks"},
    "ui": {"inference", "inventory", "scenes", "models", "tasks", "maptools", "diagnosis", "reports"},
    "commands": {"inference", "inventory", "scenes", "weights", "models", "training", "diagnosis", "reports"},
    "training": {"inference", "inventory", "scenes", "weights", "models", "reports"},
}
GUI = {"qgis", "PyQt5", "PyQt6"}
FORBIDDEN = {
    "inference": GUI | {"torch", "shapely", "scipy", "pyproj", "onnx", "h5py", "tensorflow"},
    "inventory": GUI | {"torch", "osgeo", "pandas", "geopandas"},
    "scenes": GUI | {"torch", "shapely"},
    "weights": GUI | {"torch", "tensorflow", "pickle"},
    "models": GUI | {"torch", "shapely", "onnxruntime", "onnx", "h5py", "osgeo"},
    "commands": GUI,
    "reports": GUI | {"torch", "tensorflow", "onnxruntime"},
    "diagnosis": GUI | {"torch", "shapely", "onnxruntime", "onnx", "h5py"},
    "tasks": {"torch", "shapely", "onnxruntime", "onnx", "h5py"},
    "ui": {"torch", "shapely", "onnxruntime", "onnx", "h5py", "osgeo"},
    "algorithms": {"torch", "shapely", "onnxruntime", "onnx", "h5py", "osgeo"},
    "maptools": {"torch", "shapely", "onnxruntime", "onnx", "h5py", "osgeo"},
    "training": GUI | {"tensorflow"},
}
EXCEPT = {"inference/onnx_dropout.py": {"onnx"}}
"""Monte-Carlo dropout edits the graph: imported lazily, in the command line and the runtime's child, never in QGIS."""


def imports(path: Path):
    """Yield (own package or "", foreign package or "") of every import in a file."""
    depth = len(path.relative_to(ROOT).parts)
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            yield from (("", alias.name.split(".")[0]) for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.level == 0:
            yield "", (node.module or "").split(".")[0]
        elif isinstance(node, ast.ImportFrom) and node.level == depth:
            yield (node.module or "").split(".")[0], ""


FOLDERS = [name for name in ALLOWED if (ROOT / name).is_dir()]


@pytest.mark.parametrize("folder", FOLDERS)
def test_arrows_point_down(folder):
    for path in (ROOT / folder).rglob("*.py"):
        own = {ours for ours, _ in imports(path) if ours} - {folder}
        assert own <= ALLOWED[folder], f"{path.relative_to(ROOT)} imports {own - ALLOWED[folder]}"


@pytest.mark.parametrize("folder", FOLDERS)
def test_nothing_forbidden_is_imported(folder):
    for path in (ROOT / folder).rglob("*.py"):
        allowed = EXCEPT.get(path.relative_to(ROOT).as_posix(), set())
        found = {foreign for _, foreign in imports(path)} & FORBIDDEN[folder] - allowed
        assert not found, f"{path.relative_to(ROOT)} imports {found}"


def test_the_core_imports_only_what_qgis_brings():
    known = {"numpy", "osgeo", "onnxruntime", "typing_extensions"}
    import sys

    for path in (ROOT / "inference").rglob("*.py"):
        allowed = known | EXCEPT.get(path.relative_to(ROOT).as_posix(), set())
        foreign = {name for _, name in imports(path) if name} - set(sys.stdlib_module_names) - allowed
        assert not foreign, f"{path.relative_to(ROOT)} imports {foreign}"


def test_the_package_itself_needs_no_qgis():
    tree = ast.parse((ROOT / "__init__.py").read_text(encoding="utf-8"))
    names = {node.module for node in tree.body if isinstance(node, ast.ImportFrom)}
    assert names == {"__future__", "typing"} and not [node for node in tree.body if isinstance(node, ast.Import)]


def test_versions_agree():
    from icemargin import __version__

    metadata = (ROOT / "metadata.txt").read_text(encoding="utf-8")
    assert f"\nversion={__version__}\n" in metadata
    assert f"[{__version__}]" in (ROOT / "CHANGELOG.md").read_text(encoding="utf-8")
