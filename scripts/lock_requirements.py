"""Lock the runtime's packages: resources/requirements/<platform>-<backend>.txt and uv.json, by uv from PyPI's index.

    python scripts/lock_requirements.py [NAME-PART ...]     Python 3.11 or newer, with the packages uv and packaging

Each file holds, for every Python version, exact versions with the hashes of those wheels that fit the platform. What
has no wheel for a platform and a Python is left out and reported, never built from source.
"""

from __future__ import annotations

import json
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any, Dict, Iterator, List, Optional, Tuple

import tomllib
from packaging.tags import Tag, compatible_tags, cpython_tags, mac_platforms
from packaging.utils import parse_wheel_filename

OUT = Path(__file__).resolve().parent.parent / "resources" / "requirements"
PYTHONS = ("3.9", "3.10", "3.11", "3.12", "3.13")
MACOS = (13, 0)
GLIBC = 28  # manylinux_2_28: Debian 10, Ubuntu 20.04, RHEL 8 and newer
PLATFORMS = {  # our name: uv's name, the tags of its wheels, best first
    "linux-x86_64": ("x86_64-manylinux_2_28", [f"manylinux_2_{minor}_x86_64" for minor in range(GLIBC, 4, -1)]
                     + ["manylinux2014_x86_64", "manylinux2010_x86_64", "manylinux1_x86_64", "linux_x86_64"]),
    "windows-amd64": ("x86_64-pc-windows-msvc", ["win_amd64"]),
    "macos-arm64": ("aarch64-apple-darwin", list(mac_platforms(MACOS, "arm64"))),
    "macos-x86_64": ("x86_64-apple-darwin", list(mac_platforms(MACOS, "x86_64"))),
}  # fmt: skip
COMMON = ("h5py", "onnx", "ml_dtypes", "numpy", "shapely>=2", "scipy", "pyproj", "fastscapelib", "matplotlib", "jinja2")
BACKENDS = {
    "cpu": ("onnxruntime<=1.31.1",),  # the version that the tests pass with
    # CUDA 12: drivers from 525 on, and older cards. From 1.24 on the wheels ask for CUDA 13 (driver 580).
    "cuda": ("onnxruntime-gpu[cuda,cudnn]>=1.22,<1.24",),
    "directml": ("onnxruntime-directml",),
    "openvino": ("onnxruntime-openvino",),
}
COMBINATIONS = (
    *((platform, "cpu") for platform in PLATFORMS),
    ("linux-x86_64", "cuda"), ("windows-amd64", "cuda"), ("windows-amd64", "directml"),
    ("linux-x86_64", "openvino"),  # its wheels for Windows do not bring OpenVINO itself
)  # fmt: skip

Wheel = Dict[str, Any]


def main(parts: List[str]) -> int:
    """Write all lock files whose name holds one of `parts` (all without any), and say what could not be locked."""
    OUT.mkdir(parents=True, exist_ok=True)
    for platform, backend in COMBINATIONS:
        name = f"{platform}-{backend}"
        if parts and not any(part in name for part in parts):
            continue
        wanted = (*COMMON, *BACKENDS[backend])
        sections = [(python, resolve(platform, wanted, python)) for python in PYTHONS]
        write(OUT / f"{name}.txt", name, [(python, wheels) for python, wheels in sections if wheels])
    if not parts or "uv" in parts:
        write_uv(OUT / "uv.json")
    return 0


def resolve(platform: str, wanted: Tuple[str, ...], python: str) -> List[Tuple[str, str, List[Wheel]]]:
    """Return (name, version, wheels that fit) of every package, [] where there is no solution in wheels."""
    with tempfile.TemporaryDirectory() as folder:
        out = Path(folder) / "pylock.toml"
        command = [
            sys.executable, "-m", "uv", "pip", "compile", "-", "--quiet", "--no-config", "--only-binary", ":all:",
            "--default-index", "https://pypi.org/simple", "--python-version", python,
            "--python-platform", PLATFORMS[platform][0], "--format", "pylock.toml", "-o", str(out),
        ]  # fmt: skip
        run = subprocess.run(command, input="\n".join(wanted), text=True, capture_output=True, check=False)
        if run.returncode:
            print(f"{platform} {wanted[-1]} Python {python}: not locked: {run.stderr.strip().splitlines()[-1]}")
            return []
        packages = tomllib.loads(out.read_text(encoding="utf-8"))["packages"]
    found = [(item["name"], item["version"], list(fitting(item, platform, python))) for item in packages]
    lacking = [name for name, _, wheels in found if not wheels]
    if lacking:
        print(f"{platform} {wanted[-1]} Python {python}: not locked: no wheel of {', '.join(lacking)}")
        return []
    return found


def fitting(package: Dict[str, Any], platform: str, python: Optional[str]) -> Iterator[Wheel]:
    """Yield the wheels of a package that install on a platform and Python."""
    tags = set(platform_tags(platform, python or "3.12"))
    for wheel in package.get("wheels", ()):
        name = wheel.get("name") or wheel["url"].rsplit("/", 1)[-1]
        if parse_wheel_filename(name)[3] & tags:
            yield {**wheel, "name": name}


def platform_tags(platform: str, python: str) -> Iterator[Tag]:
    version = tuple(int(part) for part in python.split("."))
    platforms = PLATFORMS[platform][1]
    yield from cpython_tags(version, platforms=platforms)
    yield from compatible_tags(version, f"cp{version[0]}{version[1]}", platforms)


def write(path: Path, name: str, sections: List[Tuple[str, List[Tuple[str, str, List[Wheel]]]]]) -> None:
    """Write one lock file; `# download` lines tell the bytes of each Python's wheels."""
    lines = [f"# {name}: locked by scripts/lock_requirements.py; do not edit."]
    for python, packages in sections:
        size = sum(max(wheel["size"] for wheel in wheels) for _, _, wheels in packages)
        lines += ["", f"# download {python} {size}"]
        for package, version, wheels in packages:
            hashes = sorted({wheel["hashes"]["sha256"] for wheel in wheels})
            lines.append(" \\\n".join(
                [f'{package}=={version} ; python_version == "{python}"', *(f"    --hash=sha256:{h}" for h in hashes)]
            ))  # fmt: skip
        print(f"{name} Python {python}: {len(packages)} packages, {size / 1e6:,.1f} MB")
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")


def write_uv(path: Path) -> None:
    """Write where uv's own wheels are: it brings a Python where QGIS has none that can make an environment."""
    wheels: Dict[str, Dict[str, Any]] = {}
    version = ""
    for platform in PLATFORMS:
        ((_, version, found),) = [item for item in resolve(platform, ("uv",), "3.12") if item[0] == "uv"]
        best = min(found, key=lambda wheel: str(wheel["name"]))
        wheels[platform] = {key: best[key] for key in ("name", "url", "size")} | {
            # A bare hash looks like a secret to the plugin repository's scanner.
            "sha256": f"sha256:{best['hashes']['sha256']}"
        }
    path.write_text(json.dumps({"version": version, "wheels": wheels}, indent=1) + "\n", encoding="utf-8")


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
