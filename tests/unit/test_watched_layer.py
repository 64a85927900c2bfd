"""A layer that is checked edit by edit: after any edits its faults are those of a check of the whole layer."""

from __future__ import annotations

import numpy as np
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st
from icemargin.inference.errors import Cancelled
from icemargin.inference.vector_layer import VectorLayer
from icemargin.inventory.numbered_faults import NumberedFaults
from icemargin.inventory.topology_faults import CheckSettings, LayerFault, counted
from icemargin.inventory.watched_layer import WatchedLayer
from pyproj import CRS

X, Y, SIZE = 5e5, 5e6, 1000.0
UTM = CRS("EPSG:32632").to_wkt()
FIELDS = ("im_id", "status", "src_date")
ROW = {"status": "to review", "src_date": "2020-08-01"}


def square(x=0.0, y=0.0, width=SIZE, height=SIZE):
    return shapely.box(X + x, Y + y, X + x + width, Y + y + height)


def layer_of(features, crs=UTM, fields=FIELDS):
    """Return a layer of {key: (geometry, values)}; the id is "g<key>" where none is told."""
    rows = tuple({"im_id": f"g{key}", **ROW, **values} for key, (_, values) in features.items())
    wkb = tuple(None if geometry is None else shapely.to_wkb(geometry) for geometry, _ in features.values())
    return VectorLayer("outlines", "outlines", crs, wkb, rows, fields, tuple(features))


def plain(**geometry):
    """Return a layer of geometries by key: k1=..., k2=..."""
    return {int(name[1:]): (one, {}) for name, one in geometry.items()}


SEVERAL = ("duplicate_id", "missing_value")


def told(watched):
    """Return the faults as people see them, whatever the places and numbers."""
    found = []
    for fault in watched.faults.by_number.values():
        keys = tuple(sorted(map(watched.key, fault.places)))
        # Of several outlines with one fault the box is that of the first, and which is first depends on the edits.
        box = None if fault.box is None or fault.kind in SEVERAL else tuple(np.round(fault.box, 2))
        found.append((fault.kind, keys, fault.what if len(keys) == 1 else "", box, bool(fault.repair)))
    return sorted(found, key=str)


def kinds(watched):
    return counted(list(watched.faults.by_number.values()))


def test_faults_come_and_go_with_edits_and_keep_their_numbers():
    watched = WatchedLayer(layer_of(plain(k1=square(), k2=square(1000), k3=square(5000), k4=square(9000, 0, 10, 10))))
    assert kinds(watched) == {"below_minimum": 1} and len(watched) == 4
    came = watched.put(layer_of(plain(k2=square(999.5))))
    (number,) = came.new
    assert came.gone == frozenset() and came.changed[number].kind == "overlap"
    wider = watched.put(layer_of(plain(k2=square(999.2))))
    assert (wider.new, wider.gone) == (frozenset(), frozenset())
    assert wider.changed[number].size == pytest.approx(800, rel=0.002)  # the scale of UTM
    same = watched.put(layer_of(plain(k2=square(999.2))))
    assert (same.new, same.gone, same.changed) == (frozenset(), frozenset(), {})
    other = watched.put(layer_of(plain(k2=square(1000.5))))
    assert other.gone == {number} and [fault.kind for fault in other.changed.values()] == ["gap"]
    assert watched.put(layer_of({}), gone=[2]).gone == other.new
    assert kinds(watched) == {"below_minimum": 1} and len(watched) == 3
    back = watched.put(layer_of(plain(k2=square(1000.5))))
    assert [fault.kind for fault in back.changed.values()] == ["gap"] and len(watched) == 4


