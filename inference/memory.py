"""How much memory the process has used at most."""

from __future__ import annotations

import sys


def peak_memory_mib() -> float:
    """Return the largest resident size of this process so far, in MiB."""
    if sys.platform == "win32":
        return _peak_on_windows()
    if sys.platform == "linux":
        return _peak_on_linux()
    import resource

    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 2**20


def _peak_on_linux() -> float:
    """Read the kernel's own account: getrusage's figure begins with the size of the process that started this one."""
    with open("/proc/self/status", encoding="ascii", errors="replace") as status:
        line = next(line for line in status if line.startswith("VmHWM:"))
    return int(line.split()[1]) / 2**10


def _peak_on_windows() -> float:
    import ctypes
    from ctypes import wintypes

    class Counters(ctypes.Structure):
        """PROCESS_MEMORY_COUNTERS of the Windows API."""

        _fields_ = [("cb", wintypes.DWORD), ("faults", wintypes.DWORD), ("peak", ctypes.c_size_t)] + [
            (f"other{number}", ctypes.c_size_t) for number in range(7)
        ]

    counters = Counters(cb=ctypes.sizeof(Counters))
    process = ctypes.windll.kernel32.GetCurrentProcess()  # type: ignore[attr-defined,unused-ignore]
    ctypes.windll.psapi.GetProcessMemoryInfo(process, ctypes.byref(counters), counters.cb)  # type: ignore[attr-defined,unused-ignore]
    return float(counters.peak) / 2**20
