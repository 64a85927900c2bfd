from __future__ import annotations

import ast
import importlib.util
import json
import subprocess
import sys
import zipfile
from pathlib import Path
from types import ModuleType

import pytest

ROOT = Path(__file__).parents[2]


def script(name: str) -> ModuleType:
    spec = importlib.util.spec_from_file_location(name, ROOT / "scripts" / f"{name}.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


package, rules = script("package"), script("package_rules")
sys.modules["package_rules"] = rules  # as where the scripts lie beside each other
check = script("check_package")


def copy_of(root: Path, target: Path) -> Path:
    for name in reversed(list(package.plugin_files(root))):
        (target / name).parent.mkdir(parents=True, exist_ok=True)
        (target / name).write_bytes((root / name).read_bytes())
    return target


@pytest.fixture(scope="module")
def sources(tmp_path_factory) -> Path:
    """The sources as they are now: nobody edits them between two builds."""
    return copy_of(ROOT, tmp_path_factory.mktemp("sources"))


@pytest.fixture(scope="module")
def built(sources, tmp_path_factory) -> Path:
    return package.build(sources, tmp_path_factory.mktemp("dist"))


@pytest.fixture(scope="module")
def unpacked(built, tmp_path_factory) -> Path:
    """The plugin under another folder name, far from the checkout."""
    folder = tmp_path_factory.mktemp("plugins")
    with zipfile.ZipFile(built) as archive:
        archive.extractall(folder)
    (folder / "icemargin").rename(folder / "another_name")
    return folder


def names_in(path: Path) -> list[str]:
    with zipfile.ZipFile(path) as archive:
        return archive.namelist()


def test_the_repository_finds_no_fault(built):
    assert rules.structure_faults(built) == []
    assert rules.metadata_faults(built)[1] == []
    assert built.stat().st_size < 10_000_000


def test_it_holds_what_runs_and_nothing_else(built):
    names = names_in(built)
    assert {name.split("/")[0] for name in names} == {"icemargin"}
    top = ("LICENSE", "metadata.txt", "README.md", "plugin.py")
    inside = ("ui/bands_dialog.ui", "weights/convert.py", "commands/map_command.py", "tasks/child.py")
    for needed in (*top, *inside, "resources/calibration/classic_ratio.json", "resources/icon.png"):
        assert f"icemargin/{needed}" in names
    folders = {name.split("/")[1] for name in names if name.count("/") > 1}
    assert folders <= set(package.PACKAGES)
    assert not folders & {"training", "tests", "benchmarks", "scripts", "docs"}


def imported_packages(path: Path, root: Path) -> set[str]:
    """Return which folders of the package a file imports."""
    found = set()
    depth = len(path.relative_to(root).parts)
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.ImportFrom) and node.level == depth:
            found |= {node.module.split(".")[0]} if node.module else {alias.name for alias in node.names}
    return found


def test_no_module_needs_one_that_was_left_out(unpacked):
    """Commands that train ask `require_training` first, which tells where training is to be had."""
    root = unpacked / "another_name"
    for path in root.rglob("*.py"):
        for name in imported_packages(path, root) - ({"training"} if path.parent.name == "commands" else set()):
            there = (root / name).is_dir() or (root / f"{name}.py").is_file() or not (ROOT / name).exists()
            assert there, f"{path.relative_to(root)} imports {name}, which is not in the package"


def test_the_same_sources_give_the_same_bytes(sources, built, tmp_path):
    assert package.build(sources, tmp_path / "again").read_bytes() == built.read_bytes()


def test_bytes_do_not_depend_on_time_or_place(sources, built, tmp_path):
    """Another copy, written later and in another order, executable, with junk in it, gives the same zip."""
    copy = copy_of(sources, tmp_path / "copy")
    for path in copy.rglob("*.py"):
        path.chmod(0o755)
    for junk in ("ui/__pycache__/x.cpython-311.pyc", "ui/.hidden", "ui/notes.bak", "tests/test_x.py", "inference/x.so"):
        (copy / junk).parent.mkdir(parents=True, exist_ok=True)
        (copy / junk).write_text("x")
    assert package.build(copy, tmp_path / "b").read_bytes() == built.read_bytes()


