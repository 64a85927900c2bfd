from __future__ import annotations

import re

import pytest
from icemargin.inference.errors import InstallError
from icemargin.inference.libraries import FLOWSHEDS, OUTLINES, PAGES
from icemargin.tasks.environment_locks import (
    BACKENDS,
    REQUIREMENTS,
    RUNTIMES,
    Lock,
    Pin,
    best_python,
    platform_name,
    read_locks,
    suggest_backend,
)

FILES = sorted(REQUIREMENTS.glob("*-*.txt"))
PYTHONS = ["3.9", "3.10", "3.11", "3.12", "3.13"]


def test_every_platform_has_a_cpu_backend():
    names = {path.stem for path in FILES}
    assert {f"{name}-cpu" for name in ("linux-x86_64", "windows-amd64", "macos-arm64", "macos-x86_64")} <= names
    assert {"linux-x86_64-cuda", "windows-amd64-cuda", "windows-amd64-directml", "linux-x86_64-openvino"} <= names


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_each_lock_is_whole(path):
    platform, backend = path.stem.rsplit("-", 1)
    assert backend in BACKENDS
    locks = read_locks(REQUIREMENTS, platform)[backend]
    without = {"cuda": ["3.9"]}.get(backend, []) + (["3.13"] if platform == "macos-arm64" else [])
    assert list(locks) == [python for python in PYTHONS if python not in without]
    for lock in locks.values():
        names = [pin.name for pin in lock.pins]
        assert len(set(names)) == len(names)
        assert {"numpy", "h5py", "onnx", *OUTLINES, *FLOWSHEDS, *PAGES} < set(names)
        assert sum(name in RUNTIMES for name in names) == 1
        assert all(pin.hashes for pin in lock.pins)
        assert 30e6 < lock.download_bytes < lock.installed_bytes < lock.needed_bytes(True) < lock.needed_bytes(False)
        requirement = re.compile(r"[\w.-]+==[\w.]+( --hash=sha256:[0-9a-f]{64})+")
        assert all(requirement.fullmatch(line) for line in lock.text.splitlines())


def test_two_runtimes_together_are_refused():
    pins = tuple(Pin(name, "1.0", ("0" * 64,)) for name in ("onnxruntime", "onnxruntime-gpu"))
    for wrong in (pins, ()):
        with pytest.raises(InstallError, match=f"hold {len(wrong)} onnxruntimes instead of one"):
            Lock("linux-x86_64", "cuda", "3.11", wrong, 1)


def test_the_digest_tells_packages_apart():
    def lock(version: str, backend: str = "cpu") -> Lock:
        return Lock("linux-x86_64", backend, "3.11", (Pin("onnxruntime", version, ("0" * 64,)),), 1)

    assert lock("1.0").digest == lock("1.0").digest
    assert len({lock("1.0").digest, lock("1.1").digest, lock("1.0", "cuda").digest}) == 3


@pytest.mark.parametrize(
    ("system", "machine", "name"),
    [
        ("linux", "x86_64", "linux-x86_64"),
        ("win32", "AMD64", "windows-amd64"),
        ("darwin", "arm64", "macos-arm64"),
        ("darwin", "x86_64", "macos-x86_64"),
        ("freebsd14", "amd64", "freebsd14-amd64"),
    ],
)
def test_the_platforms_name(system, machine, name):
    assert platform_name(system, machine) == name


def test_a_platform_without_a_lock_says_what_to_do():
    with pytest.raises(InstallError, match=r"no locked packages for freebsd14-amd64; .*classic method"):
        read_locks(REQUIREMENTS, "freebsd14-amd64")


@pytest.mark.parametrize(
    ("available", "nvidia", "backend"),
    [
        (["cpu", "cuda", "openvino"], True, "cuda"),
        (["cpu", "cuda", "openvino"], False, "cpu"),
        (["cpu", "cuda", "directml"], False, "directml"),
        (["cpu", "cuda", "directml"], True, "cuda"),
        (["cpu"], True, "cpu"),
    ],
)
def test_the_backend_that_is_suggested(available, nvidia, backend):
    assert suggest_backend(available, nvidia) == backend


def test_the_best_python():
    assert best_python(PYTHONS, "3.9") == "3.9"
    assert best_python(PYTHONS, "3.14") == "3.12"
    assert best_python(["3.13"]) == "3.13"
