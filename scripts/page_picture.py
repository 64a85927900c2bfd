"""Take pictures of a page of scores, light and dark, with headless Chromium, to look at.

Run: python scripts/page_picture.py PAGE.html OUT_FOLDER [--height 2400]
"""

from __future__ import annotations

import argparse
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

SCHEMES = {"light": "1", "dark": "0"}
"""Blink's numbers for prefers-color-scheme."""
QUIET = ("--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--hide-scrollbars",
         "--disable-background-networking", "--disable-component-update", "--disable-sync")  # fmt: skip


def picture(page: Path, out: Path, scheme: str, width: int, height: int) -> None:
    """Write one PNG of the page's top `height` pixels. Raises CalledProcessError."""
    with tempfile.TemporaryDirectory() as profile:
        command = [
            "chromium", *QUIET, f"--user-data-dir={profile}", f"--window-size={width},{height}",
            f"--blink-settings=preferredColorScheme={SCHEMES[scheme]}", f"--screenshot={out}", page.resolve().as_uri(),
        ]  # fmt: skip
        subprocess.run(command, check=True, capture_output=True, timeout=120)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("page", type=Path)
    parser.add_argument("out", type=Path)
    parser.add_argument("--width", type=int, default=1200)
    parser.add_argument("--height", type=int, default=2400)
    arguments = parser.parse_args()
    if shutil.which("chromium") is None:
        sys.exit("chromium is not there; on Debian: apt-get install --no-install-recommends chromium")
    arguments.out.mkdir(parents=True, exist_ok=True)
    for scheme in SCHEMES:
        target = arguments.out / f"{arguments.page.stem}-{scheme}.png"
        picture(arguments.page, target, scheme, arguments.width, arguments.height)
        print(target)


if __name__ == "__main__":
    main()
