"""Files that appear whole or not at all."""

from __future__ import annotations

import contextlib
import os
from pathlib import Path
from typing import Iterator, Union

from .errors import OutputError


@contextlib.contextmanager
def whole_file(target: Union[str, Path], advice: str = "choose another place, or free some space") -> Iterator[Path]:
    """Yield a path beside `target`: what is written there takes its place at the end, and is gone after any error.

    Raises OutputError with `advice` for what the system refuses meanwhile.
    """
    place = Path(target)
    part = place.with_name(f".{place.name}.{os.getpid()}.part")
    try:
        yield part
        os.replace(part, place)
    except OSError as error:
        raise OutputError(f"{target} cannot be written ({error.strerror or error}); {advice}.") from error
    finally:
        with contextlib.suppress(OSError):
            part.unlink()
