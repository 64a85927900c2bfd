from __future__ import annotations

import numpy as np
import pytest
import torch
from icemargin.inference.errors import WeightsError
from icemargin.tests.unit.keras_files import random_arrays, random_inputs, shared_file
from icemargin.training.network import GlaViTU, GlaViTUConfig, load_arrays, parameter_count, to_arrays
from icemargin.weights.features import FEATURES, with_channels
from icemargin.weights.keras_file import read_weights

SMALL = GlaViTUConfig(width=8, depth=2, heads=2, key_size=4, hidden=12, patch=64, steps=2)
ALL = GlaViTUConfig(features=with_channels(list(FEATURES)), location=12, width=4, depth=1, patch=32, steps=1)


def network(config):
    torch.manual_seed(0)
    made = GlaViTU(config).eval()
    load_arrays(made, random_arrays(config))
    return made


def tensors(config, batch=2):
    return {name: torch.from_numpy(values) for name, values in random_inputs(config, batch).items()}


@pytest.mark.parametrize("config, count", [(GlaViTUConfig(), 10_032_068), (SMALL, None), (ALL, None)])
def test_number_of_values(config, count):
    """With both heads and the moving statistics, as Keras counts."""
    values = sum(v.numel() for k, v in GlaViTU(config).state_dict().items() if not k.endswith("num_batches_tracked"))
    assert values == parameter_count(config)
    assert count in (None, values)


@pytest.mark.parametrize("config", [SMALL, ALL])
def test_arrays_survive_the_way_through_the_network(config):
    for name, values in to_arrays(network(config)).items():
        np.testing.assert_array_equal(values, random_arrays(config)[name])


@pytest.mark.parametrize("config", [SMALL, ALL, GlaViTUConfig(width=4, depth=1, patch=32, steps=1, auxiliary=False)])
def test_both_heads_answer_for_every_pixel(config):
    logits = network(config)(tensors(config))
    assert logits.output.shape == (2, 2, config.patch, config.patch)
    assert (logits.auxiliary is not None) == config.auxiliary
    if config.auxiliary:
        assert logits.auxiliary.shape == logits.output.shape and not torch.equal(logits.auxiliary, logits.output)


def test_every_input_matters():
    made, inputs = network(ALL), tensors(ALL)
    expected = made.probability(inputs)
    for name in inputs:
        changed = made.probability({**inputs, name: torch.zeros_like(inputs[name])})
        assert (changed - expected).abs().max() > 1e-4, name


def test_the_two_losses_reach_every_parameter():
    made = network(ALL).train()
    logits = made(tensors(ALL))
    (logits.output.square().sum() + logits.auxiliary.square().sum()).backward()
    assert not [name for name, value in made.named_parameters() if value.grad is None]


def test_dropout_acts_in_training_only():
    config = GlaViTUConfig(width=4, depth=1, patch=32, steps=1, dropout=0.5)
    made, inputs = network(config), tensors(config)
    assert torch.equal(made.probability(inputs), made.probability(inputs))
    made.train()
    assert not torch.equal(made.probability(inputs), made.probability(inputs))


@pytest.mark.parametrize(
    "change, words", [("gone", "'output.bias' is missing"), ("longer", r"'output.bias' is \(3,\)")]
)
def test_arrays_of_another_network_are_refused(change, words):
    arrays = random_arrays(SMALL)
    if change == "gone":
        del arrays["output.bias"]
    else:
        arrays["output.bias"] = np.zeros(3, dtype=np.float32)
    with pytest.raises(WeightsError, match=words):
        load_arrays(GlaViTU(SMALL), arrays)


def test_mostly_empty_patches_agree_with_double_precision():
    config = GlaViTUConfig(width=8, depth=1, heads=2, key_size=4, hidden=8, patch=384, steps=1)
    made, inputs = network(config), tensors(config, batch=1)
    for name in ("optical", "dem"):
        inputs[name][:, :, 77:] = 0
    single = made.probability(inputs)
    exact = made.double().probability({name: values.double() for name, values in inputs.items()})
    assert (single - exact).abs().max() <= 2e-5


@pytest.mark.parametrize("prefix, expected", [("", "keras_probability"), ("padded_", "padded_float64_probability")])
@torch.no_grad()
def test_it_answers_as_keras_does(prefix, expected):
    patches = np.load(shared_file("fixtures", "keras", "glavitu_global_patches.npz"))
    _, arrays = read_weights(str(shared_file("fixtures", "keras", "glavitu_global_random_weights.h5")))
    made = GlaViTU(GlaViTUConfig()).eval()
    load_arrays(made, arrays)
    inputs = {name: torch.from_numpy(patches[prefix + name].astype(np.float32)) for name in ("optical", "dem")}
    assert np.abs(made.probability(inputs).numpy() - patches[expected]).max() <= 2e-5
