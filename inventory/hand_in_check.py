"""Do the files of a hand-in for GLIMS fit each other?"""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from typing import Any, Dict, Iterator, List, Mapping, Optional, Sequence, Tuple

import numpy as np
import shapely

from ..inference.progress import Progress
from ..inference.vector_layer import VectorLayer
from .checked_layer import Indexed, Looked, look
from .export_glims import image_rows
from .hand_in import (
    FORM,
    IMAGES,
    INTERNAL_ROCK,
    LAYERS,
    NEEDED_LAYERS,
    NEEDED_TABLES,
    OUTLINES,
    SESSION,
    Beside,
)
from .outlines import parsed_wkb
from .overlap import islands
from .projection import POSITIONS, crs_of
from .rgi_fields import number_of
from .topology_faults import CheckSettings, LayerFault, in_order

SAME_AREA = 1e-6
ROUNDED_KM2 = 1e-4


def look_at_hand_in(
    outlines: VectorLayer, beside: Beside, id_field: str, settings: CheckSettings, progress: Progress
) -> Looked:
    """Check the outlines of a hand-in, and all its files against each other. Raises OutlinesError, Cancelled."""
    looked = look(outlines, id_field, FORM, settings, progress)
    return replace(looked, faults=in_order((*looked.faults, *hand_in_faults(looked, beside))))


def hand_in_faults(outlines: Indexed, beside: Beside) -> List[LayerFault]:
    """Return what of a hand-in contradicts its outlines, whose ids are those of `outlines.index`."""
    faults = [_fault(f"{name}.shp is missing") for name in NEEDED_LAYERS if name not in beside.layers]
    faults += [_fault(f"{name}.csv is missing") for name in NEEDED_TABLES if name not in beside.tables]
    for name, layer in beside.layers.items():
        faults += _layer(name, layer, outlines)
    if INTERNAL_ROCK in beside.layers:
        faults += _rocks(beside.layers[INTERNAL_ROCK], outlines)
    if IMAGES in beside.tables:
        faults += _images(beside.tables[IMAGES], outlines.rows)
    if SESSION in beside.tables:
        faults += _session(beside.tables[SESSION], outlines, beside.layers)
    return faults


def _fault(what: str, outlines: Optional[Indexed] = None, place: int = -1, box: Any = None) -> LayerFault:
    ids, places = ((outlines.index.ids[place],), (place,)) if outlines is not None else ((), ())
    return LayerFault("hand_in", what, ids, places, box)


def _layer(name: str, layer: VectorLayer, outlines: Indexed) -> Iterator[LayerFault]:
    """Yield what of a layer does not fit: its CRS, its features' types, and ids that no outline has."""
    if not (layer.crs and crs_of(layer.crs).equals(crs_of(POSITIONS), ignore_axis_order=True)):
        yield _fault(f"{name}.shp is not in EPSG:4326 (WGS 84)")
    if any(text != LAYERS[name] for text in layer.texts("line_type")):
        yield _fault(f"{name}.shp has features whose line_type is not {LAYERS[name]}")
    for text in sorted(set(layer.texts("local_id")) - set(outlines.index.ids)):
        yield _fault(f"{name}.shp has the local_id {text or '(empty)'}, which no outline has")


def _rocks(rock: VectorLayer, outlines: Indexed) -> Iterator[LayerFault]:
    """Yield glaciers whose rock lies outside or on their ice, or is not all that is a hole in them."""
    index = outlines.index
    place_of = {name: place for place, name in enumerate(index.ids)}
    names = rock.texts("local_id")
    for name, ground in zip(names, parsed_wkb(rock.wkb)):
        if name in place_of and ground is not None:
            ice = index.sound[place_of[name]]
            around = shapely.union_all(shapely.polygons(shapely.get_exterior_ring(shapely.get_parts(ice))))
            wrong = shapely.intersection(ground, ice).area + shapely.difference(ground, around).area
            if wrong > SAME_AREA * ground.area:
                yield _fault("internal rock does not lie in a hole of its glacier", outlines, place_of[name],
                             ground.bounds)  # fmt: skip
    count = Counter(names)
    for name, place in place_of.items():
        holes = len(islands(np.array([index.sound[place]], dtype=object)))
        if holes != count[name]:
            yield _fault(f"{holes} holes, and {count[name]} polygons of internal rock", outlines, place)


def _images(table: Sequence[Sequence[str]], rows: Sequence[Mapping[str, Any]]) -> Iterator[LayerFault]:
    """Yield rows of images that the outlines have and the table has not, and the other way round."""
    texts = [{name: str(row.get(name) or "") for name in ("image_id", "inst_name", "src_date")} for row in rows]
    wanted, told = (set(map(tuple, some)) for some in (image_rows(texts), table))
    for row in sorted(wanted - told):
        yield _fault(f"images.csv has not the row {', '.join(row)}, which follows from the outlines")
    for row in sorted(told - wanted):
        yield _fault(f"images.csv has the row {', '.join(row)}, which does not follow from the outlines")


def _session(
    table: Sequence[Sequence[str]], outlines: Indexed, layers: Mapping[str, VectorLayer]
) -> Iterator[LayerFault]:
    """Yield numbers of the session that are not those of the layers."""
    told = {row[0]: row[1] for row in table if len(row) > 1}
    area = sum(number_of(row.get("area")) or 0.0 for row in outlines.rows)
    wanted: Dict[str, Tuple[float, float]] = {OUTLINES: (len(outlines.rows), 0), "area_total_km2": (area, ROUNDED_KM2)}
    wanted.update({f"n_{name}": (len(layer.rows), 0) for name, layer in layers.items()})
    for name, (value, room) in wanted.items():
        said = number_of(told.get(name))
        if said is None or abs(said - value) > room:
            yield _fault(f"session.csv says {name} = {told.get(name) or '(nothing)'}; the layers have {value:g}")
