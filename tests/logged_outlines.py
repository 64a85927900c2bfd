"""Files of outlines for the tests of the edit log; run as a program it edits one and waits to be killed.

    python logged_outlines.py FILE.gpkg PROFILE_FOLDER

prints "ready" after two steps that are not saved, and the first half of a third.
"""

from __future__ import annotations

import sys
import time
from pathlib import Path
from typing import Sequence

from edited_outlines import line, outlines_layer, square
from qgis.core import QgsApplication, QgsProject, QgsVectorFileWriter, QgsVectorLayer

PAIR = (square(0, 0, 1000), square(1000, 0, 1000))


def write_outlines(path: Path, polygons: Sequence[str] = PAIR, driver: str = "GPKG", kind: str = "Polygon") -> str:
    """Write polygons with ids a, b, c ... to a file, and return its path."""
    memory = outlines_layer(polygons, kind, add=False)
    options = QgsVectorFileWriter.SaveVectorOptions()
    options.driverName = driver
    QgsVectorFileWriter.writeAsVectorFormatV3(memory, str(path), QgsProject.instance().transformContext(), options)
    return str(path)


def open_outlines(path: str) -> QgsVectorLayer:
    """Add a file of outlines to the project."""
    layer = QgsVectorLayer(path, "outlines", "ogr")
    assert layer.isValid()
    QgsProject.instance().addMapLayer(layer)
    return layer


def edit_and_wait(path: str, profile: str) -> None:
    """Cut both glaciers, change the reason of one, begin another step, and wait."""
    from icemargin.inference.living import LivingSign
    from icemargin.maptools.cutting_edits import cut_by
    from icemargin.maptools.edit_recorder import EditRecorder, Worker
    from icemargin.maptools.outline_edit import apply_edit

    sign = LivingSign(Path(profile) / "sessions")
    layer = open_outlines(path)
    recorder = EditRecorder(layer, Worker(lambda: "Anna", lambda: "Cut", lambda: str(sign.path)))
    recorder.told.connect(print)
    layer.startEditing()
    apply_edit(layer, cut_by(layer, line((300, -10), (300, 1010))), "Cut by divide")
    layer.beginEditCommand("Reason")
    layer.changeAttributeValue(2, layer.fields().indexOf("reason"), "debris")
    layer.endEditCommand()
    layer.beginEditCommand("Under way")
    layer.deleteFeature(2)
    print("ready", flush=True)
    time.sleep(120)


if __name__ == "__main__":
    application = QgsApplication([], False)
    application.initQgis()
    edit_and_wait(*sys.argv[1:])
