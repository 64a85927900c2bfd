"""From the inputs of the page *Between dates* to what is asked: is it possible, what is missing, the request."""

from __future__ import annotations

from dataclasses import dataclass
from typing import List, Optional, Sequence, Tuple

from qgis.core import QgsProject, QgsVectorLayer

from ..inference.errors import InputError
from ..inventory.layer_dates import day_of
from ..tasks.comparison_request import ChangeRequest, DatedSource, LayerSource
from ..tasks.layer_sources import source_of_layer
from .change_inputs import ChangeInputs, DatedChoice
from .layer_pick import LayerPick
from .layer_places import LayerPlaces
from .result_presenter import PageState, runtime_state, wrong_with
from .texts import tr

NO_LAYERS = LayerPlaces("")


@dataclass(frozen=True, eq=False)
class AskedChange:
    """A request, and what of the project its answer is shown in: title and ids, never layers."""

    request: ChangeRequest
    title: str
    layer_ids: Tuple[str, ...]
    id_field: str

    def places_of(self, names: Sequence[str]) -> LayerPlaces:
        """Return the layer that has the most of the glaciers, the earlier one where two have as many."""
        found = [LayerPlaces(key, self.id_field) for key in self.layer_ids] or [NO_LAYERS]
        return max(found, key=lambda place: len(place.features(names)))


def change_state(inputs: ChangeInputs, any_layers: bool) -> PageState:
    """Return what stands in the way, or what would be measured."""
    chosen = inputs.chosen()
    if not any_layers:
        text = tr("Add the outlines of two dates or more as layers (Layer > Add Layer > Add Vector Layer ...).")
        return PageState("none", text)
    if len(chosen) < 2:
        return PageState("none", tr("Tick two layers or more, and type the day that each shows."))
    layers = [(_layer(choice), choice) for choice in chosen]
    problem = wrong_with([layer for layer, _ in layers if layer is not None]) or _wrong_with_days(inputs, chosen)
    if problem:
        return PageState("red", problem)
    days = sorted(choice.day for choice in chosen if choice.day)
    known = tr("{} to {}").format(days[0], days[-1]) if len(days) == len(chosen) else tr("days from the layers' fields")
    return runtime_state(tr("{} layers, {}.").format(len(chosen), known))


def ask_change(inputs: ChangeInputs) -> AskedChange:
    """Return the change that the inputs mean. Raises InputError."""
    chosen = sorted(inputs.chosen(), key=lambda choice: choice.day or "9999")
    field = inputs.id_field()
    dated: List[DatedSource] = []
    for choice in chosen:
        layer = _layer(choice)
        if layer is None:
            raise InputError(tr("{} is no longer in the project; tick another layer.").format(choice.name))
        dated.append(DatedSource(source_of_layer(layer), day_of(choice.day), choice.pixel_m))
    extent, debris, lines = (_source(pick) for pick in (inputs.extent, inputs.debris, inputs.centrelines))
    request = ChangeRequest(tuple(dated), field, debris, lines, extent)
    title = tr("Change from {} to {}").format(chosen[0].name, chosen[-1].name)
    return AskedChange(request, title, tuple(choice.id for choice in chosen), field)


def _wrong_with_days(inputs: ChangeInputs, chosen: Sequence[DatedChoice]) -> str:
    days = [choice.day for choice in chosen if choice.day]
    for choice in chosen:
        if choice.day and day_of(choice.day) is None:
            return tr("{} is no day; write it like 2010-08-20.").format(choice.day)
        if not choice.day and not inputs.tells_day(choice.id):
            return tr("{} does not tell its day: type it beside the layer, like 2010-08-20.").format(choice.name)
    twice = next((day for day in days if days.count(day) > 1), "")
    return tr("Two layers have the same day, {}.").format(twice) if twice else ""


def _layer(choice: DatedChoice) -> Optional[QgsVectorLayer]:
    layer = QgsProject.instance().mapLayer(choice.id)
    return layer if isinstance(layer, QgsVectorLayer) else None


def _source(pick: LayerPick) -> Optional[LayerSource]:
    layer = pick.layer()
    return source_of_layer(layer) if layer is not None else None
