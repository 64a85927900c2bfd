"""Means over flips, passes and models, compared with numpy's."""

import numpy as np
import onnx
import pytest
from icemargin.inference.averages import Averages
from icemargin.inference.composite import (
    EnsemblePredictor,
    FlipsPredictor,
    ThinnedPredictor,
    open_networks,
    turned,
    turned_back,
)
from icemargin.inference.composition import composed_description
from icemargin.inference.errors import Cancelled, InputError, ModelError
from icemargin.inference.model import Calibration, Feature, ModelDescription
from icemargin.inference.onnx_dropout import draw_masks, with_masks
from icemargin.inference.onnx_predictor import OnnxPredictor
from icemargin.inference.predictors import has_spread, predict_all
from icemargin.tests.unit.child_fixtures import open_child  # noqa: F401 - a fixture
from icemargin.tests.unit.keras_files import SMALL, random_arrays, random_inputs
from icemargin.tests.unit.tiny_onnx import description, inputs_for, save_model
from icemargin.weights.features import FEATURES
from icemargin.weights.graph import build_model

RED = Feature("optical", ("red",), (0.0,), (1.0,))


class FunctionPredictor:
    """A stub: any function of N x 1 x H x W and the location."""

    provider, warning, batch_size = "stub", "", 1

    def __init__(self, function, name="stub", location="", features=(RED,), **values):
        self.description = ModelDescription(name, features, 3, location=location, **values)
        self.function, self.closed = function, 0

    def predict(self, inputs):
        return self.function(inputs).astype(np.float32)

    def close(self):
        self.closed += 1


@pytest.fixture
def windows():
    return {"optical": np.random.default_rng(0).random((2, 1, 3, 3), dtype=np.float32)}


@pytest.fixture(scope="module")
def models(tmp_path_factory):
    """Two small GlaViTUs with other weights."""
    folder = tmp_path_factory.mktemp("models")
    features = (FEATURES["optical"], FEATURES["dem"])
    for seed in (0, 1):
        network = build_model(SMALL, random_arrays(SMALL, seed), ModelDescription(f"net{seed}", features, SMALL.patch))
        onnx.save(network, str(folder / f"{seed}.onnx"))
    return [str(folder / f"{seed}.onnx") for seed in (0, 1)]


def test_the_symmetries_are_eight_and_are_undone():
    square = np.arange(9, dtype=np.float32).reshape(1, 3, 3)
    moved = [turned(square, number) for number in range(8)]
    assert len({array.tobytes() for array in moved}) == 8
    for number, array in enumerate(moved):
        np.testing.assert_array_equal(turned_back(array, number), square)
    np.testing.assert_array_equal(moved[0], square)


def test_flips_change_nothing_for_what_has_no_preferred_direction(windows):
    predictor = FunctionPredictor(lambda inputs: inputs["optical"][:, 0] ** 2)
    np.testing.assert_array_equal(FlipsPredictor(predictor).predict(windows), predictor.predict(windows))


def test_flips_of_a_shift_are_the_mean_of_the_four_neighbours(windows):
    """Looks at the pixel on the right (0 beyond): over the symmetries that is each of the four neighbours, twice."""
    predictor = FunctionPredictor(lambda inputs: np.pad(inputs["optical"][:, 0, :, 1:], ((0, 0), (0, 0), (0, 1))))
    around = np.pad(windows["optical"][:, 0].astype(np.float64), ((0, 0), (1, 1), (1, 1)))
    expected = (around[:, :-2, 1:-1] + around[:, 2:, 1:-1] + around[:, 1:-1, :-2] + around[:, 1:-1, 2:]) / 4
    np.testing.assert_allclose(FlipsPredictor(predictor).predict(windows), expected, rtol=1e-6)


def test_flips_by_hand():
    """Answers 1 in the first corner alone: every corner gets a quarter."""
    corner = np.zeros((1, 3, 3))
    corner[0, 0, 0] = 1
    found = FlipsPredictor(FunctionPredictor(lambda _: corner)).predict({"optical": np.zeros((1, 1, 3, 3))})
    assert found[0].tolist() == [[0.25, 0, 0.25], [0, 0, 0], [0.25, 0, 0.25]]


def test_the_location_is_not_turned(windows):
    seen = []

    def note(inputs):
        seen.append(inputs["location"])
        return inputs["optical"][:, 0]

    location = np.array([[1, 0, 0, 1], [0, 1, 1, 0]], np.float32)
    FlipsPredictor(FunctionPredictor(note, location="coordinates")).predict({**windows, "location": location})
    assert len(seen) == 8 and all((array == location).all() for array in seen)


