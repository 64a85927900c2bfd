"""Who works here: what outlines, decisions and the edit log are signed with."""

from __future__ import annotations

from qgis.core import QgsApplication, QgsSettings

from .map_settings import PREFIX

KEY = f"{PREFIX}/review/analyst"


def analyst() -> str:
    """Return the name that the Review tab keeps, else the user's of the system; "" where neither is known."""
    kept = str(QgsSettings().value(KEY) or "").strip()
    return kept or str(QgsApplication.userFullName() or QgsApplication.userLoginName())


def remember_analyst(name: str) -> None:
    """Keep the name at once: the tools and the log sign with it while the tab is open."""
    QgsSettings().setValue(KEY, name.strip())
