import shutil
from dataclasses import replace
from pathlib import Path

import pytest
from icemargin.inference.errors import OutputError
from icemargin.tasks.result_layers import add_result, find_group, is_shown, remove_group, result_doubt, zoom_to_group
from qgis.core import QgsFillSymbol, QgsProject, QgsRasterLayer, QgsSingleBandPseudoColorRenderer


def test_layers_lie_in_order_with_their_styles(some_result, add_layer, scene_path):
    add_layer(scene_path, "scene")
    project = QgsProject.instance()
    group = add_result(project, some_result, "IceMargin test")
    assert project.layerTreeRoot().children()[0].name() == "IceMargin test"
    names = [node.layer().name() for node in group.findLayers()]
    assert names == ["Outlines", "Uncertain areas", "Confidence below 0.95", "Probability"]
    assert is_shown(group, "outlines") and not is_shown(group, "probability")
    outlines, uncertain, confidence, probability = (node.layer() for node in group.findLayers())
    symbol = outlines.renderer().symbol().symbolLayer(0)
    assert isinstance(outlines.renderer().symbol(), QgsFillSymbol)
    assert symbol.properties()["style"] == "no" and symbol.strokeColor().name() == "#ffe600"
    assert uncertain.renderer().symbol().symbolLayer(0).layerType() == "LinePatternFill"
    for raster in (confidence, probability):
        assert isinstance(raster.renderer(), QgsSingleBandPseudoColorRenderer)


def test_the_spread_is_the_lowest_layer_and_off(some_result, make_raster):
    import numpy as np

    path = make_raster("spread", np.full((1, 50, 50), 0.1, np.float32))
    group = add_result(QgsProject.instance(), replace(some_result, spread=path), "test")
    layer = group.findLayers()[-1].layer()
    assert layer.name() == "Spread of members" and not is_shown(group, "spread")
    shader = layer.renderer().shader().rasterShaderFunction()
    alphas = [shader.shade(value)[-1] for value in (0.0, 0.05, 0.2)]
    assert alphas == sorted(alphas) and alphas[0] == 0


def test_confidence_is_clear_from_095(some_result):
    group = add_result(QgsProject.instance(), some_result, "test")
    shader = group.findLayers()[2].layer().renderer().shader().rasterShaderFunction()
    alphas = {value: shader.shade(value)[-1] for value in (0.5, 0.8, 0.95, 0.99)}
    assert alphas[0.5] > alphas[0.8] > alphas[0.95] == alphas[0.99] == 0


def test_outlines_are_ready_to_be_edited(some_result):
    group = add_result(QgsProject.instance(), some_result, "test")
    outlines = group.findLayers()[0].layer()
    assert outlines.featureCount() == some_result.n_outlines >= 1
    assert not outlines.readOnly() and outlines.startEditing() and outlines.rollBack()


def test_doubt_is_the_share_below_095(tmp_path, make_raster):
    import numpy as np

    values = np.full((1, 100, 100), 0.99, np.float32)
    values[:, :30] = 0.6
    layer = QgsRasterLayer(make_raster("confidence", values), "confidence")
    assert result_doubt(layer) == pytest.approx(0.3, abs=0.01)


@pytest.mark.parametrize("confidence, shown", [(0.6, False), (0.99, True)])
def test_uncertain_areas_are_hidden_where_they_cover_most(some_result, make_raster, confidence, shown):
    import numpy as np

    path = make_raster("confidence", np.full((1, 50, 50), confidence, np.float32))
    group = add_result(QgsProject.instance(), replace(some_result, confidence=path), "test")
    assert is_shown(group, "uncertain") is shown


def test_missing_file_adds_nothing(some_result, tmp_path):
    broken = replace(some_result, confidence=str(tmp_path / "none.tif"))
    with pytest.raises(OutputError, match="Confidence"):
        add_result(QgsProject.instance(), broken, "test")
    assert QgsProject.instance().count() == 0 and not QgsProject.instance().layerTreeRoot().children()


def test_group_is_found_by_its_folder_and_removed_with_its_layers(some_result):
    project = QgsProject.instance()
    folder = str(Path(some_result.outlines).parent)
    add_result(project, some_result, "test")
    remove_group(project, find_group(project, folder))
    assert project.count() == 0 and find_group(project, folder) is None
    assert Path(some_result.outlines).exists()
    remove_group(project, find_group(project, folder))


def test_zoom_shows_all_outlines(some_result, interface):
    group = add_result(QgsProject.instance(), some_result, "test")
    zoom_to_group(interface.canvas, QgsProject.instance(), group)
    assert interface.canvas.extent().contains(group.findLayers()[0].layer().extent())
    shutil.rmtree(Path(some_result.outlines).parent, ignore_errors=True)
