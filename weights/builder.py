"""A small writer of ONNX nodes: each call adds a node and returns the name of its output."""

from __future__ import annotations

from typing import Any, Dict, List, Mapping, Sequence

import numpy as np
from onnx import NodeProto, TensorProto, helper, numpy_helper

from ..inference.arrays import FloatArray


class GraphBuilder:
    """Collects nodes and initialisers in order; `arrays` are the network's, by our names, in Keras's shapes.

    An initialiser bears the name of the array that it came from; where arrays were merged (batch-norm folded into
    the layer before it; query, key and value side by side as "qkv") that of the layer.
    """

    def __init__(self, arrays: Mapping[str, FloatArray]) -> None:
        self.arrays = arrays
        self.nodes: List[NodeProto] = []
        self.initialisers: List[TensorProto] = []
        self._shared: Dict[Any, str] = {}

    def add(self, operator: str, *inputs: str, **attributes: Any) -> str:
        """Add a node with one output and return that output's name."""
        output = f"{operator.lower()}_{len(self.nodes)}"
        self.nodes.append(helper.make_node(operator, list(inputs), [output], name=output, **attributes))
        return output

    def called(self, name: str) -> str:
        """Give the output of the node added last a name by which it is found in the file again, and return it."""
        self.nodes[-1].output[0] = name
        return name

    def floats(self, values: Any, name: str = "") -> str:
        """Store float32 values under `name` (else under a number) and return it."""
        return self._store(np.ascontiguousarray(values, dtype=np.float32), name)

    def scalar(self, value: float) -> str:
        """Return the name of a float32 scalar, stored once however often it is used."""
        if value not in self._shared:
            self._shared[value] = self.floats(value)
        return self._shared[value]

    def integers(self, *values: int) -> str:
        """Return the name of an int64 vector (a shape, axes), stored once."""
        if values not in self._shared:
            self._shared[values] = self._store(np.array(values, dtype=np.int64))
        return self._shared[values]

    def index(self, value: int) -> str:
        """Return the name of an int64 scalar, stored once."""
        if ("index", value) not in self._shared:
            self._shared["index", value] = self._store(np.array(value, dtype=np.int64))
        return self._shared["index", value]

    def _store(self, values: Any, name: str = "") -> str:
        name = name or f"constant_{len(self.initialisers)}"
        self.initialisers.append(numpy_helper.from_array(np.asarray(values), name))
        return name

    def conv(self, x: str, layer: str, kernel: Any, bias: Any, stride: int = 1) -> str:
        """Convolve N x I x H x W with a kernel H x W x I x O; stride 1 is padded as Keras's "same" does, others not.

        `layer` names what is stored: "<layer>.kernel" (O x I x H x W) and "<layer>.bias".
        """
        size = kernel.shape[0]
        # An even kernel is padded by one more at the bottom and right.
        before, after = ((size - 1) // 2, size // 2) if stride == 1 else (0, 0)
        weights = self.floats(np.transpose(kernel, (3, 2, 0, 1)), f"{layer}.kernel")
        return self.add(
            "Conv", x, weights, *([] if bias is None else [self.floats(bias, f"{layer}.bias")]),
            kernel_shape=[size, size], strides=[stride, stride], pads=[before, before, after, after],
        )  # fmt: skip

    def pixel_dense(self, x: str, layer: str) -> str:
        """Apply a Dense layer to every pixel of N x I x H x W."""
        return self.conv(x, layer, self.arrays[f"{layer}.kernel"][None, None], self.arrays.get(f"{layer}.bias"))

    def matmul(self, x: str, layer: str, kernel: Any, bias: Any) -> str:
        """Apply a Dense layer to the last axis; `layer` names what is stored."""
        product = self.add("MatMul", x, self.floats(kernel, f"{layer}.kernel"))
        return self.add("Add", product, self.floats(bias, f"{layer}.bias"))

    def dense(self, x: str, layer: str) -> str:
        """Apply the Dense layer of that name to the last axis."""
        return self.matmul(x, layer, self.arrays[f"{layer}.kernel"], self.arrays[f"{layer}.bias"])

    def reshape(self, x: str, shape: Sequence[int]) -> str:
        """Reshape; 0 keeps an axis (the batch)."""
        return self.add("Reshape", x, self.integers(*shape))

    def double(self, x: str, mode: str) -> str:
        """Double height and width: "nearest", or "linear" with half-pixel centres, as Keras does."""
        how = {"nearest": ("asymmetric", {"nearest_mode": "floor"}), "linear": ("half_pixel", {})}
        coordinates, more = how[mode]
        return self.add(
            "Resize", x, "", self.floats([1, 1, 2, 2]),
            mode=mode, coordinate_transformation_mode=coordinates, **more,
        )  # fmt: skip
