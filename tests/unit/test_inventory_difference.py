"""Gained, lost and common: hand-computed squares, and what must always hold."""

from __future__ import annotations

import numpy as np
import pytest
import shapely
from hypothesis import given
from hypothesis import strategies as st
from icemargin.cli import main
from icemargin.inference.errors import Cancelled
from icemargin.inference.vector_io import read_layer
from icemargin.inventory.difference import difference
from icemargin.tests.outline_builders import layer, square, star
from icemargin.tests.unit.test_compare_command import LEFT, RIGHT, write


def rows_of(candidate, reference):
    """{(kind, glacier): m2, rounded}."""
    found = difference(candidate, reference, spacing=1.0)
    assert shapely.is_valid(found.geometry).all()
    rows = list(zip(zip(found.kind, found.glacier), np.round(found.area_km2 * 1e6).tolist()))
    assert len(dict(rows)) == len(rows) or ("gained", "") in dict(rows)
    return dict(rows)


A, B = square(0, 0, 100), square(100, 0, 100)
"""Neighbours with a divide."""


@pytest.mark.parametrize(
    ("candidate", "reference", "expected"),
    [
        ([A], [A], {("common", "a"): 10000}),
        ([square(500, 0, 100)], [A], {("lost", "a"): 10000, ("gained", ""): 10000}),
        ([square(50, 0, 100)], [A], {("common", "a"): 5000, ("lost", "a"): 5000, ("gained", "a"): 5000}),
        # One outline over both neighbours and 20 m more below: each gets what lies nearest to it.
        (
            [shapely.box(0, -20, 200, 100)], [A, B],
            {("common", "a"): 10000, ("common", "b"): 10000, ("gained", "a"): 2000, ("gained", "b"): 2000},
        ),
        # A divide drawn aside is neither gained nor lost.
        ([shapely.box(0, 0, 130, 100), shapely.box(130, 0, 200, 100)], [A, B],
         {("common", "a"): 10000, ("common", "b"): 10000}),
        # A hole that was filled, and one that was dug.
        ([A], [A - square(40, 40, 20)], {("common", "a"): 9600, ("gained", "a"): 400}),
        ([A - square(40, 40, 20)], [A], {("common", "a"): 9600, ("lost", "a"): 400}),
        # Overlapping candidates count once for the glacier.
        ([A, shapely.box(50, 0, 100, 100)], [A], {("common", "a"): 10000}),
        # Beside it but apart.
        ([A, square(101, 0, 10)], [A], {("common", "a"): 10000, ("gained", ""): 100}),
        # Crumbs are rounding.
        ([shapely.box(0, 0, 100.005, 100)], [A], {("common", "a"): 10000}),
        ([], [A], {("lost", "a"): 10000}),
    ],
)  # fmt: skip
def test_squares(candidate, reference, expected):
    found = rows_of(layer(*candidate), layer(*reference))
    assert found == pytest.approx(expected, abs=25)


def test_what_lies_between_is_shared_out_by_nearness():
    gained = shapely.box(60, -20, 130, 0)  # 40 m along A, 30 m along B
    found = rows_of(layer(A, B, gained), layer(A, B))
    assert (found[("gained", "a")], found[("gained", "b")]) == pytest.approx((800, 600), abs=25)


@given(st.lists(st.tuples(*[st.integers(-400, 400)] * 2, st.integers(50, 300)), min_size=1, max_size=5), st.data())
def test_the_kinds_fill_both_layers(places, data):
    """Without overlap inside a layer, common + lost is the reference and common + gained the candidate."""
    spread = [(900 * n + x, y, size) for n, (x, y, size) in enumerate(places)]
    reference = layer(*(star(x, y, size) for x, y, size in spread))
    moves = [data.draw(st.tuples(*[st.integers(-60, 60)] * 2)) for _ in spread]
    candidate = layer(*(star(x + dx, y + dy, size, lobes=3) for (x, y, size), (dx, dy) in zip(spread, moves)))
    found = difference(candidate, reference)
    kind = np.array(found.kind)
    common, lost, gained = (shapely.union_all(found.geometry[kind == name]) for name in ("common", "lost", "gained"))
    ours, theirs = shapely.union_all(candidate.geometry), shapely.union_all(reference.geometry)
    crumbs = 30 * len(places)
    assert common.area == pytest.approx(shapely.intersection(ours, theirs).area, abs=1)
    assert lost.area == pytest.approx(shapely.difference(theirs, ours).area, abs=crumbs)
    assert gained.area == pytest.approx(shapely.difference(ours, theirs).area, abs=crumbs)


def test_it_can_be_stopped():
    class Stopped:
        def report(self, fraction, text):
            pass

        def is_cancelled(self):
            return True

    many = layer(*(square(200 * n, 0, 100) for n in range(600)), ids=map(str, range(600)))
    with pytest.raises(Cancelled):
        difference(many, many, progress=Stopped())


def test_as_a_file(tmp_path, capsys):
    reference = write(tmp_path / "reference.gpkg", [LEFT, RIGHT], rgi_id=["R1", "R2"])
    candidate = write(tmp_path / "candidate.gpkg", [LEFT, shapely.box(5.04e5, 5e6, 5.041e5, 5.0001e6)])
    out = tmp_path / "new" / "difference.gpkg"
    assert main(["compare", candidate, reference, "--difference", str(out)]) == 0
    rows = {(row["kind"], row["glacier"]): row["area_km2"] for _, row in read_layer(str(out), "difference")}
    assert rows == {
        ("common", "R1"): pytest.approx(1, rel=2e-3), ("lost", "R2"): pytest.approx(1, rel=2e-3),
        ("gained", None): pytest.approx(0.01, rel=2e-3),
    }  # fmt: skip
    assert sorted(path.name for path in out.parent.iterdir()) == ["difference.gpkg"]
    folder = tmp_path / "folder.gpkg"
    folder.mkdir()
    assert main(["compare", candidate, reference, "--difference", str(folder)]) == 1
    assert "cannot be written" in capsys.readouterr().err
