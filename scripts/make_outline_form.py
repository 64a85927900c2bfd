"""Write the form of outlines into resources/styles/outlines.qml: tabs, words for codes, what is not to be typed.

    QT_HASH_SEED=0 QT_QPA_PLATFORM=offscreen .venv/bin/python scripts/make_outline_form.py     (seed: order of the XML)

The symbols that stand there stay. Fields are known by name, so that layers without some of them have the rest.
"""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any, Dict, Mapping

from icemargin.inference.columns import INTEGER, REAL, TEXT, Field
from icemargin.inference.outline_fields import NOT_ASSIGNED, OUTLINE_FIELDS, UNKNOWN_INTEGER
from icemargin.inventory.review import STATUSES
from qgis.core import (
    QgsApplication,
    QgsAttributeEditorContainer,
    QgsAttributeEditorField,
    QgsEditFormConfig,
    QgsEditorWidgetSetup,
    QgsField,
    QgsMapLayer,
    QgsVectorLayer,
)
from qgis.PyQt.QtCore import QVariant

STYLE = Path(__file__).resolve().parent.parent / "resources" / "styles" / "outlines.qml"
KINDS = {TEXT: QVariant.String, INTEGER: QVariant.Int, REAL: QVariant.Double}
MORE = (
    Field("area_sigma_km2", REAL), Field("area_unc", TEXT), Field("region_src", TEXT), Field("attr_key", TEXT),
    Field("attr_state", TEXT), Field("divides", TEXT), Field("parent_id", TEXT), Field("ice_cap", INTEGER),
    Field("checked_by", TEXT),
)  # fmt: skip
"""Fields that come with attributes, divides and a second look."""
UNKNOWN = "not assigned"
CODES: Dict[str, Mapping[str, Any]] = {
    "primeclass": {UNKNOWN: UNKNOWN_INTEGER, "miscellaneous": 0, "continental ice sheet": 1, "icefield": 2,
                   "ice cap": 3, "outlet glacier": 4, "valley glacier": 5, "mountain glacier": 6,
                   "glacieret or snowfield": 7, "ice shelf": 8, "rock glacier": 9},
    "conn_lvl": {UNKNOWN: UNKNOWN_INTEGER, "no connection": 0, "weak connection": 1},
    "surge_type": {UNKNOWN: NOT_ASSIGNED, "no evidence": 0, "possible": 1, "probable": 2, "observed": 3},
    "term_type": {UNKNOWN: NOT_ASSIGNED, "land": 0, "marine": 1, "lake": 2, "ice shelf": 3},
    "aspect_sec": {UNKNOWN: NOT_ASSIGNED, "north": 1, "north-east": 2, "east": 3, "south-east": 4, "south": 5,
                   "south-west": 6, "west": 7, "north-west": 8},
    "status": {status: status for status in STATUSES},
    "o1region": {UNKNOWN: "", **{f"{number:02} {name}": f"{number:02}" for number, name in enumerate((
        "Alaska", "Western Canada and USA", "Arctic Canada North", "Arctic Canada South", "Greenland Periphery",
        "Iceland", "Svalbard and Jan Mayen", "Scandinavia", "Russian Arctic", "North Asia", "Central Europe",
        "Caucasus and Middle East", "Central Asia", "South Asia West", "South Asia East", "Low Latitudes",
        "Southern Andes", "New Zealand", "Subantarctic and Antarctic Islands", "Antarctic Mainland",
    ), start=1)}},
}  # fmt: skip
"""Words for the codes of the RGI 7.0 (user guide, glacier product), and the values of a review."""
TABS = {
    "Glacier": ("im_id", "glac_name", "o1region", "o2region", "region_src", "primeclass", "term_type", "surge_type",
                "conn_lvl", "divides", "parent_id", "ice_cap"),
    "Area and confidence": ("area_km2", "area_lo_km2", "area_hi_km2", "area_sigma_km2", "area_unc", "conf_mean",
                            "unc_area_km2"),
    "Terrain": ("attr_state", "zmin_m", "zmax_m", "zmed_m", "zmean_m", "slope_deg", "aspect_deg", "aspect_sec",
                "lmax_m", "termlon", "termlat", "cenlon", "cenlat", "utm_zone", "dem_source"),
    "Source": ("src_id", "src_date", "sensor", "method", "model"),
    "Review": ("status", "reason", "note", "analyst", "checked_by", "edited_at"),
}  # fmt: skip
BY_HAND = frozenset((
    "glac_name", "o1region", "o2region", "primeclass", "term_type", "surge_type", "conn_lvl", "src_id", "src_date",
    "sensor", "status", "reason", "note", "analyst", "checked_by",
))  # fmt: skip
"""What is typed; ids and what is computed are read-only."""
PLACES = {
    **dict.fromkeys(("area_km2", "area_lo_km2", "area_hi_km2", "area_sigma_km2", "unc_area_km2"), 4),
    **dict.fromkeys(("zmin_m", "zmax_m", "zmed_m", "zmean_m"), 0), "slope_deg": 1, "aspect_deg": 0, "conf_mean": 3,
    **dict.fromkeys(("cenlon", "cenlat", "termlon", "termlat"), 5),
}  # fmt: skip
"""Decimal places that are shown; the value keeps all."""
LABELS = {
    "im_id": "Id", "glac_name": "Name", "o1region": "Region", "o2region": "Second-order region",
    "region_src": "Region from", "primeclass": "Class", "term_type": "Terminus", "surge_type": "Surges",
    "conn_lvl": "Connection to the ice sheet", "divides": "Divides from", "parent_id": "Part of", "ice_cap": "Ice cap",
    "area_km2": "Area (km²)", "area_lo_km2": "At least (km²)", "area_hi_km2": "At most (km²)",
    "area_sigma_km2": "Sigma of the buffer (km²)", "area_unc": "Interval from", "conf_mean": "Mean confidence",
    "unc_area_km2": "Uncertain area (km²)", "attr_state": "Attributes are", "attr_key": "Measured on",
    "zmin_m": "Lowest (m)", "zmax_m": "Highest (m)", "zmed_m": "Median (m)", "zmean_m": "Mean (m)",
    "slope_deg": "Slope (°)", "aspect_deg": "Aspect (°)", "aspect_sec": "Sector", "lmax_m": "Length (m)",
    "termlon": "Terminus, longitude", "termlat": "Terminus, latitude", "cenlon": "Longitude", "cenlat": "Latitude",
    "utm_zone": "UTM zone", "dem_source": "Elevation from", "src_id": "Scene", "src_date": "Date", "sensor": "Sensor",
    "method": "Method", "model": "Model", "status": "Status", "reason": "Reason", "note": "Note",
    "analyst": "Analyst", "checked_by": "Checked by", "edited_at": "Edited at",
}  # fmt: skip


