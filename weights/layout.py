"""Which arrays a GlaViTU has, in the order of a Keras 2 weights file (checked against the reference's own files).

Inside a group the trainable arrays come first, in order of creation, then all moving means and variances.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Dict, List, Tuple

from .architecture import Architecture

Shape = Tuple[int, ...]

KERAS_LEAVES = {"mean": "moving_mean", "variance": "moving_variance", "position": "positional_embedding"}
"""Last part of our names -> last part of Keras's, where the two differ."""


@dataclass(frozen=True)
class ArraySpec:
    """One array: our name (dotted path of the part of the network it belongs to) and its shape in Keras."""

    name: str
    shape: Shape

    @property
    def leaf(self) -> str:
        """What Keras calls this kind of array: kernel, bias, gamma, beta, moving_mean ..."""
        leaf = self.name.rsplit(".", 1)[-1]
        return KERAS_LEAVES.get(leaf, leaf)


class _Group:
    """Collects arrays as the reference creates them."""

    def __init__(self) -> None:
        self._trainable: List[ArraySpec] = []
        self._moving: List[ArraySpec] = []

    def arrays(self) -> Tuple[ArraySpec, ...]:
        return tuple(self._trainable + self._moving)

    def add(self, name: str, *shape: int) -> None:
        self._trainable.append(ArraySpec(name, shape))

    def dense(self, name: str, inputs: int, outputs: int, bias: bool = True) -> None:
        self.add(f"{name}.kernel", inputs, outputs)
        if bias:
            self.add(f"{name}.bias", outputs)

    def conv(self, name: str, size: int, inputs: int, outputs: int, bias: bool = True) -> None:
        self.add(f"{name}.kernel", size, size, inputs, outputs)
        if bias:
            self.add(f"{name}.bias", outputs)

    def norm(self, name: str, channels: int) -> None:
        self.layer_norm(name, channels)
        self._moving += [ArraySpec(f"{name}.{leaf}", (channels,)) for leaf in ("mean", "variance")]

    def layer_norm(self, name: str, channels: int) -> None:
        self.add(f"{name}.gamma", channels)
        self.add(f"{name}.beta", channels)

    def block(self, name: str, inputs: int, outputs: int) -> None:
        """Conv 3x3 and batch-norm, twice."""
        for i, channels in ((1, inputs), (2, outputs)):
            self.conv(f"{name}.conv{i}", 3, channels, outputs)
            self.norm(f"{name}.norm{i}", outputs)

    def residual(self, name: str, inputs: int, outputs: int) -> None:
        self.block(f"{name}.block", inputs, outputs)
        self.dense(f"{name}.project", inputs, outputs, bias=False)

    def transformer_block(self, name: str, sizes: Architecture) -> None:
        width, heads, key = sizes.width, sizes.heads, sizes.key_size
        self.layer_norm(f"{name}.norm1", width)
        for part in ("query", "key", "value"):
            self.add(f"{name}.attention.{part}.kernel", width, heads, key)
            self.add(f"{name}.attention.{part}.bias", heads, key)
        self.add(f"{name}.attention.output.kernel", heads, key, width)
        self.add(f"{name}.attention.output.bias", width)
        self.layer_norm(f"{name}.norm2", width)
        self.dense(f"{name}.dense1", width, sizes.hidden)
        self.dense(f"{name}.dense2", sizes.hidden, width)


def _fusion(sizes: Architecture) -> Tuple[ArraySpec, ...]:
    group, width = _Group(), sizes.width
    for feature, channels in sizes.features:
        group.block(f"fusion.{feature}.block", channels, width)
    for part in ("squeeze", "excite"):  # all first Dense layers of the branches, then all second ones
        for feature, _ in sizes.features:
            group.dense(f"fusion.{feature}.{part}", width, width)
    return group.arrays()


def _location(sizes: Architecture) -> Tuple[ArraySpec, ...]:
    group = _Group()
    for i, inputs in ((1, sizes.location), (2, sizes.width)):
        group.dense(f"location.dense{i}", inputs, sizes.width)
        group.norm(f"location.norm{i}", sizes.width)
    return group.arrays()


def _setr(sizes: Architecture) -> Tuple[ArraySpec, ...]:
    group, width = _Group(), sizes.width
    group.dense("setr.embed", sizes.token**2 * width, width)
    group.add("setr.position", sizes.grid**2, width)
    for i in range(sizes.depth):
        group.transformer_block(f"setr.blocks.{i}", sizes)
    for i in range(sizes.upsamplings):
        group.conv(f"setr.convs.{i}", 3, width, width)
        group.norm(f"setr.norms.{i}", width)
    group.conv("setr.last", 1, width, width)
    return group.arrays()


def _resunet(sizes: Architecture) -> Tuple[ArraySpec, ...]:
    group, channels = _Group(), sizes.channels
    for i, (inputs, outputs) in enumerate(zip((sizes.width, *channels), channels)):
        group.residual(f"resunet.encoder.{i}", inputs, outputs)
    for i, (inputs, outputs) in enumerate(zip(channels[:0:-1], channels[-2::-1])):
        group.conv(f"resunet.up.{i}.conv", 2, inputs, outputs, bias=False)
        group.norm(f"resunet.up.{i}.norm", outputs)
        group.residual(f"resunet.decoder.{i}", inputs, outputs)
    group.dense("resunet.last", sizes.width, sizes.width)
    return group.arrays()


def _head(name: str, sizes: Architecture) -> Tuple[ArraySpec, ...]:
    group = _Group()
    group.dense(name, sizes.width, 2)
    return group.arrays()


def layout(sizes: Architecture) -> Dict[str, Tuple[ArraySpec, ...]]:
    """Return the arrays of each group of the weights file, both in the file's order."""
    groups = {"location_encoding_block": _location(sizes)} if sizes.location else {}
    groups.update(fusion_block=_fusion(sizes), SETR=_setr(sizes), ResUNet=_resunet(sizes))
    if sizes.auxiliary:
        groups["deepsupervision"] = _head("auxiliary", sizes)
    groups["output"] = _head("output", sizes)
    return groups


def array_specs(sizes: Architecture) -> Tuple[ArraySpec, ...]:
    """Return all arrays of a network, in the file's order."""
    return tuple(spec for group in layout(sizes).values() for spec in group)
