"""A model's description as a short text for people."""

from __future__ import annotations

from html import escape
from typing import Optional

from ..inference.model import ModelDescription
from .texts import tr


def card_html(description: Optional[ModelDescription], location: str = "") -> str:
    """Return what the model needs, where it comes from and what is known of its quality.

    `location` is what it is told of the place mapped now.
    """
    if description is None:
        return tr("Nothing is known of this method yet; choose a model file and wait for the check of the scene.")
    resolution = tr("{:g} m").format(description.resolution) if description.resolution else tr("any")
    rows = (
        (tr("Needs"), ", ".join(description.bands)),
        (tr("Resolution"), resolution),
        (tr("Told of the place"), location),
        (tr("Trained on"), description.trained_on),
        (tr("Tested on"), description.tested_on),
        (tr("Scores"), ", ".join(f"{name} {score:.3f}" for name, score in description.metrics)),
        (tr("Licence"), description.licence),
        (tr("Citation"), description.citation),
        (tr("Note"), description.note),
    )
    lines = [f"<b>{escape(title)}:</b> {escape(text)}" for title, text in rows if text]
    return f"<h3>{escape(description.name)}</h3><p>{'<br>'.join(lines)}</p>"
