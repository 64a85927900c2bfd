"""Monte-Carlo dropout in ONNX is the dropout of training's network, with the same masks."""

from __future__ import annotations

import numpy as np
import onnx
import pytest
import torch
from icemargin.inference.model import ModelDescription
from icemargin.inference.onnx_dropout import CHANNELS, MASK, draw_masks, with_masks
from icemargin.inference.onnx_predictor import OnnxPredictor
from icemargin.tests.unit.keras_files import random_arrays, random_inputs
from icemargin.training.network import ConvBlock, GlaViTU, GlaViTUConfig, TransformerBlock, load_arrays
from icemargin.weights.features import FEATURES
from icemargin.weights.graph import build_model

CONFIG = GlaViTUConfig(width=8, depth=2, heads=2, key_size=4, hidden=24, patch=96, steps=3, location=12)
DESCRIPTION = ModelDescription("small", (FEATURES["optical"], FEATURES["dem"]), 96, 10.0, "region")


@pytest.fixture
def network():
    network = GlaViTU(CONFIG).eval()
    load_arrays(network, random_arrays(CONFIG, 7))
    return network


@pytest.fixture
def path(tmp_path):
    onnx.save(build_model(CONFIG, random_arrays(CONFIG, 7), DESCRIPTION), str(tmp_path / "m.onnx"))
    return str(tmp_path / "m.onnx")


def apply_masks(network, masks):
    """Multiply by the masks wherever the network calls a dropout layer; return the places it has."""
    places = set()
    for name, module in network.named_modules():
        if isinstance(module, ConvBlock):
            queue = [f"{MASK}{CHANNELS}{name}"]
        elif isinstance(module, TransformerBlock):
            queue = [f"{MASK}drop/{name}.{layer}" for layer in ("dense1", "dense2")]  # called in this order
        else:
            continue
        places.update(queue)

        def hook(_module, _inputs, output, queue=queue):
            place = queue.pop(0)
            queue.append(place)
            return output * torch.from_numpy(masks[place])

        module.dropout.register_forward_hook(hook)
    return places


@torch.no_grad()
def test_the_same_masks_give_the_same_answer(network, path):
    masked = with_masks(path)
    predictor = OnnxPredictor(path, "cpu", dropout=True)
    inputs = random_inputs(CONFIG, batch=2)
    tensors = {key: torch.from_numpy(values) for key, values in inputs.items()}
    whole = network.probability(tensors)[:, 1].numpy()
    masks = draw_masks(masked.masks, 11, 0.2)
    assert apply_masks(network, masks) == set(masked.masks)
    predictor.thin(11, 0.2)
    answer, expected = predictor.predict(inputs), network.probability(tensors)[:, 1].numpy()
    assert np.abs(answer - expected).max() <= 2e-5
    assert np.abs(answer - whole).max() > 1e-3
