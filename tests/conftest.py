"""What all tests share. Run them by `make test`, which tells QGIS that there is no screen."""

from __future__ import annotations

from pathlib import Path

import pytest

SHARED = Path(__file__).parents[2] / "shared"


@pytest.fixture(scope="session")
def shared() -> Path:
    """Real data beside the checkout; tests that need it are skipped, with this reason, where it is absent."""
    if not SHARED.is_dir():
        pytest.skip(f"{SHARED.name}/ with real data does not lie beside the checkout")
    return SHARED
