"""Loading .ui files, and reading and writing the values of plain input widgets."""

from __future__ import annotations

from pathlib import Path
from typing import Any, Mapping

from qgis.gui import QgsCheckableComboBox, QgsFileWidget
from qgis.PyQt import uic
from qgis.PyQt.QtCore import Qt
from qgis.PyQt.QtWidgets import QCheckBox, QComboBox, QDoubleSpinBox, QLineEdit, QSpinBox, QWidget


def load_form(name: str, widget: QWidget) -> None:
    """Build the children that ui/<name>.ui describes as attributes of `widget`."""
    uic.loadUi(str(Path(__file__).with_name(f"{name}.ui")), widget)


def read_value(widget: QWidget) -> Any:
    """Return what an input widget holds; a combo box gives the data of its current entry, one with ticks those of
    the ticked ones, a line each.
    """
    if isinstance(widget, QgsFileWidget):
        return widget.filePath()
    if isinstance(widget, QCheckBox):
        return widget.isChecked()
    if isinstance(widget, QgsCheckableComboBox):
        return "\n".join(str(data) for data in widget.checkedItemsData())
    if isinstance(widget, QComboBox):
        return widget.currentData()
    if isinstance(widget, QLineEdit):
        return widget.text()
    if isinstance(widget, (QSpinBox, QDoubleSpinBox)):
        return widget.value()
    raise TypeError(f"No value is known for {type(widget).__name__}.")


def write_value(widget: QWidget, value: Any) -> None:
    """Put `value` into an input widget. Settings hold text, so that it is converted where needed."""
    if isinstance(widget, QgsFileWidget):
        widget.setFilePath(str(value))
    elif isinstance(widget, QCheckBox):
        widget.setChecked(value in (True, 1, "true", "1"))
    elif isinstance(widget, QgsCheckableComboBox):
        wanted = str(value).split("\n")
        for row in range(widget.count()):
            ticked = str(widget.itemData(row)) in wanted
            widget.setItemCheckState(row, Qt.CheckState.Checked if ticked else Qt.CheckState.Unchecked)
    elif isinstance(widget, QComboBox):
        widget.setCurrentIndex(max(widget.findData(value), 0))
    elif isinstance(widget, QLineEdit):
        widget.setText(str(value))
    elif isinstance(widget, QSpinBox):
        widget.setValue(int(float(value)))
    elif isinstance(widget, QDoubleSpinBox):
        widget.setValue(float(value))
    else:
        raise TypeError(f"No value is known for {type(widget).__name__}.")


def on_change(widget: QWidget, slot: Any) -> None:
    """Call `slot()` whenever the widget's value changes."""
    signals: Mapping[type, str] = {
        QgsFileWidget: "fileChanged",
        QCheckBox: "toggled",
        QgsCheckableComboBox: "checkedItemsChanged",
        QComboBox: "currentIndexChanged",
        QLineEdit: "textChanged",
        QSpinBox: "valueChanged",
        QDoubleSpinBox: "valueChanged",
    }
    name = next(signal for kind, signal in signals.items() if isinstance(widget, kind))
    getattr(widget, name).connect(lambda *_: slot())
