"""Predictors made of predictors: the mean over flips, over passes with dropout, over several models.

Means and spreads are summed up in double precision, one member after the other, so that memory does not grow with
their number and every door gets the same bytes.
"""

from __future__ import annotations

from typing import Callable, Dict, List, Mapping, Sequence, Tuple

import numpy as np

from .arrays import DoubleArray, FloatArray
from .averages import SYMMETRIES, Averages
from .composition import composed_description
from .model import ModelDescription
from .onnx_predictor import OnnxPredictor
from .predictors import Predictor


class _Around:
    """A predictor that asks another one, and is as that one is; closing it closes that one."""

    def __init__(self, inner: Predictor) -> None:
        self._inner = inner
        self.description: ModelDescription = inner.description

    @property
    def provider(self) -> str:
        return self._inner.provider

    @property
    def warning(self) -> str:
        return self._inner.warning

    @property
    def batch_size(self) -> int:
        return self._inner.batch_size

    def close(self) -> None:
        self._inner.close()


class FlipsPredictor(_Around):
    """The mean over the eight symmetries of the square (test-time augmentation); the location is told as it is."""

    def predict(self, inputs: Mapping[str, FloatArray]) -> FloatArray:
        """Return the mean glacier probability, N x H x W."""
        total: DoubleArray = np.zeros((1, 1, 1))
        for number in range(SYMMETRIES):
            moved = {name: turned(array, number) if array.ndim == 4 else array for name, array in inputs.items()}
            total = total + turned_back(self._inner.predict(moved), number)
        return (total / SYMMETRIES).astype(np.float32)


def turned(array: FloatArray, number: int) -> FloatArray:
    """Apply symmetry `number` (0..7; 0 changes nothing) to the last two axes: a mirror from 4 on, then a rotation."""
    mirrored = array[..., ::-1] if number >= SYMMETRIES // 2 else array
    return np.ascontiguousarray(np.rot90(mirrored, number % 4, axes=(-2, -1)))


def turned_back(array: FloatArray, number: int) -> FloatArray:
    """Undo `turned`."""
    straight = np.rot90(array, -(number % 4), axes=(-2, -1))
    return straight[..., ::-1] if number >= SYMMETRIES // 2 else straight


class ThinnedPredictor(_Around):
    """One pass of Monte-Carlo dropout: a network with a share left out, the same throughout the scene.

    Passes share the network, so closing one closes all.
    """

    def __init__(self, network: OnnxPredictor, seed: int, rate: float) -> None:
        super().__init__(network)
        self._network = network
        self._seed, self._rate = seed, rate

    def predict(self, inputs: Mapping[str, FloatArray]) -> FloatArray:
        """Return the thinned network's glacier probability, N x H x W."""
        self._network.thin(self._seed, self._rate)
        return self._network.predict(inputs)


class EnsemblePredictor:
    """The mean of several members, and how far they lie apart. Raises ModelError where they do not go together."""

    def __init__(self, members: Sequence[Predictor]) -> None:
        self._members = tuple(members)
        # Passes and flips of one network share its description; two files may well say the same of themselves.
        distinct = {id(member.description): member.description for member in self._members}
        self.description = composed_description(list(distinct.values()))

    @property
    def provider(self) -> str:
        return ", ".join(dict.fromkeys(member.provider for member in self._members))

    @property
    def warning(self) -> str:
        return " ".join(dict.fromkeys(member.warning for member in self._members if member.warning))

    @property
    def batch_size(self) -> int:
        return max(member.batch_size for member in self._members)

    def predict(self, inputs: Mapping[str, FloatArray]) -> FloatArray:
        """Return the members' mean glacier probability, N x H x W."""
        return self.predict_spread(inputs)[0]

    def predict_spread(self, inputs: Mapping[str, FloatArray]) -> Tuple[FloatArray, FloatArray]:
        """Return the members' mean and standard deviation (over the members there are), N x H x W each."""
        mean: DoubleArray = np.zeros((1, 1, 1))
        squares: DoubleArray = np.zeros((1, 1, 1))
        for number, member in enumerate(self._members, start=1):  # Welford's sums: no difference of large numbers
            answer = member.predict(_inputs_of(member.description, inputs)).astype(np.float64)
            away = answer - mean
            mean = mean + away / number
            squares = squares + away * (answer - mean)
        return mean.astype(np.float32), np.sqrt(squares / len(self._members)).astype(np.float32)

    def close(self) -> None:
        for member in self._members:
            member.close()


def _inputs_of(description: ModelDescription, inputs: Mapping[str, FloatArray]) -> Dict[str, FloatArray]:
    names = [feature.name for feature in description.features] + (["location"] if description.location else [])
    return {name: inputs[name] for name in names}


def open_networks(
    model: str,
    averages: Averages,
    device: str = "auto",
    threads: int = 0,
    is_cancelled: Callable[[], bool] = lambda: False,
) -> Predictor:
    """Return the predictor for model files and what is averaged; an EnsemblePredictor where there are members.

    Each file is one session, however many passes; its working memory is given back after every run where there are
    several, so that a further model costs little more than its weights. Raises what OnnxPredictor does.
    """
    paths = (model, *averages.ensemble)
    networks: List[OnnxPredictor] = []
    try:
        for path in paths:
            networks.append(
                OnnxPredictor(path, device, threads, is_cancelled, averages.passes > 0, lean=len(paths) > 1)
            )
        members = [_with_flips(member, averages) for network in networks for member in _passes(network, averages)]
        return EnsemblePredictor(members) if averages.has_spread else members[0]
    except BaseException:
        for network in networks:
            network.close()
        raise


def _passes(network: OnnxPredictor, averages: Averages) -> List[Predictor]:
    if not averages.passes:
        return [network]
    return [ThinnedPredictor(network, seed, averages.rate) for seed in range(1, averages.passes + 1)]


def _with_flips(member: Predictor, averages: Averages) -> Predictor:
    return FlipsPredictor(member) if averages.flips else member
