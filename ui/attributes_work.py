"""From the group Attributes to what is measured, and what is told of it."""

from __future__ import annotations

from typing import Any, Dict, List, Tuple

from qgis.core import QgsProject, QgsVectorLayer
from qgis.gui import QgisInterface
from qgis.PyQt.QtCore import QObject

from ..inference.errors import InputError
from ..tasks.inventory_request import AttributesRequest, InventoryAnswer
from ..tasks.layer_editing import Applied
from ..tasks.layer_paths import gdal_path
from ..tasks.layer_sources import source_of_layer
from ..tasks.runs import Run
from .inventory_panel import InventoryPanel
from .layer_work import CURRENT_LAYER, LayerWork, Told
from .review_layers import run_folder
from .texts import tr


class AttributesWork(LayerWork):
    """Measures what has changed, and how well areas are known."""

    def __init__(
        self, panel: InventoryPanel, iface: QgisInterface, layer: CURRENT_LAYER, work: Run, parent: QObject
    ) -> None:  # fmt: skip
        super().__init__(panel.attributes, iface, layer, tr("Update attributes"), work, parent)
        self._panel = panel

    def _plan(self, layer: QgsVectorLayer) -> Tuple[str, bool]:
        dem = self._panel.elevation.layer()
        if dem is None:
            return tr(
                "Choose elevation above: a terrain model in metres (Layer > Add Layer > Add Raster Layer ...)."
            ), False
        return tr("What has not changed since it was measured stays as it is."), True

    def _request(self, layer: QgsVectorLayer) -> AttributesRequest:
        box, dem = self._panel.attributes, self._panel.elevation.layer()
        if dem is None:
            raise InputError(tr("Choose elevation; it is no longer in the project."))
        debris = box.debris.layer()
        regions = [QgsProject.instance().mapLayer(key) for key in box.region_ids()]
        return AttributesRequest(
            source_of_layer(layer),
            gdal_path(dem),
            box.demNameEdit.text().strip() or dem.name(),
            confidence=self._confidence(layer),
            debris=source_of_layer(debris) if debris is not None else None,
            regions=tuple(source_of_layer(one) for one in regions if one is not None),
            pixel_m=box.pixelSpin.value(),
            block_m=box.blockSpin.value(),
            everything=box.againCheck.isChecked(),
        )

    def _confidence(self, layer: QgsVectorLayer) -> str:
        """Return the raster that is chosen, "" for none. Raises SourceError where it is no file."""
        box = self._panel.attributes
        folder = run_folder(layer)
        if box.own_confidence() and folder is not None:
            return str(folder / "confidence.tif")
        chosen = box.confidence.layer()
        return gdal_path(chosen) if chosen is not None else ""

    def _told(self, answer: InventoryAnswer, applied: Applied) -> Told:
        why = attribute_doubts(answer.values, len(applied.left))
        return "amber" if why else "green", attribute_text(answer.values), "\n".join(why)


def attribute_text(values: Dict[str, Any]) -> str:
    """Return the total with its interval and method, and what was measured."""
    total = values["total"]
    area = tr("{:,.2f} km\u00b2 ({:,.2f} to {:,.2f}; {}).").format(
        total["area_km2"], total["low_km2"], total["high_km2"], total["method"]
    )
    counts = tr("{:,} measured, {:,} unchanged.").format(values["measured"], values["unchanged"])
    return f"{area} {counts}"


def attribute_doubts(values: Dict[str, Any], left: int) -> List[str]:
    """Return what somebody should know, one sentence a line."""
    lines = [str(doubt) for doubt in values["doubts"]]
    lines += [tr("{} {} (for measuring only).").format(fault["id"], fault["what"]) for fault in values["faults"]]
    if left:
        lines.append(tr("{:,} outlines were edited meanwhile and keep their values: update once more.").format(left))
    return lines
