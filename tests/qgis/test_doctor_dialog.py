from __future__ import annotations

import threading

import pytest
from icemargin.diagnosis.examine import Case
from icemargin.diagnosis.report import BAD, CLASSIC, DOUBT, OK, Finding, Report
from icemargin.inference.errors import OutputError
from icemargin.inference.progress import stop_if_cancelled
from icemargin.tasks import runtime_setting
from icemargin.ui import map_settings
from icemargin.ui.doctor import Doctor, case_of_settings, host_findings
from icemargin.ui.doctor_dialog import DoctorDialog
from qgis.core import Qgis, QgsApplication
from qgis.PyQt.QtWidgets import QApplication

REPORT = Report(
    "0.1.0",
    (
        Finding(CLASSIC, OK, "a trial scene mapped"),
        Finding("Runtime", DOUBT, "not set up", "Set it up."),
        Finding("Model", BAD, "cut off. " * 40, "Import it again."),
    ),
)


@pytest.fixture
def dialog(qgis_app):
    dialog = DoctorDialog()
    yield dialog
    dialog.close()


@pytest.fixture(autouse=True)
def no_models_of_ours(tmp_path, monkeypatch):
    monkeypatch.setenv("ICEMARGIN_HOME", str(tmp_path / "own"))
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path / "own"))


def rows(dialog):
    tree = dialog.findingsTree
    return [tree.topLevelItem(number) for number in range(tree.topLevelItemCount())]


def test_shows_every_finding_and_what_to_do(dialog):
    dialog.resize(600, 500)
    dialog.show()
    dialog.show_report(REPORT)
    assert dialog.headlineLabel.text() == REPORT.headline
    assert [row.text(0) for row in rows(dialog)] == ["Model", "Runtime", CLASSIC], "bad first"
    assert "Set it up." in rows(dialog)[1].text(1)
    heights = [row.sizeHint(1).height() for row in rows(dialog)]
    assert heights[0] > heights[1] > heights[2], "long texts need more lines"
    dialog.resize(400, 500)
    QApplication.processEvents()
    assert rows(dialog)[0].sizeHint(1).height() > heights[0]


def test_copies_the_report_as_text(dialog):
    dialog.set_running(False)
    assert not dialog.copyButton.isEnabled()
    dialog.show_report(REPORT)
    dialog.copyButton.click()
    assert QApplication.clipboard().text() == REPORT.to_text()


def test_examines_off_the_main_thread_and_again(qtbot):
    threads = []

    def examine(case, progress):
        threads.append(threading.current_thread())
        progress.report(0.5, "Half ...")
        return REPORT

    doctor = Doctor(Case, examine)
    doctor.show()
    qtbot.waitUntil(doctor.dialog.copyButton.isEnabled, timeout=5000)
    doctor.dialog.againButton.click()
    assert not doctor.dialog.copyButton.isEnabled() and doctor.dialog.progressRow.isVisible()
    qtbot.waitUntil(doctor.dialog.copyButton.isEnabled, timeout=5000)
    assert len(threads) == 2 and threading.main_thread() not in threads
    doctor.stop()
    assert doctor.dialog is None


def endless(case, progress):
    while True:
        stop_if_cancelled(progress)


@pytest.mark.parametrize("end", ["cancel", "close", "stop"])
def test_an_examination_can_be_left_at_any_time(qtbot, end):
    doctor = Doctor(Case, endless)
    doctor.show()
    if end == "cancel":
        doctor.dialog.cancelButton.click()
        qtbot.waitUntil(doctor.dialog.againButton.isEnabled, timeout=5000)
        assert doctor.dialog.headlineLabel.text() == "Cancelled." and not doctor.dialog.copyButton.isEnabled()
    elif end == "close":
        doctor.dialog.closeButton.click()
        assert doctor.dialog is None
    doctor.stop()
    qtbot.waitUntil(lambda: QgsApplication.taskManager().countActiveTasks() == 0, timeout=5000)


@pytest.mark.parametrize("error", [OutputError("no room"), ZeroDivisionError("no room")])
def test_a_failure_is_told(qtbot, error):
    def examine(case, progress):
        raise error

    doctor = Doctor(Case, examine)
    doctor.show()
    qtbot.waitUntil(doctor.dialog.againButton.isEnabled, timeout=5000)
    assert "no room" in doctor.dialog.headlineLabel.text()
    doctor.stop()


def test_examines_this_qgis(qtbot):
    """The real examination from the settings of a fresh profile: the classic method works, a runtime is offered."""
    doctor = Doctor(case_of_settings)
    doctor.show()
    qtbot.waitUntil(doctor.dialog.copyButton.isEnabled, timeout=300000)
    texts = {row.text(0): row.text(1) for row in rows(doctor.dialog)}
    assert texts["QGIS"].startswith(Qgis.version())
    assert "trial scene mapped" in texts[CLASSIC] and "not set up" in texts["Runtime"]
    doctor.stop()


def test_the_case_takes_what_the_settings_say(tmp_path):
    chosen, recent = tmp_path / "chosen.onnx", tmp_path / "recent.onnx"
    for path in (chosen, recent):
        path.touch()
    runtime_setting.set_runtime_python("/usr/bin/python3")
    map_settings.remember_model(str(chosen))
    map_settings.remember_model(str(recent))
    case = case_of_settings(str(chosen), "cpu")
    assert case.models == (str(chosen), str(recent))
    assert (
        case.folders["the runtime"] == case.runtime_folder != ""
        and "models" in case.folders
        and case.runtime_python == "/usr/bin/python3"
    )
    assert case.device == "cpu" and case.host == host_findings()
    assert case_of_settings("classic").models == (str(recent), str(chosen))
