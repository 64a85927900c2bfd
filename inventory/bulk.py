"""Many geometries at once: shapely in threads (it lets the others run), in pieces so that a job can be stopped."""

from __future__ import annotations

import os
from concurrent.futures import ThreadPoolExecutor
from typing import Any, Callable, List, Tuple

import numpy as np
from scipy.sparse import coo_matrix
from scipy.sparse.csgraph import connected_components

from ..inference.arrays import DoubleArray
from ..inference.progress import NoProgress, Progress, stop_if_cancelled

PIECE = 500
THREADS = min(4, os.cpu_count() or 1)

IntArray = Any
"""NDArray[np.int64]."""


def in_threads(function: Callable[..., Any], *arrays: Any, progress: Progress = NoProgress()) -> Any:  # noqa: B008
    """Return `function(*arrays)` where the arrays have one length and each element has its own answer."""
    count = len(arrays[0])
    pieces = [tuple(array[start : start + PIECE] for array in arrays) for start in range(0, count, PIECE)]
    if len(pieces) < 2:
        return function(*arrays)
    done: List[Any] = []
    with ThreadPoolExecutor(THREADS) as pool:
        waiting = [pool.submit(function, *piece) for piece in pieces]
        try:
            for number, answer in enumerate(waiting):
                done.append(answer.result())
                progress.report((number + 1) / len(waiting), "Comparing outlines")
                stop_if_cancelled(progress)
        except BaseException:
            pool.shutdown(cancel_futures=True)
            raise
    return np.concatenate(done)


def components(count: int, first: IntArray, second: IntArray) -> IntArray:
    """Return for each of `count` things the number of the component that the pairs (first, second) put it in."""
    graph = coo_matrix((np.ones(len(first), bool), (first, second)), shape=(count, count))
    return connected_components(graph, directed=False)[1].astype(np.int64)


def members(labels: IntArray, count: int) -> List[IntArray]:
    """Return for each label 0..count-1 the places where it stands; labels below 0 stand for none."""
    order = np.argsort(labels, kind="stable")
    order = order[np.searchsorted(labels[order], 0) :]
    cuts = np.searchsorted(labels[order], np.arange(1, count))
    return list(np.split(order, cuts)) if count else []


def summed(values: DoubleArray, labels: IntArray, count: int) -> DoubleArray:
    """Return the sums of the values by label, `count` of them."""
    total: DoubleArray = np.bincount(labels, weights=values, minlength=count).astype(np.float64)
    return total


def two_layers(first: int, links: Tuple[IntArray, IntArray], second: int) -> Tuple[IntArray, IntArray]:
    """Return the components of two layers (of `first` and `second` members) that links between them make."""
    found = components(first + second, links[0], first + links[1])
    return found[:first], found[first:]