def test_an_ensemble_is_mean_and_standard_deviation(windows):
    powers = (0.5, 1.0, 2.0, 3.0)
    members = [FunctionPredictor(lambda inputs, power=power: inputs["optical"][:, 0] ** power) for power in powers]
    ensemble = EnsemblePredictor(members)
    answers = np.stack([member.predict(windows) for member in members]).astype(np.float64)
    mean, spread = ensemble.predict_spread(windows)
    np.testing.assert_allclose(mean, answers.mean(axis=0), rtol=1e-6)
    np.testing.assert_allclose(spread, answers.std(axis=0), rtol=1e-5)
    assert mean.dtype == spread.dtype == np.float32
    np.testing.assert_array_equal(ensemble.predict(windows), mean)
    assert has_spread(ensemble) and not has_spread(members[0]) and len(predict_all(members[0], windows)) == 1
    ensemble.close()
    assert all(member.closed for member in members)


def test_members_get_what_they_ask_for(windows):
    """One knows the region and the thermal band, the other neither."""
    thermal = Feature("thermal", ("thermal",), (0.0,), (1.0,))
    plain = FunctionPredictor(lambda inputs: np.full((2, 3, 3), len(inputs)), "a", overlap=0.25)
    rich = FunctionPredictor(lambda inputs: np.full((2, 3, 3), len(inputs)), "b", "region", (thermal, RED), overlap=0.5)
    ensemble = EnsemblePredictor([plain, rich])
    described = ensemble.description
    assert (described.name, described.overlap, described.location) == ("a + b", 0.5, "region")
    assert [feature.name for feature in described.features] == ["optical", "thermal"]
    inputs = {**windows, "thermal": windows["optical"], "location": np.zeros((2, 12), np.float32)}
    mean, spread = ensemble.predict_spread(inputs)
    assert (mean == 2).all() and (spread == 1).all()  # 1 and 3 inputs


@pytest.mark.parametrize(
    ("values", "message"),
    [
        ({"patch": 5}, r"window \(pixels\) \(3, 5\)"),
        ({"resolution": 30.0}, r"resolution \(m\)"),
        ({"location": "coordinates"}, r"location encoding \(region, coordinates\)"),
        ({"features": (Feature("optical", ("red",), (0.0,), (2.0,)),)}, "bands and scaling of 'optical'"),
        ({"features": (Feature("optical", ("blue",), (0.0,), (1.0,)),)}, "bands and scaling of 'optical'"),
    ],
)
def test_what_does_not_go_together_is_refused(values, message):
    given = {"features": (RED,), "patch": 3, "location": "region"}
    with pytest.raises(ModelError, match=f"a and b differ in their {message}.*leave one out"):
        composed_description([ModelDescription("a", **given), ModelDescription("b", **{**given, **values})])


def test_the_calibration_is_the_first_one_there_is():
    table = Calibration((0.0, 1.0), (0.5, 1.0))
    plain, calibrated = ModelDescription("a", (RED,), 3), ModelDescription("b", (RED,), 3, calibration=table)
    assert composed_description([plain, calibrated]).calibration == table
    assert composed_description([calibrated]) is calibrated


def test_an_ensemble_says_of_itself_only_what_holds_for_all():
    told = {"licence": "CC-BY-4.0", "tested_on": "Alps", "metrics": (("IoU", 0.9),), "strategy": "global"}
    alps = ModelDescription("a", (RED,), 3, trained_on="Alps", regions=("ALP",), **told)
    andes = ModelDescription("b", (RED,), 3, trained_on="Andes", regions=("SA",), **told)
    both = composed_description([alps, andes])
    assert (both.trained_on, both.licence, both.strategy) == ("Alps; Andes", "CC-BY-4.0", "global")
    assert (both.tested_on, both.metrics, both.regions) == ("", (), ())


def test_networks_are_averaged_as_numpy_does(models):
    inputs = random_inputs(SMALL)
    single = [OnnxPredictor(path, "cpu").predict(inputs) for path in models]
    mean, spread = open_networks(models[0], Averages((models[1],)), "cpu").predict_spread(inputs)
    np.testing.assert_allclose(mean, (single[0].astype(float) + single[1]) / 2, atol=1e-7)
    np.testing.assert_allclose(spread, np.abs(single[0].astype(float) - single[1]) / 2, atol=1e-7)
    assert spread.max() > 1e-3


def test_passes_are_the_thinned_networks(models):
    inputs = random_inputs(SMALL)
    passes = open_networks(models[0], Averages(passes=4, rate=0.2), "cpu")
    network = OnnxPredictor(models[0], "cpu", dropout=True)
    answers = np.stack([ThinnedPredictor(network, seed, 0.2).predict(inputs) for seed in range(1, 5)]).astype(float)
    mean, spread = passes.predict_spread(inputs)
    np.testing.assert_allclose(mean, answers.mean(axis=0), atol=1e-7)
    np.testing.assert_allclose(spread, answers.std(axis=0), atol=1e-7)
    assert spread.mean() > 1e-3 and passes.description.name == "net0"
    again = open_networks(models[0], Averages(passes=4, rate=0.2), "cpu").predict_spread(inputs)
    assert mean.tobytes() == again[0].tobytes() and spread.tobytes() == again[1].tobytes()


