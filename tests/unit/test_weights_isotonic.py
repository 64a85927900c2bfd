from __future__ import annotations

import importlib.util
import json
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from icemargin.tests.unit.keras_files import shared_file
from icemargin.weights.isotonic import LOWEST, isotonic_table, pool_adjacent_violators, support_end, thin
from icemargin.weights.published import TABLES, read_table

NAMES = ("glavitu_global", "glavitu_global_insar", "glavitu_regionencoding")
sequences = st.lists(st.floats(0, 1, width=32), min_size=1, max_size=40).map(np.array)


@given(sequences)
def test_pooling_never_falls_keeps_the_mean_and_is_idempotent(values):
    pooled = pool_adjacent_violators(values)
    assert len(pooled) == len(values)
    assert (np.diff(pooled) >= 0).all()
    assert pooled.mean() == pytest.approx(values.mean(), abs=1e-9)
    np.testing.assert_allclose(pool_adjacent_violators(pooled), pooled, atol=1e-12)


def test_pooling_is_the_least_squares_answer():
    np.testing.assert_allclose(
        pool_adjacent_violators(np.array([1, 3, 2, 2, 5, 4.0])), [1, 7 / 3, 7 / 3, 7 / 3, 4.5, 4.5]
    )


@given(st.lists(st.floats(0, 1), min_size=2, max_size=40).map(np.array))
def test_thinning_keeps_the_ends_and_the_tolerance(values):
    x = np.linspace(0, 1, len(values))
    kept = thin(x, values, 0.05)
    assert kept[0] == 0 and kept[-1] == len(values) - 1
    assert np.abs(np.interp(x, x[kept], values[kept]) - values).max() <= 0.05


def test_support_ends_at_the_first_maximum_that_can_be_trusted():
    raw = np.linspace(0, 1, 1001)
    calibrated = np.where(raw < 0.2, 5 * raw * 0.99, 0.8)
    calibrated[-1] = 1.0  # the kernel's end, without data
    raw_knots, values, end = isotonic_table(calibrated)
    assert end == support_end(raw, calibrated) == pytest.approx(0.199)
    assert values[0] == LOWEST and values[-1] == pytest.approx(calibrated[199], abs=1e-5) and raw_knots[-1] == 1


@pytest.mark.parametrize("name", NAMES)
def test_stored_tables_follow_the_authors_where_there_was_data(name):
    original = np.array(json.loads(shared_file("facts", "calibration.json").read_text())[name])
    table = read_table(TABLES / f"{name}.json")
    raw = np.linspace(0, 1, 1001)
    end = table.raw[-2]
    supported = raw <= end
    isotonic = np.clip(pool_adjacent_violators(original[supported]), LOWEST, 1)
    ours = np.interp(raw, table.raw, table.calibrated)
    assert np.abs(ours[supported] - isotonic).max() < 1e-3
    assert (ours[~supported] == ours[-1]).all() and original[supported].max() == original[supported][-1]
    assert 0.1 < end <= 0.3 and len(table.raw) < 40
    assert np.abs(ours[supported] - np.maximum(original[supported], 0.5)).max() < 0.025  # what pooling moves


def test_the_script_makes_the_stored_tables(tmp_path):
    facts = shared_file("facts", "calibration.json")
    path = Path(__file__).resolve().parents[2] / "scripts" / "make_calibration_tables.py"
    spec = importlib.util.spec_from_file_location("make_calibration_tables", path)
    script = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(script)
    script.TABLES = tmp_path
    script.main(str(facts))
    assert sorted(file.stem for file in tmp_path.iterdir()) == sorted(NAMES)
    for name in NAMES:
        assert json.loads((tmp_path / f"{name}.json").read_text()) == json.loads((TABLES / f"{name}.json").read_text())
