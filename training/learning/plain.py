"""Frozen dataclasses from and to plain nested mappings (YAML), with errors that name the key."""

from __future__ import annotations

import dataclasses
from difflib import get_close_matches
from pathlib import Path
from typing import Any, Dict, List, Mapping, Sequence, Tuple, Type, TypeVar, Union, get_args, get_origin, get_type_hints

import yaml

from ...inference.errors import SettingsError
from ...inference.whole_file import whole_file

T = TypeVar("T")


def one_of(key: str, value: Any, allowed: Sequence[str]) -> None:
    """Raise SettingsError unless `value` is one of `allowed`."""
    if value not in allowed:
        names = ", ".join(repr(name) if name == "" else str(name) for name in allowed)
        raise SettingsError(f"{key}: {value!r} is not known{_nearest(str(value), allowed)}; choose of {names}.")


def within(part: str, settings: Any, low: float, high: float, *names: str) -> None:
    """Raise SettingsError unless the fields lie between `low` and `high`."""
    for name in names:
        value = getattr(settings, name)
        if not low <= value <= high:
            raise SettingsError(f"{_joined(part, name)}: {value} must lie between {low:g} and {high:g}.")


def at_least(part: str, settings: Any, low: float, *names: str) -> None:
    """Raise SettingsError if a field is below `low`, or is no finite number."""
    for name in names:
        value = getattr(settings, name)
        if not low <= value < float("inf"):
            raise SettingsError(f"{_joined(part, name)}: {value} must be at least {low:g}.")


def read_yaml(path: Path) -> Dict[str, Any]:
    """Return the file's mapping. Raises SettingsError."""
    try:
        values = yaml.safe_load(path.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError) as error:
        raise SettingsError(f"The settings {path} cannot be read ({error}).") from error
    except yaml.YAMLError as error:
        raise SettingsError(f"{path} is no YAML ({' '.join(str(error).split())}).") from error
    if not isinstance(values or {}, dict):
        raise SettingsError(f"{path} must hold lines like `strategy: global`.")
    return dict(values or {})


def write_yaml(values: Mapping[str, Any], path: Path) -> None:
    """Write a mapping in its own order; the file appears whole. Raises OutputError."""
    with whole_file(path) as part:
        part.write_text(yaml.safe_dump(values, sort_keys=False, allow_unicode=True), encoding="utf-8")


def merged(*layers: Mapping[str, Any]) -> Dict[str, Any]:
    """Return nested mappings laid over each other; `features` is replaced whole."""
    result: Dict[str, Any] = {}
    for layer in layers:
        for key, value in layer.items():
            below = result.get(key)
            if isinstance(value, Mapping) and isinstance(below, Mapping) and key != "features":
                result[key] = merged(below, value)
            else:
                result[key] = value
    return result


def to_plain(value: Any) -> Any:
    """Return what YAML can hold: dataclasses become mappings, tuples lists."""
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        return {field.name: to_plain(getattr(value, field.name)) for field in dataclasses.fields(value)}
    if isinstance(value, Mapping):
        return {key: to_plain(item) for key, item in value.items()}
    return [to_plain(item) for item in value] if isinstance(value, (list, tuple)) else value


def from_plain(kind: Type[T], values: Mapping[str, Any], where: str = "") -> T:
    """Return a dataclass from a mapping; keys that are missing keep their default. Raises SettingsError."""
    hints = get_type_hints(kind)
    for key in values:
        if key not in hints:
            close = _nearest(str(key), list(hints))
            raise SettingsError(f"{_joined(where, str(key))} is no setting{close}; known are {', '.join(hints)}.")
    return kind(**{key: _converted(hints[key], value, _joined(where, key)) for key, value in values.items()})


def _converted(kind: Any, value: Any, key: str) -> Any:
    """Return `value` as the annotation says. Raises SettingsError."""
    if dataclasses.is_dataclass(kind):
        if not isinstance(value, Mapping):
            raise SettingsError(f"{key} is a group of settings, not {value!r}; write {key}.NAME.")
        made: Any = from_plain(kind, value, key)  # type: ignore[arg-type]
        return made
    origin = get_origin(kind)
    if origin is Union:
        return None if value is None else _converted(get_args(kind)[0], value, key)
    if origin is tuple:
        return _numbers(value, key) if get_args(kind)[0] is float else tuple(_listed(value, key))
    if origin is not None:  # a mapping of names to tuples
        return {name: tuple(_listed(item or (), f"{key}.{name}")) for name, item in _mapping(value, key).items()}
    return _number(kind, value, key) if kind in (int, float) else _same(kind, value, key)


def _mapping(value: Any, key: str) -> Mapping[str, Any]:
    if not isinstance(value, Mapping):
        raise SettingsError(f"{key}: {value!r} must be a list of names, or names with lists.")
    return value


def _listed(value: Any, key: str) -> Tuple[str, ...]:
    items: List[Any] = [value] if isinstance(value, str) else value
    if not isinstance(items, (list, tuple)) or not all(isinstance(item, str) for item in items):
        raise SettingsError(f"{key}: {value!r} must be a list of names, like [one, two].")
    return tuple(items)


def _numbers(value: Any, key: str) -> Tuple[float, ...]:
    if not isinstance(value, (list, tuple)):
        raise SettingsError(f"{key}: {value!r} must be a list of numbers, like [1, 2.5].")
    return tuple(_number(float, item, key) for item in value)


def _number(kind: Any, value: Any, key: str) -> Any:
    """YAML reads 5e-4 as text (it wants 5.0e-4): taken as the number it is."""
    try:
        if isinstance(value, bool) or not isinstance(value, (int, float, str)):
            raise ValueError
        number = float(value)
        if kind is float:
            return number
        if number != int(number):
            raise ValueError
        return int(number)
    except (ValueError, OverflowError):
        what = "a number" if kind is float else "a whole number"
        raise SettingsError(f"{key}: {value!r} must be {what}.") from None


def _same(kind: Any, value: Any, key: str) -> Any:
    if not isinstance(value, kind):
        raise SettingsError(f"{key}: {value!r} must be a {'name' if kind is str else kind.__name__}.")
    return value


def _nearest(word: str, known: Sequence[str]) -> str:
    close = get_close_matches(word, known, 1)
    return f" (did you mean {close[0]}?)" if close else ""


def _joined(where: str, key: str) -> str:
    return f"{where}.{key}" if where and where != "settings" else key
