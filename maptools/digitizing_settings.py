"""The project's settings that an editing session changes, kept to be restored."""

from __future__ import annotations

from dataclasses import dataclass
from typing import List

from qgis.core import QgsProject, QgsSnappingConfig
from qgis.PyQt.QtXml import QDomDocument


@dataclass(frozen=True)
class DigitizingSettings:
    """What the session changes in a project; layers by their ids, as they may leave."""

    topological: bool
    snapping: QgsSnappingConfig
    avoid_mode: QgsProject.AvoidIntersectionsMode
    avoid_layers: List[str]

    @classmethod
    def of(cls, project: QgsProject) -> DigitizingSettings:
        """Return the project's settings as they are now."""
        layers = [layer.id() for layer in project.avoidIntersectionsLayers()]
        snapping = QgsSnappingConfig(project.snappingConfig())
        return cls(project.topologicalEditing(), snapping, project.avoidIntersectionsMode(), layers)

    def restore(self, project: QgsProject) -> None:
        """Make the project's settings these ones; layers that are gone are left out."""
        found = (project.mapLayer(name) for name in self.avoid_layers)
        project.setAvoidIntersectionsLayers([layer for layer in found if layer is not None])
        project.setAvoidIntersectionsMode(self.avoid_mode)
        project.setTopologicalEditing(self.topological)
        project.setSnappingConfig(self.snapping)

    def write(self, project: QgsProject, document: QDomDocument) -> None:
        """Have these settings saved with a project that is being written just now, and make them the project's."""
        self.restore(project)
        # QGIS has put these two into the document, or made up its mind, before anybody is told of the writing.
        root = document.documentElement()
        root.removeChild(root.firstChildElement("snapping-settings"))
        self.snapping.writeProject(document)
        mode = getattr(self.avoid_mode, "value", self.avoid_mode)
        project.writeEntry("Digitizing", "/AvoidIntersectionsMode", int(mode))
