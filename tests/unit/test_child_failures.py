from __future__ import annotations

import pytest
from icemargin.inference import errors
from icemargin.inference.onnx_predictor import OUT_OF_MEMORY
from icemargin.tasks.child_failures import WHOLE, error_from, explain_exit


@pytest.mark.parametrize(
    ("code", "log", "message"),
    [
        (-9, (), "most likely because memory ran out; close other programs, choose fewer threads"),
        (137, (), "most likely because memory ran out"),
        (-6, ("terminate called after throwing 'std::bad_alloc'",), "The memory ran out while the model ran"),
        (1, ("x", "MemoryError", "y"), "The memory ran out"),
        (1, ("Failed to allocate memory for requested buffer of size 9",), "The memory ran out"),
        (0xC0000017, (), "The memory ran out"),
        (0xC0000017 - (1 << 32), (), "The memory ran out"),
        (-11, (), r"unexpectedly \(crash, SIGSEGV\)"),
        (-99, (), r"unexpectedly \(crash, signal 99\)"),
        (3, (), r"unexpectedly \(exit code 3\)"),
        (0xC0000005, (), r"\(access violation, 0xC0000005\)"),
        (None, (), r"\(it closed the channel\)"),
    ],
)
def test_an_exit_code_in_words(code, log, message):
    with pytest.raises(errors.RuntimeCrashError, match=message):
        raise errors.RuntimeCrashError(explain_exit(code, log))
    assert "Resume" in explain_exit(code, log)


@pytest.mark.parametrize("name", ["ModelError", "RuntimeMissingError", "OutputError"])
def test_a_named_error_comes_back(name):
    error = error_from(name, "do this", ("log",))
    assert type(error) is getattr(errors, name)
    assert str(error) == "do this"


@pytest.mark.parametrize("name", ["RuntimeCrashError", "OSError", "annotations", "Sequence", None])
def test_a_crash_or_an_unknown_name_is_a_crash_with_the_log(name):
    error = error_from(name, "text", ("log",))
    assert type(error) is errors.RuntimeCrashError
    assert error.log == ("log",)
    assert "text" in str(error)


@pytest.mark.parametrize(("code", "log"), [(-9, ()), (1, ("MemoryError",)), (-11, ()), (None, ())])
def test_what_is_done_whole_speaks_of_no_resuming(code, log):
    text = explain_exit(code, log, WHOLE)
    assert "run again" in text and "Resume" not in text and "threads" not in text


def test_memory_that_the_child_reports_gets_the_same_advice():
    assert str(error_from("RuntimeCrashError", OUT_OF_MEMORY, (), WHOLE)) == WHOLE.no_memory
    assert str(error_from("RuntimeCrashError", OUT_OF_MEMORY, ())) == OUT_OF_MEMORY
