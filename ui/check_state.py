"""How things are with the check of a layer, in one line."""

from __future__ import annotations

from typing import Optional, Sequence, Tuple

from ..inference.errors import RuntimeMissingError
from ..tasks.runtime_setting import runtime_python
from ..tasks.topology_session import KnownFault
from .check_desk import CheckDesk
from .check_texts import count_text, news_text
from .health_line import headline
from .run_messages import failure_text
from .texts import tr

State = Tuple[str, str, str, bool, bool]
"""Level, text and details of the health line; whether a check is possible; whether to offer the runtime's set-up."""


def check_state(
    desk: CheckDesk, repairable: int, news: Sequence[KnownFault], error: Optional[Exception]
) -> State:  # fmt: skip
    """Return how things are; `news` are faults that an edit has made, `error` what went wrong last."""
    if desk.watch.layer() is None:
        return "none", tr("Choose outlines to check."), "", False, False
    if error is not None:
        text = failure_text(error)
        return "red", headline(text), text, True, isinstance(error, RuntimeMissingError)
    if not runtime_python():
        text = tr("Checking needs the runtime, and none is set up; it installs with one button.")
        return "amber", text, "", False, True
    if desk.is_checking:
        return "none", tr("Checking ..."), "", True, False
    if not desk.is_checked:
        return "none", tr("Not checked yet."), "", True, False
    return (*_checked(desk, repairable, news), "", True, False)


def _checked(desk: CheckDesk, repairable: int, news: Sequence[KnownFault]) -> Tuple[str, str]:
    if not desk.faults:
        return "green", tr("No faults in {} outlines.").format(desk.outlines)
    text = tr("{}.").format(count_text(len(desk.faults), repairable))
    if news:
        text += " " + news_text(news)
    return "amber", text
