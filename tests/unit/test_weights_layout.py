from __future__ import annotations

import re
from math import prod

import pytest
from hypothesis import given
from hypothesis import strategies as st
from icemargin.inference.errors import WeightsError
from icemargin.tests.unit.keras_files import shared_file
from icemargin.weights.architecture import Architecture
from icemargin.weights.features import FEATURES, with_channels
from icemargin.weights.layout import array_specs, layout
from icemargin.weights.recognise import recognise

INSAR = with_channels(["optical", "dem", "co_pol_sar", "cross_pol_sar", "in_sar"])
PUBLISHED = {
    "global": (Architecture(), 10_032_068),
    "regionencoding": (Architecture(location=12), 10_037_572),
    "coordinateencoding": (Architecture(location=4), 10_037_060),
    "global_insar": (Architecture(features=INSAR), 10_172_996),
}


@pytest.mark.parametrize("variant", PUBLISHED)
def test_number_of_values_is_the_reference_s(variant):
    sizes, count = PUBLISHED[variant]
    assert sum(prod(spec.shape) for spec in array_specs(sizes)) == count


@pytest.mark.parametrize("variant", PUBLISHED)
def test_order_and_shapes_are_those_of_the_reference_s_files(variant):
    listed, group = {}, ""
    for line in shared_file("facts", f"keras-layout-{variant}.txt").read_text().splitlines():
        if heading := re.match(r"\[(\S+)\]", line):
            group = heading[1]
        elif array := re.match(r"\s+\d+ \S*?(\w+):0\s+\(([\d, ]+)\)", line):
            shape = tuple(int(size) for size in array[2].split(",") if size.strip())
            listed.setdefault(group, []).append((array[1], shape))
    ours = {name: [(spec.leaf, spec.shape) for spec in specs] for name, specs in layout(PUBLISHED[variant][0]).items()}
    assert ours == listed


architectures = st.builds(
    lambda names, token, grid, **sizes: Architecture(
        features=with_channels(names), token=token, patch=token * 8 * grid, **sizes
    ),
    names=st.lists(st.sampled_from(sorted(FEATURES)), min_size=1, unique=True),
    token=st.sampled_from([2, 4, 8, 16, 32]),
    grid=st.integers(1, 3),
    location=st.sampled_from([0, 4, 12]),
    width=st.integers(1, 9),
    depth=st.integers(1, 14),
    heads=st.integers(1, 5),
    key_size=st.integers(1, 5),
    hidden=st.integers(1, 9),
    steps=st.integers(1, 3),
    auxiliary=st.booleans(),
)


@given(architectures)
def test_every_architecture_is_recognised_from_its_shapes(sizes):
    groups = {name: [(spec.name, spec.shape) for spec in specs] for name, specs in layout(sizes).items()}
    assert recognise(groups, [name for name, _ in sizes.features], None) == sizes


@pytest.mark.parametrize(
    "names, features, channels, answer",
    [
        ([], None, ["optical", "thermal"], ("optical", "thermal")),
        ([], ["optical", "in_sar"], ["optical", "dem"], ("optical", "in_sar")),
        (["optical", "dem"], ["dem", "optical"], ["optical", "dem"], ("optical", "dem")),
    ],
)
def test_features_come_from_the_file_the_user_or_the_channels(names, features, channels, answer):
    sizes = Architecture(features=with_channels(channels))
    groups = {name: [(spec.name, spec.shape) for spec in specs] for name, specs in layout(sizes).items()}
    assert tuple(name for name, _ in recognise(groups, names, features).features) == answer


@pytest.mark.parametrize(
    "names, features, words",
    [
        ([], None, "--features"),
        (["optical", "dem"], ["optical", "in_sar"], "inputs are optical, dem, not optical, in_sar"),
        ([], ["dem", "optical"], r"branches of \[6, 2\] channels"),
        ([], ["optical", "radar"], "Unknown feature 'radar'"),
        ([], ["optical", "optical"], "named twice"),
        ([], ["optical"], r"do not fit optical \(6\)"),
    ],
)
def test_features_that_do_not_fit_are_named(names, features, words):
    groups = {name: [(spec.name, spec.shape) for spec in specs] for name, specs in layout(Architecture()).items()}
    with pytest.raises(WeightsError, match=words):
        recognise(groups, names, features)


@pytest.mark.parametrize(
    "wrong", [{"width": 0}, {"location": 5}, {"token": 12}, {"patch": 100}, {"patch": 48, "steps": 5}, {"features": ()}]
)
def test_impossible_sizes_are_refused(wrong):
    with pytest.raises(WeightsError):
        Architecture(**wrong)