def test_it_maps_under_another_name_with_nothing_but_numpy_and_gdal(unpacked, tmp_path):
    """In a fresh process whose only way to our code is the unpacked zip."""
    code = f"""
import importlib.abc, json, sys
class Refuse(importlib.abc.MetaPathFinder):
    def find_spec(self, name, path=None, target=None):
        if name.split(".")[0] in {{"icemargin", "onnx", "onnxruntime", "h5py", "torch", "shapely", "scipy", "pyproj"}}:
            raise ImportError(name + " is not there")
sys.meta_path.insert(0, Refuse())
sys.path.insert(0, {str(unpacked)!r})
from another_name.cli import main
code = main(["doctor", "--runtime", ""])
ours = sorted(name for name in sys.modules if name.startswith("another_name."))
print(json.dumps([code, ours, sys.modules["another_name"].__file__]))
"""
    run = subprocess.run([sys.executable, "-I", "-c", code], cwd=tmp_path, capture_output=True, text=True, check=False)
    assert run.returncode == 0, run.stderr
    code, modules, place = json.loads(run.stdout.splitlines()[-1])
    assert code == 0 and "a trial scene mapped" in run.stdout
    assert Path(place).parent.parent == unpacked
    assert "another_name.inference.delineate" in modules
    assert not [name for name in modules if name.split(".")[1] in ("training", "tests", "scripts")]


def test_every_module_of_it_compiles_on_the_oldest_python(unpacked):
    for path in unpacked.rglob("*.py"):
        ast.parse(path.read_text(encoding="utf-8"), str(path), feature_version=(3, 9))


def test_the_child_runs_from_the_unpacked_package(unpacked, tmp_path):
    """A model in the runtime's child, both from the unpacked zip."""
    from icemargin.tests.unit.tiny_onnx import save_model

    model = save_model(tmp_path / "m.onnx")
    code = f"""
import sys
sys.path.insert(0, {str(unpacked)!r})
from another_name.tasks.child_predictor import ChildPredictor
from another_name.inference.golden import measure_golden
predictor = ChildPredictor(sys.executable, {str(model)!r}, "cpu", 1)
print(measure_golden(predictor).probabilities[0], predictor.provider, "onnxruntime" in sys.modules)
predictor.close()
"""
    run = subprocess.run([sys.executable, "-I", "-c", code], cwd=tmp_path, capture_output=True, text=True, check=False)
    assert run.returncode == 0, run.stderr
    assert run.stdout.split()[1:] == ["CPUExecutionProvider", "False"]


def test_the_changelog_is_in_the_metadata(built):
    fields = rules.metadata_faults(built)[0]
    assert fields["changelog"].startswith(f"{fields['version']} (")
    first_point = (ROOT / "CHANGELOG.md").read_text(encoding="utf-8").split("\n- ")[1].split("\n")[0]
    assert first_point in " ".join(fields["changelog"].split())


CHANGELOG = """# Changelog

## [Unreleased]

- not told

## [1.2.0] - 2027-01-02

About 90 % - more or less -
of it.

### Added

- one, over
  two lines - with a dash
- 50 % more

## [1.1.0] - 2026-12-01

- old
"""


def test_points_of_the_changelog():
    newest = ["1.2.0 (2027-01-02)", "About 90 % - more or less - of it.", "- one, over two lines - with a dash"]
    assert package.changelog_entries(CHANGELOG) == ["\n".join([*newest, "- 50 % more"]), "1.1.0 (2026-12-01)\n- old"]


def test_metadata_with_percent_signs_can_be_read_by_the_repository(built, tmp_path):
    metadata = (ROOT / "metadata.txt").read_text(encoding="utf-8").replace("\nversion=0.1.0", "\nversion=1.2.0")
    made = spoiled(built, tmp_path, {"metadata.txt": package.with_changelog(metadata, CHANGELOG)})
    fields, faults = rules.metadata_faults(made)
    assert faults == [] and "50 % more" in fields["changelog"]


def test_a_version_that_the_changelog_does_not_know_is_refused():
    metadata = (ROOT / "metadata.txt").read_text(encoding="utf-8")
    with pytest.raises(ValueError, match="CHANGELOG"):
        package.with_changelog(metadata, CHANGELOG)


