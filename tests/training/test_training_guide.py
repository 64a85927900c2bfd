"""The guide's commands, run in their order as a new user would, on a simulated scene; trainings are cut short."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from icemargin.tests.training.small_data import scene_of
from icemargin.training.simulate import write_scene
from osgeo import ogr

GUIDE = Path(__file__).parents[2] / "docs" / "training.md"
SHORT = {
    "train": ["--set", "run.steps_per_epoch=2", "run.epochs=2", "patch=96"],
    "learn": ["--epochs", "1", "--hold-back", "0.5", "--anyway"],
    "dataset build": ["--block-km", "2", "--gap", "100"],
}
"""What is added to a command so that it ends in seconds on a small scene."""


def commands():
    """Return the commands of the guide; the first section comes last, since it needs the model of the others."""
    sections = re.split(r"^## ", GUIDE.read_text(encoding="utf-8"), flags=re.MULTILINE)[1:]
    ordered = sections[1:] + sections[:1]
    text = "\n".join(ordered).replace("\\\n", " ")
    return [" ".join(line.split()) for line in text.splitlines() if line.startswith("    icemargin ")]


def shortened(command):
    if "--resume" in command or "--write-settings" in command:
        return command
    command = re.sub(r"--epochs \d+", "", command)
    for start, more in SHORT.items():
        if command.startswith(f"icemargin {start}"):
            given = command.split("--set ")
            if len(given) == 2 and "--set" in more:  # one --set takes all
                return f"{given[0]}--set {' '.join(more[1:])} {given[1]}"
            command = f"{command} {' '.join(more)}"
    return command


def accept_all(path: Path):
    data = ogr.Open(str(path), 1)
    layer = data.GetLayer("outlines")
    for feature in layer:
        feature.SetField("status", "accepted")
        layer.SetFeature(feature)
    layer.SyncToDisk()
    del layer, data


def run_in(folder: Path, command: str, environment):
    words = ["bash", "-c", command]
    run = subprocess.run(
        words, cwd=folder, capture_output=True, text=True, env={**os.environ, **environment}, check=False
    )
    assert run.returncode == 0, f"{command}\n{run.stdout}\n{run.stderr}"


@pytest.mark.slow
def test_every_command_of_the_guide_works(tmp_path):
    found = write_scene(scene_of(301, 160), tmp_path / "scene")
    for name, path in (("S2_20230817.tif", "optical"), ("dem.tif", "dem"), ("outlines.gpkg", "outlines")):
        shutil.copy(found[path], tmp_path / name)
    places = {"ICEMARGIN_HOME": str(tmp_path / "home"), "PATH": f"{Path(sys.executable).parent}:{os.environ['PATH']}"}
    listed = commands()
    assert len(listed) >= 11 and listed[-1].startswith("icemargin learn")
    for command in map(shortened, listed):
        if command.startswith("icemargin learn"):
            accept_all(tmp_path / "map" / "outlines.gpkg")
        run_in(tmp_path, command, places)
        if command.startswith("icemargin map"):  # a model of four steps finds nothing worth correcting
            run_in(tmp_path, command.replace("--model first", "--model classic"), places)
    assert (tmp_path / "first.html").stat().st_size > 10_000
    assert (tmp_path / "home").is_dir() and (tmp_path / "local" / "first-local.onnx").is_file()