@pytest.mark.parametrize(
    ("before", "touched", "gone", "expected"),
    [
        # What is saved gets another id.
        (plain(k1=square(), k2=square(999.5)), plain(k7=square(999.5)), [2], {"overlap": 1}),
        # A rejected outline is not there, and is again once it is accepted.
        (plain(k1=square(), k2=square(999.5)), {2: (square(999.5), {"status": "Rejected"})}, [], {}),
        ({1: (square(), {}), 2: (square(999.5), {"status": "rejected"})}, plain(k2=square(999.5)), [], {"overlap": 1}),
        # Three with one id, one of which gets another.
        ({n: (square(3000 * n), {"im_id": "x"}) for n in (1, 2, 3)}, {2: (square(6000), {"im_id": "y"})}, [],
         {"duplicate_id": 1}),
        ({n: (square(3000 * n), {"im_id": "x"}) for n in (1, 2)}, {2: (square(6000), {"im_id": "y"})}, [], {}),
        ({n: (square(3000 * n), {"im_id": ""}) for n in (1, 2)}, {2: (square(6000), {})}, [], {"missing_id": 1}),
        # Values.
        ({1: (square(), {"src_date": None})}, {1: (square(), {})}, [], {}),
        (plain(k1=square()), {1: (square(), {"src_date": "summer"})}, [], {"wrong_value": 1}),
        # What filled the gap between two goes.
        (plain(k1=square(), k2=square(1000.5), k3=square(1000, 0, 0.5)), {}, [3], {"gap": 1}),
        # A third one fills the gap between two.
        (plain(k1=square(), k2=square(1000.5)), plain(k3=square(1000, 0, 0.5)), [], {"below_minimum": 1}),
        # Geometries that were none.
        (plain(k1=None, k2=square()), plain(k1=square(999.5)), [], {"overlap": 1}),
        (plain(k1=square(), k2=square(999.5)), plain(k1=None), [], {"empty": 1}),
        ({}, plain(k1=square(), k2=square(999.5)), [], {"overlap": 1}),
        # Unknown ones may go.
        (plain(k1=square()), {}, [99], {}),
    ],
)
def test_only_what_was_touched_is_looked_at_and_nothing_is_overlooked(before, touched, gone, expected):
    watched = WatchedLayer(layer_of(before))
    watched.put(layer_of(touched), gone)
    assert kinds(watched) == expected


DEGREES = CRS("EPSG:4326").to_wkt()


def test_sizes_are_right_in_degrees_for_outlines_that_come_anywhere():
    def degrees(lon, lat):
        return shapely.box(lon, lat, lon + 0.02, lat + 0.01)

    watched = WatchedLayer(layer_of(plain(k1=degrees(10, 46)), DEGREES), CheckSettings(minimum_area_km2=1.5))
    assert kinds(watched) == {}  # 1.72 km2
    watched.put(layer_of(plain(k2=degrees(10, 60)), DEGREES))
    assert kinds(watched) == {"below_minimum": 1}  # 1.24 km2
    watched.put(layer_of(plain(k1=degrees(10, 70), k2=degrees(20, 10)), DEGREES))
    (fault,) = watched.faults.by_number.values()
    assert (fault.ids, fault.kind) == (("g1",), "below_minimum")


def test_without_an_id_field_and_without_a_crs():
    features = plain(k1=square(), k2=square(999.5))
    watched = WatchedLayer(layer_of(features, "", ("src_date",)))
    assert set(kinds(watched)) == {"crs", "overlap", "missing_field"}
    watched.put(layer_of(plain(k2=square(1000)), "", ("src_date",)))
    assert set(kinds(watched)) == {"crs", "missing_field"}


EDITS = {"reject": {"status": "rejected"}, "date": {"src_date": ""}}
STEPS = st.lists(
    st.tuples(
        st.sampled_from(["move", "gone", "reject", "name", "date"]),
        st.integers(0, 5), st.integers(0, 6), st.integers(-2, 2),
    ),
    max_size=8,
)


@settings(max_examples=100)
@given(STEPS)
def test_after_any_edits_the_faults_are_those_of_the_whole_layer(steps):
    features = {key: (square(1000.0 * key), {}) for key in range(5)}
    watched = WatchedLayer(layer_of(features))
    for what, key, place, off in steps:
        if what == "gone":
            features.pop(key, None)
            watched.put(layer_of({}), [key])
            continue
        values = {"im_id": f"g{place}"} if what == "name" else EDITS.get(what, {})
        features[key] = (square(1000.0 * place + 0.4 * off, 0, 1000 + 0.3 * off), values)
        watched.put(layer_of({key: features[key]}))
    assert told(watched) == told(WatchedLayer(layer_of(features)))


