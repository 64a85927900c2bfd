"""The convolutional parts of GlaViTU as ONNX nodes: fusion, location, ResU-Net. All maps are N x C x H x W."""

from __future__ import annotations

from typing import Mapping

from ..inference.onnx_dropout import CHANNELS
from .architecture import Architecture
from .builder import GraphBuilder
from .fold import folded

SLOPE = 0.2
"""Of the LeakyReLU in the blocks (tf.nn.leaky_relu's default)."""

LOCATION_SLOPE = 0.3
"""Of the LeakyReLU in the location encoding (the Keras layer's default)."""


def conv_block(graph: GraphBuilder, name: str, x: str) -> str:
    """Conv 3x3, batch-norm, LeakyReLU; twice. The result is a place of spatial dropout, named so."""
    for i in (1, 2):
        x = graph.conv(x, f"{name}.conv{i}", *folded(graph.arrays, f"{name}.conv{i}", f"{name}.norm{i}"))
        x = graph.add("LeakyRelu", x, alpha=SLOPE)
    return graph.called(f"{CHANNELS}{name}")


def residual(graph: GraphBuilder, name: str, x: str) -> str:
    """Add two convolutions of x and its projection: N x C x H x W to N x F x H x W."""
    return graph.add("Add", conv_block(graph, f"{name}.block", x), graph.pixel_dense(x, f"{name}.project"))


def fuse(graph: GraphBuilder, sizes: Architecture, inputs: Mapping[str, str]) -> str:
    """Sum the features' branches, each weighted by its channels' excitation."""
    fused = ""
    for feature, _ in sizes.features:
        name = f"fusion.{feature}"
        y = conv_block(graph, f"{name}.block", inputs[feature])
        # Mean in two stages: one float32 sum over a patch that is mostly padding is off by up to 4e-4.
        e = graph.add("AveragePool", y, kernel_shape=[sizes.token] * 2, strides=[sizes.token] * 2)
        e = graph.add("GlobalAveragePool", e)
        e = graph.add("LeakyRelu", graph.pixel_dense(e, f"{name}.squeeze"), alpha=SLOPE)
        e = graph.add("Sigmoid", graph.pixel_dense(e, f"{name}.excite"))
        branch = graph.add("Mul", y, e)
        fused = graph.add("Add", fused, branch) if fused else branch
    return fused


def add_location(graph: GraphBuilder, sizes: Architecture, fused: str, location: str) -> str:
    """Add the encoded location vector (N x 12 or N x 4) to every pixel."""
    x = location
    for i in (1, 2):
        x = graph.matmul(x, f"location.dense{i}", *folded(graph.arrays, f"location.dense{i}", f"location.norm{i}"))
        x = graph.add("LeakyRelu", x, alpha=LOCATION_SLOPE)
    return graph.add("Add", fused, graph.reshape(x, (0, sizes.width, 1, 1)))


def resunet(graph: GraphBuilder, sizes: Architecture, x: str) -> str:
    """Add the ResU-Net: N x width x H x W in and out."""
    skips = []
    for i in range(sizes.steps):
        skips.append(residual(graph, f"resunet.encoder.{i}", x))
        x = graph.add("MaxPool", skips[-1], kernel_shape=[2, 2], strides=[2, 2])
    x = residual(graph, f"resunet.encoder.{sizes.steps}", x)
    for i, skip in enumerate(reversed(skips)):
        up = folded(graph.arrays, f"resunet.up.{i}.conv", f"resunet.up.{i}.norm")
        x = graph.conv(graph.double(x, "nearest"), f"resunet.up.{i}.conv", *up)
        x = residual(graph, f"resunet.decoder.{i}", graph.add("Concat", x, skip, axis=1))
    return graph.pixel_dense(x, "resunet.last")
