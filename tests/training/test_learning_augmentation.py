from __future__ import annotations

import numpy as np
import pytest
from icemargin.training.learning import augmentation as aug
from icemargin.training.learning.sample import Sample, tensors_of
from icemargin.training.learning.settings_parts import Augmentation


class Fixed:
    """A generator that answers what the test says, in turn."""

    def __init__(self, *answers):
        self._answers = list(answers)

    def _next(self, *_args, **_more):
        return self._answers.pop(0)

    random = uniform = integers = normal = standard_normal = _next


def sample_of(values, label=None):
    values = np.asarray(values, np.float32)
    label = np.arange(values[0].size).reshape(values[0].shape) if label is None else np.asarray(label)
    return Sample({"optical": values, "dem": values + 100}, label.astype(np.int8))


SQUARE = [[[1, 2], [3, 4]]]


@pytest.mark.parametrize(
    "chances, optical, label",
    [
        ((0.4, 0.6), [[3, 4], [1, 2]], [[2, 3], [0, 1]]),
        ((0.6, 0.4), [[2, 1], [4, 3]], [[1, 0], [3, 2]]),
        ((0.4, 0.4), [[4, 3], [2, 1]], [[3, 2], [1, 0]]),
        ((0.6, 0.6), [[1, 2], [3, 4]], [[0, 1], [2, 3]]),
    ],
)
def test_flip(chances, optical, label):
    flipped = aug.flip(sample_of(SQUARE), Fixed(*chances), 0.5)
    np.testing.assert_array_equal(flipped.inputs["optical"][0], optical)
    np.testing.assert_array_equal(flipped.inputs["dem"][0], np.add(optical, 100))
    np.testing.assert_array_equal(flipped.label, label)


@pytest.mark.parametrize("quarters, optical", [(1, [[2, 4], [1, 3]]), (2, [[4, 3], [2, 1]]), (3, [[3, 1], [4, 2]])])
def test_turn(quarters, optical):
    turned = aug.turn(sample_of(SQUARE), Fixed(0.7, quarters), 0.75)
    np.testing.assert_array_equal(turned.inputs["optical"][0], optical)
    np.testing.assert_array_equal(turned.label, np.asarray(optical) - 1)
    assert aug.turn(turned, Fixed(0.75), 0.75) is turned


def test_crop_enlarges_by_nearest_neighbours():
    grid = np.arange(16).reshape(1, 4, 4)
    cropped = aug.crop(sample_of(grid), Fixed(0.1, 0.5, (1, 2)), 0.5, 0.5)  # half the side, from row 1, column 2
    expected = [[6, 6, 7, 7], [6, 6, 7, 7], [10, 10, 11, 11], [10, 10, 11, 11]]
    np.testing.assert_array_equal(cropped.inputs["optical"][0], expected)
    np.testing.assert_array_equal(cropped.label, expected)


def test_gamma_raises_each_channel_and_keeps_sign_and_zero():
    sample = sample_of([[[0.25, 0], [-0.25, 1]], [[0.25, 0], [-0.25, 1]]])
    powers = np.array([0.5, 2.0])
    changed = aug.gamma(sample, Fixed(0.1, powers, 0.9), 0.5, 0.2)
    np.testing.assert_allclose(changed.inputs["optical"][0], [[0.5, 0], [-0.5, 1]])
    np.testing.assert_allclose(changed.inputs["optical"][1], [[0.0625, 0], [-0.0625, 1]])
    np.testing.assert_array_equal(changed.inputs["dem"], sample.inputs["dem"])  # its own chance


def test_shift_and_noise_leave_the_absent_absent():
    sample = Sample({"optical": np.array([[[0.5, 0]], [[0.2, 0.3]]], np.float32)}, np.zeros((1, 2), np.int8))
    shifted = aug.shift(sample, Fixed(0.1, np.array([0.1, -0.1]).reshape(2, 1, 1)), 0.5, 0.025)
    np.testing.assert_allclose(shifted.inputs["optical"], [[[0.6, 0]], [[0.1, 0.2]]], rtol=1e-6)
    noisy = aug.noise(sample, Fixed(0.1, np.array([[[1, 1]], [[-1, 2]]], np.float32)), 0.5, 0.005)
    np.testing.assert_allclose(noisy.inputs["optical"], [[[0.505, 0]], [[0.195, 0.31]]], rtol=1e-6)


def test_occlusion_hides_one_rectangle_of_a_feature():
    sample = sample_of(np.ones((2, 8, 8)), np.ones((8, 8)))
    hidden = aug.occlude(sample, Fixed(0.1, (2, 3), 4, 1, 0.9), 0.5, 192)
    expected = np.ones((8, 8))
    expected[4:6, 1:4] = 0
    for channel in hidden.inputs["optical"]:
        np.testing.assert_array_equal(channel, expected)
    assert (hidden.inputs["dem"] == 101).all() and (hidden.label == 1).all()


