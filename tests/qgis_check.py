"""Layers with faults, and the group *Check* with its child's work done in this process or in a real child."""

from __future__ import annotations

import sys
from contextlib import ExitStack
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, Callable, Dict, List, Set, Tuple

from icemargin.inference.progress import Progress
from icemargin.tasks.child_server import ChildServer
from icemargin.tasks.outline_exchange import OutlineExchange
from icemargin.tasks.runtime_setting import set_runtime_python
from icemargin.tasks.topology_session import KnownFault, TopologySession
from icemargin.ui.check_box import CheckBox
from icemargin.ui.check_presenter import CheckPresenter
from qgis.core import QgsFeature, QgsGeometry, QgsProject, QgsVectorFileWriter, QgsVectorLayer
from qgis_panels import A_WHILE_MS


class _Here:
    """As much of ChildProcess as an exchange uses; `before(call)` may raise."""

    def __init__(self, before: Callable[[str], None]) -> None:
        self._server = ChildServer()
        self._before = before

    def call(self, name: str, timeout: float, on_progress: Any, /, **arguments: Any) -> Dict[str, Any]:
        self._before(name)
        return self._server.calls[name](**arguments)


class SessionHere(TopologySession):
    """A session without a process of its own; `calls` is what was asked."""

    def __init__(self, before: Callable[[str], None] = lambda _: None) -> None:
        super().__init__()
        self.calls: list = []
        self._before = before

    def _start(self, runtime_python: str, progress: Progress) -> None:
        self.close()
        self._stack = ExitStack()
        folder = Path(self._stack.enter_context(TemporaryDirectory(prefix="icemargin-")))
        self._exchange = OutlineExchange(folder, _Here(self._asked))  # type: ignore[arg-type]
        self._python = runtime_python

    def _asked(self, call: str) -> None:
        self.calls.append(call)
        self._before(call)


def make_check(interface: Any, qtbot: Any, layer_id: str, session: Any = None) -> CheckPresenter:
    """Return the presenter of a box that is shown, for a layer by its id; a runtime is set."""
    set_runtime_python(sys.executable)
    box = CheckBox()
    presenter = CheckPresenter(box, interface, lambda: QgsProject.instance().mapLayer(layer_id), session=session)
    box.resize(400, 600)
    with qtbot.waitExposed(box):
        box.show()
    return presenter


def settle(presenter: CheckPresenter, qtbot: Any) -> None:
    """Wait until the layer was checked, and all that was edited."""
    desk = presenter.desk
    qtbot.wait(10)
    qtbot.waitUntil(lambda: desk.is_idle and not desk.watch.is_waiting, timeout=A_WHILE_MS)
    qtbot.wait(10)


def add_outlines(outlines: Any, crs: str = "EPSG:32632", id_field: str = "im_id") -> str:
    """Add a layer of {id: WKT, or WKT and status}, and return its id."""
    fields = f"{id_field}:string&field=status:string&field=src_date:string"
    layer = QgsVectorLayer(f"MultiPolygon?crs={crs}&field={fields}", "outlines", "memory")
    features = []
    for name, told in outlines.items():
        wkt, status = told if isinstance(told, tuple) else (told, "accepted")
        feature = QgsFeature(layer.fields())
        feature.setGeometry(QgsGeometry.fromWkt(wkt))
        feature.setAttributes([name, status, "2020-08-01"])
        features.append(feature)
    layer.dataProvider().addFeatures(features)
    layer.updateExtents()
    QgsProject.instance().addMapLayer(layer)
    return str(layer.id())


def rectangle(east: float, width: float = 1000.0, south: float = 0.0) -> str:
    """Return the WKT of a rectangle 1000 m high, in UTM."""
    x, y = 5e5 + east, 5e6 + south
    ring = f"{x} {y}, {x + width} {y}, {x + width} {y + 1000}, {x} {y + 1000}, {x} {y}"
    return f"MultiPolygon ((({ring})))"


OVERLAPPING = {"a": rectangle(0), "b": rectangle(999.5), "c": rectangle(5000)}
SOUND = {"a": rectangle(0), "b": rectangle(1000), "c": rectangle(5000)}


def found(presenter: CheckPresenter) -> Set[Tuple[str, Tuple[str, ...]]]:
    """Return the faults as kinds and ids."""
    return {(fault.kind, fault.ids) for fault in presenter.desk.faults.values()}


def feature_id(layer: QgsVectorLayer, name: str) -> int:
    """Return the feature of an id."""
    (feature,) = (one for one in layer.getFeatures() if one[0] == name or name in one.attributes())
    return int(feature.id())


def layer_of(presenter: CheckPresenter) -> QgsVectorLayer:
    """Return the layer that is checked."""
    return presenter.desk.watch.layer()


def health(presenter: CheckPresenter) -> Tuple[str, str]:
    """Return the level, and what is said."""
    return presenter.box.health.level, presenter.box.health.textLabel.text()


def choose(presenter: CheckPresenter, *kinds: str) -> List[KnownFault]:
    """Select the faults of these kinds, as a click does."""
    keys = [str(number) for number, fault in presenter.desk.faults.items() if fault.kind in kinds]
    presenter.box.table.set_selected(keys)
    presenter.box.table.selected.emit(keys)
    return presenter.box.selected_faults()


def move(presenter: CheckPresenter, name: str, wkt: str) -> None:
    """Give an outline another shape, as a step of editing."""
    layer = layer_of(presenter)
    layer.startEditing()
    layer.beginEditCommand("by hand")  # QGIS joins changes of one feature outside of steps
    assert layer.changeGeometry(feature_id(layer, name), QgsGeometry.fromWkt(wkt))
    layer.endEditCommand()


def saved(layer: QgsVectorLayer, folder: Path) -> QgsVectorLayer:
    """Add a GeoPackage of a layer to the project, and return it."""
    options = QgsVectorFileWriter.SaveVectorOptions()
    path = str(folder / "outlines.gpkg")
    QgsVectorFileWriter.writeAsVectorFormatV3(layer, path, QgsProject.instance().transformContext(), options)
    stored = QgsVectorLayer(path, "stored", "ogr")
    QgsProject.instance().addMapLayer(stored)
    return stored
