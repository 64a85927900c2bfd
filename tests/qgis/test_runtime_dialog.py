"""The runtime's dialog with a manager that does as told, and QGIS's network settings."""

from __future__ import annotations

import threading
from pathlib import Path

import pytest
from icemargin.inference.errors import InstallError
from icemargin.inference.progress import stop_if_cancelled
from icemargin.tasks.environment import Plan, State, Status
from icemargin.tasks.environment_network import NetworkSettings
from icemargin.tasks.runtime_setting import runtime_python, set_runtime_python
from icemargin.ui import runtime_dialog
from icemargin.ui.network_settings import network_settings
from icemargin.ui.runtime_dialog import RuntimeDialog, runtime_folder
from qgis.core import QgsNetworkAccessManager, QgsSettings
from qgis.PyQt.QtNetwork import QNetworkProxy
from qgis.PyQt.QtWidgets import QMessageBox

PYTHON = "/data/runtime-abc-0/bin/python"


class FakeManager:
    """Does nothing but remember; `error` is raised, `hold` waits for a cancel."""

    def __init__(self) -> None:
        self.folder = Path("/data")
        self.network = NetworkSettings()
        self.locks = {"cpu": {}, "cuda": {}}
        self.status = Status(State.ABSENT, "The runtime is not set up.")
        self.asked = []
        self.error = None
        self.hold = False
        self.started = threading.Event()

    def describe(self):
        return self.status

    def plan(self, backend, source=""):
        size = {"cpu": 56_000_000, "cuda": 2_039_000_000}[backend]
        return Plan(backend, self.folder, "3.11", ("numpy 2.4.6", "onnxruntime 1.31.1"), size, size, size, False)

    def set_up(self, backend, source="", progress=None, base_python=""):
        self.asked.append(("set_up", backend, source, base_python))
        progress.report(0.5, "Downloading, 28 of 56 MB")
        self.started.set()
        while self.hold:
            stop_if_cancelled(progress)
        if self.error:
            raise self.error
        self.status = Status(State.READY, "The runtime is ready.", PYTHON, backend, "CPU")
        return PYTHON

    def repair(self, source="", progress=None):
        self.asked.append(("repair",))
        return self.set_up("cpu", source, progress)

    update = repair

    def remove(self):
        self.asked.append(("remove",))
        self.status = Status(State.ABSENT, "The runtime is not set up.")

    def move_to(self, folder):
        self.folder = folder

    def last_log(self):
        return "pip said this"


@pytest.fixture
def manager() -> FakeManager:
    return FakeManager()


@pytest.fixture
def dialog(qtbot, manager, monkeypatch):
    monkeypatch.setattr(runtime_dialog, "suggest_backend", lambda available: "cuda")
    made = RuntimeDialog(manager, lambda: NetworkSettings("http://proxy:3128"))
    qtbot.addWidget(made)
    made.show()
    yield made
    manager.hold = False
    made.stop()


def finish(qtbot, dialog) -> None:
    qtbot.waitUntil(lambda: not dialog.running, timeout=5000)


def test_the_offer_says_size_place_and_what(dialog, manager):
    assert dialog.backendCombo.currentData() == "cuda"
    assert "2.0 GB from pypi.org" in dialog.planLabel.text()
    dialog.backendCombo.setCurrentIndex(dialog.backendCombo.findData("cpu"))
    for part in ("56 MB", "numpy 2.4.6, onnxruntime 1.31.1", "Python 3.11"):
        assert part in dialog.planLabel.text()
    assert dialog.folderEdit.text() == str(manager.folder)
    assert not dialog.repairButton.isVisible() and not dialog.removeButton.isVisible()


def test_set_up_fills_the_setting_and_tells(qtbot, dialog, manager):
    dialog.backendCombo.setCurrentIndex(dialog.backendCombo.findData("cpu"))
    with qtbot.waitSignal(dialog.ready, timeout=5000) as told:
        dialog.setUpButton.click()
    assert told.args == [PYTHON]
    assert runtime_python() == PYTHON
    assert manager.asked == [("set_up", "cpu", "", "")]
    assert manager.network.proxy == "http://proxy:3128"
    finish(qtbot, dialog)
    assert dialog.repairButton.isEnabled() and dialog.removeButton.isEnabled()
    assert not dialog.folderButton.isEnabled()


def test_install_from_a_folder(qtbot, dialog, manager, monkeypatch):
    monkeypatch.setattr(runtime_dialog.QFileDialog, "getExistingDirectory", lambda *_: "/media/wheels")
    dialog.fromFolderButton.click()
    finish(qtbot, dialog)
    assert manager.asked == [("set_up", "cuda", "/media/wheels", "")]


