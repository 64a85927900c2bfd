"""Results as values that JSON knows, and how a page shows them: each number of a page is one of the values."""

from __future__ import annotations

import json
import math
from typing import Any, Callable


def without_nan(value: Any) -> Any:
    """Return the value, lists and dictionaries in it too, with None for what is not a finite number."""
    if isinstance(value, dict):
        return {key: without_nan(part) for key, part in value.items()}
    if isinstance(value, (list, tuple)):
        return [without_nan(part) for part in value]
    return None if isinstance(value, float) and not math.isfinite(value) else value


def as_json(values: Any) -> str:
    """Return the values as JSON; never NaN, which JSON does not know."""
    return json.dumps(values, indent=1, allow_nan=False) + "\n"


def looked_up(values: Any, path: str) -> Any:
    """Return the value at a path like "sets/0/tiles"; in a key ~1 stands for / and ~0 for ~, as in a JSON Pointer."""
    for part in path.split("/"):
        key = part.replace("~1", "/").replace("~0", "~")
        values = values[int(key)] if isinstance(values, list) else values[key]
    return values


def as_key(name: str) -> str:
    """Return a name as a part of a path."""
    return name.replace("~", "~0").replace("/", "~1")


def last_key(path: str) -> str:
    """Return the name that decides how a value is shown: the last key that is no number."""
    return next((key for key in reversed(path.split("/")) if not key.isdigit()), "")


def marked_numbers(values: Any, shown: Callable[[Any, str], str]) -> Callable[[str], Any]:
    """Return a template's function that shows the value at a path in a span that tells where it is from."""
    from markupsafe import Markup

    def number(path: str) -> Any:
        return Markup('<span data-of="{}">{}</span>').format(path, shown(looked_up(values, path), last_key(path)))

    return number
