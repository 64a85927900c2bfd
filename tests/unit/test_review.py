"""The order of need, the audit sample, progress, and what decisions write."""

from __future__ import annotations

import math

import pytest
from icemargin.inventory.review import (
    ACCEPTED,
    AUDIT,
    CONFLICT,
    CONFLICTING,
    DEBRIS,
    EDITED,
    REJECTED,
    TO_REVIEW,
    UNCERTAIN,
    UNKNOWN,
    Glacier,
    ReviewProgress,
    Signs,
    audit_sample,
    decided,
    is_done,
    joined_tags,
    known_status,
    progress,
    queue,
    split_tags,
    spread_evenly,
)

NOW = "2026-11-22T19:30:00Z"


def glaciers(*areas, uncertain=0.0):
    return [Glacier(key, f"G-{key}", area, uncertain * area) for key, area in enumerate(areas, start=1)]


def causes_of(entries):
    return {entry.key: entry.causes for entry in entries}


def test_the_ground_at_stake_decides_not_the_share():
    layer = [
        Glacier(1, "a", 10.0, 1.0),
        Glacier(2, "b", 0.1, 0.09),
        Glacier(3, "c", 4.0, 2.0),
        Glacier(4, "d", 9.0, 0.1),
    ]
    found = queue(layer, {})
    needed = [entry.key for entry in found if UNCERTAIN in entry.causes]
    assert needed == [3, 1, 2]
    assert UNCERTAIN not in causes_of(found)[4]  # 1 % of it: as much as experts differ anyway


def test_every_glacier_is_there_once_and_those_without_need_come_last():
    layer = glaciers(*range(1, 101))
    found = queue(layer, {7: Signs({"classic": 5.0})})
    assert sorted(entry.key for entry in found) == list(range(1, 101))
    ranks = [entry.rank for entry in found]
    queued = [rank for rank in ranks if rank]
    assert queued == list(range(1, len(queued) + 1)) and set(ranks[len(queued) :]) == {0}
    assert len(queued) == 6 - (7 in audit_sample(layer))  # 5 % of 100, and the one in doubt


@pytest.mark.parametrize("signs, cause", [
    (Signs({}, debris_km2=0.05), DEBRIS), (Signs({"RGI": 1.5}), "RGI"), (Signs({"RGI": 0.5}), None), (Signs({}), None),
])  # fmt: skip
def test_signs_bring_a_sure_glacier_into_the_queue(signs, cause):
    layer = glaciers(*[10.0] * 40)
    key = next(one.key for one in layer if one.key not in audit_sample(layer))
    (entry,) = (entry for entry in queue(layer, {key: signs}) if entry.key == key)
    assert entry.causes == ((cause,) if cause else ()) and bool(entry.rank) is bool(cause)


def test_unknown_confidence_and_conflicts_are_for_eyes():
    layer = [Glacier(1, "a", 2.0), Glacier(2, "b", 1.0, 0.0, note=CONFLICT + "anna accepted, ben rejected")]
    found = causes_of(queue(layer, {}))
    assert UNKNOWN in found[1] and CONFLICTING in found[2]
    assert queue(layer, {})[0].at_stake_km2 == 2.0


@pytest.mark.parametrize("count, sample", [(0, 0), (1, 1), (3, 3), (10, 3), (61, 4), (1000, 50)])
def test_the_audit_sample_is_one_in_twenty_and_the_same_for_everybody(count, sample):
    layer = glaciers(*[1.0] * count)
    drawn = audit_sample(layer)
    assert len(set(drawn)) == sample
    assert set(audit_sample(layer[::-1])) == set(drawn)
    if count == 1000:
        assert set(audit_sample(layer, "other")) != set(drawn)
        assert {entry.key for entry in queue(layer, {}) if AUDIT in entry.causes} == set(drawn)


def test_half_of_the_queue_holds_half_of_the_sample():
    mixed = spread_evenly(list(range(100)), list(range(1000, 1010)))
    assert len(mixed) == 110 and sum(key >= 1000 for key in mixed[:55]) == 5
    assert [key for key in mixed if key < 1000] == list(range(100))
    assert spread_evenly([], [1, 2]) == [1, 2] and spread_evenly([1, 2], []) == [1, 2]


