"""Asks for a file's name, lets it be written in the background, and says where it is."""

from __future__ import annotations

import logging
from pathlib import Path
from typing import Any, Callable, Optional

from qgis.core import Qgis, QgsProject
from qgis.PyQt.QtCore import QObject, QUrl, pyqtSignal
from qgis.PyQt.QtGui import QDesktopServices
from qgis.PyQt.QtWidgets import QFileDialog, QWidget

from ..inference.progress import Progress
from ..tasks.runs import Runs
from ..tasks.runtime_setting import runtime_python
from .output_folder import default_folder
from .run_messages import RunMessages, failure_text
from .texts import tr

_log = logging.getLogger(__name__)
Write = Callable[[str, str, Progress], None]
"""Writes a path, with the runtime's interpreter where it needs that."""


class FileSaver(QObject):
    """Saves one file at a time; `saving(bool)` before and after."""

    saving = pyqtSignal(bool)

    def __init__(self, window: QWidget, messages: RunMessages, parent: Optional[QObject] = None) -> None:
        super().__init__(parent)
        self._window = window
        self._messages = messages
        self.runs = Runs(_write, self)
        self.runs.running.connect(self.saving)
        self.runs.done.connect(self._saved)
        self.runs.failed.connect(self._failed)

    def save(self, write: Write, title: str, kind: str, suffix: str) -> None:
        """Ask where to save a file of a kind ("HTML"); `title` is the name proposed."""
        name = f"{title}{suffix}".replace("/", "-")
        folder = default_folder(QgsProject.instance())
        existing = next(parent for parent in (folder, *folder.parents) if parent.is_dir())
        heading, filters = tr("Save as {}").format(kind), f"{kind} (*{suffix})"
        path, _ = QFileDialog.getSaveFileName(self._window, heading, str(existing / name), filters)
        if path:
            target = path if path.lower().endswith(suffix) else path + suffix
            self.runs.start(tr("IceMargin: {}").format(Path(target).name), (write, target), runtime_python())

    def stop(self) -> None:
        """Cancel what is written."""
        self.runs.stop()

    def _saved(self, job: Any, _: Any) -> None:
        path = job[1]
        url = QUrl.fromLocalFile(path)
        text = tr("Saved {}.").format(path)
        self._messages.show(text, Qgis.MessageLevel.Success, tr("Open"), lambda: QDesktopServices.openUrl(url))

    def _failed(self, job: Any, error: Optional[Exception]) -> None:
        _log.error("%s was not written: %s", job[1], error)
        self._messages.show(failure_text(error), Qgis.MessageLevel.Critical)


def _write(job: Any, python: str, progress: Progress) -> None:
    write, path = job
    write(path, python, progress)
