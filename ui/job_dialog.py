"""What presenters share whose dialog shows one background job: start, cancel, end, and leaving at any time."""

from __future__ import annotations

from typing import Any, Optional

from qgis.core import QgsApplication
from qgis.PyQt.QtCore import QObject
from qgis.PyQt.QtWidgets import QDialog

from ..inference.errors import Cancelled
from ..tasks.background_job import BackgroundJob, Work
from .texts import tr


class JobHolder(QObject):
    """Holds a job while it runs, and the dialog (with `set_running`, `show_progress`, `show_message`) that shows it."""

    def __init__(self, parent: Optional[QObject] = None) -> None:
        super().__init__(parent)
        self._job: Optional[BackgroundJob] = None
        self._view: Any = None

    def cancel(self) -> None:
        """Ask the job to stop."""
        if self._job is not None:
            self._job.cancel()

    def _start_in(self, view: Any, title: str, work: Work) -> None:
        self._view, self._job = view, BackgroundJob(title, work)
        self._job.told.connect(view.show_progress)
        self._job.ended.connect(self._ended)
        view.set_running(True)
        QgsApplication.taskManager().addTask(self._job)

    def _ended(self) -> None:
        job = self._let_go()
        if job is None or self._view is None:
            return
        self._view.set_running(False)
        if job.error is None:
            self._show_answer(job.answer)
        else:
            self._view.show_message(self._failure(job.error))

    def _show_answer(self, answer: Any) -> None:
        """Show what the job returned."""
        raise NotImplementedError

    def _failure(self, error: Exception) -> str:
        """Return the text for what a job raised."""
        raise NotImplementedError

    def _leave(self, patience_ms: int = 0) -> None:
        """Cancel what runs, wait so long; nothing is shown any more."""
        job = self._let_go()
        if job is not None:
            job.cancel()
            if patience_ms:
                job.waitForFinished(patience_ms)

    def _let_go(self) -> Optional[BackgroundJob]:
        """Forget the job and what it tells; return it."""
        job, self._job = self._job, None
        if job is not None:
            job.ended.disconnect(self._ended)
            if self._view is not None:
                job.told.disconnect(self._view.show_progress)
        return job


class JobDialogPresenter(JobHolder):
    """Holds a dialog (of a JobHolder, with `cancel_pressed`) while it is open.

    `failed` is the text for what a job raised.
    """

    def __init__(self, failed: str, parent: Optional[QObject] = None) -> None:
        super().__init__(parent)
        self._failed = failed
        self.dialog: Any = None

    def stop(self, patience_ms: int = 3000) -> None:
        """Cancel, wait briefly, close the dialog; nothing is shown any more."""
        self._leave(patience_ms)
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
        self._start_in(self.dialog, title, work)

    def _failure(self, error: Exception) -> str:
        return tr("Cancelled.") if isinstance(error, Cancelled) else self._failed.format(error)

    def _closed(self, *_: Any) -> None:
        self._leave()
        self._forget()

    def _forget(self, *_: Any) -> None:
        self.dialog = self._view = None
