"""Download the locked wheels of the runtime into a folder, for *Install from folder* on a machine without network.

    python scripts/wheelhouse.py [--platform windows-amd64] [--backend cpu] [--python 3.12] [--out wheelhouse]

The wheels of several Pythons, platforms and backends can share a folder. uv's wheel comes along.
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Dict, List

from icemargin.tasks.environment_locks import (
    BACKENDS,
    REQUIREMENTS,
    Lock,
    own_python_version,
    platform_name,
    read_locks,
)

TAGS: Dict[str, List[str]] = {
    "linux-x86_64": ["manylinux_2_28_x86_64", "manylinux_2_27_x86_64", "manylinux_2_17_x86_64", "manylinux2014_x86_64",
                     "manylinux_2_12_x86_64", "manylinux2010_x86_64", "manylinux_2_5_x86_64", "manylinux1_x86_64"],
    "windows-amd64": ["win_amd64"],
    "macos-arm64": [*(f"macosx_{major}_0_{kind}" for major in (13, 12, 11) for kind in ("arm64", "universal2"))],
    "macos-x86_64": [*(f"macosx_{major}_0_{kind}" for major in (13, 12, 11) for kind in ("x86_64", "universal2")),
                     *(f"macosx_10_{minor}_{kind}" for minor in range(16, 8, -1) for kind in ("x86_64", "universal2"))],
}  # fmt: skip


def main() -> int:
    """Parse, download, say how much it is."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--platform", default=platform_name(), choices=sorted(TAGS))
    parser.add_argument("--backend", default="cpu", choices=BACKENDS)
    parser.add_argument("--python", action="append", help="3.9 ... 3.13; may be repeated (default: this one's)")
    parser.add_argument("--out", type=Path, default=Path("wheelhouse"))
    chosen = parser.parse_args()
    locks = read_locks(REQUIREMENTS, chosen.platform).get(chosen.backend, {})
    for python in chosen.python or [own_python_version()]:
        if python not in locks:
            parser.error(f"Nothing is locked for {chosen.platform}, {chosen.backend}, Python {python}.")
        download(locks[python], chosen.out)
    download_uv(chosen.platform, chosen.out)
    size = sum(path.stat().st_size for path in chosen.out.glob("*.whl"))
    print(f"{chosen.out}: {len(list(chosen.out.glob('*.whl')))} wheels, {size / 1e6:,.0f} MB")
    return 0


def download(lock: Lock, out: Path) -> None:
    """Let pip download exactly what is locked, for another platform where that is asked."""
    with tempfile.TemporaryDirectory() as folder:
        requirements = Path(folder) / "requirements.txt"
        requirements.write_text(lock.text, encoding="ascii")
        command = [sys.executable, "-m", "pip", "download", "--quiet", "--disable-pip-version-check", "--no-deps",
                   "--only-binary=:all:", "--require-hashes", "-r", str(requirements), "-d", str(out)]  # fmt: skip
        tags = [f"--platform={tag}" for tag in TAGS[lock.platform]]
        subprocess.run([*command, "--python-version", lock.python, "--implementation", "cp", *tags], check=True)


def download_uv(platform: str, out: Path) -> None:
    """uv brings a Python to machines where QGIS's own makes no environments (Python itself still needs network)."""
    wheel = json.loads((REQUIREMENTS / "uv.json").read_text(encoding="utf-8"))["wheels"][platform]
    command = [sys.executable, "-m", "pip", "download", "--quiet", "--disable-pip-version-check", "--no-deps",
               "--only-binary=:all:", "-d", str(out), *(f"--platform={tag}" for tag in TAGS[platform])]  # fmt: skip
    subprocess.run([*command, f"{wheel['url']}#{wheel['sha256'].replace(':', '=')}"], check=True)


if __name__ == "__main__":
    sys.exit(main())
