"""The IceMargin tab of QGIS's log: where details go."""

from __future__ import annotations

import logging

from qgis.core import Qgis, QgsMessageLog

TAB = "IceMargin"
ROOT = __name__.split(".")[0]


class LogTabHandler(logging.Handler):
    """Hands log records of the package to QGIS's message log (which may be called from any thread)."""

    def emit(self, record: logging.LogRecord) -> None:
        level = Qgis.MessageLevel.Info
        if record.levelno >= logging.ERROR:
            level = Qgis.MessageLevel.Critical
        elif record.levelno >= logging.WARNING:
            level = Qgis.MessageLevel.Warning
        QgsMessageLog.logMessage(self.format(record), TAB, level, False)


def install_handler() -> LogTabHandler:
    """Send the package's log to the tab until `remove_handler`."""
    handler = LogTabHandler()
    handler.setFormatter(logging.Formatter("%(message)s"))
    logger = logging.getLogger(ROOT)
    logger.addHandler(handler)
    logger.setLevel(logging.INFO)
    return handler


def remove_handler(handler: LogTabHandler) -> None:
    """Stop sending the log to the tab."""
    logging.getLogger(ROOT).removeHandler(handler)
    handler.close()
