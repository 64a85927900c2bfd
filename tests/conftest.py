"""Hypothesis without deadlines: machines are shared, and no test is a matter of time."""

from __future__ import annotations

from hypothesis import settings

settings.register_profile("icemargin", deadline=None)
settings.load_profile("icemargin")
