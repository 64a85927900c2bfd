"""Pictures inside a page: SVG that takes the page's ink, light or dark, and PNG as a data URI."""

from __future__ import annotations

import base64
import io
from contextlib import contextmanager
from typing import Iterator

import matplotlib
from matplotlib.figure import Figure

INK = "#123456"
"""Stands in the SVG for the page's own text colour, light or dark."""
NO_METADATA = ("Date", "Creator", "Format", "Type")


@contextmanager
def page_ink(salt: str) -> Iterator[None]:
    """Draw in the page's ink inside the block; the same `salt` and data give the same SVG."""
    style = {"svg.fonttype": "none", "svg.hashsalt": salt, "axes.edgecolor": INK, "axes.labelcolor": INK,
             "xtick.color": INK, "ytick.color": INK, "text.color": INK, "font.size": 10}  # fmt: skip
    with matplotlib.rc_context(style):
        yield


def as_svg(figure: Figure) -> str:
    """Return the figure as an SVG element with the page's ink."""
    buffer = io.StringIO()
    figure.savefig(buffer, format="svg", transparent=True, dpi=150, metadata=dict.fromkeys(NO_METADATA))
    text = buffer.getvalue()
    return text[text.index("<svg") :].replace(INK, "currentColor")


def as_uri(figure: Figure, dpi: int = 100) -> str:
    """Return the figure as the data URI of a PNG."""
    buffer = io.BytesIO()
    figure.savefig(buffer, format="png", dpi=dpi)
    return "data:image/png;base64," + base64.b64encode(buffer.getvalue()).decode("ascii")
