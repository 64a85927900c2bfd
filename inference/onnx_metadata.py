"""An ONNX file's metadata, read with the standard library alone.

QGIS's own Python has neither onnx nor onnxruntime, and a model's description must be readable there before
the runtime starts. An ONNX file is one protobuf message; only its outermost fields are looked at (onnx.proto,
`ModelProto`: 7 the graph, 14 the metadata; `StringStringEntryProto`: 1 the key, 2 the value).
"""

from __future__ import annotations

import os
from typing import BinaryIO, Dict, Iterator, Tuple

from .errors import ModelError
from .model import METADATA_KEY, ModelDescription, description_from_json

_GRAPH, _METADATA = 7, 14
_VARINT, _FIXED64, _BYTES, _FIXED32 = 0, 1, 2, 5
_LONGEST_ENTRY = 1 << 24


def read_description(path: str) -> ModelDescription:
    """Return the description in the ONNX file `path`. Raises ModelError that says what is wrong with the file."""
    metadata = read_metadata(path)
    if METADATA_KEY not in metadata:
        raise ModelError(
            f"{path} is an ONNX file without IceMargin's description; make one with `icemargin model import`."
        )
    return description_from_json(metadata[METADATA_KEY])


def read_metadata(path: str) -> Dict[str, str]:
    """Return the metadata of the ONNX file `path`. Raises ModelError if it cannot be read or is not one."""
    if not os.path.isfile(path):
        raise ModelError(f"There is no model file {path}; choose a model, or the classic method.")
    try:
        with open(path, "rb") as stream:
            return _entries(stream, os.path.getsize(path))
    except OSError as error:
        raise ModelError(f"{path} cannot be read ({error.strerror}); check its permissions.") from error
    except ValueError as error:
        raise ModelError(
            f"{path} is not a whole ONNX file ({error}); import the model again or choose another file."
        ) from error


def _entries(stream: BinaryIO, size: int) -> Dict[str, str]:
    metadata: Dict[str, str] = {}
    has_graph = False
    for number, length in _fields(stream, size):
        end = stream.tell() + length
        if number == _METADATA:
            if length > _LONGEST_ENTRY:
                raise ValueError("its metadata is too long")
            entry = {part: stream.read(n) for part, n in _fields(stream, end)}
            metadata[entry.get(1, b"").decode("utf-8")] = entry.get(2, b"").decode("utf-8")
        has_graph = has_graph or number == _GRAPH
        stream.seek(end)
    if not has_graph:
        raise ValueError("it has no graph")
    return metadata


def _fields(stream: BinaryIO, end: int) -> Iterator[Tuple[int, int]]:
    """Yield number and length of each field of bytes before `end`; the caller leaves the stream behind the field."""
    while stream.tell() < end:
        key = _varint(stream)
        number, kind = key >> 3, key & 7
        if kind == _VARINT:
            _varint(stream)
            continue
        lengths = {_FIXED64: 8, _FIXED32: 4}
        length = _varint(stream) if kind == _BYTES else lengths.get(kind, -1)
        if number == 0 or length < 0:
            raise ValueError("it is no protobuf message")
        if stream.tell() + length > end:
            raise ValueError("it ends too early")
        if kind == _BYTES:
            yield number, length
        else:
            stream.seek(length, os.SEEK_CUR)


def _varint(stream: BinaryIO) -> int:
    """Read a protobuf integer: seven bits a byte, the lowest first, at most ten bytes."""
    value = 0
    for shift in range(0, 70, 7):
        byte = stream.read(1)
        if not byte:
            raise ValueError("it ends too early")
        value |= (byte[0] & 0x7F) << shift
        if byte[0] < 0x80:
            return value
    raise ValueError("it is no protobuf message")
