"""The session of the Inventory tab: a map becomes an inventory that can be handed in. Runs inside QGIS (--code)."""

from __future__ import annotations

import os
import sys
from pathlib import Path

# QGIS runs this file by exec(): it has no __file__ of its own, only the plugin's folder is known.
PLUGIN = Path(os.environ["QGIS_PLUGINPATH"]) / "icemargin"
sys.path.insert(0, str(PLUGIN / "scripts" / "desktop"))

from icemargin.inference.request import SceneFacts  # noqa: E402
from icemargin.tasks.runtime_setting import set_runtime_python  # noqa: E402
from icemargin.ui.inventory_presenter import InventoryPresenter  # noqa: E402
from icemargin.ui.layer_work import LayerWork  # noqa: E402
from qgis.core import QgsGeometry, QgsPointXY, QgsProject, QgsVectorLayer  # noqa: E402
from qgis.utils import iface, plugins  # noqa: E402
from stage import add_map, add_scene, drawn, open_tab, tidied  # noqa: E402
from steps import Runner, Session, after, shoot  # noqa: E402

INVENTORY = 2
"""The tab's place."""
FACTS = SceneFacts(src_id="S2A_T43SFT_20230817", src_date="2023-08-17", sensor="Sentinel-2A MSI", analyst="Anna")


def settled(presenter: InventoryPresenter) -> Session:
    """Wait until the tab has looked at the layer."""
    yield after(1.2)
    yield lambda: not presenter.watch.runs.is_running and not presenter.check.desk.is_checking
    yield from drawn()


def pressed(work: LayerWork, presenter: InventoryPresenter) -> Session:
    """Press a group's main button, and wait for the end."""
    yield work.box.run.runButton.isEnabled
    work.box.run.runButton.click()
    yield lambda: not work.runs.is_running
    yield from settled(presenter)
    runner.note(f"{work.title}: {work.box.result.textLabel.text()} | {work.box.result.whyLabel.text()}")
    runner.note(f"state: {presenter.panel.health.textLabel.text()}")


def pull(layer: QgsVectorLayer) -> None:
    """Move a corner of the largest outline, as the vertex tool does."""
    largest = max(layer.getFeatures(), key=lambda one: one.geometry().area())
    box, shape = largest.geometry().boundingBox(), QgsGeometry(largest.geometry())
    _, place, _, _, _ = shape.closestVertex(QgsPointXY(box.center().x(), box.yMaximum()))
    corner = shape.vertexAt(place)
    shape.moveVertex(corner.x(), corner.y() + 0.02 * box.height(), place)
    layer.changeGeometry(largest.id(), shape)


def session() -> Session:
    """Press what a user presses; yield what to wait for."""
    set_runtime_python(os.environ["ICEMARGIN_RUNTIME"])
    yield from tidied()
    dock = open_tab(INVENTORY)
    yield after(0.5)
    shoot("inventory-nothing-loaded", dock)
    presenter: InventoryPresenter = plugins["icemargin"]._inventory
    add_scene()
    layer = add_map(FACTS)
    yield from settled(presenter)
    runner.note(f"state: {presenter.panel.health.textLabel.text()}")
    shoot("inventory-ready")
    yield from worked(presenter, layer)
    QgsProject.instance().setDirty(False)


def worked(presenter: InventoryPresenter, layer: QgsVectorLayer) -> Session:
    """Divide, measure, edit, measure again; look at the form, check, hand in."""
    panel = presenter.panel
    panel.dividesGroup.setCollapsed(False)
    yield from pressed(presenter.divides, presenter)
    shoot("inventory-divided")
    panel.dividesGroup.setCollapsed(True)
    yield from pressed(presenter.attributes, presenter)
    shoot("inventory-measured")
    pull(layer)
    yield from settled(presenter)
    runner.note(f"edited: {panel.health.textLabel.text()}")
    panel.staleButton.click()
    yield from drawn()
    shoot("inventory-stale")
    layer.removeSelection()
    yield from pressed(presenter.attributes, presenter)
    feature = max(layer.getFeatures(), key=lambda one: one["area_km2"])
    form = iface.getFeatureForm(layer, feature)
    form.setWindowTitle("Outlines")
    form.show()
    yield after(1.0)
    shoot("inventory-form", form)
    form.close()
    panel.check.run.runButton.click()
    yield lambda: presenter.check.fault_count is not None
    yield from settled(presenter)
    runner.note(f"checked: {panel.health.textLabel.text()}")
    shoot("inventory-checked")
    panel.handInButton.click()
    yield after(1.5)
    shoot("inventory-hand-in")
    presenter.hand_in.dialog.close()
    layer.rollBack()


runner = Runner(session(), iface)