def test_progress_counts_glaciers_and_ground():
    layer = [Glacier(1, "a", 2.0, status=ACCEPTED), Glacier(2, "b", 3.0), Glacier(3, "c", math.nan, status=REJECTED)]
    assert progress(layer, "anna", False) == ReviewProgress(2, 3, 2.0, 5.0)
    assert progress(layer, "anna", False).left == 1
    assert progress([], "anna", False) == ReviewProgress(0, 0, 0.0, 0.0)


@pytest.mark.parametrize("status, analyst, checked_by, first, second", [
    (TO_REVIEW, "", "", False, False), (TO_REVIEW, "ben", "", False, False), (ACCEPTED, "anna", "", True, False),
    (REJECTED, "ben", "", True, True), (EDITED, "anna", "ben", True, True), (EDITED, "anna", "carl", True, False),
])  # fmt: skip
def test_a_second_look_leaves_what_the_second_analyst_has_not_seen(status, analyst, checked_by, first, second):
    one = Glacier(1, "a", 1.0, status=status, analyst=analyst, checked_by=checked_by)
    assert (is_done(one, "ben", False), is_done(one, "ben", True)) == (first, second)


def test_a_decision_names_who_and_when():
    one = Glacier(1, "a", 1.0, analyst="the map's")
    assert decided(one, ACCEPTED, "anna", NOW, False) == {
        "status": ACCEPTED, "analyst": "anna", "checked_by": "", "edited_at": NOW,
    }  # fmt: skip
    assert decided(one, TO_REVIEW, "anna", NOW, False)["edited_at"] == ""


@pytest.mark.parametrize("was, now", [(ACCEPTED, ACCEPTED), (EDITED, ACCEPTED), (REJECTED, REJECTED)])
def test_whoever_agrees_in_a_second_look_is_noted(was, now):
    one = Glacier(1, "a", 1.0, status=was, analyst="anna")
    assert decided(one, now, "ben", NOW, True) == {"checked_by": "ben", "edited_at": NOW}
    assert decided(one, now, "anna", NOW, True)["analyst"] == "anna"  # nobody checks himself
    assert decided(one, now, "ben", NOW, False)["analyst"] == "ben"


def test_whoever_does_not_agree_overrules_and_the_first_sees_it_again():
    one = Glacier(1, "a", 1.0, status=ACCEPTED, analyst="anna", note="steep")
    values = decided(one, REJECTED, "ben", NOW, True)
    assert values["status"] == REJECTED and values["analyst"] == "ben" and values["note"] == "steep; anna: accepted"
    after = Glacier(1, "a", 1.0, status=REJECTED, analyst="ben", checked_by=values["checked_by"])
    assert is_done(after, "ben", True) and not is_done(after, "anna", True)


def test_a_decision_settles_a_conflict():
    one = Glacier(1, "a", 1.0, note=CONFLICT + "anna accepted, ben rejected")
    assert decided(one, ACCEPTED, "carl", NOW, False)["note"] == "anna accepted, ben rejected"


@pytest.mark.parametrize("text, tags", [
    ("", ()), ("debris", ("debris",)), ("lake;debris ; lake", ("lake", "debris")), (" ; ", ()),
])  # fmt: skip
def test_tags_are_read_from_text(text, tags):
    assert split_tags(text) == tags


def test_tags_are_written_in_their_order_and_unknown_ones_kept():
    assert joined_tags(("lake", "surge", "debris", "lake")) == "debris; lake; surge"
    assert split_tags(joined_tags(("seasonal snow", "other"))) == ("seasonal snow", "other")


@pytest.mark.parametrize("text, status", [
    ("", TO_REVIEW), ("Accepted ", ACCEPTED), ("rejected", REJECTED), ("done", TO_REVIEW), ("to review", TO_REVIEW),
])  # fmt: skip
def test_what_is_no_status_is_still_to_review(text, status):
    assert known_status(text) == status
