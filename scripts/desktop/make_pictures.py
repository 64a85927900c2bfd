"""Drive a real QGIS under a virtual screen through a tab of the panel, and keep pictures of it.

    python scripts/desktop/make_pictures.py [--data FOLDER] [--out docs/pictures] [--script compare_scene.py]

FOLDER holds optical_toa_dn.tif (blue green red nir swir1 as DN), elevation.tif and truth.gpkg (outlines); without it a
simulated scene is written in that form. Needs qgis, Xvfb, openbox and Pillow (scripts/pictures.sh installs them).
"""

from __future__ import annotations

import argparse
import os
import shutil
import subprocess
import sys
import tempfile
import time
from contextlib import contextmanager
from pathlib import Path
from typing import Dict, Iterator, List

from stand_in_model import write_model

ROOT = Path(__file__).resolve().parents[2]
DISPLAY = os.environ.get("ICEMARGIN_DISPLAY", ":97")
SCREEN = "1400x900x24"
LIMIT_SECONDS = 300


@contextmanager
def background(command: List[str], environment: Dict[str, str]) -> Iterator[None]:
    """Run a program for the length of the block."""
    process = subprocess.Popen(
        command, env=environment, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, start_new_session=True
    )
    try:
        time.sleep(1.0)
        if process.poll() is not None:
            raise SystemExit(f"{command[0]} ended at once (code {process.returncode}); is display {DISPLAY} in use?")
        yield
    finally:
        process.terminate()
        process.wait(10)


def write_sample(folder: Path) -> Path:
    """Write a simulated scene as a product of digital numbers that does not tell its scale."""
    from icemargin.training.simulate import simulate_scene, write_scene
    from osgeo import gdal

    paths = write_scene(simulate_scene(seed=3), folder)
    source = gdal.Open(str(paths["optical"]))
    bands = [source.GetRasterBand(number) for number in range(1, 6)]
    target = gdal.GetDriverByName("GTiff").Create(
        str(folder / "optical_toa_dn.tif"), source.RasterXSize, source.RasterYSize, len(bands), gdal.GDT_UInt16
    )
    target.SetGeoTransform(source.GetGeoTransform())
    target.SetProjection(source.GetProjection())
    for number, (band, name) in enumerate(zip(bands, ("B02", "B03", "B04", "B08", "B11")), start=1):
        reflectance = band.ReadAsArray() * band.GetScale() + band.GetOffset()
        target.GetRasterBand(number).SetDescription(name)
        target.GetRasterBand(number).WriteArray((reflectance * 10000).clip(1, 65535))
    target.FlushCache()
    shutil.copy(paths["dem"], folder / "elevation.tif")
    return folder


def write_profile(home: Path) -> None:
    """Make a QGIS profile in which the plugin is on and nothing pops up."""
    settings = home / "profiles" / "test" / "QGIS" / "QGIS3.ini"
    settings.parent.mkdir(parents=True)
    settings.write_text(
        "[PythonPlugins]\nicemargin=true\n"
        "[qgis]\ncheckVersion=false\nshowTips=false\nnewsFeed/enabled=false\n"
        "[app]\nfirstRunVersionFlag=99999\n[migration]\nfileVersion=2\n"
        "[core]\nNewsFeed/httpsfeedqgisorg/disabled=true\n",
        encoding="utf-8",
    )


def run_qgis(script: Path, home: Path, environment: Dict[str, str]) -> int:
    """Start QGIS with the plugin of this checkout and let it run `script`; return its exit code."""
    plugins = home / "plugins"
    plugins.mkdir()
    (plugins / "icemargin").symlink_to(ROOT, target_is_directory=True)
    write_profile(home)
    command = ["qgis", "--profiles-path", str(home), "--profile", "test", "--nologo", "--noversioncheck"]
    with background(["Xvfb", DISPLAY, "-screen", "0", SCREEN], environment), background(["openbox"], environment):
        try:
            return subprocess.run(
                [*command, "--code", str(script)],
                env={**environment, "QGIS_PLUGINPATH": str(plugins)},
                timeout=LIMIT_SECONDS,
                check=False,
            ).returncode
        except subprocess.TimeoutExpired:
            take_screenshot(home / "stuck.png", environment)
            return 124


def shrink(folder: Path, pattern: str) -> None:
    """Cut away the empty screen around the window, and keep 256 colours: small files for the documentation."""
    from PIL import Image

    for path in folder.glob(pattern):
        picture = Image.open(path).convert("RGB")
        picture.crop(picture.getbbox()).quantize(256, kmeans=1).save(path, optimize=True)


def take_screenshot(path: Path, environment: Dict[str, str]) -> None:
    """Keep what a session that hangs shows (needs ImageMagick)."""
    subprocess.run(["import", "-window", "root", str(path)], env=environment, timeout=20, check=False)


def main() -> int:
    """Make the pictures; the exit code is 0 only if every step of the session was done."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=Path)
    parser.add_argument("--out", type=Path, default=ROOT / "docs" / "pictures")
    parser.add_argument("--script", type=Path, default=Path(__file__).with_name("map_scene.py"))
    arguments = parser.parse_args()
    home = Path(tempfile.mkdtemp(prefix="icemargin-desktop-"))
    data = arguments.data or write_sample(home / "sample")
    if not (data / "optical_toa_dn.tif").is_file():
        print(f"{data} has no optical_toa_dn.tif; give another folder with --data.", file=sys.stderr)
        return 2
    arguments.out.mkdir(parents=True, exist_ok=True)
    for name in ("first", "second"):
        write_model(home / ".local" / "share" / "icemargin" / "models" / f"{name}.onnx")
    environment = {
        **{name: value for name, value in os.environ.items() if not name.startswith("PYTHON")},
        # QGIS's Python looks for its home beside the first python3 on the PATH: that must be the system's.
        "PATH": "/usr/bin:/bin:" + os.environ.get("PATH", ""),
        "DISPLAY": DISPLAY,
        "QT_QPA_PLATFORM": "xcb",
        "HOME": str(home),
        # QGIS marks layers in the temporary folder as temporary; the results are not there.
        "TMPDIR": str(home / "tmp"),
        "XDG_RUNTIME_DIR": str(home),
        "ICEMARGIN_DATA": str(data.resolve()),
        "ICEMARGIN_PICTURES": str(arguments.out.resolve()),
        "ICEMARGIN_DONE": str(home / "done"),
        "ICEMARGIN_RUNTIME": sys.executable,
    }
    home.chmod(0o700)
    (home / "tmp").mkdir()
    try:
        code = run_qgis(arguments.script.resolve(), home, environment)
        done = home / "done"
        if not done.exists():
            print(f"QGIS ended (code {code}) before the session was done.", file=sys.stderr)
            if (home / "stuck.png").exists():
                shutil.copy(home / "stuck.png", arguments.out / "stuck.png")
            return 1
        print(done.read_text(encoding="utf-8"))
        if code != 0:
            print(f"QGIS did not end by itself (code {code}).", file=sys.stderr)
            shutil.copy(home / "stuck.png", arguments.out / "stuck.png")
            return 1
        shrink(arguments.out, f"{arguments.script.stem.split('_')[0]}-*.png")
        return 0 if "failed" not in done.read_text(encoding="utf-8") else 1
    finally:
        shutil.rmtree(home, ignore_errors=True)


if __name__ == "__main__":
    sys.exit(main())
