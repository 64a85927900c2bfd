"""From the group Divides to what is divided, what is said before, and what is told afterwards."""

from __future__ import annotations

from typing import Any, Dict, List, Tuple

from qgis.core import QgsVectorLayer
from qgis.gui import QgisInterface
from qgis.PyQt.QtCore import QObject

from ..tasks.inventory_request import DividesRequest, InventoryAnswer
from ..tasks.layer_editing import Applied
from ..tasks.layer_paths import gdal_path
from ..tasks.layer_sources import source_of_layer
from ..tasks.runs import Run
from .inventory_panel import InventoryPanel
from .layer_work import CURRENT_LAYER, LayerWork, Told
from .texts import tr


class DividesWork(LayerWork):
    """Divides ice into glaciers."""

    def __init__(
        self, panel: InventoryPanel, iface: QgisInterface, layer: CURRENT_LAYER, work: Run, parent: QObject
    ) -> None:  # fmt: skip
        super().__init__(panel.divides, iface, layer, tr("Divide ice"), work, parent)
        self._panel = panel

    def _plan(self, layer: QgsVectorLayer) -> Tuple[str, bool]:
        box, dem = self._panel.divides, self._dem()
        earlier = box.inherit.layer()
        if earlier is layer:
            return tr("Outlines and the earlier inventory are the same layer; choose two."), False
        if earlier is None and dem is None:
            return tr("Choose an earlier inventory, or elevation above and flowsheds."), False
        names = [str(one.name()) if one is not None else "" for one in (earlier, dem)]
        return " ".join(_steps(names[0], names[1], box.iceCapsCheck.isChecked())), True

    def _request(self, layer: QgsVectorLayer) -> DividesRequest:
        box, dem = self._panel.divides, self._dem()
        earlier = box.inherit.layer()
        return DividesRequest(
            source_of_layer(layer),
            source_of_layer(earlier, box.id_field()) if earlier is not None else None,
            gdal_path(dem) if dem is not None else "",
            box.minimumSpin.value(),
            box.iceCapsCheck.isChecked(),
        )

    def _dem(self) -> Any:
        """Return the layer of elevations, None where flowsheds are not wanted."""
        return self._panel.elevation.layer() if self._panel.divides.flowshedsCheck.isChecked() else None

    def _told(self, answer: InventoryAnswer, applied: Applied) -> Told:
        doubts = answer.values["doubts"]
        return "amber" if doubts else "green", divide_text(answer.values), "\n".join(doubts)


def _steps(earlier: str, dem: str, split_ice_caps: bool) -> List[str]:
    """Return what will happen, a sentence each ("": there is none)."""
    steps = []
    if earlier:
        steps.append(tr("Divides and ids come from {}.").format(earlier))
        steps.append(tr("New ice is divided by flowsheds of {}.").format(dem) if dem else tr("New ice stays whole."))
    else:
        steps.append(tr("All ice is divided anew by flowsheds of {}; divides that are there go.").format(dem))
    if dem:
        steps.append(tr("Ice caps are divided too.") if split_ice_caps else tr("Ice caps stay whole, and are told."))
    return steps


def divide_text(values: Dict[str, Any]) -> str:
    """Return what became of the ice."""
    kinds = ", ".join(f"{count:,} {tr(name)}" for name, count in values["by_divides"].items())
    text = tr("{:,} glaciers ({}) in {:,} complexes, {:,.2f} km\u00b2.").format(
        values["glaciers"], kinds, values["complexes"], values["area_km2"]
    )
    if not values["inherited_ids"]:
        return text
    ids = tr("{:,} ids inherited, {:,} glaciers without an earlier one.")
    return f"{text} {ids.format(values['inherited_ids'], values['new_ids'])}"
