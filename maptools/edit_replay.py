"""Recorded changes made again, or taken back, as one undo step: only where the outlines are what the log expects."""

from __future__ import annotations

from typing import Dict, List, Mapping, MutableMapping, Optional, Sequence

from qgis.core import (
    QgsFeature,
    QgsFeatureRequest,
    QgsField,
    QgsGeometry,
    QgsVectorLayer,
    QgsVectorLayerUtils,
)
from qgis.PyQt.QtCore import QVariant

from ..inference.columns import FieldValue
from ..inference.edit_steps import Change, State
from ..inference.errors import OutlinesError
from ..inventory.id_fields import id_field_of
from .feature_states import Known, current_features, own_fields, same_shape, same_value
from .outline_edit import require_sound
from .texts import tr

_KINDS = {str: QVariant.String, bool: QVariant.Bool, int: QVariant.LongLong, float: QVariant.Double}
SHOWN = 3


def apply_changes(
    layer: QgsVectorLayer,
    changes: Sequence[Change],
    title: str,
    fids: Optional[MutableMapping[int, int]] = None,
    sound: bool = False,
) -> None:
    """Make changes as one undo step named `title`. Nothing is saved.

    Args:
        layer: being edited.
        changes: what is to happen; `before` is what the layer must have.
        title: for people.
        fids: numbers of features that were added anew, by their recorded ones; those that are added now come in.
        sound: whether what comes out must be valid and lie over no other outline.

    Raises:
        OutlinesError: an outline is another one now, and which, or the layer refuses; the layer is as it was.
    """
    names = {} if fids is None else fids
    found = _found(layer, changes, names)
    misfits = [_name(change) for change in changes if not _fits(change.before, found.get(change.fid))]
    if misfits:
        raise OutlinesError(tr("Outlines were changed since, outside of this: {}.").format(_listed(misfits)))
    layer.beginEditCommand(title)
    try:
        _write(layer, changes, {fid: number for fid, (number, _) in found.items()}, names)
        if sound:
            require_sound(layer, [_geometry(one.after.wkb) for one in changes if one.after and one.after.wkb])
    except BaseException:
        layer.destroyEditCommand()
        raise
    layer.endEditCommand()
    layer.triggerRepaint()


def numbers_if_done(layer: QgsVectorLayer, changes: Sequence[Change]) -> Optional[Dict[int, int]]:
    """Return the numbers of new features by recorded ones where the layer shows all that changes led to, else None."""
    found = _found(layer, changes, {})
    numbers: Dict[int, int] = {}
    for change in changes:
        if change.before is None and change.after is not None and change.after.wkb is not None:
            number = _number_at(layer, change.after.wkb)
            if number is None:
                return None
            numbers[change.fid] = number
        elif change.fid in found if change.after is None else not _fits(change.after, found.get(change.fid)):
            return None
    return numbers


def _number_at(layer: QgsVectorLayer, wkb: bytes) -> Optional[int]:
    """Return the number of an outline of that shape."""
    request = QgsFeatureRequest(_geometry(wkb).boundingBox().buffered(1e-6)).setNoAttributes()
    return next((one.id() for one in layer.getFeatures(request) if same_shape(one.geometry(), wkb)), None)


def _found(layer: QgsVectorLayer, changes: Sequence[Change], fids: Mapping[int, int]) -> Dict[int, tuple[int, Known]]:
    """Return the features that changes are about, by their recorded numbers, as (number now, feature).

    Files like shapefiles number their features anew when one is deleted: where another glacier has the number, or none,
    it is looked for by its id.
    """
    wanted = {change.fid: fids.get(change.fid, change.fid) for change in changes}
    known = current_features(layer, wanted.values())
    field = id_field_of(list(own_fields(layer)))
    found: Dict[int, tuple[int, Known]] = {}
    for change in changes:
        number = wanted[change.fid]
        one = known.get(number)
        if change.before is not None and field and change.glacier and _is_other(one, field, change):
            number, one = _by_id(layer, field, change.glacier) or (number, one)
        if one is not None:
            found[change.fid] = (number, one)
    return found


def _is_other(one: Optional[Known], field: str, change: Change) -> bool:
    ids = {change.glacier, *(side.values.get(field) for side in (change.before, change.after) if side is not None)}
    return one is None or one.values.get(field) not in ids


def _by_id(layer: QgsVectorLayer, field: str, glacier: str) -> Optional[tuple[int, Known]]:
    text = glacier.replace("'", "''")
    request = QgsFeatureRequest().setFilterExpression(f"\"{field}\" = '{text}'").setNoAttributes()
    numbers = [one.id() for one in layer.getFeatures(request)]
    return (numbers[0], current_features(layer, numbers)[numbers[0]]) if len(numbers) == 1 else None


def _fits(before: Optional[State], found: Optional[tuple[int, Known]]) -> bool:
    if before is None:
        return True
    if found is None or (before.wkb is not None and not same_shape(found[1].geometry, before.wkb)):
        return False
    return all(same_value(found[1].values.get(name), value) for name, value in before.values.items())


def _write(
    layer: QgsVectorLayer, changes: Sequence[Change], numbers: Mapping[int, int], fids: MutableMapping[int, int]
) -> None:
    _add_fields(layer, changes)
    done = True
    for change in changes:
        if change.after is None:
            done = done and layer.deleteFeature(numbers[change.fid])
        elif change.before is None:
            feature = _feature(layer, change.after)
            done = done and layer.addFeature(feature)
            fids[change.fid] = feature.id()
        else:
            done = done and _change(layer, numbers[change.fid], change.after)
    if not done:
        raise OutlinesError(tr("The layer {} refuses the change; is it read-only?").format(layer.name()))


def _change(layer: QgsVectorLayer, fid: int, after: State) -> bool:
    if after.wkb is not None and not layer.changeGeometry(fid, _geometry(after.wkb)):
        return False
    return not after.values or bool(layer.changeAttributeValues(fid, _row(layer, after.values)))


def _feature(layer: QgsVectorLayer, state: State) -> QgsFeature:
    geometry = QgsGeometry() if state.wkb is None else _geometry(state.wkb)
    return QgsVectorLayerUtils.createFeature(layer, geometry, _row(layer, state.values))


def _row(layer: QgsVectorLayer, values: Mapping[str, FieldValue]) -> Dict[int, object]:
    places = own_fields(layer)
    known = {name: value for name, value in values.items() if name in places}
    # Days, say, are recorded as text: the field makes days of them again.
    return {places[name]: layer.fields()[places[name]].convertCompatible(value) for name, value in known.items()}


def _add_fields(layer: QgsVectorLayer, changes: Sequence[Change]) -> None:
    """Add the fields that were added in the edit session that was lost."""
    known = own_fields(layer)
    for change in changes:
        for name, value in (change.after.values if change.after else {}).items():
            if name not in known and value is not None:
                layer.addAttribute(QgsField(name, _KINDS[type(value)]))
                known = own_fields(layer)


def _geometry(wkb: bytes) -> QgsGeometry:
    geometry = QgsGeometry()
    geometry.fromWkb(wkb)
    return geometry


def _name(change: Change) -> str:
    return change.glacier or str(change.fid)


def _listed(names: List[str]) -> str:
    more = tr(" and {} more").format(len(names) - SHOWN) if len(names) > SHOWN else ""
    return ", ".join(names[:SHOWN]) + more