def test_passes_of_rate_0_are_the_network_itself(models):
    inputs = random_inputs(SMALL)
    mean, spread = open_networks(models[0], Averages(passes=3, rate=0.0), "cpu").predict_spread(inputs)
    np.testing.assert_array_equal(mean, OnnxPredictor(models[0], "cpu").predict(inputs))
    assert (spread == 0).all()


def test_one_session_serves_all_passes(models, monkeypatch):
    from icemargin.inference import onnx_predictor

    opened = []
    real = onnx_predictor.open_session
    monkeypatch.setattr(onnx_predictor, "open_session", lambda *args: opened.append(1) or real(*args))
    open_networks(models[0], Averages((models[1],), passes=7, flips=True), "cpu")
    assert len(opened) == 2


def test_all_at_once_is_the_mean_of_all(models):
    inputs = random_inputs(SMALL, batch=1)
    averages = Averages((models[1],), flips=True, passes=2, rate=0.1)
    assert averages.runs == 32 and averages.has_spread
    answers = []
    for path in models:
        network = OnnxPredictor(path, "cpu", dropout=True)
        for seed in (1, 2):
            network.thin(seed, 0.1)
            turns = [{name: turned(array, number) for name, array in inputs.items()} for number in range(8)]
            answers.append(np.mean([turned_back(network.predict(x), n) for n, x in enumerate(turns)], axis=0))
    mean, spread = open_networks(models[0], averages, "cpu").predict_spread(inputs)
    np.testing.assert_allclose(mean, np.mean(answers, axis=0), atol=1e-6)
    np.testing.assert_allclose(spread, np.std(answers, axis=0), atol=1e-6)


@pytest.mark.parametrize(
    "averages",
    [Averages(flips=True), Averages(passes=2), Averages(("1",)), Averages(("1",), flips=True, passes=2, rate=0.3)],
)
def test_the_child_answers_the_same_bytes(models, averages, open_child):  # noqa: F811
    averages = Averages(tuple(models[1] for _ in averages.ensemble), averages.flips, averages.passes, averages.rate)
    inputs = random_inputs(SMALL)
    here = open_networks(models[0], averages, "cpu")
    child = open_child(models[0], "cpu", averages=averages)
    assert child.description == here.description and has_spread(child) == has_spread(here)
    for one, two in zip(predict_all(child, inputs), predict_all(here, inputs)):
        assert one.tobytes() == two.tobytes()
    assert child.predict(inputs).tobytes() == here.predict(inputs).tobytes()


def test_the_child_refuses_before_it_starts(models, tmp_path, open_child):  # noqa: F811
    other = str(save_model(tmp_path / "tiny.onnx"))
    with pytest.raises(ModelError, match="differ in their window"):
        open_child(models[0], averages=Averages((other,)))


def test_the_child_tells_of_a_model_without_places(tmp_path, open_child):  # noqa: F811
    with pytest.raises(ModelError, match="no places for Monte-Carlo dropout"):
        open_child(save_model(tmp_path / "tiny.onnx"), averages=Averages(passes=2))


def test_thinning_needs_a_predictor_made_for_it(models):
    with pytest.raises(ValueError, match="without dropout"):
        OnnxPredictor(models[0], "cpu").thin(1, 0.1)


def test_a_cancel_is_heard_between_passes(tmp_path):
    looks = []
    path = str(save_model(tmp_path / "tiny.onnx"))
    predictor = open_networks(path, Averages(flips=True), "cpu", 1, lambda: looks.append(1) or len(looks) > 2)
    with pytest.raises(Cancelled):
        predictor.predict(inputs_for(description(), 1))
    assert len(looks) == 3


def test_nothing_averaged_is_the_network_itself(models):
    assert isinstance(open_networks(models[0], Averages(), "cpu"), OnnxPredictor)
    assert not Averages().any and Averages().runs == 1 and not Averages(flips=True).has_spread
    with pytest.raises(InputError):
        Averages(passes=1)


def test_masks_of_a_pass_are_those_of_its_seed(models):
    """`thin` feeds exactly draw_masks: compared with a session of our own."""
    import onnxruntime

    masked, inputs = with_masks(models[0]), random_inputs(SMALL, batch=1)
    session = onnxruntime.InferenceSession(masked.model, providers=["CPUExecutionProvider"])
    expected = session.run(None, {**inputs, **draw_masks(masked.masks, 5, 0.3)})[0][:, 1]
    network = OnnxPredictor(models[0], "cpu", dropout=True)
    network.thin(5, 0.3)
    np.testing.assert_array_equal(network.predict(inputs), expected)
