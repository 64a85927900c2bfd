"""A page of the Compare tab: inputs, what stands in the way, the main button, and below what came out."""

from __future__ import annotations

from typing import Optional

from qgis.gui import QgsCollapsibleGroupBox
from qgis.PyQt.QtCore import QEvent, QObject, QSize, pyqtSignal
from qgis.PyQt.QtWidgets import QFrame, QPushButton, QScrollArea, QSizePolicy, QVBoxLayout, QWidget

from .health_line import HealthLine
from .results_box import ResultsBox
from .run_box import RunBox
from .texts import tr

SHORTEST_INPUTS = 110


class _Scrolled(QScrollArea):
    """As high as its contents where there is room; scrolls up and down where there is not."""

    def __init__(self, contents: QWidget) -> None:
        super().__init__()
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.setWidgetResizable(True)
        self.setWidget(contents)
        contents.installEventFilter(self)
        self.setSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Maximum)

    def sizeHint(self) -> QSize:  # noqa: N802 - Qt's name
        """Return the contents' own, a folded box's title too."""
        return self.widget().sizeHint().expandedTo(self.widget().minimumSizeHint())

    def minimumSizeHint(self) -> QSize:  # noqa: N802 - Qt's name
        """Return little: the rest is scrolled to."""
        return QSize(0, min(SHORTEST_INPUTS, self.sizeHint().height()))

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:  # noqa: N802 - Qt's name
        """Ask for another height when the contents do."""
        if event.type() == QEvent.Type.LayoutRequest:
            self.updateGeometry()
        return bool(super().eventFilter(watched, event))


class ComparisonPage(QWidget):
    """Holds the parts. `changed` tells that something else may be meant, `setup_pressed` that the runtime is wanted.

    The inputs fold away when something came out, and are unfolded by a click.
    """

    changed = pyqtSignal()
    setup_pressed = pyqtSignal()

    def __init__(
        self, title: str, inputs: QWidget, button: str, results: ResultsBox, parent: Optional[QWidget] = None
    ) -> None:
        super().__init__(parent)
        self.inputs = inputs
        self.results = results
        self.inputsGroup = QgsCollapsibleGroupBox(title, self)
        self.health = HealthLine(self)
        self.setupButton = QPushButton(tr("Set up runtime ..."), self)
        self.run = RunBox(self)
        self.run.set_button_text(button)
        self.run.set_estimate("")
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.addWidget(_Scrolled(self._group(inputs)))
        for widget in (self.health, self.setupButton, self.run):
            column.addWidget(widget)
        column.addWidget(results, 1)
        self._rest = QWidget(self)
        column.addWidget(self._rest, 1)
        inputs.changed.connect(self.changed)
        self.setupButton.clicked.connect(self.setup_pressed)
        self.show_results(False)
        self.show_state("none", "")

    def show_state(self, level: str, text: str, why: str = "", possible: bool = False, setup: bool = False) -> None:
        """Say how things are; `possible` allows the main button, `setup` offers to set the runtime up."""
        self.health.show_health(level, text, why)
        self.health.setVisible(bool(text))
        self.setupButton.setVisible(setup)
        self.run.set_possible(possible)

    def show_results(self, shown: bool) -> None:
        """Show what came out in the place of the inputs, or nothing."""
        self.inputsGroup.setCollapsed(shown)
        self.results.setVisible(shown)
        self._rest.setVisible(not shown)

    def _group(self, inputs: QWidget) -> QWidget:
        self.inputsGroup.setFlat(True)
        self.inputsGroup.setSaveCollapsedState(False)
        column = QVBoxLayout(self.inputsGroup)
        column.setContentsMargins(0, 4, 0, 0)
        column.addWidget(inputs)
        return self.inputsGroup
