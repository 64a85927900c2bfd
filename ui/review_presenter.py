"""Wires the Review tab: a layer's queue in the table, the glacier in question on the map, decisions into the fields."""

from __future__ import annotations

from functools import partial
from typing import Any, Callable, Dict, List, Mapping, Optional

from qgis.core import Qgis, QgsProject, QgsVectorLayer
from qgis.gui import QgisInterface
from qgis.PyQt.QtCore import QObject, pyqtSignal

from ..inference.errors import OutputError
from ..inventory.review import ACCEPTED, CONFLICTING, EDITED, REJECTED, TO_REVIEW, Signs
from . import map_settings
from .analyst import analyst, remember_analyst
from .compare_guess import other_results
from .later import later
from .review_desk import ReviewDesk
from .review_keys import KEYS, ReviewKeys
from .review_layer import CHECKED_BY
from .review_layers import guess_outlines
from .review_merger import ReviewMerger
from .review_panel import ReviewPanel
from .review_rows import ALL, CAUSE, LEFT, Filter, filters
from .review_signs import SceneOf, SignFinder
from .review_spot import GlacierSight
from .review_state import review_state
from .run_messages import RunMessages
from .texts import tr

GROUP = "review"
FEW_SECONDS = 8


class ReviewPresenter(QObject):
    """Owns what stands behind the panel. `stop` undoes everything; `left_changed(n)`: glaciers left to review.

    `taken`: a layer was brought here. `scene` returns what the Map tab has chosen.
    """

    left_changed = pyqtSignal(int)
    taken = pyqtSignal()

    def __init__(
        self, panel: ReviewPanel, iface: QgisInterface, scene: Optional[SceneOf] = None,
        parent: Optional[QObject] = None,
    ) -> None:  # fmt: skip
        super().__init__(parent)
        self.panel = panel
        self._iface = iface
        self.desk = ReviewDesk(self)
        self.sight = GlacierSight(iface.mapCanvas(), self)
        self.messages = RunMessages(iface.messageBar())
        self.signs = SignFinder(scene, parent=self)
        self.merger = ReviewMerger(iface.mainWindow(), self.messages, self)
        actions = self._actions()
        self.keys = ReviewKeys({key: actions[name] for key, name in KEYS.items()}, self._is_active, self)
        self._key: Optional[int] = None
        self._still = False
        self._later = later(self.look, self)
        self._reread = later(self.desk.read, self)
        self._count = later(self._show_counts, self)
        self._restore()
        self._connect()
        self._later.start()

    def stop(self) -> None:
        """Keep the settings; let go of the project, the canvas and the keys."""
        self._keep_note()
        map_settings.save_widgets(GROUP, self.panel.saved_widgets())
        project = QgsProject.instance()
        project.layersRemoved.disconnect(self._layers_removed)
        project.layersAdded.disconnect(self._look_later)
        for timer in (self._later, self._reread, self._count):
            timer.stop()
        self.signs.stop()
        self.merger.stop()
        self.keys.stop()
        self.sight.stop()
        self.desk.layer.set_layer(None)
        self.messages.clear()

    def look(self) -> None:
        """Take up the layers that there are now, and say how things are."""
        pick = self.panel.outlines
        pick.combo.setExceptedLayerList(other_results(QgsProject.instance()))
        if not pick.picked_by_user:
            guess = guess_outlines(QgsProject.instance())
            if guess is not None and guess is not pick.layer():
                pick.set(guess)
        layer = pick.layer()
        if (layer.id() if layer is not None else "") != self.desk.layer.layer_id:
            self._open(layer)
        self._show_state()

    def review(self, layer_id: str, wanted: Filter = (LEFT, "")) -> None:
        """Take a layer to the tab, and go to the glacier that needs eyes most, of those that a filter leaves."""
        self.panel.outlines.set(QgsProject.instance().mapLayer(layer_id))
        self.panel.outlines.picked_by_user = True
        self.look()
        self.taken.emit()
        self.panel.filter_for(wanted)
        for key in self.panel.table.shown_keys()[:1]:
            self.panel.table.choose(key)
        self._show_on_map()
        self.panel.focus_table()

    def decide(self, status: str) -> None:
        """Write a decision on the glacier in question, and go on to the next one that is left."""
        if self._key is not None and self._done(partial(self.desk.decide, self._key, status)):
            self.panel.outlines.picked_by_user = True  # a map that comes later does not take this one's place
            if status in (ACCEPTED, REJECTED):
                self.panel.table.next_left()

    def edit(self) -> None:
        """Open the vertex tool on the glacier in question. What is drawn is marked as edited, in the same session."""
        layer = self.desk.layer.layer()
        if self._key is None or not self._done(self.desk.layer.start_editing):
            return
        self._iface.setActiveLayer(layer)
        self._iface.actionVertexToolActiveLayer().trigger()
        self.decide(EDITED)
        self._iface.mapCanvas().setFocus()

    def undo(self) -> None:
        """Take the last decision, reason or note back, and show its glacier."""
        found: List[Optional[int]] = []
        if self._done(lambda: found.append(self.desk.undo())):
            key = found[0]
            if key is None:
                self._tell(tr("There is nothing to undo here."), Qgis.MessageLevel.Info)
            elif not self.panel.table.choose(key):
                self.panel.filter_for((ALL, ""))
                self.panel.table.choose(key)

    def _open(self, layer: Optional[QgsVectorLayer]) -> None:
        self._keep_note()
        self._still = True
        self.panel.filter_for((LEFT, ""))
        self.panel.table.rows.set_rows([])  # the same number is another glacier in another layer
        self._key = None
        self.sight.stop()
        self.desk.open(layer)
        self._find_signs()

    def _find_signs(self) -> None:
        self.signs.look(self.desk.layer.layer(), self.panel.against.layer())

    def _signs_found(self, layer_id: str, signs: Mapping[int, Signs]) -> None:
        if layer_id == self.desk.layer.layer_id:
            self.desk.set_signs(signs)
            self._choose(self._key)

    def _show_rows(self) -> None:
        """Show the rows anew; the map stays where it is."""
        self._still = True
        self._show_counts()
        self._show_filtered()
        self._still = False

    def _show_filtered(self) -> None:
        self.panel.show_rows(self.desk.rows())
        if self.panel.table.key() is None:
            self._choose(None)

    def _row_changed(self, key: int) -> None:
        self.panel.table.rows.put(self.desk.row(key))
        if key == self._key:
            self.panel.show_glacier(self.desk.row(key), self.desk.suggested(key))
        self._count.start()

    def _show_counts(self) -> None:
        done = self.desk.progress()
        self.panel.offer(filters(self.desk.rows()))
        self.panel.show_progress(done)
        self.left_changed.emit(done.left)
        self._show_state()

    def _show_state(self) -> None:
        layer = self.desk.layer
        possible = layer.layer() is not None and not layer.why_not()
        self.panel.fieldsButton.setVisible(possible and bool(self.desk.missing()))
        self.panel.mergeButton.setEnabled(layer.layer() is not None)
        self.panel.health.show_health(*review_state(self.desk, self.signs.said))

    def _choose(self, key: Optional[int]) -> None:
        self._keep_note()
        before, self._key = self._key, key
        row = self.desk.row(key) if key is not None else None
        self.panel.show_glacier(row, self.desk.suggested(key) if key is not None else ())
        if key != before or key is None:
            self._draw_picture()
            if not self._still and self.panel.isVisible():
                self._show_on_map()

    def _show_on_map(self) -> None:
        self.sight.show(self.desk.layer.layer(), self._key)

    def _draw_picture(self) -> None:
        if self.panel.isVisible():
            self.sight.draw(self.desk.layer.layer(), self._key, self.panel.picture_size())

    def _keep_note(self) -> None:
        if self._key is not None and self.panel.noteEdit.isModified():
            self.panel.noteEdit.setModified(False)
            self._done(partial(self.desk.set_note, self._key, self.panel.noteEdit.text()))

    def _note_entered(self) -> None:
        self._keep_note()
        self.panel.focus_table()

    def _tags_changed(self, tags: List[str]) -> None:
        if self._key is not None:
            self._done(partial(self.desk.set_tags, self._key, tags))

    def _actions(self) -> Dict[str, Callable[[], Any]]:
        panel = self.panel
        return {
            "next": lambda: panel.table.step(1), "previous": lambda: panel.table.step(-1),
            "accept": lambda: self.decide(ACCEPTED), "reject": lambda: self.decide(REJECTED),
            "open": lambda: self.decide(TO_REVIEW), "edit": self.edit, "undo": self.undo,
            "note": panel.noteEdit.setFocus, "fields": self._add_fields,
            "merge": lambda: self.merger.ask(self.desk.layer.layer()),
        }  # fmt: skip

    def _is_active(self) -> bool:
        return bool(self.panel.isVisible() and self.desk.layer.layer() is not None)

    def _connect(self) -> None:
        panel, desk, project = self.panel, self.desk, QgsProject.instance()
        desk.reset.connect(self._show_rows)
        desk.row_changed.connect(self._row_changed)
        desk.layer.reset.connect(self._reread.start)
        panel.table.chosen.connect(self._choose)
        panel.table.zoom_wanted.connect(self._show_on_map)
        panel.filter_changed.connect(self._show_filtered)
        panel.outlines.changed.connect(self._later.start)
        panel.shown.connect(self._shown)
        panel.pressed.connect(lambda name: self._actions()[name]())
        panel.tags.changed.connect(self._tags_changed)
        panel.noteEdit.returnPressed.connect(self._note_entered)
        panel.noteEdit.editingFinished.connect(self._keep_note)
        panel.analystEdit.textChanged.connect(self._who)
        panel.secondCheck.toggled.connect(self._second_look)
        panel.against.changed.connect(self._find_signs)
        self.signs.found.connect(self._signs_found)
        self.signs.told.connect(self._show_state)
        self.merger.merged.connect(partial(self.review, wanted=(CAUSE, CONFLICTING)))
        self.sight.drawn.connect(panel.show_picture)
        self.keys.watch(panel)
        self.keys.watch(self._iface.mapCanvas())
        project.layersAdded.connect(self._look_later)
        project.layersRemoved.connect(self._layers_removed)

    def _restore(self) -> None:
        map_settings.restore_widgets(GROUP, self.panel.saved_widgets())
        self.panel.analystEdit.setText(analyst())
        self._who()

    def _who(self, *_: Any) -> None:
        """Take who decides."""
        name = self.panel.analystEdit.text().strip()
        remember_analyst(name)
        self.desk.look_again(name, self.panel.secondCheck.isChecked())

    def _second_look(self, wanted: bool) -> None:
        """A second look needs a field of its own."""
        if wanted and not self._done(lambda: self.desk.layer.add_fields([CHECKED_BY])):
            self.panel.secondCheck.setChecked(False)
        self._who()

    def _add_fields(self) -> None:
        if self._done(lambda: self.desk.layer.add_fields(self.desk.missing())):
            self.desk.read()

    def _shown(self) -> None:
        self._draw_picture()
        self._find_signs()  # another scene may have been chosen
        self._later.start()

    def _look_later(self, *_: Any) -> None:
        self._later.start()

    def _layers_removed(self, ids: List[str]) -> None:
        self.panel.outlines.let_go(ids)
        self.panel.against.let_go(ids)
        self._later.start()

    def _done(self, work: Callable[[], Any]) -> bool:
        """Do what may fail; say in words why it did."""
        try:
            work()
        except OutputError as error:
            self._tell(str(error), Qgis.MessageLevel.Warning)
            return False
        return True

    def _tell(self, text: str, level: Qgis.MessageLevel) -> None:
        self.messages.show(text, level, seconds=FEW_SECONDS)
