"""SETR, GlaViTU's transformer, as ONNX nodes. Tokens are N x T x C."""

from __future__ import annotations

from math import sqrt
from typing import Tuple

import numpy as np

from ..inference.arrays import DoubleArray
from ..inference.onnx_dropout import VALUES
from .architecture import Architecture
from .builder import GraphBuilder
from .fold import BATCH_NORM_EPSILON, folded


def setr(graph: GraphBuilder, sizes: Architecture, x: str) -> str:
    """Map N x C x H x W to the same shape, through tokens."""
    x = _embed(graph, sizes, x)
    for i in range(sizes.depth):
        x = _transformer_block(graph, sizes, f"setr.blocks.{i}", x)
    x = graph.add("Transpose", x, perm=[0, 2, 1])
    x = graph.reshape(x, (0, sizes.width, sizes.grid, sizes.grid))
    for i in range(sizes.upsamplings):
        x = graph.conv(x, f"setr.convs.{i}", *folded(graph.arrays, f"setr.convs.{i}", f"setr.norms.{i}"))
        if i == sizes.upsamplings - 1:
            last = graph.arrays["setr.last.kernel"], graph.arrays["setr.last.bias"]
            x = graph.conv(x, "setr.last", *last)
        x = graph.double(x, "linear")
    return x


def _embed(graph: GraphBuilder, sizes: Architecture, x: str) -> str:
    """Cut into tokens: a Dense layer on tokens flattened in row, column, channel order is a strided convolution."""
    kernel = graph.arrays["setr.embed.kernel"].reshape(sizes.token, sizes.token, sizes.width, sizes.width)
    x = graph.conv(x, "setr.embed", kernel, None, stride=sizes.token)
    x = graph.reshape(x, (0, sizes.width, sizes.grid**2))
    x = graph.add("Transpose", x, perm=[0, 2, 1])
    position = graph.arrays["setr.position"].astype(np.float64) + graph.arrays["setr.embed.bias"]
    return graph.add("Add", x, graph.floats(position, "setr.position"))


def _transformer_block(graph: GraphBuilder, sizes: Architecture, name: str, x: str) -> str:
    y = _layer_norm(graph, f"{name}.norm1", x)
    x = graph.add("Add", x, _attention(graph, sizes, f"{name}.attention", y))
    y = _layer_norm(graph, f"{name}.norm2", x)
    for layer in ("dense1", "dense2"):  # GELU after both, and a place of dropout
        _gelu(graph, graph.dense(y, f"{name}.{layer}"))
        y = graph.called(f"{VALUES}{name}.{layer}")
    return graph.add("Add", x, y)


def _layer_norm(graph: GraphBuilder, name: str, x: str) -> str:
    scale, bias = (graph.floats(graph.arrays[f"{name}.{leaf}"], f"{name}.{leaf}") for leaf in ("gamma", "beta"))
    return graph.add("LayerNormalization", x, scale, bias, axis=-1, epsilon=BATCH_NORM_EPSILON)


def _gelu(graph: GraphBuilder, x: str) -> str:
    """GELU with erf, in the five nodes that onnxruntime fuses into one."""
    y = graph.add("Erf", graph.add("Div", x, graph.scalar(sqrt(2.0))))
    return graph.add("Mul", graph.add("Mul", x, graph.add("Add", y, graph.scalar(1.0))), graph.scalar(0.5))


def _attention(graph: GraphBuilder, sizes: Architecture, name: str, x: str) -> str:
    """Multi-head attention: one product for queries, keys and values of all heads."""
    heads, key = sizes.heads, sizes.key_size
    x = graph.reshape(graph.matmul(x, f"{name}.qkv", *_merged(graph, name)), (0, sizes.grid**2, 3, heads, key))
    q, k, v = (graph.add("Gather", x, graph.index(i), axis=2) for i in range(3))  # N x T x heads x key
    q, v = (graph.add("Transpose", part, perm=[0, 2, 1, 3]) for part in (q, v))
    k = graph.add("Transpose", k, perm=[0, 2, 3, 1])
    weights = graph.add("Softmax", graph.add("MatMul", q, k), axis=-1)  # N x heads x T x T
    x = graph.add("Transpose", graph.add("MatMul", weights, v), perm=[0, 2, 1, 3])
    x = graph.reshape(x, (0, sizes.grid**2, heads * key))
    kernel = graph.arrays[f"{name}.output.kernel"].reshape(heads * key, sizes.width)
    return graph.matmul(x, f"{name}.output", kernel, graph.arrays[f"{name}.output.bias"])


def _merged(graph: GraphBuilder, name: str) -> Tuple[DoubleArray, DoubleArray]:
    """Return kernel (C x 3 heads key) and bias of queries, keys and values, the queries scaled by key size ** -0.5."""
    kernels, biases = [], []
    for part in ("query", "key", "value"):
        kernel = graph.arrays[f"{name}.{part}.kernel"].astype(np.float64)
        scale = kernel.shape[-1] ** -0.5 if part == "query" else 1.0
        kernels.append(scale * kernel.reshape(kernel.shape[0], -1))
        biases.append(scale * graph.arrays[f"{name}.{part}.bias"].astype(np.float64).reshape(-1))
    return np.concatenate(kernels, axis=1), np.concatenate(biases)