def main() -> int:
    """Build the form on a layer with all fields, and write it beside the symbols."""
    application = QgsApplication([], False)
    application.initQgis()
    layer = _layer()
    layer.loadNamedStyle(str(STYLE), QgsMapLayer.Symbology)
    for place, field in enumerate(layer.fields()):
        layer.setFieldAlias(place, LABELS[field.name()])
        layer.setEditorWidgetSetup(place, _widget(field.name()))
    layer.setEditFormConfig(_form(layer))
    categories = QgsMapLayer.Symbology | QgsMapLayer.Fields | QgsMapLayer.Forms
    message, written = layer.saveNamedStyle(str(STYLE), categories)
    print(message)
    del layer
    application.exitQgis()
    return 0 if written else 1


def _layer() -> QgsVectorLayer:
    layer = QgsVectorLayer("Polygon?crs=EPSG:4326", "outlines", "memory")
    layer.dataProvider().addAttributes([QgsField(one.name, KINDS[one.kind]) for one in (*OUTLINE_FIELDS, *MORE)])
    layer.updateFields()
    return layer


def _widget(name: str) -> QgsEditorWidgetSetup:
    if name in CODES:
        return QgsEditorWidgetSetup("ValueMap", {"map": [{words: str(value)} for words, value in CODES[name].items()]})
    if name == "ice_cap":
        return QgsEditorWidgetSetup("CheckBox", {"CheckedState": "1", "UncheckedState": "0"})
    if name in PLACES:
        shown = {"Style": "SpinBox", "AllowNull": True, "Precision": PLACES[name], "Min": -1e6, "Max": 1e6, "Step": 1.0}
        return QgsEditorWidgetSetup("Range", shown)
    return QgsEditorWidgetSetup("TextEdit", {"IsMultiline": name == "note", "UseHtml": False})


def _form(layer: QgsVectorLayer) -> QgsEditFormConfig:
    form = layer.editFormConfig()
    form.setLayout(QgsEditFormConfig.TabLayout)
    form.clearTabs()
    for title, names in TABS.items():
        tab = QgsAttributeEditorContainer(title, form.invisibleRootContainer())
        tab.setIsGroupBox(False)
        for name in names:
            tab.addChildElement(QgsAttributeEditorField(name, layer.fields().indexOf(name), tab))
        form.addTab(tab)
    for place, field in enumerate(layer.fields()):
        form.setReadOnly(place, field.name() not in BY_HAND)
    return form


if __name__ == "__main__":
    sys.exit(main())
