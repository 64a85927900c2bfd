from __future__ import annotations

import numpy as np
import onnxruntime
import pytest
import torch
from icemargin.tests.unit.keras_files import random_arrays, random_inputs
from icemargin.training.network import GlaViTU, GlaViTUConfig, load_arrays, to_arrays
from icemargin.weights.convert import import_weights
from icemargin.weights.features import FEATURES, with_channels
from icemargin.weights.keras_write import write_weights

SIZES = {"width": 8, "depth": 2, "heads": 2, "key_size": 4, "hidden": 24, "patch": 96, "steps": 3}
CONFIGS = {
    "optical and dem": GlaViTUConfig(**SIZES),
    "region": GlaViTUConfig(location=12, **SIZES),
    "coordinates": GlaViTUConfig(location=4, **SIZES),
    "insar": GlaViTUConfig(
        features=with_channels(["optical", "dem", "co_pol_sar", "cross_pol_sar", "in_sar"]), **SIZES
    ),
    "everything": GlaViTUConfig(features=with_channels(list(FEATURES)), location=12, **SIZES),
    "optical alone": GlaViTUConfig(features=with_channels(["optical"]), **SIZES),
    "other sizes": GlaViTUConfig(width=6, depth=1, heads=3, key_size=5, hidden=7, patch=64, token=8, steps=1),
    "published width": GlaViTUConfig(patch=96, depth=3),
}


@pytest.mark.parametrize("name", CONFIGS)
@torch.no_grad()
def test_the_imported_model_answers_as_the_network(tmp_path, name):
    """From PyTorch through a Keras file to ONNX: the writer's, the reader's and the graph's order all agree."""
    config = CONFIGS[name]
    network = GlaViTU(config).eval()
    load_arrays(network, random_arrays(config, seed=7))
    write_weights(str(tmp_path / "w.h5"), config, to_arrays(network), first_number=40)
    import_weights(str(tmp_path / "w.h5"), str(tmp_path / "m.onnx"))
    inputs = random_inputs(config, batch=3)
    session = onnxruntime.InferenceSession(str(tmp_path / "m.onnx"), providers=["CPUExecutionProvider"])
    answer = session.run(["probability"], inputs)[0]
    expected = network.probability({key: torch.from_numpy(values) for key, values in inputs.items()}).numpy()
    assert np.ptp(expected[:, 1]) > 0.1
    assert np.abs(answer - expected).max() <= 1e-5
