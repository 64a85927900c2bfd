"""The colours of charts, all from the application's palette, so that they fit a dark theme too."""

from __future__ import annotations

from dataclasses import dataclass

from qgis.PyQt.QtGui import QColor, QPalette

SERIES = ("#0072B2", "#D55E00", "#009E73", "#CC79A7", "#E69F00", "#56B4E9")
"""Of lines: Okabe and Ito, which every eye tells apart."""
_CLEAR, _LEGIBLE = 3.0, 4.5
"""Contrast of lines and of text with the paper (WCAG 2.1, 1.4.11 and 1.4.3). Not every theme of QGIS sets a text that
is read on its own paper in the palette: in Night Mapping both are dark. Black or white always is."""
_MARK, _QUIET, _GRID = 0.5, 0.7, 0.12
"""Shares of the ink in the colour of marks, of the text beside axes and of the grid."""


@dataclass(frozen=True)
class Colours:
    """Paper, and what is drawn on it."""

    paper: QColor
    ink: QColor
    quiet: QColor
    grid: QColor
    mark: QColor
    selected: QColor

    @classmethod
    def of(cls, palette: QPalette) -> Colours:
        """Return the colours of an active window: the selection stays clear while the map has the focus."""
        group, role = QPalette.ColorGroup.Active, QPalette.ColorRole
        paper = palette.color(group, role.Base)
        inks = [
            palette.color(group, role.Text),
            palette.color(group, role.WindowText),
            QColor("white"),
            QColor("black"),
        ]
        ink = next(one for one in inks if contrast(one, paper) >= _LEGIBLE)
        selected = clear_on(palette.color(group, role.Highlight), paper, ink)
        return cls(paper, ink, mixed(ink, paper, _QUIET), mixed(ink, paper, _GRID), mixed(ink, paper, _MARK), selected)


def mixed(one: QColor, other: QColor, share: float) -> QColor:
    """Return `share` of one colour and the rest of the other."""
    pairs = zip((one.red(), one.green(), one.blue()), (other.red(), other.green(), other.blue()))
    return QColor(*(round(share * a + (1 - share) * b) for a, b in pairs))


def clear_on(colour: QColor, paper: QColor, ink: QColor) -> QColor:
    """Return a colour with as much ink mixed in as it takes to be clear on the paper."""
    steps = (mixed(colour, ink, 1 - tenths / 10) for tenths in range(11))
    return next((step for step in steps if contrast(step, paper) >= _CLEAR), ink)


def contrast(one: QColor, other: QColor) -> float:
    """Return the contrast ratio of two colours, 1 to 21 (WCAG 2.1)."""
    dark, light = sorted((_luminance(one), _luminance(other)))
    return (light + 0.05) / (dark + 0.05)


def _luminance(colour: QColor) -> float:
    parts = (colour.redF(), colour.greenF(), colour.blueF())
    red, green, blue = (part / 12.92 if part <= 0.03928 else ((part + 0.055) / 1.055) ** 2.4 for part in parts)
    return float(0.2126 * red + 0.7152 * green + 0.0722 * blue)
