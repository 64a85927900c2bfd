from __future__ import annotations

import subprocess
import sys

import pytest
from icemargin.inference.errors import RuntimeMissingError
from icemargin.tasks.spawn import popen_options, python_command, refuse_what_is_no_python, scrubbed_environment

HARMFUL = ("PYTHONPATH", "PYTHONHOME", "__PYVENV_LAUNCHER__", "PIP_INDEX_URL", "VIRTUAL_ENV", "GDAL_DATA", "PROJ_LIB",
           "PROJ_DATA", "LD_LIBRARY_PATH", "LD_PRELOAD", "DYLD_LIBRARY_PATH", "DYLD_INSERT_LIBRARIES")  # fmt: skip


@pytest.mark.parametrize("name", HARMFUL)
def test_what_leads_to_other_libraries_is_not_inherited(name):
    assert scrubbed_environment({name: "x", "PATH": "/bin", "CUDA_VISIBLE_DEVICES": "0"}) == {
        "PATH": "/bin", "CUDA_VISIBLE_DEVICES": "0",
    }  # fmt: skip


def test_a_child_sees_none_of_it(monkeypatch):
    for name in HARMFUL:
        if not name.startswith("LD_"):  # the loader reads these in this process's other children as well
            monkeypatch.setenv(name, "/nowhere")
    code = "import os, sys; print(sorted(os.environ)); print(sys.flags.isolated, sys.flags.utf8_mode)"
    out = subprocess.run(
        python_command(sys.executable, "-c", code), **popen_options(), capture_output=True, text=True, check=True
    ).stdout
    assert not [name for name in HARMFUL if repr(name) in out]
    assert out.splitlines()[1] == "1 1"


@pytest.mark.parametrize("name", ["qgis", "qgis-bin.exe", "QGIS", "sh"])
def test_what_is_not_called_python_is_never_started(tmp_path, name):
    (tmp_path / name).write_text("")
    with pytest.raises(RuntimeMissingError, match="is not a Python interpreter"):
        refuse_what_is_no_python(str(tmp_path / name))


@pytest.mark.parametrize("name", ["python", "python3.11", "python.exe", "Python", "pythonw.exe", "pypy3"])
def test_pythons_names(tmp_path, name):
    (tmp_path / name).write_text("")
    refuse_what_is_no_python(str(tmp_path / name))


@pytest.mark.parametrize(("path", "message"), [("", "none is set up"), ("/nowhere/python", "is not there")])
def test_nothing_there(path, message):
    with pytest.raises(RuntimeMissingError, match=message):
        refuse_what_is_no_python(path)
