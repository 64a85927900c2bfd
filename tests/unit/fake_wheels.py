"""Wheels of a few bytes that stand for numpy and onnxruntime, their lock, and a package index that can misbehave."""

from __future__ import annotations

import hashlib
import http.server
import importlib
import shutil
import threading
import zipfile
from contextlib import contextmanager
from pathlib import Path
from typing import Dict, Iterator, Mapping

from icemargin.tasks.environment import RuntimeManager
from icemargin.tasks.environment_locks import Lock, Pin, own_python_version
from icemargin.tasks.environment_network import NetworkSettings

# The new environment has no wheels of its own: the fakes hand on what this interpreter has.
SHIM = """
import importlib.util, sys
spec = importlib.util.spec_from_file_location({name!r}, {init!r}, submodule_search_locations=[{folder!r}])
module = importlib.util.module_from_spec(spec)
sys.modules[{name!r}] = module
spec.loader.exec_module(module)
"""
SPOILED: Mapping[str, str] = {
    "cannot be imported": "raise ImportError('libfake.so.1: cannot open shared object file')",
    "crashes": "import os; os.abort()",
    "computes wrongly": """
class Wrong(module.InferenceSession):
    def run(self, *arguments):
        return [1 - super().run(*arguments)[0] ** 2]
module.InferenceSession = Wrong
""",
}


def shim(name: str) -> str:
    """Return a module that turns into this interpreter's `name`."""
    init = importlib.import_module(name).__file__
    return SHIM.format(name=name, init=init, folder=str(Path(init).parent))


def make_wheel(folder: Path, name: str, version: str, text: str, extra: int = 0) -> Path:
    """Write a wheel of one module, with `extra` bytes of ballast."""
    folder.mkdir(parents=True, exist_ok=True)
    info = f"{name}-{version}.dist-info"
    files: Dict[str, str] = {
        f"{name}/__init__.py": text,
        f"{info}/METADATA": f"Metadata-Version: 2.1\nName: {name}\nVersion: {version}\n",
        f"{info}/WHEEL": "Wheel-Version: 1.0\nGenerator: test\nRoot-Is-Purelib: true\nTag: py3-none-any\n",
    }
    if extra:
        files[f"{name}/ballast.txt"] = "x" * extra
    files[f"{info}/RECORD"] = "".join(f"{file},,\n" for file in [*files, f"{info}/RECORD"])
    path = folder / f"{name}-{version}-py3-none-any.whl"
    with zipfile.ZipFile(path, "w") as archive:
        for file, content in files.items():
            archive.writestr(file, content)
    return path


def make_wheelhouse(folder: Path, version: str = "1.0", spoiled: str = "", extra: int = 0) -> Path:
    """Write fake wheels of numpy and onnxruntime; `spoiled` is a key of SPOILED."""
    make_wheel(folder, "numpy", version, shim("numpy"), extra)
    make_wheel(folder, "onnxruntime", version, shim("onnxruntime") + SPOILED.get(spoiled, ""))
    return folder


def lock_of(wheelhouse: Path) -> Lock:
    """Return the lock of all wheels in a folder, for this interpreter's version."""
    pins = []
    for path in sorted(wheelhouse.glob("*.whl")):
        name, version = path.name.split("-")[:2]
        pins.append(Pin(name, version, (hashlib.sha256(path.read_bytes()).hexdigest(),)))
    size = sum(path.stat().st_size for path in wheelhouse.glob("*.whl"))
    return Lock("linux-x86_64", "cpu", own_python_version(), tuple(pins), size)


def manager_for(folder: Path, wheelhouse: Path, template: Path, index: str = "") -> RuntimeManager:
    """Return a manager whose lock is what lies in `wheelhouse`; a copied venv saves seconds."""
    lock = lock_of(wheelhouse)

    def copy_venv(base_python: str, environment: Path, runner: object) -> None:
        shutil.copytree(template, environment, symlinks=True)

    return RuntimeManager(folder, NetworkSettings(index=index), {"cpu": {lock.python: lock}}, make=copy_venv)


@contextmanager
def package_index(wheelhouse: Path, fault: str = "") -> Iterator[str]:
    """Serve a folder of wheels as PyPI does and yield the address.

    `fault`: "broken off" (half of each wheel), "hangs" (never sends one), "another file" (a byte is changed).
    """

    class Handler(http.server.BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            name = self.path.rstrip("/").rsplit("/", 1)[-1]
            if not name.endswith(".whl"):
                links = "".join(f'<a href="/{path.name}">{path.name}</a>' for path in wheelhouse.glob(f"{name}-*.whl"))
                self._send(links.encode(), "text/html")
            else:
                self._send_wheel((wheelhouse / name).read_bytes())

        def _send_wheel(self, content: bytes) -> None:
            if fault == "hangs":
                release.wait(60)
            if fault == "another file":
                content += b"x"
            self._send(content, "application/zip", len(content) // 2 if fault == "broken off" else None)

        def _send(self, content: bytes, kind: str, stop: object = None) -> None:
            self.send_response(200)
            self.send_header("Content-Type", kind)
            self.send_header("Content-Length", str(len(content)))
            self.end_headers()
            self.wfile.write(content[:stop])

        def log_message(self, *arguments: object) -> None:
            pass

    release = threading.Event()
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_address[1]}/simple"
    finally:
        release.set()
        server.shutdown()
        server.server_close()
