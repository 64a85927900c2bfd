"""The peak is this process's own."""

import subprocess
import sys

import numpy as np
from icemargin.inference.memory import peak_memory_mib


def test_peak_grows_with_what_is_used():
    before = peak_memory_mib()
    block = np.ones(max(1, int(before) + 200) * 2**17)  # 8 bytes each: more than ever before
    assert peak_memory_mib() > before + 100
    del block


def test_a_small_process_started_by_a_large_one_is_small():
    block = np.ones(400 * 2**17)
    code = "from icemargin.inference.memory import peak_memory_mib; print(peak_memory_mib())"
    told = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout
    assert 1 < float(told) < 100
    del block