@pytest.mark.parametrize("size, most", [(384, 192), (64, 32), (16, 8)])
def test_the_rectangle_is_in_proportion_to_the_patch(size, most):
    rng = np.random.default_rng(0)
    sides = set()
    for _ in range(60):
        gone = aug.occlude(sample_of(np.ones((1, size, size))), rng, 1.0, 192).inputs["optical"][0] == 0
        sides |= {int(gone.any(1).sum()), int(gone.any(0).sum())}
        assert gone.sum() == gone.any(1).sum() * gone.any(0).sum()
    assert min(sides) >= 1 and most / 2 < max(sides) <= most


def test_whole_bands_and_features_are_hidden_only_on_demand():
    sample = sample_of(np.ones((3, 2, 2)))
    assert aug.drop_bands(sample, Fixed(), 0) is sample and aug.drop_features(sample, Fixed(), 0) is sample
    kept = np.array([0.2, 0.9, 0.2]).reshape(3, 1, 1)
    dropped = aug.drop_bands(sample, Fixed(kept, np.ones((3, 1, 1))), 0.5)
    assert dropped.inputs["optical"].max((1, 2)).tolist() == [0, 1, 0] and (dropped.inputs["dem"] == 101).all()
    gone = aug.drop_features(sample, Fixed(0.1), 0.5)
    assert (gone.inputs["dem"] == 0).all() and (gone.inputs["optical"] == 1).all()


def test_hiding_the_region():
    alp = np.eye(12, dtype=np.float32)[0]
    assert aug.hide_region(alp, Fixed(0.1), 0.1) is alp
    assert aug.hide_region(alp, Fixed(0.09), 0.1).tolist() == [0] * 11 + [1]


@pytest.mark.parametrize(
    "function, chance, expected",
    [(aug.turn, 0.75, 0.75), (aug.crop, 0.5, 0.5), (aug.shift, 0.5, 0.5), (aug.noise, 0.5, 0.5)],
)
def test_how_often(function, chance, expected):
    rng, sample = np.random.default_rng(1), sample_of(np.arange(16).reshape(1, 4, 4) + 1)
    more = {aug.crop: (0.5,), aug.shift: (0.025,), aug.noise: (0.005,)}.get(function, ())
    changed = sum(function(sample, rng, chance, *more) is not sample for _ in range(1000))
    assert abs(changed / 1000 - expected) < 0.06  # four standard deviations


def test_nothing_changes_without_chances_and_never_in_place():
    sample = sample_of(np.random.default_rng(0).random((2, 32, 32)) + 0.1)
    before = {name: values.copy() for name, values in sample.inputs.items()}
    none = Augmentation(**dict.fromkeys(("flip", "turn", "crop", "gamma", "occlude", "shift", "noise"), 0.0))
    same = aug.augment(sample, np.random.default_rng(0), none)
    all_of_them = Augmentation(
        **dict.fromkeys(("flip", "turn", "crop", "gamma", "occlude", "shift", "noise", "band_dropout"), 1.0)
    )
    changed = aug.augment(sample, np.random.default_rng(0), all_of_them)
    for name, values in before.items():
        np.testing.assert_array_equal(same.inputs[name], values)
        np.testing.assert_array_equal(sample.inputs[name], values)
        assert not np.array_equal(changed.inputs[name], values)
        assert changed.inputs[name].dtype == np.float32
    assert tensors_of(changed)["label"].shape == (32, 32)


def test_light_scales_all_optical_bands_alike_and_nothing_else():
    sample = sample_of(np.array([[[0.2, 0.0]], [[0.4, 0.1]]]))
    assert aug.light(sample, Fixed(), 0, 0.5) is sample and aug.light(sample, Fixed(0.9), 0.5, 0.5) is sample
    brighter = aug.light(sample, np.random.default_rng(0), 1, 0.5)
    factor = brighter.inputs["optical"][0, 0, 0] / 0.2
    assert 0.5 <= factor <= 1.5 and factor != 1
    np.testing.assert_allclose(brighter.inputs["optical"], sample.inputs["optical"] * factor, rtol=1e-6)
    assert brighter.inputs["dem"] is sample.inputs["dem"]


@pytest.mark.parametrize(
    "bands, channel", [(("elevation", "slope"), 0), (("slope", "elevation"), 1), (("slope",), None)]
)
def test_lift_moves_the_elevation_only_and_leaves_voids(bands, channel):
    dem = np.full((len(bands), 2, 2), 0.5, np.float32)
    dem[:, 0, 0] = 0
    sample = Sample({"optical": np.ones((1, 2, 2), np.float32), "dem": dem}, np.zeros((2, 2), np.int8))
    lifted = aug.lift(sample, np.random.default_rng(3), 1, 500.0, {"dem": bands})
    if channel is None:
        assert lifted is sample
        return
    metres = (lifted.inputs["dem"] - dem)[channel] * (8349.42706884 + 103.29675627)
    drawn = np.random.default_rng(3)
    drawn.random()
    np.testing.assert_allclose(metres, [[0, m := drawn.normal(0, 500.0)], [m, m]], rtol=1e-3)
    assert (np.delete(lifted.inputs["dem"], channel, 0) == np.delete(dem, channel, 0)).all()
