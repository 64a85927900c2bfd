"""What the edit log of a layer is for later: the way back for one glacier, and the layer as it was before all edits."""

from __future__ import annotations

import contextlib
from typing import Iterator, List, Optional, Tuple

from qgis.core import QgsFeature, QgsFillSymbol, QgsGeometry, QgsSingleSymbolRenderer, QgsVectorLayer, QgsWkbTypes

from ..inference.edit_steps import OPEN, SAVED, Change, Step
from ..inference.edit_store import EditStore
from ..inference.errors import OutlinesError
from ..inference.living import is_own
from ..inventory.edit_log import rewound, way_back
from .edit_places import log_place
from .edit_replay import apply_changes
from .feature_states import all_features, own_fields
from .texts import tr

DASHES = {"style": "no", "outline_color": "255,60,0", "outline_style": "dash", "outline_width": "0.4"}


def history(layer: QgsVectorLayer) -> List[Step]:
    """Return all steps of the log in their order, without shapes. Raises OutputError."""
    with _log_of(layer) as (store, name):
        return store.steps(name, shapes=False) if store is not None else []


def changes_of(layer: QgsVectorLayer, number: int) -> Tuple[Change, ...]:
    """Return what one step changed, with shapes. Raises OutputError."""
    with _log_of(layer) as (store, _):
        return store.changes(number) if store is not None else ()


def steps_in_effect(layer: QgsVectorLayer) -> List[Step]:
    """Return the steps that the layer shows: saved ones, and those of its edit session in this QGIS."""
    with _log_of(layer) as (store, name):
        if store is None:
            return []
        own = {number for number, session in store.sessions().items() if is_own(session.lock)}
        steps = store.steps(name)
    return [step for step in steps if step.state == SAVED or (step.state == OPEN and step.session in own)]


def undoing(layer: QgsVectorLayer, fid: int, first: int) -> Tuple[Change, ...]:
    """Return the changes that take a glacier, and those that changed with it, back to before the step `first`."""
    return way_back(steps_in_effect(layer), fid, first)


def undo_edits(layer: QgsVectorLayer, changes: Tuple[Change, ...], title: str) -> None:
    """Make changes as one undo step, and open an edit session where there is none. Nothing is saved.

    Raises OutlinesError where an outline is another one than the log tells, or would lie over a neighbour.
    """
    if not layer.isEditable() and not layer.startEditing():
        raise OutlinesError(tr("{} cannot be edited; save a copy of it as a GeoPackage.").format(layer.name()))
    try:
        apply_changes(layer, changes, title, sound=True)
    except OutlinesError as error:
        raise OutlinesError(tr("Nothing was undone. {}").format(error)) from error


def layer_before(layer: QgsVectorLayer) -> QgsVectorLayer:
    """Return a layer in memory with all outlines as they were before the edits in the log."""
    before = rewound({fid: one.state() for fid, one in all_features(layer).items()}, steps_in_effect(layer))
    kind = QgsWkbTypes.displayString(layer.wkbType())
    made = QgsVectorLayer(kind, tr("{} before edits").format(layer.name()), "memory")
    made.setCrs(layer.crs())
    fields = [layer.fields()[place] for place in own_fields(layer).values()]
    made.dataProvider().addAttributes(fields)
    made.updateFields()
    features = []
    for _, state in sorted(before.items()):
        feature = QgsFeature(made.fields())
        if state.wkb is not None:
            geometry = QgsGeometry()
            geometry.fromWkb(state.wkb)
            feature.setGeometry(geometry)
        feature.setAttributes([field.convertCompatible(state.values.get(field.name())) for field in made.fields()])
        features.append(feature)
    made.dataProvider().addFeatures(features)
    made.updateExtents()
    made.setRenderer(QgsSingleSymbolRenderer(QgsFillSymbol.createSimple(DASHES)))
    return made


@contextlib.contextmanager
def _log_of(layer: QgsVectorLayer) -> Iterator[Tuple[Optional[EditStore], str]]:
    """Yield the log, None where there is none yet."""
    place = log_place(layer)
    if not place.path.is_file():
        yield None, place.layer
        return
    store = place.open()
    try:
        yield store, place.layer
    finally:
        store.close()
