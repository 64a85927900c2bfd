"""The editing session: what it switches on, and that the user's settings come back, however it ends."""

import pytest
from canvas_mouse import drag
from edited_outlines import FIELDS, PAIR, outlines_layer
from icemargin.inference.errors import OutlinesError
from icemargin.maptools.editing_session import EditingSession
from qgis.core import QgsProject, QgsRasterLayer, QgsSnappingConfig, QgsVectorLayer
from qgis_scene import UTM43


def layer(layer_id):
    return QgsProject.instance().mapLayer(layer_id)


def words(bar):
    item = bar._iface.messageBar().currentItem()
    return item.text() if item is not None else ""


def user_settings(project):
    config = QgsSnappingConfig(project.snappingConfig())
    config.setEnabled(False)
    config.setTolerance(33)
    project.setSnappingConfig(config)
    project.setTopologicalEditing(False)
    project.setAvoidIntersectionsMode(QgsProject.AvoidIntersectionsMode.AllowIntersections)
    return project_settings(project)


def project_settings(project):
    layers = [one.id() for one in project.avoidIntersectionsLayers()]
    return project.topologicalEditing(), project.avoidIntersectionsMode(), layers, project.snappingConfig()


@pytest.mark.parametrize("end", ["button", "stop", "saved elsewhere", "edited", "layer removed"])
def test_the_settings_are_as_they_were(bar, editing, end):
    project = QgsProject.instance()
    before = user_settings(project)
    one = editing()
    assert project.topologicalEditing() and project.snappingConfig().enabled()
    assert project.avoidIntersectionsMode() == QgsProject.AvoidIntersectionsMode.AvoidIntersectionsCurrentLayer
    if end == "edited":
        bar.actions["merge"].trigger()
        drag(bar._canvas, (300, 300), (700, 300))
    if end in ("button", "edited"):
        bar.actions["toggle"].trigger()
        assert ("not saved" in words(bar)) == (end == "edited")
        assert layer(one).isModified() == (end == "edited")
    elif end == "stop":
        bar.session.stop()
    elif end == "saved elsewhere":
        layer(one).commitChanges()
    else:
        project.removeMapLayer(one)
        assert "removed" in words(bar)
    assert project_settings(project)[:3] == before[:3]
    assert not project.snappingConfig().enabled() and project.snappingConfig().tolerance() == 33
    assert not bar.session.is_active and not bar.actions["cut"].isEnabled()


def test_a_project_saved_meanwhile_has_the_users_settings(bar, editing, tmp_path, qtbot):
    project = QgsProject.instance()
    before = user_settings(project)
    editing()
    assert project.write(str(tmp_path / "project.qgs"))
    qtbot.waitUntil(project.topologicalEditing, timeout=30000)
    assert project.snappingConfig().enabled() and not project.isDirty()
    assert project.avoidIntersectionsMode() == QgsProject.AvoidIntersectionsMode.AvoidIntersectionsCurrentLayer
    saved = QgsProject()
    saved.read(str(tmp_path / "project.qgs"))
    assert project_settings(saved)[:3] == before[:3]
    assert not saved.snappingConfig().enabled() and saved.snappingConfig().tolerance() == 33
    saved.clear()
    bar.session.stop()
    assert project_settings(project)[:3] == before[:3]


def test_a_closed_project_leaves_its_settings_to_the_next(bar, editing):
    project = QgsProject.instance()
    project.setTopologicalEditing(True)
    editing()
    project.clear()
    assert not bar.session.is_active and not project.topologicalEditing()
    assert not project.snappingConfig().enabled()


def test_a_layer_that_was_not_edited_is_closed_again_and_one_that_was_stays(bar):
    one = outlines_layer(PAIR)
    bar.edit(one)
    bar.session.stop()
    assert one.isEditable()
    one.rollBack()
    bar.edit(one)
    assert one.isEditable()
    bar.session.stop()
    assert not one.isEditable()


def test_what_cannot_be_edited_is_told(qgis_app, scene_path):
    session = EditingSession(QgsProject.instance())
    points = QgsVectorLayer(f"Point?crs={UTM43}", "points", "memory")
    locked = QgsVectorLayer(f"Polygon?crs={UTM43}&{FIELDS}", "locked", "memory")
    locked.setReadOnly(True)
    for wrong, words in ((None, "Choose"), (points, "Choose"), (QgsRasterLayer(scene_path), "Choose"),
                         (locked, "locked cannot be edited")):  # fmt: skip
        with pytest.raises(OutlinesError, match=words):
            session.start(wrong)
        assert not session.is_active
    with pytest.raises(OutlinesError, match="press Edit outlines"):
        session.layer()
