"""Do the attributes of an outline still belong to it? A key in a field tells what they were measured on.

Only the standard library: QGIS's process asks too, while somebody edits.
"""

from __future__ import annotations

from hashlib import blake2b
from typing import Optional

KEY, STATE = "attr_key", "attr_state"
"""The fields' names."""
CURRENT, STALE, NO_TERRAIN, NOT_MEASURED = "current", "stale", "no terrain", "not measured"
"""Values of STATE: as the outline is now; changed since; measured, but the DEM does not cover it; never measured."""
METHOD = "1"
"""To be raised when attributes come out otherwise than before for the same outline and DEM."""


def geometry_key(wkb: Optional[bytes]) -> str:
    """Return what tells an outline from any other: of its 2-D WKB, little-endian."""
    return _digest(wkb or b"")


def full_key(wkb: Optional[bytes], elevation: bytes) -> str:
    """Return the key of attributes measured on an outline and on elevations, of which `elevation` is told."""
    return f"{METHOD}-{geometry_key(wkb)}-{_digest(elevation)}"


def is_stale(wkb: Optional[bytes], key: str) -> bool:
    """Return whether an outline is another one than that which `key` was made for ("": none)."""
    return key.split("-")[:2] != [METHOD, geometry_key(wkb)]


def state_of(wkb: Optional[bytes], key: str, state: str) -> str:
    """Return the state to be shown: what is stored, or STALE where the outline has changed since."""
    if not key:
        return NOT_MEASURED
    return STALE if is_stale(wkb, key) else state


def _digest(content: bytes) -> str:
    return blake2b(content, digest_size=8).hexdigest()
