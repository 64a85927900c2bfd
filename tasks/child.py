"""The runtime's child process: a script that the runtime's interpreter runs. QGIS never imports it.

Only the standard library is imported before the package is found: by this file's place, whatever the checkout is
called, and without putting any folder on the path, so that nothing beside it can shadow a library.
"""

from __future__ import annotations

import importlib.util
import json
import os
import sys
from pathlib import Path
from typing import BinaryIO

PACKAGE = "icemargin"


def _take_stdout() -> BinaryIO:
    """Return the real stdout, for answers only; what anything prints, C libraries too, goes to stderr: the log."""
    channel = os.fdopen(os.dup(1), "wb")
    os.dup2(2, 1)
    sys.stdout = sys.stderr
    return channel


def _load_package(root: Path) -> None:
    spec = importlib.util.spec_from_file_location(PACKAGE, root / "__init__.py", submodule_search_locations=[str(root)])
    if spec is None or spec.loader is None:
        raise ImportError(f"{root} is no package")
    module = importlib.util.module_from_spec(spec)
    sys.modules[PACKAGE] = module
    spec.loader.exec_module(module)


def main() -> int:
    """Serve requests until the parent closes the channel or dies."""
    answers = _take_stdout()
    _load_package(Path(__file__).absolute().parent.parent)
    try:
        from icemargin.tasks.child_server import serve
    except ImportError as error:
        message = f"{sys.executable} lacks what the runtime needs ({error}); choose another or repair the runtime."
        answers.write(json.dumps({"id": 1, "error": "RuntimeMissingError", "message": message}).encode() + b"\n")
        answers.flush()
        return 1
    serve(sys.stdin.buffer, answers)
    return 0


if __name__ == "__main__":
    sys.exit(main())
