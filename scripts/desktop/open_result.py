"""Open the demo's scene and result in QGIS. Run by `qgis --code` from the checkout (`make qgis`).

ICEMARGIN_RESULT names another folder with probability.tif, confidence.tif and outlines.gpkg.
"""

from __future__ import annotations

import os
from pathlib import Path
from types import SimpleNamespace

from qgis.core import QgsProject, QgsRasterLayer
from qgis.PyQt.QtCore import QTimer
from qgis.utils import iface


def open_result() -> None:
    """Add the scene, and above it the result as the panel would; zoom to the outlines."""
    from icemargin.tasks.result_layers import add_result, zoom_to_group

    folder = Path(os.environ.get("ICEMARGIN_RESULT", "demo")).resolve()
    project = QgsProject.instance()
    for path in sorted((folder / "scene").glob("*.tif")):
        if path.stem != "truth":
            layer = QgsRasterLayer(str(path), path.stem)
            project.addMapLayer(layer)
            project.setCrs(layer.crs())
    names = {"probability": "probability.tif", "confidence": "confidence.tif", "outlines": "outlines.gpkg"}
    files = SimpleNamespace(**{kind: str(folder / name) for kind, name in names.items()})
    spread = folder / "spread.tif"
    files.spread = str(spread) if spread.exists() else None
    group = add_result(project, files, f"IceMargin {folder.name}")
    zoom_to_group(iface.mapCanvas(), project, group)


QTimer.singleShot(1500, open_result)
