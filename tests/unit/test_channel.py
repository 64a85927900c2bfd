from __future__ import annotations

import os
import stat

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from icemargin.inference.errors import OutputError
from icemargin.tasks import channel
from icemargin.tasks.channel import (
    Place,
    SharedFile,
    create_shared,
    decode,
    encode,
    lay_out,
    place_from_message,
    remove_shared,
    shared_folders,
)


@given(st.dictionaries(st.text(), st.text() | st.integers() | st.floats(allow_nan=False) | st.none()))
def test_a_message_is_one_ascii_line_and_comes_back(message):
    line = encode(message)
    assert line.isascii()
    assert line.count(b"\n") == 1
    assert decode(line) == message


@pytest.mark.parametrize("line", [b"", b"hello\n", b"[1]\n", b"\xff\n", b'{"id": 1'])
def test_other_lines_are_no_messages(line):
    with pytest.raises(ValueError):
        decode(line)


@given(st.dictionaries(st.text(max_size=3), st.tuples(st.lists(st.integers(0, 9), max_size=4), st.sampled_from("fdb"))))
def test_places_are_aligned_and_do_not_overlap(arrays):
    places, size = lay_out({name: (tuple(shape), dtype) for name, (shape, dtype) in arrays.items()})
    end = 0
    for place in places.values():
        assert place.offset % 64 == 0
        assert place.offset >= end
        end = place.end
    assert size == end
    assert all(place_from_message(decode(encode(place.to_message()))) == place for place in places.values())


def test_both_sides_see_the_same_array():
    places, size = lay_out({"a": ((3,), "float64"), "b": ((2, 5), "float32")})
    mine = create_shared(size)
    theirs = SharedFile(mine.path)
    mine.array(places["b"])[...] = np.arange(10).reshape(2, 5)
    assert theirs.array(places["b"]).tolist() == np.arange(10.0).reshape(2, 5).tolist()
    assert mine.array(places["a"]).tolist() == [0, 0, 0]
    remove_shared(mine.path)
    assert theirs.array(places["a"]).tolist() == [0, 0, 0]


def test_the_file_is_private_and_its_memory_lives_as_long_as_a_view():
    memory = create_shared(100)
    assert stat.S_IMODE(os.stat(memory.path).st_mode) == 0o600
    view = memory.array(Place(0, (10,), "uint8"))
    path = memory.path
    del memory
    remove_shared(path)
    remove_shared(path)
    assert not os.path.exists(path)
    assert view.sum() == 0


@pytest.mark.parametrize("place", [Place(96, (2,), "float32"), Place(-4, (1,), "float32")])
def test_a_place_outside_is_refused(place):
    memory = create_shared(100)
    with pytest.raises(ValueError, match="outside"):
        memory.array(place)
    remove_shared(memory.path)


def test_a_full_folder_is_left_for_the_next_and_nothing_stays_there(tmp_path, monkeypatch):
    (tmp_path / "full").mkdir()
    (tmp_path / "free").mkdir()
    real = channel._filled_file

    def full(folder, size):
        if folder.endswith("full"):
            raise OSError(28, "No space left on device")
        return real(folder, size)

    monkeypatch.setattr(channel, "shared_folders", lambda: [str(tmp_path / "full"), str(tmp_path / "free")])
    monkeypatch.setattr(channel, "_filled_file", full)
    memory = create_shared(5 << 20)
    assert memory.path.startswith(str(tmp_path / "free"))
    remove_shared(memory.path)
    monkeypatch.setattr(channel, "shared_folders", lambda: [str(tmp_path / "full")])
    with pytest.raises(OutputError, match="no room for 5 MiB; free some space"):
        create_shared(5 << 20)


def test_a_write_that_fails_leaves_no_file(tmp_path, monkeypatch):
    class FullDisk:
        def __enter__(self):
            return self

        def __exit__(self, *args):
            return None

        def write(self, data):
            raise OSError(28, "No space left on device")

    real = os.fdopen

    def fdopen(handle, mode):
        real(handle, mode).close()
        return FullDisk()

    monkeypatch.setattr(channel, "shared_folders", lambda: [str(tmp_path)])
    monkeypatch.setattr(channel.os, "fdopen", fdopen)
    with pytest.raises(OutputError):
        create_shared(10)
    assert list(tmp_path.iterdir()) == []


def test_temporary_files_are_the_last_resort():
    import tempfile

    assert shared_folders()[-1] == tempfile.gettempdir()
