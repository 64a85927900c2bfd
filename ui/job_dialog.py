"""What presenters share whose dialog shows one background job: start, cancel, end, and leaving at any time."""

from __future__ import annotations

from typing import Any, Optional

from qgis.core import QgsApplication
from qgis.PyQt.QtCore import QObject
from qgis.PyQt.QtWidgets import QDialog

from ..inference.errors import Cancelled
from ..tasks.background_job import BackgroundJob, Work
from .texts import tr


class JobDialogPresenter(QObject):
    """Holds a dialog (with `set_running`, `show_progress`, `show_message`, `cancel_pressed`) while it is open.

    `failed` is the text for what a job raised.
    """

    def __init__(self, failed: str, parent: Optional[QObject] = None) -> None:
        super().__init__(parent)
        self._failed = failed
        self._job: Optional[BackgroundJob] = None
        self.dialog: Any = None

    def cancel(self) -> None:
        """Ask the job to stop."""
        if self._job is not None:
            self._job.cancel()

    def stop(self, patience_ms: int = 3000) -> None:
        """Cancel, wait briefly, close the dialog; nothing is shown any more."""
        job = self._let_go()
        if job is not None:
            job.cancel()
            job.waitForFinished(patience_ms)
        if self.dialog is not None:
            self.dialog.close()

    def _is_open(self) -> bool:
        """Bring the dialog to the front if there is one; return whether there is."""
        if self.dialog is not None:
            self.dialog.raise_()
        return self.dialog is not None

    def _open(self, dialog: QDialog) -> None:
        self.dialog = dialog
        self.dialog.cancel_pressed.connect(self.cancel)
        self.dialog.finished.connect(self._closed)
        self.dialog.destroyed.connect(self._forget)
        self.dialog.show()

    def _start(self, title: str, work: Work) -> None:
        self._job = BackgroundJob(title, work)
        self._job.told.connect(self.dialog.show_progress)
        self._job.ended.connect(self._ended)
        self.dialog.set_running(True)
        QgsApplication.taskManager().addTask(self._job)

    def _ended(self) -> None:
        job = self._let_go()
        if job is None or self.dialog is None:
            return
        self.dialog.set_running(False)
        if job.error is None:
            self._show_answer(job.answer)
        elif isinstance(job.error, Cancelled):
            self.dialog.show_message(tr("Cancelled."))
        else:
            self.dialog.show_message(self._failed.format(job.error))

    def _show_answer(self, answer: Any) -> None:
        """Show what the job returned."""
        raise NotImplementedError

    def _let_go(self) -> Optional[BackgroundJob]:
        """Forget the job and what it tells; return it."""
        job, self._job = self._job, None
        if job is not None:
            job.ended.disconnect(self._ended)
            if self.dialog is not None:
                job.told.disconnect(self.dialog.show_progress)
        return job

    def _closed(self, *_: Any) -> None:
        job = self._let_go()
        if job is not None:
            job.cancel()
        self._forget()

    def _forget(self, *_: Any) -> None:
        self.dialog = None