def test_a_failure_is_told_with_the_log_and_changes_nothing(qtbot, dialog, manager):
    set_runtime_python("/before/python")
    manager.error = InstallError("The disk is full: press Repair.")
    with qtbot.assertNotEmitted(dialog.ready):
        dialog.setUpButton.click()
        finish(qtbot, dialog)
    assert dialog.progressLabel.text() == "The disk is full: press Repair."
    assert dialog.logEdit.isVisible() and "pip said this" in dialog.logEdit.toPlainText()
    assert runtime_python() == "/before/python"
    assert dialog.setUpButton.isEnabled()


def test_a_run_is_shown_and_can_be_cancelled(qtbot, dialog, manager):
    manager.hold = True
    dialog.setUpButton.click()
    qtbot.waitUntil(lambda: "28 of 56" in dialog.progressLabel.text(), timeout=5000)
    assert dialog.progressBar.value() == 500
    assert dialog.cancelButton.isVisible() and not dialog.planGroup.isEnabled()
    dialog.set_up()  # a second is not started
    dialog.cancelButton.click()
    finish(qtbot, dialog)
    assert len(manager.asked) == 1
    assert "Cancelled" in dialog.progressLabel.text()
    assert not dialog.logEdit.isVisible()
    assert runtime_python() == ""


def test_closing_does_not_stop_it_and_unloading_does(qtbot, dialog, manager):
    manager.hold = True
    dialog.setUpButton.click()
    assert manager.started.wait(5)
    dialog.closeButton.click()
    assert dialog.running
    dialog.stop()
    finish(qtbot, dialog)


@pytest.mark.parametrize(("button", "state"), [("repairButton", State.BROKEN), ("updateButton", State.OUTDATED)])
def test_care(qtbot, dialog, manager, button, state):
    manager.status = Status(state, "It wants care.")
    dialog.refresh()
    getattr(dialog, button).click()
    finish(qtbot, dialog)
    assert manager.asked[0] == ("repair",)
    assert runtime_python() == PYTHON


@pytest.mark.parametrize("sure", [True, False])
def test_remove_asks_first(qtbot, dialog, manager, monkeypatch, sure):
    manager.status = Status(State.READY, "The runtime is ready.", PYTHON)
    set_runtime_python(PYTHON)
    dialog.refresh()
    answer = QMessageBox.StandardButton.Yes if sure else QMessageBox.StandardButton.No
    monkeypatch.setattr(QMessageBox, "question", lambda *_: answer)
    dialog.removeButton.click()
    finish(qtbot, dialog)
    assert manager.asked == ([("remove",)] if sure else [])
    assert runtime_python() == ("" if sure else PYTHON)


def test_another_python_is_used_as_it_is_or_to_make_one_from(qtbot, dialog, manager, monkeypatch):
    monkeypatch.setattr(runtime_dialog, "find_runtime_python", lambda path: path)
    dialog.use_python("/opt/python3")
    finish(qtbot, dialog)
    assert runtime_python() == "/opt/python3" and manager.asked == []
    assert "Models run in /opt/python3" in dialog.statusLabel.text()

    def lacks(path):
        raise InstallError("no onnxruntime")

    monkeypatch.setattr(runtime_dialog, "find_runtime_python", lacks)
    dialog.use_python("/opt/python3")
    finish(qtbot, dialog)
    assert manager.asked == [("set_up", "cuda", "", "/opt/python3")]


def test_the_folder_is_remembered(dialog, manager, tmp_path):
    dialog.move_to(tmp_path)
    assert manager.folder == tmp_path == runtime_folder()
    assert dialog.folderEdit.text() == str(tmp_path)


def test_qgis_certificates_are_handed_on():
    assert network_settings().certificates.count("BEGIN CERTIFICATE") > 10


@pytest.mark.parametrize(
    ("kind", "excluded", "url"),
    [
        ("HttpProxy", [], "http://me%40home:p%3Aw@proxy:3128"),
        ("Socks5Proxy", [], "socks5h://me%40home:p%3Aw@proxy:3128"),
        ("HttpProxy", ["https://pypi.org"], ""),
        ("NoProxy", [], ""),
    ],
)
def test_qgis_proxy_is_handed_on(kind, excluded, url):
    access = QgsNetworkAccessManager.instance()
    before = (access.fallbackProxy(), access.excludeList(), access.noProxyList())
    proxy = QNetworkProxy(getattr(QNetworkProxy.ProxyType, kind), "proxy", 3128, "me@home", "p:w")
    try:
        access.setFallbackProxyAndExcludes(proxy, excluded, [])
        QgsSettings().setValue("icemargin/runtime/index", "https://mirror/simple")
        found = network_settings()
    finally:
        access.setFallbackProxyAndExcludes(*before)
    assert (found.proxy, found.index) == (url, "https://mirror/simple")
