"""The words of the Review tab."""

from __future__ import annotations

import math
from html import escape

from ..inventory import review
from ..inventory.review import Glacier, ReviewProgress
from .review_rows import ALL, CAUSE, LEFT, QUEUE, STATUS, Filter, ReviewRow
from .texts import tr


def percent(glacier: Glacier) -> str:
    """Return the uncertain share, a dash where it is not known."""
    if math.isnan(glacier.uncertain_km2) or not glacier.area_km2:
        return "\u2013"
    return f"{100 * glacier.uncertain_km2 / glacier.area_km2:.0f} %"


def cause_text(cause: str) -> str:
    """Return why a glacier is in the queue; the name of another layer or method stands for itself."""
    words = {
        review.UNCERTAIN: tr("uncertain"),
        review.DEBRIS: tr("debris tongue?"),
        review.AUDIT: tr("audit"),
        review.CONFLICTING: tr("conflict"),
        review.UNKNOWN: tr("not measured"),
    }
    return words.get(cause, tr("unlike {}").format(cause))


def status_word(status: str) -> str:
    """Return a status for people."""
    words = {
        review.TO_REVIEW: tr("to review"), review.ACCEPTED: tr("accepted"), review.EDITED: tr("edited"),
        review.REJECTED: tr("rejected"),
    }  # fmt: skip
    return words[status]


def status_text(glacier: Glacier) -> str:
    """Return what was decided, and who has looked."""
    who = [glacier.analyst, glacier.checked_by] if glacier.status != review.TO_REVIEW else []
    named = " + ".join(filter(None, who))
    return f"{status_word(glacier.status)} ({named})" if named else status_word(glacier.status)


def glacier_text(row: ReviewRow) -> str:
    """Return which glacier is in question, what was decided, and why it is in the queue, as HTML."""
    told = {review.CONFLICTING: row.glacier.note}
    why = ", ".join(told.get(cause, cause_text(cause)) for cause in row.entry.causes) or tr("nothing suspicious")
    decided = f", {escape(status_text(row.glacier))}" if row.glacier.status != review.TO_REVIEW else ""
    return f"<b>{escape(row.glacier.name)}</b>{decided}: {escape(why)}"


def tag_text(tag: str) -> str:
    """Return a reason for people."""
    words = {
        "debris": tr("debris"), "shadow": tr("shadow"), "seasonal snow": tr("snow"), "lake": tr("lake"),
        "cloud": tr("cloud"), "divide": tr("divide"), "nunatak": tr("nunatak"), "other": tr("other"),
    }  # fmt: skip
    return words.get(tag, tag)


def filter_text(wanted: Filter) -> str:
    """Return what a filter leaves."""
    kind, value = wanted
    plain = {LEFT: tr("Left to review"), QUEUE: tr("Whole queue"), ALL: tr("All glaciers")}
    if kind in plain:
        return plain[kind]
    if kind == STATUS:
        return status_word(value).capitalize()
    return tr("Why: {}").format(cause_text(value)) if kind == CAUSE else tr("Reason: {}").format(tag_text(value))


def progress_text(done: ReviewProgress) -> str:
    """Return "12 of 40 reviewed, 34.2 of 118.4 km2"."""
    text = tr("{} of {} reviewed, {:.1f} of {:.1f} km\u00b2")
    return text.format(done.done, done.total, done.done_km2, done.total_km2)


def review_title(left: int) -> str:
    """Return the tab's title."""
    return tr("Review {}").format(left) if left else tr("Review")