def test_repairs_are_looked_for_and_nothing_is_changed():
    features = plain(k1=square(), k2=square(999.5, 0, 500), k3=square(7000), k4=square(7000))
    features[4] = (features[4][0], {"im_id": "g3"})
    watched = WatchedLayer(layer_of(features))
    before = told(watched)
    numbers = {fault.kind: number for number, fault in watched.faults.by_number.items()}
    one = watched.repairs([numbers["overlap"]], uncovered=False, split=False)
    assert one.before.keys == (1, 2) and set(one.edits.shapes) == {0, 1} and [f.kind for f in one.done] == ["overlap"]
    assert one.before.wkb == layer_of(features).wkb[:2]
    copy = watched.repairs([numbers["duplicate_outline"]], uncovered=False, split=False)
    assert copy.before.keys == (4,) and copy.edits.removed == {0} and not copy.edits.shapes
    everything = watched.repairs(list(watched.faults.by_number), uncovered=True, split=False)
    assert len(everything.done) == 2 and told(watched) == before


def test_what_was_removed_before_is_not_removed_again():
    watched = WatchedLayer(layer_of(plain(k1=square(), k2=square(999.5, 0, 500), k3=square(7000))))
    watched.put(layer_of({}), [3])
    found = watched.repairs(list(watched.faults.by_number), uncovered=True, split=False)
    assert found.edits.removed == frozenset() and found.before.keys == (1, 2)


def test_a_copy_whose_values_were_edited_is_not_removed():
    features = {1: (square(), {"im_id": "x"}), 2: (square(), {"im_id": "x"})}
    watched = WatchedLayer(layer_of(features))
    (number,) = (n for n, fault in watched.faults.by_number.items() if fault.kind == "duplicate_outline")
    assert watched.faults.by_number[number].repair
    watched.put(layer_of({2: (square(), {"im_id": "x", "src_date": "2021-08-01"})}))
    assert not watched.faults.by_number[number].repair
    assert watched.repairs([number], uncovered=False, split=False).done == ()


def test_faults_that_are_gone_are_passed_over_and_parts_are_split_on_demand():
    parts = shapely.MultiPolygon([square(), square(3000, 0, 500)])
    watched = WatchedLayer(layer_of({1: (parts, {})}))
    (number,) = watched.faults.by_number
    assert watched.repairs([number, 77], uncovered=True, split=False).done == ()
    found = watched.repairs([number], uncovered=True, split=True)
    ((place, wkb, values),) = found.edits.added
    assert place == 0 and shapely.from_wkb(wkb).area == pytest.approx(5e5)
    assert values["im_id"] not in ("", "g1") or values["im_id"] is None
    assert found.done[0].kind == "multipart"


def test_a_check_can_be_cancelled():
    class Stopped:
        def report(self, *_):
            pass

        def is_cancelled(self):
            return True

    with pytest.raises(Cancelled):
        WatchedLayer(layer_of(plain(k1=square(), k2=square(999))), progress=Stopped())


def test_of_two_gaps_between_the_same_two_each_keeps_its_number():
    faults = NumberedFaults(lambda place: place)
    gaps = [LayerFault("gap", "a gap", ("a", "b"), (0, 1), (x, 0, x + 1, 1), 5.0, "m2") for x in (0, 10)]
    first = faults.replace((), gaps)
    near = LayerFault("gap", "a gap", ("a", "b"), (0, 1), (10.5, 0, 12, 1), 6.0, "m2")
    far = LayerFault("gap", "a gap", ("a", "b"), (0, 1), (50, 0, 51, 1), 6.0, "m2")
    changes = faults.replace(first.new, [near, far])
    number = next(n for n in first.new if first.changed[n].box[0] == 10)
    assert changes.changed[number] == near and changes.gone == first.new - {number} and len(changes.new) == 1
