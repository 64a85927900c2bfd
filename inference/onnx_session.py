"""ONNX Runtime's sessions: the import, the choice of what runs the model, and the names of what can go wrong."""

from __future__ import annotations

import contextlib
import ctypes
import io
import sys
import threading
from typing import Any, Callable, Iterator, Tuple, Type, Union

from .errors import RuntimeMissingError

CPU, CUDA = "CPUExecutionProvider", "CUDAExecutionProvider"
DIRECTML, OPENVINO = "DmlExecutionProvider", "OpenVINOExecutionProvider"
ACCELERATORS = {CUDA: "CUDA", DIRECTML: "DirectML", OPENVINO: "OpenVINO"}
"""What is tried before the CPU, in this order, where the installed onnxruntime has it; with names for people."""

# TF32 rounds to 10 bits, far from the 2e-5 that models are held to; HEURISTIC spares a long search at the first run.
_OPTIONS = {
    CUDA: {"use_tf32": "0", "cudnn_conv_algo_search": "HEURISTIC", "arena_extend_strategy": "kSameAsRequested"},
}
_FATAL = 4
_MEMORY_WORDS = (
    "out of memory", "bad_alloc", "bad allocation", "failed to allocate", "not enough memory", "cannot allocate memory",
    "memoryerror", "alloc_failed", "cuda failure 2:",
)  # fmt: skip


def load_onnxruntime() -> Any:
    """Import and return onnxruntime, quiet. Raises RuntimeMissingError if it cannot be imported."""
    try:
        import onnxruntime
    except ImportError as error:
        raise RuntimeMissingError(
            f"{sys.executable} cannot import onnxruntime ({error}); install it there (pip install onnxruntime), "
            "or map with the classic method."
        ) from error
    onnxruntime.set_default_logger_severity(_FATAL)
    return onnxruntime


def ort_errors(ort: Any) -> Tuple[Type[Exception], ...]:
    """Return every error that ONNX Runtime raises: its own have no common root, the rest comes from pybind11."""
    state = ort.capi.onnxruntime_pybind11_state
    names = ("EPFail", "EngineError", "Fail", "InvalidArgument", "InvalidGraph", "InvalidProtobuf", "ModelLoaded",
             "NoModel", "NoSuchFile", "NotImplemented", "RuntimeException")  # fmt: skip
    return (MemoryError, RuntimeError, ValueError, *(getattr(state, name) for name in names if hasattr(state, name)))


def is_out_of_memory(error: object) -> bool:
    """Tell whether an error, or the text of one, says that memory ran out."""
    text = str(error).lower()
    return isinstance(error, MemoryError) or any(words in text for words in _MEMORY_WORDS)


def open_session(model: Union[str, bytes], device: str, threads: int) -> Tuple[Any, str]:
    """Return a session for the model and a warning ("" or why it does not run on what was wished for).

    `model` is a path or a file's content. `device` "auto" tries the accelerators of the installed onnxruntime, then
    the CPU. Raises one of `ort_errors`.
    """
    warning = ""
    for provider in _wished(device):
        missing = _missing_for_cuda() if provider == CUDA else ""
        if missing:
            warning = _warning(provider, missing) if device == "cuda" else warning
            continue
        try:
            session = _session(model, threads, [(provider, _OPTIONS.get(provider, {})), CPU])
        except ort_errors(load_onnxruntime()) as error:
            warning = _warning(provider, str(error).strip().split("\n")[0][:300])
            continue
        if provider in session.get_providers():
            return session, ""
        warning = _warning(provider, "its libraries cannot be loaded; they must fit onnxruntime's version")
    return _session(model, threads, [CPU]), warning


def _wished(device: str) -> Tuple[str, ...]:
    if device == "auto":
        available = load_onnxruntime().get_available_providers()
        return tuple(provider for provider in ACCELERATORS if provider in available)
    return (CUDA,) if device == "cuda" else ()


@contextlib.contextmanager
def stoppable(is_cancelled: Callable[[], bool], shrink: str = "") -> Iterator[Any]:
    """Yield the options of a run that ends with an error soon after `is_cancelled` becomes true.

    `shrink` ("cpu:0;gpu:0") names the devices whose working memory is given back after the run: else each session
    keeps its own, 430 MiB for GlaViTU (measured; giving it back costs no time that shows).
    """
    options = load_onnxruntime().RunOptions()
    if shrink:
        options.add_run_config_entry("memory.enable_memory_arena_shrinkage", shrink)
    done = threading.Event()

    def watch() -> None:
        while not done.wait(0.2):
            if is_cancelled():
                options.terminate = True
                return

    thread = threading.Thread(target=watch, name="icemargin-cancel", daemon=True)
    thread.start()
    try:
        yield options
    finally:
        done.set()
        thread.join()


def _session(model: Union[str, bytes], threads: int, providers: Any) -> Any:
    ort = load_onnxruntime()
    options = ort.SessionOptions()
    options.intra_op_num_threads = threads
    options.log_severity_level = _FATAL
    if any(provider[0] == DIRECTML for provider in providers if provider != CPU):
        # DirectML can do neither of these (onnxruntime's documentation of the provider).
        options.enable_mem_pattern = False
        options.execution_mode = ort.ExecutionMode.ORT_SEQUENTIAL
    with contextlib.redirect_stdout(io.StringIO()):  # it prints its own fall-backs; stdout belongs to --json
        session = ort.InferenceSession(model, options, providers=providers, enable_fallback=0)
    session.disable_fallback()
    return session


def _missing_for_cuda() -> str:
    """Return what CUDA lacks on this machine, or "" if it is worth trying."""
    ort = load_onnxruntime()
    if CUDA not in ort.get_available_providers():
        return "this onnxruntime is built without it; onnxruntime-gpu has it"
    try:
        ctypes.CDLL("nvcuda.dll" if sys.platform == "win32" else "libcuda.so.1")
    except OSError:
        return "there is no NVIDIA driver"
    if hasattr(ort, "preload_dlls"):  # since 1.21: finds CUDA in the nvidia-* wheels
        with contextlib.redirect_stdout(io.StringIO()):
            ort.preload_dlls()
    return ""


def _warning(provider: str, reason: str) -> str:
    return f"{ACCELERATORS[provider]} cannot be used ({reason}); the CPU is used instead."