def spoiled(built: Path, folder: Path, changes: dict[str, str | None]) -> Path:
    """Return a copy of the package with files added, replaced, or (None) taken out."""
    target = folder / "spoiled.zip"
    with zipfile.ZipFile(built) as source, zipfile.ZipFile(target, "w") as copy:
        for name in source.namelist():
            if name.removeprefix("icemargin/") not in changes:
                copy.writestr(name, source.read(name))
        for name, content in changes.items():
            if content is not None:
                copy.writestr(name if name.startswith("/") else f"icemargin/{name}", content)
    return target


@pytest.mark.parametrize(
    ("name", "content", "fault"),
    [
        ("LICENSE", None, "LICENSE is missing"),
        ("inference/x.so", "x", "binary"),
        ("ui/__pycache__/x.py", "x", "belong"),
        ("tests/test_x.py", "x", "belong"),
        (".env", "x", "hidden"),
        ("ui/../x.py", "x", "strange name"),
        ("ui/größe.py", "x", "strange name"),
        ("resources/big.json", "x" * 10_000_001, "MB"),
    ],
)
def test_faults_of_the_structure_are_found(built, tmp_path, name, content, fault):
    assert any(fault in found for found in rules.structure_faults(spoiled(built, tmp_path, {name: content})))


@pytest.mark.parametrize(
    ("old", "new", "fault"),
    [
        ("version=0.1.0", "version=one", "no version"),
        ("qgisMinimumVersion=3.22", "qgisMinimumVersion=", "qgisMinimumVersion is missing"),
        ("tracker=https://", "tracker=ask.", "tracker is no address"),
        ("name=IceMargin", "name=IceMargin Plugin", "plugin"),
        ("experimental=True", "experimental=yes", "neither True nor False"),
        ("category=Raster", "category=Ice", "category"),
        ("icon=resources/icon.png", "icon=icon.png", "icon"),
        ("author=The", "author=The/", "slash"),
        ("[general]", "[all]", "cannot be read"),
        ("description=", "description=" + 200 * "x", "letters long"),
        ("about=", "about=50% ", "cannot be read"),
    ],
)
def test_faults_of_the_metadata_are_found(built, tmp_path, old, new, fault):
    with zipfile.ZipFile(built) as archive:
        text = archive.read("icemargin/metadata.txt").decode()
    assert old in text
    made = spoiled(built, tmp_path, {"metadata.txt": text.replace(old, new, 1)})
    assert any(fault in found for found in rules.metadata_faults(made)[1])


@pytest.mark.parametrize(
    ("tool", "printed", "fault"),
    [
        (
            check.bandit_faults,
            {
                "results": [{"filename": "a.py", "line_number": 3, "test_id": "B602", "issue_text": "shell"}],
                "errors": [],
            },
            "a.py:3: B602 shell",
        ),
        (check.bandit_faults, {"results": [], "errors": [{"filename": "a.py", "reason": "syntax"}]}, "a.py: syntax"),
        (check.secret_faults, {"results": {"a.json": [{"line_number": 8, "type": "Hex"}]}}, "a.json:8: Hex"),
    ],
)
def test_findings_of_the_tools_become_faults(monkeypatch, tool, printed, fault):
    monkeypatch.setattr(check, "run_json", lambda *_: printed)
    assert len(tool(Path())) == 1 and fault in tool(Path())[0]


def test_the_analyzer_s_findings_that_forbid_an_upload():
    issues = [{"type": "METADATA_VERSION", "message": "no version"}, {"type": "MISSING_I18N", "message": "text"}]
    report = {
        "security": {"findings": ["eval"]},
        "repository_compliance": {"binaries": ["x.so"], "constraint_errors": ["name"]},
        "qgis_compliance": {"best_practices": {"issues": issues}},
    }
    assert check.analyzer_faults(report) == ["security: eval", "binary: x.so", "name", "no version"]


def test_a_tool_that_does_not_run_is_no_clean_bill(tmp_path):
    with pytest.raises(SystemExit, match="did not run"):
        check.run_json(tmp_path, sys.executable, "-c", "print('no json')")
    with pytest.raises(SystemExit, match="no_such_tool"):
        check.run_json(tmp_path, sys.executable, "-m", "no_such_tool")
