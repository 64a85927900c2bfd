"""Which field names a glacier."""

from __future__ import annotations

from typing import Sequence

ID_FIELDS = (
    "im_id", "rgi_id", "rgiid", "glims_id", "glimsid", "glac_id", "glacier_id", "sgi-id", "sgi_id", "inventory_", "id",
)  # fmt: skip
"""Where an id is looked for, in this order, without regard to capitals."""


def id_field_of(fields: Sequence[str]) -> str:
    """Return the field of a layer that holds ids, "" where none is known to."""
    by_name = {field.lower(): field for field in fields}
    return next((by_name[name] for name in ID_FIELDS if name in by_name), "")
