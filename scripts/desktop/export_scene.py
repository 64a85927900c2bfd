"""The session of the window *Hand in*: a map with some edits is exported. Runs inside QGIS (--code)."""

from __future__ import annotations

import os
import sys
from pathlib import Path

# QGIS runs this file by exec(): it has no __file__ of its own, only the plugin's folder is known.
PLUGIN = Path(os.environ["QGIS_PLUGINPATH"]) / "icemargin"
sys.path.insert(0, str(PLUGIN / "scripts" / "desktop"))

from icemargin.inference.request import SceneFacts  # noqa: E402
from icemargin.tasks.runtime_setting import set_runtime_python  # noqa: E402
from icemargin.ui.analyst import remember_analyst  # noqa: E402
from icemargin.ui.export_dialog import ExportDialog  # noqa: E402
from icemargin.ui.export_presenter import ExportPresenter  # noqa: E402
from qgis.core import QgsProject, QgsVectorLayer  # noqa: E402
from qgis.utils import iface  # noqa: E402
from stage import add_map, add_scene, drawn, tidied  # noqa: E402
from steps import Runner, Session, after, shoot  # noqa: E402


def edited_map() -> QgsVectorLayer:
    """Map the scene with the classic method; edit a glacier, reject one, accept some."""
    layer = add_map(SceneFacts(src_id="S2A_T43SFT_20230817", sensor="Sentinel-2A MSI"))
    status, analyst = (layer.fields().lookupField(name) for name in ("status", "analyst"))
    layer.startEditing()
    for number, feature in enumerate(sorted(layer.getFeatures(), key=lambda one: -one["area_km2"])):
        if number == 0:
            layer.changeGeometry(feature.id(), feature.geometry().buffer(20, 6))
        if number < 4:
            layer.changeAttributeValue(feature.id(), analyst, "Anna")
            layer.changeAttributeValue(feature.id(), status, ("edited", "rejected", "accepted", "accepted")[number])
    return layer


def session() -> Session:
    """Press what a user presses; yield what to wait for."""
    yield from tidied()
    add_scene()
    layer = edited_map()
    yield from drawn()
    remember_analyst("Anna")
    presenter = ExportPresenter(iface)
    presenter.setup_wanted.connect(lambda: runner.note("setup wanted"))
    presenter.show(layer)
    yield after(1.0)
    runner.note(f"without runtime: {told(presenter.dialog)}")
    presenter.dialog.setupButton.click()
    set_runtime_python(os.environ["ICEMARGIN_RUNTIME"])
    yield from handed_in(presenter, presenter.dialog)
    layer.rollBack()
    presenter.stop()
    QgsProject.instance().setDirty(False)


def handed_in(presenter: ExportPresenter, dialog: ExportDialog) -> Session:
    """Hand in to GLIMS with gaps, mend them, export again."""
    dialog.formatCombo.setCurrentIndex(dialog.formatCombo.findData("glims"))
    dialog.targetFile.setFilePath("hand-in")
    dialog.activated.emit()
    yield after(0.7)
    shoot("export-before", dialog)
    runner.note(f"before: {told(dialog)}")
    dialog.exportButton.click()
    yield lambda: presenter._job is None
    yield after(0.5)
    shoot("export-faults", dialog)
    runner.note(f"faults: {dialog.headlineLabel.text()} {told(dialog)}")
    dialog.foundList.itemClicked.emit(dialog.foundList.item(0))
    yield from drawn()
    dialog.targetFile.setFilePath("hand-in 2")
    dialog.edits["src_date"].setText("2023-08-17")
    dialog.pages.setCurrentWidget(dialog.glimsPage)
    for name, value in (("local_x", 10), ("local_y", 10), ("global_x", 12), ("global_y", 12)):
        dialog.spins[name].setValue(value)
    yield after(0.5)
    shoot("export-glims", dialog)
    dialog.exportButton.click()
    yield lambda: presenter._job is None
    yield after(0.5)
    runner.note(f"done: {dialog.headlineLabel.text()} {told(dialog)}")
    dialog.addButton.click()
    yield from drawn()
    runner.note(f"in the map: {sorted(layer.name() for layer in QgsProject.instance().mapLayers().values())}")


def told(dialog: ExportDialog) -> list[str]:
    """Return the list's lines."""
    return [dialog.foundList.item(row).text() for row in range(dialog.foundList.count())]


runner = Runner(session(), iface)
